"""Results that hold one thing per frame, looked up by absolute frame number and by nothing else."""

from __future__ import annotations

import operator
from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NoReturn, TypeVar

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin
from numpy.typing import NDArray

from spatial_agent.errors import FrameError, ToolError
from spatial_agent.frames import Size
from spatial_agent.inside.framed import FrameArray, FrameId, FrameList, Position, nearest
from spatial_agent.inside.notice import frames_text, notice

T = TypeVar("T")


def frame_number(key: object, call: str) -> int:
    """An absolute frame number from an int, a numpy integer, a whole float, or an image or a view of a frame."""
    if isinstance(key, Position):
        return key.frame
    if not isinstance(key, np.ndarray) and isinstance(known := getattr(key, "frame_index", None), int):
        return known
    if isinstance(key, np.ndarray) and key.ndim == 0:
        key = key.item()
    if isinstance(key, (float, np.floating)) and float(key).is_integer():
        return int(key)
    try:
        if not isinstance(key, (bool, np.bool_)):
            return operator.index(key)  # type: ignore[arg-type]  # TypeError is the question asked here
    except TypeError:
        pass
    raise TypeError(
        f"{call} got {key!r:.80}\n  expected: an absolute frame number (int)\n  type: {call} with one of .frame_indices"
    )


class PerFrame(Mapping[int, T]):
    """One value per frame of one video; iterating gives the absolute frame numbers."""

    _what = "result"
    """What a cell calls it."""

    def __init__(self, frames: Sequence[int], video: int = 1) -> None:
        self._frames = tuple(int(frame) for frame in frames)
        self._positions = {frame: position for position, frame in enumerate(self._frames)}
        self._told: set[str] = set()  # what was printed once and need not be again
        self.video = video
        """Number of the video, from 1."""

    @property
    def frame_indices(self) -> FrameList:
        """Absolute frame numbers, in order; `.index(f)` is looked up in any result as frame f."""
        return FrameList(self._frames)

    @property
    def num_frames(self) -> int:
        """Number of frames."""
        return len(self._frames)

    def nearest(self, frame: int) -> int:
        """Of the frames covered, the absolute number closest to `frame`.

        Example: recon.nearest(7)
        """
        if not self._frames:
            raise FrameError(f"{self._what}.nearest was asked of a result without frames")
        return nearest(self._frames, frame_number(frame, f"{self._what}.nearest(frame)"))

    def get_by_frame_index(self, frame: int) -> Position:
        """List position of an absolute frame number, which every result looks up as that frame."""
        return Position.of(self._position(frame), frame_number(frame, f"{self._what}.get_by_frame_index"))

    def common(self, *others: PerFrame[Any]) -> FrameList:
        """Absolute numbers of the frames that this and the others cover; results of two videos are a FrameError.

        Example: recon.common(masks)
        """
        for other in others:
            if not isinstance(other, PerFrame):
                raise ToolError(
                    f"{self._what}.common got a {type(other).__name__}",
                    "results that cover frames: a reconstruction or masks",
                    f"{self._what}.common(masks)",
                )
        videos = sorted({self.video, *(other.video for other in others)})
        if len(videos) > 1:
            raise FrameError(
                f"{self._what}.common got results of videos {', '.join(map(str, videos))}",
                "results of one video: frame numbers of two videos do not match",
            )
        return FrameList(frame for frame in self._frames if all(frame in other for other in others))

    def _id(self, position: int) -> FrameId:
        return FrameId(self.video, self._frames[position])

    def _position(self, key: object) -> int:
        """List position of the frame that a key means; FrameError names the frames, and the call to type."""
        frame = frame_number(key, f"{self._what}[frame]")
        video = getattr(key, "video", self.video)
        if video != self.video:
            raise FrameError(
                f"{self._what}, which is of video {self.video}, was asked for frame {frame} of video {video}",
                f"one of the absolute frames {frames_text(self._frames)} of video {self.video}",
            )
        if frame in self._positions:
            return self._positions[frame]
        if -len(self._frames) <= frame < 0:  # no frame number is below 0, so nothing else can be meant
            if "negative" not in self._told:
                self._told.add("negative")
                notice(f"{self._what}[{frame}] is counted from the end: frame {self._frames[frame]}")
            return frame % len(self._frames)
        self._refuse(frame)

    def _refuse(self, frame: int) -> NoReturn:
        call = ""
        if 0 <= frame < len(self._frames):
            call = f"{self._what}[{self._frames[frame]}]  # list position {frame}"
        elif self._frames:
            also = f"or give InputImages.by_frame({frame}) to the tool too"
            call = f"{self._what}[{self.nearest(frame)}]  # the nearest; {also}"
        raise FrameError(
            f"{self._what} was asked for frame {frame}, which it does not cover",
            f"one of the absolute frames {frames_text(self._frames)}",
            call,
        )

    def _raw_position(self, key: object, name: str) -> int:
        """As `_position`, but a number that can only be a list position is read as that, with a printed line."""
        frame = frame_number(key, f"{name}[frame]")
        count = len(self._frames)
        mistakable = any(position != other for other, position in self._positions.items() if 0 <= other < count)
        if frame in self._positions or mistakable or not -count <= frame < count:
            return self._position(key)
        meant = self._frames[frame]
        if name not in self._told:
            self._told.add(name)
            notice(
                f"{name}[{frame}]: there is no frame {frame}, so this is list position {frame}, which is frame {meant}"
                f"; other numbers are read alike. Type {self._what}[{meant}]"
            )
        return frame % count

    @abstractmethod
    def _at(self, position: int) -> T:
        """Value at a list position."""

    def __getitem__(self, key: int) -> T:
        return self._at(self._position(key))

    def __contains__(self, key: object) -> bool:
        try:
            return frame_number(key, "in") in self._positions and getattr(key, "video", self.video) == self.video
        except TypeError:
            return False

    def __iter__(self) -> Iterator[int]:
        return iter(self._frames)

    def __len__(self) -> int:
        return len(self._frames)

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        raise ToolError(
            f"{self._what} holds one array per frame and is no single array",
            "one frame, or a stack made of frames",
            f"np.stack([{self._what}[f] for f in {self._what}.frame_indices])",
        )

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.num_frames} frames: {frames_text(self._frames)})"


