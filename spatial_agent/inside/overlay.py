"""Masks drawn over a picture: a tint, a contour, a number on each object and a legend."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from spatial_agent.frames import Rgb

Mask = NDArray[np.bool_]
Colour = tuple[int, int, int]
PALETTE: tuple[Colour, ...] = (
    (230, 57, 70),
    (46, 134, 222),
    (32, 178, 110),
    (255, 159, 28),
    (155, 89, 220),
    (0, 188, 200),
    (241, 91, 181),
    (160, 200, 40),
    (150, 102, 62),
    (120, 130, 150),
)
TINT = 0.45
LONGEST = 36
"""Letters of a legend row."""


class Entry(NamedTuple):
    """One object of an overlay."""

    number: int
    mask: Mask
    text: str


def colour_of(number: int) -> Colour:
    """The colour of object `number`, the same in every picture."""
    return PALETTE[number % len(PALETTE)]


def grow(mask: Mask, pixels: int) -> Mask:
    """The mask with `pixels` added all around (four neighbours a step)."""
    out = mask.copy()
    for _ in range(pixels):
        wide = out.copy()
        wide[1:] |= out[:-1]
        wide[:-1] |= out[1:]
        wide[:, 1:] |= out[:, :-1]
        wide[:, :-1] |= out[:, 1:]
        out = wide
    return out


def shrink(mask: Mask, pixels: int) -> Mask:
    """The mask without the `pixels` next to its edge; the edge of the picture is no edge of the mask."""
    return ~grow(~mask, pixels)


def _shrink_all(mask: Mask, pixels: int) -> Mask:
    """The same with the edge of the picture as an edge, so that what is cut off by it shrinks away from it."""
    return shrink(np.pad(mask, pixels), pixels)[pixels:-pixels, pixels:-pixels]


def draw_masks(picture: Rgb, entries: Sequence[Entry]) -> Image.Image:
    """The picture with every non-empty mask tinted, outlined and numbered, and a legend in the emptiest corner."""
    canvas = picture.astype(np.float32)
    line = max(1, round(min(picture.shape[:2]) / 300))
    seen = [entry for entry in entries if entry.mask.any()]
    for entry in sorted(seen, key=lambda entry: -int(entry.mask.sum())):
        colour = np.array(colour_of(entry.number), dtype=np.float32)
        canvas[entry.mask] = canvas[entry.mask] * (1 - TINT) + colour * TINT
        canvas[grow(entry.mask, 1) & ~entry.mask] = 255
        canvas[entry.mask & ~shrink(entry.mask, line)] = colour
    image = Image.fromarray(canvas.round().astype(np.uint8))
    _legend(image, entries, np.any([entry.mask for entry in seen], axis=0) if seen else None)
    for entry in seen:
        _badge(image, entry)
    return image


def text_font(image: Image.Image) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """A font whose size fits the picture."""
    return ImageFont.load_default(size=max(11, round(min(image.size) / 26)))


def _inside(mask: Mask) -> tuple[int, int]:
    """A pixel (x, y) well inside the mask, near its middle."""
    core = mask
    while (smaller := _shrink_all(core, max(1, round(core.sum() ** 0.5 / 16)))).any() and smaller.sum() < core.sum():
        core = smaller
    ys, xs = np.nonzero(core)
    nearest = np.argmin((xs - xs.mean()) ** 2 + (ys - ys.mean()) ** 2)
    return int(xs[nearest]), int(ys[nearest])


def _badge(image: Image.Image, entry: Entry) -> None:
    draw, font = ImageDraw.Draw(image), text_font(image)
    text = str(entry.number)
    left, top, right, bottom = draw.textbbox((0, 0), text, font=font, anchor="mm")
    radius = max(right - left, bottom - top) / 2 + max(3, round(min(image.size) / 140))
    x, y = _inside(entry.mask)
    x = round(min(max(x, radius), image.width - 1 - radius))
    y = round(min(max(y, radius), image.height - 1 - radius))
    disc = (x - radius, y - radius, x + radius, y + radius)
    draw.ellipse(disc, fill=colour_of(entry.number), outline="white", width=max(1, round(radius / 6)))
    draw.text((x, y), text, font=font, fill="white", anchor="mm")


def _legend(image: Image.Image, entries: Sequence[Entry], covered: Mask | None) -> None:
    """Rows of colour, number and label over a dark translucent panel; what is not seen shares a grey row."""
    if not entries:
        return
    draw, font = ImageDraw.Draw(image, "RGBA"), text_font(image)
    pad = max(5, round(min(image.size) / 80))
    seen, others = [e for e in entries if e.mask.any()], [e for e in entries if not e.mask.any()]
    rows: list[tuple[Entry | None, str]] = [(entry, f"{entry.number}  {_short(entry.text)}") for entry in seen]
    if seen and len(others) > 2:
        rows.append((None, _short(f"not here: {', '.join(str(entry.number) for entry in others)}")))
    else:
        rows += [(entry, f"{entry.number}  {_short(entry.text)}") for entry in others]
    row = round(max(draw.textbbox((0, 0), text, font=font)[3] for _, text in rows) + pad * 0.6)
    room = max(1, (image.height - 2 * pad) // row - 2)
    shown = rows if len(rows) <= room else [*rows[: room - 1], (None, f"and {len(rows) - room + 1} more")]
    width = round(max(draw.textlength(text, font=font) for _, text in shown) + row + 2 * pad)
    height = row * len(shown) + 2 * pad
    x0, y0 = _emptiest(image.size, (width, height), pad, covered)
    draw.rounded_rectangle((x0, y0, x0 + width, y0 + height), radius=pad, fill=(15, 18, 24, 190))
    for position, (entry, text) in enumerate(shown):
        y = y0 + pad + row * position
        present = entry is not None and bool(entry.mask.any())
        fill = (*colour_of(entry.number), 255) if entry is not None and present else (110, 115, 125, 255)
        draw.rounded_rectangle((x0 + pad, y + row * 0.2, x0 + pad + row * 0.6, y + row * 0.8), radius=3, fill=fill)
        ink = (255, 255, 255, 255) if present else (175, 180, 190, 255)
        draw.text((x0 + pad + row, y + row / 2), text, font=font, fill=ink, anchor="lm")


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST // 2]}...{text[-LONGEST // 3 :]}"


def _emptiest(size: tuple[int, int], panel: tuple[int, int], pad: int, covered: Mask | None) -> tuple[int, int]:
    """Top left pixel of the panel in the corner that hides the least of the objects."""
    right, bottom = max(pad, size[0] - panel[0] - pad), max(pad, size[1] - panel[1] - pad)
    corners = [(pad, pad), (right, pad), (pad, bottom), (right, bottom)]
    if covered is None:
        return corners[0]
    return min(corners, key=lambda at: int(covered[at[1] : at[1] + panel[1], at[0] : at[0] + panel[0]].sum()))
