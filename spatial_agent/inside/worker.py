"""A process that runs cells: reads them from descriptor 3, runs them in one namespace, sends back what happened.

It serves one question only. Before each cell it forks: the copy runs the cell, the original waits as the state to go
back to. Forked from the zygote, or, where that cannot be, started as `python -I -m spatial_agent.inside.worker`
with an empty environment; then it is neither confined nor copied.
"""

from __future__ import annotations

import os
import random
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any, Literal, Protocol, TextIO, cast

from spatial_agent import birth, framing, wire
from spatial_agent.inside.cell import Meter, Output, run_cell
from spatial_agent.inside.channel import SOCKET, Channel, Closed
from spatial_agent.inside.names import KEPT
from spatial_agent.inside.namespace import build, make_importable, seed
from spatial_agent.inside.variables import Watch
from spatial_agent.sandbox.limits import limit


class Interrupts:
    """SIGINT stops a running cell and nothing else; while a message is on its way it waits."""

    def __init__(self) -> None:
        self._in_cell = False
        self._whole = 0
        self._due = False
        signal.signal(signal.SIGINT, self._arrived)

    def _arrived(self, _signal: int, _frame: FrameType | None) -> None:
        if self._in_cell and self._whole:
            self._due = True
        elif self._in_cell:
            raise KeyboardInterrupt

    @contextmanager
    def cell(self) -> Iterator[None]:
        """Let interrupts through."""
        self._in_cell, self._due = True, False
        try:
            yield
        finally:
            self._in_cell = False

    @contextmanager
    def whole(self) -> Iterator[None]:
        """Put interrupts off until this is done."""
        self._whole += 1
        try:
            yield
        finally:
            self._whole -= 1
            if self._due and not self._whole:
                self._due = False
                raise KeyboardInterrupt


class Children:
    """The processes that were forked here, and how those ended that have."""

    def __init__(self) -> None:
        self._ended: dict[int, int] = {}
        signal.signal(signal.SIGCHLD, self._arrived)

    def _arrived(self, _signal: int, _frame: FrameType | None) -> None:
        """Take note of all that have ended: the first process of a kernel is given the orphans, too."""
        try:
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                self._ended[ended[0]] = os.waitstatus_to_exitcode(ended[1])
        except ChildProcessError:
            pass

    def status(self, pid: int) -> int | None:
        """How a child ended, waited for where it is about to; None when it is not known."""
        while pid not in self._ended:
            try:
                self._ended[pid] = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            except ChildProcessError:  # taken note of above in the meantime, or none of ours
                break
        return self._ended.get(pid)


Stream = Literal["stdout", "stderr"]


class Onlooker(Protocol):
    """Somebody who sees what a cell does while it runs, beside the agent process."""

    def text(self, stream: Stream, text: str) -> None:
        """What it wrote."""
        ...

    def image(self, data: bytes, label: str) -> None:
        """A picture that it showed."""
        ...

    def value(self, value: Any) -> None:
        """The value of its last line."""
        ...


