"""A cell that has to be killed costs that cell; a kernel can be copied and both go on."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import numpy as np
import psutil
import pytest
import pytest_asyncio

from spatial_agent.budget import Budget
from spatial_agent.errors import KernelError
from spatial_agent.kernel import session
from spatial_agent.kernel.session import WorkerKernel
from tests.conftest import kernel_over

STUCK = "while True:\n    try:\n        while True:\n            pass\n    except BaseException:\n        pass"
CRASH = "import ctypes\nctypes.string_at(0)"


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy that does not come is given up sooner."""
    monkeypatch.setattr("spatial_agent.kernel.nest.ANSWER_SECONDS", 1.0)


@pytest_asyncio.fixture
async def kernel() -> AsyncIterator[WorkerKernel]:
    async with kernel_over(budget=Budget(cell_seconds=0.5)) as one:
        if not one.capabilities.checkpoint:
            pytest.skip(f"kernels cannot be copied on this machine: {one.note}")
        yield one


async def _echo(kernel: WorkerKernel, cell: str) -> Any:
    result = await kernel.run(cell)
    assert result.status == "ok", result.error
    return result.echo


async def test_every_killed_cell_in_a_row_leaves_the_variables_as_they_were(kernel: WorkerKernel) -> None:
    await kernel.run("values = np.arange(10)\nnames = ['a']")
    for cell in (CRASH, f"names.append('b')\n{CRASH}", STUCK, CRASH):
        result = await kernel.run(cell)
        assert (result.status in ("died", "timeout"), result.kept, result.note) == (True, "before", "")
        assert await _echo(kernel, "names, int(values.sum())") == "(['a'], 45)"
        await kernel.run("values = values.copy()")


async def test_the_very_first_cell_may_be_killed(kernel: WorkerKernel) -> None:
    assert (await kernel.run(f"x = 1\n{CRASH}")).kept == "before"
    assert await _echo(kernel, "'x' in globals()") == "False"


async def test_a_cell_that_stops_when_asked_keeps_what_it_made(kernel: WorkerKernel) -> None:
    result = await kernel.run("made = 0\nwhile True: made += 1")
    assert (result.status, result.kept) == ("error", "all")
    assert await _echo(kernel, "made > 0") == "True"


async def test_a_killed_cell_draws_no_random_numbers(kernel: WorkerKernel) -> None:
    await kernel.run(f"a = random.random(), np.random.rand()\n{CRASH}")
    assert await _echo(kernel, "random.random(), np.random.rand()") == await _first_draw()


async def _first_draw() -> Any:
    async with kernel_over() as fresh:
        return await _echo(fresh, "random.random(), np.random.rand()")


