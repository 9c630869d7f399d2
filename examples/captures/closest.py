"""The shortest distance between two triangle meshes."""

from typing import NamedTuple

import numpy as np
from meshes import Array, Indices, Mesh
from scipy.spatial import cKDTree

PIECE = 0.04
"""Longest edge of the pieces that triangles are cut into, metres."""
REACH = 2 / 3 * PIECE
"""No point of a piece is further than this from its centroid."""
TRIALS = 64
STARTS = 8
ROUNDS = 200
TOLERANCE = 1e-7


class Gap(NamedTuple):
    """Where two meshes come closest, world metres."""

    distance: float
    point_a: Array
    point_b: Array


class Cloud(NamedTuple):
    """A mesh as points: the centroids of its pieces, and the triangle each comes from."""

    triangles: Array
    """Corners, (m, 3, 3)."""
    points: Array
    faces: Indices
    tree: cKDTree

    def near(self, other: "Cloud", limit: float) -> tuple[Array, Indices, Indices]:
        """Points at most `limit` from a point of `other`: distances, their numbers, the partners' numbers."""
        # The bounding box rules out most points cheaply.
        reach = distance_to_box(self.points, other.points.min(axis=0), other.points.max(axis=0))
        chosen = np.flatnonzero(reach <= limit)
        query = other.tree.query(self.points[chosen], distance_upper_bound=limit)
        distances, partners = (np.asarray(column) for column in query)
        found = np.isfinite(distances)
        return distances[found], chosen[found], partners[found]


def distance_to_box(points: Array, low: Array, high: Array) -> Array:
    """Distances of points (n, 3) from the box between two corners; 0 inside."""
    outside = np.maximum(np.maximum(low - points, points - high), 0)
    distances: Array = np.linalg.norm(outside, axis=1)
    return distances


def cloud_of(mesh: Mesh) -> Cloud:
    """Halve triangles across their longest edge until none is longer than PIECE."""
    triangles = mesh.vertices[mesh.faces]
    pieces, faces = triangles, np.arange(len(triangles))
    while True:
        edges = np.linalg.norm(np.roll(pieces, -1, axis=1) - pieces, axis=-1)
        longest = edges.argmax(axis=1)
        long = edges.max(axis=1) > PIECE
        if not long.any():
            break
        order = (longest[long, None] + np.arange(3)) % 3
        a, b, c = np.take_along_axis(pieces[long], order[..., None], axis=1).swapaxes(0, 1)
        middle = (a + b) / 2
        halves = [np.stack([a, middle, c], axis=1), np.stack([middle, b, c], axis=1)]
        pieces = np.concatenate([pieces[~long], *halves])
        faces = np.concatenate([faces[~long], faces[long], faces[long]])
    points = pieces.mean(axis=1)
    return Cloud(triangles, points, faces, cKDTree(points))


def nearest_on_triangles(point: Array, triangles: Array) -> Array:
    """The point of the triangles (m, 3, 3) nearest to `point` (3,)."""
    a, b, c = triangles[:, 0], triangles[:, 1], triangles[:, 2]
    candidates = []
    for start, end in ((a, b), (b, c), (c, a)):
        along = end - start
        t = np.sum((point - start) * along, axis=1) / np.maximum(np.sum(along**2, axis=1), 1e-18)
        candidates.append(start + np.clip(t, 0, 1)[:, None] * along)
    normal = np.cross(b - a, c - a)
    squared = np.sum(normal**2, axis=1)
    flat = squared > 1e-18  # slivers without a normal are covered by their edges
    a, b, c, normal, squared = a[flat], b[flat], c[flat], normal[flat], squared[flat]
    foot = point - (np.sum((point - a) * normal, axis=1) / squared)[:, None] * normal
    sides = [np.sum(np.cross(q - p, foot - p) * normal, axis=1) for p, q in ((a, b), (b, c), (c, a))]
    candidates.append(foot[np.min(sides, axis=0) >= 0])
    every = np.concatenate(candidates)
    best: Array = every[np.argmin(np.sum((every - point) ** 2, axis=1))]
    return best


def gap(a: Cloud, b: Cloud) -> Gap:
    """Where a and b come closest: candidates from the clouds, made exact by alternating projection."""
    facing = distance_to_box(a.points, b.points.min(axis=0), b.points.max(axis=0))
    trials = np.argsort(facing, kind="stable")[:TRIALS]
    limit = float(np.min(b.tree.query(a.points[trials])[0])) + 2 * REACH
    distances, numbers, partners = a.near(b, limit)
    limit = float(distances.min()) + 2 * REACH
    near_a = a.triangles[np.unique(a.faces[numbers[distances <= limit]])]
    near_b = b.triangles[np.unique(b.faces[b.near(a, limit)[1]])]
    best = Gap(float("inf"), a.points[0], b.points[0])
    for start in np.argsort(distances, kind="stable")[:STARTS]:
        found = _settled(a.points[numbers[start]], b.points[partners[start]], near_a, near_b)
        best = min(best, found, key=lambda g: g.distance)
    return best


def _settled(p: Array, q: Array, near_a: Array, near_b: Array) -> Gap:
    """Project back and forth between the two until the distance no longer falls."""
    distance = float(np.linalg.norm(p - q))
    for _ in range(ROUNDS):
        q = nearest_on_triangles(p, near_b)
        p = nearest_on_triangles(q, near_a)
        shorter = float(np.linalg.norm(p - q))
        if distance - shorter < TOLERANCE:
            break
        distance = shorter
    return Gap(float(np.linalg.norm(p - q)), p, q)
