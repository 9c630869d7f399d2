"""Exact depth and instance ids, by one ray through each pixel's centre.

Not Mitsuba's AOVs: those give ray length from the near plane, at a jittered place inside the pixel.
"""

from typing import Any, NamedTuple

import drjit as dr
import mitsuba as mi
import numpy as np
from camera import Intrinsics
from meshes import Array
from numpy.typing import NDArray
from scene import instance_of


class View(NamedTuple):
    """What one camera sees."""

    depth: Array
    """Metres along the camera's z, (height, width); 0 where no ray hits."""
    ids: NDArray[np.uint8]
    """Instance ids, (height, width); 0 where no ray hits."""


def _ids_by_registry(loaded: Any) -> NDArray[np.uint8]:  # noqa: ANN401 - Mitsuba has no types
    """Table from Mitsuba's registry number of a shape to the instance id in its name."""
    table = np.zeros(65536, np.uint8)
    for shape in loaded.shapes():
        number = np.array(dr.reinterpret_array(mi.UInt32, mi.ShapePtr(shape)))[0]
        table[int(number)] = instance_of(shape.id())
    return table


def look(loaded: Any, pose: Array, intrinsics: Intrinsics) -> View:  # noqa: ANN401
    """Depth and ids of a loaded Mitsuba scene from an OpenCV camera-to-world pose."""
    rays = intrinsics.rays()
    lengths = np.linalg.norm(rays, axis=-1)
    directions = ((rays / lengths[..., None]).reshape(-1, 3) @ pose[:3, :3].T).astype(np.float32)
    origin = mi.Point3f(*(float(c) for c in pose[:3, 3]))
    ray = mi.Ray3f(o=origin, d=mi.Vector3f(*(mi.Float(directions[:, k]) for k in range(3))))
    hit = loaded.ray_intersect_preliminary(ray, coherent=True)
    reach = np.array(hit.t, dtype=float).reshape(lengths.shape)
    registry = np.array(dr.reinterpret_array(mi.UInt32, hit.shape)).reshape(lengths.shape)
    found = np.isfinite(reach)
    depth = np.where(found, reach, 0.0) / lengths
    return View(depth, _ids_by_registry(loaded)[np.where(found, registry, 0)])
