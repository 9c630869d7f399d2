"""Of two large point sets the points that may be of the closest pair: so few that all of them can be compared."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

CELLS = 8
"""Cells along the longest side of a set."""
FEW = 2000
"""Sets of so few points need not be thinned out."""
Rows = NDArray[np.intp]


class Cells(NamedTuple):
    """Points by the cells of a grid: the box around those of each cell, one of them, and the cell of each point."""

    low: NDArray[np.float64]
    high: NDArray[np.float64]
    some: NDArray[np.float64]
    cell: Rows


def nearby(a: NDArray[Any], b: NDArray[Any]) -> tuple[Rows, Rows]:
    """Rows of a (N, 3) and of b (M, 3) among which the closest pair of the two sets is.

    Cells that are farther apart than some pair of points is are left out, and again with smaller cells.
    """
    rows, columns = np.arange(len(a)), np.arange(len(b))
    while max(len(rows), len(columns)) > FEW:
        first, second = _cells(a[rows].astype(np.float64)), _cells(b[columns].astype(np.float64))
        gap = np.maximum(first.low[:, None] - second.high, second.low - first.high[:, None])
        least = np.linalg.norm(np.maximum(gap, 0), axis=2)
        apart = np.linalg.norm(first.some[:, None] - second.some, axis=2).min()
        near = least <= apart
        kept, left = rows[near.any(axis=1)[first.cell]], columns[near.any(axis=0)[second.cell]]
        if len(kept) + len(left) > 0.8 * (len(rows) + len(columns)):
            return kept, left
        rows, columns = kept, left
    return rows, columns


def _cells(points: NDArray[np.float64]) -> Cells:
    low = points.min(axis=0)
    side = max(float((points.max(axis=0) - low).max()), 1e-9) / CELLS
    at = np.floor((points - low) / side).astype(np.intp)
    _, first, cell = np.unique(at @ np.array([1, 100, 10_000]), return_index=True, return_inverse=True)
    order = np.argsort(cell, kind="stable")
    starts = np.searchsorted(cell[order], np.arange(len(first)))
    return Cells(
        np.minimum.reduceat(points[order], starts), np.maximum.reduceat(points[order], starts), points[first], cell
    )