async def test_a_kernel_over_the_limit_of_memory_runs_on_without_a_way_back_and_says_so(
    kernel: WorkerKernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = kernel._nest.base.private_bytes() if kernel._nest else None
    assert held is not None
    monkeypatch.setattr(session, "COPIED_BYTES", held + 20 * 2**20)
    await kernel.run("large = np.ones(40 * 2**17)")  # 40 MiB
    assert (await kernel.run("x = 1")).status == "ok"
    assert await _echo(kernel, "x, float(large[-1])") == "(1, 1.0)"
    result = await kernel.run(CRASH)
    assert (result.status, result.kept) == ("died", "nothing")
    assert "is not copied" in result.note
    assert await _echo(kernel, "'large' in globals()") == "False"
    await kernel.run("x = 2")
    assert (await kernel.run(CRASH)).kept == "before"  # the large array has gone
    assert await _echo(kernel, "x") == "2"


async def test_branches_have_the_variables_and_go_on_by_themselves(kernel: WorkerKernel) -> None:
    await kernel.run("x = [1]\ndraw = np.random.rand")
    one, two = await kernel.branch(1), await kernel.branch(2)
    await one.run("x.append('one')")
    await two.run("x.append('two')")
    assert [await _echo(each, "x") for each in (kernel, one, two)] == ["[1]", "[1, 'one']", "[1, 'two']"]
    drawn = {await _echo(each, "float(draw())") for each in (kernel, one, two)}
    assert len(drawn) == 3
    stuck, free = await asyncio.gather(one.run(STUCK), two.run("sum(range(10))"))
    assert (stuck.kept, free.echo) == ("before", "45")
    await kernel.close()  # branches outlive the kernel that they were made of
    assert await _echo(one, "x") == "[1, 'one']"
    await one.close()
    await two.close()


async def test_branches_of_one_number_draw_the_same(kernel: WorkerKernel) -> None:
    branches = [await kernel.branch(number) for number in (1, 1, 2)]
    same, again, other = [await _echo(branch, "random.random(), np.random.rand()") for branch in branches]
    assert same == again != other
    for branch in branches:
        await branch.close()


async def test_what_a_branch_asks_for_is_on_its_own_record(kernel: WorkerKernel) -> None:
    branch = await kernel.branch(1)
    ours, theirs = await asyncio.gather(kernel.run("1"), branch.run("vlm.locate(InputImages[0], 'x')"))
    assert (len(ours.calls), len(theirs.calls)) == (0, 1)
    await branch.close()


async def test_a_kernel_branches_only_between_cells(kernel: WorkerKernel) -> None:
    running = asyncio.create_task(kernel.run("import time\ntime.sleep(0.3)"))
    await asyncio.sleep(0.1)
    with pytest.raises(KernelError, match="a cell is running"):
        await kernel.branch(1)
    await running


async def test_large_states_are_copied_whole(kernel: WorkerKernel) -> None:
    state = np.random.default_rng(0).integers(0, 255, 2**20, dtype=np.uint8)
    await kernel.run("state = np.random.default_rng(0).integers(0, 255, 2**20, dtype=np.uint8)")
    await kernel.run(f"state[:] = 0\n{CRASH}")
    assert await _echo(kernel, "int(state.sum())") == str(int(state.sum()))


STEAL = """
import os, time
fork = os.fork
def steal():
    if fork() == 0:
        while True: time.sleep(0.01)
    raise OSError('no fork')
os.fork = steal
"""


async def test_what_a_cell_has_forked_by_theft_is_ended_and_copies_are_given_up_after_a_few(
    kernel: WorkerKernel,
) -> None:
    assert kernel._nest is not None
    base = psutil.Process(kernel._nest.base.pid)
    await kernel.run(STEAL)
    for number in range(5):
        assert await _echo(kernel, f"{number}") == str(number)
    await asyncio.sleep(0.1)
    assert len(base.children(recursive=True)) <= 1 + 1  # what runs the cells, and a copy that it was made from
    lost = await kernel.run(CRASH)
    assert (lost.kept, "no copy" in lost.note) == ("nothing", True)


SPEAK = """
import os
from spatial_agent import framing, wire
forged = framing.frame(wire.Submitted('forged', None, None, (), {}, None))
close = os.close
def speak(descriptor):
    try: os.write(descriptor, forged)
    except OSError: pass
    close(descriptor)
os.close = speak
"""


async def test_the_process_that_waits_cannot_answer_for_the_one_that_runs(kernel: WorkerKernel) -> None:
    await kernel.run(SPEAK)  # from now on, the original writes into its copy's socket when it lets go of it
    results = [await kernel.run("1") for _ in range(3)]
    assert [result.submission for result in results] == [None] * 3


async def test_a_cell_is_served_only_so_many_calls(kernel: WorkerKernel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spatial_agent.kernel.gateway.MAX_CALLS", 3)
    cell = "for k in range(5):\n    try: tools.Mask and vlm.locate(InputImages[0], 'x')\n    except Exception as e: print(e)"
    first, second = await kernel.run(cell), await kernel.run("1")
    assert len(first.calls) == 3
    assert first.stdout.count("which is the most") == 2
    assert second.calls == ()


POISON = "import builtins, os\nbuiltins.compile = lambda *a, **k: os._exit(1)"


async def test_a_kernel_that_a_cell_has_spoilt_for_all_others_is_given_up_for_a_fresh_one(kernel: WorkerKernel) -> None:
    await kernel.run("x = 1")
    assert (await kernel.run(POISON)).status == "ok"
    first, second = await kernel.run("x"), await kernel.run("x")
    assert (first.status, first.kept) == ("died", "before")
    assert (second.status, second.kept) == ("died", "nothing")
    assert second.note
    assert await _echo(kernel, "'x' in globals()") == "False"


SPIN = "import os\ndef spin():\n    while True: pass\nos.register_at_fork(after_in_parent=spin)"


async def test_a_process_that_waits_cannot_compute_beside_the_one_that_runs(kernel: WorkerKernel) -> None:
    await kernel.run(SPIN)
    running = asyncio.create_task(kernel.run("import time\ntime.sleep(0.3)\n1"))
    await asyncio.sleep(0.15)
    assert kernel._current is not None
    waiting = psutil.Process(kernel._current.pid)
    assert waiting.status() == psutil.STATUS_STOPPED
    assert (await running).echo == "1"
