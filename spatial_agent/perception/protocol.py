"""What perception is: depth and cameras of frames, and masks of things in them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from spatial_agent.frames import Frames, Intrinsics, Size
from spatial_agent.wire import Gravity

Point = tuple[float, float, int]
"""x, y in pixels of the prompt frame; 1 for on the object, 0 for beside it."""
Box = tuple[float, float, float, float]
"""x0, y0, x1, y1 in pixels of the prompt frame."""


@dataclass(frozen=True)
class Reconstruction:
    """Depth and cameras of some frames in one world: +Y up, floor near Y = 0, the first camera looks to -Z."""

    frames: tuple[int, ...]
    depth: tuple[NDArray[Any], ...]
    """(H, W) for each frame, at its own size, real numbers of one dtype; times `depth_scale` they are metres along z; 0
    or NaN where unknown."""
    depth_scale: float
    confidence: tuple[NDArray[np.uint8], ...] | None
    """(H, W) for each frame, 255 = certain; None when every known depth is equally sure."""
    sky: tuple[NDArray[np.bool_], ...] | None
    """(H, W) for each frame, True where the sky is seen; None when it was not looked for."""
    intrinsics: tuple[Intrinsics, ...]
    """Of images of the sizes of `depth`."""
    T_world_cam: NDArray[np.float64]
    """(N, 4, 4) camera-to-world, OpenCV camera axes."""
    T_input_world: NDArray[np.float64]
    """(4, 4) from this world to the input's own frame of reference."""
    scale: Literal["measured", "estimated", "unknown"]
    origin: str
    """Where depth, poses and scale come from, in words."""
    gravity: Gravity


@dataclass(frozen=True)
class Segmentation:
    """Masks of objects, in the order of the prompts; a prompt that found nothing keeps one empty object."""

    frames: tuple[int, ...]
    labels: tuple[str, ...]
    prompts: tuple[int, ...]
    """The number of the prompt that found each object."""
    scores: tuple[float, ...]
    sizes: tuple[Size, ...]
    """(width, height) of each frame."""
    packed: tuple[NDArray[np.uint8], ...]
    """(objects, bytes) for each frame: eight pixels to a byte, row by row."""


def pack(masks: Iterable[NDArray[np.bool_]]) -> tuple[NDArray[np.uint8], ...]:
    """Pack masks (objects, H, W), one array a frame, into the form of `Segmentation.packed`."""
    return tuple(np.packbits(mask.reshape(len(mask), -1), axis=1) for mask in masks)


class Perception(Protocol):
    """Anything that can see."""

    name: str
    note: str
    """What a reader of an answer should know about it, in a sentence."""

    def sees(self, frames: Frames) -> bool:
        """Can it tell anything about this input? If not, cells have no Reconstruct and no SAM3."""
        ...

    async def reconstruct(self, frames: Frames, indices: Sequence[int]) -> Reconstruction:
        """Depth and cameras of these absolute frame numbers; raises ToolError where it cannot tell."""
        ...

    async def segment_text(
        self, frames: Frames, indices: Sequence[int], prompts: Sequence[str], threshold: float
    ) -> Segmentation:
        """Every instance of each prompt that scores `threshold` or more."""
        ...

    async def segment_points(
        self, frames: Frames, indices: Sequence[int], prompt_frame: int, objects: Sequence[Sequence[Point]]
    ) -> Segmentation:
        """For each object, the thing that holds its foreground points and none of its background points."""
        ...

    async def segment_boxes(
        self, frames: Frames, indices: Sequence[int], prompt_frame: int, boxes: Sequence[Box]
    ) -> Segmentation:
        """For each box, the thing that fills it best."""
        ...
