"""Triangle meshes with normals and texture coordinates: the few shapes that all furniture is made of.

Lengths are metres, angles degrees, z is up. Texture coordinates of boxes and rectangles are metres on the
surface, so that one texture scale fits every piece.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Indices = NDArray[np.int64]
ORIGIN = (0.0, 0.0, 0.0)
AXIS = 1e-4
"""Radius that stands for "on the axis" in lathe profiles (zero would make triangles without a normal)."""


@dataclass(frozen=True)
class Mesh:
    """A triangle mesh in metres."""

    vertices: Array
    """Positions, (n, 3), metres."""
    normals: Array
    """Unit shading normals, (n, 3)."""
    uv: Array
    """Texture coordinates, (n, 2)."""
    faces: Indices
    """Vertex numbers of each triangle, (m, 3)."""

    def placed(self, at: ArrayLike = ORIGIN, turn: Array | None = None) -> "Mesh":
        """The mesh turned by the 3x3 rotation `turn` about the origin, then moved by `at`."""
        rotation = np.eye(3) if turn is None else turn
        return Mesh(self.vertices @ rotation.T + np.asarray(at, float), self.normals @ rotation.T, self.uv, self.faces)


def rotation_x(degrees: float) -> Array:
    """The 3x3 rotation about x."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([[1, 0, 0], [0, c, -s], [0, s, c]])


def rotation_y(degrees: float) -> Array:
    """The 3x3 rotation about y."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])


def rotation_z(degrees: float) -> Array:
    """The 3x3 rotation about z."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])


def join(meshes: Iterable[Mesh]) -> Mesh:
    """All the meshes as one."""
    parts = list(meshes)
    starts = np.cumsum([0] + [len(m.vertices) for m in parts])
    return Mesh(
        np.concatenate([m.vertices for m in parts]),
        np.concatenate([m.normals for m in parts]),
        np.concatenate([m.uv for m in parts]),
        np.concatenate([m.faces + start for m, start in zip(parts, starts, strict=False)]),
    )


def from_faces(vertices: ArrayLike, faces: ArrayLike, uv: ArrayLike) -> Mesh:
    """A mesh whose vertex normals are the area-weighted mean of its faces' normals."""
    points, triangles = np.asarray(vertices, float), np.asarray(faces, np.int64)
    a, b, c = (points[triangles[:, k]] for k in range(3))
    face_normals = np.cross(b - a, c - a)
    normals = np.zeros_like(points)
    for corner in range(3):
        np.add.at(normals, triangles[:, corner], face_normals)
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
    return Mesh(points, normals, np.asarray(uv, float), triangles)


def grid_faces(rows: int, columns: int) -> Indices:
    """Triangles of a rows x columns grid of vertices stored row by row."""
    i, j = np.mgrid[0 : rows - 1, 0 : columns - 1]
    corner = (i * columns + j).reshape(-1)
    quads = np.stack([corner, corner + 1, corner + columns + 1, corner + columns], axis=-1)
    return np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]]).astype(np.int64)


def _edge_clustered(half: float, radius: float, steps: int, cells: int) -> Array:
    """Grid coordinates from -half to half: `steps` in each rounded edge, `cells` in the flat middle."""
    edge = -half + radius * (1 - np.cos(np.linspace(0, np.pi / 2, steps + 1)))
    middle = np.linspace(-half + radius, half - radius, cells + 1)[1:-1]
    return np.unique(np.round(np.concatenate([edge, middle, -edge]), 9))


def _bulged(points: Array, half: Array, bulge: float) -> Array:
    """Push the top and bottom of a box out by up to `bulge`, most in the middle, as stuffing does."""
    hump = np.prod(np.clip(1 - (points[..., :2] / half[:2]) ** 2, 0, 1), axis=-1)
    lifted = points.copy()
    lifted[..., 2] += bulge * hump * points[..., 2] / half[2]
    return lifted


