"""Image files and images in memory as the RGB arrays that everything else works with."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from spatial_agent.errors import InputError, UnreadableFrame
from spatial_agent.frames import Rgb, Size

MAX_PIXELS = 250_000_000
"""A larger picture is no photo; decoded it would take more than 750 MB."""
Image.MAX_IMAGE_PIXELS = MAX_PIXELS
SUFFIXES = (
    *(".jpg", ".jpeg", ".jfif", ".png", ".webp", ".bmp", ".tif", ".tiff"),
    *(".avif", ".gif", ".jp2", ".j2k", ".ppm", ".pgm", ".pbm"),
)
HEIC_SUFFIXES = (".heic", ".heif")
"""Phones' photos, which Pillow cannot read."""
RAW_SUFFIXES = (".dng", ".cr2", ".cr3", ".nef", ".arw", ".orf", ".raf", ".rw2")
"""Cameras' raw files; many pose as TIFF, and what is read then is their thumbnail."""
FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "TIFF", "AVIF", "GIF", "JPEG2000", "PPM")
"""Pillow knows more, some of which start other programs."""
_ORIENTATION = 0x0112
_DAMAGE = (OSError, ValueError, SyntaxError, RuntimeError, TypeError, KeyError, IndexError, EOFError, struct.error)
"""What Pillow's readers raise over bytes that make no sense."""
_HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")


def upright_size(photo: Path | Image.Image) -> Size:
    """Width and height of an image as a person sees it; of a file only the header is read."""
    with opened(photo) if isinstance(photo, Path) else nullcontext(photo) as image:
        width, height = image.size
        turned = _orientation(image) in (5, 6, 7, 8)
    return (height, width) if turned else (width, height)


def check_unturned(path: Path) -> None:
    """Refuse an image that is marked as turned, where depth and poses go by its pixels. Raises InputError."""
    with opened(path) as image:
        mark = _orientation(image)
    if mark != 1:
        raise InputError(
            f"{path} is marked as turned (EXIF orientation {mark}), but poses and depth go by the pixels as they are "
            "stored. Remove the mark, for example with: exiftool -Orientation= FILE"
        )


def check_sixteen_bits(path: Path) -> None:
    """Refuse an image that is no single channel of 16-bit whole numbers. Raises InputError."""
    with opened(path) as image:
        if not image.mode.startswith("I;16"):
            raise InputError(
                f"{path} holds pixels of the kind {image.mode!r}; depth is expected as whole numbers of 16 bits. Save it as "
                "a greyscale PNG of 16 bits."
            )


def _orientation(image: Image.Image) -> int:
    """EXIF orientation, 1 for upright; a mark that cannot be read is none."""
    if image.format == "PNG" and "exif" not in image.info:
        return 1  # asked for it, Pillow would decode the whole picture to look behind it
    try:
        mark = image.getexif().get(_ORIENTATION, 1)
    except _DAMAGE:
        return 1
    return mark if mark in range(1, 9) else 1


def read_rgb(path: Path, size: Size) -> Rgb:
    """The pixels of an image file, upright, without alpha, resized to `size`. Raises InputError, naming the file."""
    with opened(path) as image:
        with _undamaged(path):
            stored = size if _orientation(image) <= 4 else size[::-1]
            image.draft(image.mode, (2 * stored[0], 2 * stored[1]))  # a JPEG may be decoded at half its size or less
        return upright_rgb(image, size, path)


def upright_rgb(image: Image.Image, size: Size, name: Path | str) -> Rgb:
    """The pixels of an image as `read_rgb` gives them; `name` is how the user knows it. Raises InputError."""
    with _undamaged(name):
        return to_rgb(image if _orientation(image) == 1 else ImageOps.exif_transpose(image), size)


def read_plane(path: Path) -> NDArray[Any]:
    """The single channel of a PNG as it is stored: 8 or 16 bits, (H, W)."""
    with opened(path) as image, _undamaged(path):
        plane = np.asarray(image)
    if plane.ndim != 2:
        raise InputError(f"{path} has {plane.shape[-1]} channels; a depth or instance image has one.")
    return plane


