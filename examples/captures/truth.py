"""The exact truth about a scene (scene.json): boxes, sizes, centroids, visibility, distances of all pairs."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
from closest import cloud_of, gap
from meshes import Array, Mesh, rotation_z
from numpy.typing import NDArray
from scene import Instance, Scene

DECIMALS = 4


def _rounded(values: Array) -> list[float]:
    return [round(float(value), DECIMALS) + 0.0 for value in values]


def centroid(mesh: Mesh) -> Array:
    """The area-weighted middle of the surface, (3,)."""
    corners = mesh.vertices[mesh.faces]
    areas = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    middle: Array = np.average(corners.mean(axis=1), axis=0, weights=areas)
    return middle


def _described(instance: Instance, pixels: Mapping[str, int]) -> dict[str, Any]:
    mesh = instance.mesh
    own = mesh.vertices @ rotation_z(instance.yaw)  # row vectors: this turns by -yaw
    described: dict[str, Any] = {
        "id": instance.id,
        "label": instance.label,
        "synonyms": list(instance.synonyms),
        "centroid": _rounded(centroid(mesh)),
        "box": {"min": _rounded(mesh.vertices.min(axis=0)), "max": _rounded(mesh.vertices.max(axis=0))},
        "size": _rounded(np.ptp(own, axis=0)),
        "yaw_deg": round(instance.yaw, 1),
        "frames": dict(pixels),
    }
    if instance.motion:
        described["motion"] = _motion(instance)
    return described


def _motion(instance: Instance) -> list[dict[str, Any]]:
    """Centroid and yaw of a moving thing in every frame."""
    moved = [(frame, instance.in_frame(frame)) for frame in range(len(instance.motion))]
    return [{"frame": k, "centroid": _rounded(centroid(i.mesh)), "yaw_deg": round(i.yaw, 1)} for k, i in moved]


def distances(instances: Sequence[Instance]) -> list[dict[str, Any]]:
    """Closest points and centroid distance of every pair."""
    clouds = {instance.id: cloud_of(instance.mesh) for instance in instances}
    middles = {instance.id: centroid(instance.mesh) for instance in instances}
    rows = []
    for a, b in combinations(clouds, 2):
        found = gap(clouds[a], clouds[b])
        rows.append(
            {
                "a": a,
                "b": b,
                "closest": round(found.distance, DECIMALS),
                "point_a": _rounded(found.point_a),
                "point_b": _rounded(found.point_b),
                "centroids": round(float(np.linalg.norm(middles[a] - middles[b])), DECIMALS),
            }
        )
    return rows


def visible_pixels(id_images: Mapping[int, NDArray[np.uint8]]) -> dict[int, dict[str, int]]:
    """For each instance id, the number of pixels in each frame that shows it."""
    counts: dict[int, dict[str, int]] = defaultdict(dict)
    for frame, ids in sorted(id_images.items()):
        for number, count in zip(*np.unique(ids, return_counts=True), strict=True):
            counts[int(number)][str(frame)] = int(count)
    return counts


def scene_truth(scene: Scene, id_images: Mapping[int, NDArray[np.uint8]]) -> dict[str, Any]:
    """The contents of scene.json, in the world of transforms.json (z up, metres)."""
    counts = visible_pixels(id_images)
    return {
        "units": "m",
        "room": {"min": [0.0, 0.0, 0.0], "max": list(scene.size)},
        "objects": [_described(i, counts.get(i.id, {})) for i in scene.instances if i.kind != "outside"],
        "distances": distances([i for i in scene.instances if i.kind == "object" and not i.motion]),
    }
