"""The call that makes a reconstruction of whatever frames a cell passes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from spatial_agent import wire
from spatial_agent.errors import FrameError, ToolError
from spatial_agent.frames import spread
from spatial_agent.inside.host import Host
from spatial_agent.inside.images import FrameImage, InputImages, frames_in
from spatial_agent.inside.notice import frames_text, notice
from spatial_agent.inside.per_frame import frame_number
from spatial_agent.inside.tools.reconstruction import Reconstruction

__all__ = ["Reconstruct", "Reconstruction"]

CALL = "tools.Reconstruct"


class Reconstruct:
    """Depth, cameras and world points of frames: `recon = tools.Reconstruct(InputImages[0:8])`.

    If the input brings measured depth and poses these are used, not estimated again. Frames are of one video, of any
    sizes; more than the limit are thinned out evenly, with a printed line.
    """

    def __init__(self, host: Host, limit: int, *, inputs: Sequence[InputImages] = (), eyes: bool = True) -> None:
        """`inputs` are what frame numbers are looked up in."""
        self._host = host
        self._limit = limit
        self._inputs = tuple(inputs)
        self._eyes = eyes

    def Reconstruct(self, frames: Any, frame_indices: Any = None) -> Reconstruction:
        """Reconstruction of frames of one video: InputImages, a list, one FrameImage, or absolute frame numbers.

        `frame_indices` picks absolute frame numbers among them. A frame given twice is used once, of a crop the whole
        frame is used, more frames than the limit are thinned out evenly; each prints a line.

        Example: tools.Reconstruct(InputImages[0:4])
        """
        if not self._eyes:
            raise ToolError(
                f"{CALL} was called, but perception has nothing to go by in this session: there is no depth",
                "a look at the images instead",
                "show(InputImages[0]) or vlm.ask_with_thinking(InputImages[0], question)",
            )
        chosen = _whole(_picked(frames_in(frames, CALL, self._inputs), frame_indices))
        video = one_video(list(chosen.values()), CALL)
        kept = spread(tuple(chosen), self._limit)
        if len(kept) < len(chosen):
            notice(
                f"{CALL} got {len(chosen)} frames and takes at most {self._limit}; "
                f"it uses these, evenly spaced: {', '.join(map(str, kept))}"
            )
        result, arrays = self._host.ask(wire.Reconstruct(video, kept))
        if not isinstance(result, wire.Geometry):
            raise ToolError(f"{CALL} asked for a reconstruction, got {type(result).__name__}")
        return Reconstruction(self._host, result, arrays, {frame: chosen[frame] for frame in result.frames}, video)

    __call__ = Reconstruct


def _picked(given: list[FrameImage], frame_indices: Any) -> list[FrameImage]:
    """Those of the images that `frame_indices` names, in its order; all of them without it."""
    if not given:
        raise ToolError(f"{CALL} got no frame", "one or more frames of one video", f"{CALL}(InputImages[0:8])")
    if frame_indices is None:
        return given
    by_number = {frame.frame_index: frame for frame in given}
    numbers = frame_indices if np.iterable(frame_indices) else [frame_indices]
    wanted = [frame_number(number, "frame_indices") for number in numbers]
    if not wanted:
        raise ToolError(f"{CALL} got no frame: frame_indices is empty", "one or more", f"{CALL}(InputImages)")
    missing = [number for number in wanted if number not in by_number]
    if missing:
        raise FrameError(
            f"{CALL} got frame_indices {frames_text(missing)}, which are not among the frames given with them",
            f"some of {frames_text(list(by_number))}; left out, all of them are used: frames know their numbers",
            f"{CALL}(InputImages)",
        )
    return [by_number[number] for number in wanted]


def _whole(given: Sequence[FrameImage]) -> dict[int, FrameImage]:
    """One image of each frame by its number; says where images are parts, copies or given twice."""
    one_video(given, CALL)
    parts = [image for image in given if not image.whole]
    if parts:
        more = " and others that are no whole frames" if len(parts) > 1 else ""
        notice(
            f"{CALL} got {parts[0]!r}{more}: the whole frame is used. "
            "Pixels of a crop become those of its frame by crop.to_frame(x, y)"
        )
    by_number = {image.frame_index: image for image in reversed(given)}
    chosen = {number: by_number[number] for number in dict.fromkeys(image.frame_index for image in given)}
    if len(chosen) < len(given):
        notice(f"{CALL} got {len(given)} images of {len(chosen)} frames; each frame is used once")
    return chosen


def one_video(frames: Sequence[FrameImage], call: str) -> int:
    """The video that all frames belong to; FrameError names the videos otherwise."""
    videos = sorted({frame.video for frame in frames})
    if len(videos) > 1:
        raise FrameError(
            f"{call} got frames of videos {', '.join(map(str, videos))}, which share no world and no frame numbers",
            "frames of one video at a time",
            f"{call}(InputImages_{videos[0]})",
        )
    return videos[0]
