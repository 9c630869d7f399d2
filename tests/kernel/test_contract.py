"""What every kernel does, whatever is behind it; what a kernel cannot do is left out by its capabilities."""

import asyncio
import os
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest
import pytest_asyncio

from spatial_agent import wire
from spatial_agent.budget import Budget
from spatial_agent.errors import KernelError
from spatial_agent.inputs.media import open_media
from spatial_agent.kernel.nursery import nursery
from spatial_agent.kernel.session import WorkerKernel
from tests.kernel.kernels import KINDS, run, started

MIB = 2**20
SHARED = pytest.mark.asyncio(loop_scope="module")
"""For tests whose cells leave the kernel as it was, but for names of their own."""
FRESH = pytest.mark.parametrize("kind", KINDS)


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=KINDS)
async def kernel(request: pytest.FixtureRequest) -> AsyncIterator[WorkerKernel]:
    async with started(request.param, media=open_media("living_room")) as kernel:
        yield kernel


@SHARED
async def test_variables_stay_and_the_last_expression_is_echoed(kernel: WorkerKernel) -> None:
    first, second = await run(kernel, "two = 2\npair = [1, 2]", "print('hi')\ntwo + 1")
    assert [(v.name, v.summary) for v in first.variables] == [("two", "int = 2"), ("pair", "list of 2 = [1, 2]")]
    assert (second.status, second.stdout, second.echo, second.variables) == ("ok", "hi\n", "3", ())


@SHARED
async def test_an_error_names_the_line_and_keeps_what_was_done(kernel: WorkerKernel) -> None:
    failed, after = await run(kernel, "a = 1\nb = a / 0\nc = 2", "a")
    assert (failed.status, failed.error_line, failed.error_in, failed.reached) == ("error", 2, "cell", 2)
    assert failed.error is not None
    assert failed.error.endswith("ZeroDivisionError: division by zero")
    assert "spatial_agent" not in failed.error
    assert after.echo == "1"


@SHARED
async def test_stdout_and_stderr_are_told_apart(kernel: WorkerKernel) -> None:
    (result,) = await run(kernel, "import sys\nprint('out')\nprint('err', file=sys.stderr)")
    assert (result.stdout, result.stderr) == ("out\n", "err\n")


@SHARED
async def test_images_arrive_with_labels(kernel: WorkerKernel) -> None:
    cell = "show(InputImages[1], label='mine')\nplt.plot([1, 2]); plt.title('a line'); plt.show()"
    (result,) = await run(kernel, cell)
    assert [image.label for image in result.images] == ["mine", "a line"]
    assert all(len(image.data) > 100 for image in result.images)


@SHARED
async def test_an_answer_counts_when_its_cell_ran_to_the_end(kernel: WorkerKernel) -> None:
    good, bad = await run(kernel, "ReturnAnswer(np.float32(1.5), unit='m')", "ReturnAnswer(2)\n1/0")
    assert good.submission is not None
    assert (good.submission.value, good.submission.unit) == (1.5, "m")
    assert good.stdout == "Answer submitted: 1.5\n"
    assert bad.submission is None


@SHARED
async def test_calls_are_served_and_on_the_trusted_sides_record(kernel: WorkerKernel) -> None:
    served, refused = await run(
        kernel, "recon = tools.Reconstruct(InputImages[0:2])\nrecon.frame_indices", "vlm.locate(InputImages[0], 'x')"
    )
    assert served.echo is not None
    assert "0, 1" in served.echo
    assert [(call.name, call.detail, call.failure) for call in served.calls] == [("Reconstruct", "2 frames", None)]
    assert (refused.status, refused.error_in) == ("error", "tool")
    assert [call.failure for call in refused.calls] == ["this backbone sees no images"]


