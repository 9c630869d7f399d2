"""How jupyter_client's managers (JupyterLab, nbclient, `jupyter console`) have a confined kernel to start, stop and end.

The gateway is served here, in the process of the manager, by a thread with an event loop of its own: a manager may be
synchronous, and a tool call must not wait until somebody looks for messages.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from abc import abstractmethod
from collections import deque
from collections.abc import Coroutine
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, NamedTuple, TypeVar

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.provisioner_base import KernelProvisionerBase

from spatial_agent import wire
from spatial_agent.errors import KernelError, ServiceError
from spatial_agent.kernel.conversation import send
from spatial_agent.kernel.gateway import Gateway, Served
from spatial_agent.kernel.jupyter_sockets import Sockets, plug_in
from spatial_agent.kernel.nest import Nest
from spatial_agent.kernel.nursery import START_SECONDS, nursery
from spatial_agent.sandbox.least import require
from spatial_agent.sandbox.level import Level
from spatial_agent.trace.events import ToolCall

T = TypeVar("T")
REMEMBERED = 1000
"""Calls that are kept on the record."""


class Visit(NamedTuple):
    """What a kernel is about."""

    gateway: Gateway
    opening: wire.Open


class Provisioner(KernelProvisionerBase):
    """A confined kernel with the names of a cell, as often as its manager starts it; a subclass says about what."""

    _loop: _Loop | None = None
    _sockets: Sockets | None = None
    _desk: Desk | None = None

    @abstractmethod
    def visit(self) -> Visit:
        """What the kernel is about; called once. Raises InputError."""

    @property
    def least(self) -> Level:
        """The level below which no kernel is started."""
        return "weak"

    @property
    def record(self) -> tuple[ToolCall, ...]:
        """The calls that the gateway has served, the last ones."""
        return tuple(self._desk.calls) if self._desk else ()

    @property
    def has_process(self) -> bool:
        """Whether there is a kernel, dead or alive, that nobody has waited for yet."""
        return self._desk is not None and self._desk.nest is not None

    async def pre_launch(self, **kwargs: object) -> dict[str, Any]:
        """There is no command to start."""
        kwargs.pop("extra_arguments", None)
        return await super().pre_launch(cmd=[], **kwargs)

    async def launch_kernel(self, cmd: list[str], **_kwargs: object) -> KernelConnectionInfo:
        """Start a kernel; after the first time at the same place, with the same key. Raises KernelError, InputError."""
        self._loop = self._loop or _Loop()
        if self._sockets is None:
            self._sockets = Sockets()
        if self._desk is None:
            # The zygote starts while the media are opened: either may take a second.
            visit, _ = await asyncio.gather(
                asyncio.to_thread(self.visit), self._loop.do(nursery(kind="jupyter").findings())
            )
            self._desk = Desk(*visit)
        await self._loop.do(self._desk.open(self._sockets, self.least))
        self.connection_info = self._sockets.connection()
        return self.connection_info

    async def poll(self) -> int | None:
        """None while the kernel lives."""
        return None if self._desk is not None and self._desk.lives else 0

    async def wait(self) -> int | None:
        """Until the kernel has ended and nothing of it is left."""
        if self._loop is not None and self._desk is not None:
            await self._loop.do(self._desk.close())
        return 0

    async def send_signal(self, signum: int) -> None:
        """Send a signal to the kernel; an interrupt also gives up the call that is being served."""
        if self._loop is not None and self._desk is not None:
            await self._loop.do(self._desk.signal(signal.Signals(signum)))

    async def kill(self, restart: bool = False) -> None:
        """End the kernel at once."""
        await self.send_signal(signal.SIGKILL)

    async def terminate(self, restart: bool = False) -> None:
        """End the kernel; the first process of a namespace would not hear a politer signal."""
        await self.kill(restart)

    async def cleanup(self, restart: bool = False) -> None:
        """Take away what a kernel that is started again would need."""
        await self.wait()
        if not restart:
            if self._sockets is not None:
                self._sockets.close()
            if self._loop is not None:
                self._loop.close()
            self._sockets = self._loop = None


class Desk:
    """Serves one kernel whose cells come from people."""

    def __init__(self, gateway: Gateway, opening: wire.Open) -> None:
        self._gateway = gateway
        self._opening = opening
        self.nest: Nest | None = None
        self.calls: deque[ToolCall] = deque(maxlen=REMEMBERED)
        self._serving: asyncio.Task[None] | None = None
        self._call: asyncio.Task[Served] | None = None

    @property
    def lives(self) -> bool:
        """Whether the kernel does."""
        return self._serving is not None and not self._serving.done()

    async def open(self, sockets: Sockets, least: Level) -> None:
        """Have a kernel born, wait until it is ready, and begin to serve it. Raises KernelError."""
        await self.close()
        nest = await nursery(kind="jupyter").hatch(self._opening.memory_bytes, self._opening.scratch_bytes)
        self.nest = nest
        try:
            require(least, nest.born.level, nest.born.note)
            await plug_in(nest, sockets, shared=True)
            await send(nest.base.channel, self._opening)
            async with asyncio.timeout(START_SECONDS):
                ready = await nest.base.channel.receive()
            if not isinstance(ready, wire.Ready):
                raise KernelError(f"A kernel began with a {type(ready).__name__} message instead of Ready.")
        except TimeoutError as problem:
            await self.close()
            raise KernelError(f"A kernel did not start: no word in {START_SECONDS:g} s.") from problem
        except BaseException:
            await self.close()
            raise
        self._serving = asyncio.create_task(self._serve(nest))

    async def signal(self, number: signal.Signals) -> None:
        """Send the kernel a signal."""
        if self.nest is None or not self.lives:
            return
        self.nest.base.signal(number)
        if number == signal.SIGINT and self._call is not None:
            self._call.cancel()

    async def close(self) -> None:
        """Wait until the kernel has ended, and for what was around it to go."""
        serving, self._serving = self._serving, None
        if serving is not None:
            await asyncio.wait([serving])
        nest, self.nest = self.nest, None
        if nest is not None:
            await nest.leave()

    async def _serve(self, nest: Nest) -> None:
        """Answer the kernel's calls until it ends; one that breaks the protocol is ended. The rest is for people's eyes."""
        channel = nest.base.channel
        with suppress(KernelError):
            while True:
                said = await channel.receive()
                if isinstance(said, wire.Call):
                    result, arrays = await self._answer(said.request)
                    await send(channel, wire.Reply(said.call, result), arrays)
                    self.calls += self._gateway.take_calls()
        nest.base.signal(signal.SIGKILL)

    async def _answer(self, request: wire.Request) -> Served:
        self._call = asyncio.create_task(self._gateway.serve(request))
        try:
            await asyncio.wait([self._call])
            if self._call.cancelled():
                return wire.Failure("The call was given up: the cell was interrupted."), ()
            return self._call.result()
        except ServiceError as problem:  # ends a session of the agent; a person can try again
            return wire.Failure(str(problem)), ()
        finally:
            self._call.cancel()
            self._call = None


class _Loop:
    """An event loop in a thread of its own."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="spatialclaw kernel", daemon=True)
        self._thread.start()

    async def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Run `work` there, and wait for it here."""
        future: Future[T] = asyncio.run_coroutine_threadsafe(work, self._loop)
        return await asyncio.wrap_future(future)

    def close(self) -> None:
        """End the thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
