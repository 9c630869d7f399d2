"""What is active on this machine, what is not, and the command that improves each."""

from __future__ import annotations

import asyncio
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Literal

import msgspec
from packaging.requirements import Requirement
from PIL import Image
from rich.console import Console
from rich.text import Text

from spatial_agent import wire
from spatial_agent.agent.claw import SpatialClaw, open_backbone, open_perception
from spatial_agent.agent.kept import in_words
from spatial_agent.agent.opening import namespace
from spatial_agent.budget import MIB, Budget
from spatial_agent.chat.openai import OpenAIChat
from spatial_agent.chat.scripted import ScriptedChat
from spatial_agent.errors import SpatialClawError, ToolError
from spatial_agent.inputs.media import open_media, shipped_captures
from spatial_agent.kernel.gateway import Gateway
from spatial_agent.kernel.nursery import nursery
from spatial_agent.kernel.session import WorkerKernel
from spatial_agent.perception.backends.blind import Blind
from spatial_agent.sandbox.level import Findings, Level, at_least
from spatial_agent.trace.clean import in_ascii
from spatial_agent.trace.events import Ran
from spatial_agent.trace.run import pick
from spatial_agent.view.page import Page
from spatial_agent.view.probes import show_probes

ROOMY, FULL = 2048 * MIB, 256 * MIB
"""Bytes of free disk: with less than the first a long run may fill it; with less than the second one question may."""
SETUP = "bash spatial_agent/scripts/setup.sh"
_COLOUR = {"good": "green", "limited": "yellow", "broken": "bold red"}
_CELL = """
recon = tools.Reconstruct.Reconstruct(InputImages[:1])
frame = recon.frame_indices[0]
ReturnAnswer(float(np.median(recon.depth[frame][recon.depth[frame] > 0])), unit="m", frames=[frame])
"""
_REPLY = f"**Purpose**\nTry.\n\n**Reasoning**\n-\n\n**Next Goal**\n-\n\n**Code**\n```python{_CELL}```"
State = Literal["good", "limited", "broken"]
RAISE: Mapping[Level, str] = {
    "strong": "",
    "good": "user namespaces, or root's right to make them: in a container --cap-add SYS_ADMIN",
    "basic": "a kernel with Landlock (Linux 5.13 or later, `landlock` among /sys/kernel/security/lsm)",
    "weak": "Linux 5.13 or later on x86_64 or aarch64, or a container on it; do not run a model's cells here",
}
"""What would make the sandbox stronger."""


class Finding(msgspec.Struct, frozen=True):
    """What was found about one part."""

    part: str
    state: State
    """`limited`: it works, and something better can be had. `broken`: questions cannot be answered with it."""
    says: str
    improve: str = ""
    """What to type, or to do where no command does it; empty where nothing is to be improved."""
    exit_code: int = 0
    """What a command ends with that needs a broken part."""


class SandboxFinding(Finding, frozen=True):
    """What was found about the sandbox, with every probe."""

    sandbox: Findings | None = None
    """None where no kernel could be started to look."""
    kernel_ms: float | None = None
    """From asking for a fresh kernel to the reply of its first cell, in milliseconds."""


def doctor_command(
    model: str, perception: str, runs: Path, *, min_sandbox: Level | None = None, as_json: bool = False
) -> int:
    """Look at each part and print what was found; the exit code of the first broken part, or 0.

    A sandbox below `min_sandbox` is a broken part.
    """
    found = []
    page = Page(Console(file=sys.stderr if as_json else sys.stdout))
    for finding in examine(model, perception, runs, min_sandbox):
        found.append(finding)
        page.heading(
            finding.part, Text.assemble((f"{finding.state:<9}", _COLOUR[finding.state]), finding.says), style=""
        )
        if finding.improve:
            page.detail("better", finding.improve)
        if isinstance(finding, SandboxFinding) and finding.sandbox and not as_json:
            show_probes(page, finding.sandbox)
    code = next((finding.exit_code for finding in found if finding.state == "broken"), 0)
    if as_json:
        sys.stdout.write(in_ascii({"parts": found, "exit_code": code}) + "\n")
    return code


