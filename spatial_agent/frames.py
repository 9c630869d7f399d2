"""What an input is: frames with absolute numbers, and what a sensor measured beside colour.

Conventions, the same everywhere. Pixels count from the centre of the top left pixel, (0, 0). Camera axes are
OpenCV's: x right, y down, z forward. Poses are camera-to-world 4x4 matrices named `T_world_cam`. Depth is metres
along z, 0 where unknown. Frame numbers are absolute: those of the file, whatever part of it is loaded.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Rgb = NDArray[np.uint8]
"""(H, W, 3) colour image."""
Floats = NDArray[np.floating[Any]]
Size = tuple[int, int]
"""(width, height) in pixels."""


def fit_size(size: Size, long_edge: int) -> Size:
    """Size of an image whose longer edge is at most `long_edge`; never larger than `size`, never cropped."""
    width, height = size
    scale = min(1.0, long_edge / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


@dataclass(frozen=True)
class Intrinsics:
    """A pinhole camera: focal lengths and principal point in pixels, of an image of `width` x `height`."""

    fx: float
    fy: float
    cx: float
    cy: float
    width: int
    height: int

    def scaled(self, size: Size) -> Intrinsics:
        """The same camera for the same picture resized to `size`; pixel centres move with the image edges."""
        sx, sy = size[0] / self.width, size[1] / self.height
        return replace(
            self,
            fx=self.fx * sx,
            fy=self.fy * sy,
            cx=(self.cx + 0.5) * sx - 0.5,
            cy=(self.cy + 0.5) * sy - 0.5,
            width=size[0],
            height=size[1],
        )


def unproject(uv: Floats, z: Floats, camera: Intrinsics, T_world_cam: Floats) -> Floats:
    """World points (..., 3) of pixels `uv` (..., 2) at depths `z` (...) in metres along the camera's z."""
    x = (uv[..., 0] - camera.cx) / camera.fx * z
    y = (uv[..., 1] - camera.cy) / camera.fy * z
    in_camera = np.stack([x, y, z], axis=-1)
    points: Floats = in_camera @ T_world_cam[:3, :3].T + T_world_cam[:3, 3]
    return points


def project(points: Floats, camera: Intrinsics, T_world_cam: Floats) -> tuple[Floats, Floats]:
    """Pixels (..., 2) and depths (...) of world points (..., 3); pixels are NaN where the depth is not positive."""
    in_camera = (points - T_world_cam[:3, 3]) @ T_world_cam[:3, :3]
    z = in_camera[..., 2]
    safe = np.where(z > 0, z, np.nan)
    u = in_camera[..., 0] / safe * camera.fx + camera.cx
    v = in_camera[..., 1] / safe * camera.fy + camera.cy
    return np.stack([u, v], axis=-1), z


@dataclass(frozen=True)
class Instance:
    """One labelled object of a capture and the other words that people use for it."""

    label: str
    synonyms: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sensor:
    """What an input measured beside colour. Each function takes an absolute frame number."""

    depth: Callable[[int], NDArray[Any]]
    """(H, W) of any real dtype; times `depth_scale` it is metres along z; 0 where unknown."""
    depth_scale: float
    intrinsics: Callable[[int], Intrinsics]
    T_input_cam: Callable[[int], NDArray[np.float64]]
    """Camera-to-input-world, OpenCV camera axes, metres."""
    instances: Callable[[int], NDArray[np.integer[Any]]] | None = None
    """(H, W) instance numbers; 0 where nothing is labelled."""
    labels: Mapping[int, Instance] = field(default_factory=dict)
    up: tuple[float, float, float] | None = None
    """The direction against gravity in the input's world, if the capture says so."""
    floor: float | None = None
    """Height of the floor along `up`, metres, if the capture says so."""
    origin: str = "measured by the input's sensor"
    """Where depth and poses come from, in words for a reader of the answer."""


@dataclass(frozen=True)
class Frames:
    """The frames of one video, walk-through capture or set of photos; pixels are loaded when asked for."""

    name: str
    """What the user called it; never shown to the model."""
    kind: Literal["images", "video"]
    indices: tuple[int, ...]
    """Absolute frame numbers, rising."""
    sizes: tuple[Size, ...]
    """Size of each frame as the agent sees it, after the long-edge limit."""
    pixels: Callable[[int], Rgb]
    """Colour of one absolute frame number, at its size."""
    times: tuple[float, ...] | None = None
    """Seconds from the start, for each frame; None for photos."""
    fps: float | None = None
    sensor: Sensor | None = None
    rendered: bool = False
    """True for a rendered capture: no real place was filmed."""

    def __len__(self) -> int:
        """Number of frames."""
        return len(self.indices)

    def size(self, frame: int) -> Size:
        """(width, height) of one absolute frame number; ValueError if there is no such frame."""
        if not self.has(frame):
            raise ValueError(f"there is no frame {frame}; there are {self.indices[0]} to {self.indices[-1]}")
        return self.sizes[bisect_left(self.indices, frame)]

    def has(self, frame: int) -> bool:
        """Say whether there is a frame of this absolute number."""
        position = bisect_left(self.indices, frame)
        return position < len(self.indices) and self.indices[position] == frame


def spread(indices: tuple[int, ...], count: int) -> tuple[int, ...]:
    """At most `count` of the given frame numbers, evenly spaced, the first and the last among them."""
    if len(indices) <= count:
        return indices
    positions = np.linspace(0, len(indices) - 1, count).round().astype(int)
    return tuple(indices[i] for i in positions)
