"""One line about each name that a cell made or changed."""

from __future__ import annotations

import types
from typing import Any

import numpy as np

from spatial_agent import wire
from spatial_agent.inside.brief import Brief
from spatial_agent.inside.framed import FrameArray

_brief = Brief(items=6, chars=80)
MOST = 40
"""Names reported for one cell."""
_SMALL = 9


def summarize(value: Any) -> str:
    """Type and shape of a value; the value itself where it is short."""
    kind = type(value).__name__
    if isinstance(value, np.ndarray):
        text = f"ndarray {value.shape} {value.dtype}"
        if isinstance(value, FrameArray) and value.frame_index is not None:
            text += f" of frame {value.frame_index}"
        return f"{text} = {_array(value)}" if value.size <= _SMALL and value.dtype.kind in "biuf" else text
    if isinstance(value, np.generic):
        return f"{kind} = {value.item()!r}"
    if value is None or isinstance(value, bool | int | float | complex | str):
        return f"{kind} = {_brief.repr(value)}" if value is not None else "None"
    if isinstance(value, types.FunctionType):
        return f"function {value.__name__}()"
    if isinstance(value, list | tuple | set | dict):
        return f"{kind} of {len(value)} = {_brief.repr(value)}"
    return _brief.repr(value)


def _array(value: np.ndarray[Any, Any]) -> str:
    return np.array2string(np.asarray(value), precision=4, suppress_small=True, separator=", ").replace("\n", "")


class Watch:
    """Tells which names of a namespace a cell made or changed."""

    def __init__(self, namespace: dict[str, Any]) -> None:
        self._namespace = namespace
        self._seen: dict[str, tuple[int, str]] = {}
        self._seen = self._look()

    def _look(self) -> dict[str, tuple[int, str]]:
        return {
            name: (id(value), _summary(value))
            for name, value in list(self._namespace.items())
            if isinstance(name, str) and not name.startswith("_") and not isinstance(value, types.ModuleType)
        }

    def changes(self) -> tuple[wire.Variable, ...]:
        """Names that are new, bound to another object, or whose summary differs since the last call."""
        before, self._seen = self._seen, self._look()
        changed = [wire.Variable(n, s[1]) for n, s in self._seen.items() if before.get(n) != s]
        return tuple(changed[:MOST])


def _summary(value: Any) -> str:
    try:
        return summarize(value)
    except BaseException as problem:  # noqa: BLE001 - a cell's own __repr__ may raise anything
        return f"{type(value).__name__} (its repr raised {type(problem).__name__})"
