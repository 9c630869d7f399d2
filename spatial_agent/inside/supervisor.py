"""The supervisor of one kernel: it confines the kernel, lets its processes fork when told to, and ends them all.

It is forked from the zygote, never runs a cell and believes nothing that a cell says: what it hears comes from the
agent process, and from the operating system about the kernel.
"""

from __future__ import annotations

import ctypes
import os
import select
import signal
import socket
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import NamedTuple, NoReturn

import msgspec

from spatial_agent import birth
from spatial_agent.inside.channel import SOCKET
from spatial_agent.sandbox import permits
from spatial_agent.sandbox.confine import Plan, confine, surround
from spatial_agent.sandbox.descriptors import close_all_but, silence
from spatial_agent.sandbox.libraries import Libraries
from spatial_agent.sandbox.removal import remove

_PR_SET_CHILD_SUBREAPER = 36


class Kernel(NamedTuple):
    """What is to be born."""

    plan: Plan
    """Its `scratch` is how the path of a scratch folder begins."""
    note: str
    """Why it has no stronger level."""
    live: Callable[[Plan], None]
    """What its first process does, with its socket on descriptor 3."""
    keeps: tuple[int, ...] = ()
    """Descriptors that it is to have beside its socket."""


def supervise(kernel: Kernel, libraries: Libraries, control: int, end: int, agent: int) -> NoReturn:
    """In a fork of the zygote: bring the kernel up and watch over it until `control` or the process `agent` ends."""
    status = 1
    try:
        os.setsid()
        close_all_but({0, 1, 2, SOCKET, control, end, agent, *kernel.keeps})
        silence()
        os.dup2(0, SOCKET)  # what it was is the zygote's, and nothing else may take the number
        # Closed by nothing but our end, so that who waits for it to close waits for that.
        status = _Supervisor(kernel, libraries, socket.socket(fileno=control), agent).run(end)
    finally:
        os._exit(status)  # whatever happened: a fork of the zygote must never go on as the zygote


class _Supervisor:
    def __init__(self, kernel: Kernel, libraries: Libraries, control: socket.socket, agent: int) -> None:
        self._kernel = kernel
        self._libraries = libraries
        self._control = control
        self._agent = agent
        self._permits: Counter[int] = Counter()
        self._processes = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY)  # of this machine; a root of our own has none

    def run(self, end: int) -> int:
        try:
            plan = self._own_scratch()
            if plan.level == "strong":
                surround(plan, self._libraries)
            # Orphans of the kernel come to us instead of to the machine's first process, and none stays a zombie.
            ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)
            base, listener = self._fork(plan, end)
        except OSError as problem:
            self._say(birth.Stillborn(str(problem)))
            return 1
        host = "" if plan.level == "strong" else plan.scratch
        self._say(birth.Born(base, plan.level, self._kernel.note, host, listener is not None))
        process = os.pidfd_open(base)
        try:
            self._watch(base, process, listener)
        finally:
            self._end_all(process)
            if host:
                remove(host)
        return 0

    def _own_scratch(self) -> Plan:
        """The plan with a scratch folder of the kernel's own."""
        plan = self._kernel.plan
        if plan.level == "strong":
            return msgspec.structs.replace(plan, scratch="/scratch")
        folder, prefix = os.path.split(plan.scratch)
        return msgspec.structs.replace(plan, scratch=tempfile.mkdtemp(prefix=prefix, dir=folder))

    def _fork(self, plan: Plan, end: int) -> tuple[int, int | None]:
        """The kernel's first process, once it is confined, and the listener that asks before any of them forks."""
        ours, theirs = socket.socketpair()
        base = os.fork()
        if base == 0:
            os.dup2(end, SOCKET, inheritable=False)
            for descriptor in (end, ours.fileno(), self._control.fileno(), self._agent, self._processes):
                os.close(descriptor)
            _live(self._kernel, plan, self._libraries, theirs)
        os.close(end)
        theirs.close()
        with ours:
            word, listeners, _, _ = socket.recv_fds(ours, birth.MAX_MESSAGE, 1)
        if word != b"confined":
            raise OSError(word.decode(errors="replace") or "the kernel's first process ended while it was confined")
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        return base, listeners[0] if listeners else None

    def _say(self, message: birth.FromSupervisor) -> None:
        with suppress(BrokenPipeError, ConnectionResetError):  # the agent process has gone: so shall we
            self._control.send(birth.encode(message))

    def _watch(self, base: int, process: int, listener: int | None) -> None:
        """Until the agent process lets go of the kernel, ends itself, or the first process has died."""
        waiting = select.poll()
        for descriptor in (self._control.fileno(), self._agent, process, listener):
            if descriptor is not None:
                waiting.register(descriptor, select.POLLIN)
        while True:
            ready = {descriptor for descriptor, _ in waiting.poll()}
            # Orders first: a permit is sent before the order that makes use of it, so it is here when the fork is asked for.
            if not self._obey(base) or ready & {self._agent, process}:
                return
            if listener in ready:
                self._answer(listener)

    def _obey(self, base: int) -> bool:
        """Take the orders of the agent process that wait; False at the end."""
        with suppress(BlockingIOError):
            while data := self._control.recv(birth.MAX_MESSAGE, socket.MSG_DONTWAIT):
                match birth.read_to_supervisor(data):
                    case birth.Permit(pid):
                        self._permits[pid] += 1
                    case birth.Revoke(pid):
                        self._permits[pid] = max(0, self._permits[pid] - 1)  # it may have been used already
                    case birth.Prune(pid, known):
                        for parent in {pid, base, os.getpid()}:  # orphans go to the first process, or come to us
                            _kill(child for child in self._children(parent) if child not in known)
            return False
        return True

    def _children(self, pid: int) -> list[int]:
        """The children of a process; none where the system does not tell."""
        try:
            listed = os.open(f"{pid}/task/{pid}/children", os.O_RDONLY, dir_fd=self._processes)
            with os.fdopen(listed) as lines:
                return [int(child) for child in lines.read().split()]
        except OSError:
            return []

    def _end_all(self, process: int) -> None:
        """Kill what is left of the kernel: its first process, which ends a pid namespace with it, and our other children."""
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(process, signal.SIGKILL)
        select.select([process], [], [])  # it ends when all in its namespace have
        while children := self._children(os.getpid()):
            _kill(children)

    def _answer(self, listener: int) -> None:
        """A process of the kernel wants to fork: once for each permit, and never otherwise."""
        asked = permits.receive(listener)
        if asked is None:
            return
        if self._permits[asked.pid] <= 0:
            permits.refuse(listener, asked)
        elif permits.allow(listener, asked):
            self._permits[asked.pid] -= 1


def _live(kernel: Kernel, plan: Plan, libraries: Libraries, theirs: socket.socket) -> NoReturn:
    """In the kernel's first process: confine it, tell the supervisor, and live."""
    status = 1
    try:
        os.environ.update(HOME=plan.scratch, TMPDIR=plan.scratch, MPLCONFIGDIR=plan.scratch)
        tempfile.tempdir = None
        try:
            listener = confine(plan, libraries)
        except OSError as problem:
            theirs.send(str(problem).encode())
            os._exit(status)
        socket.send_fds(theirs, [b"confined"], [] if listener is None else [listener])
        theirs.close()
        if listener is not None:
            os.close(listener)
        kernel.live(plan)
        status = 0
    finally:
        os._exit(status)


def _kill(processes: Iterable[int]) -> None:
    for process in processes:
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
