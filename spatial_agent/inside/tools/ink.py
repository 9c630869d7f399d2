"""What `Draw` is given, in one form: a canvas, rows of pixels, colours and labels; and how text is put on a picture."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from PIL import Image, ImageDraw

from spatial_agent.errors import ToolError
from spatial_agent.inside.frame_image import FrameImage
from spatial_agent.inside.located import Located
from spatial_agent.inside.notice import notice
from spatial_agent.inside.overlay import PALETTE, text_font
from spatial_agent.inside.tools.arguments import Doubles, numbers
from spatial_agent.inside.visual import as_pil

LONGEST = 1000
"""Pixels of the thickest line, the largest disc and letter."""
Ink = tuple[int, int, int, int]
"""Red, green, blue and how opaque, 0 to 255."""


class Item(NamedTuple):
    """One thing to draw."""

    row: list[float]
    ink: Ink
    label: str


def canvas_of(image: object) -> Image.Image:
    """A copy to draw on; of a frame it still knows its number, so that `show` can name it."""
    if isinstance(image, FrameImage):
        return image.copy()
    canvas = as_pil(image).copy()
    for name in ("frame_index", "video", "description"):
        if (value := getattr(image, name, None)) is not None:
            setattr(canvas, name, value)
    return canvas


def line_width(canvas: Image.Image, thickness: Any, call: str) -> int:
    """Pixels of a line: those asked for, else what suits the picture."""
    if thickness is None:
        return max(2, round(0.004 * min(canvas.size)))
    return max(1, round(pixels(thickness, call, "thickness")))


def pixels(value: Any, call: str, name: str) -> float:
    """A size on the picture; ToolError for what is none."""
    array = numbers(value)
    if array is None or array.size != 1 or not 0 < array.item() <= LONGEST:
        raise ToolError(
            f"{call} got {name}={value!r:.80}",
            f"a number of pixels, above 0 and at most {LONGEST}",
            f"tools.Draw.{call}(..., {name}=5)",
        )
    return float(array.item())


def items(value: Any, count: int, call: str, form: str, colours: Any, labels: Any) -> list[Item]:
    """The rows with a colour and a label each; rows that are not known (NaN) are left out with a printed line."""
    rows = _rows(value, count, call, form)
    inks, texts = inks_of(colours, len(rows), call), labels_of(labels, len(rows), call)
    known = np.isfinite(rows).all(axis=1)
    if not known.all():
        notice(f"{call}: {int((~known).sum())} of {len(rows)} are not known (None or NaN) and not drawn")
    return [Item(rows[i].tolist(), inks[i], texts[i]) for i in np.flatnonzero(known)]


def visible(canvas: Image.Image, shapes: Iterable[Item], call: str) -> list[Item]:
    """Those that are at least partly in the picture; of the others a line is printed."""
    seen = []
    for shape in shapes:
        xs, ys = shape.row[0::2], shape.row[1::2]
        if max(xs) >= 0 and min(xs) < canvas.width and max(ys) >= 0 and min(ys) < canvas.height:
            seen.append(shape)
        else:
            at = ", ".join(f"{value:g}" for value in shape.row)
            notice(f"{call}: [{at}] is outside the {canvas.width}x{canvas.height} image and cannot be seen")
    return seen


def inks_of(colours: Any, count: int, call: str) -> list[Ink]:
    """One colour each: the palette's, or those given, one for all or one each."""
    if colours is None or not count:
        return [(*PALETTE[number % len(PALETTE)], 255) for number in range(count)]
    several = [] if isinstance(colours, str) or not np.iterable(colours) else list(colours)
    single = all(isinstance(part, (int, float, np.number)) for part in several)
    given = [colours] if single else several
    if len(given) not in (1, count):
        raise ToolError(
            f"{call} got {len(given)} colours for {count} shapes",
            "one for all, or one each",
            f'tools.Draw.{call}(..., color="red")',
        )
    return [_ink(colour, call) for colour in (given * count if len(given) == 1 else given)]


