"""What the loop costs beside the backbone and the cells: start of a session, overhead of a step, throughput.

    python bench/loop.py            a table
    python bench/loop.py --json     one JSON object

A scripted backbone writes five one-line cells for a question about the shipped capture `living_room`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import platform
import statistics
import tempfile
import time
from pathlib import Path

import psutil

from spatial_agent import Budget, Run, ScriptedChat, SpatialClaw
from spatial_agent.inputs.media import open_media
from spatial_agent.trace.events import Planned, Ran, Wrote
from spatial_agent.trace.run import pick

CELLS = ["x = 1", "x = x + 1", "print(x)", "y = [x] * 3", "ReturnAnswer(str(x))"]


def reply(code: str) -> str:
    """A reply in form."""
    return f"**Purpose**\np\n\n**Reasoning**\nr\n\n**Next Goal**\ng\n\n**Code**\n```python\n{code}\n```"


async def session(folder: Path) -> Run:
    """One question, five cells."""
    claw = SpatialClaw(ScriptedChat([reply(code) for code in CELLS]), budget=Budget())
    run = await claw.arun("What is x?", "living_room", folder=folder)
    if run.outcome != "answered":
        raise SystemExit(f"the benchmark's own session ended with {run.outcome}: {run.reason}")
    return run


def first_cell(run: Run) -> float:
    """Milliseconds from the start of a session until its first cell has run."""
    return pick(run.events, Ran)[0].at * 1000


def step_overhead(run: Run) -> float:
    """Milliseconds of a step that neither the backbone nor the cell took; the first step, which waits, left out."""
    wrote, ran = pick(run.events, Wrote), pick(run.events, Ran)
    span = (ran[-1].at - ran[0].at) * 1000
    others = sum(w.seconds for w in wrote[1:]) + sum(r.seconds for r in ran[1:])
    return (span - others * 1000) / (len(ran) - 1)


async def throughput(count: int, concurrency: int, folder: Path) -> float:
    """Sessions per minute with so many at a time."""
    gate = asyncio.Semaphore(concurrency)

    async def one(number: int) -> None:
        async with gate:
            await session(folder / f"{concurrency}-{number}")

    began = time.monotonic()
    await asyncio.gather(*(one(number) for number in range(count)))
    return count / (time.monotonic() - began) * 60


def spread(values: list[float]) -> dict[str, float]:
    """Median and extremes."""
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


async def measure(count: int) -> dict[str, object]:
    """All figures."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        open_media("living_room")
        runs = [await session(folder / f"single-{k}") for k in range(count)]
        assert all(pick(run.events, Planned) for run in runs)
        return {
            "machine": f"{platform.machine()}, {psutil.cpu_count()} cores, Python {platform.python_version()}",
            "load_average": round(psutil.getloadavg()[0], 2),
            "sessions": count,
            "first_cell_ms": spread([first_cell(run) for run in runs]),
            "step_overhead_ms": spread([step_overhead(run) for run in runs]),
            "samples_per_minute": {str(c): await throughput(count, c, folder) for c in (1, 4)},
        }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--sessions", type=int, default=12, help="sessions for each figure (default 12)")
    arguments = parser.parse_args()
    figures = asyncio.run(measure(arguments.sessions))
    if arguments.json:
        print(json.dumps(figures, indent=2))
        return
    for name, value in figures.items():
        shown = ", ".join(f"{k} {v:.1f}" for k, v in value.items()) if isinstance(value, dict) else value
        print(f"{name.replace('_', ' '):22} {shown}")


if __name__ == "__main__":
    main()
