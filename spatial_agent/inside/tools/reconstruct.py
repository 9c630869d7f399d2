"""Depth and cameras of frames, as one object in one world."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, SupportsFloat

import numpy as np
from numpy.typing import NDArray

from spatial_agent import wire
from spatial_agent.errors import FrameError, ToolError
from spatial_agent.frames import Intrinsics, Size, spread, unproject
from spatial_agent.frames import project as project_points
from spatial_agent.inside.host import Host
from spatial_agent.inside.images import FrameImage, InputImages, whole_frames
from spatial_agent.inside.masks import PerFrameMask
from spatial_agent.inside.notice import frames_text, notice
from spatial_agent.inside.per_frame import (
    PerFrameConfidence,
    PerFrameDepth,
    PerFrameExtrinsics,
    PerFrameIntrinsics,
    PerFramePointMap,
    frame_number,
)
from spatial_agent.inside.visual import VisualFeedback

CALL = "tools.Reconstruct"


class Reconstruction:
    """3D of some frames in one world; everything is looked up by absolute frame number f, never by list position.

    `.points[f]` is (H, W, 3) float32 world XYZ, NaN where unknown. `.depth[f]` is (H, W) float32 along the camera's z,
    0 where unknown. `.confidence[f]` is (H, W) float32 in [0, 1]. `.intrinsics[f]` is a dict fx, fy, cx, cy.
    `.extrinsics[f]` is (4, 4) camera-to-world, OpenCV axes: its columns are right, down, forward, position.

    World axes: +Y up, floor near Y = 0, the first camera looks to -Z. Lengths are metres if `.scale` is "measured" or
    "estimated", else units ("unknown"); `.origin` says from what, `.gravity` how up and floor were found.
    `.T_input_world` is the (4, 4) from this world to the input's own frame.
    """

    def __init__(
        self, host: Host, video: int, size: Size, result: wire.Geometry, arrays: Sequence[NDArray[Any]]
    ) -> None:
        self._host = host
        self.video = video
        """Number of the video, from 1."""
        self.size = size
        """(width, height) of each frame."""
        levels = arrays[result.confidence.descriptor] if result.confidence else None
        cameras = [Intrinsics(*numbers, *size) for numbers in result.intrinsics]
        poses = np.array(result.T_world_cam, dtype=np.float64).reshape(-1, 4, 4)
        self.depth = PerFrameDepth(result.frames, arrays[result.depth.descriptor], result.depth_scale, levels)
        """`depth[f]`: (H, W) float32 along the camera's z; 0 where unknown."""
        self.intrinsics = PerFrameIntrinsics(result.frames, cameras)
        """`intrinsics[f]`: dict fx, fy, cx, cy in pixels."""
        self.extrinsics = PerFrameExtrinsics(result.frames, poses)
        """`extrinsics[f]`: (4, 4) camera-to-world."""
        self.points = PerFramePointMap(self.depth, self.intrinsics, self.extrinsics)
        """`points[f]`: (H, W, 3) float32 world XYZ; NaN where depth is unknown."""
        self.scale: Literal["measured", "estimated", "unknown"] = result.scale
        """Where lengths come from; "unknown" means units, not metres."""
        self.origin = result.origin
        """Where depth, poses and scale come from, in words."""
        self.gravity = result.gravity
        """How the up direction and the floor were found, in words."""
        self.T_input_world: NDArray[np.float64] = np.array(result.T_input_world, dtype=np.float64).reshape(4, 4)
        """(4, 4) from this world to the input's own frame."""

    @property
    def frame_indices(self) -> list[int]:
        """Absolute frame numbers, in order."""
        return self.depth.frame_indices

    @property
    def num_frames(self) -> int:
        """Number of frames."""
        return self.depth.num_frames

    @property
    def confidence(self) -> PerFrameConfidence:
        """`confidence[f]`: (H, W) float32 in [0, 1]; 0 where depth is unknown."""
        return self.depth.confidence

    @property
    def camera_poses(self) -> PerFrameExtrinsics:
        """The same as `.extrinsics`: `camera_poses[f]` is (4, 4) camera-to-world."""
        return self.extrinsics

    @property
    def metric_scale(self) -> float:
        """Always 1.0: depth and points are in their final scale; see `.scale` for where it comes from."""
        return 1.0

    @property
    def gravity_direction(self) -> NDArray[np.float64]:
        """(3,) the up direction of the world, [0, 1, 0]; `.gravity` says how it was found."""
        return np.array([0.0, 1.0, 0.0])

    @property
    def unit(self) -> str:
        """Unit of lengths: "m", "m (estimated)" or "units"."""
        return {"measured": "m", "estimated": "m (estimated)", "unknown": "units"}[self.scale]

    def points_of(self, frame: int) -> NDArray[np.float32]:
        """(K, 3) float32 world points of all pixels of the frame with known depth."""
        points = self.points[frame].reshape(-1, 3)
        known: NDArray[np.float32] = points[np.isfinite(points).all(axis=1)]
        return known

    def pixel_to_3d(self, x: SupportsFloat, y: SupportsFloat, frame: int | None = None) -> NDArray[np.float64] | None:
        """(3,) world point seen at pixel (x, y) of a frame; None, with a printed line, where depth is unknown.

        `frame` may be left out when there is only one. A pixel outside the image is a ToolError.
        """
        number = self._one_frame(frame, "pixel_to_3d")
        u, v = float(x), float(y)
        width, height = self.size
        if not (-0.5 <= u <= width - 0.5 and -0.5 <= v <= height - 0.5):
            raise ToolError(
                f"pixel_to_3d got pixel ({u:g}, {v:g}) outside the {width}x{height} image; x is in 0..{width - 1}, "
                f"y in 0..{height - 1}; from 0-1000 type tools.Geometry.normalized_to_pixel(answer, {width}, {height})"
            )
        column, row = min(round(u), width - 1), min(round(v), height - 1)
        z = self.depth[number][max(row, 0), max(column, 0)].astype(np.float64)
        if z <= 0:
            notice(f"depth is unknown at pixel ({u:g}, {v:g}) of frame {number}; None is returned")
            return None
        point = unproject(np.array([u, v]), z, self.intrinsics.camera(number), self.extrinsics[number])
        return point.astype(np.float64)

    def project(self, points: Any, frame: int | None = None) -> NDArray[np.float64]:
        """(..., 2) pixels of world points (..., 3) in the frame, NaN for points behind the camera.

        Pixels outside the image are not cut off, and nothing is said about occlusion.
        """
        number = self._one_frame(frame, "project")
        world = np.asarray(points, dtype=np.float64)
        if world.shape[-1:] != (3,):
            raise ToolError(
                f"project got an array of shape {world.shape}; points are (3,) or (N, 3) world XYZ; "
                "type recon.project(point, frame)"
            )
        pixels, _ = project_points(world, self.intrinsics.camera(number), self.extrinsics[number])
        return pixels.astype(np.float64)

    def render_bev(
        self,
        masks: PerFrameMask | Sequence[PerFrameMask] | Mapping[str, PerFrameMask] | None = None,
        labels: Sequence[str] | None = None,
        prompts: Sequence[str] | None = None,
        conf_threshold: float = 0.1,
        ref_frame: int | None = None,
        ego_trajectory: bool = True,
    ) -> VisualFeedback:
        """Top view of cameras and objects (one PerFrameMask, a list or a dict {name: masks}); positions also in words.

        Axes are right and forward of the camera of `ref_frame` (absolute; default the first). Only frames that masks
        and reconstruction share are used, none in common is a FrameError. `prompts` are segmented here by text.
        """
        from spatial_agent.inside.tools.bev import render

        return render(self, masks, labels, prompts, conf_threshold, ref_frame, ego_trajectory)

    def _one_frame(self, frame: object, call: str) -> int:
        if frame is not None:
            return frame_number(frame, f"{call}(..., frame)")
        if self.num_frames == 1:
            return self.frame_indices[0]
        raise FrameError(
            f"{call} got no frame, but this reconstruction covers frames {frames_text(self.frame_indices)}; "
            f"type {call}(..., frame={self.frame_indices[0]})"
        )

    def __repr__(self) -> str:
        return (
            f"Reconstruction({self.num_frames} frames {frames_text(self.frame_indices)} of video {self.video}, "
            f"{self.size[0]}x{self.size[1]}; world +Y up, floor near Y=0, first camera looks to -Z; cameras OpenCV "
            f"camera-to-world; scale {self.scale} (unit: {self.unit}), {self.origin}; gravity: {self.gravity})"
        )


