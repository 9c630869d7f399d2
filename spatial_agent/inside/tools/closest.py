"""Where two sets of points come closest."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from scipy.spatial import cKDTree

from spatial_agent.inside.tools.arguments import Doubles, point_rows

SAMPLED = 64
"""So many points give a first distance, beyond which nothing needs to be looked at."""


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
    if len(rows) <= len(columns):
        i, j = _nearest(firsts[rows], seconds[columns])
    else:
        j, i = _nearest(seconds[columns], firsts[rows])
    i, j = int(rows[i]), int(columns[j])
    first, second = firsts[i].copy(), seconds[j].copy()
    return Closest(float(np.linalg.norm(first - second)), first, second, (i, j))


def _nearest(few: Doubles, many: Doubles) -> tuple[int, int]:
    """Rows of the closest pair. Points that are farther from the other set's bounds than some pair is apart are cut."""
    sample = np.linspace(0, len(few) - 1, min(len(few), SAMPLED)).astype(int)
    tree = cKDTree(many)
    limit, i, j = _first(tree, few[sample], np.inf)
    pair = (int(sample[i]), j)
    near = np.flatnonzero(_outside(few, many) < limit)
    if len(near):
        distance, i, j = _first(tree, few[near], limit)
        if distance < limit:
            pair = (int(near[i]), j)
    return pair


def _first(tree: cKDTree[None], points: Doubles, limit: float) -> tuple[float, int, int]:
    """Distance and rows of the closest pair that is less than `limit` apart; an infinite distance if there is none."""
    distances, found = tree.query(points, k=[1], distance_upper_bound=limit, workers=1)
    i = int(np.argmin(distances))
    return float(np.ravel(distances)[i]), i, int(np.ravel(found)[i])


def _outside(points: Doubles, others: Doubles) -> Doubles:
    """Distance of each point from the box that bounds the others; 0 inside it."""
    gap = np.maximum(others.min(axis=0) - points, points - others.max(axis=0))
    return np.asarray(np.linalg.norm(np.maximum(gap, 0), axis=1))
