"""Seconds and frame numbers of videos whose times are known; nothing is guessed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, SupportsFloat, SupportsIndex

import numpy as np

from spatial_agent import wire
from spatial_agent.errors import FrameError, ToolError
from spatial_agent.inside.notice import notice
from spatial_agent.inside.tools.arguments import numbers


class Time:
    """Conversion between absolute frame numbers and seconds of a video.

    Photos and videos of unknown frame rate have no times: every call then raises ToolError.
    """

    def __init__(self, videos: Sequence[wire.Video]) -> None:
        self._videos = tuple(videos)

    def frame_to_seconds(self, frame: SupportsIndex, video_index: int | None = None) -> float:
        """Seconds from the start of the video at an absolute frame number; between known frames it is interpolated.

        Of a FrameImage the video is known too.
        """
        own = getattr(frame, "video", None)
        number = _frame(frame, "frame_to_seconds")
        chosen = own if video_index is None else video_index
        if chosen is None and len(self._videos) > 1:
            holding = [v for v in self._videos if (v.times or v.fps) and v.frames[0] <= number <= v.frames[-1]]
            agreed = {round(self._at(video, number), 6) for video in holding}
            if len(agreed) == 1:
                return agreed.pop()  # whichever is meant
        return self._at(self._video(chosen, "frame_to_seconds"), number)

    def _at(self, video: wire.Video, frame: int) -> float:
        if video.frames[0] <= frame <= video.frames[-1]:
            return float(np.interp(frame, video.frames, self._times(video)))
        raise FrameError(
            f"frame_to_seconds got frame {frame}",
            f"a frame from {video.frames[0]} to {video.frames[-1]}",
            f"tools.Time.frame_to_seconds({min(max(frame, video.frames[0]), video.frames[-1])})",
        )

    def seconds_to_frame(self, seconds: SupportsFloat, video_index: int | None = None) -> int:
        """Absolute number of the frame nearest to a time; it is always one of `InputImages.frame_indices`.

        A time outside the video gives its first or last frame, with a printed line.
        """
        video = self._video(video_index, "seconds_to_frame")
        times = self._times(video)
        wanted = _seconds(seconds)
        step = 1.0 / video.fps if video.fps else 0.0
        if not times[0] - step <= wanted <= times[-1] + step:
            notice(f"{wanted:g} s is outside the video, {times[0]:g}..{times[-1]:g} s; the nearest frame is returned")
        return int(video.frames[int(np.argmin(np.abs(times - wanted)))])

    def get_frame_at_time(self, seconds: SupportsFloat, video_index: int | None = None) -> int:
        """The same as seconds_to_frame."""
        return self.seconds_to_frame(seconds, video_index)

    def frame_range_to_seconds(
        self, start_frame: SupportsIndex, end_frame: SupportsIndex, video_index: int | None = None
    ) -> float:
        """Seconds that pass from one absolute frame number to another; negative if the second comes first."""
        return self.frame_to_seconds(end_frame, video_index) - self.frame_to_seconds(start_frame, video_index)

    @staticmethod
    def _times(video: wire.Video) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        if video.times is not None:
            return np.asarray(video.times, dtype=np.float64)
        assert video.fps is not None, "_video refuses a video without times and without fps"
        return np.asarray(video.frames, dtype=np.float64) / video.fps

    def _video(self, number: int | None, call: str) -> wire.Video:
        count = len(self._videos)
        if number is None and count != 1:
            raise ToolError(
                f"{call} got no video_index, and there are {count} videos",
                f"video_index, the number of the video, 1 to {count}",
                f"tools.Time.{call}(..., video_index=1)",
            )
        index = 1 if number is None else _frame(number, call, "video_index")
        if not 1 <= index <= count:
            raise ToolError(
                f"{call} got video_index={index}",
                f"the number of a video, 1 to {count}",
                f"tools.Time.{call}(..., video_index=1)",
            )
        video = self._videos[index - 1]
        if video.times is None and not video.fps:
            raise ToolError(
                f"{call}: the input is {len(video.frames)} images without times, and no frame rate is known",
                "a video: of these images only the order is known",
                "InputImages.frame_indices",
            )
        return video


def _frame(value: Any, call: str, name: str = "frame") -> int:
    """A whole number from an int, a numpy scalar, a whole float or an image that knows its frame."""
    array = numbers(getattr(value, "frame_index", value))
    if array is not None and array.size == 1 and float(array.item()).is_integer():
        return int(array.item())
    raise ToolError(f"{call} got {name}={value!r}", "a whole number", f"tools.Time.{call}(InputImages[0].frame_index)")


def _seconds(value: Any) -> float:
    array = numbers(value)
    if array is not None and array.size == 1 and np.isfinite(array).all():
        return float(array.item())
    raise ToolError(f"seconds_to_frame got seconds={value!r}", "a finite number", "tools.Time.seconds_to_frame(2.5)")
