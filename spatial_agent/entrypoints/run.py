"""`python -m spatial_agent.entrypoints.run`: run a benchmark.

Starts with any python: without our dependencies it goes on in the repository's own environment, or says how to make one.
Nothing outside the standard library is imported before that is settled.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
NEEDED = ("av", "langgraph", "msgspec", "nbformat", "numpy", "PIL", "pydantic", "rich", "scipy", "typer")
EXECUTORS = ("code",)
LEVELS = ("strong", "good", "basic", "weak")

# Flag -> the library's argument and argparse's settings. Underscores in flags live here and nowhere else.
FLAGS: dict[str, tuple[str | None, dict[str, Any]]] = {
    "--dataset": ("dataset", {"required": True, "metavar": "FILE", "help": "a dataset file or a shipped one's name"}),
    "--model": ("model", {"required": True, "metavar": "FILE", "help": "a model file or a shipped one's name"}),
    "--concurrency": ("concurrency", {"type": int, "default": 4, "metavar": "N", "help": "samples at a time"}),
    "--work_dir": ("work_dir", {"metavar": "DIR", "help": "folder of the run; else runs/BENCHMARK-MODEL"}),
    "--perception": ("perception", {"metavar": "FILE", "help": "a perception file or a shipped one's name"}),
    "--max_wall": (
        "max_wall",
        {"metavar": "TIME", "help": "for a sample, as 20s or 2m; then it answers with what it knows"},
    ),
    "--min_sandbox": (
        "min_sandbox",
        {
            "choices": LEVELS,
            "default": os.environ.get("SPATIALCLAW_MIN_SANDBOX"),
            "help": "the least sandbox that cells are run in; else good, and weak for stand-ins",
        },
    ),
    "--limit": ("limit", {"type": int, "metavar": "N", "help": "the first N samples"}),
    "--sample_ids": ("sample_ids", {"nargs": "+", "default": (), "metavar": "ID", "help": "only these samples"}),
    "--resume": (None, {"action": "store_true", "help": "accepted; the same command always resumes"}),
    "--executor_type": (None, {"default": "code", "metavar": "TYPE", "help": "how the backbone acts: code"}),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    given = list(sys.argv[1:] if argv is None else argv)
    if missing := [name for name in NEEDED if importlib.util.find_spec(name) is None]:
        return _elsewhere(given, missing)
    asked = vars(_parser().parse_args(given))
    from spatial_agent.errors import InputError
    from spatial_agent.evaluate.command import run_command
    from spatial_agent.view.failure import reported

    with reported():
        if asked["executor_type"] not in EXECUTORS:
            raise InputError(
                f"There is no --executor_type {asked['executor_type']} in this version. There is: {', '.join(EXECUTORS)}."
            )
        for flag in ("concurrency", "limit"):
            if asked[flag] is not None and asked[flag] < 1:
                raise InputError(f"--{flag} {asked[flag]} was given; it is at least 1.")
        arguments = {name: asked[flag[2:]] for flag, (name, _) in FLAGS.items() if name}
        return run_command(**arguments)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m spatial_agent.entrypoints.run",
        description="Run a benchmark, or go on with it.",
        epilog="example: python -m spatial_agent.entrypoints.run --dataset spatial_agent/config/dataset/rooms.json "
        "--model spatial_agent/config/model/offline.json --concurrency 4",
    )
    for flag, (_, settings) in FLAGS.items():
        parser.add_argument(flag, **settings)
    return parser


def _elsewhere(given: Sequence[str], missing: Sequence[str]) -> int:
    """Go on in the repository's environment, if there is one and it is not the one that lacks something."""
    python = ROOT / ".venv" / "bin" / "python"
    if python.exists() and Path(sys.prefix).resolve() != (ROOT / ".venv").resolve():
        sys.stderr.flush()
        os.execv(python, [str(python), "-m", "spatial_agent.entrypoints.run", *given])
    sys.stderr.write(
        f"spatialclaw: this python ({sys.executable}) has no {', '.join(missing)}. Type:\n"
        f"  cd {ROOT} && bash spatial_agent/scripts/setup.sh\n"
    )
    return 2


if __name__ == "__main__":
    sys.exit(main())
