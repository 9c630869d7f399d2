"""Many kernels, a tenth of whose cells misbehave: when they are closed, nothing of them is left."""

import asyncio
import os
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest

from spatial_agent.budget import MIB, Budget
from spatial_agent.kernel.gateway import Gateway
from spatial_agent.kernel.nursery import SCRATCH, Nursery
from spatial_agent.kernel.session import WorkerKernel
from spatial_agent.perception.backends.recorded import Recorded
from tests.conftest import blind, opening, photos

AT_ONCE = 6
CELLS = 5
"""Of a session."""
HONEST = ["x = 1", "held = np.random.rand(300, 300)", "show(InputImages[0])", "print('a' * 1000)", "1 / 0"]
RUDE = {
    "ignores interrupts": "sum(itertools.repeat(1))",
    "crashes": "import ctypes\nctypes.string_at(0)",
    "takes all memory": "held = np.ones(10**9)",
    "takes all memory, bit by bit": "held = []\nwhile True: held.append(bytes(2**24))",
    "forks": "import os\nos.fork()",
    "exits": "import os\nos._exit(3)",
    "floods": "for _ in range(50_000): print('x' * 100)",
    "shows a huge image": "show(Image.new('RGB', (9000, 9000)))",
    "shows far too many": "for k in range(60): show(InputImages[0])",
    "fills its folder": "open('big', 'wb').write(bytes(2**27))",
}
BUDGET = Budget(cell_seconds=0.5, memory_bytes=512 * MIB, scratch_bytes=16 * MIB)


class Held(NamedTuple):
    """What the agent process and its zygote hold."""

    children: int
    descriptors: int
    zygote_descriptors: int
    mounts: int
    folders: int


def held(nursery: Nursery) -> Held:
    assert nursery.pid is not None
    zygote = psutil.Process(nursery.pid)
    return Held(
        children=len(zygote.children(recursive=True)),
        descriptors=psutil.Process().num_fds(),
        zygote_descriptors=zygote.num_fds(),
        mounts=len(Path("/proc/self/mountinfo").read_text().splitlines()),
        folders=len(list(Path(tempfile.gettempdir()).glob(f"{SCRATCH}{os.getpid()}-*"))),
    )


def memory_mb(nursery: Nursery) -> tuple[float, float]:
    """Of the agent process and of the zygote."""
    agent, zygote = psutil.Process(), psutil.Process(nursery.pid)
    return agent.memory_info().rss / MIB, zygote.memory_info().rss / MIB


@pytest.fixture
def own() -> Iterator[Nursery]:
    """A nursery that nobody shares."""
    nursery = Nursery()
    yield nursery
    nursery.close()


async def session(nursery: Nursery, cells: list[str]) -> list[str]:
    media = photos()
    kernel = WorkerKernel(Gateway(media, None, Recorded(), blind, BUDGET), opening(media, BUDGET), nursery=nursery)
    await kernel.start()
    try:
        return [(await kernel.run(cell)).status for cell in cells]
    finally:
        await kernel.close()


async def sessions(nursery: Nursery, count: int, draw: random.Random) -> list[str]:
    """The statuses of all their cells; every rude cell has its turn."""
    rude, gate = list(RUDE.values()), asyncio.Semaphore(AT_ONCE)
    turns = iter(range(10**9))

    def cell() -> str:
        return rude[next(turns) % len(rude)] if draw.random() < 0.1 else draw.choice(HONEST)

    async def one(cells: list[str]) -> list[str]:
        async with gate:
            return await session(nursery, cells)

    all_cells = [[cell() for _ in range(CELLS)] for _ in range(count)]
    return [status for statuses in await asyncio.gather(*map(one, all_cells)) for status in statuses]


async def settled(look: Callable[[], Held], before: Held) -> Held:
    """What is held when nothing more goes away; a process that was killed needs a moment to be gone."""
    end = time.monotonic() + 10
    while (now := look()) != before and time.monotonic() < end:
        await asyncio.sleep(0.05)
    return now


@pytest.mark.parametrize("count", [15, pytest.param(500, marks=pytest.mark.slow)])
async def test_nothing_is_left_of_many_kernels(own: Nursery, count: int) -> None:
    await session(own, [*HONEST, *RUDE.values()])  # what is set up once is set up now
    await sessions(own, AT_ONCE, random.Random(1))
    before, memory = held(own), memory_mb(own)
    statuses = await sessions(own, count, random.Random(2))
    assert len(statuses) == CELLS * count
    assert statuses.count("ok") > 0.6 * len(statuses)
    assert {"timeout", "died", "error"} <= set(statuses)
    after = await settled(lambda: held(own), before)
    assert after == before
    agent, zygote = (late - early for late, early in zip(memory_mb(own), memory, strict=True))
    assert agent < 48, f"the agent process has grown by {agent:.0f} MiB"
    assert zygote < 16, f"the zygote has grown by {zygote:.0f} MiB"
