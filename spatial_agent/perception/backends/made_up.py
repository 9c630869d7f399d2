"""The little world that the `dummy` perception sees: a floor, a wall behind it, sky above, and things that stand about.

World axes: +Y up, the floor at Y = 0, the camera looks roughly to -Z. Lengths are in metres. The camera walks a little
and turns a little from the first frame to the last, and has every thing in view all the way.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spatial_agent.frames import Frames, Intrinsics, Size

WALL_Z, WALL_TOP = -8.0, 4.9
ROWS = ((-3.2, 4, 1.0, 0.35), (-4.7, 4, 1.25, 0.7), (-6.3, 4, 1.6, 1.3))
"""Z of a row of things, how many stand in it, how far apart, and about how high: none hides one behind it."""
Matrix = NDArray[np.float64]
Map = NDArray[np.float32]


def chance(*what: object) -> np.random.Generator:
    """A generator of numbers that depend on `what` alone, in this process and in any other."""
    words = "\0".join(map(str, what)).encode()
    return np.random.default_rng(int.from_bytes(hashlib.sha256(words).digest()[:8], "big"))


@dataclass(frozen=True)
class Thing:
    """A block or an ellipsoid that stands on the floor, parallel to the axes."""

    centre: tuple[float, float, float]
    half: tuple[float, float, float]
    """Half its width, height and depth."""
    round: bool


class MadeUpWorld:
    """The world of one video or set of images: it depends on their number and size, and on nothing else."""

    def __init__(self, frames: Frames) -> None:
        self._frames = frames
        self.things = tuple(_things(chance("world", len(frames), frames.sizes[0])))

    def camera(self, frame: int) -> tuple[Intrinsics, Matrix]:
        """The camera of a frame and its pose, camera to world."""
        width, height = self._frames.size(frame)
        focal = 0.8 * min(width, height)
        first, last = self._frames.indices[0], self._frames.indices[-1]
        along = (frame - first) / max(1, last - first)
        eye = np.array([0.8 * along - 0.4, 1.5 + 0.03 * np.sin(12 * np.pi * along), -0.4 * along])
        target = np.array([0.4 * np.sin(3 * np.pi * along), 0.9, -5.0])
        return Intrinsics(focal, focal, (width - 1) / 2, (height - 1) / 2, width, height), _looking(eye, target)

    def depth(self, frame: int) -> tuple[Map, NDArray[np.bool_]]:
        """Depth along z of every pixel (H, W), and where the sky is seen; there the depth is 0."""
        camera, pose = self.camera(frame)
        eye, _, y, z = _rays(camera, pose)
        floor, wall = -y / eye[1], -z / (eye[2] - WALL_Z)  # one over the depth of each plane
        nearest = np.maximum(floor, wall)
        sky = (wall >= floor) & (y > (WALL_TOP - eye[1]) * wall)
        depth = np.where(sky, 0, 1 / np.maximum(nearest, 1e-3)).astype(np.float32)
        for _, window, hit, near in self._seen(frame):
            view = depth[window]
            closer = hit & ((near < view) | (view == 0))
            view[closer] = near[closer]
            sky[window] &= ~closer
        return depth, sky

    def numbers(self, frame: int) -> NDArray[np.uint8]:
        """The number of the thing that each pixel shows (H, W), counted from 1; 0 where it shows none."""
        width, height = self._frames.size(frame)
        found = np.zeros((height, width), np.uint8)
        depth = np.full((height, width), np.inf, np.float32)
        for number, window, hit, near in self._seen(frame):
            closer = hit & (near < depth[window])
            found[window][closer] = number
            depth[window][closer] = near[closer]
        return found

    def _seen(self, frame: int) -> list[tuple[int, tuple[slice, slice], NDArray[np.bool_], Map]]:
        """For each thing in view: its number, the window of the image that holds it, where it is hit, and how deep."""
        camera, pose = self.camera(frame)
        seen = []
        for number, thing in enumerate(self.things, start=1):
            window = _window(thing, camera, pose)
            if window is not None:
                seen.append((number, window, *_hit(thing, *_rays(camera, pose, window))))
        return seen


def _things(random: np.random.Generator) -> list[Thing]:
    things = []
    for z, count, apart, high in ROWS:
        for place in range(count):
            width, height, depth = random.uniform(0.8, 1.2, 3) * (0.3 * apart, high / 2, 0.3)
            x = (place - (count - 1) / 2) * apart + random.uniform(-0.08, 0.08)
            things.append(
                Thing((x, height, z + random.uniform(-0.1, 0.1)), (width, height, depth), bool(random.random() < 0.5))
            )
    return things


def _looking(eye: Matrix, target: Matrix) -> Matrix:
    """Camera-to-world pose of an upright camera that looks at `target`."""
    forward = (target - eye) / np.linalg.norm(target - eye)
    right = np.cross(forward, (0.0, 1.0, 0.0))
    right /= np.linalg.norm(right)
    pose = np.eye(4)
    pose[:3] = np.column_stack([right, np.cross(forward, right), forward, eye])
    return pose


def _rays(
    camera: Intrinsics, pose: Matrix, window: tuple[slice, slice] = (slice(None), slice(None))
) -> tuple[Matrix, Map, Map, Map]:
    """The camera's position, and the x, y and z in the world of each pixel's ray, one metre deep."""
    u = ((np.arange(camera.width)[window[1]] - camera.cx) / camera.fx).astype(np.float32)
    v = ((np.arange(camera.height)[window[0]] - camera.cy) / camera.fy).astype(np.float32)
    turn = pose[:3, :3].astype(np.float32)
    x, y, z = (u * turn[axis, 0] + (v * turn[axis, 1] + turn[axis, 2])[:, None] for axis in range(3))
    return pose[:3, 3], x, y, z


def _window(thing: Thing, camera: Intrinsics, pose: Matrix) -> tuple[slice, slice] | None:
    """Rows and columns of the image that hold the thing's corners; None when it is out of view."""
    signs = np.array(np.meshgrid((-1, 1), (-1, 1), (-1, 1))).reshape(3, -1).T
    corners = (np.array(thing.centre) + signs * thing.half - pose[:3, 3]) @ pose[:3, :3]
    u, v = (corners[:, axis] / corners[:, 2] * camera.fx for axis in (0, 1))
    left, right = _cut(u.min() + camera.cx, u.max() + camera.cx, camera.width)
    top, bottom = _cut(v.min() + camera.cy, v.max() + camera.cy, camera.height)
    return (slice(top, bottom), slice(left, right)) if left < right and top < bottom else None


