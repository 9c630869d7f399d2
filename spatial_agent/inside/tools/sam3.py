"""Finding and tracking things in frames: by words, by boxes, by points."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypedDict

from numpy.typing import NDArray

from spatial_agent import wire
from spatial_agent.errors import FrameError, ToolError
from spatial_agent.frames import Size, spread
from spatial_agent.inside.host import Host
from spatial_agent.inside.images import FrameImage, InputImages, whole_frames
from spatial_agent.inside.masks import PerFrameMask
from spatial_agent.inside.notice import frames_text, notice
from spatial_agent.inside.per_frame import frame_number
from spatial_agent.inside.tools import prompts as read

Numbers = Sequence[float] | NDArray[Any]
THRESHOLD = 0.3


class Existence(TypedDict):
    """Where an object is: one entry per image."""

    exists: list[bool]
    counts: list[int]
    summary: str


class SAM3:
    """Masks of things named by words, boxes or points, in one frame or tracked through a video.

    Every call returns a PerFrameMask at the size of InputImages. Nothing found is no exception: the prompt keeps an
    empty object and a line is printed; test `if masks:` or `masks.found`.

    The video methods work on videos and photo sets. Their window goes from start_frame up to, without, end_frame
    (absolute frame numbers; default everything), or is exactly `frame_indices`; a long one is thinned out evenly, with
    a printed line. Boxes and points are pixels of frame `prompt_frame_idx` (absolute; default the first of the window).
    """

    def __init__(self, host: Host, videos: Sequence[InputImages], limit: int, *, eyes: bool = True) -> None:
        self._host = host
        self._sizes = [dict(zip(video.frame_indices, video.sizes, strict=True)) for video in videos]
        self._limit = limit
        self._eyes = eyes

    def segment_image_by_text(
        self,
        image: FrameImage,
        prompt: str | Sequence[str],
        label: str | Sequence[str] | None = None,
        confidence_threshold: float = THRESHOLD,
    ) -> PerFrameMask:
        """Masks of every instance of a short noun phrase in one frame, best score first; an empty object if none.

        Several prompts may be given as a list; `label` renames them.
        """
        call = "segment_image_by_text"
        frame = self._one_image(image, call)
        prompts = read.texts(prompt, call)
        return self._by_text(frame.video, (frame.frame_index,), prompts, label, confidence_threshold, call)

    def segment_image_by_box(
        self, image: FrameImage, box: Numbers | Sequence[Numbers], label: str | Sequence[str] = "object"
    ) -> PerFrameMask:
        """Mask of the thing that fills the box [x0, y0, x1, y1] (pixels of the frame) best; a list gives one each."""
        call = "segment_image_by_box"
        frame = self._one_image(image, call)
        boxes = read.boxes(box, frame.size, call)
        request = wire.SegmentBoxes(frame.video, (frame.frame_index,), frame.frame_index, tuple(boxes))
        return self._prompted(request, read.names(label, ["object"] * len(boxes), call), "in the box")

    def segment_image_by_points(
        self,
        image: FrameImage,
        points: Numbers | Sequence[Numbers],
        point_labels: Sequence[int] | None = None,
        label: str = "object",
    ) -> PerFrameMask:
        """Mask of the one thing under the points [[x, y], ...] (pixels); point label 1 = on it (default), 0 = not on it."""
        call = "segment_image_by_points"
        frame = self._one_image(image, call)
        chosen = (read.points(points, point_labels, frame.size, call),)
        request = wire.SegmentPoints(frame.video, (frame.frame_index,), frame.frame_index, chosen)
        return self._prompted(request, read.names(label, ["object"], call), "under the points")

    def segment_video_by_text(
        self,
        prompts: str | Sequence[str],
        labels: str | Sequence[str] | None = None,
        prompt_frame_idx: int | None = None,
        frame_indices: Sequence[int] | None = None,
        start_frame: int | None = None,
        end_frame: int | None = None,
        video_index: int = 1,
        confidence_threshold: float = THRESHOLD,
    ) -> PerFrameMask:
        """Masks of every instance of each short noun phrase (a list of them), tracked over the window.

        `labels` renames the prompts. `prompt_frame_idx` is accepted and must be in the window; text needs none.
        """
        call = "segment_video_by_text"
        texts = read.texts(prompts, call)
        frames, _ = self._window(video_index, start_frame, end_frame, frame_indices, prompt_frame_idx, call)
        return self._by_text(int(video_index), frames, texts, labels, confidence_threshold, call)

    def segment_video_by_points(
        self,
        points_per_object: Sequence[Any] | NDArray[Any],
        point_labels_per_object: Sequence[Any] | NDArray[Any] | None = None,
        labels: str | Sequence[str] | None = None,
        prompt_frame_idx: int | None = None,
        frame_indices: Sequence[int] | None = None,
        start_frame: int | None = None,
        end_frame: int | None = None,
        video_index: int = 1,
    ) -> PerFrameMask:
        """Mask of the thing under each object's points [[[x, y], ...], ...] (labels 1 = on it, 0 = not), tracked."""
        call = "segment_video_by_points"
        frames, prompt = self._window(video_index, start_frame, end_frame, frame_indices, prompt_frame_idx, call)
        count = None if labels is None else len(read.np_list(labels))
        size = self._sizes[int(video_index) - 1][prompt]
        chosen = read.objects(points_per_object, point_labels_per_object, count, size, call)
        defaults = [f"object {number}" for number in range(len(chosen))]
        request = wire.SegmentPoints(int(video_index), frames, prompt, tuple(chosen))
        return self._prompted(request, read.names(labels, defaults, call), "under the points")

    def segment_video_by_box(
        self,
        boxes: Numbers | Sequence[Numbers],
        labels: str | Sequence[str] | None = None,
        prompt_frame_idx: int | None = None,
        frame_indices: Sequence[int] | None = None,
        start_frame: int | None = None,
        end_frame: int | None = None,
        video_index: int = 1,
    ) -> PerFrameMask:
        """Mask of the thing that fills each box [x0, y0, x1, y1] best, tracked over the window."""
        call = "segment_video_by_box"
        frames, prompt = self._window(video_index, start_frame, end_frame, frame_indices, prompt_frame_idx, call)
        chosen = read.boxes(boxes, self._sizes[int(video_index) - 1][prompt], call)
        defaults = [f"object {number}" for number in range(len(chosen))]
        request = wire.SegmentBoxes(int(video_index), frames, prompt, tuple(chosen))
        return self._prompted(request, read.names(labels, defaults, call), "in the box")

    def is_object_exist(self, images: InputImages | Sequence[FrameImage] | FrameImage, object_name: str) -> Existence:
        """Is the thing in each image? A dict: `exists` (bool per image), `counts` (instances per image), `summary`."""
        call = "is_object_exist"
        given = whole_frames(images, call)
        self._check_eyes(call)
        counted: dict[tuple[int, int], int] = {}
        for video, size in dict.fromkeys((frame.video, frame.size) for frame in given):
            numbers = [frame.frame_index for frame in given if (frame.video, frame.size) == (video, size)]
            unique = tuple(dict.fromkeys(numbers))
            for start in range(0, len(unique), self._limit):
                request = wire.SegmentText(video, unique[start : start + self._limit], (str(object_name),), THRESHOLD)
                masks = self._ask(request, [str(object_name)])
                for frame in masks.frame_indices:
                    counted[video, frame] = int(masks[frame].any(axis=(1, 2)).sum())
        counts = [counted[frame.video, frame.frame_index] for frame in given]
        seen = [frame.frame_index for frame, count in zip(given, counts, strict=True) if count]
        summary = f"{object_name!r} is in {len(seen)} of {len(given)} images"
        summary += f": frames {frames_text(seen)}; at most {max(counts)} in one image" if seen else ""
        return {"exists": [count > 0 for count in counts], "counts": counts, "summary": summary}

    def _by_text(
        self, video: int, frames: tuple[int, ...], prompts: list[str], labels: object, threshold: float, call: str
    ) -> PerFrameMask:
        labelled = read.names(labels, prompts, call)
        masks = self._ask(wire.SegmentText(video, frames, tuple(prompts), float(threshold)), labelled)
        for number, found in enumerate(masks.found):
            if not found:
                prompt = prompts[masks.prompts[number]]
                self._not_found(f"no {prompt!r} with score >= {float(threshold):g}", frames, number)
        return masks

    def _prompted(self, request: wire.SegmentBoxes | wire.SegmentPoints, labels: list[str], where: str) -> PerFrameMask:
        masks = self._ask(request, labels)
        for number, found in enumerate(masks.found):
            if not found:
                self._not_found(f"nothing {where} of {masks.labels[number]!r}", request.frames, number)
        return masks

    def _ask(
        self, request: wire.SegmentText | wire.SegmentPoints | wire.SegmentBoxes, labels: Sequence[str]
    ) -> PerFrameMask:
        self._check_eyes("SAM3")
        result, arrays = self._host.ask(request)
        if not isinstance(result, wire.Masks):
            raise ToolError(f"SAM3 asked for masks, got {type(result).__name__}")
        return PerFrameMask.of_result(self._host, request.video, result, arrays, labels)

    @staticmethod
    def _not_found(what: str, frames: Sequence[int], number: int) -> None:
        plural = "frames" if len(frames) > 1 else "frame"
        notice(f"SAM3 found {what} in {plural} {frames_text(frames)}; object {number} is empty")

    def _check_eyes(self, call: str) -> None:
        if not self._eyes:
            raise ToolError(
                f"{call} was called, but perception has nothing to go by in this session, so nothing can be segmented; "
                "type vlm.locate(image, question) or vlm.ask_with_thinking(images, question) instead"
            )

    def _one_image(self, image: object, call: str) -> FrameImage:
        frames = whole_frames(image, f"tools.SAM3.{call}")
        self._check_eyes(call)
        if len(frames) != 1:
            video = call.replace("_image_", "_video_")
            raise ToolError(
                f"{call} got {len(frames)} images, but works on one; type {call}(InputImages[0], ...), "
                f"or tools.SAM3.{video}(...) to track through all frames"
            )
        return frames[0]

    def _video(self, number: object, call: str) -> dict[int, Size]:
        index = frame_number(number, "video_index")
        if not 1 <= index <= len(self._sizes):
            raise ToolError(
                f"{call} got video_index={index}; videos here are 1..{len(self._sizes)}; type video_index=1"
            )
        return self._sizes[index - 1]

    def _window(
        self, video_index: object, start: object, end: object, picked: object, prompt: object, call: str
    ) -> tuple[tuple[int, ...], int]:
        """Frames of a window and the prompt frame among them."""
        self._check_eyes(call)
        sizes = self._video(video_index, call)
        frames = window(tuple(sizes), start, end, picked, call)
        if len(different := {sizes[frame] for frame in frames}) > 1:
            raise ToolError(
                f"{call} got photos of {len(different)} sizes, but masks of one call have one size; "
                f"type {call.replace('_video_', '_image_')}(InputImages[i], ...) for each photo"
            )
        first = frames[0] if prompt is None else frame_number(prompt, "prompt_frame_idx")
        if first not in frames:
            raise FrameError(
                f"{call} got prompt_frame_idx={first}, which is not in the window (frames {frames_text(frames)}); "
                f"frame numbers are absolute; type prompt_frame_idx={min(frames, key=lambda other: abs(other - first))}"
            )
        kept = spread(frames, self._limit)
        if len(kept) < len(frames):
            if first not in kept:
                nearest = min(range(len(kept)), key=lambda position: abs(kept[position] - first))
                kept = (*kept[:nearest], first, *kept[nearest + 1 :])
            step = (kept[-1] - kept[0]) / max(1, len(kept) - 1)
            notice(
                f"{call}: the window has {len(frames)} frames and at most {self._limit} are taken; it uses "
                f"{len(kept)} evenly spaced ones, about every {step:.0f}: {frames_text(kept)}"
            )
        return kept, first


def window(frames: tuple[int, ...], start: object, end: object, picked: object, call: str) -> tuple[int, ...]:
    """The frames from `start` up to, without, `end`, or exactly those picked; FrameError says what there is."""
    low = frames[0] if start is None else frame_number(start, "start_frame")
    high = frames[-1] + 1 if end is None else frame_number(end, "end_frame")
    chosen = tuple(frame for frame in frames if low <= frame < high)
    if picked is not None:
        wanted = tuple(sorted({frame_number(number, "frame_indices") for number in read.np_list(picked)}))
        missing = [number for number in wanted if number not in chosen]
        if missing:
            raise FrameError(
                f"{call} got frame_indices {frames_text(missing)}, which are not in the window; "
                f"it has the absolute frames {frames_text(chosen)}; type some of these"
            )
        chosen = wanted
    if not chosen:
        raise FrameError(
            f"{call} got the window {low} <= frame < {high}, in which there is no frame; this video has frames "
            f"{frames_text(frames)}; type start_frame={frames[0]}, end_frame={frames[-1] + 1}"
        )
    return chosen
