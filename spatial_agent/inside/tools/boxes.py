"""Upright boxes around objects: their sizes, as people measure furniture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull, QhullError

from spatial_agent.inside.tools.arguments import Doubles, point_rows, unit_vector
from spatial_agent.inside.tools.strays import SHARE, no_strays


@dataclass(frozen=True, eq=False)
class OrientedBox:
    """An upright box: `.width` (longer horizontal side), `.depth` (shorter one), `.height`, in the unit of the points.

    `.extent` is (width, height, depth), `.longest` the longest of them, `.centre` (3,), `.corners` (8, 3), the lower
    four first; the rows of `.axes` (3, 3) point along width, up and depth; `.yaw_deg` is how far the width is turned
    from the world's X, counter-clockwise seen from above, 0 to 180. `.contains(points)` is a bool per point.
    """

    centre: Doubles
    extent: tuple[float, float, float]
    axes: Doubles

    @property
    def width(self) -> float:
        """The longer horizontal side."""
        return self.extent[0]

    @property
    def height(self) -> float:
        """The side along the vertical."""
        return self.extent[1]

    @property
    def depth(self) -> float:
        """The shorter horizontal side."""
        return self.extent[2]

    @property
    def longest(self) -> float:
        """The longest of the three sides."""
        return max(self.extent)

    @property
    def volume(self) -> float:
        """Width times height times depth."""
        return self.width * self.height * self.depth

    @property
    def yaw_deg(self) -> float:
        """Degrees from the world's X to the width, counter-clockwise seen from above, from 0 to below 180."""
        east, south = _horizontal(self.axes[1])
        return float(np.degrees(np.arctan2(-self.axes[0] @ south, self.axes[0] @ east)) % 180.0) % 180.0

    @property
    def corners(self) -> Doubles:
        """(8, 3) corners: around the bottom, then in the same order around the top."""
        around = np.array([[-1, -1, -1], [1, -1, -1], [1, -1, 1], [-1, -1, 1]], dtype=np.float64)
        signs = np.vstack([around, around * [1, -1, 1]])
        return np.asarray(self.centre + signs * (np.array(self.extent) / 2) @ self.axes)

    def contains(self, points: Any, margin: float = 1e-6) -> NDArray[np.bool_]:
        """Whether each point (..., 3) is inside the box or closer to it than `margin`; bool of shape (...)."""
        array = np.asarray(points, dtype=np.float64)
        inside = np.abs((array - self.centre) @ self.axes.T) <= np.array(self.extent) / 2 + margin
        return np.asarray(inside.all(axis=-1))

    def __repr__(self) -> str:
        """One line with all sizes."""
        x, y, z = self.centre
        return (
            f"OrientedBox(width {self.width:.4g}, depth {self.depth:.4g}, height {self.height:.4g}; "
            f"centre [{x:.3f}, {y:.3f}, {z:.3f}], yaw {self.yaw_deg:.0f} degrees)"
        )


def oriented_box(points: Any, up: Sequence[float] = (0, 1, 0), trim: float = SHARE) -> OrientedBox | None:
    """Upright box of points (N, 3), None if empty: .width (longer side), .depth, .height, .longest, .centre, .corners.

    An `OrientedBox`: the smallest rectangle seen from above, times the height. Strays are left out: groups of less than
    `trim` of the points that stand apart from the rest by more than 15 % of the size (0 keeps all).

    Example: tools.Geometry.oriented_box(masks.points(recon)).height
    """
    rows = point_rows(points, "oriented_box", "points")
    vertical = unit_vector(up, "oriented_box", "up", 3)
    rows = rows[np.isfinite(rows).all(axis=1)]
    if not len(rows):
        return None
    rows = rows[no_strays(rows, trim)]
    east, south = _horizontal(vertical)
    along = _longer_side(np.stack([rows @ east, rows @ south], axis=1))
    width = along[0] * east + along[1] * south
    axes = np.stack([width, vertical, np.cross(width, vertical)])
    local = rows @ axes.T
    low, high = local.min(axis=0), local.max(axis=0)
    extent = high - low
    return OrientedBox((low + high) / 2 @ axes, (float(extent[0]), float(extent[1]), float(extent[2])), axes)


def _horizontal(up: Doubles) -> tuple[Doubles, Doubles]:
    """Two horizontal directions, at right angles: the world's X and Z where up is the world's Y."""
    first = np.array([1.0, 0.0, 0.0]) if abs(up[0]) < 0.9 else np.array([0.0, 0.0, 1.0])
    east = first - (first @ up) * up
    east /= np.linalg.norm(east)
    return east, np.cross(east, up)


def _longer_side(flat: Doubles) -> Doubles:
    """Direction (2,) of the longer side of the rectangle of least area around points (N, 2)."""
    middle = flat - flat.mean(axis=0)
    try:
        corners = middle[ConvexHull(middle).vertices]
    except QhullError:  # fewer than three points, or all on one line
        return np.asarray(np.linalg.eigh(middle.T @ middle)[1][:, 1])
    edges = np.roll(corners, -1, axis=0) - corners
    edges = edges / np.linalg.norm(edges, axis=1, keepdims=True)
    across = np.stack([-edges[:, 1], edges[:, 0]], axis=1)
    long, wide = np.ptp(corners @ edges.T, axis=0), np.ptp(corners @ across.T, axis=0)
    best = int(np.argmin(long * wide))
    return np.asarray(edges[best] if long[best] >= wide[best] else across[best])
