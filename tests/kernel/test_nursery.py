"""The zygote: pristine kernels, restarted when it dies, gone when its parent is; and kernels that are not forked."""

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import AsyncIterator

import psutil
import pytest
import pytest_asyncio

from spatial_agent.errors import InputError
from spatial_agent.kernel.gateway import Gateway
from spatial_agent.kernel.nursery import Nursery, nursery
from spatial_agent.kernel.session import WorkerKernel
from spatial_agent.perception.backends.recorded import Recorded
from tests.conftest import Budget, blind, kernel_over, opening, photos


@pytest_asyncio.fixture
async def own() -> AsyncIterator[Nursery]:
    """A nursery that nobody shares."""
    nursery = Nursery()
    yield nursery
    nursery.close()


async def test_a_cell_leaves_nothing_for_the_next_question() -> None:
    async with kernel_over() as kernel:
        await kernel.run("import builtins, numpy\nbuiltins.left = 1\nnumpy.left = 2\nopen('left', 'w').write('x')")
    async with kernel_over() as kernel:
        result = await kernel.run("import os\nhasattr(np, 'left'), 'left' in dir(__builtins__), os.path.exists('left')")
    assert result.echo == "(False, False, False)"


async def test_kernels_start_side_by_side() -> None:
    async def one(number: int) -> str | None:
        async with kernel_over() as kernel:
            await kernel.run(f"x = {number}")
            return (await kernel.run("x")).echo

    assert await asyncio.gather(*map(one, range(8))) == [str(number) for number in range(8)]


async def test_a_zygote_that_dies_costs_no_kernel_and_is_replaced(own: Nursery) -> None:
    async with kernel_over(nursery=own) as before:
        await before.run("x = 1")
        assert own.pid is not None
        dead = own.pid
        os.kill(dead, signal.SIGKILL)
        async with kernel_over(nursery=own) as after:
            assert (await after.run("1 + 1")).echo == "2"
        assert own.pid != dead
        assert (await before.run("x")).echo == "1"


async def test_event_loops_share_a_zygote(own: Nursery) -> None:
    async def cell() -> str | None:
        async with kernel_over(nursery=own) as kernel:
            return (await kernel.run("1 + 1")).echo

    await cell()
    pid = own.pid
    assert await asyncio.to_thread(asyncio.run, cell()) == "2"
    assert own.pid == pid


async def test_the_zygote_has_one_thread_and_an_empty_environment(
    own: Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOME_API_KEY", "sk-decoy")
    found = await own.findings()
    assert (found.forked, found.threads, found.environment) == (True, 1, 0)
    environment = psutil.Process(own.pid).environ()
    assert not {name for name in environment if "KEY" in name}


def test_everything_ends_with_the_agent_process() -> None:
    script = """
        import asyncio, os, sys
        sys.path.insert(0, os.getcwd())
        from tests.conftest import kernel_over

        async def main():
            async with kernel_over() as kernel:
                await kernel.run("x = 1")
                asyncio.create_task(kernel.run("while True: pass"))
                await asyncio.sleep(0.3)
                print("up", flush=True)
                await asyncio.sleep(60)

        asyncio.run(main())
    """
    with subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)], stdout=subprocess.PIPE) as agent:
        assert agent.stdout is not None
        assert agent.stdout.readline() == b"up\n"
        below = psutil.Process(agent.pid).children(recursive=True)
        assert len(below) >= 3  # zygote, supervisor and what it watches over
        agent.kill()
    end = time.monotonic() + 20
    while any(process.is_running() for process in below) and time.monotonic() < end:
        time.sleep(0.02)
    assert not [process for process in below if process.is_running()]


async def test_kernels_that_are_not_forked_run_the_same_cells_and_say_what_they_lack() -> None:
    alone = Nursery(fork=False)
    async with kernel_over(nursery=alone, budget=Budget(cell_seconds=10)) as kernel:
        assert (kernel.level, kernel.capabilities.checkpoint) == ("weak", False)
        assert "started by itself" in kernel.note
        assert (await kernel.run("x = 1\nx")).echo == "1"
        crashed = await kernel.run("import ctypes\nctypes.string_at(0)")
        assert (crashed.status, crashed.kept) == ("died", "nothing")
        assert "SIGSEGV" in (crashed.error or "")
        assert "cannot be forked" in crashed.note
        assert (await kernel.run("'x' in globals()")).echo == "False"
    assert not (await alone.findings()).forked


async def test_a_kernel_below_the_least_level_is_refused_before_anything_runs() -> None:
    media, budget = photos(), Budget()
    gateway = Gateway(media, None, Recorded(), blind, budget)
    kernel = WorkerKernel(gateway, opening(media, budget), nursery=Nursery(fork=False), least="good")
    with pytest.raises(InputError, match="level good at least, and here it is weak") as refused:
        await kernel.start()
    assert "--min-sandbox weak" in str(refused.value)
    assert "spatialclaw doctor" in str(refused.value)


async def test_the_shared_nursery_is_one() -> None:
    assert nursery() is nursery()
