"""`ReturnAnswer`: how a cell ends the session."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from spatial_agent import wire
from spatial_agent.errors import ToolError
from spatial_agent.inside.images import FrameImage
from spatial_agent.inside.per_frame import frame_number


def make_return_answer(send: Callable[[wire.FromKernel], None]) -> Callable[..., None]:
    """Build `ReturnAnswer` over a way to send messages."""

    def ReturnAnswer(
        answer: Any,
        *,
        reason: str | None = None,
        unit: str | None = None,
        frames: Any = (),
        points: Any = None,
        spread: Any = None,
    ) -> None:
        """Submit the final answer; the session ends after this cell if its form is the one asked for.

        `answer`: a number (numpy scalars too), a letter, True/False, text, or x, y, z of a point in world coordinates.
        None abstains, with `reason=`, where the question permits it. What it rests on can be added: `unit="m"`, `frames=[1, 2]` (absolute numbers),
        `points={"heater": xyz}` (world coordinates), `spread=0.02` (same unit as the answer).
        """
        value = _plain(answer)
        send(
            wire.Submitted(
                value=value,
                reason=None if reason is None else str(reason),
                unit=None if unit is None else str(unit),
                frames=_frames(frames),
                points=_points(points),
                spread=_spread(spread),
            )
        )
        print(f"Answer submitted: {value!r}")  # noqa: T201 - this is the cell's own output

    return ReturnAnswer


def _plain(answer: Any) -> wire.Scalar | list[wire.Scalar]:
    if isinstance(answer, np.ndarray):
        answer = answer.squeeze()
        answer = answer.item() if answer.ndim == 0 else answer
    if isinstance(answer, np.generic):
        answer = answer.item()
    if answer is None or isinstance(answer, str | bool | int | float):
        return answer
    if isinstance(answer, list | tuple | np.ndarray):
        values = [_plain(value) for value in answer]
        if not any(isinstance(value, list) for value in values):
            return values  # type: ignore[return-value]  # no element is a list
    raise TypeError(
        f"ReturnAnswer was given a {type(answer).__name__}; it takes a number, a string, True/False or None. "
        "Type for example ReturnAnswer(float(distance)) or ReturnAnswer('B')."
    )


def _frames(given: Any) -> tuple[int, ...]:
    several = given if isinstance(given, Iterable) and not isinstance(given, FrameImage) else [given]
    return tuple(frame_number(frame, "ReturnAnswer(..., frames=[...])") for frame in several)


def _points(given: Any) -> dict[str, tuple[float, float, float]]:
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise ToolError(
            f"ReturnAnswer got points= as a {type(given).__name__}; points have names; "
            'type points={"lamp": xyz, "desk": xyz} with world coordinates'
        )
    return {str(name): _point(name, xyz) for name, xyz in given.items()}


def _point(name: Any, xyz: Any) -> tuple[float, float, float]:
    values = np.asarray(xyz, dtype=float).reshape(-1)
    if values.size != 3 or not np.isfinite(values).all():
        raise ToolError(
            f"ReturnAnswer got points[{name!r}] = {np.array2string(values, threshold=6)}; a point is x, y, z in world "
            "coordinates, all known; leave the point out, or take one with known depth"
        )
    return float(values[0]), float(values[1]), float(values[2])


def _spread(given: Any) -> float | None:
    if given is None:
        return None
    values = np.asarray(given, dtype=float).reshape(-1)
    if values.size != 1 or not np.isfinite(values).all() or values[0] < 0:
        raise ToolError(
            f"ReturnAnswer got spread={given!r}; it is one number in the answer's unit, how much measurements differ; "
            "type spread=0.02"
        )
    return float(values[0])
