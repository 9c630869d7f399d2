"""Small videos in which every frame shows its own number, as twelve black or white squares in the top row."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

BITS = 12
SQUARE = 16
SIZE = (BITS * SQUARE, 96)
H264 = {"bf": "2", "g": "30", "x264-params": "b-pyramid=normal"}


def drawn(number: int, size: tuple[int, int] = SIZE) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """(H, W, 3) RGB: the number on top, below it a grey that moves, in the lower left a white corner."""
    width, height = size
    picture = np.full((height, width, 3), 90, np.uint8)
    for bit in range(BITS):
        picture[:SQUARE, bit * SQUARE : (bit + 1) * SQUARE] = 235 if number >> bit & 1 else 20
    left = number * 5 % (width - 40)
    picture[height // 2 : height - 24, left : left + 40] = 160
    picture[-16:, :16] = 235
    return picture


def number(pixels: np.ndarray[Any, np.dtype[np.uint8]]) -> int:
    """The number that a frame shows, at any size."""
    height, width, _ = pixels.shape
    row = pixels[round(height * SQUARE / SIZE[1] / 2)].mean(axis=1)
    return sum(1 << bit for bit in range(BITS) if row[round((bit + 0.5) * width / BITS)] > 128)


def film(
    path: Path,
    codec: str = "libx264",
    *,
    frames: int = 70,
    pixels: str = "yuv420p",
    size: tuple[int, int] = SIZE,
    options: dict[str, str] | None = None,
    stamps: Sequence[int] | None = None,
    format: str | None = None,
    rate: int = 30,
    **settings: Any,
) -> Path:
    """Write a video; `stamps` are in thousandths of a second, else the frames follow at `rate`."""
    unit = Fraction(1, 1000) if stamps else Fraction(1, rate)
    with av.open(str(path), "w", format=format, **settings.pop("container", {})) as container:
        stream = container.add_stream(codec, rate=rate)
        stream.width, stream.height, stream.pix_fmt = size[0], size[1], pixels
        stream.options = options if options is not None else (H264 if codec == "libx264" else {})
        stream.time_base = stream.codec_context.time_base = unit
        if "rotation" in settings:
            stream.set_display_rotation(*settings["rotation"])
        for name in ("sample_aspect_ratio", "color_range"):
            if name in settings:
                setattr(stream.codec_context, name, settings[name])
        for index in range(frames):
            frame = av.VideoFrame.from_ndarray(drawn(index, size), format="rgb24").reformat(format=pixels)
            frame.pts = stamps[index] if stamps else index
            frame.time_base = unit
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def overwritten(path: Path, packet: int, target: Path) -> Path:
    """A copy of a video in which one stored packet is nothing but zeros."""
    with av.open(str(path)) as container:
        packets = [(p.pos, p.size) for p in container.demux(video=0) if p.size]
    content = bytearray(path.read_bytes())
    position, size = packets[packet]
    assert position is not None
    content[position : position + size] = bytes(size)
    target.write_bytes(content)
    return target
