"""Coloured points of a reconstruction, and how a camera sees them: the nearest one wins in each pixel."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spatial_agent.frames import Intrinsics, Rgb, unproject

if TYPE_CHECKING:
    from spatial_agent.inside.tools.reconstruct import Reconstruction

Singles = NDArray[np.float32]
Doubles = NDArray[np.float64]
Rows = NDArray[np.int32]
"""(H, W) for each pixel of a picture a row of the cloud; -1 where there is nothing."""

BUDGET = 1_000_000
"""Points that are drawn, of all frames together."""
DENSE = 450_000
"""Of these, points of the frame that looks most like the view."""
WIDEST = 6
"""Pixels from the middle of a point's square to its side, at most."""
NEIGHBOUR = 4
"""Pixels between a point and those that its normal is taken from."""
GRAZING = 0.04
"""Cosine between ray and normal below which a point lies on no surface: depth smeared between two things."""
BEHIND = -0.1
"""Cosine between the way to the viewer and the normal below which a surface is seen from its back."""
SURE = 0.1
"""Points of less confidence are left out."""


@dataclass(frozen=True)
class Cloud:
    """Points of some frames; rows belong together."""

    points: Singles
    """(M, 3)"""
    normals: Singles
    """(M, 3) of length 1, towards the camera that saw the point."""
    colours: Rgb
    """(M, 3)"""
    tags: NDArray[np.int16]
    """(M,) number of the object that a point belongs to; -1 of none."""
    spacing: Singles
    """(M,) distance between neighbours, in the world's unit."""
    frame: NDArray[np.int32]
    """(M,) absolute number of the frame that saw the point."""


def cloud(recon: Reconstruction, steps: Mapping[int, int], tag: Callable[[int], NDArray[np.int16]]) -> Cloud:
    """Points of frames, one in `steps[f]` pixels each way; `tag(f)` numbers the pixels (H, W) of a frame by object."""
    parts = [_of_frame(recon, frame, step, tag(frame)) for frame, step in steps.items()]
    points, normals, colours, tags, spacing = (np.concatenate(column) for column in zip(*parts, strict=True))
    frames = np.repeat(np.array(list(steps), dtype=np.int32), [len(part[0]) for part in parts])
    return Cloud(points, normals, colours, tags, spacing, frames)


def steps_of(recon: Reconstruction, dense: int | None) -> dict[int, int]:
    """How many pixels to step in each frame, so that the budget holds; one frame may be read more densely."""
    pixels = {frame: width * height for frame, (width, height) in recon.sizes.items()}
    rest = sum(pixels.values()) - (0 if dense is None else pixels[dense])
    steps = dict.fromkeys(pixels, _step(rest, BUDGET if dense is None else BUDGET - DENSE))
    return steps if dense is None else steps | {dense: _step(pixels[dense], DENSE)}


def _step(pixels: int, budget: int) -> int:
    return max(1, int(np.ceil(np.sqrt(pixels / budget))))


