"""Small geometry that cells need again and again."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, SupportsFloat

import numpy as np
from numpy.typing import NDArray

from spatial_agent.errors import ToolError
from spatial_agent.frames import Intrinsics, project
from spatial_agent.inside.notice import notice

Vector = Sequence[float] | NDArray[Any]
Doubles = NDArray[np.float64]
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


class Geometry:
    """Distances, angles, rotations, projection and pixel conversion; numbers may be lists, tuples or arrays."""

    @staticmethod
    def euclidean_distance(p1: Vector, p2: Vector) -> float:
        """Straight distance between two points of the same dimension, in their unit."""
        a, b = _vector(p1, "euclidean_distance", "p1"), _vector(p2, "euclidean_distance", "p2")
        _same_length(a, b, "euclidean_distance")
        return float(np.linalg.norm(a - b))

    @staticmethod
    def angle_between_vectors(v1: Vector, v2: Vector) -> float:
        """Angle between two vectors of the same dimension, in degrees from 0 to 180."""
        a = _direction(v1, "angle_between_vectors", "v1")
        b = _direction(v2, "angle_between_vectors", "v2")
        _same_length(a, b, "angle_between_vectors")
        # atan2 stays exact near 0 and 180 degrees, where arccos of the dot product loses half of the digits.
        return float(np.degrees(2 * np.arctan2(np.linalg.norm(a - b), np.linalg.norm(a + b))))

    @staticmethod
    def project_point_to_camera(
        point_3d: Vector,
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

        The camera is `recon.extrinsics[f]` (as extrinsic_c2w= or c2w=) with `recon.intrinsics[f]` (as intrinsics=,
        or fx, fy, cx, cy).
        """
        call = "project_point_to_camera"
        pose = np.asarray(c2w if extrinsic_c2w is None else extrinsic_c2w, dtype=object)
        if pose.shape not in ((4, 4), (3, 4)):
            raise ToolError(
                f"{call} got a pose of shape {pose.shape}; it needs (4, 4) camera-to-world; "
                f"type {call}(point, recon.extrinsics[f], intrinsics=recon.intrinsics[f])"
            )
        given = fx if isinstance(fx, Mapping) else intrinsics
        numbers: Mapping[str, Any] = given or {"fx": fx, "fy": fy, "cx": cx, "cy": cy}
        try:
            f_x, f_y, c_x, c_y = (float(numbers[name]) for name in ("fx", "fy", "cx", "cy"))
        except (KeyError, TypeError):
            raise ToolError(f"{call} needs fx, fy, cx and cy; type intrinsics=recon.intrinsics[f]") from None
        point = _vector(point_3d, call, "point_3d")
        camera = Intrinsics(f_x, f_y, c_x, c_y, 0, 0)
        pixel, depth = project(point, camera, pose.astype(np.float64))
        return (float(pixel[0]), float(pixel[1])) if depth > 0 else None

    @staticmethod
    def rotation_matrix_from_vectors(a: Vector, b: Vector) -> Doubles:
        """(3, 3) rotation that turns the direction of `a` into the direction of `b` the shortest way."""
        call = "rotation_matrix_from_vectors"
        u, v = _direction(a, call, "a"), _direction(b, call, "b")
        if u.shape != (3,) or v.shape != (3,):
            raise ToolError(
                f"{call} got vectors of {u.size} and {v.size} numbers; both need 3; type {call}([0, 1, 0], up)"
            )
        # Two reflections make the rotation; opposite vectors turn about any axis that is square to them.
        if np.dot(u, v) < -1 + 1e-12:
            axis = np.cross(u, np.eye(3)[np.argmin(np.abs(u))])
            axis /= np.linalg.norm(axis)
            return 2 * np.outer(axis, axis) - np.eye(3)
        half = u + v
        return _reflection(half) @ _reflection(u)

    @staticmethod
    def transform_points(points: Any, M: Any) -> Doubles:
        """World points (..., 3) moved by a (4, 4) or (3, 4) matrix, or turned by a (3, 3) one; same shape, float64."""
        array, matrix = np.asarray(points, dtype=np.float64), np.asarray(M, dtype=np.float64)
        if array.shape[-1:] != (3,) or matrix.shape not in ((4, 4), (3, 4), (3, 3)):
            raise ToolError(
                f"transform_points got points {array.shape} and a matrix {matrix.shape}; it needs (..., 3) and (4, 4); "
                "type transform_points(points, recon.T_input_world)"
            )
        turned = array @ matrix[:3, :3].T
        return turned + matrix[:3, 3] if matrix.shape[1] == 4 else turned

    @staticmethod
    def fit_ground_plane_ransac(
        points: Any,
        confidence: Any = None,
        conf_threshold: float = 0.3,
        n_iterations: int = 300,
        inlier_threshold: float = 0.05,
    ) -> tuple[Doubles, NDArray[np.bool_]] | tuple[None, None]:
        """(normal, on_plane) of the plane through most points (..., 3); (None, None), with a printed line, if none fits.

        The normal is (3,), of length 1, with Y not negative; on_plane is bool in the shape of the points.
        """
        array = np.asarray(points, dtype=np.float64)
        if array.shape[-1:] != (3,):
            raise ToolError(
                f"fit_ground_plane_ransac got points of shape {array.shape}; it needs (N, 3) or (H, W, 3); "
                "type fit_ground_plane_ransac(recon.points[f], recon.confidence[f])"
            )
        flat = array.reshape(-1, 3)
        usable = np.isfinite(flat).all(axis=1)
        if confidence is not None:
            usable &= np.asarray(confidence, dtype=np.float64).reshape(-1) > conf_threshold
        normal, offset = _ransac(flat[usable], int(n_iterations), float(inlier_threshold))
        if normal is None:
            notice(f"no plane fits the {int(usable.sum())} usable points; (None, None) is returned")
            return None, None
        with np.errstate(invalid="ignore"):
            on_plane = usable & (np.abs(flat @ normal - offset) < inlier_threshold)
        return normal, on_plane.reshape(array.shape[:-1])

    @staticmethod
    def normalized_to_pixel(coords: Any, width: Any, height: SupportsFloat | None = None) -> list[float]:
        """[x, y] or [x0, y0, x1, y1] in pixels, from 0-1000 numbers or the text of vlm.locate ("120 300 480 700").

        0 is the first pixel, 1000 the last. The size is width and height, or an image alone.
        """
        call = "normalized_to_pixel"
        values = _numbers(coords, call)
        size = getattr(width, "size", None) if height is None else (width, height)
        if not isinstance(size, tuple):
            raise ToolError(f"{call} needs the size of the image; type {call}(answer, image.width, image.height)")
        if len(values) % 2:
            raise ToolError(
                f"{call} got {len(values)} numbers in {coords!r}; it needs x, y or x0, y0, x1, y1; "
                f'type {call}("120 300 480 700", {size[0]}, {size[1]})'
            )
        if min(values) < 0 or max(values) > 1000:
            notice(f"{call}: {values} leaves 0..1000; it is cut at the edge (pixels need no conversion)")
        last = [float(size[position % 2]) - 1 for position in range(len(values))]
        return [min(max(value, 0.0), 1000.0) / 1000 * end for value, end in zip(values, last, strict=True)]


