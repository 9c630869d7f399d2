"""The agent process's end of a kernel's socket: asynchronous, and distrustful of what comes in."""

from __future__ import annotations

import asyncio
import fcntl
import os
import socket
from collections.abc import Sequence
from typing import Any, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from spatial_agent import framing, wire
from spatial_agent.errors import KernelError

Arrays = Sequence[NDArray[Any]]


class KernelDied(KernelError):
    """The socket was closed from the other side."""


class Channel:
    """Messages to and from one kernel."""

    def __init__(self, end: socket.socket) -> None:
        end.setblocking(False)
        self._socket = end
        self._received = bytearray()  # kept between calls: a receive that is cancelled loses nothing

    async def send(self, message: wire.ToKernel, arrays: Arrays = ()) -> None:
        """Send one message and, by descriptor, the arrays that its `wire.Array` fields number."""
        data = memoryview(framing.frame(message))
        descriptors = [_sealed(array) for array in arrays]
        try:
            sent = await self._send_first(data, descriptors) if descriptors else 0
            await asyncio.get_running_loop().sock_sendall(self._socket, data[sent:])
        except (BrokenPipeError, ConnectionResetError) as problem:
            raise KernelDied("the kernel process has gone") from problem
        finally:
            for descriptor in descriptors:
                os.close(descriptor)

    async def _send_first(self, data: memoryview, descriptors: list[int]) -> int:
        while True:
            try:
                return socket.send_fds(self._socket, [data], descriptors)
            except BlockingIOError:
                await _ready(self._socket, "write")

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
        except (ValueError, msgspec.MsgspecError) as problem:
            raise KernelError(f"the kernel broke the protocol: {problem}") from problem

    async def _fill(self, length: int) -> None:
        while len(self._received) < length:
            # Not loop.sock_recv: when that is cancelled as data arrives, the data are lost.
            await _ready(self._socket, "read")
            try:
                chunk = self._socket.recv(2**20)
            except BlockingIOError:
                continue
            except ConnectionResetError as problem:
                raise KernelDied("the kernel process has gone") from problem
            if not chunk:
                raise KernelDied("the kernel process has gone")
            self._received += chunk

    def close(self) -> None:
        """Close this end; a waiting kernel ends itself."""
        self._socket.close()


def _finish(ready: asyncio.Future[None]) -> None:
    if not ready.done():
        ready.set_result(None)


async def _ready(end: socket.socket, to: Literal["read", "write"]) -> None:
    """Wait until a socket can be read or written; gives other tasks their turn every time."""
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[None] = loop.create_future()
    add, remove = (loop.add_reader, loop.remove_reader) if to == "read" else (loop.add_writer, loop.remove_writer)
    add(end, _finish, ready)
    try:
        await ready
    finally:
        remove(end)


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
