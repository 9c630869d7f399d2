"""A Jupyter kernel to those who look on, and to those who should not."""

import asyncio
import os
import stat
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from queue import Empty
from typing import Any

import psutil
import pytest

pytest.importorskip("ipykernel", reason="the extra jupyter is not installed")
pytestmark = pytest.mark.slow

from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.connect import KernelConnectionInfo

from spatial_agent.budget import Budget
from spatial_agent.errors import KernelError
from spatial_agent.inputs.media import open_media
from spatial_agent.kernel.gateway import Gateway
from spatial_agent.kernel.jupyter import JupyterKernel
from spatial_agent.kernel.jupyter_sockets import Sockets
from spatial_agent.perception.backends.recorded import Recorded
from tests.conftest import blind, opening


@asynccontextmanager
async def started(budget: Budget | None = None) -> AsyncIterator[JupyterKernel]:
    media, budget = open_media("living_room"), budget or Budget(cell_seconds=20)
    kernel = JupyterKernel(Gateway(media, None, Recorded(), blind, budget), opening(media, budget))
    await kernel.start()
    try:
        yield kernel
    finally:
        await kernel.close()


@contextmanager
def client(connection: KernelConnectionInfo) -> Iterator[AsyncKernelClient]:
    one = AsyncKernelClient()
    one.load_connection_info(connection)
    one.start_channels()
    try:
        yield one
    finally:
        one.stop_channels()
        one.context.term()


async def heard(onlooker: AsyncKernelClient) -> list[dict[str, Any]]:
    """What comes over IOPub until a cell has ended."""
    messages = []
    while True:
        message = await onlooker.get_iopub_msg(timeout=20)
        messages.append(message)
        if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
            return messages


async def test_somebody_who_looks_on_sees_what_the_agent_is_told() -> None:
    cell = "print('hi')\nshow(InputImages[0], label='the room')\nplt.plot([1]); plt.show()\n1 + 1"
    async with started() as kernel:
        with client(kernel.connection) as onlooker:
            await onlooker.wait_for_ready(timeout=20)
            result = await kernel.run(cell)
            messages = [message for message in await heard(onlooker) if message["msg_type"] != "status"]
            failed = await kernel.run("1 / 0")
            (error,) = [message for message in await heard(onlooker) if message["msg_type"] == "error"]
    kinds = [message["msg_type"] for message in messages]
    assert kinds == ["execute_input", "stream", *["display_data"] * 4, "execute_result"]
    assert messages[1]["content"] == {"name": "stdout", "text": result.stdout}
    assert messages[2]["content"]["data"] == {"text/plain": "the room"}
    pictures = [set(message["content"]["data"]) - {"text/plain"} for message in (messages[3], messages[5])]
    assert pictures == [{image.media_type} for image in result.images]
    assert messages[-1]["content"]["data"]["text/plain"] == result.echo == "2"
    assert messages[-1]["content"]["execution_count"] == messages[0]["content"]["execution_count"] == 1
    assert "\n".join(error["content"]["traceback"]) == failed.error
    assert (error["content"]["ename"], error["content"]["evalue"]) == ("ZeroDivisionError", "division by zero")


async def test_lines_are_seen_while_the_cell_runs() -> None:
    async with started() as kernel:
        with client(kernel.connection) as onlooker:
            await onlooker.wait_for_ready(timeout=20)
            running = asyncio.create_task(kernel.run("print('first')\nimport time\ntime.sleep(15)"))
            while (message := await onlooker.get_iopub_msg(timeout=20))["msg_type"] != "stream":
                pass
            assert message["content"]["text"] == "first\n"
            assert not running.done()
            await kernel.interrupt()
            assert (await running).status == "error"


async def test_a_large_result_is_seen_whole() -> None:
    async with started() as kernel:
        with client(kernel.connection) as onlooker:
            await onlooker.wait_for_ready(timeout=20)
            await kernel.run("InputImages[0].image")
            (result,) = [message for message in await heard(onlooker) if message["msg_type"] == "execute_result"]
    assert len(result["content"]["data"]["image/png"]) > 2**16  # what ZeroMQ would rather send without a copy


