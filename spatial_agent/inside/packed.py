"""Masks of objects over frames as they are kept: bits, packed; unpacked one object at a time."""

from __future__ import annotations

import operator
import re
from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple, NoReturn

import numpy as np
from numpy.typing import NDArray

from spatial_agent.errors import ToolError
from spatial_agent.frames import Size
from spatial_agent.inside.framed import FrameArray, FrameList
from spatial_agent.inside.host import Host
from spatial_agent.inside.notice import frames_text, notice
from spatial_agent.inside.per_frame import PerFrame, RawArrays

_COUNTED = re.compile(r"(.+?)[_ ](\d{1,4})")
"""A label and which of the objects that bear it."""


class Part(NamedTuple):
    """The rectangle of a frame that a mask fills: its first row and column, and the mask in it."""

    top: int
    left: int
    mask: NDArray[np.bool_]

    @property
    def window(self) -> tuple[slice, slice]:
        """Rows and columns of the frame."""
        height, width = self.mask.shape
        return slice(self.top, self.top + height), slice(self.left, self.left + width)


class PackedMasks(PerFrame[FrameArray]):
    """N objects in each of some frames; an object may have been searched in a part of the frames only."""

    _what = "masks"

    def __init__(
        self,
        frames: Sequence[int],
        sizes: Sequence[Size],
        packed: Sequence[NDArray[np.uint8]],
        labels: Sequence[str],
        scores: Sequence[float],
        *,
        prompts: Sequence[int] | None = None,
        searched: NDArray[np.bool_] | None = None,
        host: Host | None = None,
        video: int = 1,
    ) -> None:
        """`packed`: (objects, bytes) of each frame. `searched`: (frames, objects); without it all were, everywhere."""
        super().__init__(frames, video)
        self._host = host
        self._sizes = tuple((int(width), int(height)) for width, height in sizes)
        self._packed = tuple(packed)
        self.labels = list(labels)
        """Label of each object."""
        self.prompts = list(range(len(labels)) if prompts is None else prompts)
        """For each object, the number of the prompt that found it."""
        self.scores = [float(score) for score in scores]
        """Score of each object in [0, 1]; 0 for an empty one."""
        everywhere = np.ones((len(self._frames), len(self.labels)), dtype=bool)
        self._searched = everywhere if searched is None else searched

    @property
    def sizes(self) -> dict[int, Size]:
        """(width, height) of each frame, by absolute frame number."""
        return dict(zip(self._frames, self._sizes, strict=True))

    @property
    def num_objects(self) -> int:
        """Number of objects N, empty ones included."""
        return len(self.labels)

    @property
    def object_ids(self) -> list[int]:
        """Object numbers 0..N-1."""
        return list(range(self.num_objects))

    @property
    def found(self) -> list[bool]:
        """For each object: True if it was seen in any frame."""
        return [bool(count) for count in self._seen.sum(axis=0)]

    @property
    def boxes(self) -> Boxes:
        """`boxes[frame]`: (N, 4) float x0, y0, x1, y1 in pixels, the last row and column inside; NaN where not seen."""
        return Boxes(self)

    @property
    def masks(self) -> RawArrays:
        """The same masks as a stack: `masks.masks[frame, object]`, or np.asarray(masks.masks) (frames, N, H, W)."""
        return RawArrays(self, "masks.masks")

    @property
    def shape(self) -> tuple[int, ...]:
        """(frames, N, H, W), if all frames have one size."""
        return self.masks.shape

    @cached_property
    def _seen(self) -> NDArray[np.bool_]:
        """(frames, objects): whether the object has pixels there."""
        rows = [packed.any(axis=1) for packed in self._packed]
        return np.array(rows, dtype=bool).reshape(len(rows), self.num_objects)

    @cached_property
    def _areas(self) -> NDArray[np.int64]:
        """(frames, objects): pixels of the object."""
        rows = [np.bitwise_count(packed).sum(axis=1, dtype=np.int64) for packed in self._packed]
        return np.array(rows, dtype=np.int64).reshape(len(rows), self.num_objects)

    def __bool__(self) -> bool:
        """True when any object was found."""
        return any(self.found)

    def __repr__(self) -> str:
        seen = dict(enumerate(zip(self.labels, self._seen.sum(axis=0), strict=True)))
        objects = ", ".join(f"{number} {label} in {count}" for number, (label, count) in seen.items()) or "no objects"
        sizes = ", ".join(dict.fromkeys(f"{width}x{height}" for width, height in self._sizes))
        head = f"{self.num_frames} frames {frames_text(self._frames)} of video {self.video}, {sizes}"
        return f"PerFrameMask({head}; frames seen: {objects})"

    def _at(self, position: int) -> FrameArray:
        missing = [number for number in self.object_ids if not self._searched[position, number]]
        if missing and "searched" not in self._told:
            self._told.add("searched")
            notice(
                f"masks[{self._frames[position]}]: {self._names(missing)} was not searched in this frame, and the mask "
                "is all False; masks.frames_searched(object) lists the frames; said once"
            )
        width, height = self._sizes[position]
        bits = np.unpackbits(self._packed[position], axis=1, count=width * height)
        return FrameArray.of(bits.reshape(self.num_objects, height, width).astype(bool), self._id(position))

    def _mask(self, position: int, numbers: Sequence[int]) -> FrameArray:
        """(H, W) pixels of any of the objects."""
        width, height = self._sizes[position]
        bits = np.unpackbits(self._united(position, numbers), count=width * height)
        return FrameArray.of(bits.reshape(height, width).astype(bool), self._id(position))

    def _part(self, position: int, numbers: Sequence[int]) -> Part | None:
        """The same without the empty rows and columns around; None where none of the objects is seen."""
        width, height = self._sizes[position]
        packed = self._united(position, numbers)
        some = np.flatnonzero(packed)
        if not len(some):
            return None
        first, last = int(some[0]) * 8 // width, min((int(some[-1]) * 8 + 7) // width, height - 1)
        start, end = first * width, (last + 1) * width
        bits = np.unpackbits(packed[start // 8 : (end + 7) // 8])[start % 8 :][: end - start]
        rows = bits.reshape(-1, width).astype(bool)
        ys, xs = np.flatnonzero(rows.any(axis=1)), np.flatnonzero(rows.any(axis=0))
        return Part(first + int(ys[0]), int(xs[0]), rows[ys[0] : ys[-1] + 1, xs[0] : xs[-1] + 1])

    def _holds(self, position: int, numbers: Sequence[int], pixels: NDArray[np.intp]) -> NDArray[np.bool_]:
        """For each pixel (K, 2) of the frame, column and row: whether it belongs to any of the objects."""
        bits = pixels[:, 1] * self._sizes[position][0] + pixels[:, 0]
        chosen = self._united(position, numbers)[bits >> 3] >> (7 - (bits & 7)).astype(np.uint8)
        held: NDArray[np.bool_] = (chosen & 1).astype(bool)
        return held

    def _united(self, position: int, numbers: Sequence[int]) -> NDArray[np.uint8]:
        united: NDArray[np.uint8] = np.bitwise_or.reduce(self._packed[position][list(numbers)], axis=0)
        return united

    def _searched_in(self, numbers: Sequence[int]) -> FrameList:
        """Frames in which all of these objects were searched."""
        everywhere = np.atleast_1d(self._searched[:, list(numbers)].all(axis=1))
        return FrameList(frame for frame, searched in zip(self._frames, everywhere, strict=True) if searched)

    def _names(self, numbers: Sequence[int]) -> str:
        """Labels of objects, with their numbers where the label alone does not say which."""
        said = [self.labels[n] if self.labels.count(self.labels[n]) == 1 else f"{self.labels[n]} {n}" for n in numbers]
        return " and ".join(said) or "no object"

    def _objects(self, key: object) -> list[int]:
        """Object numbers that a number, a label or a list of them means; ToolError lists the objects.

        Where there are no objects, object 0, which is what calls mean that name none, is nothing.
        """
        if isinstance(key, (list, tuple, set, range)) or (isinstance(key, np.ndarray) and key.ndim):
            return list(dict.fromkeys(number for one in key for number in self._objects(one)))
        if not self.num_objects and isinstance(key, int) and key == 0:
            return []
        return [self._labelled(key) if isinstance(key, str) else self._numbered(key)]

    def _labelled(self, label: str) -> int:
        """Of the objects with a label the one with the best score; a line is printed when there are several."""
        same = self._with_label(label)
        counted = _COUNTED.fullmatch(label.strip())
        if not same and counted:  # "chair_1", the second of the objects labelled "chair"
            of_kind, place = self._with_label(counted[1]), int(counted[2])
            same = of_kind[place : place + 1]
        if not same:
            self._unknown(label)
        best = max(same, key=lambda number: self.scores[number])
        if len(same) > 1 and label.strip().lower() not in self._told:
            self._told.add(label.strip().lower())
            notice(f"{len(same)} objects are labelled {label!r}: {same}; object {best} has the best score")
        return best

    def _with_label(self, label: str) -> list[int]:
        """Numbers of the objects with this label; capitals and outer spaces do not count."""
        wanted = label.strip().lower()
        return [number for number, own in enumerate(self.labels) if own.strip().lower() == wanted]

    def _numbered(self, key: object) -> int:
        try:
            number = None if isinstance(key, (bool, np.bool_)) else operator.index(key)  # type: ignore[arg-type]
        except TypeError:
            number = int(key) if isinstance(key, (float, np.floating)) and float(key).is_integer() else None
        if number is None or not -self.num_objects <= number < self.num_objects:
            self._unknown(key)
        return int(number) % self.num_objects

    def _unknown(self, key: object) -> NoReturn:
        names = ", ".join(f"{number} {label!r}" for number, label in enumerate(self.labels)) or "none"
        call = f"object={self.labels[0]!r}" if self.labels else 'tools.SAM3.segment_video_by_text("chair")'
        raise ToolError(f"object={key!r} is not among the objects of these masks", f"one of {names}", call)


class Boxes(PerFrame[FrameArray]):
    """`boxes[frame]`: (N, 4) float x0, y0, x1, y1 in pixels, the last row and column inside; NaN where not seen."""

    _what = "masks.boxes"

    def __init__(self, masks: PackedMasks) -> None:
        super().__init__(masks._frames, masks.video)
        self._masks = masks

    def _at(self, position: int) -> FrameArray:
        boxes = np.full((self._masks.num_objects, 4), np.nan)
        for number in self._masks.object_ids:
            if part := self._masks._part(position, [number]):
                height, width = part.mask.shape
                boxes[number] = (part.left, part.top, part.left + width - 1, part.top + height - 1)
        return FrameArray.of(boxes, self._id(position))
