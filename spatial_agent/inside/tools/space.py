"""What fits where, and how far something can go before it meets what was seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from spatial_agent.errors import ToolError
from spatial_agent.inside.tools.arguments import UP, Doubles, numbers, point_rows, vector

CLOSE = 0.03
"""A margin below this part of the space's side is a near tie."""
SUPPORT = 5
"""So many points within half a width are an obstacle; fewer are noise."""


@dataclass(frozen=True)
class Fit:
    """Whether something fits, usable as True or False; `bool(fit)` is a plain one.

    `.margin` is what is left at the tightest `.side` (negative: what is missing), `.near_tie` is True when that is less
    than 3 % of the space's side.
    """

    margin: float
    side: str
    near_tie: bool

    def __bool__(self) -> bool:
        """True when it fits."""
        return self.margin >= 0

    def __repr__(self) -> str:
        words = f"fits, {self.margin:.3f} to spare" if self else f"does not fit, {-self.margin:.3f} too much"
        return f"Fit({words} at the {self.side}{'; NEAR TIE' if self.near_tie else ''})"


class FreePath(float):
    """How far something can go: a float that knows what is in the way.

    `.obstacle` is a point (3,), or None where nothing was met up to the limit; `.blocked` is True where there is one.
    """

    obstacle: Doubles | None

    @staticmethod
    def of(length: float, obstacle: Doubles | None) -> FreePath:
        """The length with what ends it."""
        path = FreePath(length)
        path.obstacle = obstacle
        return path

    @property
    def blocked(self) -> bool:
        """True when something is in the way before the limit."""
        return self.obstacle is not None

    def __repr__(self) -> str:
        if self.obstacle is None:
            return f"FreePath({float(self):.3f}, nothing in the way up to the limit)"
        return f"FreePath({float(self):.3f}, then {np.array2string(self.obstacle, precision=3)} is in the way)"


def fits(item: Any, space: Any, upright: bool = True) -> Fit:
    """Whether an item fits into a space with parallel sides: a truthy or falsy `Fit` with `.margin` and `.near_tie`.

    Both are an OrientedBox, or (width, height, depth) in one unit. The item may be turned about the vertical; with
    `upright=False` it may also be laid down.

    Example: tools.Geometry.fits((0.6, 0.85, 0.6), (0.62, 0.9, 0.65)).margin
    """
    a, b = _extent(item, "item"), _extent(space, "space")
    if upright:
        sides = ["longer horizontal side", "shorter horizontal side", "height"]
        a, b = (np.array([max(e[0], e[2]), min(e[0], e[2]), e[1]]) for e in (a, b))
    else:
        sides = ["longest side", "middle side", "shortest side"]
        a, b = np.sort(a)[::-1], np.sort(b)[::-1]
    left = b - a
    tight = int(np.argmin(left))
    return Fit(float(left[tight]), sides[tight], bool(abs(left[tight]) < CLOSE * b[tight]))


def free_path(
    points: Any,
    start: Any,
    direction: Any,
    width: float,
    height: float,
    *,
    clearance: float = 0.0,
    step: float = 0.05,
    limit: float = 10.0,
) -> FreePath:
    """How far a box of this width and height can go from `start` along the floor before it meets points (N, 3), a float.

    `start` (3,) lies on the floor, in the middle of the box's front; `direction` (3,) is taken along the floor. Points
    lower than `step` above the start do not count, nor do fewer than 5 together; `clearance` is kept on both sides,
    above and ahead. At most `limit`.

    Example: tools.Geometry.free_path(recon.points[1], [0, 0, 0], [1, 0, 0], width=0.6, height=1.8)
    """
    rows = point_rows(points, "free_path", "points")
    origin, way = vector(start, "free_path", "start", 3), vector(direction, "free_path", "direction", 3)
    ahead = way - (way @ UP) * UP
    lengths = numbers([width, height, clearance, step, limit])
    known = lengths is not None and lengths.shape == (5,) and not np.isnan(lengths).any()
    if not np.linalg.norm(ahead) > 1e-9 or not (known and width > 0 and height > step):
        raise ToolError(
            f"free_path got direction={way.tolist()}, width={width!r:.40}, height={height!r:.40}, step={step!r:.40}",
            "a direction along the floor, a width above 0 and a height above the step, in the world's unit",
            "tools.Geometry.free_path(points, start, door - start, width=0.6, height=1.8)",
        )
    ahead /= np.linalg.norm(ahead)
    offset = rows[np.isfinite(rows).all(axis=1)] - origin
    along, across, above = offset @ ahead, np.abs(offset @ np.cross(ahead, UP)), offset @ UP
    hit = (along > 0) & (across < width / 2 + clearance) & (above > step) & (above < height + clearance)
    order = np.argsort(along[hit])
    reached = along[hit][order]
    groups = max(0, len(reached) - SUPPORT + 1)
    together = np.flatnonzero(reached[SUPPORT - 1 :] - reached[:groups] <= width / 2)
    if not len(together) or reached[together[0]] - clearance >= limit:
        return FreePath.of(limit, None)
    first = int(together[0])
    return FreePath.of(max(0.0, float(reached[first]) - clearance), offset[hit][order][first] + origin)


def _extent(value: Any, name: str) -> Doubles:
    array = numbers(getattr(value, "extent", value))
    if array is None or array.shape != (3,) or not (array >= 0).all():
        raise ToolError(
            f"fits got {name}={value!r}",
            "an OrientedBox, or (width, height, depth) in one unit; masks.size is None where nothing was found",
            "tools.Geometry.fits(masks.size(recon), (0.6, 0.85, 0.6))",
        )
    return array