class PerFrameMap(PerFrame[FrameArray]):
    """One map of pixels per frame, at the frame's own size: `x[frame]` is (H, W), or (H, W, channels)."""

    def __init__(self, frames: Sequence[int], sizes: Sequence[Size], video: int = 1) -> None:
        super().__init__(frames, video)
        self._sizes = tuple(sizes)

    @property
    def sizes(self) -> dict[int, Size]:
        """(width, height) of each frame, by absolute frame number."""
        return dict(zip(self._frames, self._sizes, strict=True))

    @abstractmethod
    def _map(self, position: int) -> NDArray[Any]:
        """The map at a list position, free to be changed."""

    def _at(self, position: int) -> FrameArray:
        return FrameArray.of(self._map(position), self._id(position))


class RawArrays(NDArrayOperatorsMixin, Sequence[FrameArray]):
    """The same arrays where a cell expects one stack of them: `x[f]` is still frame f.

    A number that is no frame, and can be nothing but a list position, is read as one; a printed line says so.
    `x[f, ...]` goes on into the frame's array; np.asarray(x) is the stack (N, ...) in the order of the frames, which
    slices, arithmetic and the methods of an array are about too.
    """

    def __init__(self, result: PerFrame[FrameArray], name: str) -> None:
        """`name` is what a cell calls it."""
        self._result = result
        self._name = name

    @property
    def frame_indices(self) -> FrameList:
        """Absolute frame numbers, in order."""
        return self._result.frame_indices

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the stack, frames first."""
        self._check_sizes()
        return (len(self), *self._result._at(0).shape)

    def __getitem__(self, key: Any) -> Any:
        first, *rest = key if isinstance(key, tuple) and key else (key,)
        if isinstance(first, slice) or first is Ellipsis or first is None or getattr(first, "dtype", None) == bool:
            return np.asarray(self)[key]
        if isinstance(first, (list, np.ndarray)) and np.ndim(first) > 0:
            return np.stack([self[(frame, *rest)] for frame in first])
        value = self._result._at(self._result._raw_position(first, self._name))
        return value[tuple(rest)] if rest else value

    def __iter__(self) -> Iterator[FrameArray]:
        return iter(self._result.values())

    def __len__(self) -> int:
        return len(self._result)

    def _check_sizes(self) -> None:
        if not len(self) or len(set(getattr(self._result, "_sizes", ()))) > 1:
            raise ToolError(
                f"{self._name} has {len(self)} frames"
                + (" of several sizes, which make no stack" if len(self) else ""),
                "one frame at a time",
                f"{self._result._what}[{self.frame_indices[0] if len(self) else 'frame'}]",
            )

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        self._check_sizes()
        return np.asarray(np.stack([np.asarray(value) for value in self]), dtype)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        """Arithmetic is that of the stack."""
        plain = (np.asarray(one) if isinstance(one, RawArrays) else one for one in inputs)
        return getattr(ufunc, method)(*plain, **options)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or not hasattr(np.ndarray, name):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return getattr(np.asarray(self), name)

    def __repr__(self) -> str:
        return f"{self._name}({len(self)} frames: {frames_text(self.frame_indices)})"
