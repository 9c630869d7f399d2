"""Many sessions in one process leave nothing behind: no process, no descriptor, no folder, no object."""

import asyncio
import gc
import tempfile
from pathlib import Path

import psutil
import pytest

from spatial_agent import ScriptedChat, SpatialClaw
from spatial_agent.agent.state import Session
from spatial_agent.frames import Frames
from tests.agent.test_sessions import KNOWN_CELL, cell

pytestmark = pytest.mark.slow


async def sessions(count: int, folder: Path) -> None:
    gate = asyncio.Semaphore(4)

    async def one(number: int) -> None:
        async with gate:
            ends = ("ReturnAnswer(1)\n1/0", "import ctypes\nctypes.string_at(0)", "show(InputImages[::8])")
            claw = SpatialClaw(ScriptedChat([cell(ends[number % 3]), cell(KNOWN_CELL)]))
            run = await claw.arun("How far?", "living_room", folder=folder / str(number))
            assert run.outcome == "answered"

    await asyncio.gather(*(one(number) for number in range(count)))


def held() -> int:
    """Frames and sessions that are alive; other tests may hold some."""
    gc.collect()
    return sum(isinstance(thing, Frames | Session) for thing in gc.get_objects())


async def test_sessions_leave_nothing_behind(tmp_path: Path) -> None:
    me = psutil.Process()
    by_others = held()
    await sessions(8, tmp_path / "warm")
    gc.collect()
    before = me.num_fds(), len(gc.get_objects())
    await sessions(40, tmp_path / "soak")
    gc.collect()
    assert me.children() == []
    assert me.num_fds() <= before[0] + 2
    # Objects, not resident memory: what the allocator keeps for its threads' arenas comes and goes.
    alive = gc.get_objects()
    assert held() == by_others
    assert len(alive) < before[1] + 2000
    assert not list(Path(tempfile.gettempdir()).glob(f"spatialclaw-cell-{me.pid}-*"))
