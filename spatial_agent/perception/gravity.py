"""The world that answers are given in: +Y against gravity, the floor at Y = 0, the first camera looking to -Z.

What the input says about up and floor is taken. What it leaves open is fitted to depth and poses of several frames, and
what cannot be fitted is assumed; `World.gravity` says which. A floor is claimed only for the lowest level surface, if
all cameras are above it, next to nothing is under it, and it reaches far: a table top or a ceiling is no floor.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spatial_agent.frames import Intrinsics, spread
from spatial_agent.perception.planes import (
    LEANING,
    LEVEL,
    Blocks,
    Plane,
    blocks_of,
    camera_up,
    find_up,
    level_planes,
    unit,
    up_of_walls,
)
from spatial_agent.wire import Gravity

Matrix = NDArray[np.float64]
Direction = tuple[float, float, float]

FRAMES = 16
"""Frames that are looked at, evenly spaced over those given."""
AGREE = 3.0
"""Degrees within which a frame's own up agrees with the common one."""
VOTE = 20
"""Level (or upright) blocks that a frame needs for an up of its own."""
NEAREST_FLOOR = 0.5
"""Metres: a level surface closer below the cameras may be a table."""
UNDER = 0.005
"""Share of what is seen that may lie under a floor: reflections and stray depth."""
REACH = 0.35
"""A floor reaches at least this share of the way that everything seen reaches."""
LITTLE = 0.1
"""Share of level surfaces in what is seen below which the quality falls."""
UNSURE = 0.5
"""Depth is left out where its confidence is below this share of the frame's median."""
_NO_FLOOR = "the floor is UNKNOWN: Y = 0 is at the first camera"


@dataclass(frozen=True)
class World:
    """A levelled frame of reference and how it was found."""

    T_input_world: Matrix
    """(4, 4) from the levelled world to the input's own frame."""
    gravity: Gravity


@dataclass(frozen=True)
class _Fit:
    """An up direction that the frames speak for."""

    blocks: Blocks
    up: Matrix
    planes: list[Plane]
    """Level surfaces; empty where only walls were seen."""


def world_of(
    depths: Sequence[NDArray[Any]],
    intrinsics: Sequence[Intrinsics],
    T_input_cam: Matrix,
    *,
    depth_scale: float = 1.0,
    confidence: Sequence[NDArray[np.uint8]] | None = None,
    sky: Sequence[NDArray[np.bool_]] | None = None,
    up: Direction | None = None,
    floor: float | None = None,
    others: Matrix | None = None,
    metric: bool = True,
) -> World:
    """The levelled world of frames with depth (H, W) and poses (N, 4, 4) in the input's frame, which stay as they are.

    `up` is the direction against gravity and `floor` the floor's height along it, both in the input's frame, where the
    input gives them. `others` (M, 4, 4) are poses of further cameras; none of them may lie below a floor either. With
    `metric` lengths are metres.

    The quality of what was fitted is a product of three shares: of the frames that see anything level, those whose own
    up lies within 3 degrees of the common one; of what is flat, what is level or upright within 12 degrees; and of what
    is flat, what is level, times ten and at most 1 (left out where up is that of walls).
    """
    first = T_input_cam[0]
    if up is not None and floor is not None:
        return World(levelled(first, up, floor), Gravity("given", 1.0, True, "up and floor are given by the input"))
    fit = _fit(depths, intrinsics, T_input_cam, depth_scale, confidence, sky, up)
    if fit is None:
        return _assumed(first, up)
    positions = np.concatenate([T_input_cam, np.empty((0, 4, 4)) if others is None else others])[:, :3, 3]
    found = _floor(fit, positions, metric)
    vertical = fit.up if up is not None or found is None else found.normal
    height = None if found is None else float(np.median(fit.blocks.points[found.on] @ vertical))
    if height is not None and (positions @ vertical).min() <= height:
        found = height = None
    T_input_world = levelled(first, vertical, height)
    if up is not None:
        where = "the floor is fitted to level surfaces" if found else _NO_FLOOR
        return World(T_input_world, Gravity("given", 1.0, found is not None, f"up is given by the input; {where}"))
    agreeing, voting = _agreement(fit, vertical)
    quality = round(agreeing / max(voting, 1) * _explained(fit, vertical), 3)
    words = f"{_basis(fit, found)}; {agreeing} of {voting} frames agree within {AGREE:g} degrees"
    if found is not None:
        return World(T_input_world, Gravity("floor", quality, True, words))
    return World(T_input_world, Gravity("planes", quality, False, f"{words}; {_NO_FLOOR}"))


def levelled(T_input_cam: Matrix, up: Direction | Matrix, floor: float | None) -> Matrix:
    """`T_input_world` (4, 4) of the first camera's pose, the direction against gravity and the floor's height along it.

    Without `floor` Y = 0 is at the camera. The origin is straight below (or at) the camera.
    """
    vertical = unit(np.asarray(up, dtype=np.float64))
    position = T_input_cam[:3, 3]
    drop = 0.0 if floor is None else float(position @ vertical) - floor
    backward = -T_input_cam[:3, 2]
    backward = backward - (backward @ vertical) * vertical
    if np.linalg.norm(backward) < 1e-3:  # it looks straight up or down: keep image-right as +X instead
        backward = np.cross(T_input_cam[:3, 0], vertical)
    z = unit(backward)
    T_input_world = np.eye(4)
    T_input_world[:3, :3] = np.column_stack([np.cross(vertical, z), vertical, z])
    T_input_world[:3, 3] = position - drop * vertical
    return T_input_world