@SHARED
async def test_names_that_were_given_are_given_back(kernel: WorkerKernel) -> None:
    _, answered = await run(kernel, "ReturnAnswer = print\nshow = None\ndel tools", "tools.Mask\nReturnAnswer('x')")
    assert answered.submission is not None
    assert answered.stdout.startswith("[note] tools, show, ReturnAnswer had been assigned to")


@SHARED
@pytest.mark.parametrize("cell", ["raise SystemExit(1)", "exit()", "quit()"])
async def test_an_exit_does_not_end_the_kernel(kernel: WorkerKernel, cell: str) -> None:
    left, after = await run(kernel, f"x = 3\n{cell}", "x")
    assert (left.status, after.echo) == ("error", "3")


@SHARED
@pytest.mark.parametrize(
    "cell",
    [
        "import threading\nthreading.Thread(target=print).start()",
        "import os\nos.fork()",
        "import subprocess\nsubprocess.run(['true'])",
    ],
)
async def test_cells_start_neither_threads_nor_processes(kernel: WorkerKernel, cell: str) -> None:
    if kernel.level == "weak":
        pytest.skip(f"nothing keeps cells in here: {kernel.note}")
    failed, after = await run(kernel, cell, "1")
    assert failed.status == "error"
    assert after.echo == "1"


@SHARED
@pytest.mark.parametrize(
    "cell",
    [
        "print('\\ud83d')",
        "raise ValueError('\\ud83d')",
        "raise ValueError('x' * 40_000_000)",
        "class Rude:\n    def __repr__(self): raise KeyboardInterrupt\nr = Rude()\nr",
        "class Rude(Exception):\n    def __str__(self): raise SystemExit\nraise Rude",
        "import sys\nsys.stdout = None",
        "import sys\nsys.stdout.close()",
        "",
    ],
)
async def test_nothing_that_a_cell_says_costs_the_variables(kernel: WorkerKernel, cell: str) -> None:
    _, odd, after, _ = await run(kernel, "x = 1", cell, "print(x)", "r = None")  # nothing odd stays for the next
    assert odd.status in ("ok", "error")
    assert after.stdout == "1\n"