class Worker:
    """One namespace and the cells that run in it."""

    def __init__(self, onlooker: Onlooker | None = None) -> None:
        self._onlooker = onlooker
        self._interrupts = Interrupts()
        self._children = Children()
        self.channel = Channel(self._interrupts.whole)

    def serve(self) -> None:
        """Work until the agent process closes the socket."""
        session, _ = self.channel.receive()
        if not isinstance(session, wire.Open):
            raise TypeError(f"the first message was a {type(session).__name__}, not an Open")
        self.open(session)
        self.ready()
        while True:
            message, descriptors = self.channel.receive()
            match message:
                case wire.RunCell():
                    self.run(message)
                case birth.Copy():
                    self._copy(message, *descriptors)
                case birth.Resume():
                    self.channel.send(birth.Resumed(self._children.status(message.pid)))

    def open(self, session: wire.Open) -> dict[str, Any]:
        """Fill the namespace, in which cells will run."""
        self._meter = Meter(session.output_bytes)
        self._streams = (self._output("stdout"), self._output("stderr"))
        sys.stdout, sys.stderr = self._streams
        namespace = build(session, self.channel, self._send)
        make_importable(namespace)
        numbered = [name for name in namespace if name.startswith("InputImages_")]
        self._given = {name: namespace[name] for name in (*KEPT, *numbered) if name in namespace}
        self._namespace, self._watch = namespace, Watch(namespace)
        return namespace

    def ready(self) -> None:
        """Say that cells can run."""
        self.channel.send(wire.Ready(tuple(name for name in self._namespace if not name.startswith("__"))))

    def _send(self, message: wire.FromKernel) -> None:
        """Send what a cell writes, shows or submits, and let the onlooker see it."""
        self.channel.send(message)
        if self._onlooker is not None:
            with self._interrupts.whole():
                match message:
                    case wire.Output():
                        self._onlooker.text(message.stream, message.text)
                    case wire.Shown():
                        self._onlooker.image(message.image, message.label)

    def _output(self, stream: Stream) -> TextIO:
        def send(text: str) -> None:
            self._send(wire.Output(stream, text))

        return cast(TextIO, Output(send, self._meter, live=self._onlooker is not None))

    def _copy(self, message: birth.Copy, end: int) -> None:
        """Fork; the copy goes on with `end` for its socket. Where it may not, `end` closes, which says so."""
        numbers = random.getstate()  # Python seeds this generator anew in every fork, so that a copy would draw others
        masked = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())  # each would begin the fork again
        try:
            copy = os.fork()
        except OSError:
            copy = -1
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, masked)
        if copy != 0:
            os.close(end)
            return
        self.channel.move_to(end)
        random.setstate(numbers)
        if message.seed is not None:
            seed(message.seed)
        self.channel.send(birth.Copied(os.getpid()))
        self._warm()

    def _warm(self) -> None:
        """Go through the motions of a cell while nobody waits: the first use of each page makes a copy of it."""
        message = framing.read_to_kernel(framing.frame(wire.RunCell(0, "0", 0))[framing.LENGTH.size :])
        if isinstance(message, wire.RunCell):
            framing.frame(self._perform(message))

    def run(self, message: wire.RunCell) -> wire.Done:
        """Run one cell and say how it ended."""
        done = self._perform(message)
        self.channel.send(done)
        return done

    def _perform(self, message: wire.RunCell) -> wire.Done:
        self._meter.reset()
        for timer in (signal.ITIMER_REAL, signal.ITIMER_VIRTUAL, signal.ITIMER_PROF):
            signal.setitimer(timer, 0)  # one that an earlier cell has set is not to go off in this one
        sys.stdout, sys.stderr = self._streams  # an earlier cell may have put others in their place
        self._give_back()
        see = self._onlooker.value if self._onlooker else None
        with self._interrupts.cell():
            finished = run_cell(message.code, message.cell, self._namespace, see)
        for stream in self._streams:
            stream.flush()
        return wire.Done(
            request=message.request,
            error=finished.error,
            error_line=finished.error_line,
            error_in=finished.error_in,
            reached=finished.reached,
            echo=finished.echo,
            variables=self._changes(),
            dropped=self._meter.dropped,
        )

    def _give_back(self) -> None:
        """Put back what a cell has assigned to or deleted: without ReturnAnswer a session could never end."""
        lost = [name for name, value in self._given.items() if self._namespace.get(name) is not value]
        self._namespace.update(self._given)
        if lost:
            sys.stdout.write(f"[note] {', '.join(lost)} had been assigned to, and is again what it was\n")

    def _changes(self) -> tuple[wire.Variable, ...]:
        """What the cell made; its own `__repr__`s run here, so they are on the cell's time and may be stopped."""
        try:
            with self._interrupts.cell():
                return self._watch.changes()
        except KeyboardInterrupt:
            return ()


def serve() -> None:
    """Serve one question on descriptor 3; returns when the agent process has closed it."""
    with suppress(Closed):
        Worker().serve()


def main() -> None:
    """Serve as a process that was started by itself: DESCRIPTOR MEMORY_BYTES FILE_BYTES."""
    end, memory_bytes, file_bytes = map(int, sys.argv[1:])
    if end != SOCKET:
        os.dup2(end, SOCKET)
        os.close(end)
    limit(memory_bytes, file_bytes)
    serve()


if __name__ == "__main__":
    main()