def rounded_box(
    size: ArrayLike,
    radius: float = 0.006,
    *,
    at: ArrayLike = ORIGIN,
    turn: Array | None = None,
    steps: int = 3,
    cells: int = 2,
    bulge: float = 0.0,
    grain: int = 0,
    uv_offset: ArrayLike = (0.0, 0.0),
) -> Mesh:
    """A box of `size` (3,) centred at `at`, edges rounded by `radius`; texture u runs along axis `grain`."""
    half = np.asarray(size, float) / 2
    radius = min(radius, float(half.min()) * 0.999)
    lines = [_edge_clustered(h, radius, steps, cells) for h in half]
    sides = []
    for axis in range(3):
        first, second = (axis + 1) % 3, (axis + 2) % 3
        for sign in (-1.0, 1.0):
            a, b = np.meshgrid(lines[first], lines[second], indexing="ij")
            cube = np.empty((*a.shape, 3))
            cube[..., axis], cube[..., first], cube[..., second] = sign * half[axis], a, b
            inner = np.clip(cube, radius - half, half - radius)
            outward = cube - inner
            outward /= np.maximum(np.linalg.norm(outward, axis=-1, keepdims=True), 1e-12)
            points = inner + radius * outward
            faces = grid_faces(*a.shape)
            faces = faces[:, ::-1] if sign > 0 else faces
            along = grain if grain != axis else first
            across = 3 - axis - along
            uv = points[..., [along, across]].reshape(-1, 2) + np.asarray(uv_offset, float)
            if bulge:
                sides.append(from_faces(_bulged(points, half, bulge).reshape(-1, 3), faces, uv))
            else:
                sides.append(Mesh(points.reshape(-1, 3), outward.reshape(-1, 3), uv, faces))
    return join(sides).placed(at, turn)


def box_between(low: ArrayLike, high: ArrayLike, radius: float = 0.001, *, grain: int = 0) -> Mesh:
    """The rounded box between two opposite corners."""
    lower, upper = np.asarray(low, float), np.asarray(high, float)
    return rounded_box(upper - lower, radius, at=(lower + upper) / 2, steps=2, cells=1, grain=grain)


def lathe(profile: ArrayLike, segments: int = 40, *, at: ArrayLike = ORIGIN, turn: Array | None = None) -> Mesh:
    """A profile of (radius, height) rows, listed upwards on the outside, turned round the z axis."""
    outline = np.asarray(profile, float)
    angle = np.linspace(0, 2 * np.pi, segments + 1)
    radius, height = outline[:, :1], outline[:, 1:]
    points = np.stack([radius * np.cos(angle), radius * np.sin(angle), height + np.zeros_like(angle)], axis=-1)
    run = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(outline, axis=0).T))])
    uv = np.stack(np.broadcast_arrays(angle / (2 * np.pi), run[:, None]), axis=-1)
    mesh = from_faces(points.reshape(-1, 3), grid_faces(len(outline), segments + 1), uv.reshape(-1, 2))
    # The seam has two copies of each vertex; give both the mean normal so that it does not show.
    normals = mesh.normals.reshape(len(outline), segments + 1, 3)
    seam = normals[:, 0] + normals[:, -1]
    normals[:, 0] = normals[:, -1] = seam / np.maximum(np.linalg.norm(seam, axis=1, keepdims=True), 1e-12)
    return mesh.placed(at, turn)


def cylinder(
    radius: float,
    height: float,
    *,
    at: ArrayLike = ORIGIN,
    turn: Array | None = None,
    segments: int = 24,
    bevel: float = 0.003,
) -> Mesh:
    """A closed cylinder standing on `at`, its rims bevelled; repeated rows keep the bevel's edges sharp."""
    r, h, b = radius, height, min(bevel, height / 3, radius / 3)
    rim = [[r - b, 0], [r - b, 0], [r, b], [r, b], [r, h - b], [r, h - b], [r - b, h], [r - b, h]]
    return lathe([[AXIS, 0], *rim, [AXIS, h]], segments, at=at, turn=turn)


