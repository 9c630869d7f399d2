"""The drawing of a view: the points that it sees, the objects among them, and the cameras that saw them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from spatial_agent.frames import Intrinsics, Rgb, project
from spatial_agent.inside.masks import PerFrameMask
from spatial_agent.inside.overlay import Colour, Entry, text_font
from spatial_agent.inside.tools.arguments import Doubles
from spatial_agent.inside.tools.bev_forms import Slot
from spatial_agent.inside.tools.boxes import OrientedBox
from spatial_agent.inside.tools.splat import BEHIND, Cloud, Rows, facing
from spatial_agent.inside.trajectory import Trajectory

if TYPE_CHECKING:
    from spatial_agent.inside.tools.reconstruct import Reconstruction

NUMBERED = 12
"""Cameras that are drawn as cones with their numbers."""
BACK = np.array([96, 104, 118], dtype=np.uint8)
CHECKER = np.array([[202, 202, 206], [182, 182, 188]], dtype=np.uint8)
CAMERAS, FIRST = (38, 110, 186), (206, 52, 52)


@dataclass(frozen=True)
class View:
    """From where, and what in words."""

    camera: Intrinsics
    pose: Doubles
    words: str
    cut: bool
    """True for a view from afar, in which walls and ceilings that would hide everything are cut away."""
    frame: int | None
    """The frame that looks most alike; None for a view from afar."""
    own: bool = False
    """True for the view of that frame's own camera: what it saw itself is in front of what others saw."""


def picture_of(
    points: Cloud, seen: Rows, view: View, slots: Sequence[Slot]
) -> tuple[Rgb, list[Entry], NDArray[np.bool_]]:
    """Colours of the view, objects in it, and where surfaces are seen from their back."""
    height, width = seen.shape
    lines, columns = np.mgrid[0:height, 0:width]
    picture = CHECKER[(lines // 12 + columns // 12) % 2]
    there = seen >= 0
    rows = seen[there]
    picture[there] = points.colours[rows]
    behind = np.zeros(seen.shape, dtype=bool)
    behind[there] = facing(points, view.pose[:3, 3].astype(np.float32))[rows] < BEHIND
    picture[behind] = BACK
    tags = np.full(seen.shape, -1, dtype=np.int16)
    tags[there] = points.tags[rows]
    entries = [
        Entry(n, tags == n if isinstance(slot.value, PerFrameMask) else _marked(slot.value, view), slot.name)
        for n, slot in enumerate(slots)
    ]
    return picture, entries, behind


def _marked(value: Trajectory | OrientedBox | Doubles, view: View) -> NDArray[np.bool_]:
    """(H, W) where a box, a way or points are drawn, as if nothing hid them."""
    points = value.corners if isinstance(value, OrientedBox) else np.asarray(value, dtype=np.float64)
    pixels, _ = project(points, view.camera, view.pose)
    known = np.atleast_1d(np.isfinite(pixels).all(axis=-1))
    ways = [(k, k + 1) for k in range(len(points) - 1)] if isinstance(value, Trajectory) else []
    if isinstance(value, OrientedBox):
        ways = [(k, other) for k in range(4) for other in (k + 4, (k + 1) % 4)]
        ways += [(k + 4, (k + 1) % 4 + 4) for k in range(4)]
    else:
        ways += [(k, k) for k in range(len(points))]
    plane = Image.new("L", (view.camera.width, view.camera.height))
    draw, wide = ImageDraw.Draw(plane), max(3, round(min(plane.size) / 150))
    for start, end in ways:
        if known[start] and start == end:
            x, y = pixels[start]
            draw.ellipse((x - 2 * wide, y - 2 * wide, x + 2 * wide, y + 2 * wide), fill=255)
        elif known[start] and known[end]:
            draw.line([tuple(pixels[start]), tuple(pixels[end])], fill=255, width=wide)
    return np.asarray(plane) > 0


def draw_cameras(image: Image.Image, recon: Reconstruction, view: View) -> list[int]:
    """The way of the cameras, and cones of some of them; returns the frame numbers that stand beside these."""
    stands = np.array([recon[frame].position for frame in recon])
    reach = 0.05 * max(float(np.linalg.norm(np.ptp(stands, axis=0))), _afar(view, stands))
    way, depth = project(stands, view.camera, view.pose)
    here = (depth > 3 * reach) & (np.nan_to_num(way, nan=-1) >= 0).all(axis=1) & (way < image.size).all(axis=1)
    draw, font, drawn = ImageDraw.Draw(image), text_font(image), dict[int, Doubles]()
    room = 1.6 * draw.textlength("00", font=font)
    for colour, width in (("white", 4), (CAMERAS, 2)):
        for number in np.flatnonzero(here[1:] & here[:-1]):
            draw.line([tuple(way[number]), tuple(way[number + 1])], fill=colour, width=width)
    frames = recon.frame_indices
    order = [0, len(frames) - 1, *range(0, len(frames), max(1, -(-len(frames) // NUMBERED)))]
    for number in dict.fromkeys(order):
        apart = min((float(np.abs(way[number] - other).max()) for other in drawn.values()), default=np.inf)
        if here[number] and apart > room:
            drawn[frames[number]] = way[number]
    for frame in reversed(drawn):
        colour = FIRST if frame == frames[0] else CAMERAS
        _cone(draw, recon, view, frame, reach, colour)
        at = (float(drawn[frame][0]), float(drawn[frame][1]))
        draw.text(at, str(frame), font=font, fill="white", stroke_width=3, stroke_fill=colour, anchor="mm")
    return sorted(drawn)


def _cone(
    draw: ImageDraw.ImageDraw, recon: Reconstruction, view: View, frame: int, reach: float, colour: Colour
) -> None:
    """The camera's tip and the edges of what it sees, `reach` deep."""
    lens, pose = recon.intrinsics.camera(frame), np.asarray(recon.extrinsics[frame])
    corners = np.array([(0, 0), (lens.width, 0), (lens.width, lens.height), (0, lens.height)], dtype=np.float64)
    rays = np.column_stack([(corners - [lens.cx, lens.cy]) / [lens.fx, lens.fy], np.ones(4)])
    base, _ = project(pose[:3, 3] + reach * rays @ pose[:3, :3].T, view.camera, view.pose)
    tip, _ = project(pose[:3, 3], view.camera, view.pose)
    for ink, width in (("white", 4), (colour, 2)):
        for corner, after in zip(base, np.roll(base, -1, axis=0), strict=True):
            draw.line([tuple(tip), tuple(corner), tuple(after)], fill=ink, width=width)


def _afar(view: View, stands: Doubles) -> float:
    """How far the eye is from the cameras."""
    return float(np.median(np.linalg.norm(stands - view.pose[:3, 3], axis=1)))
