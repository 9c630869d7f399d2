"""Numbers in order, and which of them are too close to call."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from spatial_agent.errors import ToolError
from spatial_agent.inside.notice import notice
from spatial_agent.inside.tools.arguments import NOT_FOUND, numbers, point_rows
from spatial_agent.inside.tools.closest import closest_points

RELATIVE = 0.05
ABSOLUTE = 0.02
"""Two numbers are a near tie when they differ by no more than this part of the larger one, or by this much."""


class Ranking(dict[Any, float]):
    """A dict of name and number whose order is the ranking.

    `.first` (a name, None if empty), `.margin` (by how much the second number differs from the first; None if there is
    none), `.near_ties` (pairs of neighbours too close to call), `.near_tie` (True when the first two are).
    """

    relative = RELATIVE
    absolute = ABSOLUTE

    @staticmethod
    def of(pairs: Iterable[tuple[Any, float]], descending: bool, relative: float, absolute: float) -> Ranking:
        """Names and numbers, sorted; equal ones stay in the order in which they came."""
        ranking = Ranking(sorted(pairs, key=lambda pair: -pair[1] if descending else pair[1]))
        ranking.relative, ranking.absolute = relative, absolute
        return ranking

    @property
    def first(self) -> Any:
        """The first name; None if there is none."""
        return next(iter(self), None)

    @property
    def margin(self) -> float | None:
        """By how much the second number differs from the first; None if there are fewer than two."""
        first, second, *_ = [*self.values(), None, None]
        return None if first is None or second is None else abs(second - first)

    @property
    def near_ties(self) -> list[tuple[Any, Any]]:
        """Pairs of names, one next to the other, whose numbers are too close to call."""
        return [(a, b) for (a, x), (b, y) in pairwise(self.items()) if _near(x, y, self.relative, self.absolute)]

    @property
    def near_tie(self) -> bool:
        """True when the first two are too close to call."""
        return any(pair[0] == self.first for pair in self.near_ties)

    def __repr__(self) -> str:
        line = ", ".join(f"{name} {value:.4g}" for name, value in self.items()) or "nothing"
        ties = "; ".join(f"{a} and {b}" for a, b in self.near_ties)
        return f"Ranking({line}{f'; NEAR TIE: {ties}' if ties else ''})"


@dataclass(frozen=True)
class Comparison:
    """What a first number is against a second.

    `.word` is "larger", "smaller" or "equal", `.difference` the first less the second, `.ratio` the first divided by the
    second (None where that is 0), `.near_tie` True when they are too close to call.
    """

    first: float
    second: float
    near_tie: bool

    @property
    def difference(self) -> float:
        """The first number less the second."""
        return self.first - self.second

    @property
    def ratio(self) -> float | None:
        """The first number divided by the second; None where that is 0."""
        return self.first / self.second if self.second else None

    @property
    def word(self) -> str:
        """What the first number is against the second."""
        return "larger" if self.first > self.second else "smaller" if self.first < self.second else "equal"

    def __repr__(self) -> str:
        ratio = "" if self.ratio is None else f", ratio {self.ratio:.3g}"
        tie = "; NEAR TIE" if self.near_tie else ""
        first, second = f"{self.first:.4g}", f"{self.second:.4g}"
        return f"Comparison({first} against {second}: {self.word}, difference {self.difference:+.4g}{ratio}{tie})"


def compare(a: Any, b: Any, relative: float = RELATIVE, absolute: float = ABSOLUTE) -> Comparison:
    """Two numbers compared: `.word` ("larger", "smaller", "equal": a against b), `.difference`, `.ratio`, `.near_tie`.

    They are a near tie when they differ by no more than 5 % of the larger one (`relative`) or by 0.02 (`absolute`).

    Example: tools.Geometry.compare(1.52, 1.49).near_tie
    """
    first, second = _number(a, "compare", "a"), _number(b, "compare", "b")
    return Comparison(first, second, _near(first, second, relative, absolute))


def rank(
    values: Mapping[Any, Any], descending: bool = False, relative: float = RELATIVE, absolute: float = ABSOLUTE
) -> Ranking:
    """A dict {name: number} in rising order, with `.first`, `.margin`, `.near_tie` and `.near_ties`.

    None and NaN are left out, with a printed line. A near tie is as in compare.

    Example: tools.Geometry.rank({"lamp": 1.6, "shelf": 1.92, "sofa": None}, descending=True).first
    """
    if not isinstance(values, Mapping):
        raise ToolError(
            f"rank got a {type(values).__name__}",
            "a dict of name and number",
            'tools.Geometry.rank({"lamp": 1.6, "sofa": 0.9})',
        )
    known = {name: _number(value, "rank", f"values[{name!r}]") for name, value in values.items() if not _missing(value)}
    if lost := [str(name) for name in values if name not in known]:
        notice(f"rank: {', '.join(lost)} has no number and is left out")
    return Ranking.of(known.items(), descending, relative, absolute)


def nearest(point_or_points: Any, things: Any) -> Ranking:
    """Things ranked by how near they come to a point (3,) or to points (N, 3): a dict {name: distance}, nearest first.

    `things` is a dict {name: point or points}, or a list of these, named 0, 1, ...; of points the closest one counts.
    None and things without known points are left out, with a printed line. `.first` is the nearest's name.

    Example: tools.Geometry.nearest(point, {"a": [0, 0, 0], "b": [1, 0, -2]}).first
    """
    origin = point_rows(point_or_points, "nearest", "point_or_points")
    listed = isinstance(things, Sequence) and not isinstance(things, str)
    if not (listed or isinstance(things, Mapping) or (isinstance(things, np.ndarray) and things.ndim)):
        raise ToolError(
            f"nearest got things={things!r:.80}",
            "a dict of name and point or points, or a list of these",
            'tools.Geometry.nearest(point, {"lamp": lamp, "sofa": masks.points(recon, "sofa")})',
        )
    if not np.isfinite(origin).all(axis=1).any():
        notice("nearest: point_or_points has no known point, so that nothing can be near it; the ranking is empty")
        return Ranking()
    named = dict(things) if isinstance(things, Mapping) else dict(enumerate(things))
    known = {
        name: point_rows(thing, "nearest", f"things[{name!r}]") for name, thing in named.items() if thing is not None
    }
    found = {name: closest_points(origin, known[name]) if name in known else None for name in named}
    if lost := [str(name) for name, pair in found.items() if pair is None]:
        notice(f"nearest: {', '.join(lost)} has no known points and is left out")
    pairs = ((name, pair.distance) for name, pair in found.items() if pair is not None)
    return Ranking.of(pairs, False, RELATIVE, ABSOLUTE)


def _near(a: float, b: float, relative: float, absolute: float) -> bool:
    return abs(a - b) <= max(absolute, relative * max(abs(a), abs(b)))


def _missing(value: Any) -> bool:
    array = numbers(value)
    return value is None or (array is not None and array.size == 1 and bool(np.isnan(array).all()))


def _number(value: Any, call: str, name: str) -> float:
    array = numbers(value)
    if array is None or array.size != 1 or not np.isfinite(array).all():
        form = "one finite number"
        raise ToolError(
            f"{call} got {name}={value!r}",
            f"{form}; {NOT_FOUND}" if value is None else form,
            f"if {name} is not None: tools.Geometry.{call}(...)" if value is None else "",
        )
    return float(array.ravel()[0])
