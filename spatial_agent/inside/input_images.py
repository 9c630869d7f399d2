"""`InputImages`: the frames of one video, by list position and by absolute frame number."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any, NamedTuple, NoReturn, overload

import numpy as np

from spatial_agent import wire
from spatial_agent.errors import FrameError, ToolError
from spatial_agent.frames import Size
from spatial_agent.inside.frame_image import FrameImage
from spatial_agent.inside.framed import FrameList, Position, nearest
from spatial_agent.inside.host import Host
from spatial_agent.inside.notice import frames_text, notice


class PositionError(ToolError, IndexError):
    """A list position that InputImages does not have."""


class _Item(NamedTuple):
    video: int
    frame: int
    size: Size
    description: str
    position: int


class InputImages(Sequence[FrameImage]):
    """Frames in order: a sequence of FrameImage, loaded when used; of a video it holds every frame.

    `InputImages[i]` is by list position, `InputImages.by_frame(n)` by absolute frame number; a slice, a list or an
    array of positions gives InputImages again. `.frame_indices` lists the absolute frame numbers, and a position from
    any `.frame_indices.index(n)` means frame n here too.
    """

    def __init__(self, host: Host, number: int, video: wire.Video, *, several: bool = False) -> None:
        """Frames of video `number` (from 1); `several` makes captions name the video too."""
        prefix = f"video {number}, " if several else ""
        pairs = enumerate(zip(video.frames, video.sizes, strict=True))
        self._host = host
        self.name = f"InputImages_{number}" if several else "InputImages"
        """What a cell calls it."""
        self._items = tuple(_Item(number, f, size, f"{prefix}frame {f}", k) for k, (f, size) in pairs)

    def _of(self, items: Iterable[_Item]) -> InputImages:
        new = InputImages.__new__(InputImages)
        new._host, new.name, new._items = self._host, self.name, tuple(items)
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
    def frame_indices(self) -> FrameList:
        """Absolute frame numbers, in order; `.index(f)` is looked up anywhere as frame f."""
        return FrameList(item.frame for item in self._items)

    def by_frame(self, frame: int) -> FrameImage:
        """The image of one absolute frame number; FrameError names the frames there are.

        Example: InputImages.by_frame(frame)
        """
        return self._image(self._items[self._of_frame(frame)])

    def index(self, value: object, start: int = 0, stop: int | None = None) -> Position:
        """List position of an image's frame, or of an absolute frame number."""
        position = self._of_frame(value)
        if position not in range(len(self))[start:stop]:
            raise FrameError(f"{self.name}.index: {value!r} is at position {position}, outside {start}..{stop}")
        return Position.of(position, self._items[position].frame)

    def __contains__(self, value: object) -> bool:
        if isinstance(value, FrameImage):
            positions = self._numbered.get(value.frame_index, [])
            return value.whole and any(self._items[position].video == value.video for position in positions)
        number = whole_number(value)
        return number is not None and number in self._numbered

    def _of_frame(self, key: object) -> int:
        """List position of an image's frame, or of an absolute frame number."""
        number = key.frame_index if isinstance(key, FrameImage) else key.frame if isinstance(key, Position) else None
        number = whole_number(key) if number is None else number
        if number is None:
            self._refuse_key(key)
        found = self._numbered.get(number, [])
        if isinstance(key, FrameImage):
            found = [position for position in found if self._items[position].video == key.video]
        if len({self._items[position].video for position in found}) > 1:
            raise FrameError(
                f"frame {number} is in several videos here",
                "the frame of one video",
                f"InputImages_{self._items[found[0]].video}.by_frame({number})",
            )
        if not found:
            frames = self.frame_indices
            whose = f" of video {key.video}" if isinstance(key, FrameImage) and self._items else ""
            raise FrameError(
                f"by_frame({number}): {self.name} has no frame {number}{whose}",
                f"one of the absolute frames {frames_text(frames)}",
                f"{self.name}.by_frame({nearest(frames, number)})" if frames else "",
            )
        return found[0]

    @cached_property
    def _numbered(self) -> dict[int, list[int]]:
        """List positions by absolute frame number: a loop over a long video asks for thousands."""
        numbered: dict[int, list[int]] = {}
        for position, item in enumerate(self._items):
            numbered.setdefault(item.frame, []).append(position)
        return numbered

    def _image(self, item: _Item) -> FrameImage:
        video, frame, size, description, position = item
        return FrameImage(self._host, video, frame, size, description=description, position=position)

    def __len__(self) -> int:
        return len(self._items)

    @overload
    def __getitem__(self, key: int) -> FrameImage: ...
    @overload
    def __getitem__(self, key: slice | Sequence[int] | np.ndarray[Any, Any]) -> InputImages: ...
    def __getitem__(self, key: int | slice | Sequence[int] | np.ndarray[Any, Any]) -> FrameImage | InputImages:
        """By list position: an int gives a FrameImage; a slice, list, array or bool mask gives InputImages."""
        if isinstance(key, slice):
            ends = (None if end is None else self._bound(end) for end in (key.start, key.stop, key.step))
            return self._of(self._items[slice(*ends)])
        single = isinstance(key, (FrameImage, str)) or (isinstance(key, np.ndarray) and key.ndim == 0)
        if single or not isinstance(key, Iterable):
            return self._image(self._items[self._position(key)])
        positions = list(key.ravel() if isinstance(key, np.ndarray) else key)
        if positions and all(isinstance(flag, (bool, np.bool_)) for flag in positions):
            return self._of(self._items[position] for position in self._flagged(positions))
        return self._of(self._items[self._position(position)] for position in positions)

    def _flagged(self, flags: Sequence[object]) -> list[int]:
        if len(flags) != len(self):
            raise PositionError(
                f"{self.name}[mask] got {len(flags)} flags for {len(self)} images",
                "one True or False for each image",
                f"{self.name}[np.array({self.name}.frame_indices) >= {self._items[0].frame if self._items else 0}]",
            )
        return [position for position, flag in enumerate(flags) if flag]

    def _bound(self, key: object) -> int:
        """An end of a slice."""
        number = self._of_frame(key) if isinstance(key, (Position, FrameImage)) else whole_number(key)
        return self._refuse_key(key) if number is None else number

    def _position(self, key: object) -> int:
        """The list position that a key means: the frame's own, where the key knows its frame."""
        if isinstance(key, FrameImage):
            return self._of_frame(key)
        number = whole_number(key)
        if number is None:
            self._refuse_key(key)
        if isinstance(key, Position):
            position = self._of_frame(key)
            if position != number:
                notice(
                    f"{self.name}[{number}]: position {number} was looked up in another list, for frame {key.frame}; "
                    f"here frame {key.frame} is at position {position}, and that is taken"
                )
            return position
        if not -len(self) <= number < len(self):
            self._refuse_position(number)
        return number

    def _refuse_position(self, number: int) -> NoReturn:
        if not self._items:
            raise PositionError(f"{self.name}[{number}]: this selection of images is empty")
        frame = number if number in self._numbered else nearest(self.frame_indices, number)
        raise PositionError(
            f"{self.name}[{number}]: there are {len(self)} images here, at list positions 0 to {len(self) - 1}",
            f"a list position, or by_frame with one of the absolute frames {frames_text(self.frame_indices)}",
            f"{self.name}.by_frame({frame})" + ("" if frame == number else "  # the nearest"),
        )

    def _refuse_key(self, key: object) -> NoReturn:
        raise TypeError(
            f"{self.name}[{key!r}]: a {type(key).__name__} is no list position and no frame number\n"
            f"  expected: a whole number, a slice, or a list of list positions\n"
            f"  type: {self.name}[0], {self.name}[::10], {self.name}[[0, 5]] or {self.name}.by_frame(n)"
        )

    def __iter__(self) -> Iterator[FrameImage]:
        return (self._image(item) for item in self._items)

    def __eq__(self, other: object) -> bool:
        """Equal to the same frames in the same order, in InputImages or in a list."""
        if isinstance(other, InputImages):
            return [item[:2] for item in self._items] == [item[:2] for item in other._items]
        return list(self) == list(other) if isinstance(other, (list, tuple)) else NotImplemented

    def __hash__(self) -> int:
        return hash(tuple(item[:2] for item in self._items))

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
        return f"{self.name}({len(self)} images, frames {frames_text(self.frame_indices)}; {', '.join(sizes)})"


def whole_number(value: object) -> int | None:
    """An int from an int, a numpy integer or a whole float; None from anything else, True and False too."""
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value.item()
    if isinstance(value, (bool, np.bool_)):
        return None
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        return int(value)
    try:
        return operator.index(value)  # type: ignore[arg-type]  # TypeError is the question asked here
    except TypeError:
        return None
