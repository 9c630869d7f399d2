"""The nursery: keeps a zygote at hand and has kernels born from it, or starts each by itself where none can be forked."""

from __future__ import annotations

import asyncio
import atexit
import os
import socket
import subprocess
import sys
import tempfile
import threading
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import IO

from spatial_agent import birth
from spatial_agent.errors import KernelError
from spatial_agent.kernel.channel import Channel, readable
from spatial_agent.kernel.nest import Nest
from spatial_agent.sandbox.level import Findings, Level
from spatial_agent.sandbox.removal import remove

START_SECONDS = 60.0
SCRATCH = "spatialclaw-cell-"
TAIL = 2000
"""Characters of what a process wrote about why it could not start."""
UNCONFINED = "cells are not kept in: each kernel is started by itself, because {why}"


class Nursery:
    """One zygote, started when it is first needed and again when it has died; threads and event loops may share it."""

    def __init__(self, at_most: Level = "strong", kind: birth.Kind = "worker", *, fork: bool = True) -> None:
        """`at_most` caps the level of what is born. Without `fork` each kernel is started by itself, unconfined."""
        self._at_most: Level = at_most
        self._kind: birth.Kind = kind
        self._why_no_fork = "" if fork else "that was asked for"
        if sys.platform != "linux":
            self._why_no_fork = f"{sys.platform} cannot fork and confine processes as Linux can"
        self._zygote: _Zygote | None = None
        self._lock = threading.Lock()

    async def hatch(self, memory_bytes: int, scratch_bytes: int) -> Nest:
        """A pristine kernel, whose first process waits for `wire.Open`. Raises KernelError."""
        for last_try in (False, True):
            try:
                if self._why_no_fork:
                    return self._spawned(memory_bytes, scratch_bytes)
                said = await self._ask(memory_bytes, scratch_bytes)
            except OSError as problem:  # too many files open, or no folder for temporary ones
                raise KernelError(f"A kernel could not be asked for: {problem}.") from problem
            if isinstance(said, Nest):
                return said
            if said.threads > 1:
                self._why_no_fork = said.why
            elif said.why:
                raise KernelError(f"A kernel did not start: {said.why}.")
            elif last_try:
                raise KernelError(f"A kernel did not start: its zygote ended. {self._tail()}".rstrip())
        raise AssertionError("unreachable")

    async def findings(self) -> Findings:
        """What the probes found on this machine. Raises KernelError."""
        if self._why_no_fork:
            return Findings("weak", False, UNCONFINED.format(why=self._why_no_fork))
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with ours, theirs:
            self._order(birth.Look(self._at_most), theirs)
            theirs.close()
            data = await _told(ours)
        if not data:
            raise KernelError(f"The zygote ended before it had looked at this machine. {self._tail()}".rstrip())
        return birth.read_findings(data)

    def close(self) -> None:
        """End the zygote; kernels that it has forked go on until they are closed."""
        with self._lock:
            if self._zygote is not None:
                self._zygote.close()
                self._zygote = None

    @property
    def pid(self) -> int | None:
        """The zygote's process; None before it is first needed."""
        return self._zygote.process.pid if self._zygote else None

    async def _ask(self, memory_bytes: int, scratch_bytes: int) -> Nest | birth.Stillborn:
        """A kernel, or why there is none; nothing to say when the zygote has died."""
        scratch = str(Path(tempfile.gettempdir()) / f"{SCRATCH}{os.getpid()}-")
        order = birth.Birth(self._kind, self._at_most, memory_bytes, scratch_bytes, scratch)
        with ExitStack() as ends:
            ours, control = map(ends.enter_context, socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET))
            end, theirs = map(ends.enter_context, socket.socketpair())
            with control, theirs:
                self._order(order, control, theirs)
            data = await _told(ours)
            said = birth.read_from_supervisor(data) if data else birth.Stillborn("")
            if isinstance(said, birth.Born):
                nest = Nest(said, ours, Channel(end))
                ends.pop_all()
                return nest
        return said

    def _order(self, order: birth.ToZygote, *ends: socket.socket) -> None:
        """Send an order to the zygote, which is started where there is none."""
        data, descriptors = birth.encode(order), [end.fileno() for end in ends]
        with self._lock:
            for last_try in (False, True):
                if self._zygote is None or not self._zygote.lives():
                    if self._zygote is not None:
                        self._zygote.close()
                    self._zygote = _Zygote(self._kind)
                try:
                    socket.send_fds(self._zygote.control, [data], descriptors)
                    return
                except OSError as problem:
                    self._zygote.close()
                    self._zygote = None
                    if last_try:
                        raise KernelError(f"A kernel's zygote could not be reached: {problem}.") from problem

    def _tail(self) -> str:
        return self._zygote.tail() if self._zygote else ""

    def _spawned(self, memory_bytes: int, scratch_bytes: int) -> Nest:
        """A worker that is started by itself, with all imports, and confined by nothing but limits."""
        if self._kind == "jupyter":
            raise KernelError(f"A Jupyter kernel is forked from a zygote, and here none can be: {self._why_no_fork}.")
        ours, control = socket.socketpair()
        end, theirs = socket.socketpair()
        scratch = tempfile.mkdtemp(prefix=f"{SCRATCH}{os.getpid()}-")
        with control, theirs:
            arguments = [str(number) for number in (theirs.fileno(), memory_bytes, scratch_bytes)]
            process = _start("spatial_agent.inside.worker", arguments, theirs, subprocess.DEVNULL, scratch)
        note = UNCONFINED.format(why=self._why_no_fork)
        return Nest(birth.Born(process.pid, "weak", note, scratch, copies=False), ours, Channel(end), process)


