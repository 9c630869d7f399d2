"""One frame of a reconstruction: its image, maps and camera, and the way between its pixels and the world."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, SupportsFloat

import numpy as np
from numpy.typing import NDArray

from spatial_agent.errors import ToolError
from spatial_agent.frames import Size, unproject
from spatial_agent.frames import project as project_points
from spatial_agent.inside.framed import FrameArray
from spatial_agent.inside.images import FrameImage
from spatial_agent.inside.notice import notice
from spatial_agent.inside.tools.arguments import numbers

if TYPE_CHECKING:
    from spatial_agent.inside.tools.reconstruct import Reconstruction

Doubles = NDArray[np.float64]


class FrameView:
    """A frame: `.points` (H, W, 3); `.depth`, `.confidence`, `.sky`, `.unknown` (H, W), `.pose` (4, 4), `.intrinsics`.

    `.image`, `.size` (width, height), `.frame_index`, `.video`; `.position` (3,) of the camera and its unit vectors
    `.right`, `.down`, `.forward` (3,) in the world.
    """

    def __init__(self, recon: Reconstruction, frame: int) -> None:
        self._recon = recon
        self.frame_index = frame
        """Absolute frame number."""
        self.video = recon.video
        """Number of the video, from 1."""

    @property
    def image(self) -> FrameImage:
        """The frame's own pixels."""
        return self._recon._image(self.frame_index)

    @property
    def size(self) -> Size:
        """(width, height) in pixels."""
        return self._recon.sizes[self.frame_index]

    @property
    def points(self) -> FrameArray:
        """(H, W, 3) float32 world XYZ; NaN where depth is unknown."""
        return self._recon.points[self.frame_index]

    @property
    def depth(self) -> FrameArray:
        """(H, W) float32 along the camera's z; 0 where unknown."""
        return self._recon.depth[self.frame_index]

    @property
    def confidence(self) -> FrameArray:
        """(H, W) float32 in [0, 1]; 0 where depth is unknown."""
        return self._recon.confidence[self.frame_index]

    @property
    def unknown(self) -> FrameArray:
        """(H, W) bool: True where depth is unknown, the sky included."""
        return self._recon.unknown[self.frame_index]

    @property
    def sky(self) -> FrameArray:
        """(H, W) bool: True where the sky is seen."""
        return self._recon.sky[self.frame_index]

    @property
    def intrinsics(self) -> dict[str, float]:
        """The dict fx, fy, cx, cy in pixels of this frame."""
        return self._recon.intrinsics[self.frame_index]

    @property
    def pose(self) -> FrameArray:
        """(4, 4) camera-to-world; columns are right, down, forward, position."""
        return self._recon.extrinsics[self.frame_index]

    @property
    def position(self) -> Doubles:
        """(3,) world position of the camera."""
        return self._column(3)

    @property
    def right(self) -> Doubles:
        """(3,) unit vector to the right of the image."""
        return self._column(0)

    @property
    def down(self) -> Doubles:
        """(3,) unit vector to the bottom of the image."""
        return self._column(1)

    @property
    def forward(self) -> Doubles:
        """(3,) unit vector in which the camera looks."""
        return self._column(2)

    def pixel_to_3d(self, x: Any, y: Any = None, radius: SupportsFloat = 0) -> Doubles | None:
        """(3,) world point seen at pixel (x, y); None where depth is unknown. Of (N, 2) pixels (N, 3), with NaN rows.

        With `radius` the nearest pixel of known depth within so many pixels stands in for one that is unknown.

        Example: recon[frame].pixel_to_3d(80, 300)
        """
        pixels, single = _pixels(x, y)
        self._check_inside(pixels)
        depth = np.asarray(self.depth)
        near = np.clip(pixels.round().astype(int), 0, np.array(self.size) - 1)
        z = depth[near[:, 1], near[:, 0]].astype(np.float64)
        taken = pixels.copy()
        reach = _radius(radius, max(self.size))
        for row in np.flatnonzero(z == 0) if reach > 0 else ():
            found = _nearest_known(depth, near[row], reach)
            if found is not None:
                taken[row] = found
                z[row] = depth[found[1], found[0]]
        points = unproject(taken, z, self._recon.intrinsics.camera(self.frame_index), self.pose).astype(np.float64)
        points = np.asarray(np.where(z[:, None] > 0, points, np.nan))
        self._tell(pixels, taken, z)
        if not single:
            return points
        return points[0] if z[0] > 0 else None

    def project(self, points: Any) -> Doubles | None:
        """(2,) pixel of a world point (3,); None behind the camera. Of (N, 3) points (N, 2), with NaN rows.

        Pixels outside the image are not cut off, and nothing is said about what hides a point.

        Example: recon[frame].project(point)
        """
        world = numbers(points)
        if world is None or world.shape[-1:] != (3,):
            given = f"{points!r:.60}" if world is None else f"an array of shape {world.shape}"
            raise ToolError(f"project got {given}", "world XYZ, (3,) or (N, 3)", "recon.project(point, frame)")
        camera = self._recon.intrinsics.camera(self.frame_index)
        pixels = np.asarray(project_points(world, camera, np.asarray(self.pose))[0], dtype=np.float64)
        if world.ndim > 1 or np.isfinite(pixels).all():
            return pixels
        where = f"lies behind the camera of frame {self.frame_index}" if np.isfinite(world).all() else "is not finite"
        notice(f"the point {where}; None is returned")
        return None

    def _column(self, number: int) -> Doubles:
        return np.asarray(self.pose[:3, number], dtype=np.float64)

    def _check_inside(self, pixels: Doubles) -> None:
        width, height = self.size
        outside = ~((pixels >= -0.5) & (pixels <= np.array([width, height]) - 0.5)).all(axis=1)
        if outside.any():
            u, v = pixels[outside][0]
            raise ToolError(
                f"pixel_to_3d got pixel ({u:g}, {v:g}), outside the {width}x{height} image of frame {self.frame_index}",
                f"x in 0..{width - 1}, y in 0..{height - 1}; `.point` of what vlm.locate gives is in pixels",
                f"tools.Geometry.normalized_to_pixel(numbers, {width}, {height}) for numbers in 0..1000",
            )

    def _tell(self, pixels: Doubles, taken: Doubles, z: Doubles) -> None:
        """Say which pixels have no point, or that of another pixel."""
        moved, missing = (taken != pixels).any(axis=1), z <= 0
        where = f"of frame {self.frame_index}"
        if len(pixels) > 1:
            if missing.any():
                notice(f"depth is unknown at {missing.sum()} of {len(pixels)} pixels {where}; their rows are NaN")
        elif missing.any():
            notice(f"depth is unknown at pixel ({pixels[0, 0]:g}, {pixels[0, 1]:g}) {where}; None is returned")
        elif moved.any():
            (u, v), (x, y) = pixels[0], taken[0]
            notice(f"depth is unknown at pixel ({u:g}, {v:g}) {where}; that of pixel ({x:g}, {y:g}) is taken")

    def __repr__(self) -> str:
        width, height = self.size
        x, y, z = self.position
        return (
            f"FrameView(frame {self.frame_index} of video {self.video}, {width}x{height}; camera at "
            f"({x:.2f}, {y:.2f}, {z:.2f}) {self._recon.unit}; .image .points .depth .pose .pixel_to_3d(x, y) ...)"
        )


