"""Text, box and point prompts in the forms that cells write them, brought into one form or refused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spatial_agent.errors import ToolError
from spatial_agent.frames import Size
from spatial_agent.inside.notice import notice

Box = tuple[float, float, float, float]
Point = tuple[float, float, int]
SLACK = 2.0
"""Pixels by which a box or point may leave the image without a word."""


def texts(prompts: object, call: str) -> list[str]:
    """Prompts as a list of strings; one string that lists several short names is split, with a notice."""
    if isinstance(prompts, str):
        parts = [part.strip() for part in prompts.split(",") if part.strip()]
        if len(parts) > 1 and all(len(part.split()) <= 3 for part in parts):
            notice(f"{call}: the prompt {prompts!r} is read as {len(parts)} prompts {parts}; pass a list to say so")
            return parts
        prompts = [prompts.strip()]
    if isinstance(prompts, (list, tuple, np.ndarray)):
        found = [str(prompt).strip() for prompt in prompts if isinstance(prompt, str)]
        if found and len(found) == len(prompts) and all(found):
            return found
    raise ToolError(f'{call} got the prompt {prompts!r}; a prompt is a short noun phrase; type {call}(..., "chair")')


def names(labels: object, defaults: Sequence[str], call: str) -> list[str]:
    """One label per prompt: those given, else the defaults."""
    if labels is None or (isinstance(labels, (list, tuple)) and not labels):
        return list(defaults)
    given = [labels] if isinstance(labels, str) else [str(label) for label in np.atleast_1d(np.asarray(labels))]
    if len(given) == 1 and len(defaults) > 1 and isinstance(labels, str):
        return [f"{labels} {number}" for number in range(len(defaults))]
    if len(given) != len(defaults):
        raise ToolError(
            f"{call} got {len(given)} labels for {len(defaults)} objects; labels go with the objects one by one; "
            f"type labels={list(defaults)!r} or leave labels out"
        )
    return given


def numbers(value: object, call: str, form: str) -> NDArray[np.float64]:
    """A float array of what was given; ToolError names the form otherwise."""
    try:
        array = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        array = np.array(np.nan)
    if array.size == 0 or not np.isfinite(array).all():
        raise ToolError(f"{call} got {value!r}; it needs {form} in pixels of the whole frame, all finite numbers")
    return array


def boxes(value: object, size: Size, call: str) -> list[Box]:
    """Boxes (x0, y0, x1, y1) inside the image; a flat box is one box."""
    form = "boxes [x0, y0, x1, y1]"
    array = numbers(value, call, form)
    if array.shape[-1] != 4 or array.ndim > 2:
        raise ToolError(f"{call} got an array of shape {array.shape}; it needs {form}, one or a list of them")
    return [_box(row, size, call) for row in array.reshape(-1, 4)]


def _box(row: NDArray[np.float64], size: Size, call: str) -> Box:
    width, height = size
    x0, y0, x1, y1 = (float(value) for value in row)
    given = f"{call} got the box [{x0:g}, {y0:g}, {x1:g}, {y1:g}]"
    advice = f"from 0-1000 values type tools.Geometry.normalized_to_pixel(answer, {width}, {height})"
    if x1 <= x0 or y1 <= y0:
        raise ToolError(f"{given}, which is inverted or empty; a box is [x0, y0, x1, y1] with x0 < x1 and y0 < y1")
    if max(abs(value) for value in row) <= 1:
        raise ToolError(
            f"{given}, which is smaller than a pixel; boxes are in pixels of a {width}x{height} frame; {advice}"
        )
    if x0 >= width or y0 >= height or x1 <= 0 or y1 <= 0:
        raise ToolError(f"{given}, which is outside the {width}x{height} frame; boxes are in its pixels; {advice}")
    cut = (max(x0, 0.0), max(y0, 0.0), min(x1, float(width)), min(y1, float(height)))
    if max(abs(a - b) for a, b in zip(cut, (x0, y0, x1, y1), strict=True)) > SLACK:
        notice(f"{given}, which leaves the {width}x{height} frame; it is cut at the edge")
    return cut


def points(value: object, labels: object, size: Size, call: str) -> tuple[Point, ...]:
    """The points of one object with 1 (foreground) or 0 (background) each; [x, y] is one point."""
    array = numbers(value, call, "points [x, y]")
    if array.shape[-1] != 2:
        raise ToolError(f"{call} got points of shape {array.shape}; points are [[x, y], ...] in pixels of the frame")
    array = array.reshape(-1, 2)
    flags = np.ones(len(array)) if labels is None else np.atleast_1d(np.asarray(labels)).ravel()
    if len(flags) != len(array) or not all(flag in (0, 1) for flag in flags):
        raise ToolError(
            f"{call} got {len(array)} points and point labels {labels!r}; each point needs 1 (foreground) or "
            f"0 (background); type point_labels={[1] * len(array)}"
        )
    if not any(flags):
        raise ToolError(f"{call} got background points only; an object needs at least one point with label 1")
    width, height = size
    for x, y in array:
        if not (-SLACK <= x < width + SLACK and -SLACK <= y < height + SLACK):
            raise ToolError(
                f"{call} got the point [{x:g}, {y:g}] outside the {width}x{height} frame; points are in its pixels; "
                f"from 0-1000 values type tools.Geometry.normalized_to_pixel(answer, {width}, {height})"
            )
    inside = np.clip(array, 0, [width - 1, height - 1])
    return tuple((float(x), float(y), int(flag)) for (x, y), flag in zip(inside, flags, strict=True))


def objects(value: object, labels: object, count: int | None, size: Size, call: str) -> list[tuple[Point, ...]]:
    """Points of several objects; `count` is how many objects the names speak of, None if they do not.

    [x, y] is one point of one object. [[x, y], [x, y]] is one point of each of two objects, unless the names or the
    nesting of the point labels say that it is one object.
    """
    depth = _depth(value)
    parts: list[Any] = list(value) if isinstance(value, (list, tuple, np.ndarray)) else [value]
    flags: list[Any] | None = None if labels is None else list(np_list(labels))
    if depth <= 1:
        parts = [[value]]
    elif depth == 2:
        nested = flags is not None and len(flags) == 1 and _depth(flags) == 2
        one = count == 1 or (count is None and nested)
        parts = [parts] if one else [[part] for part in parts]
    if flags is not None and _depth(flags) <= 1 and (len(parts) == 1 or len(flags) != len(parts)):
        flags = [flags]
    if flags is not None and len(flags) != len(parts):
        raise ToolError(
            f"{call} got points of {len(parts)} objects and point labels of {len(flags)}; type "
            f"point_labels_per_object={[[1] * len(part) for part in parts]}"
        )
    return [points(part, None if flags is None else flags[number], size, call) for number, part in enumerate(parts)]


def np_list(value: object) -> list[Any]:
    """A list of a list, tuple, array or single value."""
    return list(value) if isinstance(value, (list, tuple, np.ndarray)) else [value]


def _depth(value: object) -> int:
    """How many lists are nested: 0 for a number."""
    if isinstance(value, np.ndarray):
        return value.ndim
    if isinstance(value, (list, tuple)):
        return 1 + max((_depth(part) for part in value), default=0)
    return 0
