"""Where two sets of points come closest."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from scipy.spatial import cKDTree

from spatial_agent.inside.tools.arguments import Doubles, point_rows
from spatial_agent.inside.tools.nearby import nearby


class Closest(NamedTuple):
    """The closest pair of two point sets: `distance`, `first` (3,) of a, `second` (3,) of b, `pair` (row i, row j)."""

    distance: float
    first: Doubles
    second: Doubles
    pair: tuple[int, int]

    def __repr__(self) -> str:
        """One line with the distance and both points."""
        a, b = (np.array2string(point, precision=3, suppress_small=True) for point in (self.first, self.second))
        return f"{self.distance:.4g} between {a} and {b}"


def closest_points(a: Any, b: Any) -> Closest | None:
    """Where two point sets (N, 3) and (M, 3) come closest: `.distance`, `.first`, `.second` (3,); None if one is empty.

    Maps (H, W, 3) do too. Rows with NaN are left out; `.pair` is (row of a, row of b), counted as they were given.

    Example: tools.Geometry.closest_points(recon.points[1], [[0, 0, 0]]).distance
    """
    firsts, seconds = point_rows(a, "closest_points", "a"), point_rows(b, "closest_points", "b")
    rows, columns = (np.flatnonzero(np.isfinite(points).all(axis=1)) for points in (firsts, seconds))
    if not len(rows) or not len(columns):
        return None
    some, others = nearby(firsts[rows], seconds[columns])
    rows, columns = rows[some], columns[others]
    distances, found = cKDTree(seconds[columns]).query(firsts[rows], k=[1], workers=1)
    best = int(np.argmin(distances))
    i, j = int(rows[best]), int(columns[np.ravel(found)[best]])
    first, second = firsts[i].copy(), seconds[j].copy()
    return Closest(float(np.linalg.norm(first - second)), first, second, (i, j))
