"""A worker kernel from outside: what cells do, and what they cannot spoil, beyond what every kernel's contract says."""

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio

from spatial_agent.budget import Budget
from spatial_agent.kernel.protocol import CellResult
from spatial_agent.kernel.session import WorkerKernel
from tests.conftest import kernel_over

RunCells = Callable[..., Awaitable[list[CellResult]]]
MIB = 2**20
SHARED = pytest.mark.asyncio(loop_scope="module")
"""For tests whose cells leave the kernel as it was, but for a name of their own."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared() -> AsyncIterator[WorkerKernel]:
    """One kernel for all of them."""
    async with kernel_over(budget=Budget(cell_seconds=2)) as kernel:
        yield kernel


async def _run(kernel: WorkerKernel, *cells: str) -> list[CellResult]:
    return [await kernel.run(cell) for cell in cells]


@SHARED
async def test_rebinding_a_name_to_another_scalar_is_reported(shared: WorkerKernel) -> None:
    *_, same, other = await _run(shared, "five = 1", "five = 1", "five = 5")
    assert same.variables == ()
    assert [v.summary for v in other.variables] == ["int = 5"]


@SHARED
async def test_a_syntax_error_is_an_error_of_the_cell(shared: WorkerKernel) -> None:
    (result,) = await _run(shared, "def f(:\n    pass")
    assert (result.status, result.error_line) == ("error", 1)


@SHARED
async def test_shown_images_and_figures_arrive_with_labels(shared: WorkerKernel) -> None:
    frames, figure = await _run(
        shared,
        "show(InputImages[1], 'x' if False else InputImages[2])",
        "plt.plot([1, 2]); plt.title('a line'); plt.show()",
    )
    assert [image.label for image in frames.images] == ["frame 1", "frame 2"]
    assert [image.label for image in figure.images] == ["a line"]


@SHARED
async def test_a_refused_value_says_what_to_type(shared: WorkerKernel) -> None:
    (result,) = await _run(shared, "ReturnAnswer(object())")
    assert result.error is not None
    assert "ReturnAnswer(float(distance))" in result.error


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV])
async def test_a_kernel_whose_process_is_killed_goes_on_with_its_variables(number: signal.Signals) -> None:
    async with kernel_over() as kernel:
        await kernel.run("x = 1")
        running = asyncio.create_task(kernel.run("import time\ntime.sleep(30)"))
        await asyncio.sleep(0.3)
        assert kernel._running is not None
        kernel._running.runner.signal(number)
        died = await running
        assert (died.status, died.kept) == ("died", "before")
        assert number.name in (died.error or "")
        assert (await kernel.run("x")).echo == "1"


async def test_two_runs_of_one_seed_draw_the_same_numbers(run_cells: RunCells) -> None:
    cell = "(random.random(), np.random.rand())"
    (first,) = await run_cells(cell)
    (second,) = await run_cells(cell)
    assert first.echo == second.echo


async def test_a_variable_that_cannot_be_summed_up_in_time_costs_no_other(run_cells: RunCells) -> None:
    slow = "class Slow:\n    def __repr__(self):\n        while True: x = 1\nr = [Slow()]"
    _, odd, after = await run_cells("x = 1", slow, "print(x)", budget=Budget(cell_seconds=0.5))
    assert odd.status in ("ok", "error")
    assert after.stdout == "1\n"


async def test_a_cell_that_takes_no_replies_does_so_on_its_own_time(run_cells: RunCells) -> None:
    flood = (
        "import socket\nfrom spatial_agent import framing, wire\ns = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, 0, 3)\n"
        "for k in range(5000): s.sendall(framing.frame(wire.Call(k, wire.Reconstruct(1, (99,)))))\n"
        "while True: x = 1"
    )
    deaf, after = await run_cells(flood, "1", budget=Budget(cell_seconds=1))
    assert (deaf.status, after.echo) == ("died", "1")
    assert "took no message" in (deaf.error or "")


async def test_the_end_of_another_cell_is_not_the_end_of_this_one(run_cells: RunCells) -> None:
    forged = (
        "import socket\nfrom spatial_agent import framing, wire\ns = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, 0, 3)\n"
        "s.sendall(framing.frame(wire.Done(99, None, None, None, None, 'forged', (), 0)))\n1"
    )
    result, after = await run_cells(forged, "2")
    assert result.status == "died"
    assert after.echo == "2"