def ball(radius: float, height: float | None = None, *, at: ArrayLike = ORIGIN, segments: int = 28) -> Mesh:
    """A sphere centred at `at`, or a spheroid of half-height `height`."""
    angle = np.linspace(0, np.pi, segments // 2 + 2)
    up = radius if height is None else height
    return lathe(np.stack([radius * np.sin(angle) + AXIS, -up * np.cos(angle)], axis=1), segments, at=at)


def tube(path: ArrayLike, radius: ArrayLike, segments: int = 12) -> Mesh:
    """A round tube along `path` (n, 3), its radius one number or one per point."""
    points = np.asarray(path, float)
    tangents = np.gradient(points, axis=0)
    tangents /= np.linalg.norm(tangents, axis=1, keepdims=True)
    up = np.array([0.0, 0, 1]) if abs(tangents[0, 2]) < 0.9 else np.array([1.0, 0, 0])
    angle = np.linspace(0, 2 * np.pi, segments + 1)[:, None]
    rings = []
    for point, tangent, r in zip(points, tangents, np.broadcast_to(radius, len(points)), strict=True):
        side = np.cross(up, tangent)
        side /= np.linalg.norm(side)
        over = np.cross(tangent, side)
        rings.append(point + r * (np.cos(angle) * side + np.sin(angle) * over))
    uv = np.stack(np.meshgrid(np.linspace(0, 1, len(points)), np.linspace(0, 1, segments + 1), indexing="ij"), axis=-1)
    faces = grid_faces(len(points), segments + 1)
    return from_faces(np.concatenate(rings), faces, uv.reshape(-1, 2))


def sheet(
    surface: Callable[[Array, Array], tuple[ArrayLike, ArrayLike, ArrayLike]],
    rows: int,
    columns: int,
    uv_scale: tuple[float, float] = (1.0, 1.0),
) -> Mesh:
    """The surface (x, y, z) = surface(u, v) over the unit square; bitmaps have their first row at v = 0."""
    u, v = np.meshgrid(np.linspace(0, 1, rows), np.linspace(0, 1, columns), indexing="ij")
    points = np.stack(np.broadcast_arrays(*(np.asarray(c, float) for c in surface(u, v)), u)[:3], axis=-1)
    uv = np.stack([u * uv_scale[0], v * uv_scale[1]], axis=-1)
    return from_faces(points.reshape(-1, 3), grid_faces(rows, columns), uv.reshape(-1, 2))


def rectangle(origin: ArrayLike, a: ArrayLike, b: ArrayLike) -> Mesh:
    """The parallelogram origin, +a, +b (facing a x b); texture runs on seamlessly over neighbours."""
    corner, first, second = (np.asarray(v, float) for v in (origin, a, b))
    corners = np.array([corner, corner + first, corner + first + second, corner + second])
    axes = np.stack([first / np.linalg.norm(first), second / np.linalg.norm(second)], axis=1)
    return from_faces(corners, [[0, 1, 2], [0, 2, 3]], corners @ axes)


def raised_panel(
    size: tuple[float, float], inset: float, height: float, *, at: ArrayLike = ORIGIN, turn: Array | None = None
) -> Mesh:
    """A flat-topped pyramid over a rectangle in the xy plane, as in the panels of a door."""
    a, b = size[0] / 2, size[1] / 2
    foot = np.array([[-a, -b, 0], [a, -b, 0], [a, b, 0], [-a, b, 0]])
    top = foot * [1 - inset / a, 1 - inset / b, 1] + [0, 0, height]
    corners = np.concatenate([foot, top])
    quads = [(4, 5, 6, 7), (0, 1, 5, 4), (1, 2, 6, 5), (2, 3, 7, 6), (3, 0, 4, 7)]
    flats = [from_faces(corners[list(q)], [[0, 1, 2], [0, 2, 3]], corners[list(q)][:, [1, 0]]) for q in quads]
    return join(flats).placed(at, turn)


def leaf(length: float, width: float, bend: float, fold: float, rows: int = 9) -> Mesh:
    """A leaf from the origin along +x, drooping through `bend` radians and folded along its midrib."""

    def surface(u: Array, v: Array) -> tuple[Array, Array, Array]:
        across = (v - 0.5) * width * np.sin(np.pi * np.clip(u, 0.02, 1) ** 0.75) ** 0.9
        along = length * np.sin(bend * u) / bend
        return along, across, -length * (1 - np.cos(bend * u)) / bend + fold * np.abs(across)

    return sheet(surface, rows, 5)


def write_ply(path: Path, mesh: Mesh) -> None:
    """Write a binary PLY file with normals and texture coordinates."""
    rows = np.concatenate([mesh.vertices, mesh.normals, mesh.uv], axis=1).astype("<f4")
    faces = np.empty(len(mesh.faces), dtype=[("count", "u1"), ("corners", "<i4", 3)])
    faces["count"], faces["corners"] = 3, mesh.faces
    properties: Sequence[str] = ("x", "y", "z", "nx", "ny", "nz", "u", "v")
    header = ["ply", "format binary_little_endian 1.0", f"element vertex {len(rows)}"]
    header += [f"property float {name}" for name in properties]
    header += [f"element face {len(faces)}", "property list uchar int vertex_indices", "end_header", ""]
    path.write_bytes("\n".join(header).encode() + rows.tobytes() + faces.tobytes())
