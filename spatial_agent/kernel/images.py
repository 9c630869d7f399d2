"""What an encoded image is, by its header alone: nothing is decoded on the trusted side to find out."""

from __future__ import annotations

import struct
import zlib
from typing import Literal

from spatial_agent.errors import KernelError

MIB = 2**20
MAX_IMAGE_BYTES = 20 * MIB
MAX_PIXELS = 25_000_000
MAX_SEGMENTS = 1000
"""Of a JPEG, or chunks of a PNG, before the pixels."""
_PNG = b"\x89PNG\r\n\x1a\n"
_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
"""The bits of a sample that each colour type of a PNG may have (PNG specification, 11.2.1)."""
_FRAME_HEADERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_SCAN, _LINES = 0xDA, 0xDC
"""The pixels begin; and a number of lines that would count instead of the frame header's."""
_WITHOUT_LENGTH = frozenset({0x00, 0x01, 0xFF, *range(0xD0, 0xDA)})
"""Bytes after 0xFF that begin no segment; of these only fill bytes (0xFF) may stand before a frame header."""


class ImageTooLarge(KernelError):
    """An image with more bytes or pixels than anybody is to decode."""


def media_type(data: bytes) -> Literal["image/png", "image/jpeg"]:
    """The kind of an image. Raises KernelError for what is neither PNG nor JPEG, ImageTooLarge over the limits."""
    size = _png_size(data) or _jpeg_size(data)
    if size is None:
        raise KernelError("something that is neither PNG nor JPEG was shown")
    if len(data) > MAX_IMAGE_BYTES:
        raise ImageTooLarge(f"an image of {len(data):,} bytes was shown; the limit is {MAX_IMAGE_BYTES:,}")
    if size[0] * size[1] > MAX_PIXELS:
        raise ImageTooLarge(f"an image of {size[0]} x {size[1]} pixels was shown; the limit is {MAX_PIXELS:,}")
    return "image/png" if data.startswith(_PNG) else "image/jpeg"


def _png_size(data: bytes) -> tuple[int, int] | None:
    """Width and height from the first chunk, if that is a whole and lawful IHDR, and the only one before the pixels."""
    if not data.startswith(_PNG) or len(data) < 33:
        return None
    length, kind, width, height, depth, colour, *methods, checksum = struct.unpack(">I4sIIBBBBBI", data[8:33])
    lawful = (
        (length, kind) == (13, b"IHDR")
        and 0 < width < 2**31
        and 0 < height < 2**31
        and depth in _DEPTHS.get(colour, ())
        and methods in ([0, 0, 0], [0, 0, 1])
        and checksum == zlib.crc32(data[12:29])
    )
    return (width, height) if lawful and _chunks_before_pixels(data).count(b"IHDR") == 1 else None


def _chunks_before_pixels(data: bytes) -> list[bytes]:
    """The kinds of a PNG's chunks up to the first with pixels; decoders believe the last header, not the first."""
    kinds: list[bytes] = []
    position = len(_PNG)
    while position + 8 <= len(data) and len(kinds) < MAX_SEGMENTS:
        length, kind = struct.unpack(">I4s", data[position : position + 8])
        kinds.append(kind)
        if kind == b"IDAT":
            return kinds
        position += 12 + length
    return []


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    """Width and height from the only frame header before the pixels (ITU T.81, B.2.2), found by walking the segments."""
    size: tuple[int, int] | None = None
    position = 2 if data.startswith(b"\xff\xd8\xff") else len(data)
    for _ in range(MAX_SEGMENTS):
        if position + 4 > len(data) or data[position] != 0xFF:
            return None
        marker = data[position + 1]
        if marker == 0xFF:
            position += 1
            continue
        length = int.from_bytes(data[position + 2 : position + 4], "big")
        if marker == _SCAN:
            return size
        if marker in _WITHOUT_LENGTH or marker == _LINES or length < 2:
            return None
        if marker in _FRAME_HEADERS:
            if size is not None:  # decoders differ about which of two they believe
                return None
            size = _frame_size(data[position + 4 : position + 2 + length])
            if size is None:
                return None
        position += 2 + length
    return None


def _frame_size(header: bytes) -> tuple[int, int] | None:
    if len(header) < 6:
        return None
    precision, height, width, parts = struct.unpack(">BHHB", header[:6])
    lawful = precision in (8, 12) and height and width and 1 <= parts <= 4 and len(header) == 6 + 3 * parts
    return (width, height) if lawful else None