class Reconstruct:
    """Depth, cameras and world points of frames: `recon = tools.Reconstruct(InputImages[0:8])`.

    If the input brings measured depth and poses these are used, not estimated again. Frames are whole frames of one
    video and of one size; more than the limit are thinned out evenly, with a printed line.
    """

    def __init__(self, host: Host, limit: int, *, eyes: bool = True) -> None:
        self._host = host
        self._limit = limit
        self._eyes = eyes

    def Reconstruct(
        self, frames: InputImages | Sequence[FrameImage] | FrameImage, frame_indices: Sequence[int] | None = None
    ) -> Reconstruction:
        """Reconstruction of whole frames of one video (a list, InputImages or one FrameImage).

        `frame_indices` picks absolute frame numbers among them. A frame given twice is used once; more frames than
        the limit are thinned out evenly; both print a line. Crops and images of two videos are errors.
        """
        if not self._eyes:
            raise ToolError(
                f"{CALL} was called, but perception has nothing to go by in this session: there is no depth; "
                "type show(...) or vlm.ask_with_thinking(...) to look at the images instead"
            )
        chosen = self._picked(whole_frames(frames, CALL), frame_indices)
        video, size = one_video(chosen, CALL), one_size(chosen, CALL)
        numbers = tuple(dict.fromkeys(frame.frame_index for frame in chosen))
        if len(numbers) < len(chosen):
            notice(f"{CALL} got {len(chosen)} images of {len(numbers)} frames; each frame is used once")
        kept = spread(numbers, self._limit)
        if len(kept) < len(numbers):
            notice(
                f"{CALL} got {len(numbers)} frames and takes at most {self._limit}; "
                f"it uses these, evenly spaced: {', '.join(map(str, kept))}"
            )
        result, arrays = self._host.ask(wire.Reconstruct(video, kept))
        if not isinstance(result, wire.Geometry):
            raise ToolError(f"{CALL} asked for a reconstruction, got {type(result).__name__}")
        if result.depth.shape[1:] != size[::-1]:
            raise ToolError(
                f"{CALL} got depth of (N, H, W) {result.depth.shape} for frames of {size[0]}x{size[1]} pixels"
            )
        return Reconstruction(self._host, video, size, result, arrays)

    __call__ = Reconstruct

    def _picked(self, given: list[FrameImage], frame_indices: Sequence[int] | None) -> list[FrameImage]:
        if not given:
            raise ToolError(f"{CALL} got no frame; type {CALL}(InputImages[0:8])")
        if frame_indices is None:
            return given
        by_number = {frame.frame_index: frame for frame in given}
        wanted = [frame_number(number, "frame_indices") for number in np.atleast_1d(np.asarray(frame_indices))]
        missing = [number for number in wanted if number not in by_number]
        if missing:
            raise FrameError(
                f"{CALL} got frame_indices {frames_text(missing)}, which are not among the given frames "
                f"{frames_text(list(by_number))}; leave frame_indices out: frames know their own numbers"
            )
        return [by_number[number] for number in wanted]


def one_video(frames: Sequence[FrameImage], call: str) -> int:
    """The video that all frames belong to; FrameError names the videos otherwise."""
    videos = sorted({frame.video for frame in frames})
    if len(videos) > 1:
        raise FrameError(
            f"{call} got frames of videos {', '.join(map(str, videos))}, which share no world and no frame numbers; "
            f"call {call} once for each video"
        )
    return videos[0]


def one_size(frames: Sequence[FrameImage], call: str) -> Size:
    """The size that all frames have; ToolError names two that differ otherwise."""
    first = frames[0]
    other = next((frame for frame in frames if frame.size != first.size), None)
    if other is not None:
        raise ToolError(
            f"{call} got frame {first.frame_index} of {first.width}x{first.height} and frame {other.frame_index} of "
            f"{other.width}x{other.height} pixels; frames of one call have one size; call it for each size alone"
        )
    return first.size
