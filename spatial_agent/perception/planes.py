"""Level surfaces and walls in depth maps: where up is and what lies flat, from the depth and poses of several frames.

Depth maps are read as small blocks of pixels. Of a plane, 1/z is linear in the image; so a block's mean of 1/z lies on
it, and the slope of 1/z over neighbouring blocks gives its normal. All distances are judged in proportion to the depth
at which they were measured, so units do not matter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spatial_agent.frames import Intrinsics

Doubles = NDArray[np.float64]
Bools = NDArray[np.bool_]

ACROSS = 192
"""Pixels that are read of a frame's longer side; more are skipped over."""
BLOCK = 4
"""Pixels, of those that are read, to a block's side."""
FLAT = 0.03
"""A block is flat where 1/z bends by less than this share of itself from neighbour to neighbour."""
BAND = 0.02
"""How far from a plane its points may be, as a share of their depth."""
LEANING = 60.0
"""Degrees between the mean up of the cameras and what can still be up."""
TOGETHER = 45.0
"""Degrees within which cameras are held alike."""
LEVEL = 12.0
"""Degrees between up and the normal of a level surface; between a right angle to up and the normal of a wall."""
FEWEST = 40
"""Blocks that make a plane, or a direction of walls."""
SHARE = 0.02
"""The same as a share of all blocks that have a normal; the larger of the two counts."""
WALLS = 0.4
"""Share of what is seen that walls must make up to tell where up is; of a heap of things a fifth looks like walls."""
MOST_PLANES = 6
VOTERS = 8000
CANDIDATES = 250


@dataclass(frozen=True)
class Blocks:
    """Flat blocks of all frames, in the input's frame of reference."""

    points: Doubles
    """(M, 3)"""
    normals: Doubles
    """(M, 3) of length 1, towards the camera."""
    band: Doubles
    """(M,) distance from a plane within which a block counts as on it."""
    frame: NDArray[np.intp]
    """(M,) position of each block's frame in the lists that were given."""

    def __len__(self) -> int:
        """Number of blocks."""
        return len(self.points)

    @property
    def enough(self) -> float:
        """Blocks that a plane needs."""
        return max(FEWEST, SHARE * len(self))


@dataclass(frozen=True)
class Plane:
    """A level surface: `normal @ x == height`."""

    normal: Doubles
    """(3,) of length 1, upwards."""
    height: float
    on: NDArray[np.intp]
    """The blocks on it, as positions in Blocks."""
    upper: bool
    """True when it is seen from above (a floor, a table), False when from below (a ceiling)."""


def blocks_of(
    depths: Sequence[NDArray[Any]],
    cameras: Sequence[Intrinsics],
    poses: Doubles,
    ignored: Sequence[Bools | None],
    scale: float,
) -> Blocks:
    """Flat blocks of depth maps (H, W) times `scale`, of cameras with these poses (N, 4, 4), less those ignored."""
    parts = [_blocks(*frame, scale) for frame in zip(depths, cameras, poses, ignored, strict=True)]
    counts = [len(points) for points, _, _ in parts]
    return Blocks(
        np.concatenate([points for points, _, _ in parts]),
        np.concatenate([normals for _, normals, _ in parts]),
        np.concatenate([band for _, _, band in parts]),
        np.repeat(np.arange(len(parts)), counts),
    )


def _blocks(
    depth: NDArray[Any], camera: Intrinsics, pose: Doubles, ignored: Bools | None, scale: float
) -> tuple[Doubles, Doubles, Doubles]:
    """Points, normals and bands of one frame's flat blocks."""
    step = max(1, round(max(depth.shape) / ACROSS))
    z = depth[::step, ::step].astype(np.float64)
    known = np.isfinite(z) & (z > 0)
    if ignored is not None:
        known &= ~ignored[::step, ::step]
    rows, columns = z.shape[0] // BLOCK, z.shape[1] // BLOCK
    if min(rows, columns) < 3:
        return np.empty((0, 3)), np.empty((0, 3)), np.empty(0)

    def summed(values: NDArray[Any]) -> Doubles:
        cut = values[: rows * BLOCK, : columns * BLOCK].reshape(rows, BLOCK, columns, BLOCK)
        total: Doubles = cut.sum(axis=(1, 3), dtype=np.float64)
        return total

    count = summed(known)
    nearness = summed(np.where(known, 1 / np.where(known, z, 1), 0)) / np.maximum(count, 1)
    q = np.where(count >= BLOCK * BLOCK / 2, nearness, np.nan)
    middle = (np.arange(max(rows, columns)) * BLOCK + (BLOCK - 1) / 2) * step
    x = (middle[1 : columns - 1] - camera.cx) / camera.fx
    y = ((middle[1 : rows - 1] - camera.cy) / camera.fy)[:, None]
    along_x = (q[1:-1, 2:] - q[1:-1, :-2]) / (2 * BLOCK * step / camera.fx)
    along_y = (q[2:, 1:-1] - q[:-2, 1:-1]) / (2 * BLOCK * step / camera.fy)
    here = q[1:-1, 1:-1]
    bend = np.maximum(np.abs(q[1:-1, 2:] + q[1:-1, :-2] - 2 * here), np.abs(q[2:, 1:-1] + q[:-2, 1:-1] - 2 * here))
    flat = bend < FLAT * here  # False where anything around is NaN
    normals = np.stack([along_x, along_y, here - along_x * x - along_y * y], axis=-1)[flat]
    rays = np.stack(np.broadcast_arrays(x, y, 1.0), axis=-1)[flat]
    normals /= -np.linalg.norm(normals, axis=-1, keepdims=True)  # 1/z is positive, so this one looks to the camera
    distance = scale / here[flat]
    turn = pose[:3, :3]
    return (rays * distance[:, None]) @ turn.T + pose[:3, 3], normals @ turn.T, BAND * distance


