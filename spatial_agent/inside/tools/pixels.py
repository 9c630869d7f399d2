"""Coordinates as vision-language models give them, in pixels."""

from __future__ import annotations

from typing import Any, SupportsFloat

import numpy as np

from spatial_agent.errors import ToolError
from spatial_agent.inside.notice import notice
from spatial_agent.inside.places import numbers_of
from spatial_agent.inside.tools.arguments import numbers


def normalized_to_pixel(coords: Any, width: Any, height: SupportsFloat | None = None) -> list[float]:
    """[x, y] or [x0, y0, x1, y1] in pixels, from 0-1000 numbers, a text ("120 300 480 700") or what vlm.locate gave.

    0 is the first pixel, 1000 the last. The size is width and height, or an image alone. [] with a printed line, if
    there is nothing to convert (None, [], "Not visible"). An answer of vlm.locate has pixels already: `.box`, `.point`.
    Fractions are taken times 1000, with a printed line.

    Example: tools.Geometry.normalized_to_pixel([120, 300, 480, 700], image.width, image.height)
    """
    values = _values(coords)
    size = numbers(getattr(width, "size", None) if height is None else (width, height))
    if size is None or size.shape != (2,) or not (size >= 1).all():
        raise ToolError(
            f"normalized_to_pixel got {width!r:.60} as the width and {height!r:.60} as the height",
            "the size of the image in pixels, or the image itself",
            "tools.Geometry.normalized_to_pixel(answer, image.width, image.height)",
        )
    if not values:
        notice(f"normalized_to_pixel: nothing to convert in {coords!r}; [] is returned")
        return []
    if len(values) % 2:
        raise ToolError(
            f"normalized_to_pixel got {len(values)} numbers in {coords!r}",
            "x, y or x0, y0, x1, y1",
            f'tools.Geometry.normalized_to_pixel("120 300 480 700", {size[0]:g}, {size[1]:g})',
        )
    if max(map(abs, values)) <= 1 and not all(value.is_integer() for value in values):
        notice(f"normalized_to_pixel: {values} are fractions and no 0-1000 numbers; they are taken times 1000")
        values = [value * 1000 for value in values]
    if min(values) < 0 or max(values) > 1000:
        notice(f"normalized_to_pixel: {values} leaves 0..1000; it is cut at the edge (pixels need no conversion)")
    last = [float(size[position % 2]) - 1 for position in range(len(values))]
    return [min(max(value, 0.0), 1000.0) / 1000 * end for value, end in zip(values, last, strict=True)]


def _values(coords: Any) -> list[float]:
    """The numbers in what was given, in order; none if there are none."""
    coords = getattr(coords, "normalized", coords)
    if coords is None:
        return []
    if isinstance(coords, str):
        return [float(text) for text in numbers_of(coords)]
    if isinstance(coords, (list, tuple)) and any(isinstance(part, (str, list, tuple)) for part in coords):
        return [value for part in coords for value in _values(part)]
    array = numbers(coords)
    if array is None or not np.isfinite(array).all():
        raise ToolError(
            f"normalized_to_pixel got {coords!r}",
            "finite numbers from 0 to 1000, or a text with such numbers",
            "tools.Geometry.normalized_to_pixel([120, 300, 480, 700], image.width, image.height)",
        )
    return [float(value) for value in array.ravel()]
