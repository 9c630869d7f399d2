"""`ReturnAnswer`: how a cell ends the session."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from spatial_agent import wire
from spatial_agent.errors import ToolError
from spatial_agent.inside.images import FrameImage
from spatial_agent.inside.per_frame import frame_number
from spatial_agent.inside.tools.arguments import numbers


def make_return_answer(send: Callable[[wire.FromKernel], None]) -> Callable[..., None]:
    """Build `ReturnAnswer` over a way to send messages."""

    def ReturnAnswer(
        answer: Any,
        reason: Any = None,
        *,
        unit: str | None = None,
        frames: Any = None,
        points: Any = None,
        spread: Any = None,
    ) -> None:
        """Submit the final answer; the session ends after this cell if its form is the one asked for.

        `answer`: a number (numpy scalars too), a letter, True/False, text, or x, y, z of a point in world coordinates.
        None abstains, with `reason=`, where the question permits it. What it rests on can be added: `unit="m"`,
        `frames=[1, 2]` (absolute numbers), `points={"heater": xyz}` (world coordinates), `spread=0.02` (same unit as
        the answer). A measured distance brings its own unit, frames and points.
        """
        value = _plain(answer)
        unit = _own(answer, "unit") if unit is None else unit
        submitted = wire.Submitted(
            value=value,
            reason=None if reason is None else str(reason),
            unit=None if unit is None else str(unit),
            frames=_frames(_own(answer, "frames", ()) if frames is None else frames),
            points=_points(_ends(answer) if points is None else points),
            spread=_spread(spread),
        )
        try:
            send(submitted)
        except OverflowError:
            raise ToolError(
                "ReturnAnswer got a whole number of more than 64 bits",
                "a number that has a meaning here",
                "ReturnAnswer(float(distance))",
            ) from None
        print(f"Answer submitted: {value!r}")  # noqa: T201 - this is the cell's own output

    return ReturnAnswer


def _own(answer: Any, name: str, default: Any = None) -> Any:
    """What a measured number knows about itself."""
    return getattr(answer, name, default) if isinstance(answer, float) else default


def _ends(answer: Any) -> Any:
    """The points that a measured number lies between, by their labels where those differ."""
    points, labels = _own(answer, "points"), _own(answer, "labels", ())
    return dict(zip(labels, points, strict=True)) if len(labels) == len(set(labels)) == np.size(points) / 3 else points


def _plain(answer: Any) -> wire.Scalar | list[wire.Scalar]:
    if isinstance(answer, np.ndarray):
        answer = np.asarray(answer).squeeze().tolist()
    if isinstance(answer, np.generic):
        answer = answer.item()
    if answer is None or isinstance(answer, bool):
        return answer
    for kind in (str, int, float):
        if isinstance(answer, kind):
            return kind(answer)
    if isinstance(answer, (list, tuple)):
        values = [_plain(value) for value in answer]
        if len(values) == 1 and values[0] is not None:
            return values[0]
        if not any(isinstance(value, list) for value in values):
            return values  # type: ignore[return-value]  # no element is a list
    raise ToolError(
        f"ReturnAnswer got a {type(answer).__name__}",
        "a number, a string, True/False, [x, y, z], or None to abstain",
        "ReturnAnswer(float(distance)) or ReturnAnswer('B')",
    )


def _frames(given: Any) -> tuple[int, ...]:
    several = given if np.iterable(given) and not isinstance(given, (FrameImage, str)) else [given]
    return tuple(dict.fromkeys(frame_number(frame, "ReturnAnswer(..., frames=[...])") for frame in several))


def _points(given: Any) -> dict[str, tuple[float, float, float]]:
    if given is None:
        return {}
    if isinstance(given, Mapping):
        return {str(name): _point(name, xyz) for name, xyz in given.items()}
    rows = numbers(given)
    if rows is not None and rows.ndim == 2:
        return {f"point {number}": _point(number, xyz) for number, xyz in enumerate(rows, start=1)}
    raise ToolError(
        f"ReturnAnswer got points= as a {type(given).__name__}",
        "points by their names, in world coordinates",
        'ReturnAnswer(answer, points={"lamp": xyz, "desk": xyz})',
    )


def _point(name: Any, xyz: Any) -> tuple[float, float, float]:
    array = numbers(xyz)
    values = np.zeros(0) if array is None else array.ravel()
    if values.size != 3 or not np.isfinite(values).all():
        raise ToolError(
            f"ReturnAnswer got points[{name!r}] = {_short(xyz)}",
            "x, y, z in world coordinates, all known; leave out a point that is not",
            'ReturnAnswer(answer, points={"lamp": xyz})',
        )
    return float(values[0]), float(values[1]), float(values[2])


def _spread(given: Any) -> float | None:
    if given is None:
        return None
    array = numbers(given)
    values = np.zeros(0) if array is None else array.ravel()
    if values.size != 1 or not np.isfinite(values).all() or values[0] < 0:
        raise ToolError(
            f"ReturnAnswer got spread={_short(given)}",
            "one number in the answer's unit: how much measurements differ",
            "ReturnAnswer(answer, spread=0.02)",
        )
    return float(values[0])


def _short(value: Any) -> str:
    return " ".join(f"{value!r}".split())[:80]
