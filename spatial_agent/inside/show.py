"""`show`: pictures for the one who writes the cells, in whatever form they are passed."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from PIL import Image

from spatial_agent.frames import fit_size
from spatial_agent.inside.notice import notice
from spatial_agent.inside.visual import as_pil, label_of, render_figure

LONG_EDGE = 1024
"""Pixels; larger pictures are reduced before they are sent."""

Labelled = tuple[Image.Image, str]


class Show(Protocol):
    """The `show` of a cell."""

    def __call__(self, *images: Any, label: str | Sequence[str] = "", **aliases: Any) -> None:
        """Show the images."""
        ...


def flatten(args: object, label: str | Sequence[str] = "") -> list[Labelled]:
    """RGB pictures with labels from what was passed: single, nested lists, generators, (image, "caption"), dicts.

    None is skipped. A picture without a caption gets its own description; `label` names all, or one by one.
    """
    found = _walk(args)
    if not label:
        return [(as_pil(value), caption or label_of(value)) for value, caption in found]
    if not isinstance(label, str):
        names = [*map(str, label), *[""] * len(found)]
        return [(as_pil(value), name or caption) for (value, caption), name in zip(found, names, strict=False)]
    if len(found) == 1:
        return [(as_pil(found[0][0]), label)]
    labelled = []
    for number, (value, caption) in enumerate(found, 1):
        own = caption or label_of(value)
        labelled.append((as_pil(value), f"{label} ({number}/{len(found)})" + (f": {own}" if own else "")))
    return labelled


def _walk(value: object) -> list[tuple[object, str]]:
    """Images with their captions; a text in a row of images names the image before it, or, at the start, after it."""
    if value is None:
        return []
    if isinstance(value, np.ndarray) and (value.dtype == object or value.ndim == 4):
        return [pair for part in value for pair in _walk(part)]
    if isinstance(value, Mapping):
        pairs = [(name, _walk(part)) for name, part in value.items()]
        return [(image, caption or str(name)) for name, part in pairs for image, caption in part]
    if _is_leaf(value) or not isinstance(value, Iterable):
        return [(value, "")]
    row: list[tuple[object, str]] = []
    ahead = ""
    for part in value:
        if not isinstance(part, str):
            new = _walk(part)
            row += [(image, caption or ahead) for image, caption in new]
            ahead = ""
        elif row and not row[-1][1]:
            row[-1] = (row[-1][0], part)
        else:
            ahead = part
    return row


def _is_leaf(value: object) -> bool:
    return isinstance(value, (Image.Image, np.ndarray, str)) or hasattr(value, "visualize")


def encode(image: Image.Image, long_edge: int = LONG_EDGE) -> bytes:
    """PNG bytes of a drawing of few colours, else JPEG; the longer edge at most `long_edge`."""
    picture = fit(image, long_edge)
    buffer = io.BytesIO()
    if picture.getcolors(256) is not None:
        picture.save(buffer, "PNG")
        return buffer.getvalue()
    return jpeg(picture)


def fit(image: Image.Image, long_edge: int) -> Image.Image:
    """The picture with its longer edge at most `long_edge`; never enlarged."""
    size = fit_size(image.size, long_edge)
    return image if size == image.size else image.resize(size, Image.Resampling.LANCZOS)


def jpeg(image: Image.Image, quality: int = 90) -> bytes:
    """JPEG bytes of an RGB picture."""
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def images_of_open_figures() -> list[Labelled]:
    """Every open pyplot figure as a picture with its title; the figures are then closed."""
    if "matplotlib.pyplot" not in sys.modules:
        return []
    import matplotlib.pyplot as plt

    pictures = []
    for number in plt.get_fignums():
        figure = plt.figure(number)
        titles = [axes.get_title() for axes in figure.axes] + [figure.get_suptitle()]
        title = next((text for text in titles if text), f"figure {number}")
        pictures.append((render_figure(figure), title))
    plt.close("all")
    return pictures


def make_show(send: Callable[[bytes, str], None]) -> Show:
    """The `show` of a cell; `send` gets the encoded bytes (PNG or JPEG) and the label of each picture."""

    def show(*images: Any, label: str | Sequence[str] = "", **aliases: Any) -> None:
        """Show pictures to yourself: they come back with the output of this cell.

        Takes one image or many: show(img), show([a, b]), show((img, "caption")), show({"caption": img}); an image is
        a FrameImage, VisualFeedback, PIL image, array or matplotlib figure. None is skipped; long edge at most 1024.
        """
        given: list[Any] = list(images)
        for name, value in aliases.items():
            if name in ("image", "images", "visual_input"):
                given.append(value)
            elif name in ("labels", "title", "titles", "caption", "captions"):
                label = label or value
            else:
                raise TypeError(f'show() got {name}=, which it does not know; type show(image, label="caption")')
        pictures = flatten(given, label)
        if not pictures:
            notice("show() got no image, so nothing is shown; type show(InputImages[0])")
        for picture, text in pictures:
            send(encode(picture), text)

    return show
