"""What the frames of a capture show of its things, as points: a world that questions are asked about, like the scene.

Of the scene file nothing is used. Points are in the world of transforms.json: metres, z up.
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from questions.measures import ENOUGH
from questions.world import Array, Size, View
from scipy.spatial import ConvexHull, cKDTree

THROUGH = 0.05
"""Metres by which the depth behind a point says that nothing is there."""
MOST_POINTS = 100_000
"""Of a surface; with more, the closest ones would hardly be closer."""


class Clouds(ABC):
    """A world of seen points; every thing is as big as what is seen of it."""

    @property
    @abstractmethod
    def frames(self) -> int:
        """How many frames there are."""

    @abstractmethod
    def seen(self, name: str) -> Mapping[int, Array]:
        """Frame -> (K, 3) points of the only thing of this name, where it is seen."""

    @abstractmethod
    def count(self, name: str) -> int:
        """How many things of this name some frame shows well."""

    @abstractmethod
    def moves(self, name: str) -> bool:
        """Whether it is seen to move."""

    @abstractmethod
    def pixels(self, name: str) -> Mapping[int, int]:
        """Frame -> its pixels."""

    @abstractmethod
    def view(self, frame: int) -> View:
        """The camera of a frame."""

    def gap(self, a: str, b: str) -> float:
        """Between the closest two of the points."""
        p, q = (cloud[:: len(cloud) // MOST_POINTS + 1] for cloud in map(self._pooled, (a, b)))
        bound = np.min(cKDTree(p[::50]).query(q[::50])[0])
        p, q = p[_off_box(p, q) <= bound], q[_off_box(q, p) <= bound]
        return float(np.min(cKDTree(p).query(q)[0]))

    def middle(self, name: str, frame: int = 0) -> Array:
        """The middle of the box round the points; of a thing that moves, round those of this frame."""
        points = self.seen(name)[frame] if self.moves(name) else self._pooled(name)
        middle: Array = (points.min(axis=0) + points.max(axis=0)) / 2
        return middle

    def top(self, name: str) -> float:
        """The highest point."""
        return float(self._pooled(name)[:, 2].max())

    def size(self, name: str) -> Size:
        """The sides of the smallest upright box round the points."""
        points = self._pooled(name)
        height = float(np.ptp(points[:, 2]))
        return Size(height, max(height, *_rectangle(points[:, :2])))

    def _pooled(self, name: str) -> Array:
        return np.concatenate(list(self.seen(name).values()))


def _off_box(points: Array, others: Array) -> Array:
    """Distances of points from the box round others."""
    low, high = others.min(axis=0), others.max(axis=0)
    off: Array = np.linalg.norm(np.maximum(np.maximum(low - points, points - high), 0), axis=1)
    return off


def _rectangle(points: Array) -> tuple[float, float]:
    """The sides of the smallest rectangle round points (K, 2); one of them lies along an edge of their hull."""
    corners = points[ConvexHull(points).vertices]
    edges = np.roll(corners, -1, axis=0) - corners
    angles = np.arctan2(edges[:, 1], edges[:, 0])
    turns = np.stack([np.cos(angles), np.sin(angles), -np.sin(angles), np.cos(angles)], axis=-1).reshape(-1, 2, 2)
    sides = np.ptp(np.einsum("aij,kj->aki", turns, corners), axis=1)
    a, b = sides[np.argmin(sides.prod(axis=1))]
    return float(a), float(b)


class Frame(NamedTuple):
    """One frame as it ships."""

    depth: Array
    """(H, W) metres along the camera's z; 0 is unknown."""
    ids: NDArray[np.uint8]
    T_world_cam: Array
    """OpenCV axes."""


class Shown(Clouds):
    """What the depth images, the instance images and the poses of a capture show."""

    def __init__(self, folder: Path) -> None:
        self._about = about = json.loads((folder / "transforms.json").read_text())
        self._frames = []
        for record in about["frames"]:
            depth = np.asarray(Image.open(folder / record["depth_file_path"])) * about["depth_unit_scale_factor"]
            pose = np.array(record["transform_matrix"]) @ np.diag([1.0, -1.0, -1.0, 1.0])
            self._frames.append(Frame(depth, np.asarray(Image.open(folder / record["instance_file_path"])), pose))
        self._counts = [np.bincount(frame.ids.reshape(-1), minlength=256) for frame in self._frames]
        self._seen: dict[str, dict[int, Array]] = {}

    @property
    def frames(self) -> int:
        """How many frames there are."""
        return len(self._frames)

    def seen(self, name: str) -> Mapping[int, Array]:
        """Frame -> (K, 3) points of the only thing of this name, where its depth is known."""
        if name not in self._seen:
            number = self._only(name)
            masks = {k: (frame.ids == number) & (frame.depth > 0) for k, frame in enumerate(self._frames)}
            points = {k: self._points(self._frames[k], mask) for k, mask in masks.items() if mask.any()}
            self._seen[name] = points
        return self._seen[name]

    def count(self, name: str) -> int:
        """How many instances of this name some frame shows well."""
        return sum(max(count[number] for count in self._counts) >= ENOUGH for number in self._numbers(name))

    def moves(self, name: str) -> bool:
        """Whether another frame looks through most of what one shows of it."""
        seen = [points[::11] for points in self.seen(name).values() if len(points) >= ENOUGH]
        return any(self._gone(points, frame) > 0.5 for points in seen for frame in self._frames)

    def pixels(self, name: str) -> Mapping[int, int]:
        """Frame -> its pixels in the instance image."""
        number = self._only(name)
        return {k: int(count[number]) for k, count in enumerate(self._counts) if count[number]}

    def view(self, frame: int) -> View:
        """The camera of a frame."""
        pose = self._frames[frame].T_world_cam
        return View(pose[:3, 3], pose[:3, 2])

    def _numbers(self, name: str) -> list[int]:
        named = self._about["instances"].items()
        return [int(number) for number, told in named if name in (told["label"], *told["synonyms"])]

    def _only(self, name: str) -> int:
        (number,) = self._numbers(name)
        return number

    def _points(self, frame: Frame, mask: NDArray[np.bool_]) -> Array:
        """World points of pixels; cx and cy count from the image's corner."""
        t = self._about
        v, u = np.nonzero(mask)
        z = frame.depth[v, u]
        local = np.stack([(u + 0.5 - t["cx"]) / t["fl_x"] * z, (v + 0.5 - t["cy"]) / t["fl_y"] * z, z], axis=-1)
        world: Array = local @ frame.T_world_cam[:3, :3].T + frame.T_world_cam[:3, 3]
        return world

    def _gone(self, points: Array, frame: Frame) -> float:
        """The share of points that lie in the free space before what a frame sees."""
        t = self._about
        x, y, z = ((points - frame.T_world_cam[:3, 3]) @ frame.T_world_cam[:3, :3]).T
        ahead = z > 0.1
        x, y, z = x[ahead], y[ahead], z[ahead]
        u = np.floor(x / z * t["fl_x"] + t["cx"]).astype(int)
        v = np.floor(y / z * t["fl_y"] + t["cy"]).astype(int)
        inside = (u >= 0) & (u < t["w"]) & (v >= 0) & (v < t["h"])
        return float(np.sum(frame.depth[v[inside], u[inside]] > z[inside] + THROUGH) / len(points))
