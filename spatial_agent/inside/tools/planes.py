"""Planes through points."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from spatial_agent.errors import ToolError
from spatial_agent.inside.notice import notice
from spatial_agent.inside.tools.arguments import Doubles, numbers

SCORED = 4000
"""Points on which the candidates are tried."""


def fit_ground_plane_ransac(
    points: Any,
    confidence: Any = None,
    conf_threshold: float = 0.3,
    n_iterations: int = 300,
    inlier_threshold: float = 0.05,
) -> tuple[Doubles, NDArray[np.bool_]] | tuple[None, None]:
    """(normal, on_plane) of the plane through most points (..., 3); (None, None), with a printed line, if none fits.

    The normal is (3,), of length 1, with Y not negative; on_plane is bool in the shape of the points.

    Example: tools.Geometry.fit_ground_plane_ransac(recon.points[1], recon.confidence[1])
    """
    array = numbers(points)
    if array is None or array.shape[-1:] != (3,):
        given = repr(points)[:80] if array is None else f"points of shape {array.shape}"
        raise ToolError(
            f"fit_ground_plane_ransac got {given}",
            "points (N, 3), or a map (H, W, 3)",
            "tools.Geometry.fit_ground_plane_ransac(recon.points[1], recon.confidence[1])",
        )
    flat = array.reshape(-1, 3)
    usable = np.isfinite(flat).all(axis=1)
    if confidence is not None:
        values = numbers(confidence)
        sure = np.zeros(0) if values is None else values.ravel()
        if len(sure) != len(flat):
            raise ToolError(
                f"fit_ground_plane_ransac got {len(flat)} points and {len(sure)} values of confidence",
                "one for each point, of the same frame",
                "tools.Geometry.fit_ground_plane_ransac(recon.points[1], recon.confidence[1])",
            )
        usable &= sure > conf_threshold
    normal, offset = _ransac(flat[usable], int(n_iterations), float(inlier_threshold))
    if normal is None:
        notice(f"no plane fits the {int(usable.sum())} usable points; (None, None) is returned")
        return None, None
    with np.errstate(invalid="ignore"):
        on_plane = usable & (np.abs(flat @ normal - offset) < inlier_threshold)
    return normal, on_plane.reshape(array.shape[:-1])


def _ransac(points: Doubles, rounds: int, band: float) -> tuple[Doubles, float] | tuple[None, float]:
    """Best plane n.p = d of `rounds` random triples, scored on a sample, then refitted to all inliers."""
    if len(points) < 3:
        return None, 0.0
    random = np.random.default_rng(42)
    sample = points if len(points) <= SCORED else points[random.integers(0, len(points), SCORED)]
    triples = sample[random.integers(0, len(sample), (max(1, rounds), 3))]
    normals = np.cross(triples[:, 1] - triples[:, 0], triples[:, 2] - triples[:, 0])
    lengths = np.linalg.norm(normals, axis=1)
    good = lengths > 1e-9
    if not good.any():
        return None, 0.0
    normals = normals[good] / lengths[good, None]
    offsets = np.einsum("ij,ij->i", normals, triples[good, 0])
    counts = (np.abs(sample @ normals.T - offsets) < band).sum(axis=0)
    best = int(np.argmax(counts))
    inliers = points[np.abs(points @ normals[best] - offsets[best]) < band]
    if len(inliers) < 3:
        return None, 0.0
    middle = inliers.mean(axis=0)
    _, axes = np.linalg.eigh(np.cov((inliers - middle).T))
    normal = axes[:, 0] if axes[1, 0] >= 0 else -axes[:, 0]
    return normal, float(normal @ middle)
