"""What cells do with the forks that are made of them, and with the sockets that they inherit; and hasty callers."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest
import pytest_asyncio

from spatial_agent.budget import Budget
from spatial_agent.errors import KernelError
from spatial_agent.kernel.nursery import Nursery, nursery
from spatial_agent.kernel.session import WorkerKernel
from spatial_agent.sandbox.level import Level
from tests.conftest import kernel_over


@pytest.fixture(params=["strong", pytest.param("good", marks=pytest.mark.slow)])
def level(request: pytest.FixtureRequest) -> Level:
    return request.param  # type: ignore[no-any-return]


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy that does not come is given up sooner."""
    monkeypatch.setattr("spatial_agent.kernel.nest.ANSWER_SECONDS", 1.0)


@pytest_asyncio.fixture
async def kernel(level: Level) -> AsyncIterator[WorkerKernel]:
    async with kernel_over(budget=Budget(cell_seconds=5), nursery=nursery(level)) as one:
        if one.level != level or not one.capabilities.checkpoint:
            pytest.skip(f"no copies at level {level} on this machine: {one.note}")
        yield one


def _processes(kernel: WorkerKernel) -> set[int]:
    """Of the kernel, without its supervisor, orphans included."""
    assert kernel._nest is not None
    supervisor = psutil.Process(kernel._nest.base.pid).parent()
    assert supervisor is not None
    return {child.pid for child in supervisor.children(recursive=True)}


ORPHAN = """
import os, time
fork = os.fork
def steal():
    if fork() == 0:
        while True: time.sleep(0.01)
    os._exit(0)
os.fork = steal
"""


async def test_a_fork_that_lost_its_parent_does_not_stay(kernel: WorkerKernel) -> None:
    assert kernel._nest is not None
    await kernel.run(ORPHAN)
    assert (await kernel.run("1")).kept == "nothing"
    assert (await kernel.run("2")).echo == "2"
    assert kernel._current is not None
    for _ in range(100):
        left = _processes(kernel) - {life.pid for life in kernel._nest._known.values() if life.lives}
        if not left:
            break
        await asyncio.sleep(0.02)
    assert left == set()


KEEP = "import os\nkeep = os.dup(3)"
ANSWER = """
import socket
from spatial_agent import birth, framing
origin = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, 0, keep)
_, ends, _, _ = socket.recv_fds(origin, 2**16, 4)
socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, 0, ends[0]).sendall(framing.frame(birth.Copied(1)))
while True: pass
"""


async def test_a_branch_that_kept_its_origins_socket_cannot_pass_for_the_next_branch(kernel: WorkerKernel) -> None:
    await kernel.run(KEEP)
    first = await kernel.branch(1)
    running = asyncio.create_task(first.run(ANSWER))
    await asyncio.sleep(0.3)
    assert first._running is not None
    taken = first._running.runner.pid
    try:
        second = await kernel.branch(2)
    except KernelError as problem:
        assert "was none" in str(problem)
    else:
        assert second._current is not None
        assert second._current.pid != taken
        await second.close()
    running.cancel()
    await asyncio.wait([running])
    await first.close()


async def test_branches_may_be_made_at_the_same_time(kernel: WorkerKernel) -> None:
    await kernel.run("x = 1")
    branches = await asyncio.gather(*(kernel.branch(number) for number in range(1, 5)))
    assert [(await branch.run("x")).echo for branch in branches] == ["1"] * 4
    for branch in branches:
        await branch.close()


async def test_a_copy_that_was_given_up_when_it_was_there_costs_no_later_one(kernel: WorkerKernel) -> None:
    nest = kernel._nest
    assert nest is not None
    for _ in range(3):
        given_up = await nest.copy(nest.base)
        await asyncio.sleep(0.1)  # it has been forked by then
        given_up.close()
    last = await (await nest.copy(nest.base)).done()
    assert last.lives
    last.kill()


async def test_closing_ends_a_cell_that_another_task_waits_for(kernel: WorkerKernel) -> None:
    running = asyncio.create_task(kernel.run("import time\ntime.sleep(60)"))
    await asyncio.sleep(0.2)
    await kernel.close()
    with pytest.raises(KernelError, match="not running"):
        async with asyncio.timeout(3):
            await running


async def test_closing_that_is_cancelled_ends_the_processes_all_the_same(kernel: WorkerKernel) -> None:
    await kernel.run("x = 1")
    assert kernel._nest is not None
    supervisor = psutil.Process(kernel._nest.base.pid).parent()
    assert supervisor is not None
    closing = asyncio.create_task(kernel.close())
    await asyncio.sleep(0)
    closing.cancel()
    await asyncio.wait([closing])
    for _ in range(200):
        if not supervisor.is_running():
            break
        await asyncio.sleep(0.02)
    assert not supervisor.is_running()


def _open() -> int:
    return len(os.listdir("/proc/self/fd"))


async def test_nothing_is_left_open_of_a_session_that_was_cut_off_anywhere() -> None:
    async with kernel_over() as warm:
        await warm.run("1")
    before = _open()
    for turn in range(12):
        try:
            async with asyncio.timeout(0.004 * turn):
                async with kernel_over() as one:
                    for _ in range(20):
                        await one.run("x = 1")
        except TimeoutError:
            pass
    assert _open() == before


SEND = """
import array, os, socket
from spatial_agent import framing, wire
end = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, 0, 3)
null = os.open('/dev/null', os.O_RDONLY)
said = framing.frame(wire.Output('stdout', 'x'))
for _ in range(20):
    end.sendmsg([said], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', [null] * 4))])
end.detach()
"""


@pytest.mark.parametrize("fork", [True, False])
async def test_descriptors_that_a_cell_sends_do_not_come_in(fork: bool) -> None:
    nursery = Nursery(fork=fork)
    try:
        async with kernel_over(nursery=nursery) as one:
            before = _open()
            assert (await one.run(SEND)).stdout == "x" * 20
            await one.run("1")
            assert _open() <= before + 8  # a copy made ahead has its socket and its process
    finally:
        nursery.close()


async def test_a_kernel_without_files_to_open_is_an_error_of_the_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    async with kernel_over() as one:
        await one.run("x = 1")
        await asyncio.sleep(0.1)
        resource.setrlimit(resource.RLIMIT_NOFILE, (_open() + 1, hard))
        try:
            assert (await one.run("x")).echo == "1"
            await one.run("x")
            with pytest.raises(KernelError, match="could not be asked for"):
                async with kernel_over():
                    pass
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        assert (await one.run("x")).echo == "1"


async def test_a_zygote_cannot_start_without_a_place_for_temporary_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nothing"))
    nursery = Nursery()
    with pytest.raises(KernelError, match="No such file"):
        await nursery.hatch(2**28, 2**20)
    nursery.close()
