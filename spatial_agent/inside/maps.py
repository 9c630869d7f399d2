"""The parts of a reconstruction: depth, confidence, points and cameras of each frame."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spatial_agent.errors import ToolError
from spatial_agent.frames import Intrinsics, Size, unproject
from spatial_agent.inside.framed import FrameArray
from spatial_agent.inside.per_frame import PerFrame, PerFrameMap, RawArrays

KEPT = 4
"""Point maps kept after they were computed; a loop over pixels of one frame computes it once."""


class Stack:
    """Maps of one frame after another in one flat array, as they came; `stack[position]` is (H, W), not copied."""

    def __init__(self, flat: NDArray[Any], sizes: Sequence[Size]) -> None:
        self._flat = flat
        self._sizes = tuple(sizes)
        self._starts = np.concatenate([[0], np.cumsum([width * height for width, height in sizes])]).astype(int)
        if flat.shape != (self._starts[-1],):
            raise ToolError(
                f"maps of {self._starts[-1]:,} pixels were announced and an array of shape {flat.shape} came"
            )

    def __getitem__(self, position: int) -> NDArray[Any]:
        width, height = self._sizes[position]
        return self._flat[self._starts[position] : self._starts[position + 1]].reshape(height, width)


class PerFrameDepth(PerFrameMap):
    """`depth[frame]`: (H, W) float32, metres along the camera's z (units if the scale is unknown); 0 where unknown."""

    _what = "recon.depth"

    def __init__(
        self,
        frames: Sequence[int],
        sizes: Sequence[Size],
        stored: Stack,
        scale: float,
        *,
        levels: Stack | None = None,
        sky: Stack | None = None,
        video: int = 1,
    ) -> None:
        super().__init__(frames, sizes, video)
        self._stored = stored
        self._scale = scale
        self._levels = levels
        self._sky = sky
        self._confidence = PerFrameConfidence(self)

    @property
    def depth(self) -> RawArrays:
        """The same maps as a stack."""
        return RawArrays(self, f"{self._what}.depth")

    @property
    def confidence(self) -> RawArrays:
        """The confidence maps as a stack."""
        return RawArrays(self._confidence, f"{self._what}.confidence")

    def _map(self, position: int) -> NDArray[np.float32]:
        depth = self._stored[position].astype(np.float32) * np.float32(self._scale)
        known = np.isfinite(depth) & (depth > 0)
        if self._sky is not None:
            known &= ~self._sky[position].astype(bool)
        return np.where(known, depth, np.float32(0))


class _OfDepth(PerFrameMap):
    """A map of what is known of the depth."""

    def __init__(self, depth: PerFrameDepth) -> None:
        super().__init__(depth._frames, depth._sizes, depth.video)
        self._depth = depth


class PerFrameConfidence(_OfDepth):
    """`confidence[frame]`: (H, W) float32 in [0, 1], 1 = certain, 0 where depth is unknown and in the sky."""

    _what = "recon.confidence"

    def _map(self, position: int) -> NDArray[np.float32]:
        known = self._depth._map(position) > 0
        if self._depth._levels is None:
            return known.astype(np.float32)
        return np.where(known, self._depth._levels[position].astype(np.float32) / 255, np.float32(0))


class PerFrameUnknown(_OfDepth):
    """`unknown[frame]`: (H, W) bool, True where depth is unknown; the sky is part of it."""

    _what = "recon.unknown"

    def _map(self, position: int) -> NDArray[np.bool_]:
        unknown: NDArray[np.bool_] = self._depth._map(position) == 0
        return unknown


class PerFrameSky(_OfDepth):
    """`sky[frame]`: (H, W) bool, True where the sky is seen; False everywhere if no sky was looked for."""

    _what = "recon.sky"

    def _map(self, position: int) -> NDArray[np.bool_]:
        width, height = self._sizes[position]
        sky = self._depth._sky
        return np.zeros((height, width), dtype=bool) if sky is None else sky[position].astype(bool)


class CameraMatrix(dict[str, float]):
    """fx, fy, cx, cy in pixels, as K["fx"] or K.fx; K[0, 2] and np.asarray(K) are those of the matrix (3, 3)."""

    fx = property(lambda self: self["fx"])
    fy = property(lambda self: self["fy"])
    cx = property(lambda self: self["cx"])
    cy = property(lambda self: self["cy"])

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return np.array([[self.fx, 0, self.cx], [0, self.fy, self.cy], [0, 0, 1]], dtype=dtype)

    def __missing__(self, key: Any) -> Any:
        if isinstance(key, str):
            raise ToolError(f"intrinsics[{key!r}]", '"fx", "fy", "cx" or "cy"', 'recon.intrinsics[frame]["fx"]')
        return np.asarray(self)[key]

    def __matmul__(self, other: Any) -> NDArray[Any]:
        return np.asarray(np.asarray(self) @ other)


