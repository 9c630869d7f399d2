"""A notebook as a command: JupyterLab where it is installed, else a kernel that other Jupyter clients can attach to."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

import typer

from spatial_agent.agent.claw import open_backbone, open_perception
from spatial_agent.agent.kept import in_words
from spatial_agent.errors import InputError
from spatial_agent.inputs.media import open_media
from spatial_agent.kernel.nursery import nursery, sweep
from spatial_agent.sandbox.least import require
from spatial_agent.sandbox.level import Level
from spatial_agent.trace.store import session_folder, writing

KERNEL = "spatialclaw"
"""Name of the kernelspec and of its provisioner."""
EXTRA = ("ipykernel", "jupyter_client", "zmq")
END_SECONDS = 20.0
"""For JupyterLab to end its kernels."""
WELCOME = """\
Ready in every cell: `InputImages`, `Metadata`, `tools.*`, `show`, `vlm`, `ReturnAnswer`, `np`, `plt` and more. Cells run in
the sandbox of the agent's own cells: no network, no files but those in their scratch folder. What `tools` does is in
`docs/tools.md`, and behind `?`, as in `tools.Reconstruct?`."""
FIRST_CELLS = (
    "show(InputImages[0])",
    "recon = tools.Reconstruct(InputImages[0:4])\nrecon",
    "show(recon.render_bev())",
)


def notebook_command(
    media: Sequence[str],
    *,
    model: str = "offline",
    perception: str = "recorded",
    min_sandbox: Level | None = None,
    runs: Path = Path("runs"),
    browser: bool = True,
) -> int:
    """Let a person work with the names of a cell until Ctrl-C. Raises InputError, before anything is started.

    `min_sandbox` is `weak` if none is given: it is the person who writes the cells.
    """
    require_extra()
    least = min_sandbox or "weak"
    name = open_media(list(media))[0].name
    open_backbone(model)
    open_perception(perception, 0)
    sweep()
    found = asyncio.run(nursery(kind="jupyter").findings())
    require(least, found.level, found.note)
    stand = in_words(found.level, found.note)
    typer.echo(f"sandbox {stand.name}: {stand.note}")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # to be told to end is like Ctrl-C
    config = {"media": list(media), "model": model, "perception": perception, "min_sandbox": least}
    with tempfile.TemporaryDirectory(prefix="spatialclaw-notebook-") as folder:
        write_kernelspec(Path(folder), config)
        try:
            if find_spec("jupyterlab") is None:
                asyncio.run(_kernel_alone(Path(folder)))
                return 0
            nursery(kind="jupyter").close()  # JupyterLab's process has one of its own
            return _jupyterlab(Path(folder), first_notebook(runs, name), browser=browser)
        except KeyboardInterrupt:
            return 0


def require_extra() -> None:
    """Raise InputError where the extra is not installed."""
    missing = [name for name in EXTRA if find_spec(name) is None]
    if missing:
        raise InputError(
            f"A notebook needs {', '.join(missing)}, of the extra `jupyter`, and it is not installed. Type: "
            "pip install 'spatialclaw[jupyter]' jupyterlab"
        )


def write_kernelspec(folder: Path, config: Mapping[str, object]) -> None:
    """Make `folder` one that JUPYTER_PATH may name, with our kernel in it."""
    place = folder / "kernels" / KERNEL
    place.mkdir(parents=True)
    provisioner = {"provisioner_name": KERNEL, "config": config}
    spec = {
        "argv": [],
        "display_name": "SpatialClaw",
        "language": "python",
        "interrupt_mode": "signal",
        "metadata": {"kernel_provisioner": provisioner},
    }
    (place / "kernel.json").write_text(json.dumps(spec, indent=1))


def first_notebook(runs: Path, name: str) -> Path:
    """A new notebook about the media, with a few cells to begin with."""
    folder = session_folder(runs, f"notebook {name}")
    spec = {"name": KERNEL, "display_name": "SpatialClaw", "language": "python"}
    told = {"cell_type": "markdown", "id": "welcome", "metadata": {}, "source": f"# {name}\n\n{WELCOME}"}
    empty: dict[str, object] = {"cell_type": "code", "metadata": {}, "execution_count": None, "outputs": []}
    cells = [told, *({**empty, "id": f"cell-{k}", "source": code} for k, code in enumerate(FIRST_CELLS, start=1))]
    new = {"nbformat": 4, "nbformat_minor": 5, "metadata": {"kernelspec": spec}, "cells": cells}
    with writing(folder):
        path = folder / "notebook.ipynb"
        path.write_text(json.dumps(new, indent=1) + "\n", encoding="utf-8")
    return path


def _jupyterlab(folder: Path, notebook: Path, *, browser: bool) -> int:
    typer.echo(f"JupyterLab opens {notebook}. Ctrl-C here ends it, its kernels and what they hold.")
    command = [
        sys.executable,
        *("-m", "jupyterlab", str(notebook)),
        "--ServerApp.answer_yes=True",
        # A cell may display a page with scripts, which act for whoever looks at it: there is nothing outside of the
        # sandbox that they could start here.
        f"--KernelSpecManager.allowed_kernelspecs={{'{KERNEL}'}}",
        "--ServerApp.terminals_enabled=False",
        "--LabApp.extension_manager=readonly",
        f"--MultiKernelManager.default_kernel_name={KERNEL}",
        *(() if browser else ("--no-browser",)),
        *(("--allow-root",) if os.geteuid() == 0 else ()),
    ]
    paths = [str(folder), os.environ.get("JUPYTER_PATH", "")]
    with subprocess.Popen(command, env=os.environ | {"JUPYTER_PATH": os.pathsep.join(filter(None, paths))}) as lab:
        try:
            return lab.wait()
        except KeyboardInterrupt:
            lab.terminate()
            return 0
        finally:
            try:
                lab.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                lab.kill()


async def _kernel_alone(folder: Path) -> None:
    from jupyter_client.kernelspec import KernelSpecManager
    from jupyter_client.manager import AsyncKernelManager

    specs = KernelSpecManager(kernel_dirs=[str(folder / "kernels")])
    manager = AsyncKernelManager(kernel_name=KERNEL, kernel_spec_manager=specs)
    try:
        await manager.start_kernel()
        console = "" if find_spec("jupyter_console") else "pip install jupyter-console; "
        typer.echo(f"A kernel is there. Attach to it:\n  {console}jupyter console --existing {manager.connection_file}")
        typer.echo(
            "JupyterLab is not installed; with it (pip install jupyterlab) this opens a notebook. Ctrl-C ends it."
        )
        while await manager.is_alive():
            await asyncio.sleep(0.5)
    finally:
        await manager.shutdown_kernel(now=True)
