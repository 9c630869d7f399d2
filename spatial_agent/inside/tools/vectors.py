"""Distances, angles, rotations, moves and projection."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, SupportsFloat

import numpy as np

from spatial_agent.errors import ToolError
from spatial_agent.frames import Intrinsics, project
from spatial_agent.inside.tools.arguments import Doubles, numbers, pose_matrix, unit_vector, vector


def euclidean_distance(p1: Any, p2: Any) -> float:
    """Straight distance between two points of the same dimension, in their unit.

    Example: tools.Geometry.euclidean_distance(point, [0, 0, 0])
    """
    a, b = vector(p1, "euclidean_distance", "p1"), vector(p2, "euclidean_distance", "p2")
    _same_length(a, b, "euclidean_distance", "p1", "p2")
    return float(np.linalg.norm(a - b))


def angle_between_vectors(v1: Any, v2: Any) -> float:
    """Angle between two vectors of the same dimension, in degrees from 0 to 180.

    Example: tools.Geometry.angle_between_vectors(recon[0].forward, recon[3].forward)
    """
    a, b = unit_vector(v1, "angle_between_vectors", "v1"), unit_vector(v2, "angle_between_vectors", "v2")
    _same_length(a, b, "angle_between_vectors", "v1", "v2")
    # atan2 stays exact near 0 and 180 degrees, where arccos of the dot product loses half of the digits.
    return float(np.degrees(2 * np.arctan2(np.linalg.norm(a - b), np.linalg.norm(a + b))))


def rotation_matrix_from_vectors(a: Any, b: Any) -> Doubles:
    """(3, 3) rotation that turns the direction of `a` into the direction of `b` the shortest way.

    Example: tools.Geometry.rotation_matrix_from_vectors([0, 0, 1], point)
    """
    u, v = (unit_vector(value, "rotation_matrix_from_vectors", name, 3) for value, name in ((a, "a"), (b, "b")))
    # Two reflections make the rotation; opposite vectors turn about any axis that is square to them.
    if np.dot(u, v) < -1 + 1e-12:
        axis = np.cross(u, np.eye(3)[np.argmin(np.abs(u))])
        axis /= np.linalg.norm(axis)
        return 2 * np.outer(axis, axis) - np.eye(3)
    return _reflection(u + v) @ _reflection(u)


def transform_points(points: Any, M: Any) -> Doubles:
    """World points (..., 3) moved by a (4, 4) or (3, 4) matrix, or turned by a (3, 3) one; same shape, float64.

    Example: tools.Geometry.transform_points(point, recon.T_input_world)
    """
    array, matrix = numbers(points), numbers(M)
    if array is None or array.shape[-1:] != (3,) or matrix is None or matrix.shape not in ((4, 4), (3, 4), (3, 3)):
        given = " and a matrix ".join("None" if value is None else f"{value.shape}" for value in (array, matrix))
        raise ToolError(
            f"transform_points got points {given}",
            "points (..., 3) and a matrix (4, 4), (3, 4) or (3, 3)",
            "tools.Geometry.transform_points(points, recon.T_input_world)",
        )
    turned = array @ matrix[:3, :3].T
    return turned + matrix[:3, 3] if matrix.shape[1] == 4 else turned


def invert(M: Any) -> Doubles:
    """The matrix that undoes a (4, 4), (3, 4) or (3, 3) one; of a camera-to-world pose it is world-to-camera.

    Example: tools.Geometry.transform_points(point, tools.Geometry.invert(pose))
    """
    matrix = numbers(M)
    if matrix is not None and matrix.shape == (3, 4):
        matrix = np.vstack([matrix, [0.0, 0.0, 0.0, 1.0]])
    ok = matrix is not None and matrix.shape in ((3, 3), (4, 4)) and np.isfinite(matrix).all()
    if matrix is None or not ok or abs(np.linalg.det(matrix)) < 1e-12:
        given = repr(M)[:80] if matrix is None else f"a matrix of shape {matrix.shape}"
        raise ToolError(f"invert got {given}", "an invertible (4, 4), (3, 4) or (3, 3)", "tools.Geometry.invert(pose)")
    return np.asarray(np.linalg.inv(matrix))


def project_point_to_camera(
    point_3d: Any,
    extrinsic_c2w: Any = None,
    fx: SupportsFloat | Mapping[str, float] | None = None,
    fy: SupportsFloat | None = None,
    cx: SupportsFloat | None = None,
    cy: SupportsFloat | None = None,
    *,
    c2w: Any = None,
    intrinsics: Mapping[str, float] | None = None,
) -> tuple[float, float] | None:
    """Pixel (u, v) of a world point, or None when it is behind the camera; the pixel may be outside the image.

    The camera is `recon.extrinsics[f]` (as extrinsic_c2w= or c2w=) with `recon.intrinsics[f]` (as intrinsics=, or fx,
    fy, cx, cy). `recon[f].project(p)` is shorter.

    Example: tools.Geometry.project_point_to_camera(point, pose, intrinsics=recon.intrinsics[1])
    """
    call = "project_point_to_camera"
    pose = pose_matrix(c2w if extrinsic_c2w is None else extrinsic_c2w, call, "extrinsic_c2w")
    given = fx if isinstance(fx, Mapping) else getattr(intrinsics, "intrinsics", intrinsics)
    named = dict(given) if isinstance(given, Mapping) else {"fx": fx, "fy": fy, "cx": cx, "cy": cy}
    known = {name: array for name in ("fx", "fy", "cx", "cy") if (array := numbers(named.get(name))) is not None}
    single = {name: float(array.item()) for name, array in known.items() if array.size == 1}
    if len(single) < 4:
        missing = ", ".join(name for name in ("fx", "fy", "cx", "cy") if name not in single)
        raise ToolError(
            f"{call} got no number for {missing}",
            "fx, fy, cx and cy in pixels",
            f"tools.Geometry.{call}(point, pose, intrinsics=recon.intrinsics[1])",
        )
    camera = Intrinsics(single["fx"], single["fy"], single["cx"], single["cy"], 0, 0)
    pixel, depth = project(vector(point_3d, call, "point_3d", 3), camera, pose)
    return (float(pixel[0]), float(pixel[1])) if depth > 0 else None


def _same_length(a: Doubles, b: Doubles, call: str, first: str, second: str) -> None:
    if a.shape != b.shape:
        size = min(a.size, b.size)
        raise ToolError(
            f"{call} got {a.size} numbers in {first} and {b.size} in {second}",
            "as many in both",
            f"tools.Geometry.{call}({first}[:{size}], {second}[:{size}])",
        )


def _reflection(v: Doubles) -> Doubles:
    return np.asarray(2 * np.outer(v, v) / np.dot(v, v) - np.eye(3))