def _vector(value: Any, call: str, name: str) -> Doubles:
    try:
        array = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        array = np.zeros(0)
    if array.ndim != 1 or array.size == 0 or value is None:
        raise ToolError(
            f"{call} got {name}={value!r}; it needs one point of 2 or 3 numbers; test `if {name} is not None` "
            "where it comes from get_centroid_3d, which returns None when nothing was found"
        )
    return array


def _direction(value: Any, call: str, name: str) -> Doubles:
    array = _vector(value, call, name)
    length = np.linalg.norm(array)
    if not length > 0:
        raise ToolError(f"{call} got {name}={value!r}, which has no direction; pass a vector whose length is not zero")
    return array / length


def _same_length(a: Doubles, b: Doubles, call: str) -> None:
    if a.shape != b.shape:
        raise ToolError(f"{call} got {a.size} and {b.size} numbers; both points need as many; cut one, as in p[:2]")


def _reflection(v: Doubles) -> Doubles:
    return np.asarray(2 * np.outer(v, v) / np.dot(v, v) - np.eye(3))


def _ransac(points: Doubles, rounds: int, band: float) -> tuple[Doubles, float] | tuple[None, float]:
    """Best plane n.p = d of `rounds` random triples, scored on a sample, then refitted to all inliers."""
    if len(points) < 3:
        return None, 0.0
    random = np.random.default_rng(42)
    sample = points[random.choice(len(points), min(len(points), 4000), replace=False)]
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


def _numbers(coords: Any, call: str) -> list[float]:
    """Numbers of a text, or of (nested) lists."""
    if isinstance(coords, str):
        values = [float(text) for text in NUMBER.findall(coords)]
    else:
        try:
            values = np.asarray(coords, dtype=np.float64).ravel().tolist()
        except (TypeError, ValueError):
            values = []
    if not values or not np.isfinite(values).all():
        raise ToolError(
            f'{call} got {coords!r}, in which there are no coordinates; vlm.locate says "Not visible" when there is '
            f'nothing to point at; type if "Not visible" not in answer: {call}(answer, width, height)'
        )
    return values