def _of_frame(
    recon: Reconstruction, frame: int, step: int, tags: NDArray[np.int16]
) -> tuple[Singles, Singles, Rgb, NDArray[np.int16], Singles]:
    part = (slice(step // 2, None, step),) * 2
    depth = np.asarray(recon.depth[frame])[part]
    camera, pose = recon.intrinsics.camera(frame), np.asarray(recon.extrinsics[frame])
    rows, columns = np.mgrid[part[0].start : camera.height : step, part[1].start : camera.width : step]
    grid = np.stack([columns, rows], axis=-1).astype(np.float32)
    points = unproject(grid, np.where(depth > 0, depth, np.nan), camera, pose).astype(np.float32)
    rays = points - pose[:3, 3].astype(np.float32)
    with np.errstate(invalid="ignore", divide="ignore"):
        normals = _normals(points, max(1, round(NEIGHBOUR / step)))
        lean = (normals * rays).sum(axis=-1)
        normals = np.where(lean[..., None] > 0, -normals, normals)
        grazing = np.abs(lean) / np.linalg.norm(rays, axis=-1)
    unknown = ~np.isfinite(grazing)
    normals = np.where(unknown[..., None], -rays / np.linalg.norm(rays, axis=-1, keepdims=True), normals)
    kept = (depth > 0) & (unknown | (grazing > GRAZING)) & (np.asarray(recon.confidence[frame])[part] >= SURE)
    colours = np.asarray(recon[frame].image)[part]
    spacing = depth * np.float32(step / min(camera.fx, camera.fy))
    return points[kept], normals[kept], colours[kept], tags[part][kept], spacing[kept]


def _normals(points: Singles, reach: int) -> Singles:
    """(H, W, 3) of length 1; each way from the neighbour on the nearer side, so that edges of things do not lean."""
    normals = np.cross(_slope(points, reach, 0), _slope(points, reach, 1))
    unit: Singles = (normals / np.linalg.norm(normals, axis=-1, keepdims=True)).astype(np.float32)
    return unit


def _slope(points: Singles, reach: int, axis: int) -> Singles:
    """(H, W, 3) from each point to the next along an axis, or from the one before to it, whichever is shorter."""
    count = points.shape[axis]
    here = np.arange(count)
    after = np.take(points, np.minimum(here + reach, count - 1), axis) - points
    before = points - np.take(points, np.maximum(here - reach, 0), axis)
    long = [np.nan_to_num(np.square(way).sum(axis=-1), nan=np.inf) for way in (after, before)]
    long = [np.where(length > 0, length, np.inf) for length in long]  # at the image's edge it is the point itself
    return np.where((long[0] <= long[1])[..., None], after, before)


def splat(cloud: Cloud, camera: Intrinsics, pose: Doubles, *, cut: bool, frame: int | None = None) -> Rows:
    """The points, of all frames or one, that a camera at `pose` sees; with `cut` no surface is seen from its back."""
    width, height = camera.width, camera.height
    turn, eye = pose[:3, :3].astype(np.float32), pose[:3, 3].astype(np.float32)
    local = (cloud.points - eye) @ turn
    z = local[:, 2]
    safe = np.where(z > 1e-6, z, np.float32(np.nan))
    with np.errstate(invalid="ignore"):
        u, v = local[:, 0] / safe * camera.fx + camera.cx, local[:, 1] / safe * camera.fy + camera.cy
        inside = (u > -WIDEST) & (u < width + WIDEST) & (v > -WIDEST) & (v < height + WIDEST)
    if frame is not None:
        inside &= cloud.frame == frame
    if cut:
        inside &= facing(cloud, eye) > BEHIND
    chosen = np.flatnonzero(inside)
    chosen = chosen[np.argsort(-z[chosen], kind="stable")].astype(np.int32)  # the farthest first
    wide = cloud.spacing[chosen] * max(camera.fx, camera.fy) / z[chosen]
    reach = np.clip(np.ceil((wide - 1.1) / 2), 0, WIDEST).astype(np.int8)
    columns, lines = np.rint(u[chosen]).astype(np.int32), np.rint(v[chosen]).astype(np.int32)
    nearest = np.full(height * width, -1, dtype=np.int32)  # for each pixel a place in `chosen`; later ones are nearer
    for far in range(WIDEST + 1):
        some = np.flatnonzero(reach >= far).astype(np.int32)
        for dx, dy in _ring(far) if len(some) else ():
            x, y = columns[some] + dx, lines[some] + dy
            here = (x >= 0) & (x < width) & (y >= 0) & (y < height)
            at, place = y[here] * width + x[here], some[here]
            nearest[at] = np.maximum(nearest[at], place)  # of two in one pixel the last is written, and it is nearer
    rows = np.where(nearest >= 0, chosen[nearest] if len(chosen) else -1, -1)
    return rows.reshape(height, width).astype(np.int32)


def facing(cloud: Cloud, eye: Singles) -> Singles:
    """(M,) cosine between the way to the eye and the normal: negative where a surface is seen from its back."""
    towards = eye - cloud.points
    lean: Singles = (towards * cloud.normals).sum(axis=-1) / np.maximum(np.linalg.norm(towards, axis=-1), 1e-9)
    return lean


def _ring(far: int) -> Sequence[tuple[int, int]]:
    """Offsets of the pixels whose larger coordinate is `far`."""
    span = range(-far, far + 1)
    return [(dx, dy) for dx in span for dy in span if max(abs(dx), abs(dy)) == far]
