"""A real Jupyter kernel in place of the worker's loop: the same cells, names and messages, and somebody may look on.

The agent process listens on the five sockets of the Jupyter protocol and hands the listening descriptors over: this
process, confined before anything here runs, can make no socket and connect to none; it only accepts. What the agent
process believes about a cell goes over descriptor 3, as it does in the worker; what goes over IOPub is for people.
"""

# mypy: disallow-untyped-calls=False
# ipykernel is typed in part only.

from __future__ import annotations

import _thread
import base64
import builtins
import logging
import sys
import threading
from typing import Any, NamedTuple

import zmq
from ipykernel.control import ControlThread
from ipykernel.heartbeat import Heartbeat
from ipykernel.iostream import IOPubThread, OutStream
from IPython.core.profiledir import ProfileDir
from jupyter_client.session import Session
from tornado.ioloop import IOLoop
from traitlets.config import Config
from zmq.eventloop.zmqstream import ZMQStream

from spatial_agent import birth, wire
from spatial_agent.inside.channel import Closed
from spatial_agent.inside.jupyter_cells import CellKernel
from spatial_agent.inside.worker import Stream, Worker
from spatial_agent.sandbox.confine import Plan

LINGER = 1000
"""Milliseconds in which what was said last may still be sent."""


class Listeners(NamedTuple):
    """Descriptors of listening sockets, in the order in which they come."""

    shell: int
    iopub: int
    stdin: int
    control: int
    heartbeat: int


def serve(plan: Plan) -> None:
    """Serve one question on descriptor 3 until a client shuts the kernel down, or the agent process ends it."""
    onlooker = Onlooker()
    worker = Worker(onlooker)
    try:
        plug, descriptors = worker.channel.receive()
        session, _ = worker.channel.receive()
    except Closed:
        return
    if not isinstance(plug, birth.Plug) or not isinstance(session, wire.Open):
        raise TypeError(f"the first messages were {type(plug).__name__} and {type(session).__name__}")
    names = worker.open(session)
    kernel = _kernel(names, Listeners(*descriptors), plug.key, plan.scratch, onlooker)
    kernel.worker, kernel.shared = worker, plug.shared
    onlooker.take_streams()
    kernel.start()
    _start_no_more_threads()
    worker.ready()
    IOLoop.current().start()


class Onlooker:
    """The people at the other end of IOPub: they see what a cell writes, shows and ends with, while it runs."""

    def __init__(self) -> None:
        self.kernel: CellKernel | None = None
        self.streams: dict[str, OutStream] = {}

    def text(self, stream: Stream, text: str) -> None:
        """What a cell wrote."""
        self.streams[stream].write(text)

    def image(self, data: bytes, label: str) -> None:
        """What a cell showed, under its label."""
        self.flush()
        kind = "image/png" if data.startswith(b"\x89PNG") else "image/jpeg"
        publish = self._shell.display_pub.publish
        if label:
            publish({"text/plain": label})
        publish({kind: base64.b64encode(data).decode(), "text/plain": label})

    def value(self, value: Any) -> None:
        """The value of a cell's last line."""
        self.flush()
        self._shell.displayhook(value)

    def take_streams(self) -> None:
        """Between cells, what anything here writes is for people only."""
        sys.stdout, sys.stderr = self.streams["stdout"], self.streams["stderr"]

    def flush(self) -> None:
        """What was written comes before what follows."""
        for stream in self.streams.values():
            stream.flush()

    @property
    def _shell(self) -> Any:
        assert self.kernel is not None
        return self.kernel.shell


def _kernel(names: dict[str, Any], listeners: Listeners, key: bytes, scratch: str, onlooker: Onlooker) -> CellKernel:
    """Everything that `ipykernel.kernelapp` would set up, without its ports, files, command line and signal handlers."""
    context = zmq.Context()
    session = Session(key=key, username="kernel", copy_threshold=sys.maxsize)  # what is not copied needs a thread more
    iopub = IOPubThread(
        _listening(context, zmq.XPUB, listeners.iopub), session=session
    )  # no pipe: there are no children
    iopub.start()
    onlooker.streams = {name: OutStream(session, iopub, name, watchfd=False) for name in ("stdout", "stderr")}
    control = ControlThread(daemon=True)
    stream = ZMQStream(_listening(context, zmq.ROUTER, listeners.control), control.io_loop)
    control.start()
    _Heartbeat(zmq.Context(), listeners.heartbeat).start()
    kernel = CellKernel.instance(
        config=Config({"HistoryManager": {"enabled": False}, "Completer": {"use_jedi": False}}),
        session=session,
        shell_stream=ZMQStream(_listening(context, zmq.ROUTER, listeners.shell)),
        control_stream=stream,
        control_thread=control,
        iopub_thread=iopub,
        iopub_socket=iopub.background_socket,
        stdin_socket=_listening(context, zmq.ROUTER, listeners.stdin),
        profile_dir=ProfileDir(location=f"{scratch}/.ipython"),
        user_ns=names,
        log=_quiet_log(),
    )
    kernel.onlooker = onlooker
    onlooker.kernel = kernel
    kernel.shell.system = kernel.shell.getoutput = _no_processes
    # What IPython adds to the names of a cell goes, or is a builtin as its `display` is; its exit would end the kernel.
    builtins.get_ipython = names["get_ipython"]  # type: ignore[attr-defined]
    for name in ("get_ipython", "exit", "quit", "open", "In", "Out"):
        names.pop(name, None)
    return kernel


def _no_processes(*_args: Any, **_keywords: Any) -> None:
    raise PermissionError("cells start no processes: write it as plain Python")


def _quiet_log() -> logging.Logger:
    """Where ipykernel may complain, unheard: there is no file and no terminal here."""
    log = logging.getLogger("ipykernel")
    log.addHandler(logging.NullHandler())
    log.propagate = False
    return log


def _start_no_more_threads() -> None:
    """Have cells start none, as in the worker. A courtesy: one more would not get out, but two may not speak at once."""

    def refuse(*_args: Any, **_keywords: Any) -> int:
        raise RuntimeError("can't start new thread")

    for name in ("start_new_thread", "start_joinable_thread"):  # the second is Python 3.13's
        for module, known in ((_thread, name), (threading, f"_{name}")):
            if hasattr(module, known):
                setattr(module, known, refuse)


def _listening(context: zmq.Context[Any], kind: int, descriptor: int) -> zmq.Socket[Any]:
    """A ZMQ socket that accepts on a descriptor on which the agent process listens."""
    end: zmq.Socket[Any] = context.socket(kind)
    end.linger = LINGER
    end.setsockopt(zmq.USE_FD, descriptor)
    end.bind("ipc:///listening")  # a form: libzmq neither makes nor removes the path of a socket that it was given
    if kind == zmq.ROUTER:
        end.router_handover = True  # a client that comes back under its old name is let in
    return end


class _Heartbeat(Heartbeat):
    """Says that the process lives, from a thread and a context of its own."""

    def __init__(self, context: zmq.Context[Any], descriptor: int) -> None:
        super().__init__(context, ("ipc", "", -1))
        self._descriptor = descriptor

    def _bind_socket(self) -> None:
        self.socket.setsockopt(zmq.USE_FD, self._descriptor)
        self.socket.bind("ipc:///listening")