def _cut(low: float, high: float, size: int) -> tuple[int, int]:
    """The whole pixels from `low` to `high` that the image has: first, and one behind the last."""
    return max(0, int(np.floor(low))), min(size, int(np.ceil(high)) + 1)


def _hit(thing: Thing, eye: Matrix, x: Map, y: Map, z: Map) -> tuple[NDArray[np.bool_], Map]:
    """Where rays hit the thing, and the depth there."""
    start = [np.float32((e - c) / h) for e, c, h in zip(eye, thing.centre, thing.half, strict=True)]
    way = [axis / np.float32(h) for axis, h in zip((x, y, z), thing.half, strict=True)]
    if thing.round:  # |start + depth * way| = 1
        a = way[0] ** 2 + way[1] ** 2 + way[2] ** 2
        b = start[0] * way[0] + start[1] * way[1] + start[2] * way[2]
        root = b * b - a * np.float32(sum(s * s for s in start) - 1)
        return root > 0, (-b - np.sqrt(np.maximum(root, 0))) / a
    with np.errstate(divide="ignore"):
        ends = [((-1 - s) / w, (1 - s) / w) for s, w in zip(start, way, strict=True)]
    near = np.maximum.reduce([np.minimum(*pair) for pair in ends])
    far = np.minimum.reduce([np.maximum(*pair) for pair in ends])
    return near < far, near


def superellipse(centre: tuple[float, float], half: tuple[float, float], size: Size) -> NDArray[Any]:
    """A mask (H, W) that all but fills a box and touches its sides; at least one pixel, if any of it is in the image."""
    width, height = size
    mask = np.zeros((height, width), bool)
    x = (np.arange(width) - centre[0]) / max(half[0], 0.5)
    y = (np.arange(height) - centre[1]) / max(half[1], 0.5)
    mask |= (x**4)[None] + (y**4)[:, None] <= 1
    if not mask.any() and -0.5 <= centre[0] < width and -0.5 <= centre[1] < height:
        mask[min(round(centre[1]), height - 1), min(round(centre[0]), width - 1)] = True
    return mask
