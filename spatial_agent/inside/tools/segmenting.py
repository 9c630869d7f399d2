"""Asking for masks of a window, and what comes back in the form that a cell gets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict, TypeVar

import numpy as np
from numpy.typing import NDArray

from spatial_agent import wire
from spatial_agent.errors import ToolError
from spatial_agent.inside.host import Host
from spatial_agent.inside.images import FrameImage, Region
from spatial_agent.inside.masks import PerFrameMask
from spatial_agent.inside.notice import frames_text, notice
from spatial_agent.inside.tools.point_prompts import Points
from spatial_agent.inside.tools.prompts import Box
from spatial_agent.inside.tools.window import Window

Request = wire.SegmentText | wire.SegmentPoints | wire.SegmentBoxes
P = TypeVar("P")


class Existence(TypedDict):
    """Where an object is: one entry per image."""

    exists: list[bool]
    counts: list[int]
    summary: str


@dataclass
class Found:
    """Masks as they travel, object by object."""

    frames: tuple[int, ...]
    sizes: tuple[tuple[int, int], ...]
    prompts: list[int]
    scores: list[float]
    packed: list[NDArray[np.uint8]]
    """(objects, bytes) of each frame."""

    @staticmethod
    def nothing(window: Window) -> Found:
        """No object in any frame."""
        sizes = tuple(image.frame_size for image in window.images)
        return Found(window.frames, sizes, [], [], [np.zeros((0, _bytes(size)), np.uint8) for size in sizes])

    @staticmethod
    def of(result: wire.Masks, arrays: Sequence[NDArray[Any]]) -> Found:
        """Masks as they came."""
        objects = len(result.prompts)
        ends = np.cumsum([objects * _bytes(size) for size in result.sizes]).astype(int)[:-1]
        rows = np.split(arrays[result.packed.descriptor], ends)
        packed = [row.reshape(objects, _bytes(size)) for row, size in zip(rows, result.sizes, strict=True)]
        return Found(result.frames, result.sizes, list(result.prompts), list(result.scores), packed)

    def inside(self, regions: dict[int, tuple[Region, ...]]) -> Found:
        """Without what lies mostly outside the parts that were given; a prompt without a find has an empty object."""
        if not regions:
            return self
        packed = list(self.packed)
        for position, frame in enumerate(self.frames):
            if frame in regions:
                inside = [
                    any(_mostly(row, self.sizes[position], region) for region in regions[frame])
                    for row in packed[position]
                ]
                packed[position] = np.where(np.array(inside)[:, None], packed[position], np.uint8(0))
        seen = np.any([rows.any(axis=1) for rows in packed], axis=0)
        kept: list[int] = []
        for prompt in dict.fromkeys(self.prompts):
            own = [number for number, owner in enumerate(self.prompts) if owner == prompt]
            kept += [number for number in own if seen[number]] or own[:1]
        scores = [self.scores[number] if seen[number] else 0.0 for number in kept]
        prompts = [self.prompts[number] for number in kept]
        return Found(self.frames, self.sizes, prompts, scores, [rows[kept] for rows in packed])

    def among(self, asked: Sequence[int], count: int) -> Found:
        """The finds of prompts `asked` of `count`; each prompt that was not asked for gets an empty object."""
        if len(asked) == count:
            return self
        slots = [(asked[prompt], number) for number, prompt in enumerate(self.prompts)]
        slots += [(prompt, -1) for prompt in range(count) if prompt not in asked]
        slots.sort(key=lambda slot: slot[0])
        order = [number for _, number in slots]
        packed = [np.concatenate([rows, np.zeros((1, rows.shape[1]), np.uint8)])[order] for rows in self.packed]
        scores = [*self.scores, 0.0]
        return Found(self.frames, self.sizes, [prompt for prompt, _ in slots], [scores[n] for n in order], packed)

    def masks(self, host: Host, video: int, labels: Sequence[str]) -> PerFrameMask:
        """The same as a cell gets it; `labels` names the prompts."""
        names = [labels[prompt] for prompt in self.prompts]
        return PerFrameMask(
            self.frames, self.sizes, self.packed, names, self.scores, prompts=self.prompts, host=host, video=video
        )


def _bytes(size: tuple[int, int]) -> int:
    return (size[0] * size[1] + 7) // 8


def _mostly(row: NDArray[np.uint8], size: tuple[int, int], region: Region) -> bool:
    """True if half of a mask's pixels are in the region, or they fill half of it."""
    width, height = size
    mask = np.unpackbits(row, count=width * height).reshape(height, width)
    x0, y0, x1, y1 = (max(0, round(value)) for value in region)
    part = mask[y0:y1, x0:x1]
    return bool(part.any()) and 2 * int(part.sum()) >= min(int(mask.sum()), part.size)


