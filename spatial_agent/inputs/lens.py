"""Lens distortion: from the picture that a lens made to the one that a pinhole camera would have made."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spatial_agent.frames import Intrinsics, Rgb

Distortion = tuple[float, float, float, float, float]
"""k1, k2, p1, p2, k3 of the Brown-Conrady model, in the order of OpenCV and of the TUM benchmark's d0 ... d4."""


class Lens(NamedTuple):
    """For each pixel (H, W) of the pinhole picture, where in the lens's picture its ray falls, in pixels.

    -1, which is outside, where the model says nothing of the ray.
    """

    u: NDArray[np.float64]
    v: NDArray[np.float64]


def lens(camera: Intrinsics, distortion: Distortion) -> Lens:
    """Where a distorting lens puts each pixel of the pinhole picture with the same `camera`.

    With r2 = x2 + y2 of a ray (x, y, 1): x' = x (1 + k1 r2 + k2 r2^2 + k3 r2^3) + 2 p1 x y + p2 (r2 + 2 x2), and y'
    likewise (D. C. Brown, Close-range camera calibration, Photogrammetric Engineering 37(8), 1971). The model holds up to
    the angle from which on its polynomial folds the picture back on itself; no lens does that.
    """
    k1, k2, p1, p2, k3 = distortion
    x = ((np.arange(camera.width) - camera.cx) / camera.fx)[None, :]
    y = ((np.arange(camera.height) - camera.cy) / camera.fy)[:, None]
    r2 = x**2 + y**2
    radial = 1 + r2 * (k1 + r2 * (k2 + r2 * k3))
    bent_x = x * radial + 2 * p1 * x * y + p2 * (r2 + 2 * x**2)
    bent_y = y * radial + 2 * p2 * x * y + p1 * (r2 + 2 * y**2)
    holds = r2 < _fold(k1, k2, k3)
    return Lens(
        np.where(holds, bent_x * camera.fx + camera.cx, -1.0), np.where(holds, bent_y * camera.fy + camera.cy, -1.0)
    )


def _fold(k1: float, k2: float, k3: float) -> float:
    """The r2 at which r (1 + k1 r2 + k2 r2^2 + k3 r2^3) stops to rise; infinite where it never does."""
    roots = np.roots([7 * k3, 5 * k2, 3 * k1, 1.0])
    return min((float(root.real) for root in roots if root.imag == 0 and root.real > 0), default=np.inf)


def straighten_colour(image: Rgb, through: Lens) -> Rgb:
    """The pinhole picture (H, W, 3), bilinear; black where the lens saw nothing."""
    height, width, _ = image.shape
    left, top = np.floor(through.u).astype(int), np.floor(through.v).astype(int)
    inside = (left >= 0) & (left < width - 1) & (top >= 0) & (top < height - 1)
    left, top = np.where(inside, left, 0), np.where(inside, top, 0)
    right_share = np.where(inside, through.u - left, 0)[..., None]
    lower_share = np.where(inside, through.v - top, 0)[..., None]
    upper = image[top, left] * (1 - right_share) + image[top, left + 1] * right_share
    lower = image[top + 1, left] * (1 - right_share) + image[top + 1, left + 1] * right_share
    mixed = upper * (1 - lower_share) + lower * lower_share
    return np.where(inside[..., None], mixed + 0.5, 0).astype(np.uint8)


def straighten_plane(plane: NDArray[Any], through: Lens) -> NDArray[Any]:
    """The pinhole picture (H, W) of depth or numbers: the nearest pixel's value, never a mixture; 0 outside."""
    height, width = plane.shape
    column, row = np.rint(through.u).astype(int), np.rint(through.v).astype(int)
    inside = (column >= 0) & (column < width) & (row >= 0) & (row < height)
    values: NDArray[Any] = plane[np.where(inside, row, 0), np.where(inside, column, 0)]
    return np.where(inside, values, 0).astype(plane.dtype)
