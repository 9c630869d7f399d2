"""Images made by tools, and one way to turn whatever a cell holds into an RGB picture."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from spatial_agent.errors import ToolError
from spatial_agent.frames import Rgb, Size
from spatial_agent.inside.framed import FrameArray


class VisualFeedback:
    """A picture made by a tool: `.image` (PIL, RGB), `.description` (the same in words), `.frame_index` or None.

    Pass it to `show`, `vlm.locate` or `tools.Draw`; np.asarray gives (H, W, 3) uint8.
    """

    def __init__(self, image: Image.Image, description: str = "", frame_index: int | None = None) -> None:
        self.image = image
        self.description = description
        self.frame_index = frame_index

    @property
    def size(self) -> Size:
        """(width, height) in pixels."""
        return self.image.size

    @property
    def width(self) -> int:
        """Width in pixels."""
        return self.image.width

    @property
    def height(self) -> int:
        """Height in pixels."""
        return self.image.height

    @property
    def shape(self) -> tuple[int, int, int]:
        """(height, width, 3)."""
        return (self.height, self.width, 3)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return np.array(self.image, dtype=dtype)

    def __repr__(self) -> str:
        return f"VisualFeedback({self.width}x{self.height}: {self.description})"


def label_of(value: object) -> str:
    """What an image says about itself in one line; empty if it says nothing."""
    figure = figure_of(value)
    description = title_of(figure) if figure is not None else getattr(value, "description", "")
    if isinstance(value, FrameArray) and value.frame_index is not None:
        return f"frame {value.frame_index}"
    return description.splitlines()[0] if isinstance(description, str) and description else ""


def figure_of(value: object) -> Any:
    """The matplotlib figure that a value is or belongs to, as axes do; None if there is none."""
    figure = value if hasattr(value, "savefig") else getattr(value, "figure", None)
    return figure if hasattr(figure, "savefig") else None


def title_of(figure: Any) -> str:
    """Title of a figure: that of its first axes with one, else its own."""
    titles = [axes.get_title() for axes in figure.axes] + [figure.get_suptitle()]
    return next((text for text in titles if text), "")


def as_pil(value: object) -> Image.Image:
    """An RGB picture of an image, an array (grey, RGB, RGBA), a matplotlib figure, or what has an `.image`."""
    if isinstance(value, Image.Image):
        return _flat(value)
    if isinstance(value, np.ndarray):
        return Image.fromarray(_array_rgb(np.asarray(value)))
    if isinstance(own := getattr(value, "image", None), Image.Image):
        return _flat(own)
    figure = figure_of(value)
    if figure is not None:
        return render_figure(figure)
    raise ToolError(
        f"a {type(value).__name__} is no image",
        "a FrameImage, VisualFeedback, PIL image, array (H, W), (H, W, 3) or (H, W, 4), or a matplotlib figure",
        "show(seg.visualize(frame))" if hasattr(value, "visualize") else "show(InputImages[0])",
    )


def render_figure(figure: Any, dpi: int = 100) -> Image.Image:
    """A matplotlib figure as an RGB picture with tight margins; does not touch pyplot."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    buffer = io.BytesIO()
    FigureCanvasAgg(figure).print_figure(buffer, format="png", dpi=dpi, bbox_inches="tight", facecolor="white")
    return _flat(Image.open(buffer))


def _flat(image: Image.Image) -> Image.Image:
    """The picture in RGB: transparency over white, deep grey stretched to its own range."""
    if image.mode == "RGB":
        image.load()
        return image
    if image.mode.startswith(("I", "F")):
        return Image.fromarray(_array_rgb(np.asarray(image, dtype=np.float32)))
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        layer = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer).convert("RGB")
    return image.convert("RGB")


def _array_rgb(array: NDArray[Any]) -> Rgb:
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    colour = array.ndim == 3 and array.shape[2] in (3, 4)
    if not (array.ndim == 2 or colour) or array.size == 0 or array.dtype.kind not in "biuf":
        raise ToolError(
            f"an array of shape {array.shape} and type {array.dtype} is no image",
            "(H, W), (H, W, 3) or (H, W, 4) of bool, uint8 or float",
            "show(array[0])" if array.ndim > 2 else "show(InputImages[0])",
        )
    pixels = _bytes(array)
    if not colour:
        return np.repeat(pixels[:, :, None], 3, axis=2)
    if array.shape[2] == 3:
        return np.ascontiguousarray(pixels)
    alpha = pixels[:, :, 3:].astype(np.float32) / 255
    return (pixels[:, :, :3] * alpha + 255 * (1 - alpha)).astype(np.uint8)


def _bytes(array: NDArray[Any]) -> NDArray[np.uint8]:
    """Values as 0..255: bool is black and white, 0..1 floats are scaled, 0..255 is kept, the rest is stretched."""
    if array.dtype == np.uint8:
        return array
    if array.dtype == bool:
        return array.astype(np.uint8) * np.uint8(255)
    values = np.where(np.isfinite(array), array, 0).astype(np.float64)
    low, high = float(values.min()), float(values.max())
    is_float = array.dtype.kind == "f"
    if is_float and low >= 0 and high <= 1:
        values = values * 255
    elif low < 0 or high > 255 or (is_float and array.ndim == 2):
        values = (values - low) / max(high - low, 1e-12) * 255
    return values.round().astype(np.uint8)
