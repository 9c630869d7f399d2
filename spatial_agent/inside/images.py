"""The images of frames in whatever form a cell passes them to a tool."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NoReturn

import numpy as np
from PIL import Image

from spatial_agent.errors import FrameError, ToolError
from spatial_agent.inside.frame_image import FrameImage, LazyImage, Region
from spatial_agent.inside.framed import Position
from spatial_agent.inside.input_images import InputImages, PositionError, whole_number
from spatial_agent.inside.notice import frames_text, notice

__all__ = [
    "FrameImage",
    "InputImages",
    "LazyImage",
    "PositionError",
    "Region",
    "SeveralInputs",
    "frames_in",
]


class SeveralInputs:
    """`InputImages` where there are several videos: it holds nothing, and says under which names they are."""

    def __init__(self, count: int) -> None:
        self._count = count

    def __getitem__(self, key: object) -> NoReturn:
        self._refuse(f"InputImages[{key!r}]", f"InputImages_1[{key!r}]" if isinstance(key, int) else "InputImages_1[0]")

    def __len__(self) -> NoReturn:  # noqa: PLE0303 - there is no length to give
        self._refuse("len(InputImages)", "len(InputImages_1)")

    def __iter__(self) -> NoReturn:
        self._refuse("InputImages", "InputImages_1")

    def by_frame(self, frame: object) -> NoReturn:
        """Refused: it does not say of which video."""
        self._refuse(f"InputImages.by_frame({frame!r})", f"InputImages_1.by_frame({frame!r})")

    @property
    def frame_indices(self) -> NoReturn:
        """Refused: it does not say of which video."""
        self._refuse("InputImages.frame_indices", "InputImages_1.frame_indices")

    def _refuse(self, what: str, call: str) -> NoReturn:
        raise FrameError(
            f"{what}: there are {self._count} videos here, with frame numbers of their own",
            f"one of {', '.join(f'InputImages_{k}' for k in range(1, self._count + 1))}",
            call,
        )

    def __repr__(self) -> str:
        names = ", ".join(f"InputImages_{k}" for k in range(1, self._count + 1))
        return f"InputImages (there are {self._count} videos: {names})"


def frames_in(value: object, call: str, inputs: Sequence[InputImages] = ()) -> list[FrameImage]:
    """The images of frames, crops too, in what a cell passed: one, many or nested; numbers are frames of `inputs`."""
    numbers: list[int] = []
    images = list(_images(value, call, inputs, numbers))
    if numbers:
        notice(f"{call}: numbers are read as absolute frame numbers: {frames_text(numbers)}")
    return images


def _images(value: object, call: str, inputs: Sequence[InputImages], numbers: list[int]) -> Iterator[FrameImage]:
    """One image after the other; frame numbers that are met are added to `numbers`."""
    number = whole_number(value)
    if isinstance(value, FrameImage):
        yield value
    elif not isinstance(value, (Image.Image, np.ndarray)) and isinstance(
        image := getattr(value, "image", None), FrameImage
    ):
        yield image
    elif number is not None and inputs:
        numbers.append(value.frame if isinstance(value, Position) else number)
        yield _numbered(numbers[-1], call, inputs)
    else:
        for part in _parts(value, call):
            yield from _images(part, call, inputs, numbers)


def _parts(value: object, call: str) -> Iterable[object]:
    """The elements of a collection of images; ToolError for what belongs to no frame."""
    if isinstance(value, dict):
        return list(value.values())
    if isinstance(value, np.ndarray) and (value.ndim == 1 or value.dtype == object):
        return list(value.ravel())
    if isinstance(value, Iterable) and not isinstance(value, (str, bytes, Image.Image, np.ndarray)):
        return value
    number = whole_number(value)
    given = f"the number {number}" if number is not None else f"a {type(value).__name__}"
    raise ToolError(
        f"{call} got {given}, which belongs to no frame of the input",
        "an image of the input, InputImages[i], a crop of it, or several",
        f"{call}(InputImages[0], ...)",
    )


def _numbered(number: int, call: str, inputs: Sequence[InputImages]) -> FrameImage:
    having = [images for images in inputs if number in images] or list(inputs[:1])
    if len(having) > 1:
        raise FrameError(
            f"{call} got the number {number}, and {len(having)} videos have a frame {number}",
            "an image of one video",
            f"{call}({having[0].name}.by_frame({number}), ...)",
        )
    return having[0].by_frame(number)