def examine(model: str, perception: str, runs: Path, min_sandbox: Level | None = None) -> Iterator[Finding]:
    """Each part as soon as it has been looked at. A server is asked for the list of its models, which costs nothing."""
    yield _python()
    yield _environment()
    yield _backbone(model)
    yield _perception(perception)
    yield _session()
    yield _sandbox(min_sandbox)
    yield _disk(runs)


def _python() -> Finding:
    says = f"{platform.python_version()} on {platform.system()} {platform.machine()}, {sys.executable}"
    if platform.system() != "Linux":
        return Finding("python", "limited", f"{says}; only Linux has been tested", "use Linux, or a Linux container")
    return Finding("python", "good", says)


def _environment() -> Finding:
    says = f"spatialclaw {version('spatialclaw')}"
    if core := _lacking(""):
        return Finding("environment", "broken", f"{says}; it lacks {', '.join(core)}", f"{SETUP} core", 2)
    if extra := _lacking("bench"):
        return Finding("environment", "limited", f"{says}; benchmarks lack {', '.join(extra)}", SETUP)
    return Finding("environment", "good", f"{says}, with what it and the benchmarks need")


def _lacking(extra: str) -> list[str]:
    """Requirements of the core, or of it and an extra, that this environment does not meet."""
    lacking = []
    for needed in map(Requirement, requires("spatialclaw") or ()):
        if needed.marker and not needed.marker.evaluate({"extra": extra}):
            continue
        try:
            fits = needed.specifier.contains(version(needed.name), prereleases=True)
        except PackageNotFoundError:
            fits = False
        if not fits:
            lacking.append(f"{needed.name}{needed.specifier}")
    return lacking


def _backbone(name: str) -> Finding:
    better = (
        "spatialclaw doctor --model gemini-3-pro (hosted, needs GEMINI_API_KEY), or --model local (a server of yours)"
    )
    cure = f"mend that, then: spatialclaw doctor --model {name}; --model offline needs none"
    try:
        chat = open_backbone(name)
        if not isinstance(chat, OpenAIChat):
            return Finding("backbone", "limited", f"{chat.name}: {chat.note}", better)
        models = asyncio.run(chat.served())
    except SpatialClawError as problem:
        return Finding("backbone", "broken", str(problem), cure, problem.exit_code)
    says = f"{chat.name}: {chat.note}; the server lists {len(models)} model{'s' * (len(models) != 1)}"
    if not models:
        return Finding(
            "backbone",
            "limited",
            f"{says}, which may be its way",
            f"try it: spatialclaw demo, then ask with --model {name}",
        )
    if chat.model not in models:
        return Finding("backbone", "limited", f"{says}, and {chat.model} is not among them: {', '.join(models[:8])}",
                       "put one of these into `model` in the model file")  # fmt: skip
    return Finding("backbone", "good", says)


def _perception(name: str) -> Finding:
    try:
        perception = open_perception(name, seed=0)
    except SpatialClawError as problem:
        return Finding("perception", "broken", str(problem), "spatialclaw doctor --perception recorded", 2)
    if perception.name in ("none", "dummy"):
        says = f"{perception.name}: {perception.note}"
        return Finding("perception", "limited", says, "spatialclaw doctor --perception recorded")
    says = f"{perception.name}: {perception.note}. Photos and videos without depth: only show and vlm see them"
    return Finding("perception", "limited", says, 'give depth and poses: spatialclaw ask "..." CAPTURE_FOLDER')


