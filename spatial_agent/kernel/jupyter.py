"""`JupyterKernel`: a kernel that is a real ipykernel, forked and confined like a worker, for people to look on.

A cell goes to it as an execute request. What the agent process believes comes over the socket that the worker has too:
nothing is read from the Jupyter sockets here.
"""

from __future__ import annotations

from typing import Any

import zmq
from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.session import Session

from spatial_agent import wire
from spatial_agent.inside.names import REQUEST
from spatial_agent.kernel.gateway import Gateway
from spatial_agent.kernel.jupyter_sockets import Sockets, plug_in
from spatial_agent.kernel.life import Life
from spatial_agent.kernel.nest import Nest
from spatial_agent.kernel.nursery import Nursery, nursery
from spatial_agent.kernel.session import WorkerKernel
from spatial_agent.sandbox.level import Level

MAX_REPLY = 16 * 2**20
"""Bytes of a message that ZeroMQ may take from a kernel."""


class JupyterKernel(WorkerKernel):
    """Runs cells in an ipykernel. It has threads, so it is not copied: a cell that must be killed costs the variables."""

    def __init__(
        self, gateway: Gateway, opening: wire.Open, *, nursery: Nursery | None = None, least: Level = "weak"
    ) -> None:
        super().__init__(gateway, opening, nursery=nursery or jupyter_nursery(), least=least)
        self._line: _Line | None = None

    @property
    def connection(self) -> KernelConnectionInfo:
        """What a connection file says, for a client that is to look on; known once it has started."""
        return self._living_line().sockets.connection()

    async def close(self) -> None:
        """End the process, and take its sockets away."""
        await super().close()
        line, self._line = self._line, None
        if line is not None:
            line.close()

    async def _open(self, nest: Nest) -> None:
        self._line = _Line()
        await plug_in(nest, self._line.sockets, shared=False)
        await super()._open(nest)

    async def _submit(self, runner: Life, message: wire.RunCell) -> None:
        self._living_line().execute(message)

    def _living_line(self) -> _Line:
        self._living()
        assert self._line is not None
        return self._line


class _Line:
    """A client that only speaks."""

    def __init__(self) -> None:
        self.sockets = Sockets()
        self._session = Session(key=self.sockets.key)
        self._context: zmq.Context[Any] = zmq.Context()
        where = self.sockets.connection()
        self._shell = self._context.socket(zmq.DEALER)
        self._shell.linger = 0
        self._shell.rcvhwm, self._shell.maxmsgsize = 1, MAX_REPLY  # nobody reads replies: they must not heap up here
        self._shell.connect(f"ipc://{where['ip']}-{where['shell_port']}")

    def execute(self, message: wire.RunCell) -> None:
        content = {
            "code": message.code,
            "silent": False,
            "store_history": True,
            "user_expressions": {},
            "allow_stdin": False,
            "stop_on_error": False,
        }
        self._session.send(self._shell, "execute_request", content, metadata={REQUEST: message.request})

    def close(self) -> None:
        self._shell.close()
        self._context.term()
        self.sockets.close()


def jupyter_nursery() -> Nursery:
    """The nursery of all Jupyter kernels of this process."""
    return nursery(kind="jupyter")
