"""Image files and images in memory as the RGB arrays that everything else works with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from spatial_agent.errors import InputError, UnreadableFrame
from spatial_agent.frames import Rgb, Size

Image.MAX_IMAGE_PIXELS = 250_000_000
"""Pillow refuses twice as many; a larger picture is no photo."""
_ORIENTATION = 0x0112
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff")


def upright_size(path: Path) -> Size:
    """Width and height of an image file as a person sees it, read from its header only."""
    with opened(path) as image:
        width, height = image.size
        turned = _orientation(image) in (5, 6, 7, 8)
    return (height, width) if turned else (width, height)


def orientation(path: Path) -> int:
    """EXIF orientation of an image file, 1 for upright."""
    with opened(path) as image:
        return _orientation(image)


def _orientation(image: Image.Image) -> int:
    """EXIF orientation, 1 for upright."""
    if image.format == "PNG" and "exif" not in image.info:
        return 1  # asked for it, Pillow would decode the whole picture to look behind it
    return int(image.getexif().get(_ORIENTATION, 1))


def read_rgb(path: Path, size: Size) -> Rgb:
    """The pixels of an image file, upright, without alpha, resized to `size`. Raises InputError, naming the file."""
    with opened(path) as image:
        try:
            return to_rgb(image if _orientation(image) == 1 else ImageOps.exif_transpose(image), size)
        except (OSError, ValueError, SyntaxError) as problem:
            raise InputError(f"{path} is damaged or cut short: {problem}. Copy the file again.") from None


def read_plane(path: Path) -> NDArray[Any]:
    """The single channel of a PNG as it is stored: 8 or 16 bits, (H, W)."""
    with opened(path) as image:
        try:
            plane = np.asarray(image)
        except (OSError, SyntaxError) as problem:
            raise InputError(f"{path} is damaged or cut short: {problem}. Copy the file again.") from None
    if plane.ndim != 2:
        raise InputError(f"{path} has {plane.shape[-1]} channels; a depth or instance image has one.")
    return plane


@contextmanager
def of_frame(frame: int) -> Iterator[None]:
    """Say which frame it was that could not be read."""
    try:
        yield
    except InputError as problem:
        raise UnreadableFrame(str(problem), frame) from None


def opened(path: Path) -> Image.Image:
    """An image file, its header read. Raises InputError for what is missing, no image, or absurdly large."""
    try:
        return Image.open(path)
    except FileNotFoundError:
        raise InputError(f"There is no file {path}.") from None
    except UnidentifiedImageError:
        raise InputError(f"{path} is not an image that can be read ({', '.join(SUFFIXES)}).") from None
    except (OSError, Image.DecompressionBombError) as problem:
        raise InputError(f"{path} cannot be opened: {problem}.") from None


def to_rgb(image: Image.Image, size: Size) -> Rgb:
    """RGB pixels of an image at `size`: alpha is laid over white, 16 bits become 8."""
    if image.mode.startswith("I;16") or image.mode == "I":
        image = Image.fromarray((np.asarray(image).astype(np.uint32) >> 8).astype(np.uint8))
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        overlay = image.convert("RGBA")
        image = Image.new("RGBA", overlay.size, "white")
        image.alpha_composite(overlay)
    image = image.convert("RGB")
    if image.size != size:
        image = image.resize(size, Image.Resampling.LANCZOS)
    return np.asarray(image)
