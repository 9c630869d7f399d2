"""A video file as frames: upright, with square pixels, at the size that the agent sees."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple, cast

import numpy as np
from av.error import FFmpegError
from av.sidedata.sidedata import SideData, Type
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from spatial_agent.errors import InputError, UnreadableFrame
from spatial_agent.frames import Frames, Rgb, Size, fit_size
from spatial_agent.inputs.decoder import Decoder

KEPT = 32
"""Pictures of a video that are kept at their final size; 768 x 432 pixels take 1 MB each."""


class Turn(NamedTuple):
    """How a stored picture is turned to be shown: swap rows and columns first, then reverse either."""

    swap: bool
    reverse_rows: bool
    reverse_columns: bool


def open_video(path: Path, *, long_edge: int) -> Frames:
    """Every frame of a video file, decoded when asked for; numbers and times are those of the file.

    The file's packets are read once to learn the time of each frame, and its first frame is decoded. A phone's rotation
    mark and pixels that are not square are accounted for; nothing is enlarged or cropped. Raises InputError for a file
    that holds no video; `pixels` raises UnreadableFrame for a frame that is damaged or has another size than the first.
    """
    decoder = Decoder(path)
    try:
        first = decoder.frame(0)
    except UnreadableFrame:
        raise InputError(f"{path}: not even the first frame can be decoded. Copy the file again.") from None
    native, turn = (first.width, first.height), _turn(first)
    stored = fit_size(_square(first, decoder.stream), long_edge)
    size = stored[::-1] if turn.swap else stored
    timeline = decoder.timeline
    times = timeline.times()

    @lru_cache(maxsize=KEPT)
    def pixels(frame: int) -> Rgb:
        picture = decoder.frame(frame)
        if (picture.width, picture.height) != native:
            raise UnreadableFrame(
                f"{path}: frame {frame} has another size than frame 0, {picture.width} x {picture.height} pixels instead of "
                f"{native[0]} x {native[1]}. Cut the video where its size changes, and name the parts.",
                frame,
            )
        try:
            return _rgb(picture, stored, turn)
        except FFmpegError as problem:
            raise UnreadableFrame(
                f"{path}: the pixels of frame {frame} cannot be converted to RGB ({problem.strerror}). Convert the video: "
                f"ffmpeg -i {path.name} -pix_fmt yuv420p video.mp4",
                frame,
            ) from None

    return Frames(
        name=path.name,
        kind="video",
        indices=tuple(range(len(timeline))),
        sizes=(size,) * len(timeline),
        pixels=pixels,
        times=times,
        fps=_rate(times, decoder.stream.average_rate),
    )


def _square(frame: VideoFrame, stream: VideoStream) -> Size:
    """The stored size, made smaller one way where pixels are not square."""
    aspect = float(stream.sample_aspect_ratio or 1)
    return max(1, round(frame.width * min(aspect, 1.0))), max(1, round(frame.height / max(aspect, 1.0)))


def _turn(frame: VideoFrame) -> Turn:
    """From the display matrix (libavutil/display.h): x' = a x + c y, y' = b x + d y."""
    matrix = cast(Mapping[Type, SideData], frame.side_data).get(Type.DISPLAYMATRIX)
    if matrix is None:
        return Turn(swap=False, reverse_rows=False, reverse_columns=False)
    a, b, _, c, d, *_ = np.frombuffer(bytes(matrix), np.int32).tolist()
    if abs(a) + abs(d) >= abs(b) + abs(c):
        return Turn(swap=False, reverse_rows=d < 0, reverse_columns=a < 0)
    return Turn(swap=True, reverse_rows=b < 0, reverse_columns=c < 0)


def _rgb(frame: VideoFrame, size: Size, turn: Turn) -> Rgb:
    width, height = size
    stored = frame.to_ndarray(format="rgb24", width=width, height=height, interpolation="AREA")
    shown = stored.transpose(1, 0, 2) if turn.swap else stored
    pixels = np.ascontiguousarray(
        shown[:: -1 if turn.reverse_rows else 1, :: -1 if turn.reverse_columns else 1], np.uint8
    )
    pixels.flags.writeable = False
    return pixels


def _rate(times: tuple[float, ...], stated: Fraction | None) -> float | None:
    """Mean frames per second; the file's own figure where it agrees within a hundredth, as its stamps are rounded."""
    if len(times) < 2:
        return float(stated) if stated else None
    measured = (len(times) - 1) / (times[-1] - times[0])
    return float(stated) if stated and abs(stated / measured - 1) < 0.01 else measured
