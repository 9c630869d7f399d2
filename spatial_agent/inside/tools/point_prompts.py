"""Point prompts in the forms that cells write them: which points belong to which object, in pixels of the frame."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spatial_agent.errors import ToolError
from spatial_agent.inside.images import FrameImage
from spatial_agent.inside.located import Located
from spatial_agent.inside.notice import notice
from spatial_agent.inside.tools import prompts as read

Point = tuple[float, float, int]
"""x, y in pixels of the whole frame; 1 on the object, 0 not on it."""
Points = tuple[Point, ...]


def objects(
    value: object, flags: object, count: int | None, image: FrameImage, call: str
) -> tuple[list[Points | None], list[str] | None]:
    """Points of each object, None for what is nowhere, and the labels that a dict gives.

    `count` is how many objects the names speak of, None if they do not. [x, y] is one point of one object.
    [[x, y], [x, y]] is one point of each of two objects, unless the names or the nesting of the point labels say that
    it is one object. Numbers are pixels of `image`, which may be a crop; flags go with points that are numbers.
    """
    if isinstance(value, Mapping) and not _is_point(value):
        found = [(str(label), one) for label, part in value.items() for one in objects(part, None, 1, image, call)[0]]
        return [one for _, one in found], [label for label, _ in found]
    if read.nothing(value):
        return [None], None
    if isinstance(value, Mapping):
        value = value["point"] if "point" in value else [value["x"], value["y"]]
    if isinstance(value, Located):
        theirs = read.image_of(value, image, call)
        places = value.points or [((x0 + x1) / 2, (y0 + y1) / 2) for x0, y0, x1, y1 in value.boxes]
        return [_points(np.array([place]), None, theirs, call) for place in places], None
    if isinstance(value, str):
        raise read.refuse_text(value, image, "points [x, y]", call)
    if isinstance(value, (list, tuple)) and any(_stands_alone(part) for part in value):
        return [one for part in value for one in objects(part, None, 1, image, call)[0]], None
    parts, own = _grouped(value, flags, count, call)
    return [_points(part, flag, image, call) for part, flag in zip(parts, own, strict=True)], None


def _is_point(value: Mapping[Any, Any]) -> bool:
    return "point" in value or {"x", "y"} <= value.keys()


def _stands_alone(part: object) -> bool:
    """True for what is an object by itself, whatever stands beside it."""
    return part is None or isinstance(part, (str, Located, Mapping)) or (_depth(part) >= 1 and read.nothing(part))


def _grouped(value: object, flags: object, count: int | None, call: str) -> tuple[list[Any], list[Any]]:
    """The points of each object, and the point labels of each object (None: all of them are on it)."""
    depth = _depth(value)
    parts: list[Any] = read.np_list(value)
    given: list[Any] | None = None if flags is None else read.np_list(flags)
    if depth <= 1:
        parts = [[value]]
    elif depth == 2:
        nested = given is not None and len(given) == 1 and _depth(given) == 2
        parts = [parts] if count == 1 or (count is None and nested) else [[part] for part in parts]
    if given is None or _only_ones(given):
        return parts, [None] * len(parts)
    if _depth(given) <= 1 and (len(parts) == 1 or len(given) != len(parts)):
        given = [given]
    if len(given) != len(parts):
        raise ToolError(
            f"{call} got points of {len(parts)} objects and point labels of {len(given)}",
            "1 (on the object) or 0 (not on it) for each point",
            f"{call}(..., point_labels_per_object={[[1] * len(part) for part in parts]})",
        )
    return parts, given


def _points(value: object, flags: object, image: FrameImage, call: str) -> Points | None:
    """The points of one object in pixels of the whole frame; None, with a notice, if none of them is in the image."""
    width, height = image.size
    array = read.plain_numbers(value)
    if array is None or array.shape[-1:] != (2,) or not np.isfinite(array).all():
        given = repr(value) if array is None or array.size < 9 else f"points of shape {array.shape}"
        raise ToolError(
            f"{call} got {given}",
            "points [[x, y], ...] in pixels of the image, all finite",
            f"{call}(..., [[{width // 2}, {height // 2}]])",
        )
    array = array.reshape(-1, 2)
    marks = _marks(array, flags, call)
    if array.max() <= 1 and array.min() >= 0 and not (array == array.round()).all():
        first = (array[0] * 1000).round(3).tolist()
        raise ToolError(
            f"{call} got the points {array.tolist()}, which are all in the first pixel",
            f"pixels of a {width}x{height} image",
            f"{call}(..., tools.Geometry.normalized_to_pixel({first}, {width}, {height}))",
        )
    inside = ((array >= -read.SLACK) & (array < [width + read.SLACK, height + read.SLACK])).all(axis=1)
    if not inside.all():
        notice(
            f"{call} got the points {array[~inside].tolist()} outside the {width}x{height} image; they are left out; "
            f"from 0-1000 numbers type tools.Geometry.normalized_to_pixel(point, {width}, {height})"
        )
    if not (inside & (marks == 1)).any():
        return None
    kept = np.clip(array[inside], 0, [width - 1, height - 1])
    return tuple((*image.to_frame(x, y), int(mark)) for (x, y), mark in zip(kept, marks[inside], strict=True))


def _marks(points: NDArray[np.float64], flags: object, call: str) -> NDArray[np.int_]:
    """1 or 0 for each point; some must be 1."""
    marks = np.ones(len(points)) if flags is None else np.atleast_1d(np.asarray(flags, dtype=object)).ravel()
    if len(marks) != len(points) or not all(mark in (0, 1) for mark in marks):
        raise ToolError(
            f"{call} got {len(points)} points and the point labels {flags!r}",
            "1 (on the object) or 0 (not on it) for each point",
            f"{call}(..., point_labels={[1] * len(points)})",
        )
    if not any(marks):
        raise ToolError(
            f"{call} got only points that are not on the object",
            "at least one point with label 1",
            f"{call}(..., point_labels={[1] * len(points)})",
        )
    return marks.astype(np.int_)


def _only_ones(flags: list[Any]) -> bool:
    """True for a bare 1, [1] or [[1]], whatever the number of points."""
    while len(flags) == 1 and isinstance(flags[0], (list, tuple, np.ndarray)):
        flags = read.np_list(flags[0])
    return len(flags) == 1 and bool(flags[0] == 1)


def _depth(value: object) -> int:
    """How many lists are nested: 0 for a number."""
    if isinstance(value, np.ndarray):
        return value.ndim
    if isinstance(value, (list, tuple)):
        return 1 + max((_depth(part) for part in value), default=0)
    return 0