@pytest.mark.parametrize(
    ("cell", "status", "says"),
    [
        ("%timeit -n1 -r1 1", "ok", "per loop"),
        ("%%time\nx = 5", "ok", "Wall time"),
        ("tools.Reconstruct?", "ok", ""),
        ("!ls", "error", "cells start no processes"),
        ("files = !ls", "error", "cells start no processes"),
    ],
)
async def test_magics_work_and_processes_do_not(cell: str, status: str, says: str) -> None:
    async with started() as kernel:
        result = await kernel.run(cell)
        assert (result.status, says in result.stdout + (result.error or "")) == (status, True)
        assert (await kernel.run("1")).echo == "1"


async def test_ipython_changes_nothing_about_the_names_of_a_cell() -> None:
    async with started() as kernel:
        names = await kernel.run("[name for name in ('In', 'Out', 'get_ipython', 'open') if name in globals()]")
        assert (names.echo, names.variables) == ("[]", ())
        assert (await kernel.run("1 + 1\n")).variables == ()
        assert (await kernel.run("_ + 1")).echo == "3"


async def test_completions_and_help_know_the_names() -> None:
    async with started() as kernel:
        with client(kernel.connection) as onlooker:
            await onlooker.wait_for_ready(timeout=20)
            completed = await onlooker.complete("tools.Recon", 11, reply=True, timeout=20)
            helped = await onlooker.inspect("ReturnAnswer", 12, reply=True, timeout=20)
    assert "Reconstruct" in " ".join(completed["content"]["matches"])
    assert "Submit the final answer" in helped["content"]["data"]["text/plain"]


async def test_a_stranger_with_another_key_is_not_heard() -> None:
    async with started() as kernel:
        guess = kernel.connection
        guess["key"] = "a guess"
        with client(guess) as stranger:
            stranger.execute("planted = 1")
            with pytest.raises((Empty, ValueError)):  # nothing, or the words of others, whose key is another one
                await stranger.get_shell_msg(timeout=1)
        assert (await kernel.run("'planted' in globals()")).echo == "False"


async def test_the_sockets_are_the_users_alone_and_unknown_to_the_kernel() -> None:
    async with started() as kernel:
        folder = Path(kernel.connection["ip"]).parent
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert len(list(folder.iterdir())) == 5
        seen = await kernel.run(f"import os\nos.path.exists({str(folder)!r})")
        if kernel.level == "strong":
            assert seen.echo == "False"
        made = await kernel.run("import socket\nsocket.socket(socket.AF_UNIX)")
        if kernel.level != "weak":
            assert "PermissionError" in (made.error or "")
    assert not folder.exists()


@pytest.mark.parametrize("silent", [False, True])
async def test_those_who_look_on_run_nothing(silent: bool) -> None:
    async with started() as kernel:
        with client(kernel.connection) as onlooker:
            await onlooker.wait_for_ready(timeout=20)
            onlooker.execute("by_hand = 1", silent=silent)
            reply = await onlooker.get_shell_msg(timeout=20)
            assert (reply["content"]["status"], reply["content"]["ename"]) == ("error", "PermissionError")
        result = await kernel.run("'by_hand' in globals()")
    assert (result.status, result.stdout, result.echo) == ("ok", "", "False")


FLOOD = """
kernel = get_ipython().kernel
ident = kernel._get_shell_context_var(kernel._shell_parent_ident)
for _ in range(10):
    kernel.session.send(kernel.shell_stream, "flood", {"x": "x" * 10_000_000}, ident=ident)
"""


async def test_replies_that_nobody_reads_do_not_fill_the_agents_memory() -> None:
    async with started() as kernel:
        before = psutil.Process().memory_info().rss
        flood = await kernel.run(FLOOD)
        assert flood.status == "ok", flood.error
        await asyncio.sleep(0.5)
        assert psutil.Process().memory_info().rss < before + 60 * 2**20
        assert (await kernel.run("1")).echo == "1"


async def test_a_shutdown_by_a_client_ends_the_kernel_and_the_next_cell_has_another() -> None:
    async with started() as kernel:
        with client(kernel.connection) as onlooker:
            await onlooker.wait_for_ready(timeout=20)
            onlooker.shutdown()
            await asyncio.sleep(1)
        assert (await kernel.run("1")).kept == "nothing"
        assert (await kernel.run("1")).echo == "1"


def test_a_folder_with_too_long_a_path_is_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = tmp_path / ("x" * 100)
    deep.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(deep))
    sockets = Sockets()
    with pytest.raises(KernelError, match="TMPDIR"):
        sockets.listen()
    sockets.close()
    assert not os.listdir(deep)
