"""The kernel process: reads cells from descriptor 3, runs them in one namespace, sends back what happened.

Started as `python -I -m spatial_agent.inside.worker DESCRIPTOR` with an empty environment, for one question only.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, TextIO, cast

from spatial_agent import wire
from spatial_agent.inside.cell import Meter, Output, run_cell
from spatial_agent.inside.channel import Channel, Closed
from spatial_agent.inside.names import KEPT
from spatial_agent.inside.variables import Watch

SOCKET = 3
_PR_SET_PDEATHSIG = 1
_SHARED_BYTES = 4 * 2**30
"""Address space beyond a kernel's own memory, for frames and arrays that the agent process shares with it."""
_LIBRARY_BYTES = 256 * 2**20
"""What the libraries themselves take before the first cell."""


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


class Worker:
    """One namespace and the cells that run in it."""

    def __init__(self) -> None:
        self._interrupts = Interrupts()
        self._channel = Channel(SOCKET, self._interrupts.whole)

    def serve(self) -> None:
        """Work until the agent process closes the socket."""
        session, _ = self._channel.receive()
        if not isinstance(session, wire.Open):
            raise TypeError(f"the first message was a {type(session).__name__}, not an Open")
        namespace = self._open(session)
        numbered = [name for name in namespace if name.startswith("InputImages_")]
        self._given = {name: namespace[name] for name in (*KEPT, *numbered) if name in namespace}
        watch = Watch(namespace)
        while True:
            message, _ = self._channel.receive()
            if isinstance(message, wire.RunCell):
                self._run(message, namespace, watch)

    def _open(self, session: wire.Open) -> dict[str, Any]:
        # Imported here: what it imports takes most of a second, and a bad first message should not have to wait.
        from spatial_agent.inside.namespace import build, make_importable

        self._meter = Meter(session.output_bytes)
        self._streams = (self._output("stdout"), self._output("stderr"))
        sys.stdout, sys.stderr = self._streams
        namespace = build(session, self._channel, self._channel.send)
        make_importable(namespace)
        _limit(resource.RLIMIT_DATA, session.memory_bytes + _LIBRARY_BYTES)
        _limit(resource.RLIMIT_AS, session.memory_bytes + _LIBRARY_BYTES + _SHARED_BYTES)
        self._channel.send(wire.Ready(tuple(name for name in namespace if not name.startswith("__"))))
        return namespace

    def _output(self, stream: str) -> TextIO:
        def send(text: str) -> None:
            self._channel.send(wire.Output("stdout" if stream == "stdout" else "stderr", text))

        return cast(TextIO, Output(send, self._meter))

    def _run(self, message: wire.RunCell, namespace: dict[str, Any], watch: Watch) -> None:
        self._meter.reset()
        sys.stdout, sys.stderr = self._streams  # an earlier cell may have put others in their place
        self._give_back(namespace)
        with self._interrupts.cell():
            finished = run_cell(message.code, message.cell, namespace)
        for stream in self._streams:
            stream.flush()
        variables = self._changes(watch)
        self._channel.send(
            wire.Done(
                cell=message.cell,
                error=finished.error,
                error_line=finished.error_line,
                error_in=finished.error_in,
                reached=finished.reached,
                echo=finished.echo,
                variables=variables,
                dropped=self._meter.dropped,
            )
        )

    def _give_back(self, namespace: dict[str, Any]) -> None:
        """Put back what a cell has assigned to or deleted: without ReturnAnswer a session could never end."""
        lost = [name for name, value in self._given.items() if namespace.get(name) is not value]
        namespace.update(self._given)
        if lost:
            sys.stdout.write(f"[note] {', '.join(lost)} had been assigned to, and is again what it was\n")

    def _changes(self, watch: Watch) -> tuple[wire.Variable, ...]:
        """What the cell made; its own `__repr__`s run here, so they are on the cell's time and may be stopped."""
        try:
            with self._interrupts.cell():
                return watch.changes()
        except KeyboardInterrupt:
            return ()


def _limit(what: int, limit: int) -> None:
    resource.setrlimit(what, (limit, limit))


def main() -> None:
    """Serve one question on the socket whose descriptor is the argument, then exit."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    given = int(sys.argv[1])
    if given != SOCKET:
        os.dup2(given, SOCKET)
        os.close(given)
    try:
        Worker().serve()
    except Closed:
        sys.exit(0)


if __name__ == "__main__":
    main()
