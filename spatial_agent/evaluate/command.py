"""A benchmark run as a command: lines while it goes on, a table or one JSON object at the end, an exit code."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from spatial_agent.budget import Budget, read_duration
from spatial_agent.evaluate.report import Lines, show_summary
from spatial_agent.evaluate.runner import run_benchmark
from spatial_agent.sandbox.level import Level


def run_command(
    dataset: str | Path,
    model: str | Path,
    *,
    work_dir: str | Path | None,
    limit: int | None,
    sample_ids: Sequence[str],
    concurrency: int,
    perception: str | Path | None = None,
    max_wall: str | None = None,
    min_sandbox: Level | None = None,
    as_json: bool = False,
) -> int:
    """Run and report: progress on stderr, the result on stdout. Returns 0, or 3 while infra errors remain."""
    with Lines(Console(stderr=True)) as lines:
        summary = run_benchmark(
            dataset,
            model,
            work_dir=work_dir,
            limit=limit,
            sample_ids=sample_ids,
            concurrency=concurrency,
            perception=perception,
            budget=Budget(wall_seconds=None if max_wall is None else read_duration(max_wall)),
            min_sandbox=min_sandbox,
            watch=lines,
        )
    console = Console()
    if as_json:
        result = {**summary.as_json(), "exit_code": summary.exit_code}
        console.file.write(json.dumps(result) + "\n")
    else:
        show_summary(console, summary)
    return summary.exit_code
