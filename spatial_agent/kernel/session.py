"""`WorkerKernel`: a kernel that is one plain worker process, for one question, never reused."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

from spatial_agent import wire
from spatial_agent.errors import KernelError
from spatial_agent.kernel.cellrecord import CellRecord
from spatial_agent.kernel.channel import Arrays, Channel, KernelDied
from spatial_agent.kernel.clock import Clock
from spatial_agent.kernel.gateway import Gateway
from spatial_agent.kernel.protocol import Capabilities, CellResult, Status

START_SECONDS = 60.0
SCRATCH = "spatialclaw-cell-"
SEND_SECONDS = 30.0
"""For a worker to take a message."""
LOG = "worker.log"
POLL_SECONDS = 0.005
GRACE_SECONDS = 0.5
"""Between the interrupt that asks a cell to stop and the kill that makes it."""


class WorkerKernel:
    """Runs cells in a process of its own. When a cell has to be killed, a fresh process takes over, without variables."""

    capabilities = Capabilities()

    def __init__(self, gateway: Gateway, opening: wire.Open) -> None:
        self._gateway = gateway
        self._opening = opening
        self._process: subprocess.Popen[bytes] | None = None
        self._channel: Channel | None = None
        self._scratch: Path | None = None
        self._cells = 0
        self._running: tuple[CellRecord, Clock] | None = None

    async def start(self) -> None:
        """Start the process and wait until its namespace is filled; raises KernelError when that fails."""
        ours, theirs = socket.socketpair()
        self._channel = Channel(ours)
        try:
            self._scratch = Path(tempfile.mkdtemp(prefix=f"{SCRATCH}{os.getpid()}-"))
            self._process = _spawn(theirs, self._scratch)
        except OSError as problem:
            raise KernelError(f"A kernel could not be started: {problem}.") from problem
        finally:
            theirs.close()
        try:
            async with asyncio.timeout(START_SECONDS):
                await self._channel.send(self._opening)
                ready = await self._channel.receive()
        except (TimeoutError, KernelError) as problem:
            log = _tail(self._scratch / LOG)
            await self.close()
            why = str(problem) or f"no word in {START_SECONDS:g} s"
            raise KernelError(f"A kernel did not start: {why}. {log}".rstrip()) from problem
        if not isinstance(ready, wire.Ready):
            await self.close()
            raise KernelError(f"A kernel began with a {type(ready).__name__} message instead of Ready.")

    async def run(self, code: str) -> CellResult:
        """Run one cell. A cell over its time is interrupted, then killed; then, as after a crash, variables are gone."""
        channel = self._open_channel()
        self._cells += 1
        record = CellRecord(self._gateway.budget)
        clock = Clock(self._gateway.budget.cell_seconds)
        self._running = record, clock
        try:
            status = await self._converse(channel, wire.RunCell(self._cells, code), record, clock)
        except KernelError as problem:
            status = "died"
            record.error = await self._last_words(problem)
        if status == "timeout":
            record.error = (
                f"The cell ran longer than {self._gateway.budget.cell_seconds:g} s and did not stop when asked."
            )
        clock.stop()
        if status in ("timeout", "died"):
            await self._replace()
        self._running = None
        return record.result(status, clock.spent, self._gateway.take_calls())

    def unfinished(self) -> CellResult | None:
        """What is known of a cell that was running when its session ended; None when none was."""
        if self._running is None:
            return None
        record, clock = self._running
        return record.result("stopped", clock.spent, self._gateway.take_calls())

    async def _converse(self, channel: Channel, message: wire.RunCell, record: CellRecord, clock: Clock) -> Status:
        stopping = False
        clock.start()
        await _send(channel, message)
        while True:
            if not clock.left:
                if stopping:
                    return "timeout"
                stopping = True
                clock.extend(GRACE_SECONDS)
                await self.interrupt()
            try:
                async with asyncio.timeout(clock.left):
                    incoming = await channel.receive()
            except TimeoutError:
                continue
            record.take(incoming)
            if isinstance(incoming, wire.Call):
                clock.stop()
                result, arrays = await self._gateway.serve(incoming.request)
                await _send(channel, wire.Reply(incoming.call, result), arrays)
                clock.start()
            elif isinstance(incoming, wire.Done):
                if incoming.cell != message.cell:
                    raise KernelError(f"the end of cell {incoming.cell} was announced while cell {message.cell} ran")
                record.done(incoming, interrupted=stopping)
                return "ok" if incoming.error is None else "error"

    async def interrupt(self) -> None:
        """Send the running cell a KeyboardInterrupt."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)

    async def _last_words(self, problem: KernelError) -> str:
        code = await self._exit_status() if isinstance(problem, KernelDied) else None
        if code is None:
            return f"The kernel was stopped: {problem}."
        names = {int(known): known.name for known in signal.Signals}
        how = f"killed by signal {names.get(-code, -code)}" if code < 0 else f"exit status {code}"
        return f"The kernel process ended in the middle of this cell ({how})."

    async def _exit_status(self) -> int | None:
        """How the process ended; None where it has not after a second."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1.0):
                return await _ended(self._process) if self._process else None
        return None

    async def _replace(self) -> None:
        await self.close()
        await self.start()

    async def close(self) -> None:
        """Kill the process group and remove its scratch folder."""
        if self._channel is not None:
            self._channel.close()
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            await _ended(self._process)
        if self._scratch is not None:
            shutil.rmtree(self._scratch, ignore_errors=True)
        self._process = self._channel = self._scratch = None

    def _open_channel(self) -> Channel:
        if self._channel is None:
            raise KernelError("the kernel is not running; call start() first")
        return self._channel


async def _ended(process: subprocess.Popen[bytes]) -> int:
    """The exit status, waited for without a thread: those of the pool may all be busy when the time is up."""
    while (status := process.poll()) is None:
        await asyncio.sleep(POLL_SECONDS)
    return status


async def _send(channel: Channel, message: wire.ToKernel, arrays: Arrays = ()) -> None:
    """Send a message to a worker that ought to be reading; KernelError when it is not."""
    deadline = asyncio.timeout(SEND_SECONDS)
    try:
        async with deadline:
            await channel.send(message, arrays)
    except TimeoutError:
        raise KernelError(f"it took no message for {SEND_SECONDS:g} s") from None


def sweep() -> None:
    """Remove the scratch folders of agent processes that were killed."""
    for folder in Path(tempfile.gettempdir()).glob(f"{SCRATCH}*-*"):
        owner = folder.name.removeprefix(SCRATCH).partition("-")[0]
        if owner.isdigit() and not Path(f"/proc/{owner}").exists():
            shutil.rmtree(folder, ignore_errors=True)


def _font_cache() -> Path | None:
    """Where matplotlib keeps its list of fonts, which takes it seconds to build; None where nothing can be kept."""
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "spatialclaw" / "matplotlib"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return folder if os.access(folder, os.W_OK) else None


def _tail(log: Path) -> str:
    """The end of what a worker wrote outside of any cell: why it could not start."""
    return log.read_text(errors="replace")[-2000:].strip() if log.is_file() else ""


def _spawn(end: socket.socket, scratch: Path) -> subprocess.Popen[bytes]:
    """Start the worker on `end`, with an empty environment and a scratch folder for a home."""
    environment = {
        "LANG": "C.UTF-8",
        "HOME": str(scratch),
        "TMPDIR": str(scratch),
        "MPLBACKEND": "agg",
        "MPLCONFIGDIR": str(_font_cache() or scratch),
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }
    with (scratch / LOG).open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-I", "-m", "spatial_agent.inside.worker", str(end.fileno())],
            cwd=scratch,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=log,
            pass_fds=[end.fileno()],
            start_new_session=True,
        )
