"""Where a masked object is over time, and whether it moves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spatial_agent.frames import project, spread
from spatial_agent.inside.clouds import Doubles, clouds, shared_frames
from spatial_agent.inside.framed import FrameArray
from spatial_agent.inside.notice import frames_text, notice
from spatial_agent.inside.packed import PackedMasks
from spatial_agent.inside.per_frame import PerFrame
from spatial_agent.inside.tools.reconstruction import Reconstruction

FEWEST = 10
"""Points of a frame that are enough for a position."""
LEFT = 0.5
"""Share of an object's points, seen in one frame, that another frame must look through or show as something else."""
COMPARED = 12
"""So many frames, evenly spread, are compared with each other."""
SAMPLED = 500
"""Points of a frame that are looked up in others."""


class Trajectory(PerFrame[FrameArray]):
    """Positions of one object: `path[frame]` is its (3,) median world point, in frame order."""

    _what = "path"

    def __init__(
        self, frames: Sequence[int], positions: Doubles, *, moving: bool, label: str, unit: str, video: int
    ) -> None:
        super().__init__(frames, video)
        self.positions = positions
        """(F, 3) float64 world points, one row per frame."""
        self.moving = moving
        """True if frames look through where others saw most of it; False for what is only seen in parts by turns."""
        self.label = label
        """What it is."""
        self.unit = unit
        """Unit of lengths."""

    @property
    def displacement(self) -> NDArray[np.float64] | None:
        """(3,) from the first position to the last; None without positions."""
        return self.positions[-1] - self.positions[0] if len(self.positions) else None

    @property
    def length(self) -> float:
        """Length of the way through all positions; of a thing that does not move, how much they differ."""
        return float(np.linalg.norm(np.diff(self.positions, axis=0), axis=1).sum())

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return np.array(self.positions, dtype=dtype)

    def __repr__(self) -> str:
        if not self._frames:
            return f"Trajectory({self.label}: no positions)"
        ends = [np.array2string(point, precision=2, suppress_small=True) for point in self.positions[[0, -1]]]
        how = "moves" if self.moving else "does not move"
        apart = float(np.linalg.norm(self.positions[-1] - self.positions[0]))
        return (
            f"Trajectory({self.label} {how}; frames {frames_text(self._frames)}; from {ends[0]} to {ends[1]}, "
            f"{apart:.2f} {self.unit} apart)"
        )

    def _at(self, position: int) -> FrameArray:
        return FrameArray.of(self.positions[position].copy(), self._id(position))


def trajectory(masks: PackedMasks, recon: Reconstruction, numbers: Sequence[int], threshold: float) -> Trajectory:
    """Positions in the frames that show enough of the object."""
    (cloud,) = clouds(masks, recon, [numbers], shared_frames(masks, recon, numbers, "masks.trajectory"), threshold)
    if not cloud:
        notice(f"masks.trajectory: no frame shows {masks._names(numbers)} with known depth; the trajectory is empty")
    return path_of(masks, recon, numbers, cloud)


def path_of(
    masks: PackedMasks, recon: Reconstruction, numbers: Sequence[int], cloud: Mapping[int, Doubles]
) -> Trajectory:
    """Positions of an object whose points in each frame are known."""
    enough = {frame: points for frame, points in cloud.items() if len(points) >= FEWEST} or dict(cloud)
    return Trajectory(
        tuple(enough),
        np.array([np.median(points, axis=0) for points in enough.values()]).reshape(-1, 3),
        moving=moves(masks, recon, numbers, enough),
        label=masks._names(numbers),
        unit=recon.unit,
        video=masks.video,
    )


def moves(masks: PackedMasks, recon: Reconstruction, numbers: Sequence[int], cloud: Mapping[int, Doubles]) -> bool:
    """True if an object goes farther over the floor than what is seen of it is wide, and leaves where it was.

    Of a long thing at the edge of the image first one end is seen and then the other; only that it never leaves tells
    it from one that moves.
    """
    enough = {frame: _sample(points) for frame, points in cloud.items() if len(points) >= FEWEST}
    if len(enough) < 2:
        return False
    ground = np.array([np.median(points[:, [0, 2]], axis=0) for points in enough.values()])
    travel = float(np.linalg.norm(ground[:, None] - ground[None], axis=-1).max())
    wide = [np.ptp(np.quantile(points[:, [0, 2]], (0.02, 0.98), axis=0), axis=0) for points in enough.values()]
    if travel <= max(0.1, float(np.median(np.linalg.norm(wide, axis=1)))):
        return False
    frames = spread(tuple(enough), COMPARED)
    return any(_most_left(masks, recon, numbers, frame, [enough[other] for other in frames]) > LEFT for frame in frames)


def _sample(points: Doubles) -> Doubles:
    return points[:: max(1, len(points) // SAMPLED)]


def _most_left(
    masks: PackedMasks, recon: Reconstruction, numbers: Sequence[int], frame: int, seen: Sequence[Doubles]
) -> float:
    """Of the points seen in each of some frames, the largest share that this frame shows, or looks through, elsewhere."""
    depth, size = np.asarray(recon.depth[frame]), np.array(recon.sizes[frame])
    camera, pose = recon.intrinsics.camera(frame), np.asarray(recon.extrinsics[frame])
    shares = []
    for points in seen:
        pixels, ahead = project(points, camera, pose)
        inside = ((pixels >= 0) & (pixels <= size - 1)).all(axis=1)
        at = pixels[inside].round().astype(int)
        uncovered = depth[at[:, 1], at[:, 0]] > 0.98 * ahead[inside]
        shares.append(float((uncovered & ~masks._holds(masks._positions[frame], numbers, at)).sum() / len(points)))
    return max(shares)
