"""From what a person has at hand to `Frames`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from spatial_agent.config.files import nearest
from spatial_agent.errors import InputError
from spatial_agent.frames import Frames, Rgb, fit_size
from spatial_agent.inputs.capture import TRANSFORMS, open_capture
from spatial_agent.inputs.pictures import read_rgb, to_rgb, upright_size

CAPTURES = Path(__file__).parent.parent / "captures"
"""The captures that come with the package."""
LONG_EDGE = 768
Medium = str | Path | Image.Image | Rgb
"""A path, the name of a shipped capture, or an image in memory."""


def shipped_captures() -> dict[str, Path]:
    """The captures that come with the package, by name."""
    return {file.parent.name: file.parent for file in sorted(CAPTURES.glob(f"*/{TRANSFORMS}"))}


def open_media(media: Medium | Sequence[Medium], *, long_edge: int = LONG_EDGE) -> tuple[Frames, ...]:
    """The frames of photos and captures: each capture for itself, all photos together as one set.

    Frames have a long edge of at most `long_edge` pixels; they are never enlarged or cropped. Raises InputError.
    """
    given = [media] if isinstance(media, str | Path | Image.Image | np.ndarray) else list(media)
    if not given:
        raise InputError("No media were given. Name an image file or a capture folder, for example living_room.")
    captures, photos = list[Frames](), list[Path | Image.Image]()
    for medium in given:
        if isinstance(medium, np.ndarray):
            photos.append(_from_array(medium))
        elif isinstance(medium, Image.Image):
            photos.append(medium)
        elif (path := _existing(medium)).is_dir():
            captures.append(_open_folder(path, long_edge))
        else:
            photos.append(path)
    return tuple(captures + ([_photo_set(photos, long_edge)] if photos else []))


def _existing(medium: str | Path) -> Path:
    path = Path(medium).expanduser()
    try:
        if path.is_dir() or path.is_file():
            return path
        odd = path.exists()
    except (OSError, ValueError):  # a name that no file can have
        raise InputError(f"{str(medium)[:200]!r} is no name of a file.") from None
    if odd:
        raise InputError(f"{medium} is neither a file nor a folder.")
    shipped = shipped_captures()
    if str(medium) in shipped:
        return shipped[str(medium)]
    raise InputError(
        f"There is no file or folder {medium}, and no shipped capture of that name.{nearest(path.name, shipped)}"
    )


def _open_folder(folder: Path, long_edge: int) -> Frames:
    if (folder / TRANSFORMS).is_file():
        return open_capture(folder, long_edge=long_edge)
    raise InputError(
        f"The folder {folder} has no {TRANSFORMS}. Name a capture folder, or the image files one by one ({folder}/*.jpg)."
    )


def _from_array(array: Rgb) -> Image.Image:
    if array.dtype != np.uint8 or array.ndim != 3 or array.shape[2] != 3:
        raise InputError(f"An image array has shape {array.shape} and dtype {array.dtype}; give (H, W, 3) uint8 RGB.")
    return Image.fromarray(array)


def _photo_set(photos: Sequence[Path | Image.Image], long_edge: int) -> Frames:
    sizes = tuple(fit_size(upright_size(p) if isinstance(p, Path) else p.size, long_edge) for p in photos)

    def pixels(index: int) -> Rgb:
        photo = photos[index]
        return read_rgb(photo, sizes[index]) if isinstance(photo, Path) else to_rgb(photo, sizes[index])

    for index in range(len(photos)):
        pixels(index)  # a damaged file is found now, not in the middle of a session
    names = ", ".join(p.name if isinstance(p, Path) else "an image" for p in photos[:3])
    more = f" and {len(photos) - 3} more" if len(photos) > 3 else ""
    return Frames(name=names + more, kind="images", indices=tuple(range(len(photos))), sizes=sizes, pixels=pixels)
