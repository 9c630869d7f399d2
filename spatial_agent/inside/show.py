"""`show`: pictures for the one who writes the cells, in whatever form they are passed."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from PIL import Image

from spatial_agent.errors import ToolError
from spatial_agent.frames import fit_size
from spatial_agent.inside.notice import notice
from spatial_agent.inside.pictures import collect
from spatial_agent.inside.visual import render_figure, title_of

LONG_EDGE = 1024
"""Pixels; larger pictures are reduced before they are sent."""
IMAGE_NAMES = ("image", "images", "visual_input")
LABEL_NAMES = ("labels", "title", "titles", "caption", "captions")


class Show(Protocol):
    """The `show` of a cell."""

    def __call__(self, *images: Any, label: str | Sequence[str] = "", **aliases: Any) -> None:
        """Show the images."""
        ...


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


def images_of_open_figures() -> list[tuple[Image.Image, str]]:
    """Every open pyplot figure as a picture with its title; the figures are then closed."""
    if "matplotlib.pyplot" not in sys.modules:
        return []
    import matplotlib.pyplot as plt

    figures = [plt.figure(number) for number in plt.get_fignums()]
    pictures = [(render_figure(figure), title_of(figure) or f"figure {figure.number}") for figure in figures]
    plt.close("all")
    return pictures


def make_show(send: Callable[[bytes, str], None]) -> Show:
    """The `show` of a cell; `send` gets the encoded bytes (PNG or JPEG) and the label of each picture."""

    def show(*images: Any, label: str | Sequence[str] = "", **aliases: Any) -> None:
        """Show pictures to yourself: they come back with the output of this cell.

        Takes one image or many: show(img), show([a, b]), show((img, "caption")), show({"caption": img}); an image is
        a FrameImage, VisualFeedback, PIL image, array, matplotlib figure, or a result such as masks or recon[frame].
        None is skipped; long edge at most 1024.
        """
        given: list[Any] = list(images)
        for name, value in aliases.items():
            if name in IMAGE_NAMES:
                given.append(value)
            elif name in LABEL_NAMES:
                label = value if isinstance(label, str) and not label else label
            else:
                raise ToolError(
                    f"show() got {name}=, which it does not know", "images and label=", 'show(image, label="caption")'
                )
        pictures = collect(given, "show", label)
        if not pictures:
            notice("show() got no image, so nothing is shown; type show(InputImages[0])")
        for picture in pictures:
            send(encode(picture.image), picture.caption)

    return show
