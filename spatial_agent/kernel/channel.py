"""The agent process's end of a kernel's socket: asynchronous, and distrustful of what comes in."""

from __future__ import annotations

import asyncio
import fcntl
import os
import select
import socket
import struct
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from spatial_agent import framing, wire
from spatial_agent.errors import KernelError

Arrays = Sequence[NDArray[Any]]
_CREDENTIALS = struct.Struct("3i")
"""Process, user and group, as the operating system tells them (unix(7), SCM_CREDENTIALS)."""
_SPACE = socket.CMSG_SPACE(_CREDENTIALS.size)


class KernelDied(KernelError):
    """The socket was closed from the other side."""


class Channel:
    """Messages to and from one kernel."""

    def __init__(self, end: socket.socket) -> None:
        end.setblocking(False)
        self._socket = end
        # Room for what the system says, and for nothing else: a cell can send descriptors, which would heap up here.
        self._space = _SPACE if _tells_senders(end) else 0
        self._waiting: asyncio.Future[bool] | None = None
        self.process: int | None = None
        """A pidfd of the process at the other end: when it dies, that is the end, even if another holds its socket."""
        self.sender: int | None = None
        """The only process that may send; None where the socket does not tell who does."""
        self._received = bytearray()  # kept between calls: a receive that is cancelled loses nothing

    async def send(self, message: wire.ToKernel, arrays: Arrays = ()) -> None:
        """Send one message and, by descriptor, the arrays that its `wire.Array` fields number."""
        descriptors = [_sealed(array) for array in arrays]
        try:
            await self.send_with(message, descriptors)
        finally:
            for descriptor in descriptors:
                os.close(descriptor)

    async def send_with(self, message: wire.ToKernel, descriptors: list[int]) -> None:
        """Send one message and open descriptors, which the kernel gets copies of."""
        data = memoryview(framing.frame(message))
        try:
            sent = await self._send_first(data, descriptors) if descriptors else 0
            await asyncio.get_running_loop().sock_sendall(self._socket, data[sent:])
        except (BrokenPipeError, ConnectionResetError) as problem:
            raise KernelDied("the kernel process has gone") from problem

    async def _send_first(self, data: memoryview, descriptors: list[int]) -> int:
        while True:
            try:
                return socket.send_fds(self._socket, [data], descriptors)
            except BlockingIOError:
                await writable(self._socket.fileno())

    async def receive(self) -> wire.FromKernel:
        """Wait for one message. Raises KernelDied at the end, KernelError when the protocol is broken."""
        header = framing.LENGTH.size
        try:
            await self._fill(header)
            length = framing.body_length(bytes(self._received[:header]))
            await self._fill(header + length)
            body = bytes(self._received[header : header + length])
            del self._received[: header + length]
            return framing.read_from_kernel(body)
        except (ValueError, RecursionError, msgspec.MsgspecError) as problem:
            raise KernelError(f"the kernel broke the protocol: {problem}") from problem

    async def _fill(self, length: int) -> None:
        while len(self._received) < length:
            # Not loop.sock_recv: when that is cancelled as data arrives, the data are lost.
            await self._readable()
            self._take()

    async def first_sender(self) -> int:
        """Wait for the first bytes, and give the process that sent them, on the word of the operating system."""
        while True:
            await self._readable()
            if (sender := self._take()) is not None:
                return sender

    async def _readable(self) -> None:
        """Wait until there is something to read, the process has ended, or this end was closed."""
        if self._socket.fileno() < 0:
            raise KernelDied("its socket was closed on this side")
        waiting = self._waiting = asyncio.get_running_loop().create_future()
        try:
            await readable(self._socket.fileno(), self.process, ready=waiting)
        finally:
            self._waiting = None

    def _take(self) -> int | None:
        """Take what is there, and give the process that sent it, where the system tells."""
        try:
            data, told, _flags, _address = self._socket.recvmsg(2**20, self._space)
        except BlockingIOError:
            if self.process is None or not select.select([self.process], [], [], 0)[0]:
                return None
            data, told = b"", []
        except OSError:  # the other side is gone, or this end was closed
            data, told = b"", []
        if not data:
            raise KernelDied("the kernel process has gone")
        senders = [int(_CREDENTIALS.unpack(said)[0]) for _, kind, said in told if kind == socket.SCM_CREDENTIALS]
        sender = senders[0] if senders else None
        if self.sender is not None and sender != self.sender:
            raise KernelError("another process than the one that runs the cell has spoken for it")
        self._received += data
        return sender

    def close(self) -> None:
        """Close the socket; the worker ends when it notices, and whoever waits for a message of it hears KernelDied."""
        if self._waiting is not None:  # a descriptor that is closed wakes nobody, and its number may soon be another's
            for descriptor in (self._socket.fileno(), self.process):
                if descriptor is not None:
                    self._waiting.get_loop().remove_reader(descriptor)
            _finish(self._waiting, closed=True)
        self._socket.close()


def _tells_senders(end: socket.socket) -> bool:
    return hasattr(socket, "SO_PASSCRED") and bool(end.getsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED))


async def readable(*descriptors: int | None, ready: asyncio.Future[bool] | None = None) -> None:
    """Wait until one of these can be read, or somebody sets `ready` to True, who has then taken them off the loop."""
    loop = asyncio.get_running_loop()
    ready = ready or loop.create_future()
    watched = [descriptor for descriptor in descriptors if descriptor is not None]
    for descriptor in watched:
        loop.add_reader(descriptor, _finish, ready)
    closed = False
    try:
        closed = await ready
    finally:
        for descriptor in () if closed else watched:
            loop.remove_reader(descriptor)


async def writable(descriptor: int) -> None:
    """Wait until this can be written."""
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[bool] = loop.create_future()
    loop.add_writer(descriptor, _finish, ready)
    try:
        await ready
    finally:
        loop.remove_writer(descriptor)


def _finish(ready: asyncio.Future[bool], *, closed: bool = False) -> None:
    if not ready.done():
        ready.set_result(closed)


def describe(array: NDArray[Any], descriptor: int) -> wire.Array:
    """How the kernel reads the n-th array of a message."""
    return wire.Array(descriptor, array.dtype.str, array.shape)


def _sealed(array: NDArray[Any]) -> int:
    """A read-only descriptor of a copy of `array` in anonymous memory, which nobody can change or grow."""
    descriptor = os.memfd_create("array", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        data = memoryview(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)
        while data:
            data = data[os.write(descriptor, data) :]
        fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor
