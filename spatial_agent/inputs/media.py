"""From what a person has at hand to `Frames`: the one door for photos, videos, captures and patterns of them."""

from __future__ import annotations

import glob
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from spatial_agent.config.files import nearest
from spatial_agent.errors import InputError
from spatial_agent.frames import Frames, Rgb
from spatial_agent.inputs.capture import TRANSFORMS, open_capture
from spatial_agent.inputs.photos import Photo, files_in, from_array, in_order, open_photos
from spatial_agent.inputs.pictures import FORMATS, HEIC_SUFFIXES, RAW_SUFFIXES, SUFFIXES
from spatial_agent.inputs.tum import is_tum, open_tum

CAPTURES = Path(__file__).parent.parent / "captures"
"""The captures that come with the package."""
LONG_EDGE = 768
Medium = str | Path | Image.Image | Rgb
"""A path, a pattern of paths, the name of a shipped capture, or an image in memory."""
MOTION_JPEG = (".mjpeg", ".mjpg")
"""Photos one behind the other; the content of such a file looks like a photo."""
VIDEO_SUFFIXES = (
    *(".mp4", ".mov", ".m4v", ".mkv", ".webm", ".avi", ".ts", ".mts", ".mpg", ".3gp", ".wmv", ".flv"),
    *MOTION_JPEG,
)
"""To find videos in a folder of photos; what else a file is, its content says."""


def shipped_captures() -> dict[str, Path]:
    """The captures that come with the package, by name."""
    return {file.parent.name: file.parent for file in sorted(CAPTURES.glob(f"*/{TRANSFORMS}"))}


def open_media(media: Medium | Sequence[Medium], *, long_edge: int = LONG_EDGE) -> tuple[Frames, ...]:
    """The frames of everything given: `InputImages`, or `InputImages_1..N` where there are several.

    In the order given: each video file, each capture folder (`transforms.json`, or TUM's `rgb.txt` and `depth.txt`) and
    each folder of images, which is read whole or refused, is one; then, last, all single photos together as one set. A pattern such as `shots/*.jpg`
    stands for the files and folders that match it, IMG_2 before IMG_10. Frames have a long edge of at most `long_edge`
    pixels; they are never enlarged or cropped. Raises InputError.
    """
    given = [media] if isinstance(media, str | Path | Image.Image | np.ndarray) else list(media)
    if not given:
        raise InputError(
            "No media were given. Name an image, a video, a folder, or a shipped capture, for example living_room."
        )
    sets, photos = list[Frames](), list[Photo]()
    for medium in given:
        if isinstance(medium, np.ndarray):
            photos.append(from_array(medium))
        elif isinstance(medium, Image.Image):
            photos.append(medium)
        else:
            for path in _found(medium):
                _check_filled(path)
                if path.is_dir():
                    sets.append(_open_folder(path, long_edge))
                elif path.name == TRANSFORMS:
                    sets.append(open_capture(path.parent, long_edge=long_edge))
                elif _is_photo(path):
                    photos.append(path)
                else:
                    sets.append(_open_video(path, long_edge))
    return tuple(sets + ([open_photos(photos, long_edge=long_edge)] if photos else []))


def _found(medium: str | Path) -> list[Path]:
    """The files and folders that a word stands for, at least one."""
    if not str(medium).strip():
        raise InputError("One of the media has no name: an empty text was given. Is a variable of the shell unset?")
    path = Path(medium).expanduser()
    try:
        if path.is_dir() or path.is_file():
            return [path]
        odd = path.exists()
    except PermissionError as problem:
        raise InputError(f"{medium} cannot be read: {problem.strerror}. Look at the rights of its folders.") from None
    except (OSError, ValueError):  # a name that no file can have
        raise InputError(f"{str(medium)[:200]!r} is no name of a file.") from None
    if odd:
        raise InputError(f"{medium} is neither a file nor a folder.")
    shipped = shipped_captures()
    if str(medium) in shipped:
        return [shipped[str(medium)]]
    if glob.has_magic(str(medium)):
        return _matching(path)
    raise InputError(
        f"There is no file or folder {medium}, and no shipped capture of that name.{nearest(path.name, shipped)}"
    )


def _matching(pattern: Path) -> list[Path]:
    names = glob.glob(str(pattern), recursive=True)  # noqa: PTH207 - as a shell does, without hidden files
    matches = in_order(Path(name) for name in names)
    if matches:
        return matches
    folder = pattern.parent
    there = "" if glob.has_magic(str(folder)) or folder.is_dir() else f" There is no folder {folder}."
    raise InputError(f"No file matches the pattern {pattern}.{there} Try: ls {pattern}")


def _check_filled(path: Path) -> None:
    if path.is_file() and not path.stat().st_size:
        raise InputError(f"{path} is empty. Copy the file again.")


def _is_photo(path: Path) -> bool:
    """Say whether a file is for Pillow to read, or to refuse with words of its own. An animation in GIF is a video."""
    suffix = path.suffix.lower()
    if suffix in MOTION_JPEG:
        return False
    if suffix in (*SUFFIXES, *RAW_SUFFIXES, *HEIC_SUFFIXES) and suffix != ".gif":
        return True
    try:
        with Image.open(path, formats=FORMATS) as image:
            return image.format != "GIF" or not getattr(image, "is_animated", False)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, RuntimeError, TypeError):
        return False
    except Image.DecompressionBombError:
        return True


def _open_video(path: Path, long_edge: int) -> Frames:
    from spatial_agent.inputs.video import open_video  # FFmpeg takes a tenth of a second to load

    return open_video(path, long_edge=long_edge)


def _open_folder(folder: Path, long_edge: int) -> Frames:
    images = files_in(folder, SUFFIXES)
    if (folder / TRANSFORMS).is_file():
        return open_capture(folder, long_edge=long_edge, beside=images)
    if is_tum(folder):
        return open_tum(folder, long_edge=long_edge)
    videos = files_in(folder, VIDEO_SUFFIXES)
    unread = files_in(folder, (*HEIC_SUFFIXES, *RAW_SUFFIXES))
    others = videos + unread
    if images and others:
        patterns = " ".join(f"'{folder}/*{suffix}'" for suffix in dict.fromkeys(path.suffix for path in images))
        raise InputError(
            f"The folder {folder} holds {others[0].name} beside {len(images)} image{'s' * (len(images) > 1)}, and would be "
            f"read without it. Name what is meant; the images alone are: {patterns}"
        )
    if videos:
        raise InputError(
            f"The folder {folder} holds videos ({', '.join(path.name for path in videos[:3])}), no images. Name them one "
            "by one."
        )
    if images or unread:
        return open_photos(images or unread, long_edge=long_edge, name=folder.name)
    raise InputError(
        f"The folder {folder} holds no images ({', '.join(SUFFIXES)}), no {TRANSFORMS} and no rgb.txt. Name an image, a "
        "video, a folder of images or a capture folder."
    )
