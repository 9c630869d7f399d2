"""Shapes, text and masks drawn on a copy of an image."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage

from spatial_agent.errors import FrameError, ToolError
from spatial_agent.inside.notice import frames_text, notice
from spatial_agent.inside.overlay import TINT, grow, shrink, text_font
from spatial_agent.inside.tools.ink import (
    Item,
    canvas_of,
    inks_of,
    items,
    kept_inside,
    labels_of,
    line_width,
    pixels,
    visible,
    write_labels,
)
from spatial_agent.inside.tools.mask import one_mask

BOX = "[x0, y0, x1, y1]"


class Draw:
    """Draws on a copy of an image, in its pixels: one shape or a list of them; the result is PIL, RGB.

    Colours are names, "#rrggbb", (r, g, b) or (r, g, b, a), one for all or one each; `labels` are written beside the
    shapes. A drawing on a frame keeps its frame number.
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
        """Boxes [x0, y0, x1, y1], as in masks.boxes[frame].

        Example: tools.Draw.draw_bbox(image, masks.boxes[frame], labels=masks.labels)
        """
        canvas = canvas_of(image)
        rows = items(bboxes, 4, "draw_bbox", BOX, color if colors is None else colors, labels)
        shapes = visible(canvas, rows, "draw_bbox")
        width = line_width(canvas, thickness, "draw_bbox")
        draw = ImageDraw.Draw(canvas, "RGBA")
        for (x0, y0, x1, y1), ink, _ in shapes:
            draw.rectangle((min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)), outline=ink, width=width)
        write_labels(canvas, shapes)
        return canvas

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
        """Straight lines [x0, y0, x1, y1] or [[x0, y0], [x1, y1]].

        Example: tools.Draw.draw_line(image, [20, 30, 300, 200], color="yellow")
        """
        canvas = canvas_of(image)
        rows = items(lines, 4, "draw_line", BOX, color if colors is None else colors, labels)
        shapes = visible(canvas, rows, "draw_line")
        draw = ImageDraw.Draw(canvas, "RGBA")
        width = line_width(canvas, thickness, "draw_line") + (
            thickness is None
        )  # a slanting line looks thinner than a box
        for row, ink, _ in shapes:
            draw.line(row, fill=ink, width=width)
        write_labels(canvas, _middles(shapes))
        return canvas

    @staticmethod
    def draw_arrow(
        image: Any,
        arrows: Any,
        colors: Any = None,
        thickness: float | None = None,
        *,
        color: Any = None,
        labels: str | Sequence[str] | None = None,
    ) -> Image.Image:
        """Arrows [x0, y0, x1, y1] or [[x0, y0], [x1, y1]], the head at the second point.

        Example: tools.Draw.draw_arrow(image, [[200, 300], [400, 250]], labels="moves")
        """
        canvas = canvas_of(image)
        rows = items(arrows, 4, "draw_arrow", BOX, color if colors is None else colors, labels)
        shapes = visible(canvas, rows, "draw_arrow")
        draw = ImageDraw.Draw(canvas, "RGBA")
        width = line_width(canvas, thickness, "draw_arrow") + (thickness is None)
        for row, ink, _ in shapes:
            _arrow(draw, np.array(row).reshape(2, 2), ink, width)
        write_labels(canvas, _middles(shapes))
        return canvas

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
        """Points [x, y] as filled discs.

        Example: tools.Draw.draw_point(image, [[120, 80], [300, 200]], labels=["a", "b"])
        """
        canvas = canvas_of(image)
        rows = items(points, 2, "draw_point", "[x, y]", color if colors is None else colors, labels)
        shapes = visible(canvas, rows, "draw_point")
        draw = ImageDraw.Draw(canvas, "RGBA")
        size = max(3.0, 0.008 * min(canvas.size)) if radius is None else pixels(radius, "draw_point", "radius")
        for (x, y), ink, _ in shapes:
            draw.ellipse((x - size, y - size, x + size, y + size), fill=ink, outline="white")
        beside = [Item([x + size, y - size], ink, label) for (x, y), ink, label in shapes]
        write_labels(canvas, beside)
        return canvas

    @staticmethod
    def draw_text(
        image: Any,
        texts: str | Sequence[str],
        positions: Any,
        colors: Any = None,
        size: float | None = None,
        *,
        color: Any = None,
    ) -> Image.Image:
        """Texts with their top left corner at [x, y], moved where they would leave the image; `size` in pixels.

        Example: tools.Draw.draw_text(image, "1.58 m", [30, 20], color="yellow")
        """
        canvas = canvas_of(image)
        inks = "white" if color is None and colors is None else color if colors is None else colors
        given = list(texts) if np.iterable(texts) and not isinstance(texts, str) else str(texts)
        shapes = items(positions, 2, "draw_text", "[x, y]", inks, given)
        draw = ImageDraw.Draw(canvas, "RGBA")
        font = text_font(canvas) if size is None else ImageFont.load_default(size=pixels(size, "draw_text", "size"))
        edge = max(1, round(0.003 * min(canvas.size)))
        for at, ink, text in shapes:
            left, top, right, bottom = draw.multiline_textbbox((0, 0), text, font=font, stroke_width=edge)
            x, y = kept_inside(canvas, at, right - left, bottom - top)
            rim = "black" if sum(ink[:3]) > 300 else "white"
            place = (x - left, y - top)
            draw.multiline_text(place, text, font=font, fill=ink, stroke_width=edge, stroke_fill=rim)
        return canvas

    @staticmethod
    def draw_mask(
        image: Any,
        masks: Any,
        colors: Any = None,
        *,
        color: Any = None,
        labels: str | Sequence[str] | None = None,
    ) -> Image.Image:
        """Masks (H, W) of the image's size, tinted and outlined: one, a list, (N, H, W), or what tools.SAM3 gave.

        Example: tools.Draw.draw_mask(image, masks.get_mask(frame, "heater"), color="lime", labels="heater")
        """
        canvas = canvas_of(image)
        layers = _layers(canvas, masks)
        inks = inks_of(color if colors is None else colors, len(layers), "draw_mask")
        if labels is None and hasattr(masks, "get_mask"):
            labels = masks.labels
        texts = labels_of(labels, len(layers), "draw_mask")
        pixels = np.asarray(canvas, dtype=np.float32).copy()
        edge = line_width(canvas, None, "draw_mask") // 2 + 1
        for layer, ink in zip(layers, inks, strict=True):
            tint, colour = TINT * ink[3] / 255, np.array(ink[:3], dtype=np.float32)
            pixels[layer] = pixels[layer] * (1 - tint) + colour * tint
            pixels[grow(layer, 1) & ~layer] = 255
            pixels[layer & ~shrink(layer, edge)] = colour
        canvas.paste(Image.fromarray(pixels.round().astype(np.uint8)))
        seen = [(layer, ink, text) for layer, ink, text in zip(layers, inks, texts, strict=True) if layer.any()]
        write_labels(canvas, [Item(_heart(layer), ink, text) for layer, ink, text in seen], centred=True)
        return canvas


