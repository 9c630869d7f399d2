"""Masks of objects over frames, and what they mean in a reconstruction of the same frames."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from spatial_agent import wire
from spatial_agent.errors import FrameError, ToolError
from spatial_agent.frames import Rgb, Size
from spatial_agent.inside.host import Host
from spatial_agent.inside.images import FrameImage
from spatial_agent.inside.notice import frames_text, notice
from spatial_agent.inside.overlay import Entry, draw_masks
from spatial_agent.inside.per_frame import PerFrame, frame_number
from spatial_agent.inside.visual import VisualFeedback, as_pil

if TYPE_CHECKING:
    from spatial_agent.inside.tools.reconstruct import Reconstruction

Mask = NDArray[np.bool_]


class PerFrameMask(PerFrame[Mask]):
    """Masks of N objects in each frame: `masks[frame]` is (N, H, W) bool, in the order of `.labels` and `.scores`.

    Objects come prompt by prompt, by score inside one prompt. A prompt that found nothing keeps one empty object.
    `object=` takes an object number or a label (of several with that label, the best-scoring one). `frame` is an
    absolute frame number, one of `.frame_indices`; it may be left out when there is only one. With a reconstruction,
    the frame must be in both, else FrameError names both.
    """

    _what = "masks"

    def __init__(
        self,
        frames: Sequence[int],
        size: Size,
        packed: NDArray[np.uint8],
        labels: Sequence[str],
        scores: Sequence[float],
        *,
        prompts: Sequence[int] | None = None,
        host: Host | None = None,
        video: int = 1,
    ) -> None:
        super().__init__(frames)
        self._host = host
        self._packed = packed
        self._told: set[str] = set()  # labels whose ambiguity was printed: once is enough
        self.size = size
        """(width, height) of each mask."""
        self.video = video
        """Number of the video, from 1."""
        self.labels = list(labels)
        """Label of each object."""
        self.prompts = list(range(len(labels)) if prompts is None else prompts)
        """For each object, the number of the prompt that found it."""
        self.scores = [float(score) for score in scores]
        """Score of each object in [0, 1]; 0 for an empty one."""

    @classmethod
    def of_result(
        cls, host: Host, video: int, result: wire.Masks, arrays: Sequence[NDArray[Any]], labels: Sequence[str]
    ) -> PerFrameMask:
        """Masks as they came from the agent process; `labels` names the prompts."""
        names = [labels[prompt] for prompt in result.prompts]
        packed = arrays[result.packed.descriptor]
        return cls(
            result.frames, result.size, packed, names, result.scores, prompts=result.prompts, host=host, video=video
        )

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
        seen = np.asarray(self._packed.any(axis=(0, 2)))
        return [bool(present) for present in seen]

    def __bool__(self) -> bool:
        """True when any object was found."""
        return any(self.found)

    def frames_with(self, object: int | str = 0) -> list[int]:
        """Absolute numbers of the frames in which the object has pixels; empty if it was never found."""
        seen = np.asarray(self._packed[:, self._object(object)].any(axis=1))
        return [frame for frame, present in zip(self._frames, seen, strict=True) if present]

    def get_mask(self, frame: int | None = None, object: int | str = 0) -> Mask:
        """(H, W) bool mask of one object in one frame, all False where it is not seen."""
        return self._mask(self._position(self._one_frame(frame, "get_mask")), self._object(object))

    def get_masked_points(
        self, recon: Reconstruction, frame: int | None = None, object: int | str = 0
    ) -> NDArray[np.float32]:
        """(K, 3) float32 world points of the object's pixels with known depth, in reading order; (0, 3) if none.

        Frame and size must be in both the masks and the reconstruction, else FrameError names both.
        """
        frame = self._common(recon, frame, "get_masked_points")
        points = recon.points[frame][self.get_mask(frame, object)]
        known: NDArray[np.float32] = points[np.isfinite(points).all(axis=1)]
        return known

    def get_centroid_3d(
        self,
        recon: Reconstruction,
        frame: int | None = None,
        object: int | str = 0,
        conf_threshold: float = 0.3,
    ) -> NDArray[np.float64] | None:
        """(3,) median world point of the object's confident pixels in one frame; None, with the reason, if there are none.

        The reason is printed as one line. A pixel counts when its confidence is above `conf_threshold`.
        """
        frame = self._common(recon, frame, "get_centroid_3d")
        number = self._object(object)
        mask = self._mask(self._position(frame), number)
        points, sure = recon.points[frame][mask], recon.confidence[frame][mask]
        known = np.isfinite(points).all(axis=1)
        chosen = points[known & (sure > conf_threshold)]
        if len(chosen):
            return np.median(chosen.astype(np.float64), axis=0)
        why = f"none of its {int(known.sum())} points has confidence > {conf_threshold}; lower conf_threshold"
        if not known.any():
            why = "none of its pixels has known depth"
        if not mask.any():
            why = f"its mask is empty there; it is seen in frames {frames_text(self.frames_with(number))}"
        notice(f"no 3D centroid of object {number} ({self.labels[number]}) in frame {frame}: {why}; None is returned")
        return None

    def visualize(self, frame: int | None = None, background: object = None) -> VisualFeedback:
        """Picture of one frame with every object tinted, outlined and numbered, and a legend of labels and scores.

        `background` replaces the frame's own pixels; it must have the size of the masks.
        """
        frame = self._one_frame(frame, "visualize")
        masks = self[frame]
        entries = []
        for number, label in enumerate(self.labels):
            state = f"{self.scores[number]:.2f}" if masks[number].any() else "not seen"
            entries.append(Entry(number, masks[number], f"{label} ({state})"))
        image = draw_masks(self._background(frame, background), entries)
        objects = "; ".join(f"{entry.number} {entry.text}" for entry in entries) or "no objects"
        return VisualFeedback(image, f"masks in frame {frame}: {objects}", frame)

    def __repr__(self) -> str:
        seen = dict(enumerate(zip(self.labels, self._packed.any(axis=2).sum(axis=0), strict=True)))
        objects = ", ".join(f"{number} {label} in {count}" for number, (label, count) in seen.items())
        width, height = self.size
        return f"PerFrameMask({self.num_frames} frames {frames_text(self._frames)}, {width}x{height}; frames seen: {objects})"

    def _at(self, position: int) -> Mask:
        masks = [self._mask(position, number) for number in range(self.num_objects)]
        return np.stack(masks) if masks else np.zeros((0, self.size[1], self.size[0]), dtype=bool)

    def _mask(self, position: int, number: int) -> Mask:
        width, height = self.size
        bits = np.unpackbits(self._packed[position, number], count=width * height)
        return bits.reshape(height, width).astype(bool)

    def _one_frame(self, frame: object, call: str) -> int:
        if frame is not None:
            return frame_number(frame, f"{call}(frame)")
        if self.num_frames == 1:
            return self._frames[0]
        raise FrameError(
            f"{call} got no frame, but these masks cover frames {frames_text(self._frames)}; "
            f"type {call}(..., frame={self._frames[0] if self._frames else 0})"
        )

    def _object(self, key: object) -> int:
        """Object number of a number or label; ToolError lists the objects."""
        if isinstance(key, str):
            wanted = key.strip().lower()
            same = [number for number, label in enumerate(self.labels) if label.strip().lower() == wanted]
            if same:
                best = max(same, key=lambda number: self.scores[number])
                if len(same) > 1 and wanted not in self._told:
                    self._told.add(wanted)
                    notice(f"{len(same)} objects are labelled {key!r}: {same}; object {best} has the best score")
                return best
        elif not isinstance(key, (bool, np.bool_)):
            number = operator.index(key)  # type: ignore[arg-type]  # its TypeError is as good as ours
            if -self.num_objects <= number < self.num_objects:
                return int(number) % self.num_objects
        names = ", ".join(f"{number} {label!r}" for number, label in enumerate(self.labels)) or "none"
        raise ToolError(f"object={key!r} is not among the objects of these masks: {names}; type object=0 or a label")

    def _common(self, recon: Reconstruction, frame: object, call: str) -> int:
        """The frame if masks and reconstruction both have it at one size; FrameError names both otherwise."""
        check_same_frames(self, recon, call)
        number = self._one_frame(frame, call)
        common = [shared for shared in self._frames if shared in recon.points]
        if number in common:
            return number
        side = "the reconstruction" if number in self else "the masks" if number in recon.points else "either"
        advice = f"type frame={common[0]}" if common else "reconstruct and segment the same frames"
        raise FrameError(
            f"{call}: frame {number} is not in {side}; masks cover frames {frames_text(self._frames)}, "
            f"the reconstruction covers frames {frames_text(recon.frame_indices)}; {advice} "
            f"(frames in both: {frames_text(common)})"
        )

    def _background(self, frame: int, background: object) -> Rgb:
        width, height = self.size
        if background is not None:
            image = as_pil(background)
            if image.size != self.size:
                raise ToolError(
                    f"visualize got a background of {image.width}x{image.height} for masks of {width}x{height}; "
                    f"type visualize({frame}) to see them on their own frame"
                )
            return np.asarray(image)
        if self._host is None:
            return np.full((height, width, 3), 90, dtype=np.uint8)
        return np.asarray(FrameImage(self._host, self.video, frame, self.size))


def check_same_frames(masks: PerFrameMask, recon: Reconstruction, call: str) -> None:
    """Refuse masks and a reconstruction of two videos or of two image sizes; FrameError names both."""
    if not hasattr(recon, "points_of"):
        raise ToolError(
            f"{call} got a {type(recon).__name__} where a Reconstruction is needed; "
            "type recon = tools.Reconstruct(InputImages[...]) and pass recon"
        )
    if masks.video != recon.video:
        raise FrameError(
            f"{call}: the masks are of video {masks.video}, the reconstruction is of video {recon.video}; "
            "frame numbers of two videos do not match; segment and reconstruct the same video"
        )
    if masks.size != recon.size:
        raise FrameError(
            f"{call}: the masks are {masks.size[0]}x{masks.size[1]} pixels, the reconstruction is "
            f"{recon.size[0]}x{recon.size[1]}; segment and reconstruct the same frames"
        )
