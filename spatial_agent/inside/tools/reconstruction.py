"""Depth and cameras of frames, as one object in one world."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, SupportsFloat

import numpy as np
from numpy.typing import NDArray

from spatial_agent import wire
from spatial_agent.errors import FrameError, ToolError
from spatial_agent.frames import Intrinsics, Size
from spatial_agent.inside.host import Host
from spatial_agent.inside.images import FrameImage
from spatial_agent.inside.maps import (
    PerFrameConfidence,
    PerFrameDepth,
    PerFrameExtrinsics,
    PerFrameIntrinsics,
    PerFramePointMap,
    PerFrameSky,
    PerFrameUnknown,
    Stack,
)
from spatial_agent.inside.notice import frames_text
from spatial_agent.inside.per_frame import PerFrame
from spatial_agent.inside.tools.frame_view import Doubles, FrameView
from spatial_agent.inside.tools.motion import CameraMotion, camera_motion
from spatial_agent.inside.visual import VisualFeedback

Provenance = Literal["measured", "estimated", "unknown"]


class MetricScale(float):
    """1.0: depth and points are in their final scale. `.provenance` says from what: measured, estimated or unknown."""

    provenance: Provenance

    @staticmethod
    def of(provenance: Provenance) -> MetricScale:
        """The scale of a reconstruction whose lengths come from there."""
        scale = MetricScale(1.0)
        scale.provenance = provenance
        return scale

    def __repr__(self) -> str:
        return f"{float(self)} ({self.provenance}; already applied)"


class Reconstruction(PerFrame[FrameView]):
    """3D of some frames in one world. `recon[f]` is all of frame f; every lookup is by absolute frame number.

    `.points[f]` is (H, W, 3) float32 world XYZ, NaN where unknown. `.depth[f]` is (H, W) float32 along the camera's z,
    0 where unknown. `.confidence[f]` is (H, W) float32 in [0, 1]. `.intrinsics[f]` is a dict fx, fy, cx, cy.
    `.extrinsics[f]` is (4, 4) camera-to-world, OpenCV axes: its columns are right, down, forward, position.

    World axes: +Y up, the floor at Y = 0 if `.gravity.floor`, the input's first camera looks to -Z. Lengths are metres if
    `.scale` is "measured" or "estimated", else units ("unknown"); `.origin` says from what, `.gravity` how up and floor
    were found. `.T_input_world` is the (4, 4) from this world to the input's own frame.
    """

    _what = "recon"

    def __init__(
        self,
        host: Host,
        result: wire.Geometry,
        arrays: Sequence[NDArray[Any]],
        images: Mapping[int, FrameImage],
        video: int,
    ) -> None:
        """`images` are those of the frames, whole."""

        def stack(array: wire.Array | None) -> Stack | None:
            return None if array is None else Stack(arrays[array.descriptor], result.sizes)

        super().__init__(result.frames, video)
        self._host = host
        self._images = images
        cameras = [Intrinsics(*k, *size) for k, size in zip(result.intrinsics, result.sizes, strict=True)]
        poses = np.array(result.T_world_cam, dtype=np.float64).reshape(-1, 4, 4)
        self.depth = PerFrameDepth(
            result.frames,
            result.sizes,
            Stack(arrays[result.depth.descriptor], result.sizes),
            result.depth_scale,
            levels=stack(result.confidence),
            sky=stack(result.sky),
            video=video,
        )
        """`depth[f]`: (H, W) float32 along the camera's z; 0 where unknown."""
        self.intrinsics = PerFrameIntrinsics(result.frames, cameras, video)
        """`intrinsics[f]`: dict fx, fy, cx, cy in pixels."""
        self.extrinsics = PerFrameExtrinsics(result.frames, poses, video)
        """`extrinsics[f]`: (4, 4) camera-to-world."""
        self.points = PerFramePointMap(self.depth, self.intrinsics, self.extrinsics)
        """`points[f]`: (H, W, 3) float32 world XYZ; NaN where depth is unknown."""
        self.scale: Provenance = result.scale
        """Where lengths come from; "unknown" means units, not metres."""
        self.origin = result.origin
        """Where depth, poses and scale come from, in words."""
        self.gravity = result.gravity
        """How the up direction and the floor were found: `.method`, `.quality` from 0 to 1, `.floor`, `.words`."""
        self.T_input_world: Doubles = np.array(result.T_input_world, dtype=np.float64).reshape(4, 4)
        """(4, 4) from this world to the input's own frame."""

    @property
    def sizes(self) -> dict[int, Size]:
        """(width, height) of each frame, by absolute frame number."""
        return self.depth.sizes

    @property
    def confidence(self) -> PerFrameConfidence:
        """`confidence[f]`: (H, W) float32 in [0, 1]; 0 where depth is unknown."""
        return self.depth._confidence

    @property
    def unknown(self) -> PerFrameUnknown:
        """`unknown[f]`: (H, W) bool, True where depth is unknown; the sky is part of it."""
        return PerFrameUnknown(self.depth)

    @property
    def sky(self) -> PerFrameSky:
        """`sky[f]`: (H, W) bool, True where the sky is seen."""
        return PerFrameSky(self.depth)

    @property
    def pose(self) -> PerFrameExtrinsics:
        """The same as `.extrinsics`: `pose[f]` is (4, 4) camera-to-world."""
        return self.extrinsics

    @property
    def camera_poses(self) -> PerFrameExtrinsics:
        """The same as `.extrinsics`: `camera_poses[f]` is (4, 4) camera-to-world."""
        return self.extrinsics

    @property
    def metric_scale(self) -> MetricScale:
        """Always 1.0: depth and points are in their final scale; `.metric_scale.provenance` says from what."""
        return MetricScale.of(self.scale)

    @property
    def gravity_direction(self) -> Doubles:
        """(3,) the up direction of the world, [0, 1, 0]; `.gravity` says how it was found."""
        return np.array([0.0, 1.0, 0.0])

    @property
    def unit(self) -> str:
        """Unit of lengths: "m", "m (estimated)" or "units"."""
        return {"measured": "m", "estimated": "m (estimated)", "unknown": "units"}[self.scale]

    def points_of(self, frame: int) -> NDArray[np.float32]:
        """(K, 3) float32 world points of all pixels of the frame with known depth.

        Example: recon.points_of(frame).mean(axis=0)
        """
        points = np.asarray(self.points[frame]).reshape(-1, 3)
        known: NDArray[np.float32] = points[np.isfinite(points).all(axis=1)]
        return known

    def pixel_to_3d(self, x: Any, y: Any = None, frame: Any = None, radius: SupportsFloat = 0) -> Doubles | None:
        """(3,) world point seen at pixel (x, y) of a frame; None, with a printed line, where depth is unknown.

        Of (N, 2) pixels it gives (N, 3), with NaN rows. With `radius` the nearest pixel of known depth within so many
        pixels stands in for one that is unknown. `frame` may be left out when there is only one.

        Example: recon.pixel_to_3d(80, 300, frame)
        """
        if frame is None and y is not None and np.shape(x) and not np.shape(y):
            y, frame = None, y
        if isinstance(frame, FrameImage) and not frame.whole:
            raise ToolError(
                f"pixel_to_3d got pixels of {frame!r}, a part or a resized copy of its frame",
                "pixels of the whole frame; .to_frame(x, y) turns those of a crop into them",
                f"recon.pixel_to_3d(*crop.to_frame(x, y), {frame.frame_index})",
            )
        return self[self._one_frame(frame, "pixel_to_3d")].pixel_to_3d(x, y, radius)

    def project(self, points: Any, frame: Any = None) -> Doubles | None:
        """(2,) pixel of a world point (3,) in the frame, None behind the camera; of (N, 3) points (N, 2) with NaN rows.

        Pixels outside the image are not cut off, and nothing is said about what hides a point.

        Example: recon.project(point, frame)
        """
        return self[self._one_frame(frame, "project")].project(points)

    def camera_motion(self, a: int, b: int) -> CameraMotion:
        """How the camera turned and moved from frame `a` to frame `b`: .turn_deg, .forward, .right, .distance, .words.

        Example: recon.camera_motion(0, 3).words
        """
        return camera_motion(self.extrinsics[a], self.extrinsics[b])

    def render_bev(
        self,
        masks: Any = None,
        labels: str | Sequence[str] | None = None,
        prompts: str | Sequence[str] | None = None,
        conf_threshold: float = 0.1,
        ref_frame: int | None = None,
        ego_trajectory: bool = True,
        frame: int | None = None,
    ) -> VisualFeedback:
        """Top view of cameras and things: masks, points, boxes or trajectories, a list or dict by name; also in words.

        Axes are right and forward of the camera of `ref_frame` (absolute; default the first). Only frames that masks
        and reconstruction share are used, none in common is a FrameError. `prompts` are segmented here by text. `frame`
        says of which frame arrays of masks are that do not know it.

        Example: recon.render_bev(masks)
        """
        from spatial_agent.inside.tools.bev import render

        return render(self, masks, labels, prompts, conf_threshold, ref_frame, ego_trajectory, frame)

    def render_view(
        self,
        pose: Any = None,
        masks: Any = None,
        labels: str | Sequence[str] | None = None,
        size: tuple[int, int] | None = None,
        cameras: bool = True,
        frame: int | None = None,
    ) -> VisualFeedback:
        """Picture of the coloured points from any `pose` (4, 4), a frame, "top", "behind", "front", "left" or "right".

        A checker is where no frame has sure depth; `.description` says how much is covered. Cones are cameras with
        frame numbers; `masks` are tinted, points, boxes and trajectories drawn, as in render_bev. The words are sides of
        the first camera; from there walls that hide all are cut away.

        Example: recon.render_view("top", masks)
        """
        from spatial_agent.inside.tools.render_view import render

        return render(self, pose, masks, labels, size, cameras, frame)

    def _at(self, position: int) -> FrameView:
        return FrameView(self, self._frames[position])

    def _image(self, frame: int) -> FrameImage:
        """A fresh image of the frame, which may be drawn on."""
        known = self._images[frame]
        return FrameImage(
            self._host,
            self.video,
            frame,
            known.frame_size,
            description=known._description,
            position=known.position,
        )

    def _one_frame(self, frame: object, call: str) -> int:
        if frame is not None:
            return self._frames[self._position(frame)]
        if self.num_frames == 1:
            return self._frames[0]
        raise FrameError(
            f"{call} got no frame, and this reconstruction has several",
            f"one of the absolute frames {frames_text(self._frames)}",
            f"recon.{call}(..., frame={self._frames[0]})",
        )

    def __repr__(self) -> str:
        sizes = ", ".join(dict.fromkeys(f"{width}x{height}" for width, height in self.sizes.values()))
        return (
            f"Reconstruction({self.num_frames} frames {frames_text(self._frames)} of video {self.video}, {sizes}; "
            f"world +Y up, {'floor at Y=0' if self.gravity.floor else 'floor UNKNOWN'}, first camera looks to -Z; "
            "cameras OpenCV camera-to-world; "
            f"scale {self.scale} (unit: {self.unit}), {self.origin}; gravity: {self.gravity.words})"
        )