def _middles(shapes: Sequence[Item]) -> list[Item]:
    """Lines with their middle in place of both ends, for their labels."""
    return [Item([(x0 + x1) / 2, (y0 + y1) / 2], ink, label) for (x0, y0, x1, y1), ink, label in shapes]


def _arrow(draw: ImageDraw.ImageDraw, ends: NDArray[np.float64], ink: Any, width: int) -> None:
    """A line that stops inside its head, so that the tip stays sharp."""
    start, tip = ends
    length = float(np.linalg.norm(tip - start))
    way = (tip - start) / length if length else np.array([1.0, 0.0])
    head = min(max(5.0 * width, 9.0), max(length, 1.0))
    neck, side = tip - way * head, np.array([-way[1], way[0]]) * head * 0.45
    draw.line([*start, *(tip - way * head * 0.9)], fill=ink, width=width)
    draw.polygon([tuple(tip), tuple(neck + side), tuple(neck - side)], fill=ink)


def _layers(canvas: Image.Image, masks: Any) -> list[NDArray[np.bool_]]:
    """Masks of the size and the frame of the picture."""
    if masks is None or (isinstance(masks, (list, tuple)) and not len(masks)):
        notice(f"draw_mask: nothing to draw in {masks!r}; the image is returned as it is")
        return []
    frame = getattr(canvas, "frame_index", None)
    if hasattr(masks, "get_mask"):
        frame = masks.frame_indices[0] if frame is None and masks.num_frames == 1 else frame
        if frame not in masks.frame_indices:
            raise _foreign(frame, masks.frame_indices)
        masks = masks[frame]
    several = np.ndim(masks[0]) >= 2 if isinstance(masks, (list, tuple)) else np.ndim(masks) == 3
    stack = list(masks) if several else [masks]
    for layer in (masks, *stack):
        if frame is not None and getattr(layer, "frame_index", None) not in (None, frame):
            raise _foreign(frame, [layer.frame_index])
    layers = [one_mask(layer, "draw_mask") for layer in stack]
    for array in layers:
        if array.shape != (canvas.height, canvas.width):
            raise ToolError(
                f"draw_mask got a mask of {array.shape} and an image of {(canvas.height, canvas.width)} (H, W)",
                "a mask of the image's size: of the whole frame, not of a crop",
                f"masks.visualize({'frame' if frame is None else frame})",
            )
    return layers


def _foreign(frame: int | None, others: Sequence[int]) -> FrameError:
    return FrameError(
        f"draw_mask got an image of {'no frame' if frame is None else f'frame {frame}'} and masks of {frames_text(others)}",
        "an image and masks of one frame",
        f"tools.Draw.draw_mask(InputImages.by_frame({others[0]}), masks)" if others else "",
    )


def _heart(mask: NDArray[np.bool_]) -> list[float]:
    """The pixel [x, y] of a mask that is farthest from its edge."""
    depth = ndimage.distance_transform_edt(np.pad(mask, 1))
    row, column = np.unravel_index(int(np.argmax(depth)), depth.shape)
    return [float(column) - 1, float(row) - 1]