def _pixels(x: Any, y: Any) -> tuple[Doubles, bool]:
    """Pixels as (N, 2), and whether a single one was meant: x and y, numbers or arrays, or (x, y) pairs in one."""
    columns = [numbers(value) for value in ((x,) if y is None else (x, y))]
    shapes = {column.shape for column in columns if column is not None}
    if isinstance(x, str) or any(column is None for column in columns) or len(shapes) != 1:
        shapes = set()
    given = np.stack(columns, axis=-1) if y is not None and shapes else columns[0]  # type: ignore[arg-type]
    if not shapes or given is None or given.shape[-1:] != (2,) or not np.isfinite(given).all():
        what = f"{x!r:.60}" if y is None else f"x={x!r:.60} and y={y!r:.60}"
        raise ToolError(
            f"pixel_to_3d got {what}",
            "a pixel x, y, or pixels (N, 2); vlm.locate(...).point is None where nothing is visible",
            "recon.pixel_to_3d(x, y, frame)",
        )
    return given.reshape(-1, 2), given.ndim == 1


def _radius(given: Any, largest: float) -> float:
    """A radius in pixels, no larger than the image."""
    radius = numbers(given)
    if radius is None or radius.size != 1 or np.isnan(radius).any():
        raise ToolError(
            f"pixel_to_3d got radius={given!r:.60}", "pixels, 0 or more", "recon.pixel_to_3d(x, y, frame, radius=5)"
        )
    return min(float(radius.reshape(())), largest)


def _nearest_known(depth: NDArray[Any], pixel: NDArray[Any], radius: float) -> NDArray[Any] | None:
    """(x, y) of the nearest pixel of known depth within the radius."""
    reach = int(radius)
    left, top = np.maximum(pixel - reach, 0)
    window = depth[top : pixel[1] + reach + 1, left : pixel[0] + reach + 1]
    rows, columns = np.nonzero(window)
    apart = (columns + left - pixel[0]) ** 2 + (rows + top - pixel[1]) ** 2
    if not len(apart) or apart.min() > radius**2:
        return None
    best = int(apart.argmin())
    return np.array([columns[best] + left, rows[best] + top])
