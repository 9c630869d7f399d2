"""`Metadata`: numbers about the input. No paths, no names."""

from __future__ import annotations

from typing import Any

from spatial_agent import wire
from spatial_agent.inside.framed import FrameList


class Metadata:
    """What is known about the input: `is_video`, `fps`, `duration_sec`, `total_frames`, `num_images`, `frame_indices`.

    With several videos the single numbers are None (or sums for counts) and `videos[k-1]` describes `InputImages_k`.
    """

    def __init__(self, videos: tuple[wire.Video, ...]) -> None:
        self.videos: list[dict[str, Any]] = [_describe(video) for video in videos]
        only = self.videos[0] if len(videos) == 1 else None
        self.num_videos = len(videos)
        self.is_video = any(video.is_video for video in videos)
        self.fps: float | None = only["fps"] if only else None
        self.duration_sec: float | None = only["duration_sec"] if only else None
        self.total_frames: int = sum(video["num_frames"] for video in self.videos)
        self.num_images = self.total_frames
        self.frame_indices: list[int] | None = only["frame_indices"] if only else None

    def to_dict(self) -> dict[str, Any]:
        """All of it as a plain dict."""
        return dict(vars(self))

    def __repr__(self) -> str:
        """What a model reads when it prints Metadata."""
        shown = {k: v for k, v in vars(self).items() if k not in ("frame_indices", "videos")}
        return f"Metadata({', '.join(f'{k}={v!r}' for k, v in shown.items())})"


def _describe(video: wire.Video) -> dict[str, Any]:
    return {
        "is_video": video.is_video,
        "num_frames": len(video.frames),
        "frame_indices": FrameList(video.frames),
        "fps": video.fps,
        "duration_sec": video.times[-1] - video.times[0] if video.times else None,
        "size": video.sizes[0] if len(set(video.sizes)) == 1 else None,
    }