class Segmenter:
    """Puts requests to the host and says in a printed line what was not found."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def text(
        self, window: Window, prompts: list[str], labels: Sequence[str], threshold: float, call: str
    ) -> PerFrameMask:
        """Instances of each prompt; of a crop those that lie mostly in it."""
        request = wire.SegmentText(window.video, window.frames, tuple(prompts), threshold)
        self._say_whole(window, call, "; what lies mostly outside the crop is left out" if window.regions else "")
        masks = self._ask(request).inside(window.regions).masks(self._host, window.video, labels)
        for number, found in enumerate(masks.found):
            if not found:
                prompt = prompts[masks.prompts[number]]
                _not_found(f"no {prompt!r} with score >= {threshold:g}", window, number)
        return masks

    def boxes(self, window: Window, boxes: Sequence[Box | None], labels: Sequence[str], call: str) -> PerFrameMask:
        """The thing that fills each box best; an empty object for a box that is None."""
        return self._placed(
            window, boxes, labels, call, "box", lambda chosen: wire.SegmentBoxes(*_head(window), tuple(chosen))
        )

    def points(
        self, window: Window, objects: Sequence[Points | None], labels: Sequence[str], call: str
    ) -> PerFrameMask:
        """The thing under each object's points; an empty object for points that are None."""
        return self._placed(
            window, objects, labels, call, "point", lambda chosen: wire.SegmentPoints(*_head(window), tuple(chosen))
        )

    def counts(
        self, images: Sequence[FrameImage], prompts: Sequence[str], threshold: float, limit: int
    ) -> NDArray[np.int_]:
        """(prompts, images): how many instances are in each image; `limit` frames are asked about at once."""
        counts = np.zeros((len(prompts), len(images)), dtype=int)
        for video in dict.fromkeys(image.video for image in images):
            frames = sorted({image.frame_index for image in images if image.video == video})
            for start in range(0, len(frames), limit):
                found = self._ask(
                    wire.SegmentText(video, tuple(frames[start : start + limit]), tuple(prompts), threshold)
                )
                rows = dict(zip(found.frames, found.packed, strict=True))
                for position, image in enumerate(images):
                    for prompt, row in zip(found.prompts, rows.get(image.frame_index, ()), strict=False):
                        if image.video == video:
                            counts[prompt, position] += _mostly(row, image.frame_size, image.region)
        return counts

    def _placed(
        self,
        window: Window,
        prompts: Sequence[P | None],
        labels: Sequence[str],
        call: str,
        kind: str,
        request: Callable[[list[P]], Request],
    ) -> PerFrameMask:
        asked = [number for number, prompt in enumerate(prompts) if prompt is not None]
        chosen = [prompt for prompt in prompts if prompt is not None]
        if chosen:
            self._say_whole(window, call, f"; the {kind} was pixels of the image given")
        found = self._ask(request(chosen)) if chosen else Found.nothing(window)
        masks = found.among(asked, len(prompts)).masks(self._host, window.video, labels)
        for number, seen in enumerate(masks.found):
            if masks.prompts[number] not in asked:
                notice(f"{call}: no {kind} for {masks.labels[number]!r}, nothing to segment; object {number} is empty")
            elif not seen:
                where = "in the box" if kind == "box" else "under the points"
                _not_found(f"nothing {where} of {masks.labels[number]!r}", window, number)
        return masks

    def _ask(self, request: Request) -> Found:
        result, arrays = self._host.ask(request)
        if not isinstance(result, wire.Masks):
            raise ToolError(f"SAM3 asked for masks, got {type(result).__name__}")
        return Found.of(result, arrays)

    @staticmethod
    def _say_whole(window: Window, call: str, words: str) -> None:
        if not window.prompt.whole or window.regions:
            width, height = window.prompt.frame_size
            whole = f"whole frame{'s' if len(window.frames) > 1 else ''} {frames_text(window.frames)}"
            notice(f"{call}: the masks are of the {whole}, {width}x{height}{words}")


def _head(window: Window) -> tuple[int, tuple[int, ...], int]:
    return window.video, window.frames, window.prompt.frame_index


def _not_found(what: str, window: Window, number: int) -> None:
    plural = "frames" if len(window.frames) > 1 else "frame"
    notice(f"SAM3 found {what} in {plural} {frames_text(window.frames)}; object {number} is empty")


def existence(name: str, images: Sequence[FrameImage], counts: NDArray[np.int_]) -> Existence:
    """Where an object is, from how many instances of it are in each image."""
    seen = [image.frame_index for image, count in zip(images, counts, strict=True) if count]
    summary = f"{name!r} is in {len(seen)} of {len(images)} images"
    if seen:
        mean = counts.sum() / len(seen)
        summary += (
            f": frames {frames_text(seen)}; at most {counts.max()} in one image, {mean:.3g} on average where found"
        )
    return {"exists": [bool(count) for count in counts], "counts": [int(count) for count in counts], "summary": summary}