class PerFrameIntrinsics(PerFrame[CameraMatrix]):
    """`intrinsics[frame]`: dict with fx, fy, cx, cy in pixels of that frame; pixel centres are at whole numbers."""

    _what = "recon.intrinsics"

    def __init__(self, frames: Sequence[int], cameras: Sequence[Intrinsics], video: int = 1) -> None:
        super().__init__(frames, video)
        self._cameras = tuple(cameras)

    def _at(self, position: int) -> CameraMatrix:
        camera = self._cameras[position]
        return CameraMatrix(fx=camera.fx, fy=camera.fy, cx=camera.cx, cy=camera.cy)

    @property
    def fx(self) -> RawArrays:
        """Horizontal focal lengths as a stack (N,)."""
        return self._numbers("fx")

    @property
    def fy(self) -> RawArrays:
        """Vertical focal lengths as a stack (N,)."""
        return self._numbers("fy")

    @property
    def cx(self) -> RawArrays:
        """Columns of the principal points as a stack (N,)."""
        return self._numbers("cx")

    @property
    def cy(self) -> RawArrays:
        """Rows of the principal points as a stack (N,)."""
        return self._numbers("cy")

    def _numbers(self, name: str) -> RawArrays:
        return RawArrays(_OfIntrinsics(self, name), f"{self._what}.{name}")

    def camera(self, frame: int) -> Intrinsics:
        """The same as a record with the image size."""
        return self._cameras[self._position(frame)]


class _OfIntrinsics(PerFrame[FrameArray]):
    """One number of each camera."""

    def __init__(self, intrinsics: PerFrameIntrinsics, name: str) -> None:
        super().__init__(intrinsics._frames, intrinsics.video)
        self._what = intrinsics._what
        self._intrinsics = intrinsics
        self._name = name

    def _at(self, position: int) -> FrameArray:
        return FrameArray.of(np.array(self._intrinsics._at(position)[self._name]), self._id(position))


class PerFrameExtrinsics(PerFrame[FrameArray]):
    """`extrinsics[frame]`: (4, 4) float64 camera-to-world; columns are right, down, forward, position of the camera."""

    _what = "recon.extrinsics"

    def __init__(self, frames: Sequence[int], poses: NDArray[np.float64], video: int = 1) -> None:
        super().__init__(frames, video)
        self._poses = poses

    @property
    def camera_poses(self) -> RawArrays:
        """The same poses as a stack."""
        return RawArrays(self, f"{self._what}.camera_poses")

    def _at(self, position: int) -> FrameArray:
        return FrameArray.of(np.array(self._poses[position]), self._id(position))


class PerFramePointMap(PerFrameMap):
    """`points[frame]`: (H, W, 3) float32 world XYZ of every pixel, NaN where depth is unknown."""

    _what = "recon.points"

    def __init__(self, depth: PerFrameDepth, intrinsics: PerFrameIntrinsics, extrinsics: PerFrameExtrinsics) -> None:
        super().__init__(depth._frames, depth._sizes, depth.video)
        self._depth = depth
        self._intrinsics = intrinsics
        self._extrinsics = extrinsics
        self._kept: dict[int, NDArray[np.float32]] = {}

    @property
    def points(self) -> RawArrays:
        """The same maps as a stack."""
        return RawArrays(self, f"{self._what}.points")

    @property
    def confidence(self) -> RawArrays:
        """The confidence maps as a stack."""
        return RawArrays(self._depth._confidence, f"{self._what}.confidence")

    def _map(self, position: int) -> NDArray[np.float32]:
        if position not in self._kept:
            depth = self._depth._map(position)
            z = np.where(depth > 0, depth, np.float32(np.nan))
            grid = _grid(self._sizes[position])
            points = unproject(grid, z, self._intrinsics._cameras[position], self._extrinsics._poses[position])
            while len(self._kept) >= KEPT:
                self._kept.pop(next(iter(self._kept)))
            self._kept[position] = points.astype(np.float32)
        return self._kept[position].copy()


@lru_cache(maxsize=2)
def _grid(size: Size) -> NDArray[np.float32]:
    """(H, W, 2) pixel coordinates; frames of one size share it."""
    u, v = np.meshgrid(np.arange(size[0], dtype=np.float32), np.arange(size[1], dtype=np.float32))
    return np.stack([u, v], axis=-1)