def _session() -> Finding:
    """Have a kernel reconstruct one frame of a shipped capture: the whole way from a cell to an answer."""
    capture = next(iter(shipped_captures()), None)
    if capture is None:
        return Finding("kernel", "broken", "the shipped captures are missing", "install the package again", 2)
    try:
        with tempfile.TemporaryDirectory(prefix="spatialclaw-doctor-") as folder:
            run = SpatialClaw(ScriptedChat([_REPLY]), runs=folder).run("How far is what is seen, in metres?", capture)
    except (SpatialClawError, OSError) as problem:
        return Finding("kernel", "broken", str(problem), "spatialclaw demo", 1)
    if run.outcome != "answered":
        failed = [ran.error for ran in pick(run.events, Ran) if ran.error]
        return Finding("kernel", "broken", (failed or [run.reason])[-1], "spatialclaw demo", run.exit_code or 1)
    return Finding(
        "kernel", "good", f"a session with one cell took {run.seconds:.1f} s, the start of its kernel with it"
    )


def _sandbox(min_sandbox: Level | None) -> SandboxFinding:
    """What the probes found, and how long a fresh kernel takes once there is one to fork it from."""
    try:
        found = asyncio.run(nursery().findings())
        taken = asyncio.run(_first_reply())
    except SpatialClawError as problem:
        return SandboxFinding("sandbox", "broken", str(problem), "spatialclaw demo", 1)
    kept = in_words(found.level)
    born = "forked" if found.forked else "each started by itself"
    says = (
        f"{kept.name}: {kept.note}. Kernels are {born}, {taken:,.0f} ms to the first reply; their zygote has {found.threads} "
        f"thread{'s' * (found.threads != 1)} and {found.environment} foreign name{'s' * (found.environment != 1)} in its "
        f"environment{f'. {found.note}' if found.note else ''}"
    )
    state: State = "good" if at_least(found.level, "good") and found.forked else "limited"
    code = 0
    if min_sandbox and not at_least(found.level, min_sandbox):
        state, code, says = "broken", 2, f"{says}. At least {min_sandbox} was asked for"
    return SandboxFinding("sandbox", state, says, RAISE[found.level], code, sandbox=found, kernel_ms=round(taken, 1))


async def _first_reply() -> float:
    """Milliseconds."""
    media, budget = open_media([Image.new("RGB", (8, 8))]), Budget()
    gateway = Gateway(media, None, Blind(), _unasked, budget)
    kernel = WorkerKernel(gateway, namespace(media, None, budget, 0, eyes=False))
    began = time.monotonic()
    try:
        await kernel.start()
        await kernel.run("1")
        return 1000 * (time.monotonic() - began)
    finally:
        await kernel.close()


async def _unasked(_: wire.AskModel) -> str:
    raise ToolError("nobody is asked while the doctor looks")


def _disk(runs: Path) -> Finding:
    """Room for traces and for the scratch folders of kernels, and the right to write there."""
    says, state = [], "good"
    for what, folder in (("traces", _existing(runs)), ("scratch", Path(tempfile.gettempdir()))):
        free, closed = shutil.disk_usage(folder).free, not _writable(folder)
        if closed or free < FULL:
            why = "cannot be written" if closed else f"has {free / MIB:,.0f} MiB left"
            cure = "--runs DIR, a folder with room" if what == "traces" else "TMPDIR=DIR before the command"
            return Finding("disk", "broken", f"{folder} ({what}) {why}", cure, 2)
        state = "limited" if free < ROOMY else state
        says.append(f"{folder} ({what}) has {free / 1024 / MIB:,.1f} GiB left")
    improve = (
        "a long run may fill it: remove old runs, or name another disk with --runs DIR" if state == "limited" else ""
    )
    return Finding("disk", "limited" if state == "limited" else "good", "; ".join(says), improve)


def _writable(folder: Path) -> bool:
    """Say whether a file can be made there; root may write anywhere, and yet not on every file system."""
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _existing(folder: Path) -> Path:
    """The folder, or the nearest one above it that is there."""
    return next(path for path in (folder.absolute(), *folder.absolute().parents) if path.is_dir())
