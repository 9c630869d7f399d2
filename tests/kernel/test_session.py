"""A worker kernel from outside: what cells do, and what they cannot spoil."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio

from spatial_agent.budget import Budget
from spatial_agent.errors import KernelError
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
async def test_variables_stay_and_the_last_expression_is_echoed(shared: WorkerKernel) -> None:
    first, second = await _run(shared, "two = 2\npair = [1, 2]", "print('hi')\ntwo + 1")
    assert [(v.name, v.summary) for v in first.variables] == [("two", "int = 2"), ("pair", "list of 2 = [1, 2]")]
    assert (second.status, second.stdout, second.echo) == ("ok", "hi\n", "3")
    assert second.variables == ()


@SHARED
async def test_rebinding_a_name_to_another_scalar_is_reported(shared: WorkerKernel) -> None:
    *_, same, other = await _run(shared, "five = 1", "five = 1", "five = 5")
    assert same.variables == ()
    assert [v.summary for v in other.variables] == ["int = 5"]


@SHARED
async def test_a_failed_cell_keeps_what_it_did_and_names_its_own_line(shared: WorkerKernel) -> None:
    failed, after = await _run(shared, "a = 1\nb = a / 0\nc = 2", "a")
    assert (failed.status, failed.error_line) == ("error", 2)
    assert failed.error is not None
    assert "ZeroDivisionError" in failed.error
    assert "spatial_agent" not in failed.error
    assert after.echo == "1"


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
async def test_the_answer_of_a_cell_that_fails_does_not_count(shared: WorkerKernel) -> None:
    good, bad = await _run(shared, "ReturnAnswer(np.float32(1.5), unit='m')", "ReturnAnswer(2)\n1/0")
    assert good.submission is not None
    assert (good.submission.value, good.submission.unit) == (1.5, "m")
    assert bad.submission is None


@SHARED
async def test_a_refused_value_says_what_to_type(shared: WorkerKernel) -> None:
    (result,) = await _run(shared, "ReturnAnswer(object())")
    assert result.error is not None
    assert "ReturnAnswer(float(distance))" in result.error


async def test_endless_loops_are_stopped_and_variables_kept(run_cells: RunCells) -> None:
    _, loop, flood, after = await run_cells(
        "x = 1", "while True:\n    x += 0", "while True:\n    print('x' * 100)", "x", budget=Budget(cell_seconds=0.5)
    )
    assert loop.status == flood.status == "error"
    assert "longer than 0.5 s" in (loop.error or "")
    assert len(flood.stdout) <= MIB
    assert flood.dropped > 0
    assert after.echo == "1"


async def test_a_cell_that_ignores_the_interrupt_costs_the_process_and_says_so(run_cells: RunCells) -> None:
    _, stuck, after = await run_cells(
        "x = 1",
        "print('so far', flush=True)\nwhile True:\n    try:\n        while True:\n            y = 1\n"
        "    except BaseException:\n        pass",
        "'x' in globals()",
        budget=Budget(cell_seconds=0.5),
    )
    assert (stuck.status, stuck.stdout) == ("timeout", "so far\n")
    assert after.echo == "False"


async def test_a_crash_is_noticed_at_once(run_cells: RunCells) -> None:
    crashed, after = await run_cells("import ctypes\nprint('before')\nctypes.string_at(0)", "1 + 1")
    assert crashed.status == "died"
    assert "SIGSEGV" in (crashed.error or "")
    assert after.echo == "2"


@SHARED
async def test_an_exit_does_not_end_the_kernel(shared: WorkerKernel) -> None:
    left, after = await _run(shared, "x = 3\nraise SystemExit(1)", "x")
    assert (left.status, after.echo) == ("error", "3")


async def test_too_much_memory_is_a_memory_error(run_cells: RunCells) -> None:
    greedy, after = await run_cells("x = np.ones(10**9)", "2", budget=Budget(memory_bytes=512 * MIB))
    assert greedy.status == "error"
    assert "MemoryError" in (greedy.error or "")
    assert after.echo == "2"


async def test_a_cell_does_not_pay_for_the_time_that_serving_it_takes(run_cells: RunCells) -> None:
    async def slow(_request: object) -> str:
        await asyncio.sleep(2)
        return "done"

    (result,) = await run_cells("vlm.locate(InputImages[0], 'x')", ask=slow, budget=Budget(cell_seconds=1.5))
    assert (result.status, result.echo) == ("ok", "'done'")
    assert result.seconds < 1.5


async def test_a_call_over_its_deadline_fails_alone(run_cells: RunCells) -> None:
    async def never(_request: object) -> str:
        await asyncio.sleep(60)
        return ""

    (result,) = await run_cells("vlm.locate(InputImages[0], 'x')", ask=never, budget=Budget(call_seconds=0.2))
    assert result.status == "error"
    assert "longer than 0.2 s" in (result.error or "")
    assert result.calls[0].failure is not None


async def test_nothing_outlives_a_closed_kernel() -> None:
    async with kernel_over() as kernel:
        result = await kernel.run(
            "import ctypes\nlibc = ctypes.CDLL(None)\npid = libc.fork()\n"
            "if pid == 0:\n    while True: libc.sleep(1)\nint(pid)"
        )
        child = int(result.echo or 0)
        os.kill(child, 0)
    end = time.monotonic() + 10  # its new parent needs a moment to take note of the death
    while _alive(child) and time.monotonic() < end:
        await asyncio.sleep(0.02)
    assert not _alive(child)


def _alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def test_a_killed_worker_is_replaced() -> None:
    async with kernel_over() as kernel:
        process = kernel._process
        assert process is not None
        running = asyncio.create_task(kernel.run("import time\ntime.sleep(30)"))
        await asyncio.sleep(0.3)
        os.kill(process.pid, signal.SIGKILL)
        assert (await running).status == "died"
        assert (await kernel.run("1")).echo == "1"


async def test_running_a_closed_kernel_is_an_error() -> None:
    async with kernel_over() as kernel:
        pass
    assert isinstance(kernel, WorkerKernel)
    with pytest.raises(KernelError):
        await kernel.run("1")


async def test_two_runs_of_one_seed_draw_the_same_numbers(run_cells: RunCells) -> None:
    cell = "(random.random(), np.random.rand())"
    (first,) = await run_cells(cell)
    (second,) = await run_cells(cell)
    assert first.echo == second.echo


@SHARED
@pytest.mark.parametrize(
    "cell",
    [
        "print('\\ud83d')",
        "raise ValueError('\\ud83d')",
        "raise ValueError('x' * 40_000_000)",
        "class Rude:\n    def __repr__(self): raise KeyboardInterrupt\nr = Rude()\nr",
        "class Rude(Exception):\n    def __str__(self): raise SystemExit\nraise Rude",
        "class Slow:\n    def __repr__(self):\n        while True: x = 1\nr = [Slow()]",
        "import sys\nsys.stdout = None",
    ],
)
async def test_nothing_that_a_cell_says_costs_the_variables(shared: WorkerKernel, cell: str) -> None:
    _, odd, after, _ = await _run(shared, "x = 1", cell, "print(x)", "r = None")  # nothing odd stays for the next
    assert odd.status in ("ok", "error")
    assert after.stdout == "1\n"


async def test_a_worker_that_takes_no_replies_is_given_up(monkeypatch: pytest.MonkeyPatch, run_cells: RunCells) -> None:
    monkeypatch.setattr("spatial_agent.kernel.session.SEND_SECONDS", 0.5)
    flood = (
        "import socket\nfrom spatial_agent import framing, wire\ns = socket.socket(fileno=3)\n"
        "for k in range(5000): s.sendall(framing.frame(wire.Call(k, wire.Reconstruct(1, (99,)))))\n"
        "while True: x = 1"
    )
    deaf, after = await run_cells(flood, "1", budget=Budget(cell_seconds=20))
    assert (deaf.status, after.echo) == ("died", "1")
    assert "took no message" in (deaf.error or "")


async def test_the_end_of_another_cell_is_not_the_end_of_this_one(run_cells: RunCells) -> None:
    forged = (
        "import socket\nfrom spatial_agent import framing, wire\ns = socket.socket(fileno=3)\n"
        "s.sendall(framing.frame(wire.Done(99, None, None, None, None, 'forged', (), 0)))\n1"
    )
    result, after = await run_cells(forged, "2")
    assert result.status == "died"
    assert after.echo == "2"


@SHARED
async def test_a_cell_cannot_take_away_what_the_next_one_needs(shared: WorkerKernel) -> None:
    _, answered = await _run(shared, "ReturnAnswer = print\nshow = None\ndel tools", "tools.Mask\nReturnAnswer('x')")
    assert answered.submission is not None
    assert answered.stdout.startswith("[note] tools, show, ReturnAnswer had been assigned to")
