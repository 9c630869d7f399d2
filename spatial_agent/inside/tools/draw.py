"""Boxes, lines and points drawn on a copy of an image."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from spatial_agent.errors import ToolError
from spatial_agent.inside.images import FrameImage
from spatial_agent.inside.overlay import PALETTE, Colour, text_font
from spatial_agent.inside.visual import as_pil

Shape = Callable[[ImageDraw.ImageDraw, list[float], Colour], None]


class Draw:
    """Boxes, lines and points on a copy of an image, in its pixels; one shape or a list of them.

    Colours are names, "#rrggbb" or (r, g, b), one for all or one each; `labels` are written beside the shapes.
    """

    @staticmethod
    def draw_bbox(
        image: Any,
        bboxes: Any,
        colors: Any = None,
        thickness: float | None = None,
        *,
        color: Any = None,
        labels: str | Sequence[str] | None = None,
    ) -> Image.Image:
        """A copy of the image (PIL, RGB) with boxes [x0, y0, x1, y1] drawn on it."""
        canvas = _canvas(image)
        width = _width(canvas, thickness)

        def shape(draw: ImageDraw.ImageDraw, row: list[float], ink: Colour) -> None:
            draw.rectangle(
                (min(row[0], row[2]), min(row[1], row[3]), max(row[0], row[2]), max(row[1], row[3])),
                outline=ink,
                width=width,
            )

        return _draw(
            canvas,
            _rows(bboxes, 4, "draw_bbox", "[x0, y0, x1, y1]"),
            shape,
            color if colors is None else colors,
            labels,
        )

    @staticmethod
    def draw_line(
        image: Any,
        lines: Any,
        colors: Any = None,
        thickness: float | None = None,
        *,
        color: Any = None,
        labels: str | Sequence[str] | None = None,
    ) -> Image.Image:
        """A copy of the image (PIL, RGB) with straight lines [x0, y0, x1, y1] (or [[x0, y0], [x1, y1]]) drawn on it."""
        canvas = _canvas(image)
        width = _width(canvas, thickness)

        def shape(draw: ImageDraw.ImageDraw, row: list[float], ink: Colour) -> None:
            draw.line(row, fill=ink, width=width)

        return _draw(
            canvas, _rows(lines, 4, "draw_line", "[x0, y0, x1, y1]"), shape, color if colors is None else colors, labels
        )

    @staticmethod
    def draw_point(
        image: Any,
        points: Any,
        colors: Any = None,
        radius: float | None = None,
        *,
        color: Any = None,
        labels: str | Sequence[str] | None = None,
    ) -> Image.Image:
        """A copy of the image (PIL, RGB) with points [x, y] drawn on it as filled discs."""
        canvas = _canvas(image)
        size = float(radius) if radius is not None else max(3.0, 0.008 * min(canvas.size))

        def shape(draw: ImageDraw.ImageDraw, row: list[float], ink: Colour) -> None:
            x, y = row
            draw.ellipse((x - size, y - size, x + size, y + size), fill=ink, outline="white")

        return _draw(
            canvas, _rows(points, 2, "draw_point", "[x, y]"), shape, color if colors is None else colors, labels
        )


def _canvas(image: object) -> Image.Image:
    """A copy to draw on; of a frame it still knows its number, so that `show` can name it."""
    return image.copy() if isinstance(image, FrameImage) else as_pil(image).copy()


def _width(canvas: Image.Image, thickness: float | None) -> int:
    return max(1, round(float(thickness))) if thickness is not None else max(2, round(0.004 * min(canvas.size)))


def _rows(value: Any, count: int, call: str, form: str) -> list[list[float]]:
    try:
        array: NDArray[np.float64] = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        array = np.array(np.nan)
    ok = array.size > 0 and array.size % count == 0 and np.isfinite(array).all()
    if not ok or array.shape[-1] not in (count, 2) or (array.ndim == 1 and array.size != count):
        raise ToolError(f"{call} got {value!r}; it needs {form} in pixels of the image, one or a list of them")
    rows: list[list[float]] = array.reshape(-1, count).tolist()
    return rows


def _draw(canvas: Image.Image, rows: list[list[float]], shape: Shape, colours: Any, labels: Any) -> Image.Image:
    draw, font = ImageDraw.Draw(canvas), text_font(canvas)
    inks = _inks(colours, len(rows))
    texts = (
        [labels] * len(rows)
        if isinstance(labels, str)
        else [str(label) for label in (() if labels is None else labels)]
    )
    if texts and len(texts) != len(rows):
        raise ToolError(
            f"Draw got {len(texts)} labels for {len(rows)} shapes; each shape needs one; leave labels out or add them"
        )
    for row, ink in zip(rows, inks, strict=True):
        shape(draw, row, ink)
    for row, ink, text in zip(rows, inks, texts, strict=False):
        _, _, right, bottom = draw.textbbox((0, 0), text, font=font)
        x = min(max(row[0], 2), max(2, canvas.width - right - 6))
        y = row[1] - bottom - 6 if row[1] - bottom - 6 >= 0 else row[1] + 4
        draw.rectangle((x - 2, y, x + right + 4, y + bottom + 4), fill=ink)
        draw.text((x + 1, y + 1), text, font=font, fill="white" if sum(ink) < 460 else "black")
    return canvas


def _inks(colours: Any, count: int) -> list[Colour]:
    if colours is None:
        return [PALETTE[number % len(PALETTE)] for number in range(count)]
    single = isinstance(colours, str) or all(isinstance(part, (int, float, np.number)) for part in colours)
    given = [colours] if single else list(colours)
    if len(given) not in (1, count):
        raise ToolError(
            f'Draw got {len(given)} colours for {count} shapes; give one for all or one each, as in color="red"'
        )
    return [_colour(colour) for colour in (given * count if len(given) == 1 else given)]


def _colour(value: Any) -> Colour:
    """RGB bytes of a name, hex text, or 3 or 4 numbers (0..255, or 0..1 if they are floats)."""
    from matplotlib.colors import is_color_like, to_rgb

    bytes_given = not isinstance(value, str) and any(isinstance(part, (int, np.integer)) or part > 1 for part in value)
    parts: Any = tuple(float(part) / 255 for part in value) if bytes_given else value
    if not is_color_like(parts):
        raise ToolError(
            f'Draw got the colour {value!r}; a colour is a name, "#rrggbb" or (r, g, b) in 0..255; type color="red"'
        )
    red, green, blue = to_rgb(parts)
    return round(red * 255), round(green * 255), round(blue * 255)