def camera_up(poses: Doubles) -> Doubles:
    """(3,) what most cameras hold as up; one that is turned on its side does not spoil it."""
    ups = -poses[:, :3, 1]
    alike = ups @ ups.T
    best = int(np.clip(alike, 0, 1).sum(axis=1).argmax())
    return unit(ups[alike[best] > _cos(TOGETHER)].sum(axis=0))


def find_up(blocks: Blocks, held: Doubles) -> Doubles | None:
    """Direction (3,) near `held` that most level surfaces, and the walls, agree on; None without a level surface."""
    facing = blocks.normals @ held
    near = np.flatnonzero(np.abs(facing) > _cos(LEANING))
    if len(near) < blocks.enough:
        return None
    folded = blocks.normals[near] * np.sign(facing[near])[:, None]
    tried = folded[:: max(1, len(near) // CANDIDATES)]
    voters = blocks.normals[:: max(1, len(blocks) // VOTERS)]
    across = np.abs(voters @ tried.T)
    width = 1 - _cos(LEVEL / 2)
    votes = np.exp((across - 1) / width).sum(axis=0) + 0.25 * np.exp(-((across / _sin(LEVEL / 2)) ** 2)).sum(axis=0)
    up = tried[int((votes * (tried @ held) ** 3).argmax())]
    for within in (LEVEL, LEVEL / 2):
        close = folded[folded @ up > _cos(within)]
        up = unit(close.sum(axis=0)) if len(close) else up
    return up if (np.abs(blocks.normals @ up) > _cos(LEVEL)).sum() >= blocks.enough else None


def up_of_walls(blocks: Blocks, held: Doubles) -> Doubles | None:
    """Direction (3,) near `held` at right angles to walls that face at least two ways; None without such walls."""
    up = held
    for within in (2 * LEVEL, LEVEL, LEVEL):
        walls = blocks.normals[np.abs(blocks.normals @ up) < _sin(within)]
        if len(walls) < max(2 * blocks.enough, WALLS * len(blocks)):
            return None
        spread, axes = np.linalg.eigh(walls.T @ walls / len(walls))
        if spread[1] < 0.1:  # all face one way: how they are turned about it is open
            return None
        up = axes[:, 0] * (1.0 if axes[:, 0] @ held > 0 else -1.0)
    return up if up @ held > _cos(LEANING) else None


def level_planes(blocks: Blocks, up: Doubles, *, turn: bool) -> tuple[Doubles, list[Plane]]:
    """Level planes by size, and up as they have it; without `turn` up stays as it is."""
    planes: list[Plane] = []
    for wide in (2.0, 1.0):
        planes = _planes(blocks, up, wide, turn)
        if turn and planes:
            alike = [plane for plane in planes if plane.normal @ planes[0].normal > _cos(4)]
            up = unit(np.sum([len(plane.on) * plane.normal for plane in alike], axis=0))
    return up, planes


def _planes(blocks: Blocks, up: Doubles, wide: float, turn: bool) -> list[Plane]:
    """The level planes with most blocks, one after another."""
    planes: list[Plane] = []
    facing = blocks.normals @ up
    for upper in (True, False):
        left = np.flatnonzero(facing > _cos(LEVEL) if upper else facing < -_cos(LEVEL))
        while len(left) >= blocks.enough and len(planes) < 2 * MOST_PLANES:
            heights, band = blocks.points[left] @ up, wide * blocks.band[left]
            some = slice(None, None, max(1, len(left) // VOTERS))
            tried = heights[:: max(1, len(left) // CANDIDATES)]
            votes = (np.abs(heights[some, None] - tried) < band[some, None]).sum(axis=0)
            best = tried[int(votes.argmax())]
            on = left[np.abs(heights - best) < band]
            if len(on) < blocks.enough:
                break
            plane = _fitted(blocks, left, on, up, upper, wide, turn)
            planes.append(plane)
            left = np.setdiff1d(left, np.union1d(on, plane.on))
    return sorted(planes, key=lambda plane: -len(plane.on))


def _fitted(
    blocks: Blocks, among: NDArray[np.intp], on: NDArray[np.intp], up: Doubles, upper: bool, wide: float, turn: bool
) -> Plane:
    """The plane through these blocks by least squares, and the blocks of `among` that lie on it."""
    normal = up
    height = float(np.median(blocks.points[on] @ up))
    for _ in range(3):
        weight = 1 / blocks.band[on] ** 2
        centre = np.average(blocks.points[on], axis=0, weights=weight)
        if turn:
            moved = blocks.points[on] - centre
            spread, axes = np.linalg.eigh((moved * weight[:, None]).T @ moved / weight.sum())
            found = axes[:, 0] * (1.0 if axes[:, 0] @ up > 0 else -1.0)
            if spread[1] > 25 * spread[0] and found @ up > _cos(LEVEL):  # else it is a strip, which can roll
                normal = found
        height = float(centre @ normal)
        near = among[np.abs(blocks.points[among] @ normal - height) < wide * blocks.band[among]]
        if len(near) < FEWEST:
            break
        on = near
    return Plane(normal, height, on, upper)


def unit(vector: Doubles) -> Doubles:
    """The vector at length 1."""
    return vector / np.linalg.norm(vector)


def _cos(degrees: float) -> float:
    return float(np.cos(np.radians(degrees)))


def _sin(degrees: float) -> float:
    return float(np.sin(np.radians(degrees)))
