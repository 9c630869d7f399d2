"""`tools.Reach`: what a robot arm on a fixed base can touch."""

import numpy as np
from numpy.typing import ArrayLike


class Reach:
    """What an arm can touch: everything within a sphere around its shoulder. What stands in the way is not considered.

    Points and the shoulder are in world coordinates, metres.
    """

    def share(self, points: ArrayLike, shoulder: ArrayLike, reach: float = 0.85) -> float:
        """Share of the points (N, 3), from 0 to 1, that lie at most `reach` metres from the shoulder (3,)."""
        return float(np.mean(_distances(points, shoulder) <= reach))

    def nearest(self, points: ArrayLike, shoulder: ArrayLike) -> tuple[float, list[float]]:
        """Distance in metres from the shoulder (3,) to the nearest of the points (N, 3), and that point."""
        distances = _distances(points, shoulder)
        best = int(np.argmin(distances))
        return float(distances[best]), np.asarray(points, float)[best].tolist()


def _distances(points: ArrayLike, shoulder: ArrayLike) -> np.ndarray:
    given, at = np.asarray(points, float), np.asarray(shoulder, float)
    if given.ndim != 2 or given.shape[1] != 3 or len(given) == 0 or at.shape != (3,):
        raise ValueError(
            f"Reach got points of shape {given.shape} and a shoulder of shape {at.shape}; it takes (N, 3) points, at "
            "least one, and a (3,) shoulder: type tools.Reach.nearest(seg.get_masked_points(recon, frame, 'mug'), xyz)"
        )
    return np.linalg.norm(given - at, axis=1)
