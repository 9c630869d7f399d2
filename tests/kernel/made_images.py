"""Encoded images, whole ones and beginnings of any size."""

import io
import struct
import zlib
from typing import Any

from PIL import Image


def picture(kind: str = "PNG", size: tuple[int, int] = (8, 6), **options: Any) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size).save(buffer, kind, **options)
    return buffer.getvalue()


def png(width: int, height: int, depth: int = 8, colour: int = 2) -> bytes:
    """The beginning of a PNG of any size."""
    return b"\x89PNG\r\n\x1a\n" + header(width, height, depth, colour) + b"\0\0\0\0IDAT"


def header(width: int, height: int, depth: int = 8, colour: int = 2) -> bytes:
    chunk = b"IHDR" + struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))


def jpeg(*segments: tuple[int, bytes], fill: bytes = b"") -> bytes:
    """The beginning of a JPEG of these segments."""
    parts = [fill + bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body for marker, body in segments]
    return b"\xff\xd8" + b"".join(parts) + b"\xff\xda" + bytes(16)


def frame_header(width: int, height: int, parts: int = 3) -> tuple[int, bytes]:
    return 0xC0, struct.pack(">BHHB", 8, height, width, parts) + bytes(3 * parts)
