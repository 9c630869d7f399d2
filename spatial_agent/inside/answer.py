"""`ReturnAnswer`: how a cell ends the session."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from spatial_agent import wire


def make_return_answer(send: Callable[[wire.FromKernel], None]) -> Callable[..., None]:
    """Build `ReturnAnswer` over a way to send messages."""

    def ReturnAnswer(
        answer: Any,
        *,
        reason: str | None = None,
        unit: str | None = None,
        frames: Sequence[int] = (),
        points: dict[str, Any] | None = None,
        spread: float | None = None,
    ) -> None:
        """Submit the final answer; the session ends after this cell if its form is the one asked for.

        `answer`: a number (numpy scalars too), a letter, True/False, or text. None abstains, with `reason=`, where
        the question permits it. What it rests on can be added: `unit="m"`, `frames=[1, 2]` (absolute numbers),
        `points={"heater": xyz}` (world coordinates), `spread=0.02` (same unit as the answer).
        """
        value = _plain(answer)
        send(
            wire.Submitted(
                value=value,
                reason=None if reason is None else str(reason),
                unit=None if unit is None else str(unit),
                frames=tuple(int(frame) for frame in frames),
                points={str(name): _point(name, xyz) for name, xyz in (points or {}).items()},
                spread=None if spread is None else float(spread),
            )
        )
        print(f"Answer submitted: {value!r}")  # noqa: T201 - this is the cell's own output

    return ReturnAnswer


def _plain(answer: Any) -> wire.Scalar | list[wire.Scalar]:
    if isinstance(answer, np.ndarray) and answer.size == 1:
        answer = answer.reshape(()).item()
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


def _point(name: str, xyz: Any) -> tuple[float, float, float]:
    values = np.asarray(xyz, dtype=float).reshape(-1)
    if values.size != 3:
        raise TypeError(f"points[{name!r}] has {values.size} numbers; a point is x, y, z in world coordinates.")
    return float(values[0]), float(values[1]), float(values[2])