def labels_of(labels: Any, count: int, call: str) -> list[str]:
    """One label each: those given, one for all, or empty ones."""
    if labels is None or not count:
        return [""] * count
    alone = isinstance(labels, str) or not np.iterable(labels)
    texts = [str(labels)] * count if alone else [str(label) for label in labels]
    if len(texts) != count:
        raise ToolError(
            f"{call} got {len(texts)} labels for {count} shapes",
            "one for each shape, or none at all",
            f"tools.Draw.{call}(..., labels={[*texts, *['...'] * count][:count]!r})",
        )
    return texts


def write_labels(canvas: Image.Image, shapes: Iterable[Item], *, centred: bool = False) -> None:
    """The labels in boxes of their colours, above the shapes' first corner, or centred on it; none over another."""
    draw, font = ImageDraw.Draw(canvas, "RGBA"), text_font(canvas)
    taken: list[tuple[float, float, float, float]] = []
    for shape in shapes:
        if not shape.label:
            continue
        left, top, right, bottom = draw.multiline_textbbox((0, 0), shape.label, font=font)
        wide, high = right - left + 8, bottom - top + 6
        x, y = min(shape.row[0::2]), min(shape.row[1::2])
        if centred:
            x, y = x - wide / 2, y - high / 2
        else:
            y = y - high - 2 if y - high - 2 >= 0 else y + 2
        x, y = kept_inside(canvas, (x, y), wide, high)
        for x0, y0, x1, y1 in sorted(taken, key=lambda box: box[1]):
            if x < x1 and x + wide > x0 and y < y1 and y + high > y0:
                x, y = kept_inside(canvas, (x, y1 + 1), wide, high)
        taken.append((x, y, x + wide, y + high))
        draw.rectangle(taken[-1], fill=shape.ink[:3])
        dark = sum(shape.ink[:3]) < 460
        draw.multiline_text((x + 4 - left, y + 3 - top), shape.label, font=font, fill="white" if dark else "black")


def kept_inside(canvas: Image.Image, at: Sequence[float], wide: float, high: float) -> tuple[float, float]:
    """Top left pixel of something so wide and high, moved so that it stays in the picture."""
    return min(max(at[0], 0), max(0, canvas.width - 1 - wide)), min(max(at[1], 0), max(0, canvas.height - 1 - high))


def _rows(value: Any, count: int, call: str, form: str) -> Doubles:
    """Rows of numbers; those of None, which stands for what was not found, are NaN."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        value = [[np.nan] * count if row is None else row for row in value]
    array = np.zeros(0) if value is None else numbers(value)
    if array is not None and array.size == 0:
        notice(f"{call}: nothing to draw in {value!r}; the image is returned as it is")
        return np.zeros((0, count))
    ok = array is not None and (array.shape[-1:] == (count,) or (count == 4 and array.shape[-2:] == (2, 2)))
    if array is None or not ok or np.isinf(array).any():
        example = "[[50, 40]]" if count == 2 else "[[20, 30, 90, 120]]"
        if isinstance(value, Located):
            example = "answer.points or answer.point" if count == 2 else "answer.boxes"
        raise ToolError(
            f"{call} got {' '.join(repr(value).split())}"[:160],
            f"{form} in pixels of the image, one or a list of them",
            f"tools.Draw.{call}(image, {example})",
        )
    return array.reshape(-1, count)


def _ink(value: Any, call: str) -> Ink:
    """RGBA bytes of a name, hex text, or 3 or 4 numbers (0..1, or 0..255 if one is above 1)."""
    from matplotlib.colors import is_color_like, to_rgba

    array = numbers(value)
    parts: Any = value if array is None else tuple(array.ravel() / (255 if (array > 1).any() else 1))
    if value is None or not is_color_like(parts) or (array is not None and np.isnan(array).any()):
        raise ToolError(
            f"{call} got the colour {value!r:.80}",
            'a name, "#rrggbb", or (r, g, b) or (r, g, b, a) in 0..255',
            f'tools.Draw.{call}(..., color="red")',
        )
    red, green, blue, alpha = (round(part * 255) for part in to_rgba(parts))
    return red, green, blue, alpha
