"""Masks of objects over frames, and what they mean in a reconstruction of the same frames."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Literal, SupportsIndex

import numpy as np
from numpy.typing import NDArray

from spatial_agent import wire
from spatial_agent.errors import FrameError, ToolError
from spatial_agent.frames import Rgb
from spatial_agent.inside.framed import FrameArray, FrameList, nearest
from spatial_agent.inside.host import Host
from spatial_agent.inside.images import FrameImage
from spatial_agent.inside.merging import joined, listed, merged, selected
from spatial_agent.inside.notice import frames_text, notice
from spatial_agent.inside.overlay import Entry, draw_masks
from spatial_agent.inside.packed import PackedMasks
from spatial_agent.inside.per_frame import frame_number
from spatial_agent.inside.visual import VisualFeedback, as_pil

if TYPE_CHECKING:
    from spatial_agent.inside.measures import Distance
    from spatial_agent.inside.tools.boxes import OrientedBox
    from spatial_agent.inside.tools.reconstruction import Reconstruction
    from spatial_agent.inside.trajectory import Trajectory

Frame = SupportsIndex | FrameImage
Object = int | str | Sequence[int | str]
Match = Literal["exact", "nearest"]


class PerFrameMask(PackedMasks):
    """Masks of N objects in each frame: `masks[frame]` is (N, H, W) bool, in the order of `.labels` and `.scores`.

    Objects come prompt by prompt, by score inside one prompt; a prompt that found nothing keeps one empty object.
    `object=` takes an object number, a label (of several objects with it, the best-scoring one) or a list of these,
    which means all of them together. `frame=` takes an absolute frame number or an image; left out, a 3D measure uses
    all frames that masks and reconstruction share. What is not there is None, with the reason printed.
    """

    @classmethod
    def of_result(
        cls, host: Host, video: int, result: wire.Masks, arrays: Sequence[NDArray[Any]], labels: Sequence[str]
    ) -> PerFrameMask:
        """Masks as they came from the agent process; `labels` names the prompts."""
        names = [labels[prompt] for prompt in result.prompts]
        flat = arrays[result.packed.descriptor]
        lengths = [len(names) * ((width * height + 7) // 8) for width, height in result.sizes]
        ends = np.cumsum(lengths).astype(int)
        packed = [flat[end - length : end].reshape(len(names), -1) for end, length in zip(ends, lengths, strict=True)]
        return cls(
            result.frames, result.sizes, packed, names, result.scores, prompts=result.prompts, host=host, video=video
        )

    def __getitem__(self, key: Any) -> FrameArray:
        if isinstance(key, str):
            raise ToolError(
                f"masks[{key!r}] was asked for, where a frame number belongs",
                f"one of the frames {frames_text(self._frames)}, or the objects with a label",
                f"masks.select({key!r})",
            )
        return super().__getitem__(key)

    def frames_with(self, object: Object = 0) -> FrameList:
        """Absolute numbers of the frames in which the object has pixels; empty if it was never found.

        Example: masks.frames_with("door")
        """
        seen = np.atleast_1d(self._seen[:, self._objects(object)].any(axis=1))
        return FrameList(frame for frame, present in zip(self._frames, seen, strict=True) if present)

    def frames_searched(self, object: Object = 0) -> FrameList:
        """Absolute numbers of the frames in which the object was searched; after `a + b` these may be a part of all."""
        return self._searched_in(self._objects(object))

    def get_mask(self, frame: Frame | None = None, object: Object = 0) -> FrameArray:
        """(H, W) bool mask of one object in one frame, all False where it is not seen.

        A frame that is not covered, or in which the object was not searched, is a FrameError.

        Example: masks.get_mask(frame, "heater")
        """
        numbers = self._objects(object)
        position = self._position(self._one_frame(frame, "get_mask"))
        searched = self._searched_in(numbers)
        if self._frames[position] not in searched:
            key = numbers[0] if len(numbers) == 1 else numbers
            raise FrameError(
                f"masks.get_mask was asked for {self._names(numbers)} in frame {self._frames[position]}, in which it was "
                "not searched",
                f"one of the frames {frames_text(searched)}",
                f"masks.get_mask({nearest(searched, self._frames[position])}, {key})" if searched else "",
            )
        return self._mask(position, numbers)

    def select(self, object: Object) -> PerFrameMask:
        """Masks of every object with a label, or of an object number, or of a list of these.

        Labels are compared whole, without regard to capitals. If nothing has the label, a line says so and the result
        has no objects.

        Example: masks.select("heater").frames_with()
        """
        return selected(self, object)

    def __add__(self, other: PerFrameMask | Sequence[PerFrameMask]) -> PerFrameMask:
        """The objects of both: frames are united, and each object counts as searched in its own frames only."""
        return joined([self, *listed(other, PerFrameMask, "masks + other")])

    def __radd__(self, other: object) -> PerFrameMask:
        """For sum([masks, other])."""
        if isinstance(other, int) and other == 0:
            return self
        return joined([*listed(other, PerFrameMask, "other + masks"), self])

    def __or__(self, other: PerFrameMask | Sequence[PerFrameMask]) -> PerFrameMask:
        """The same as `merge`."""
        return self.merge(other)

    def merge(
        self: PerFrameMask | Sequence[PerFrameMask], *others: PerFrameMask | Iterable[PerFrameMask]
    ) -> PerFrameMask:
        """One result in which objects with the same label are one object, seen in the frames of all: also `masks | other`.

        For things that were segmented frame by frame. `masks + other` keeps objects apart.

        Example: masks.merge([other])
        """
        return merged(listed([self, *others], PerFrameMask, "masks.merge"))

    def get_masked_points(
        self, recon: Reconstruction, frame: Frame | None = None, object: Object = 0, match: Match = "exact"
    ) -> NDArray[np.float32]:
        """(K, 3) float32 world points of all pixels of the object with known depth; (0, 3) if there are none.

        A frame must be in masks and reconstruction, else FrameError; match="nearest" takes the nearest that is in both.

        Example: masks.get_masked_points(recon, frame)
        """
        from spatial_agent.inside.measures import masked_points

        return masked_points(self, recon, frame, self._objects(object), match)

    def get_centroid_3d(
        self,
        recon: Reconstruction,
        frame: Frame | None = None,
        object: Object = 0,
        conf_threshold: float = 0.3,
        match: Match = "exact",
    ) -> NDArray[np.float64] | None:
        """(3,) median world point of what one frame shows of the object; None, with a printed line, if nothing is known.

        Without a frame, when several are shared, the same as `centroid`. Pixels of confidence > `conf_threshold` count.

        Example: masks.get_centroid_3d(recon, frame, "heater")
        """
        from spatial_agent.inside.measures import centroid_in

        return centroid_in(self, recon, frame, self._objects(object), conf_threshold, match)

    def points(
        self, recon: Reconstruction, object: Object = 0, frame: Frame | None = None, conf_threshold: float = 0.3
    ) -> NDArray[np.float32]:
        """(K, 3) float32 world points on the object's surface, from all shared frames; (0, 3) if there are none.

        Left out are pixels at the mask's edge that lie on something before or behind the object, and strays: groups of
        less than 2 % of the points that stand apart.

        Example: masks.points(recon, "heater")
        """
        from spatial_agent.inside.measures import surface

        return surface(self, recon, self._objects(object), frame, conf_threshold, "masks.points").points

    def centroid(
        self, recon: Reconstruction, object: Object = 0, frame: Frame | None = None, conf_threshold: float = 0.3
    ) -> NDArray[np.float64] | None:
        """(3,) middle of the object: of the upright box around its points from all shared frames; None if not seen.

        The median of the points would lie nearer to the sides that the camera saw.

        Example: masks.centroid(recon, "heater")
        """
        from spatial_agent.inside.measures import centre

        return centre(self, recon, self._objects(object), frame, conf_threshold)

    def distance(
        self,
        other: PerFrameMask,
        recon: Reconstruction,
        object: Object = 0,
        other_object: Object = 0,
        frame: Frame | None = None,
        conf_threshold: float = 0.3,
        match: Match = "exact",
    ) -> Distance | None:
        """Closest-point distance of two objects: a float that knows `.points` (2, 3), `.frames` and `.unit`, or None.

        Points of all shared frames count; `frame=` takes those of one moment, for what moves. `other` may be the same
        masks: masks.distance(masks, recon, "heater", "door").

        Example: masks.distance(other, recon)
        """
        from spatial_agent.inside.measures import distance

        return distance((self, self._objects(object)), other, other_object, recon, frame, conf_threshold, match)

    def size(
        self, recon: Reconstruction, object: Object = 0, frame: Frame | None = None, conf_threshold: float = 0.3
    ) -> OrientedBox | None:
        """Upright box around the points: `.width`, `.depth`, `.height`, `.longest`, `.centre`; None if not seen.

        What no frame shows of the object is not in it.

        Example: masks.size(recon, "door").height
        """
        from spatial_agent.inside.measures import box

        return box(self, recon, self._objects(object), frame, conf_threshold, "masks.size")

    def trajectory(self, recon: Reconstruction, object: Object = 0, conf_threshold: float = 0.3) -> Trajectory:
        """Where the object is over time: `path[frame]` is (3,), the median point of each shared frame that shows it.

        `.positions` (F, 3), `.frame_indices`, `.displacement` (3,), `.length`, `.moving`. Empty if it is never seen.

        Example: masks.trajectory(recon, "heater").moving
        """
        from spatial_agent.inside.trajectory import trajectory

        return trajectory(self, recon, self._objects(object), conf_threshold)

    def visualize(self, frame: Frame | None = None, background: object = None) -> VisualFeedback:
        """Picture of one frame with every object tinted, outlined and numbered, and a legend of labels and scores.

        Without a frame: the one that shows most. `background` replaces the frame's own pixels, at the masks' size.

        Example: show(masks.visualize(frame))
        """
        position = self._position(self._most(frame))
        number, masks = self._frames[position], self._at(position)
        entries = []
        for key, label in enumerate(self.labels):
            state = f"{self.scores[key]:.2f}" if masks[key].any() else "not seen"
            state = state if self._searched[position, key] else "not searched"
            entries.append(Entry(key, np.asarray(masks[key]), f"{label} ({state})"))
        image = draw_masks(self._background(position, background), entries)
        objects = "; ".join(f"{entry.number} {entry.text}" for entry in entries) or "no objects"
        return VisualFeedback(image, f"masks in frame {number}: {objects}", number)

    def _most(self, frame: Frame | None) -> Any:
        """The frame that was given, or that in which most objects are seen, and most of them."""
        if frame is not None or not self.num_frames:
            return frame if frame is not None else 0
        rank = [(int(seen.sum()), int(area.sum())) for seen, area in zip(self._seen, self._areas, strict=True)]
        best = self._frames[max(range(len(rank)), key=rank.__getitem__)]
        if self.num_frames > 1:
            notice(
                f"masks.visualize got no frame and shows frame {best}, which shows most; type masks.visualize(frame)"
            )
        return best

    def _one_frame(self, frame: Any, call: str) -> Any:
        """The frame that was given, or the only one; what was given keeps its video."""
        if frame is not None:
            frame_number(frame, f"masks.{call}(frame)")
            return frame
        if self.num_frames == 1:
            return self._frames[0]
        raise FrameError(
            f"masks.{call} got no frame",
            f"one of the frames {frames_text(self._frames)}",
            f"masks.{call}(frame={self._frames[0]})" if self._frames else "",
        )

    def _background(self, position: int, background: object) -> Rgb:
        width, height = size = self._sizes[position]
        frame = self._frames[position]
        if background is not None:
            image = as_pil(background)
            if image.size != size:
                raise ToolError(
                    f"masks.visualize got a background of {image.width}x{image.height} for masks of {width}x{height}",
                    f"a picture of {width}x{height} pixels, or none, to see them on their own frame",
                    f"masks.visualize({frame})",
                )
            return np.asarray(image)
        if self._host is None:
            return np.full((height, width, 3), 90, dtype=np.uint8)
        return np.asarray(FrameImage(self._host, self.video, frame, size))
