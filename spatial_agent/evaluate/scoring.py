"""Right or wrong, and why; and how sure a share of right answers is."""

from __future__ import annotations

import math
from typing import NamedTuple

from spatial_agent.evaluate.samples import Sample
from spatial_agent.trace.events import Value
from spatial_agent.trace.words import in_words

_Z95 = 1.959964


class Score(NamedTuple):
    """1 for right, 0 for wrong, and the reason in words."""

    value: float
    why: str


class Interval(NamedTuple):
    """Bounds of a share."""

    low: float
    high: float


def score(sample: Sample, answer: Value) -> Score:
    """Hold an answer against the sample's target."""
    unit, choices = sample.question.unit, sample.question.choices
    if answer is None:
        return Score(0.0, "no answer was given")
    if sample.question.form == "number":
        return _number(sample, answer, unit)
    if sample.question.form == "point":
        return _point(sample, answer)
    right = _normal(answer) == _normal(sample.target)
    if right:
        return Score(1.0, "the answer is the true one")
    return Score(0.0, f"{in_words(answer, unit, choices)} is not {in_words(sample.target, unit, choices)}")


def _number(sample: Sample, answer: Value, unit: str | None) -> Score:
    if not isinstance(answer, int | float) or not isinstance(sample.target, int | float):
        return Score(0.0, f"{answer!r} is not a number")
    return _within(abs(answer - sample.target), sample.tolerance, unit)


def _point(sample: Sample, answer: Value) -> Score:
    if not isinstance(answer, tuple) or not isinstance(sample.target, tuple):
        return Score(0.0, f"{answer!r} is not a point")
    return _within(math.dist(answer, sample.target), sample.tolerance, "m")


def _within(off: float, tolerance: float | None, unit: str | None) -> Score:
    right = off <= (tolerance or 0.0) + 1e-9
    side = "within" if right else "beyond"
    return Score(
        float(right), f"off by {in_words(off, unit)}, {side} the tolerance of {in_words(tolerance or 0.0, unit)}"
    )


def _normal(value: Value) -> str:
    """Case, spaces and an ending dot do not count."""
    return " ".join(str(value).casefold().split()).rstrip(" .")


def wilson(right: float, of: int) -> Interval | None:
    """The 95 % Wilson interval of a share of `of` trials; None without any."""
    if of == 0:
        return None
    share, z2 = right / of, _Z95**2
    middle = (share + z2 / (2 * of)) / (1 + z2 / of)
    half = _Z95 * math.sqrt(share * (1 - share) / of + z2 / (4 * of**2)) / (1 + z2 / of)
    return Interval(max(0.0, middle - half), min(1.0, middle + half))
