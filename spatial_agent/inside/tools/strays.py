"""Points that were taken for an object's and are not: small groups that stand apart."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from spatial_agent.inside.tools.arguments import Doubles

SHARE = 0.02
"""Points that stand apart are strays when they are less than this part of all."""
APART = 0.15
"""Points stand apart by this part of the size of the object. Sides that are seen at a slant have few points, far apart."""
REACH = 3
"""Points that are so many sizes from the object are looked at as if they were no farther."""


def no_strays(points: Doubles, share: float = SHARE) -> NDArray[np.bool_]:
    """(K,) bool: all points but groups of less than `share` of them that stand apart; all, where there is no rest."""
    everything = np.ones(len(points), dtype=bool)
    if len(points) < 8 or share <= 0:
        return everything
    sample = points[:: max(1, len(points) // 5000)]
    low, high = np.quantile(sample, (0.05, 0.95), axis=0)
    cell = APART * float((high - low).max())
    if cell <= 0:
        return everything
    at = np.floor(np.clip((points - (low + high) / 2) / cell, -REACH / APART, REACH / APART)).astype(int)
    at -= at.min(axis=0)
    shape = tuple(at.max(axis=0) + 1)
    cells = np.ravel_multi_index(tuple(at.T), shape)
    counts = np.bincount(cells, minlength=int(np.prod(shape)))
    groups, number = ndimage.label(counts.reshape(shape) > 0, structure=np.ones((3, 3, 3)))
    sizes = np.bincount(groups.ravel(), weights=counts, minlength=number + 1)
    kept: NDArray[np.bool_] = (sizes >= share * len(points))[groups.ravel()[cells]]
    return kept if kept.any() else everything
