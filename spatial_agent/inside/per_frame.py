"""Results that hold one thing per frame, looked up by absolute frame number and by nothing else."""

from __future__ import annotations

import operator
from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from spatial_agent.errors import FrameError
from spatial_agent.frames import Intrinsics, unproject
from spatial_agent.inside.images import FrameImage
from spatial_agent.inside.notice import frames_text

T = TypeVar("T")
KEPT = 4
"""Point maps kept after they were computed; a loop over pixels of one frame computes it once."""


def frame_number(key: object, call: str) -> int:
    """An absolute frame number from an int, a numpy integer, a whole float or a FrameImage."""
    if isinstance(key, FrameImage):
        return key.frame_index
    if isinstance(key, (float, np.floating)) and float(key).is_integer():
        return int(key)
    try:
        if not isinstance(key, (bool, np.bool_)):
            return operator.index(key)  # type: ignore[arg-type]  # TypeError is the question asked here
    except TypeError:
        pass
    raise TypeError(
        f"{call} got {key!r}; a frame is an absolute frame number (int); type {call} with one of .frame_indices"
    )


class PerFrame(Mapping[int, T]):
    """One value per frame; iterating gives the absolute frame numbers."""

    _what = "result"

    def __init__(self, frames: Sequence[int]) -> None:
        self._frames = tuple(int(frame) for frame in frames)
        self._positions = {frame: position for position, frame in enumerate(self._frames)}

    @property
    def frame_indices(self) -> list[int]:
        """Absolute frame numbers, in order."""
        return list(self._frames)

    @property
    def num_frames(self) -> int:
        """Number of frames."""
        return len(self._frames)

    def _position(self, key: object) -> int:
        frame = frame_number(key, f"{self._what}[frame]")
        if frame not in self._positions:
            raise FrameError(
                f"{self._what} has no frame {frame}; it covers the absolute frames {frames_text(self._frames)}; "
                f"type one of .frame_indices, or call the tool with InputImages.by_frame({frame}) among its frames"
            )
        return self._positions[frame]

    @abstractmethod
    def _at(self, position: int) -> T:
        """Value at a list position."""

    def __getitem__(self, key: int) -> T:
        return self._at(self._position(key))

    def __contains__(self, key: object) -> bool:
        try:
            return frame_number(key, "in") in self._positions
        except TypeError:
            return False

    def __iter__(self) -> Iterator[int]:
        return iter(self._frames)

    def __len__(self) -> int:
        return len(self._frames)

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        raise TypeError(
            f"{self._what} holds one array per frame, so it is no single array; "
            "type x[frame] for one frame, or np.stack([x[f] for f in x.frame_indices])"
        )

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.num_frames} frames: {frames_text(self._frames)})"


class PerFrameConfidence(PerFrame[NDArray[np.float32]]):
    """`confidence[frame]`: (H, W) float32 in [0, 1], 1 = certain, 0 where depth is unknown."""

    _what = "confidence"

    def __init__(self, depth: PerFrameDepth, levels: NDArray[np.uint8] | None) -> None:
        super().__init__(depth.frame_indices)
        self._depth = depth
        self._levels = levels

    def _at(self, position: int) -> NDArray[np.float32]:
        known = self._depth._at(position) > 0
        if self._levels is None:
            return known.astype(np.float32)
        return np.where(known, self._levels[position].astype(np.float32) / 255, np.float32(0))


class PerFrameDepth(PerFrame[NDArray[np.float32]]):
    """`depth[frame]`: (H, W) float32, metres along the camera's z (units if the scale is unknown); 0 where unknown."""

    _what = "depth"

    def __init__(
        self, frames: Sequence[int], stored: NDArray[Any], scale: float, levels: NDArray[np.uint8] | None = None
    ) -> None:
        super().__init__(frames)
        self._stored = stored
        self._scale = scale
        self.confidence = PerFrameConfidence(self, levels)
        """`confidence[frame]`: (H, W) float32 in [0, 1]."""

    def _at(self, position: int) -> NDArray[np.float32]:
        depth = self._stored[position].astype(np.float32) * np.float32(self._scale)
        return np.where(np.isfinite(depth) & (depth > 0), depth, np.float32(0))


class PerFrameIntrinsics(PerFrame[dict[str, float]]):
    """`intrinsics[frame]`: dict with fx, fy, cx, cy in pixels of that frame; pixel centres are at whole numbers."""

    _what = "intrinsics"

    def __init__(self, frames: Sequence[int], cameras: Sequence[Intrinsics]) -> None:
        super().__init__(frames)
        self._cameras = tuple(cameras)

    def _at(self, position: int) -> dict[str, float]:
        camera = self._cameras[position]
        return {"fx": camera.fx, "fy": camera.fy, "cx": camera.cx, "cy": camera.cy}

    def camera(self, frame: int) -> Intrinsics:
        """The same as a record with the image size."""
        return self._cameras[self._position(frame)]


class PerFrameExtrinsics(PerFrame[NDArray[np.float64]]):
    """`extrinsics[frame]`: (4, 4) float64 camera-to-world; columns are right, down, forward, position of the camera."""

    _what = "extrinsics"

    def __init__(self, frames: Sequence[int], poses: NDArray[np.float64]) -> None:
        super().__init__(frames)
        self._poses = poses

    def _at(self, position: int) -> NDArray[np.float64]:
        return np.array(self._poses[position])


class PerFramePointMap(PerFrame[NDArray[np.float32]]):
    """`points[frame]`: (H, W, 3) float32 world XYZ of every pixel, NaN where depth is unknown."""

    _what = "points"

    def __init__(self, depth: PerFrameDepth, intrinsics: PerFrameIntrinsics, extrinsics: PerFrameExtrinsics) -> None:
        super().__init__(depth.frame_indices)
        self._depth = depth
        self._intrinsics = intrinsics
        self._extrinsics = extrinsics
        self._kept: dict[int, NDArray[np.float32]] = {}

    @property
    def confidence(self) -> PerFrameConfidence:
        """`confidence[frame]`: (H, W) float32 in [0, 1]."""
        return self._depth.confidence

    @property
    def points(self) -> PerFramePointMap:
        """The point maps themselves, by absolute frame number."""
        return self

    @cached_property
    def _grid(self) -> NDArray[np.float32]:
        height, width = self._depth._stored.shape[1:]
        u, v = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
        return np.stack([u, v], axis=-1)

    def _at(self, position: int) -> NDArray[np.float32]:
        if position not in self._kept:
            depth = self._depth._at(position)
            z = np.where(depth > 0, depth, np.float32(np.nan))
            points = unproject(self._grid, z, self._intrinsics._cameras[position], self._extrinsics._poses[position])
            while len(self._kept) >= KEPT:
                self._kept.pop(next(iter(self._kept)))
            self._kept[position] = points.astype(np.float32)
        return self._kept[position].copy()
