"""The worker's end of the socket: blocking, one message at a time, descriptors mapped as read-only arrays."""

from __future__ import annotations

import mmap
import os
import socket
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, TypeVar, cast

import msgspec
import numpy as np
from numpy.typing import NDArray

from spatial_agent import framing, wire
from spatial_agent.errors import ToolError

SOCKET = 3
"""The descriptor of the socket to the agent process, in every process of a kernel."""


class Closed(Exception):
    """The agent process has gone; there is nothing left to work for."""


class Channel:
    """Messages to and from the agent process; also the `Host` of the tools."""

    def __init__(self, whole: Callable[[], AbstractContextManager[None]]) -> None:
        """`whole` puts off interrupts: a message that is read or written in half would spoil all that follow."""
        # All three are said, since asking the system for them is not among the calls that a confined process may make.
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, 0, SOCKET)
        self._whole = whole
        self._calls = 0

    def move_to(self, descriptor: int) -> None:
        """Go on with another socket: in a copy of this process, which would else speak on that of the original."""
        os.dup2(descriptor, SOCKET, inheritable=False)
        os.close(descriptor)

    def send(self, message: wire.FromKernel) -> None:
        """Send one message."""
        try:
            data = framing.frame(message)
        except UnicodeEncodeError:  # a lone surrogate, which Python strings may hold and no message can
            data = framing.frame(_encodable(message))
        with self._whole():
            self._socket.sendall(data)

    def receive(self) -> tuple[wire.ToKernel, list[int]]:
        """Wait for one message; returns it with the descriptors that came along."""
        with self._whole():
            return self._receive()

    def _receive(self) -> tuple[wire.ToKernel, list[int]]:
        header, descriptors = b"", list[int]()
        while len(header) < framing.LENGTH.size:
            # Descriptors ride on a message's first byte, so they arrive while its header is read.
            chunk, more, _flags, _address = socket.recv_fds(
                self._socket, framing.LENGTH.size - len(header), framing.MAX_DESCRIPTORS
            )
            if not chunk:
                raise Closed
            header += chunk
            descriptors += more
        return framing.read_to_kernel(self._read(framing.body_length(header))), descriptors

    def _read(self, length: int) -> bytes:
        body = bytearray()
        while len(body) < length:
            chunk = self._socket.recv(min(length - len(body), 2**20))
            if not chunk:
                raise Closed
            body += chunk
        return bytes(body)

    def ask(self, request: wire.Request) -> tuple[wire.Result, tuple[NDArray[Any], ...]]:
        """Call the agent process and wait; raises ToolError with its message when the call failed."""
        self._calls += 1
        self.send(wire.Call(self._calls, request))
        while True:
            message, descriptors = self.receive()
            try:
                # The reply to a call that a KeyboardInterrupt cut short may still be on its way: skip it.
                if isinstance(message, wire.Reply) and message.call == self._calls:
                    if isinstance(message.result, wire.Failure):
                        raise ToolError(message.result.message)
                    return message.result, _arrays(message.result, descriptors)
            finally:
                for descriptor in descriptors:
                    os.close(descriptor)


T = TypeVar("T")


def _encodable(value: T) -> T:
    """The same value with a question mark for every character that cannot be encoded."""
    if isinstance(value, str):
        return cast(T, value.encode(errors="replace").decode())
    if isinstance(value, msgspec.Struct):
        return type(value)(**{name: _encodable(getattr(value, name)) for name in value.__struct_fields__})
    if isinstance(value, tuple | list):
        return cast(T, type(value)(_encodable(part) for part in value))
    if isinstance(value, dict):
        return cast(T, {_encodable(key): _encodable(part) for key, part in value.items()})
    return value


def _arrays(result: wire.Result, descriptors: list[int]) -> tuple[NDArray[Any], ...]:
    described = [value for name in result.__struct_fields__ if isinstance(value := getattr(result, name), wire.Array)]
    described.sort(key=lambda array: array.descriptor)
    return tuple(_mapped(array, descriptors[array.descriptor]) for array in described)


def _mapped(array: wire.Array, descriptor: int) -> NDArray[Any]:
    dtype = np.dtype(array.dtype)
    if 0 in array.shape:
        return np.zeros(array.shape, dtype)
    data = mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ)
    return np.frombuffer(data, dtype, count=int(np.prod(array.shape))).reshape(array.shape)
