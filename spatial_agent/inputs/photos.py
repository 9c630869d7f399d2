"""Photos as one set of frames: image files, images in memory, the images of a folder."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image

from spatial_agent.errors import InputError
from spatial_agent.frames import Frames, Rgb, fit_size
from spatial_agent.inputs.pictures import check_photo, of_frame, opened, read_rgb, upright_rgb, upright_size

Photo = Path | Image.Image
IN_MEMORY = "An image in memory"
READ_AT_ONCE = 32
"""So many photos are decoded when a set is opened, to find a damaged file before a session starts."""
KEPT = 32
"""Photos that are kept at their final size."""


def open_photos(photos: Sequence[Photo], *, long_edge: int, name: str | None = None) -> Frames:
    """Photos as a set of frames, numbered from 0 in the order given.

    Each is upright (EXIF), in RGB of 8 bits, alpha over white, and at most `long_edge` on its longer side. Raises
    InputError for a file that is no single picture; in a set of more than 32 photos a damaged one is found when its
    pixels are asked for, as UnreadableFrame.
    """
    for photo in photos:
        _check(photo)
    sizes = tuple(fit_size(upright_size(photo), long_edge) for photo in photos)

    @lru_cache(maxsize=KEPT)
    def pixels(index: int) -> Rgb:
        photo = photos[index]
        with of_frame(index):
            if isinstance(photo, Path):
                return read_rgb(photo, sizes[index])
            return upright_rgb(photo, sizes[index], IN_MEMORY)

    if len(photos) <= READ_AT_ONCE:
        for index in range(len(photos)):
            pixels(index)
    return Frames(
        name=name or _names(photos), kind="images", indices=tuple(range(len(photos))), sizes=sizes, pixels=pixels
    )


def from_array(array: Rgb) -> Image.Image:
    """An array of (H, W, 3) uint8 RGB as an image; raises InputError for any other."""
    if array.dtype != np.uint8 or array.ndim != 3 or array.shape[2] != 3 or not array.size:
        raise InputError(f"An image array has shape {array.shape} and dtype {array.dtype}; give (H, W, 3) uint8 RGB.")
    return Image.fromarray(array)


def files_in(folder: Path, suffixes: Sequence[str]) -> list[Path]:
    """The files of some kinds right in a folder, in the order of `in_order`; hidden ones and all others are passed over."""
    try:
        return in_order(p for p in folder.iterdir() if p.suffix.lower() in suffixes and not p.name.startswith("."))
    except OSError as problem:
        raise InputError(f"The folder {folder} cannot be read: {problem.strerror}.") from None


def in_order(paths: Iterable[Path]) -> list[Path]:
    """Paths as a person sorts them: numbers inside a name by their value, IMG_2 before IMG_10."""
    return sorted(paths, key=lambda path: [(part.zfill(20), part) for part in re.split(r"(\d+)", str(path))])


def _check(photo: Photo) -> None:
    if isinstance(photo, Image.Image):
        check_photo(photo, IN_MEMORY)
        return
    with opened(photo) as image:
        check_photo(image, str(photo))


def _names(photos: Sequence[Photo]) -> str:
    names = ", ".join(p.name if isinstance(p, Path) else "an image" for p in photos[:3])
    return names + (f" and {len(photos) - 3} more" if len(photos) > 3 else "")
