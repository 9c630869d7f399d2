"""Measures of masked objects in a reconstruction: points, middle, size and distance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spatial_agent.errors import ToolError
from spatial_agent.inside.clouds import Doubles, chosen_frames, clouds
from spatial_agent.inside.notice import frames_text, notice
from spatial_agent.inside.packed import PackedMasks
from spatial_agent.inside.tools.boxes import OrientedBox, oriented_box
from spatial_agent.inside.tools.closest import closest_points
from spatial_agent.inside.tools.reconstruction import Reconstruction
from spatial_agent.inside.tools.strays import no_strays
from spatial_agent.inside.trajectory import moves

MOST = 200_000
"""Points of an object that are measured; with more, its ends would hardly be elsewhere."""


class Surface(NamedTuple):
    """Points of an object, pooled over frames."""

    points: NDArray[np.float32]
    """(K, 3) in world coordinates."""
    frames: NDArray[np.int64]
    """(K,) the absolute frame number that each point was seen in."""


class Distance(float):
    """A closest-point distance: a float that also knows its two points, the frames they were seen in, and its unit.

    `.points` (2, 3) float64 in world coordinates, `.frames` (frame of the first, of the second), `.labels`, `.unit`,
    `.scale`: "measured", "estimated" or "unknown".
    """

    points: Doubles
    frames: tuple[int, int]
    labels: tuple[str, str]
    unit: str
    scale: str

    @staticmethod
    def of(
        value: float, points: Doubles, frames: tuple[int, int], labels: tuple[str, str], recon: Reconstruction
    ) -> Distance:
        """A distance in the world of a reconstruction."""
        distance = Distance(value)
        distance.points, distance.frames, distance.labels = points, frames, labels
        distance.unit, distance.scale = recon.unit, recon.scale
        return distance

    def __repr__(self) -> str:
        ends = (f"{label} (frame {frame})" for label, frame in zip(self.labels, self.frames, strict=True))
        at = (np.array2string(point, precision=3, suppress_small=True) for point in self.points)
        return f"{float(self):.3f} {self.unit} between {' and '.join(ends)}, at {' and '.join(at)}"

    __str__ = __repr__


def masked_points(
    masks: PackedMasks, recon: Reconstruction, frame: object, numbers: Sequence[int], match: str
) -> NDArray[np.float32]:
    """Points of all pixels of a mask with known depth, in reading order."""
    parts = [np.zeros((0, 3), dtype=np.float32)]
    for each in _told_frames(masks, recon, numbers, frame, match, "masks.get_masked_points"):
        part = masks._part(masks._positions[each], numbers)
        if part is not None:
            points = np.asarray(recon.points[each])[part.window][part.mask]
            parts.append(points[np.isfinite(points).all(axis=1)])
    return np.concatenate(parts)


def centroid_in(
    masks: PackedMasks, recon: Reconstruction, frame: object, numbers: Sequence[int], threshold: float, match: str
) -> Doubles | None:
    """Median point in one frame, or the middle of the box around the points of several."""
    frames = _told_frames(masks, recon, numbers, frame, match, "masks.get_centroid_3d")
    if len(frames) > 1:
        return centre(masks, recon, numbers, frames, threshold, "masks.get_centroid_3d")
    part = masks._part(masks._positions[frames[0]], numbers)
    if part is not None:
        points = np.asarray(recon.points[frames[0]])[part.window][part.mask]
        sure = np.asarray(recon.confidence[frames[0]])[part.window][part.mask] > threshold
        chosen = points[sure & np.isfinite(points).all(axis=1)]
        if len(chosen):
            return np.asarray(np.median(chosen.astype(np.float64), axis=0))
    _tell_nothing(masks, recon, numbers, frames, threshold, "masks.get_centroid_3d", "None is returned")
    return None


def surface(
    masks: PackedMasks,
    recon: Reconstruction,
    numbers: Sequence[int],
    frame: object,
    threshold: float,
    call: str,
    match: str = "exact",
    most: int | None = None,
) -> Surface:
    """Points of the object's surface without strays, about `most` at most; what is empty, and what moves, is told."""
    if isinstance(frame, (list, tuple, range)):
        frames = [each for one in frame for each in chosen_frames(masks, recon, numbers, one, match, call)]
    else:
        frames = chosen_frames(masks, recon, numbers, frame, match, call)
    (cloud,) = clouds(masks, recon, [numbers], frames, float(threshold))
    if not cloud:
        returned = "(0, 3) is returned" if call == "masks.points" else "None is returned"
        _tell_nothing(masks, recon, numbers, frames, threshold, call, returned)
        return Surface(np.zeros((0, 3), dtype=np.float32), np.zeros(0, dtype=np.int64))
    if moves(masks, recon, numbers, cloud):
        notice(
            f"{call}: {masks._names(numbers)} moves, and this pools frames {frames_text(list(cloud))}; "
            f"type {call}(..., frame={next(iter(cloud))}) for one moment, masks.trajectory(recon) for its way"
        )
    step = 1 if most is None else max(1, sum(map(len, cloud.values())) // most)
    points = np.concatenate([one[::step] for one in cloud.values()])
    numbered = np.repeat(np.array(list(cloud), dtype=np.int64), [len(one[::step]) for one in cloud.values()])
    kept = no_strays(points)
    return Surface(points[kept].astype(np.float32), numbered[kept])


def box(
    masks: PackedMasks, recon: Reconstruction, numbers: Sequence[int], frame: object, threshold: float, call: str
) -> OrientedBox | None:
    """Upright box around the points of the surface."""
    points = surface(masks, recon, numbers, frame, threshold, call, most=MOST).points
    return oriented_box(points, trim=0) if len(points) else None


def centre(
    masks: PackedMasks,
    recon: Reconstruction,
    numbers: Sequence[int],
    frame: object,
    threshold: float,
    call: str = "masks.centroid",
) -> Doubles | None:
    """Middle of the upright box around the points of the surface."""
    around = box(masks, recon, numbers, frame, threshold, call)
    return None if around is None else around.centre


def distance(
    first: tuple[PackedMasks, Sequence[int]],
    other: Any,
    other_object: object,
    recon: Reconstruction,
    frame: object,
    threshold: float,
    match: str,
) -> Distance | None:
    """Closest points of two surfaces; None, told, if either has none."""
    if not isinstance(other, PackedMasks):
        raise ToolError(
            f"masks.distance got a {type(other).__name__} as other",
            "the masks of the other object, then the reconstruction",
            "masks.distance(other, recon)",
        )
    masks, numbers = first
    others = other._objects(other_object)
    if other is masks and set(numbers) == set(others):
        raise ToolError(
            f"masks.distance got {masks._names(numbers)} as both objects",
            "two objects",
            f"masks.distance(masks, recon, object={numbers[0] if numbers else 0}, other_object={masks.num_objects - 1})",
        )
    a = surface(masks, recon, numbers, frame, threshold, "masks.distance", match, MOST)
    b = surface(other, recon, others, frame, threshold, "masks.distance", match, MOST)
    if not len(a.points) or not len(b.points):
        return None
    closest = closest_points(a.points, b.points)
    assert closest is not None  # neither is empty
    i, j = closest.pair
    return Distance.of(
        closest.distance,
        np.stack([closest.first, closest.second]),
        (int(a.frames[i]), int(b.frames[j])),
        (masks._names(numbers), other._names(others)),
        recon,
    )


def _told_frames(
    masks: PackedMasks, recon: Reconstruction, numbers: Sequence[int], frame: object, match: str, call: str
) -> list[int]:
    """The frame asked for, or all shared ones, which are then named in a printed line."""
    frames = chosen_frames(masks, recon, numbers, frame, match, call)
    if len(frames) > 1:
        notice(f"{call} got no frame and pools all that masks and reconstruction share: {frames_text(frames)}")
    return frames


def _tell_nothing(
    masks: PackedMasks,
    recon: Reconstruction,
    numbers: Sequence[int],
    frames: Sequence[int],
    threshold: float,
    call: str,
    returned: str,
) -> None:
    """Print why an object has no points in these frames."""
    parts = {frame: masks._part(masks._positions[frame], numbers) for frame in frames}
    known = sum(int((np.asarray(recon.depth[f])[p.window][p.mask] > 0).sum()) for f, p in parts.items() if p)
    where = f"frame {frames[0]}" if len(frames) == 1 else f"frames {frames_text(frames)}"
    if not numbers:
        why = "there are no objects in these masks"
    elif not any(parts.values()):
        seen = [
            frame for frame in masks._searched_in(numbers) if masks._seen[masks._positions[frame]][list(numbers)].any()
        ]
        why = f"its mask is empty there; it is seen in frames {frames_text(seen)}"
    elif not known:
        why = "none of its pixels has known depth"
    else:
        why = f"none of its {known} points has confidence > {threshold:g}; lower conf_threshold"
    notice(f"{call}: no points of {masks._names(numbers)} in {where}: {why}; {returned}")
