"""`spatialclaw notebook`, as jupyter_client's managers and a terminal have it."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pytest
import pytest_asyncio

pytest.importorskip("ipykernel", reason="the extra jupyter is not installed")

from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager, KernelManager

from spatial_agent.errors import InputError
from spatial_agent.kernel.jupyter_provisioner import Provisioner
from spatial_agent.kernel.nursery import nursery
from spatial_agent.notebook.command import KERNEL, first_notebook, notebook_command, require_extra, write_kernelspec

if KERNEL not in entry_points(group="jupyter_client.kernel_provisioners").names:
    pytest.skip("the package was installed before it had this entry point", allow_module_level=True)

Messages = list[tuple[str, dict[str, Any]]]
Execute = Callable[[str], Coroutine[Any, Any, Messages]]


def specs(folder: Path, **config: object) -> KernelSpecManager:
    write_kernelspec(folder, {"media": ["living_room"], **config})
    return KernelSpecManager(kernel_dirs=[str(folder / "kernels")])


@pytest_asyncio.fixture
async def manager(tmp_path: Path) -> AsyncIterator[AsyncKernelManager]:
    one = AsyncKernelManager(kernel_name=KERNEL, kernel_spec_manager=specs(tmp_path))
    await one.start_kernel()
    try:
        yield one
    finally:
        await one.shutdown_kernel(now=True)
        one.context.term()


@pytest_asyncio.fixture
async def execute(manager: AsyncKernelManager) -> AsyncIterator[Execute]:
    client = manager.client()
    client.start_channels()

    async def run(code: str) -> Messages:
        await client.wait_for_ready(timeout=30)
        told: Messages = []
        asked = client.execute(code)
        while True:
            message = await client.get_iopub_msg(timeout=30)
            if message["parent_header"].get("msg_id") != asked:
                continue
            if message["content"].get("execution_state") == "idle":
                return told
            told.append((message["msg_type"], message["content"]))

    yield run
    client.stop_channels()


async def test_tools_are_served_and_pictures_are_seen(manager: AsyncKernelManager, execute: Execute) -> None:
    told = await execute(
        "recon = tools.Reconstruct(InputImages[0:2])\nplt.plot([1, 2]); plt.title('a line'); plt.show()"
    )
    shown = [content["data"] for kind, content in told if kind == "display_data"]
    assert shown[0] == {"text/plain": "a line"}
    assert any(kind.startswith("image/") for kind in shown[1])
    assert isinstance(manager.provisioner, Provisioner)
    assert [(call.name, call.detail) for call in manager.provisioner.record] == [("Reconstruct", "2 frames")]
    answer = dict(await execute("ReturnAnswer(1.5, unit='m')"))
    assert answer["stream"]["text"] == "Answer submitted: 1.5\n"
    asked = dict(await execute("vlm.locate(InputImages[0], 'door')"))
    assert "reads text only" in "\n".join(asked["error"]["traceback"])


@pytest.mark.slow
async def test_a_restart_forgets_the_variables_and_keeps_the_clients(
    manager: AsyncKernelManager, execute: Execute
) -> None:
    await execute("x = 1")
    before = manager.connection_file, manager.session.key
    await manager.restart_kernel()
    assert (manager.connection_file, manager.session.key) == before
    assert dict(await execute("'x' in globals()"))["execute_result"]["data"]["text/plain"] == "False"


@pytest.mark.slow
async def test_a_cell_is_interrupted_and_keeps_the_variables(manager: AsyncKernelManager, execute: Execute) -> None:
    await execute("x = 1")
    running = asyncio.create_task(execute("while True: x += 0"))
    await asyncio.sleep(1)
    await manager.interrupt_kernel()
    assert dict(await running)["error"]["ename"] == "KeyboardInterrupt"
    assert dict(await execute("x"))["execute_result"]["data"]["text/plain"] == "1"


@pytest.mark.slow
async def test_a_kernel_that_dies_is_noticed_and_can_be_restarted(
    manager: AsyncKernelManager, execute: Execute
) -> None:
    with pytest.raises(TimeoutError):  # nobody is there to say that the cell has ended
        await asyncio.wait_for(execute("import ctypes\nctypes.string_at(0)"), 3)
    assert not await manager.is_alive()
    await manager.restart_kernel()
    assert await manager.is_alive()


async def test_nothing_is_left_behind(tmp_path: Path) -> None:
    def children() -> set[int]:
        zygote = nursery(kind="jupyter").pid
        return {child.pid for child in psutil.Process(zygote).children(recursive=True)} if zygote else set()

    manager = AsyncKernelManager(kernel_name=KERNEL, kernel_spec_manager=specs(tmp_path))
    before = children()
    await manager.start_kernel()
    there, sockets, file = children() - before, Path(manager.ip).parent, Path(manager.connection_file)
    assert there
    assert sockets.is_dir()
    await manager.shutdown_kernel()
    manager.context.term()
    end = time.monotonic() + 10  # a process that has ended needs a moment to be gone
    while there & children() and time.monotonic() < end:
        await asyncio.sleep(0.02)
    assert not there & children()
    assert not sockets.exists()
    assert not file.exists()


@pytest.mark.slow
def test_managers_that_block_work_too(tmp_path: Path) -> None:
    manager = KernelManager(kernel_name=KERNEL, kernel_spec_manager=specs(tmp_path))
    manager.start_kernel()
    try:
        client = manager.client()
        client.start_channels()
        client.wait_for_ready(timeout=30)
        reply = client.execute_interactive("recon = tools.Reconstruct(InputImages[0:1])", timeout=30)
        assert reply["content"]["status"] == "ok"
        client.stop_channels()
    finally:
        manager.shutdown_kernel(now=True)
        manager.context.term()


async def test_a_kernel_about_media_that_are_not_there_says_so(tmp_path: Path) -> None:
    manager = AsyncKernelManager(kernel_name=KERNEL, kernel_spec_manager=specs(tmp_path, media=["no-such-room"]))
    with pytest.raises(InputError, match="no-such-room"):
        await manager.start_kernel()
    assert manager.provisioner is not None
    await manager.provisioner.cleanup()
    manager.context.term()


def test_wrong_input_is_refused_before_anything_is_started(tmp_path: Path) -> None:
    for wrong in ({"media": ["no-such-room"]}, {"media": ["living_room"], "model": "no-such-model"}):
        with pytest.raises(InputError, match="no-such"):
            notebook_command(runs=tmp_path, **wrong)
    assert not list(tmp_path.iterdir())


def test_without_the_extra_the_command_to_type_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "zmq", None)
    with pytest.raises(InputError, match=r"pip install 'spatialclaw\[jupyter\]'"):
        require_extra()


def test_the_first_notebook_is_one_and_names_the_kernel(tmp_path: Path) -> None:
    path = first_notebook(tmp_path, "living_room")
    notebook = json.loads(path.read_text())
    nbformat.validate(notebook)
    assert notebook["metadata"]["kernelspec"]["name"] == KERNEL
    assert [cell["cell_type"] for cell in notebook["cells"]] == ["markdown", "code", "code", "code"]


@pytest.mark.slow
@pytest.mark.skipif(find_spec("jupyterlab") is not None, reason="JupyterLab would be opened")
def test_the_command_says_how_to_attach_and_leaves_nothing() -> None:
    with tempfile.TemporaryDirectory(prefix="notebook-", dir="/tmp") as folder:  # a socket's path has to be short
        _says_how_to_attach_and_leaves_nothing(Path(folder))


def _says_how_to_attach_and_leaves_nothing(folder: Path) -> None:
    code = "from spatial_agent.notebook.command import notebook_command as run; raise SystemExit(run(['living_room']))"
    environment = os.environ | {"TMPDIR": str(folder), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(3)]
        assert lines[0].startswith("sandbox ")
        file = Path(lines[2].partition("--existing ")[2].strip())
        assert json.loads(file.read_text())["transport"] == "ipc"
        processes = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
    psutil.wait_procs(processes, timeout=10)
    assert not [one for one in processes if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]
    assert not [path.name for path in folder.iterdir() if path.name.startswith("spatialclaw")]
    assert not file.exists()
