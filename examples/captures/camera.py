"""Camera geometry: intrinsics, poses, and the three axis conventions in play.

Poses here are camera-to-world 4x4 matrices in OpenCV axes (x right, y down, z forward); the world's z is up.
Pixel (u, v) = (0, 0) is the centre of the top left pixel.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from meshes import Array

OPENGL_FROM_OPENCV = np.diag([1.0, -1.0, -1.0, 1.0])
"""Flips camera axes to x right, y up, z backward; its own inverse."""
MITSUBA_FROM_OPENCV = np.diag([-1.0, -1.0, 1.0, 1.0])
"""Flips camera axes to Mitsuba's x left, y up, z forward; its own inverse."""


@dataclass(frozen=True)
class Intrinsics:
    """A pinhole camera without distortion."""

    width: int = 640
    height: int = 480
    field_of_view: float = 68.0
    """Horizontal, degrees."""

    @property
    def focal(self) -> float:
        """Pixels, the same for both axes."""
        return float(self.width / 2 / np.tan(np.radians(self.field_of_view) / 2))

    @property
    def corner_principal_point(self) -> tuple[float, float]:
        """The image's middle counted from its corner, as nerfstudio counts: pixel centres at +0.5."""
        return self.width / 2, self.height / 2

    @property
    def principal_point(self) -> tuple[float, float]:
        """The image's middle counted from the first pixel's centre."""
        return self.width / 2 - 0.5, self.height / 2 - 0.5

    def rays(self) -> Array:
        """Directions through all pixel centres in camera axes, z = 1, (height, width, 3)."""
        v, u = np.mgrid[0 : self.height, 0 : self.width].astype(float)
        cx, cy = self.principal_point
        return np.stack([(u - cx) / self.focal, (v - cy) / self.focal, np.ones_like(u)], axis=-1)

    def project(self, points: Array, pose: Array) -> Array:
        """Pixel coordinates and depth (u, v, z) of world points (n, 3)."""
        x, y, z = ((points - pose[:3, 3]) @ pose[:3, :3]).T
        cx, cy = self.principal_point
        return np.stack([self.focal * x / z + cx, self.focal * y / z + cy, z], axis=-1)


def pose(eye: tuple[float, float, float], azimuth: float, pitch: float, roll: float = 0.0) -> Array:
    """A camera at `eye` looking along `azimuth` (degrees from +x towards +y) and `pitch` (degrees up)."""
    a, p, r = np.radians([azimuth, pitch, roll])
    forward = np.array([np.cos(a) * np.cos(p), np.sin(a) * np.cos(p), np.sin(p)])
    level = np.array([np.sin(a), -np.cos(a), 0.0])
    sink = np.cross(forward, level)
    right = np.cos(r) * level + np.sin(r) * sink
    matrix = np.eye(4)
    matrix[:3, 0], matrix[:3, 1], matrix[:3, 2] = right, np.cross(forward, right), forward
    matrix[:3, 3] = eye
    return matrix


def hand_held(steps: Iterable[tuple[float, float, float, float]], eye: float, seed: int) -> list[Array]:
    """Poses of somebody who walks with the camera at height `eye`, about a centimetre and a degree unsteady.

    Each step is x, y in metres, azimuth in degrees (0 = +x, 90 = +y) and pitch in degrees (up).
    """
    rng = np.random.default_rng(seed)
    poses = []
    for x, y, azimuth, pitch in steps:
        sway = rng.normal(0, [0.008, 0.008, 0.012])
        wobble = rng.normal(0, [0.5, 0.5, 0.9])
        at = (x + sway[0], y + sway[1], eye + sway[2])
        poses.append(pose(at, azimuth + wobble[0], pitch + wobble[1], wobble[2]))
    return poses