@contextmanager
def _undamaged(name: Path | str) -> Iterator[None]:
    """Say which image it was whose bytes make no sense."""
    try:
        yield
    except _DAMAGE as problem:
        raise InputError(f"{name} is damaged or cut short: {problem}. Copy the file again.") from None


@contextmanager
def of_frame(frame: int) -> Iterator[None]:
    """Say which frame it was that could not be read."""
    try:
        yield
    except InputError as problem:
        raise UnreadableFrame(str(problem), frame) from None


def opened(path: Path) -> Image.Image:
    """An image file, its header read. Raises InputError for what is missing, no image, of no use, or absurdly large."""
    if path.suffix.lower() in RAW_SUFFIXES:
        raise InputError(f"{path} is a camera's raw file. Save it as a JPEG in the program that develops it.")
    try:
        image = Image.open(path, formats=FORMATS)
    except FileNotFoundError:
        raise InputError(f"There is no file {path}.") from None
    except UnidentifiedImageError:
        raise InputError(f"{path} is not an image that can be read ({', '.join(SUFFIXES)}).{_heic(path)}") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise InputError(_too_large(path)) from None
    except _DAMAGE as problem:
        raise InputError(f"{path} cannot be opened: {problem}.") from None
    if image.width * image.height > MAX_PIXELS:
        image.close()
        raise InputError(_too_large(path))
    return image


def check_photo(image: Image.Image, name: str) -> None:
    """Refuse what is no single picture in colours or greys; `name` is how the user knows it. Raises InputError."""
    try:
        pictures = getattr(image, "n_frames", 1)
    except _DAMAGE as problem:
        raise InputError(f"{name} is damaged: {problem}. Copy the file again.") from None
    if pictures > 1 and image.format != "MPO":  # a phone's JPEG with a gain map or a second eye behind it
        raise InputError(
            f"{name} holds {pictures} pictures. Save them as image files of their own, or an animation as a video: "
            "ffmpeg -i FILE video.mp4"
        )
    if image.mode not in _COLOURS and not image.mode.startswith("I;16"):
        raise InputError(
            f"{name} holds pixels of the kind {image.mode!r}, which are no colours or greys of 8 or 16 bits. "
            "Save it as a PNG or JPEG in RGB."
        )


_COLOURS = ("1", "L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBa", "RGBX", "CMYK", "YCbCr", "HSV", "I")


def _heic(path: Path) -> str:
    with path.open("rb") as file:
        head = file.read(12)
    if head[4:8] != b"ftyp" or head[8:12] not in _HEIC_BRANDS:
        return ""
    return (
        f" It is a HEIC photo: convert it with `heif-convert {path.name} {path.stem}.jpg`, or let the phone save JPEG "
        "(iPhone: Settings, Camera, Formats, Most Compatible)."
    )


def _too_large(path: Path) -> str:
    return f"{path} has more than {MAX_PIXELS // 10**6} million pixels. Save it smaller; 4000 pixels a side are plenty."


def to_rgb(image: Image.Image, size: Size) -> Rgb:
    """RGB pixels of an image at `size`: alpha is laid over white, 16 bits become 8."""
    if image.mode.startswith("I"):
        deep = np.asarray(image)
        if int(deep.max()) > 0xFFFF or int(deep.min()) < 0:
            raise InputError(
                "An image with numbers of more than 16 bits is no photo. Save it as a PNG of 8 or 16 bits."
            )
        image = Image.fromarray((deep.astype(np.uint32) >> 8).astype(np.uint8))
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        overlay = image.convert("RGBA")
        image = Image.new("RGBA", overlay.size, "white")
        image.alpha_composite(overlay)
    image = image.convert("RGB")
    return np.asarray(image if image.size == size else image.resize(size, Image.Resampling.LANCZOS))


def resized(pixels: Rgb, size: Size) -> Rgb:
    """RGB pixels at another size."""
    return to_rgb(Image.fromarray(pixels), size)
