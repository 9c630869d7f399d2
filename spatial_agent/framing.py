"""How messages lie on the socket: four bytes of length (big-endian), then one msgspec value in MessagePack.

Both ends decode against the types of `wire` and refuse what does not fit; nothing is ever unpickled.
"""

from __future__ import annotations

import struct

import msgspec

from spatial_agent import wire

LENGTH = struct.Struct(">I")
MAX_MESSAGE = 32 * 2**20
"""Bytes; a longer message is refused before it is read."""
MAX_DESCRIPTORS = 16

_encoder = msgspec.msgpack.Encoder()
_to_kernel: msgspec.msgpack.Decoder[wire.ToKernel] = msgspec.msgpack.Decoder(wire.ToKernel)
_from_kernel: msgspec.msgpack.Decoder[wire.FromKernel] = msgspec.msgpack.Decoder(wire.FromKernel)


def frame(message: wire.ToKernel | wire.FromKernel) -> bytes:
    """The bytes of one message on the socket, length first."""
    body = _encoder.encode(message)
    if len(body) > MAX_MESSAGE:
        raise ValueError(f"a {type(message).__name__} message of {len(body):,} bytes; the limit is {MAX_MESSAGE:,}")
    return LENGTH.pack(len(body)) + body


def body_length(header: bytes) -> int:
    """Length of the message that follows a header; refuses a length over the limit."""
    (length,) = LENGTH.unpack(header)
    if length > MAX_MESSAGE:
        raise ValueError(f"a message of {length:,} bytes was announced; the limit is {MAX_MESSAGE:,}")
    return int(length)


def read_to_kernel(body: bytes) -> wire.ToKernel:
    """Decode a message to the kernel; raises msgspec.ValidationError or DecodeError."""
    return _to_kernel.decode(body)


def read_from_kernel(body: bytes) -> wire.FromKernel:
    """Decode a message from the kernel; raises msgspec.ValidationError or DecodeError."""
    return _from_kernel.decode(body)
