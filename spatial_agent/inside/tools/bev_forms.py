"""What a cell gives to be drawn in a view, in whatever form: masks, arrays of masks, points, boxes, ways."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from spatial_agent.errors import FrameError, ToolError
from spatial_agent.inside.framed import FrameArray, FrameStack
from spatial_agent.inside.masks import PerFrameMask
from spatial_agent.inside.notice import notice
from spatial_agent.inside.per_frame import frame_number
from spatial_agent.inside.tools.boxes import OrientedBox
from spatial_agent.inside.tools.reconstruction import Reconstruction
from spatial_agent.inside.trajectory import Trajectory

Given = PerFrameMask | Trajectory | OrientedBox | NDArray[np.float64]


@dataclass(frozen=True)
class Slot:
    """One thing to draw: an object of masks, a way, a box, or points (K, 3); and how it is named."""

    value: Given
    number: int
    """Object number, for masks."""
    name: str
    group: tuple[int, int]
    """Which of the things given it belongs to, and which prompt of it."""


class Reader:
    """Turns what was given into slots."""

    def __init__(self, recon: Reconstruction, frame: object, call: str) -> None:
        """`frame` is that of arrays of masks that do not know theirs; `call` is what the cell typed."""
        self._call = call
        self._recon = recon
        self._frame = None if frame is None else frame_number(frame, f"{call}(..., frame)")
        self._things = 0
        self.slots: list[Slot] = []
        """In the order in which they were given."""

    def read(self, value: Any, name: str = "") -> None:
        """Add what one value holds; a name is that of a dict."""
        if value is None:
            notice(f"{self._call}: {name or f'thing {self._things}'} is None and is left out")
        elif isinstance(value, PerFrameMask):
            self._masks(value, name)
        elif isinstance(value, (Trajectory, OrientedBox)):
            self._add(value, name or getattr(value, "label", "box"))
        elif isinstance(value, Mapping):
            for key, part in value.items():
                self.read(part, str(key))
        elif isinstance(value, FrameStack) and value.frames:
            self._stack(value.layers(), name)
        elif isinstance(value, np.ndarray):
            self._array(value, name)
        elif isinstance(value, (list, tuple)) and _numbers(value):
            self._array(np.asarray(value, dtype=np.float64), name)
        elif isinstance(value, (list, tuple)):
            several = sum(part is not None for part in value) > 1
            for place, part in enumerate(value):
                self.read(part, f"{name} {place}" if name and several else name)
        else:
            self._refuse(f"a {type(value).__name__}")

    def labelled(self, labels: str | Sequence[str] | None) -> list[Slot]:
        """The slots under the labels that were given: one for each, for each thing, or for each prompt."""
        if labels is None:
            return self.slots
        given = [labels] if isinstance(labels, str) else [str(label) for label in labels]
        for keys in (
            list(range(len(self.slots))),
            [slot.group for slot in self.slots],
            [slot.group[0] for slot in self.slots],
        ):
            groups = list(dict.fromkeys(keys))
            if len(groups) == len(given):
                return [
                    replace(slot, name=_numbered(given[groups.index(key)], keys, place))
                    for place, (slot, key) in enumerate(zip(self.slots, keys, strict=True))
                ]
        notice(f"{self._call} got {len(given)} labels for {len(self.slots)} things; they keep their own labels")
        return self.slots

    def _add(self, value: Given, name: str, number: int = 0, prompt: int = 0) -> None:
        self.slots.append(Slot(value, number, name, (self._things, prompt)))
        self._things += not isinstance(value, PerFrameMask)

    def _masks(self, masks: PerFrameMask, name: str) -> None:
        for number in masks.object_ids:
            own = masks.labels[number] if not name else name if masks.num_objects == 1 else f"{name} {number}"
            self._add(masks, own, number, masks.prompts[number])
        self._things += 1

    def _array(self, array: NDArray[Any], name: str) -> None:
        real = array.dtype.kind == "f"
        if array.shape == (3,) or (real and array.ndim == 2 and array.shape[1] == 3):
            self._add(np.asarray(array, dtype=np.float64).reshape(-1, 3), name or "point")
        elif array.ndim in (2, 3, 4) and (array.dtype.kind in "biu" or (real and np.isin(array, (0, 1)).all())):
            self._masks(self._of_array(array, name), name)
        else:
            self._refuse(f"an array of shape {array.shape} and type {array.dtype}")

    def _stack(self, layers: list[FrameArray], name: str) -> None:
        """A stack over frames of masks (K, H, W) is K objects; one of masks (H, W) is as many."""
        if layers[0].ndim < 3 or len({layer._id for layer in layers}) < len(layers):
            self.read(layers, name)
            return
        parts = [self._of_array(layer, name) for layer in layers]
        frames, sizes = [part.frame_indices[0] for part in parts], [part._sizes[0] for part in parts]
        packed = [part._packed[0] for part in parts]
        first = parts[0]
        self._masks(PerFrameMask(frames, sizes, packed, first.labels, first.scores, video=first.video), name)

    def _of_array(self, array: NDArray[Any], name: str) -> PerFrameMask:
        """Masks (H, W), (K, H, W) or (1, K, H, W) of one frame that is known."""
        if array.ndim == 4:
            if not array.shape[0] == self._recon.num_frames == 1:
                raise FrameError(
                    f"{self._call} got an array of masks of shape {array.shape}",
                    "masks that know their frames: frames are never paired by list position",
                    f"{self._call}(masks=masks), with what tools.SAM3 returned",
                )
            array = array[0]
        frame, video = self._frame_of(array)
        stack = np.asarray(array if array.ndim == 3 else array[None]) != 0
        width, height = self._recon.sizes[frame]
        if stack.shape[1:] != (height, width):
            raise FrameError(
                f"{self._call} got a mask of {stack.shape[2]}x{stack.shape[1]} pixels for frame {frame} of {width}x{height}",
                "a mask of the frame's own size",
                f"{self._call}(masks=masks.get_mask({frame}))",
            )
        packed = np.packbits(stack.reshape(len(stack), width * height), axis=1)
        return PerFrameMask(
            [frame], [(width, height)], [packed], [name or "mask"] * len(stack), [1.0] * len(stack), video=video
        )

    def _frame_of(self, array: NDArray[Any]) -> tuple[int, int]:
        """Frame and video of an array of masks: its own, the one given with it, or the only one there is."""
        recon = self._recon
        known = array._id if isinstance(array, FrameArray) else None
        if known is not None and (known.video != recon.video or known.frame not in recon.depth):
            raise FrameError(
                f"{self._call} got a mask of {known}, the reconstruction has frames "
                f"{', '.join(map(str, recon.frame_indices))} of video {recon.video}",
                "a mask of one of these frames",
                f"{self._call}(masks=masks.get_mask({recon.depth.nearest(known.frame)}))",
            )
        if known is not None:
            return known.frame, known.video
        if self._frame is None and recon.num_frames > 1:
            raise FrameError(
                f"{self._call} got an array of masks of shape {array.shape}, which does not say its frame",
                "masks that know their frames, or frame= with the array",
                f"{self._call}(masks=mask, frame={recon.frame_indices[0]})",
            )
        frame = recon.frame_indices[0] if self._frame is None else self._frame
        recon.depth._position(frame)
        return frame, recon.video

    def _refuse(self, given: str) -> NoReturn:
        raise ToolError(
            f"{self._call} got {given} to draw",
            "masks, a list of them or a dict by name; points (3,) or (K, 3); a trajectory or a box",
            f'{self._call}(masks=masks) or {self._call}(masks={{"sofa": other, "lamp": point}})',
        )


def _numbers(value: Sequence[Any]) -> bool:
    """Whether a list is a point, or rows of points."""
    rows = [value] if all(np.isscalar(part) for part in value) else value
    return bool(rows) and all(isinstance(row, (list, tuple)) and len(row) == 3 and all(map(_real, row)) for row in rows)


def _real(value: object) -> bool:
    return isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)


def _numbered(label: str, keys: Sequence[object], place: int) -> str:
    """A label, with a number where several slots share it."""
    same = [other for other, key in enumerate(keys) if key == keys[place]]
    return label if len(same) == 1 else f"{label} {same.index(place)}"
