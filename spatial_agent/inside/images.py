"""The images that a cell gets: frames, and crops that know where they come from."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any, NamedTuple, SupportsFloat, overload

import numpy as np
from PIL import Image

from spatial_agent import wire
from spatial_agent.errors import FrameError, ToolError
from spatial_agent.frames import Size
from spatial_agent.inside.host import Host
from spatial_agent.inside.notice import frames_text

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
    def shape(self) -> tuple[int, int, int]:
        """(height, width, 3)."""
        return (self.height, self.width, 3)

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

    `.size` (width, height), `.shape` (height, width, 3), np.asarray and all PIL methods work. `.crop(box)` keeps the
    frame number and an `.offset`; `.to_frame(x, y)` turns a pixel of a crop into the pixel of the whole frame.
    """

    def __init__(self, host: Host, video: int, frame: int, size: Size, *, description: str = "") -> None:
        super().__init__(host, wire.GetFrame(video, frame), size)
        self.video = video
        self.frame_index = frame
        self.region = _full(size)
        """The part of the frame that is seen here: x0, y0, x1, y1 in pixels of the whole frame."""
        self.frame_size = size
        self._description = description or f"frame {frame}"

    @property
    def whole(self) -> bool:
        """True for the frame itself, False for a crop or a resized copy."""
        return self.region == _full(self.frame_size) and self.size == self.frame_size

    @property
    def offset(self) -> tuple[float, float]:
        """Pixel of the whole frame at which this image begins: (0, 0) unless it is a crop."""
        return self.region[:2]

    @property
    def description(self) -> str:
        """What the image is, in words: "frame 3", or "frame 3, crop x 10..79, y 5..59" for a crop."""
        x0, y0, x1, y1 = (round(value) for value in self.region)
        if self.region == _full(self.frame_size):
            return self._description
        return f"{self._description}, crop x {x0}..{x1 - 1}, y {y0}..{y1 - 1}"

    def to_frame(self, x: SupportsFloat, y: SupportsFloat) -> tuple[float, float]:
        """Pixel (x, y) of this image as (x, y) of the whole frame; the same pixel unless this is a crop."""
        x0, y0, x1, y1 = self.region
        sx, sy = (x1 - x0) / self.width, (y1 - y0) / self.height
        return x0 + (float(x) + 0.5) * sx - 0.5, y0 + (float(y) + 0.5) * sy - 0.5

    def crop(self, box: Sequence[float] | None = None) -> FrameImage:
        """The part inside `box` (x0, y0, x1, y1 in pixels of this image), still knowing its frame and offset."""
        x0, y0, x1, y1 = self._box(box)
        left, top = self.to_frame(x0 - 0.5, y0 - 0.5)
        right, bottom = self.to_frame(x1 - 0.5, y1 - 0.5)
        part = super().crop((x0, y0, x1, y1))
        return self._view(part, (left + 0.5, top + 0.5, right + 0.5, bottom + 0.5))

    def resize(self, size: Any, *args: Any, **kwargs: Any) -> FrameImage:
        """The image at another size (width, height); it keeps its frame number but is no whole frame any more."""
        width, height = (int(value) for value in size)
        return self._view(super().resize((width, height), *args, **kwargs), self.region)

    def copy(self) -> FrameImage:
        """A copy to draw on; it keeps its frame number."""
        return self._view(super().copy(), self.region)

    def _view(self, pixels: Image.Image, region: Region) -> FrameImage:
        view = FrameImage(self._host, self.video, self.frame_index, self.frame_size, description=self._description)
        view.region = region
        view._im, view._size = pixels.im, pixels.size
        return view

    def _box(self, box: Sequence[float] | None) -> tuple[int, int, int, int]:
        values = (0, 0, *self.size) if box is None else tuple(np.asarray(box, dtype=float).ravel())
        if len(values) != 4 or not (values[0] < values[2] and values[1] < values[3]):
            raise ToolError(
                f"crop got the box {box!r}; a box is (x0, y0, x1, y1) in pixels with x0 < x1 and y0 < y1; "
                f"for the left half type .crop((0, 0, {self.width // 2}, {self.height}))"
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
        return (self.video, self.frame_index, self.region, self.size)

    def __repr__(self) -> str:
        return f"FrameImage({self.description}, {self.width}x{self.height})"


def _full(size: Size) -> Region:
    return (0.0, 0.0, float(size[0]), float(size[1]))


class _Item(NamedTuple):
    video: int
    frame: int
    size: Size
    description: str


class InputImages(Sequence[FrameImage]):
    """Frames in order: a sequence of FrameImage, loaded when used; of a video it holds every frame.

    `InputImages[i]` is by list position, `InputImages.by_frame(n)` by absolute frame number; a slice, a list or an
    array of positions gives InputImages again. `.frame_indices` lists the absolute frame numbers.
    """

    def __init__(self, host: Host, number: int, video: wire.Video, *, several: bool = False) -> None:
        """Frames of video `number` (from 1); `several` makes captions name the video too."""
        prefix = f"video {number}, " if several else ""
        pairs = zip(video.frames, video.sizes, strict=True)
        self._host = host
        self._items = tuple(_Item(number, frame, size, f"{prefix}frame {frame}") for frame, size in pairs)

    def _of(self, items: Iterable[_Item]) -> InputImages:
        new = InputImages.__new__(InputImages)
        new._host, new._items = self._host, tuple(items)
        return new

    @property
    def video(self) -> int:
        """Number of the video, from 1; of the first frame when frames of several videos were joined."""
        return self._items[0].video

    @property
    def sizes(self) -> list[Size]:
        """(width, height) of each image, in order."""
        return [item.size for item in self._items]

    @property
    def frame_indices(self) -> list[int]:
        """Absolute frame numbers, in order."""
        return [item.frame for item in self._items]

    def by_frame(self, frame: int) -> FrameImage:
        """The image of one absolute frame number; FrameError names the frames there are."""
        number = operator.index(frame)
        found = self._numbered.get(number, [])
        if len({item.video for item in found}) > 1:
            raise FrameError(f"frame {number} is in several videos here; take it from InputImages_1 or InputImages_2")
        if not found:
            nearest = min(self.frame_indices, key=lambda other: abs(other - number), default=None)
            raise FrameError(
                f"by_frame({number}): there is no frame {number} here; frames are {frames_text(self.frame_indices)}; "
                f"the nearest is .by_frame({nearest})"
            )
        return self._image(found[0])

    @cached_property
    def _numbered(self) -> dict[int, list[_Item]]:
        """By absolute frame number: a loop over a long video asks for thousands."""
        numbered: dict[int, list[_Item]] = {}
        for item in self._items:
            numbered.setdefault(item.frame, []).append(item)
        return numbered

    def _image(self, item: _Item) -> FrameImage:
        return FrameImage(self._host, item.video, item.frame, item.size, description=item.description)

    def __len__(self) -> int:
        return len(self._items)

    @overload
    def __getitem__(self, key: int) -> FrameImage: ...
    @overload
    def __getitem__(self, key: slice | Sequence[int] | np.ndarray[Any, Any]) -> InputImages: ...
    def __getitem__(self, key: int | slice | Sequence[int] | np.ndarray[Any, Any]) -> FrameImage | InputImages:
        """By list position: an int gives a FrameImage; a slice, list, array or bool mask gives InputImages."""
        if isinstance(key, slice):
            return self._of(self._items[key])
        if isinstance(key, (int, np.integer)) or np.ndim(key) == 0:
            return self._image(self._item(key))
        positions = np.asarray(key)
        if positions.dtype == bool:
            positions = np.flatnonzero(positions)
        return self._of([self._item(position) for position in positions.ravel()])

    def _item(self, key: Any) -> _Item:
        try:
            position = operator.index(key.item() if isinstance(key, np.ndarray) else key)
        except TypeError:
            raise TypeError(
                f"InputImages[{key!r}]: a {type(key).__name__} is no list position; "
                "type InputImages[0], InputImages[::10], InputImages[[0, 5]] or InputImages.by_frame(n)"
            ) from None
        if not -len(self) <= position < len(self):
            raise IndexError(
                f"InputImages[{position}]: list positions go from 0 to {len(self) - 1}; "
                f"for the absolute frame number type InputImages.by_frame({position})"
            )
        return self._items[position]

    def __iter__(self) -> Iterator[FrameImage]:
        return (self._image(item) for item in self._items)

    def __add__(self, other: object) -> InputImages | list[Any]:
        if isinstance(other, InputImages):
            return self._of(self._items + other._items)
        if isinstance(other, (list, tuple)):
            return [*self, *other]
        return NotImplemented

    def __radd__(self, other: object) -> list[Any]:
        return [*other, *self] if isinstance(other, (list, tuple)) else NotImplemented

    def __repr__(self) -> str:
        sizes = sorted({f"{item.size[0]}x{item.size[1]}" for item in self._items})
        return f"InputImages({len(self)} images, frames {frames_text(self.frame_indices)}; {', '.join(sizes)})"


def whole_frames(value: object, call: str) -> list[FrameImage]:
    """The whole frames in what a cell passed (one, a list, nested lists); ToolError says how to type `call`."""
    if isinstance(value, FrameImage):
        if not value.whole:
            raise ToolError(
                f"{call} got {value!r}, which is a part or a resized copy of a frame; tools measure in whole frames; "
                f"type {call}(InputImages.by_frame({value.frame_index}), ...) and use .to_frame(x, y) for its pixels"
            )
        return [value]
    if isinstance(value, (str, bytes, Image.Image, np.ndarray)) or not isinstance(value, Iterable):
        raise ToolError(
            f"{call} got a {type(value).__name__}, which belongs to no frame of the input; "
            f"type {call}(InputImages[0], ...), or InputImages[0:8] where several frames are meant"
        )
    return [frame for part in value for frame in whole_frames(part, call)]
