"""Arrays that know which frame they are of, and the lists of frame numbers that go with them."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, SupportsIndex

import numpy as np
from numpy.typing import NDArray

from spatial_agent.errors import FrameError
from spatial_agent.inside.notice import frames_text

LISTED = 100
"""Frame numbers that are written out."""


class FrameId(NamedTuple):
    """Which frame: the video (from 1) and the absolute frame number in it."""

    video: int
    frame: int

    def __str__(self) -> str:
        return f"frame {self.frame}" if self.video == 1 else f"frame {self.frame} of video {self.video}"


class FrameArray(np.ndarray[Any, Any]):
    """An array of one frame: a map of its pixels, or its pose. `.frame_index` and `.video` say which frame.

    Taking pixels of it by a mask (or indices) of another frame is a FrameError. What is computed from it keeps the frame
    as long as nothing of another frame comes in; `np.asarray(x)` is a plain array.
    """

    _id: FrameId | None = None

    @staticmethod
    def of(array: NDArray[Any], identity: FrameId) -> FrameArray:
        """The same numbers, knowing their frame."""
        framed = array.view(FrameArray)
        framed._id = identity
        return framed

    @property
    def frame_index(self) -> int | None:
        """Absolute frame number; None for what was computed from several frames."""
        return self._id.frame if self._id else None

    @property
    def video(self) -> int | None:
        """Number of the video, from 1; None for what was computed from several frames."""
        return self._id.video if self._id else None

    def __array_finalize__(self, parent: object) -> None:
        self._id = getattr(parent, "_id", None)

    def __array_wrap__(self, array: Any, context: Any = None, return_scalar: bool = True) -> Any:
        """Scalars stay scalars, and what mixes two frames belongs to neither."""
        if array.ndim == 0:
            return array[()]
        mixed = context is not None and len(identities(context[1])) > 1
        return np.asarray(array) if mixed else super().__array_wrap__(array, context, return_scalar)

    def __array_function__(self, func: Callable[..., Any], types: Any, args: Any, kwargs: Any) -> Any:
        """Functions of numpy work as on plain arrays; their results keep the frame that all arguments share."""
        _check_picking(func, args, kwargs)
        result = super().__array_function__(func, types, args, kwargs)
        if func is np.stack and len(args) == 1 and not kwargs:
            return FrameStack.of(result, args[0])
        shared = identities((*args, *kwargs.values()))
        identity = shared.pop() if len(shared) == 1 else None
        if type(result) is tuple:  # the indices that np.nonzero gives are of the frame too
            return tuple(_kept(part, identity) for part in result)
        return _kept(result, identity)

    def nonzero(self) -> tuple[Any, ...]:
        """Indices of what is not zero, which pick pixels of this frame only."""
        return tuple(_kept(part, self._id) for part in super().nonzero())

    def dot(self, other: Any, *out: Any) -> Any:
        """As np.dot: what mixes two frames belongs to neither."""
        return np.dot(self, other, *out)

    def __getitem__(self, key: Any) -> Any:
        self._check(key)
        return super().__getitem__(key)

    def __setitem__(self, key: Any, value: Any) -> None:
        self._check(key)
        super().__setitem__(key, value)

    def _check(self, key: Any) -> None:
        """Refuse a mask of another frame."""
        for part in key if isinstance(key, tuple) else (key,):
            other = part._id if isinstance(part, FrameArray) else None
            if other is not None and self._id is not None and other != self._id:
                raise _mismatch(self._id, other)

    def __reduce__(self) -> Any:
        return np.asarray(self).__reduce__()

    def __repr__(self) -> str:
        return repr(np.asarray(self))


class FrameStack(np.ndarray[Any, Any]):
    """What np.stack makes of arrays of frames: an array whose `.frames` says of which frame each layer is.

    Whatever is computed from it is a plain array.
    """

    frames: tuple[FrameId, ...] = ()

    @staticmethod
    def of(stack: NDArray[Any], layers: Sequence[Any]) -> NDArray[Any]:
        """The stack of these layers: of one frame, of several, or plain where a layer does not know its frame."""
        frames = [layer._id for layer in layers if isinstance(layer, FrameArray) and layer._id is not None]
        if len(frames) < len(layers):
            return np.asarray(stack)
        if len(set(frames)) == 1:
            return FrameArray.of(np.asarray(stack), frames[0])
        framed = np.asarray(stack).view(FrameStack)
        framed.frames = tuple(frames)
        return framed

    def __array_finalize__(self, parent: object) -> None:
        self.frames = ()

    def __array_wrap__(self, array: Any, context: Any = None, return_scalar: bool = True) -> Any:
        """Scalars stay scalars, and what is computed is plain."""
        return array[()] if array.ndim == 0 else np.asarray(array)

    def layers(self) -> list[FrameArray]:
        """Each layer, knowing its frame; none where this is only computed from a stack."""
        return [FrameArray.of(np.asarray(self[k]), frame) for k, frame in enumerate(self.frames)]

    def __reduce__(self) -> Any:
        return np.asarray(self).__reduce__()

    def __repr__(self) -> str:
        return repr(np.asarray(self))


_MASK_PLACE = {np.where: 0, np.extract: 0, np.compress: 0, np.place: 1, np.putmask: 1}
"""Functions that pick pixels by a mask, and which argument it is."""


def _check_picking(func: Callable[..., Any], args: Sequence[Any], kwargs: dict[str, Any]) -> None:
    """Refuse a function that picks pixels of one frame by a mask of another."""
    place = _MASK_PLACE.get(func)
    mask = kwargs.get("where") if place is None or place >= len(args) else args[place]
    if isinstance(mask, FrameArray) and mask._id is not None:
        picked = identities(value for value in (*args, *kwargs.values()) if value is not mask)
        if picked and mask._id not in picked:
            raise _mismatch(min(picked), mask._id)


def _mismatch(map_of: FrameId, mask_of: FrameId) -> FrameError:
    return FrameError(
        f"pixels of {map_of} were picked by a mask of {mask_of}",
        "map and mask of one and the same frame",
        f"recon.points[{mask_of.frame}][masks.get_mask({mask_of.frame})]",
    )


def _kept(result: Any, identity: FrameId | None) -> Any:
    """An array that knows its frame, or a plain one; anything else as it is."""
    if not isinstance(result, np.ndarray) or isinstance(result, np.ma.MaskedArray):
        return result
    return np.asarray(result) if identity is None else FrameArray.of(result, identity)


def identities(values: Iterable[Any]) -> set[FrameId]:
    """The frames that these values, or lists of them, are of."""
    found: set[FrameId] = set()
    for value in values:
        if isinstance(value, FrameArray):
            if value._id is not None:
                found.add(value._id)
        elif isinstance(value, (list, tuple)):
            found |= identities(value)
    return found


class Position(int):
    """A list position that knows the frame standing there: looked up in another result it still means that frame."""

    frame: int

    @staticmethod
    def of(position: int, frame: int) -> Position:
        """Position of a frame in a list."""
        found = Position(position)
        found.frame = frame
        return found


class FrameList(list[int]):
    """Absolute frame numbers in order; `.index(frame)` gives a position that any result looks up as that frame."""

    def __repr__(self) -> str:
        """All of them when they are few; a long video has thousands."""
        return super().__repr__() if len(self) <= LISTED else f"[{frames_text(self)}]"

    def index(self, frame: SupportsIndex, *limits: SupportsIndex) -> Position:
        """List position of a frame number; FrameError names the frames when it is not among them."""
        number = operator.index(getattr(frame, "frame_index", frame))
        try:
            return Position.of(super().index(number, *limits), number)
        except ValueError:
            raise FrameError(
                f"frame {number} is not among the frames {frames_text(self)}",
                "one of these",
                f".index({nearest(self, number)})" if self else "",
            ) from None


def nearest(frames: Sequence[int], frame: int) -> int:
    """Of these frame numbers the one closest to `frame`; of two equally close ones the earlier."""
    return min(frames, key=lambda other: (abs(other - frame), other))