class _Zygote:
    """The process and our end of its socket."""

    def __init__(self, kind: birth.Kind) -> None:
        self.control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._owner = os.getpid()
        try:
            with theirs:
                self._log: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
                self.process = _start(
                    "spatial_agent.inside.zygote",
                    [str(theirs.fileno()), kind],
                    theirs,
                    self._log.fileno(),
                    tempfile.gettempdir(),
                )
        except OSError as problem:
            self.control.close()
            raise KernelError(f"A kernel's zygote could not be started: {problem}.") from problem
        atexit.register(self.close)

    def lives(self) -> bool:
        """Whether it is there, and ours: a fork of this process has to start its own."""
        return self._owner == os.getpid() and self.process.poll() is None

    def tail(self) -> str:
        """The end of what it wrote, which is why it could not go on."""
        self._log.seek(0)
        return self._log.read().decode(errors="replace")[-TAIL:].strip()

    def close(self) -> None:
        """End it, unless this is a fork of the process that it belongs to."""
        atexit.unregister(self.close)
        self.control.close()
        if self._owner == os.getpid():
            self.process.kill()
            self.process.wait()
            self._log.close()


def _start(module: str, arguments: list[str], end: socket.socket, log: int, home: str) -> subprocess.Popen[bytes]:
    """Start one of our modules with an empty environment and no descriptor of ours but `end` and its log."""
    environment = {
        "LANG": "C.UTF-8",
        "HOME": home,
        "TMPDIR": home,
        "MPLBACKEND": "agg",
        "MPLCONFIGDIR": str(_font_cache() or home),
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }
    return subprocess.Popen(
        [sys.executable, "-I", "-m", module, *arguments],
        env=environment,
        cwd=home,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=log,
        pass_fds=[end.fileno()],
        start_new_session=True,
    )


def sweep() -> None:
    """Remove the scratch folders of agent processes that were killed."""
    for folder in Path(tempfile.gettempdir()).glob(f"{SCRATCH}*-*"):
        owner = folder.name.removeprefix(SCRATCH).partition("-")[0]
        if owner.isdigit() and not Path(f"/proc/{owner}").exists():
            remove(str(folder))


def _font_cache() -> Path | None:
    """Where matplotlib keeps its list of fonts, which takes it seconds to build; None where nothing can be kept."""
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "spatialclaw" / "matplotlib"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return folder if os.access(folder, os.W_OK) else None


async def _told(end: socket.socket) -> bytes:
    """The next message; empty at the end. Raises KernelError when there is none for too long."""
    end.setblocking(False)
    try:
        async with asyncio.timeout(START_SECONDS):
            while True:
                await readable(end.fileno())
                with suppress(BlockingIOError):
                    return end.recv(birth.MAX_MESSAGE)
    except ConnectionResetError:
        return b""
    except TimeoutError:
        raise KernelError(f"A kernel did not start: no word in {START_SECONDS:g} s.") from None


_shared: dict[tuple[Level, birth.Kind], Nursery] = {}


def nursery(at_most: Level = "strong", kind: birth.Kind = "worker") -> Nursery:
    """The nursery that all sessions of this process share."""
    return _shared.setdefault((at_most, kind), Nursery(at_most, kind))
