"""One curve or several as a picture with its numbers in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from spatial_agent.errors import ToolError
from spatial_agent.inside.notice import notice
from spatial_agent.inside.tools.arguments import Doubles
from spatial_agent.inside.visual import VisualFeedback, render_figure

STABLE = 0.05
"""A change, or a step back, below this part of the range is none."""


class Graph:
    """Line plots of values over frames, time or anything else; the numbers are also in words, in `.description`."""

    @staticmethod
    def plot(
        values: Any,
        validity: Any = None,
        x_label: str = "Frame",
        y_label: str = "Value",
        title: str | None = None,
        x: Any = None,
    ) -> VisualFeedback:
        """Line plot of one series or several (a dict {name: series}, a list of lists, (S, N)) over `x`, else 0, 1, 2, ...

        None, NaN and entries whose `validity` is False become gaps. The description holds min, max, mean, first, last
        and the trend of each series. A dict {frame: number} is one series over the frames, and a dict of such dicts
        several over all of them.

        Example: show(tools.Graph.plot([1.0, 1.2, None, 1.5], x=[0, 5, 10, 15], y_label="distance (m)"))
        """
        if isinstance(values, Mapping) and values:
            parts = list(values.values())
            if all(isinstance(part, Mapping) for part in parts):
                x = sorted({at for part in parts for at in part}) if x is None else x
                values = {name: [part.get(at) for at in x] for name, part in values.items()}
            elif all(np.ndim(part) == 0 for part in parts):
                values, x = parts, list(values) if x is None else x
        named = _named(values, y_label)
        lines = {name: _series(data, validity) for name, data in named.items()}
        if not any(map(len, lines.values())):
            notice("Graph.plot got no value, so the graph is empty")
        at = np.arange(max(map(len, lines.values())), dtype=np.float64) if x is None else _series(x, None)
        for name, line in lines.items():
            if len(line) != len(at):
                raise ToolError(
                    f"Graph.plot got {len(line)} values in {name!r} and {len(at)} x positions",
                    "one position for each value; series that share x are equally long",
                    "tools.Graph.plot(values, x=recon.frame_indices)",
                )
        label = "Index" if x is None and x_label == "Frame" else x_label
        words = "\n".join(_describe(name, line, at) for name, line in lines.items())
        return VisualFeedback(_draw(lines, at, label, y_label, title), f"{title or y_label}\n{words}")


def _named(values: Any, y_label: str) -> dict[str, Any]:
    """Each series by its name."""
    table = isinstance(values, np.ndarray) and values.ndim == 2
    rows = isinstance(values, (list, tuple)) and len(values) > 0 and all(map(np.iterable, values))
    if isinstance(values, Mapping):
        named = {str(name): data for name, data in values.items()}
    elif table or (rows and not any(isinstance(row, str) for row in values)):
        named = {f"{y_label} {number}": row for number, row in enumerate(values)}
    else:
        named = {y_label: values}
    return named or {y_label: []}


def _series(data: Any, validity: Any) -> Doubles:
    plain = not isinstance(data, (str, bytes, Mapping)) and np.iterable(data)
    try:
        line = np.array([np.nan if value is None else value for value in data] if plain else [[]], dtype=np.float64)
    except (TypeError, ValueError):
        line = np.zeros((0, 0))
    if line.ndim != 1 or not plain:
        raise ToolError(f"Graph.plot got {data!r}"[:160], "a flat list of numbers", "tools.Graph.plot([1.0, 1.2, 1.1])")
    if validity is not None:
        valid = np.asarray(validity, dtype=bool).ravel()
        if len(valid) != len(line):
            raise ToolError(
                f"Graph.plot got {len(line)} values and {len(valid)} validity flags",
                "one flag for each value",
                "tools.Graph.plot([1.0, 9.9, 1.1], validity=[True, False, True])",
            )
        line[~valid] = np.nan
    line[~np.isfinite(line)] = np.nan
    return line


def _describe(name: str, line: Doubles, at: Doubles) -> str:
    known = np.flatnonzero(np.isfinite(line))
    if not len(known):
        return f"{name}: no valid value"
    y, first, last = line[known], known[0], known[-1]
    low, high = known[np.argmin(y)], known[np.argmax(y)]
    return (
        f"{name}: {len(known)} of {len(line)} values; min {line[low]:.4g} at {at[low]:g}, max {line[high]:.4g} at "
        f"{at[high]:g}, mean {y.mean():.4g}, first {line[first]:.4g}, last {line[last]:.4g}; {_trend(y, at[known])}"
    )


def _trend(y: Doubles, at: Doubles) -> str:
    """Where the curve goes: up, down, up then down or the reverse, or neither; small steps back do not count."""
    if len(y) < 2:
        return "a single value"
    span, low, high = float(np.ptp(y)), int(np.argmin(y)), int(np.argmax(y))
    if span <= 1e-9 * max(1.0, float(np.abs(y).max())):
        return "constant"
    small, change = STABLE * span, float(y[-1] - y[0])
    if _one_way(y, small) or _one_way(-y, small):
        return "rising" if change > 0 else "falling"
    rise_then_fall = (
        y[high] - max(y[0], y[-1]) > small and _one_way(y[: high + 1], small) and _one_way(-y[high:], small)
    )
    fall_then_rise = min(y[0], y[-1]) - y[low] > small and _one_way(-y[: low + 1], small) and _one_way(y[low:], small)
    if rise_then_fall:
        return f"rising until {at[high]:g}, then falling"
    if fall_then_rise:
        return f"falling until {at[low]:g}, then rising"
    return "up and down, " + ("ends where it began" if abs(change) <= small else "rising" if change > 0 else "falling")


def _one_way(y: Doubles, small: float) -> bool:
    """Whether a curve never falls by more than a small step."""
    return bool(np.all(np.maximum.accumulate(y) - y <= small))


def _draw(lines: dict[str, Doubles], at: Doubles, x_label: str, y_label: str, title: str | None) -> Any:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4.5), layout="constrained")
    axes = figure.add_subplot()
    for name, line in lines.items():
        axes.plot(at, line, marker="o", markersize=3.5, linewidth=1.6, label=name)
    axes.set_xlabel(x_label)
    axes.set_ylabel(y_label)
    axes.set_title(title or "")
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    if len(lines) > 1:
        axes.legend(frameon=False)
    return render_figure(figure)