@FRESH
async def test_a_cell_over_its_time_is_stopped_and_keeps_the_variables(kind: str) -> None:
    async with started(kind, Budget(cell_seconds=0.5, output_bytes=MIB // 16)) as kernel:
        _, loop, flood, after = await run(
            kernel, "x = 1", "while True:\n    x += 0", "while True:\n    print('x' * 100)", "x"
        )
    assert loop.status == flood.status == "error"
    assert "longer than 0.5 s" in (loop.error or "")
    assert len(flood.stdout) <= MIB // 16
    assert flood.dropped > 0
    assert (after.echo, loop.kept) == ("1", "all")


@FRESH
async def test_a_cell_is_stopped_on_demand(kind: str) -> None:
    async with started(kind) as kernel:
        await kernel.run("x = 1")
        running = asyncio.create_task(kernel.run("import time\nprint('begun', flush=True)\ntime.sleep(9)"))
        while not (begun := kernel.unfinished()) or not begun.stdout:
            await asyncio.sleep(0.02)
        await kernel.interrupt()
        stopped = await running
        assert (stopped.status, stopped.stdout) == ("error", "begun\n")
        assert "KeyboardInterrupt" in (stopped.error or "")
        assert (await kernel.run("x")).echo == "1"


@FRESH
async def test_what_a_killed_cell_costs_is_said_truly(kind: str) -> None:
    stuck = (
        "x = 2\nprint('so far', flush=True)\n"
        "while True:\n    try:\n        while True:\n            y = 1\n    except BaseException:\n        pass"
    )
    async with started(kind, Budget(cell_seconds=0.5)) as kernel:
        _, killed, after = await run(kernel, "x = 1", stuck, "globals().get('x')")
        checkpoint = kernel.capabilities.checkpoint
    assert (killed.status, killed.stdout) == ("timeout", "so far\n")
    assert "longer than 0.5 s, and did not stop when asked" in (killed.error or "")
    assert (killed.kept, after.echo) == (("before", "1") if checkpoint else ("nothing", None))


@FRESH
async def test_a_crash_is_noticed_and_what_it_costs_is_said_truly(kind: str) -> None:
    async with started(kind) as kernel:
        _, crashed, after = await run(
            kernel, "x = 1", "import ctypes\nprint('before', flush=True)\nctypes.string_at(0)", "globals().get('x')"
        )
        checkpoint = kernel.capabilities.checkpoint
    assert (crashed.status, crashed.stdout) == ("died", "before\n")
    assert (crashed.kept, after.echo) == (("before", "1") if checkpoint else ("nothing", None))


@FRESH
async def test_a_branch_goes_its_own_way(kind: str) -> None:
    async with started(kind) as kernel:
        await kernel.run("x = 1")
        if not kernel.capabilities.branch:
            with pytest.raises(KernelError, match="cannot branch"):
                await kernel.branch(1)
            return
        other = await kernel.branch(1)
        try:
            await other.run("x = 2")
            assert [(await one.run("x")).echo for one in (kernel, other)] == ["1", "2"]
        finally:
            await other.close()


@FRESH
async def test_too_much_memory_is_a_memory_error(kind: str) -> None:
    async with started(kind, Budget(memory_bytes=512 * MIB)) as kernel:
        if kernel.level == "weak":
            pytest.skip(f"nothing keeps cells in here: {kernel.note}")
        greedy, after = await run(kernel, "x = np.ones(10**9)", "2")
    assert greedy.status == "error"
    assert "MemoryError" in (greedy.error or "")
    assert after.echo == "2"


@FRESH
async def test_a_cell_does_not_pay_for_the_time_that_serving_it_takes(kind: str) -> None:
    async def slow(_request: wire.AskModel) -> str:
        await asyncio.sleep(1)
        return "done"

    async with started(kind, Budget(cell_seconds=0.8), ask=slow) as kernel:
        result = await kernel.run("vlm.locate(InputImages[0], 'x')")
    assert (result.status, result.echo) == ("ok", "'done'")
    assert result.seconds < 0.8


@FRESH
async def test_a_call_over_its_deadline_fails_alone(kind: str) -> None:
    async def never(_request: wire.AskModel) -> str:
        await asyncio.sleep(60)
        return ""

    async with started(kind, Budget(call_seconds=0.2), ask=never) as kernel:
        late, after = await run(kernel, "vlm.locate(InputImages[0], 'x')", "1")
    assert "longer than 0.2 s" in (late.error or "")
    assert late.calls[0].failure is not None
    assert after.echo == "1"


@FRESH
async def test_a_closed_kernel_leaves_nothing_and_runs_nothing(kind: str) -> None:
    async with started(kind):
        pass  # what the first kernel of a process leaves there for the next is no leftover
    descriptors, folders, before = len(os.listdir("/proc/self/fd")), _folders(), _processes(kind)
    async with started(kind) as kernel:
        await run(kernel, "open('file', 'w').write('x')", "x = np.ones(10)")
        here = _processes(kind) - before
        assert here
    end = time.monotonic() + 10  # a process that has ended needs a moment to be gone
    while here & _processes(kind) and time.monotonic() < end:
        await asyncio.sleep(0.02)
    assert not here & _processes(kind)
    assert _folders() <= folders
    assert len(os.listdir("/proc/self/fd")) <= descriptors
    with pytest.raises(KernelError):
        await kernel.run("1")


def _folders() -> set[Path]:
    return set(Path(tempfile.gettempdir()).glob(f"spatialclaw-cell-{os.getpid()}-*"))


def _processes(kind: str) -> set[int]:
    """Those that were forked for kernels of this process."""
    zygote = nursery(kind="jupyter" if kind == "jupyter" else "worker").pid
    return {child.pid for child in psutil.Process(zygote).children(recursive=True)} if zygote else set()