def inverse(T: Matrix) -> Matrix:
    """Inverse of a rigid (4, 4) transform."""
    result = np.eye(4)
    result[:3, :3] = T[:3, :3].T
    result[:3, 3] = -T[:3, :3].T @ T[:3, 3]
    return result


def _assumed(first: Matrix, up: Direction | None) -> World:
    """The world where nothing could be fitted."""
    if up is not None:
        words = f"up is given by the input; {_NO_FLOOR}"
        return World(levelled(first, up, None), Gravity("given", 1.0, False, words))
    words = f"up is ASSUMED: the first camera is taken as upright; {_NO_FLOOR}"
    return World(levelled(first, -first[:3, 1], None), Gravity("level camera", 0.0, False, words))


def _fit(
    depths: Sequence[NDArray[Any]],
    intrinsics: Sequence[Intrinsics],
    poses: Matrix,
    depth_scale: float,
    confidence: Sequence[NDArray[np.uint8]] | None,
    sky: Sequence[NDArray[np.bool_]] | None,
    up: Direction | None,
) -> _Fit | None:
    """Up of level surfaces, or else of walls; None where neither is seen."""
    some = list(spread(tuple(range(len(depths))), FRAMES))
    ignored = [_ignored(confidence[k] if confidence else None, sky[k] if sky else None) for k in some]
    blocks = blocks_of([depths[k] for k in some], [intrinsics[k] for k in some], poses[some], ignored, depth_scale)
    if up is not None:
        return _Fit(blocks, *level_planes(blocks, unit(np.array(up)), turn=False))
    held = camera_up(poses)
    vertical = find_up(blocks, held)
    if vertical is not None:
        fit = _Fit(blocks, *level_planes(blocks, vertical, turn=True))
        if fit.planes and fit.up @ held > np.cos(np.radians(LEANING)):
            return fit
    vertical = up_of_walls(blocks, held)
    return None if vertical is None else _Fit(blocks, vertical, [])


def _ignored(confidence: NDArray[np.uint8] | None, sky: NDArray[np.bool_] | None) -> NDArray[np.bool_] | None:
    """Pixels whose depth is not to be gone by."""
    if confidence is None:
        return sky
    unsure: NDArray[np.bool_] = confidence < UNSURE * np.median(confidence)
    return unsure if sky is None else unsure | sky


def _floor(fit: _Fit, positions: Matrix, metric: bool) -> Plane | None:
    """The lowest level surface seen from above, if it can be nothing but the floor."""
    from_above = [plane for plane in fit.planes if plane.upper]
    if not from_above or _from_below(fit.planes):
        return None
    lowest = min(from_above, key=lambda plane: np.median(fit.blocks.points[plane.on] @ fit.up))
    above = positions @ lowest.normal - lowest.height
    if above.min() <= 0 or (metric and np.median(above) < NEAREST_FLOOR):
        return None
    under = fit.blocks.points @ lowest.normal - lowest.height < -3 * fit.blocks.band
    if under.mean() > UNDER:
        return None
    flat = fit.blocks.points - np.outer(fit.blocks.points @ fit.up, fit.up)
    return lowest if _extent(flat[lowest.on]) >= REACH * _extent(flat) else None


def _from_below(planes: Sequence[Plane]) -> bool:
    """Say whether more level surfaces are seen from below than from above: in a room upside down tables hang."""
    below = sum(not plane.upper for plane in planes)
    return below > max(1, len(planes) - below) or below == len(planes)


def _extent(points: Matrix) -> float:
    """How far points (K, 3) reach, without the outermost."""
    low, high = np.percentile(points, [5, 95], axis=0)
    return float(np.linalg.norm(high - low))


def _agreement(fit: _Fit, up: Matrix) -> tuple[int, int]:
    """How many frames agree with `up`, and how many have a say."""
    lean = fit.blocks.normals @ up
    agreeing = voting = 0
    for frame in range(int(fit.blocks.frame.max()) + 1):
        here = fit.blocks.frame == frame
        if fit.planes:
            mine = here & (np.abs(lean) > np.cos(np.radians(LEVEL)))
            own = (fit.blocks.normals[mine] * np.sign(lean[mine])[:, None]).sum(axis=0)
            off = float(np.degrees(np.arccos(np.clip(unit(own) @ up, -1, 1)))) if mine.any() else 0.0
        else:
            mine = here & (np.abs(lean) < np.sin(np.radians(LEVEL)))
            off = abs(float(np.degrees(np.arcsin(np.median(lean[mine]))))) if mine.any() else 0.0
        voting += mine.sum() >= VOTE
        agreeing += mine.sum() >= VOTE and off <= AGREE
    return int(agreeing), int(voting)


def _explained(fit: _Fit, up: Matrix) -> float:
    """Share of the blocks that are level or upright, less where next to none is level."""
    lean, angle = np.abs(fit.blocks.normals @ up), np.radians(LEVEL)
    level, upright = float((lean > np.cos(angle)).mean()), float((lean < np.sin(angle)).mean())
    return (level + upright) * (min(1.0, level / LITTLE) if fit.planes else 1.0)


def _basis(fit: _Fit, floor: Plane | None) -> str:
    """What up and floor rest on, in words; which end is up always rests on how the cameras were held."""
    held = f"with the cameras taken as held upright within {LEANING:g} degrees"
    if floor is not None:
        return f"up and floor are fitted to the lowest level surface, {held}"
    if not fit.planes:
        return f"up is fitted to walls, {held}"
    if _from_below(fit.planes):
        return f"up is fitted to level surfaces seen from below (a ceiling, or the images are upside down), {held}"
    return f"up is fitted to level surfaces, {held}"
