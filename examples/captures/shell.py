"""The room itself: floor, walls with openings, skirting boards, ceiling with coving, the view outside.

Walls are built in their own frame: along x, centred at x = 0, the inner face at y = 0 looking towards -y.
"""

from typing import NamedTuple

from meshes import Mesh, box_between, rectangle, sheet
from scene import Parts, parts


class Opening(NamedTuple):
    """A hole in a wall, in the wall's own frame, metres."""

    left: float
    right: float
    bottom: float
    top: float


def wall(length: float, height: float, opening: Opening | None = None) -> list[Mesh]:
    """The inner face of a wall, in up to four rectangles round its opening."""

    def panel(left: float, right: float, bottom: float, top: float) -> Mesh:
        return rectangle([left, 0, bottom], [right - left, 0, 0], [0, 0, top - bottom])

    half = length / 2
    if opening is None:
        return [panel(-half, half, 0, height)]
    left, right, bottom, top = opening
    panels = [panel(-half, left, 0, height), panel(right, half, 0, height), panel(left, right, top, height)]
    return panels if bottom <= 0 else [*panels, panel(left, right, 0, bottom)]


def skirting(length: float, gap: tuple[float, float] | None = None) -> Parts:
    """A skirting board along a wall, left out over `gap` (from, to)."""
    half = length / 2
    runs = [(-half, half)] if gap is None else [(-half, gap[0]), (gap[1], half)]
    return parts("white paint", *(box_between([a, -0.015, 0], [b, 0, 0.09], 0.005) for a, b in runs))


def floor(material: str, width: float, depth: float, beyond: float) -> Parts:
    """The floor of the whole room and `beyond` metres further to +x, under the door."""
    return parts(material, rectangle([0, 0, 0], [width + beyond, 0, 0], [0, depth, 0]))


def ceiling(width: float, depth: float, height: float) -> Parts:
    """The ceiling, looking down, and a 6 cm coving round it."""
    h, c = height, 0.06
    bars = [
        box_between([0, 0, h - c], [c, depth, h], 0.025),
        box_between([width - c, 0, h - c], [width, depth, h], 0.025),
        box_between([0, 0, h - c], [width, c, h], 0.025),
        box_between([0, depth - c, h - c], [width, depth, h], 0.025),
    ]
    face = rectangle([0, 0, h], [0, depth, 0], [width, 0, 0])
    return parts("ceiling paint", face) + parts("white paint", *bars)


def backdrop(width: float, eye: float, rise: float, behind: float, top: float) -> Mesh:
    """The view outside on a plane `behind` metres behind a wall, `rise` metres to each side of the horizon.

    The horizon is at `eye`, so planes at different distances agree on it; the plane is cut off at height `top`.
    """
    start = (eye + rise - top) / (2 * rise)
    plane = sheet(lambda u, v: (width * (u - 0.5), behind, top - (1 - start) * 2 * rise * v), 2, 2)
    plane.uv[:, 1] = start + (1 - start) * plane.uv[:, 1]
    return plane
