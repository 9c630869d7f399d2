"""One curve or several as a picture with its numbers in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spatial_agent.errors import ToolError
from spatial_agent.inside.visual import VisualFeedback, render_figure

STABLE = 0.01
"""A change from first to last below this part of the range is called stable."""


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
        """Line plot of one series of numbers, or of a dict {name: series}; `x` gives the positions, else 0, 1, 2, ...

        None, NaN and entries whose `validity` is False become gaps. The description holds min, max, mean, first,
        last and trend of each series.
        """
        series = values if isinstance(values, Mapping) else {y_label: values}
        if not series:
            raise ToolError("Graph.plot got no series; type tools.Graph.plot([1.0, 1.2, 1.1], x=[0, 5, 10])")
        lines = {str(name): _series(data, validity) for name, data in series.items()}
        lengths = {len(line) for line in lines.values()}
        at = np.arange(max(lengths), dtype=np.float64) if x is None else _series(x, None)
        if lengths != {len(at)}:
            raise ToolError(
                f"Graph.plot got {', '.join(map(str, sorted(lengths)))} values and {len(at)} x positions; "
                "each value needs one; type x=recon.frame_indices for one value per frame"
            )
        label = "Index" if x is None and x_label == "Frame" else x_label
        words = "\n".join(_describe(name, line, at) for name, line in lines.items())
        return VisualFeedback(_draw(lines, at, label, y_label, title), f"{title or y_label}\n{words}")


def _series(data: Any, validity: Any) -> NDArray[np.float64]:
    values = [np.nan if value is None else value for value in data] if np.ndim(data) else data
    try:
        line = np.array(values, dtype=np.float64)
    except (TypeError, ValueError):
        line = np.zeros((0, 0))
    if line.ndim != 1 or not len(line):
        raise ToolError(
            f"Graph.plot got {data!r}; a series is a flat list of numbers; type tools.Graph.plot([1.0, 1.2])"
        )
    if validity is not None:
        valid = np.asarray(validity, dtype=bool).ravel()
        if len(valid) != len(line):
            raise ToolError(f"Graph.plot got {len(line)} values and {len(valid)} validity flags; each value needs one")
        line[~valid] = np.nan
    return line


def _describe(name: str, line: NDArray[np.float64], at: NDArray[np.float64]) -> str:
    known = np.flatnonzero(np.isfinite(line))
    if not len(known):
        return f"{name}: no valid value"
    y, first, last = line[known], known[0], known[-1]
    span, change = float(np.ptp(y)), float(line[last] - line[first])
    trend = "stable" if abs(change) <= STABLE * span else "rising" if change > 0 else "falling"
    low, high = known[np.argmin(y)], known[np.argmax(y)]
    return (
        f"{name}: {len(known)} of {len(line)} values; min {line[low]:.4g} at {at[low]:g}, max {line[high]:.4g} at "
        f"{at[high]:g}, mean {y.mean():.4g}, first {line[first]:.4g}, last {line[last]:.4g}; {trend}"
    )


def _draw(
    lines: dict[str, NDArray[np.float64]], at: NDArray[np.float64], x_label: str, y_label: str, title: str | None
) -> Any:
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
