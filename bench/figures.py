"""What the figures of `kernel.py` are taken with, on both sides alike."""

from __future__ import annotations

import asyncio
import re
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

CELL = "x = 1"
PAUSE = 0.05
"""Seconds between two cells, for what goes on in the background to end."""
Samples = dict[str, list[float]]


def progress(text: str) -> None:
    """One line for whoever waits."""
    print(text, file=sys.stderr, flush=True)


def since(began: float) -> float:
    """Milliseconds."""
    return (time.perf_counter() - began) * 1000


def private_mb(pid: int) -> float:
    """Memory that only this process has, in MB."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return sum(int(kib) for kib in re.findall(r"^Private_(?:Clean|Dirty):\s+(\d+) kB", text, re.MULTILINE)) / 1000


async def round_trips(run: Callable[[], Awaitable[object]], runs: int, pause: float) -> list[float]:
    """Milliseconds of each."""
    taken = []
    for _ in range(runs):
        await asyncio.sleep(pause)
        began = time.perf_counter()
        await run()
        taken.append(since(began))
    return taken
