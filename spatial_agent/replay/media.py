"""Frames to run a recorded session on: its key frames where they are at hand, else pictures that are made up."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np

from spatial_agent.errors import InputError
from spatial_agent.frames import Frames, Rgb, Size
from spatial_agent.inputs.media import LONG_EDGE
from spatial_agent.inputs.photos import files_in, open_photos
from spatial_agent.inputs.pictures import resized
from spatial_agent.replay.length import Used, used_by
from spatial_agent.replay.sessions import Recorded

SIZE: Size = (640, 480)
FPS = 30.0
UNKNOWN = {"video": 32, "images": 4}
"""Frames where the record does not say how many, and no cell names one."""
_VIDEO = re.compile(r"\bvideos?\b", re.IGNORECASE)
_KEPT = 64
"""Made-up pictures in memory."""


@dataclass(frozen=True)
class Assumed:
    """What a session's input is taken to be."""

    kind: Literal["images", "video"]
    frames: tuple[tuple[int, ...], ...]
    """For each video, the absolute numbers of its frames."""
    fps: float | None
    size: tuple[Size, ...]
    """Of all frames, or of one after the other."""
    refs: int
    recorded: bool
    """The record says how many frames there were; else it is one more than the largest that the session uses."""
    key_frames: int = 0
    """How many files were found to show."""


def assume(session: Recorded, key_frames: int = 0) -> Assumed:
    """The input of a session, by its record where that says, by what its cells use where it does not.

    Raises InputError for a video without frames.
    """
    media = session.media
    used = used_by((step.code or "" for step in session.steps), (step.feedback for step in session.steps))
    kind = media.kind or ("video" if used.tracks or _VIDEO.search(session.question) else "images")
    frames = _numbers(media.frames, used, kind, key_frames)
    if not all(frames):
        raise InputError(f"{session.name}: by its `media` one of its videos has no frames.")
    return Assumed(
        kind=kind,
        frames=frames,
        fps=(media.fps or FPS) if kind == "video" else None,
        size=tuple((width, height) for width, height in media.sizes) or (SIZE,),
        refs=used.references if media.refs is None else media.refs,
        recorded=media.frames is not None,
        key_frames=key_frames,
    )


def open_input(session: Recorded, folder: Path | None) -> tuple[Assumed, tuple[Frames, ...], Frames | None]:
    """What a session's input is taken to be, its videos, and its reference images. Raises InputError."""
    files = key_frame_files(session, folder)
    assumed = assume(session, len(files))
    shown = open_photos(files, long_edge=LONG_EDGE) if files else None
    if shown and not session.media.sizes:
        assumed = replace(assumed, size=shown.sizes if len(assumed.frames[0]) == len(shown) else shown.sizes[:1])
    videos = tuple(_frames(assumed, number, frames, shown) for number, frames in enumerate(assumed.frames, start=1))
    photos = replace(assumed, kind="images", fps=None)
    return assumed, videos, _frames(photos, 0, tuple(range(assumed.refs)), None) if assumed.refs else None


def key_frame_files(session: Recorded, folder: Path | None) -> list[Path]:
    """`FOLDER/dataset/id/*.jpg`, IMG_2 before IMG_10; none without a folder."""
    if folder is None:
        return []
    if "\0" in session.name:
        raise InputError(f"The session {session.name!r} has a null character in its name: no folder has.")
    place = folder / session.dataset / session.id
    if not place.resolve().is_relative_to(folder.resolve()):
        raise InputError(f"{session.name}: the folder of its key frames would lie outside of {folder}.")
    return files_in(place, (".jpg", ".jpeg")) if place.is_dir() else []


def _numbers(given: int | list[int] | None, used: Used, kind: str, key_frames: int) -> tuple[tuple[int, ...], ...]:
    if isinstance(given, list) and used.videos == 1:
        return (tuple(sorted(set(given))),)
    if given is None:
        everywhere = used.largest.get(1, UNKNOWN[kind] - 1)  # a frame that is named without its video may be any one's
        given = [max(used.largest.get(k, everywhere) + 1, key_frames) for k in range(1, used.videos + 1)]
    counts = given if isinstance(given, list) else [given] * used.videos
    return tuple(tuple(range(count)) for count in counts)


def _frames(assumed: Assumed, number: int, indices: tuple[int, ...], shown: Frames | None) -> Frames:
    places = {frame: place for place, frame in enumerate(indices)}
    sizes = tuple(assumed.size[place % len(assumed.size)] for place in places.values())
    nearest = np.linspace(0, len(shown) - 1, len(indices)).round().astype(int).tolist() if shown else []

    @lru_cache(maxsize=_KEPT)
    def pixels(frame: int) -> Rgb:
        place = places[frame]
        if shown is None:
            return picture(place, len(indices), sizes[place], number)
        return resized(shown.pixels(nearest[place]), sizes[place])

    return Frames(
        name=f"input {number}",
        kind=assumed.kind,
        indices=indices,
        sizes=sizes,
        pixels=pixels,
        times=tuple(frame / assumed.fps for frame in indices) if assumed.fps else None,
        fps=assumed.fps,
    )


def picture(frame: int, count: int, size: Size, seed: int) -> Rgb:
    """A coloured slope with a few patches that wander from frame to frame: no place, and no two frames the same."""
    width, height = size
    along = frame / max(1, count - 1)
    image = np.empty((height, width, 3), np.uint8)
    image[..., 0] = np.linspace(60, 180, width)[None]
    image[..., 1] = np.linspace(200, 90, height)[:, None]
    image[..., 2] = round(60 + 150 * along)
    random = np.random.default_rng(seed)
    for colour, (x, y), (dx, dy) in zip(
        random.integers(0, 256, (6, 3)),
        random.uniform(0.1, 0.8, (6, 2)),
        random.uniform(-0.2, 0.2, (6, 2)),
        strict=True,
    ):
        left, top = int((x + dx * along) % 0.9 * width), int((y + dy * along) % 0.9 * height)
        image[top : top + height // 8 + 1, left : left + width // 8 + 1] = colour
    return image
