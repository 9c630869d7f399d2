"""One frame, or a part of one: a PIL image that knows which pixels of which frame it shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, SupportsFloat

import numpy as np
from PIL import Image

from spatial_agent import wire
from spatial_agent.errors import ToolError
from spatial_agent.frames import Size
from spatial_agent.inside.framed import Position
from spatial_agent.inside.host import Host

Region = tuple[float, float, float, float]
"""x0, y0, x1, y1 in pixels; x1 and y1 are the first that do not belong to it."""


class LazyImage(Image.Image):
    """An RGB image whose pixels are asked for when something first needs them."""

    def __init__(self, host: Host, request: wire.Request, size: Size) -> None:
        super().__init__()
        self._host = host
        self._request = request
        self._mode = "RGB"
        self._size = size

    @property
    def shape(self) -> tuple[int, ...]:
        """(height, width, 3); (height, width) when converted to grey."""
        bands = len(self.getbands())
        return (self.height, self.width, bands) if bands > 1 else (self.height, self.width)

    @property
    def image(self) -> Image.Image:
        """The same pixels as a plain PIL image, free to draw on."""
        self.load()
        return self._new(self.im.copy())

    def load(self) -> Any:
        """Fetch the pixels if they are not here yet."""
        if self._im is None:
            self._im = self._fetch().im
        return super().load()

    def __copy__(self) -> Image.Image:
        return self.copy()

    def __deepcopy__(self, memo: dict[int, Any]) -> Image.Image:
        return self.copy()

    def _fetch(self) -> Image.Image:
        result, arrays = self._host.ask(self._request)
        if not isinstance(result, wire.Pixels):
            raise ToolError(f"asked for pixels, got {type(result).__name__}")
        return Image.fromarray(np.asarray(arrays[result.array.descriptor], dtype=np.uint8))


class FrameImage(LazyImage):
    """One frame, or a crop of it: a PIL image (RGB) that knows its `.video` (from 1) and absolute `.frame_index`.

    `.size` (width, height), `.shape` (height, width, 3), np.asarray and all PIL methods work. `.crop(box)`,
    `.resize(size)`, `.copy()`, `.convert(mode)`, `.filter` and `.point` still know their frame; methods that move
    pixels (rotate, transpose) and those that mix images (Image.blend) give plain PIL images. `.to_frame(x, y)` turns
    a pixel of a crop into the pixel of the whole frame, `.from_frame(x, y)` is its inverse. `.position` is the list
    position in InputImages.
    """

    def __init__(
        self,
        host: Host,
        video: int,
        frame: int,
        size: Size,
        *,
        description: str = "",
        position: int | None = None,
    ) -> None:
        super().__init__(host, wire.GetFrame(video, frame), size)
        self.video = video
        self.frame_index = frame
        self.position = None if position is None else Position.of(position, frame)
        """List position in the InputImages of its video, whatever slice it was taken from."""
        self.region = full(size)
        """The part of the frame that is seen here: x0, y0, x1, y1 in pixels of the whole frame."""
        self.frame_size = size
        self._description = description or f"frame {frame}"

    @property
    def whole(self) -> bool:
        """True for the frame itself, False for a crop or a resized copy."""
        return self.region == full(self.frame_size) and self.size == self.frame_size

    @property
    def offset(self) -> tuple[float, float]:
        """Pixel of the whole frame at which this image begins: (0, 0) unless it is a crop."""
        return self.region[:2]

    @property
    def scale(self) -> tuple[float, float]:
        """(sx, sy): pixels of this image for one pixel of the frame; (1, 1) unless it was resized."""
        x0, y0, x1, y1 = self.region
        return self.width / (x1 - x0), self.height / (y1 - y0)

    @property
    def description(self) -> str:
        """What the image is, in words: "frame 3", or "frame 3, crop x 10..79, y 5..59" for a crop."""
        x0, y0, x1, y1 = (round(value) for value in self.region)
        if self.region == full(self.frame_size):
            return self._description
        return f"{self._description}, crop x {x0}..{x1 - 1}, y {y0}..{y1 - 1}"

    def to_frame(self, x: SupportsFloat, y: SupportsFloat) -> tuple[float, float]:
        """Pixel (x, y) of this image as (x, y) of the whole frame; the same pixel unless this is a crop.

        Example: image.crop((40, 30, 140, 90)).to_frame(0, 0)
        """
        (x0, y0), (sx, sy) = self.offset, self.scale
        return x0 + (float(x) + 0.5) / sx - 0.5, y0 + (float(y) + 0.5) / sy - 0.5

    def from_frame(self, x: SupportsFloat, y: SupportsFloat) -> tuple[float, float]:
        """Pixel (x, y) of the whole frame as (x, y) of this image; outside of its size if a crop does not show it.

        Example: image.crop((40, 30, 140, 90)).from_frame(40, 30)
        """
        (x0, y0), (sx, sy) = self.offset, self.scale
        return (float(x) - x0 + 0.5) * sx - 0.5, (float(y) - y0 + 0.5) * sy - 0.5

    def box_to_frame(self, box: Sequence[float]) -> Region:
        """A box (x0, y0, x1, y1) in pixels of this image as a box of the whole frame."""
        (x0, y0), (sx, sy) = self.offset, self.scale
        left, top, right, bottom = (float(value) for value in box)
        return (x0 + left / sx, y0 + top / sy, x0 + right / sx, y0 + bottom / sy)

    def crop(self, box: Sequence[float] | None = None) -> FrameImage:
        """The part inside `box` (x0, y0, x1, y1 in pixels of this image), still knowing its frame and offset."""
        edges = self._box(box)
        return self._view(super().crop(edges), self.box_to_frame(edges))

    def resize(self, size: Any, resample: Any = None, box: Any = None, *args: Any, **kwargs: Any) -> FrameImage:
        """The image, or its part in `box`, at another size (width, height); it still knows its frame."""
        try:
            width, height = (int(value) for value in size)
        except (TypeError, ValueError, OverflowError):
            raise ToolError(
                f"resize got the size {size!r:.80}",
                "(width, height) in pixels",
                f".resize(({max(1, self.width // 2)}, {max(1, self.height // 2)})) for half the size",
            ) from None
        region = self.region if box is None else self.box_to_frame(box)
        return self._view(super().resize((width, height), resample, box, *args, **kwargs), region)

    def copy(self) -> FrameImage:
        """A copy to draw on; it keeps its frame number."""
        return self._view(super().copy(), self.region)

    def convert(self, *args: Any, **kwargs: Any) -> FrameImage:
        """The image in another mode ("L", "HSV", ...), still knowing its frame."""
        return self._view(super().convert(*args, **kwargs), self.region)

    def filter(self, *args: Any, **kwargs: Any) -> FrameImage:
        """The image after an ImageFilter, still knowing its frame."""
        return self._view(super().filter(*args, **kwargs), self.region)

    def point(self, *args: Any, **kwargs: Any) -> FrameImage:
        """The image with each value put through a table or a function, still knowing its frame."""
        return self._view(super().point(*args, **kwargs), self.region)

    def _view(self, pixels: Image.Image, region: Region) -> FrameImage:
        view = FrameImage(
            self._host,
            self.video,
            self.frame_index,
            self.frame_size,
            description=self._description,
            position=self.position,
        )
        view.region = region
        view._im, view._size, view._mode = pixels.im, pixels.size, pixels.mode
        view.palette, view.info = pixels.palette, pixels.info
        return view

    def _box(self, box: Sequence[float] | None) -> tuple[int, int, int, int]:
        try:
            values = [0.0, 0.0, *self.size] if box is None else np.asarray(box, dtype=float).ravel().tolist()
        except (TypeError, ValueError, OverflowError):
            values = []
        if len(values) != 4 or not (values[0] < values[2] and values[1] < values[3]):
            raise ToolError(
                f"crop got the box {box!r}",
                "(x0, y0, x1, y1) in pixels of this image, with x0 < x1 and y0 < y1",
                f".crop((0, 0, {self.width // 2}, {self.height})) for the left half",
            )
        x0, y0, x1, y1 = (round(value) for value in values)
        return x0, y0, max(x1, x0 + 1), max(y1, y0 + 1)

    def __eq__(self, other: object) -> bool:
        """Two images are equal when they show the same part of the same frame; no pixel is fetched for it."""
        return isinstance(other, FrameImage) and self._identity == other._identity

    def __hash__(self) -> int:
        return hash(self._identity)

    @property
    def _identity(self) -> tuple[Any, ...]:
        return (self.video, self.frame_index, self.region, self.size, self.mode)

    def __repr__(self) -> str:
        return f"FrameImage({self.description}, {self.width}x{self.height})"


def full(size: Size) -> Region:
    """The whole of an image of this size."""
    return (0.0, 0.0, float(size[0]), float(size[1]))
