"""What is seen of an attack from outside: processes, memory, time, and how often the trusted side really served."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from spatial_agent import wire
from spatial_agent.budget import MIB
from spatial_agent.errors import ToolError
from spatial_agent.frames import Frames
from spatial_agent.perception.protocol import Reconstruction, Segmentation, pack

PAGE, TICKS = os.sysconf("SC_PAGESIZE"), os.sysconf("SC_CLK_TCK")
LAG = 3.0
"""Seconds for which this process may be kept from its other sessions."""
IDLE = 0.3
"""Seconds between cells in which a kernel is watched."""
SHARE = 512 * MIB
"""Bytes of a kernel's process beside its own memory: libraries, which all share, and frames."""
PROCESSES = 8
"""Of a kernel at a time: supervisor, first process, checkpoint, worker, and those that come or, on a busy machine, still go."""


class Counting:
    """Perception that sees nothing, and counts how often it looked."""

    name = "counting"
    note = "sees nothing"

    def __init__(self) -> None:
        self.looks = 0
        self.asked = 0

    def sees(self, _frames: Frames) -> bool:
        """Say that it does, so that cells have tools to call."""
        return True

    async def reconstruct(self, _frames: Frames, _indices: Sequence[int]) -> Reconstruction:
        """Nothing."""
        raise ToolError("there is nothing to reconstruct")

    async def segment_text(
        self, frames: Frames, indices: Sequence[int], prompts: Sequence[str], _threshold: float
    ) -> Segmentation:
        """Nothing."""
        return self._nothing(frames, indices, len(prompts))

    async def segment_points(
        self, frames: Frames, indices: Sequence[int], _prompt_frame: int, objects: Sequence[Any]
    ) -> Segmentation:
        """Nothing."""
        return self._nothing(frames, indices, len(objects))

    async def segment_boxes(
        self, frames: Frames, indices: Sequence[int], _prompt_frame: int, boxes: Sequence[Any]
    ) -> Segmentation:
        """Nothing."""
        return self._nothing(frames, indices, len(boxes))

    def _nothing(self, frames: Frames, indices: Sequence[int], prompts: int) -> Segmentation:
        self.looks += 1
        sizes = tuple(frames.size(frame) for frame in indices)
        masks = (np.zeros((prompts, height, width), bool) for width, height in sizes)
        scores, labels = (0.0,) * prompts, ("nothing",) * prompts
        return Segmentation(tuple(indices), labels, tuple(range(prompts)), scores, sizes, pack(masks))

    async def ask(self, _request: wire.AskModel) -> str:
        """Give the same answer to every question."""
        self.asked += 1
        return "I see nothing."


@dataclass
class Watch:
    """What is seen of this process and of a kernel's while cells run."""

    before: set[int]
    memory_bytes: int
    lag: float = 0.0
    processes: int = 0
    memory: int = 0
    errors: list[str] = field(default_factory=list)

    async def look(self) -> None:
        """Look again and again, until cancelled."""
        last = time.monotonic()
        while True:
            await asyncio.sleep(0.05)
            now = time.monotonic()
            self.lag, last = max(self.lag, now - last - 0.05), now
            kernel = [pid for pid in descendants() if pid not in self.before]
            self.processes = max(self.processes, len(kernel))
            self.memory = max(self.memory, *map(_resident, kernel), 0)
            last = time.monotonic()

    async def idle(self) -> None:
        """Between cells, a kernel has nothing to do: see whether it keeps to that."""
        await asyncio.sleep(IDLE / 3)
        kernel = [pid for pid in descendants() if pid not in self.before]
        before = computed(kernel)
        await asyncio.sleep(IDLE)
        if (seconds := computed(kernel) - before) > IDLE / 3:
            self.errors.append(f"the session computed for {seconds:.2f} s of {IDLE:g} s in which no cell ran")

    def note(self, context: dict[str, Any]) -> None:
        """An error that nobody has handled."""
        self.errors.append(f"unhandled here: {context.get('exception') or context['message']!r}")

    def trouble(self) -> Iterator[str]:
        """What should not have been."""
        if self.lag > LAG:
            yield f"other sessions were held up for {self.lag:.1f} s"
        if self.processes > PROCESSES:
            yield f"{self.processes} processes of the session were there at a time"
        if self.memory > self.memory_bytes + SHARE:
            yield f"a process of the session held {self.memory / MIB:,.0f} MiB"
        yield from self.errors


def children(pid: int | None) -> list[int]:
    """Those of a process, dead ones too that nobody has waited for; none where there is no such process."""
    found = list[int]()
    with contextlib.suppress(OSError):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            found += map(int, (thread / "children").read_text().split())
    return found


def descendants() -> list[int]:
    """Processes that this one has brought about; those that lost their parent come to us."""
    found = children(os.getpid())
    for pid in found:  # which grows meanwhile
        found += children(pid)
    return found


def _resident(pid: int) -> int:
    """Bytes that a process holds; 0 when it has gone."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE
    except (OSError, IndexError):
        return 0


def computed(pids: Iterable[int]) -> float:
    """Seconds that processes have computed so far, those that have gone left out."""
    ticks = 0
    for pid in pids:
        with contextlib.suppress(OSError, IndexError):
            ticks += sum(map(int, Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]))
    return ticks / TICKS


def highest(*, reset: bool = False) -> int:
    """The most memory that this process has held since the last reset, in bytes."""
    if reset:
        Path("/proc/self/clear_refs").write_text("5")
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))
