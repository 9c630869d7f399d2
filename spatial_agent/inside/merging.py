"""Masks put together and picked apart: objects of several results in one, or one object from several results."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

import numpy as np

from spatial_agent.errors import FrameError, ToolError
from spatial_agent.frames import Size
from spatial_agent.inside.notice import frames_text, notice
from spatial_agent.inside.packed import PackedMasks
from spatial_agent.inside.per_frame import PerFrame

Masks = TypeVar("Masks", bound=PackedMasks)


class Source(NamedTuple):
    """An object of one of several results."""

    part: int
    number: int


def listed(value: Any, kind: type[Masks], call: str) -> list[Masks]:
    """Masks from masks, lists or dicts of them; None among them is left out. ToolError for anything else."""
    if isinstance(value, kind):
        return [value]
    if isinstance(value, Iterable) and not isinstance(value, (str, bytes, np.ndarray, PerFrame)):
        parts = value.values() if isinstance(value, Mapping) else value
        return [part for one in parts if one is not None for part in listed(one, kind, call)]
    raise ToolError(
        f"{call} got a {type(value).__name__}", "masks, as tools.SAM3 gives them, or a list of them", "masks + other"
    )


def joined(parts: Sequence[Masks]) -> Masks:
    """The objects of all parts, one after another; frames united. Prompts are numbered on."""
    sources = [[Source(place, number)] for place, part in enumerate(parts) for number in part.object_ids]
    prompts: list[int] = []
    for part in parts:
        first = max(prompts, default=-1) + 1
        prompts += [first + prompt for prompt in part.prompts]
    return _built(parts, sources, prompts, "masks + other")


def merged(parts: Sequence[Masks]) -> Masks:
    """Objects with one label become one: its pixels in all parts, frames united.

    Of a label that has several objects, those of equal rank by score become one if all parts have as many, else the
    best one of each part does.
    """
    sources: list[list[Source]] = []
    prompts: list[int] = []
    labels = dict.fromkeys(label.strip().lower() for part in parts for label in part.labels)
    for prompt, label in enumerate(labels):
        objects = _objects_of(parts, label)
        sources += objects
        prompts += [prompt] * len(objects)
    return _built(parts, sources, prompts, "masks.merge(other)")


def _objects_of(parts: Sequence[PackedMasks], label: str) -> list[list[Source]]:
    """What each object to be made of a label is made of; parts that found nothing add the frames they searched."""
    ranked: list[list[Source]] = []
    empty: list[Source] = []
    for place, part in enumerate(parts):
        numbers = sorted(part._with_label(label), key=lambda number: (-part.scores[number], number))
        seen = [Source(place, number) for number in numbers if part.found[number]]
        empty += [Source(place, number) for number in numbers if not part.found[number]]
        ranked += [seen] if seen else []
    counts = {len(seen) for seen in ranked}
    if counts - {1} and len(ranked) > 1:
        told = ", ".join(f"{len(seen)} in frames {frames_text(parts[seen[0].part].frame_indices)}" for seen in ranked)
        how = "only the best of each is merged; masks + other keeps all"
        how = how if len(counts) > 1 else "they are paired by rank of score: check with masks.visualize(frame)"
        notice(f"several objects are labelled {label!r}: {told}; {how}")
    count = counts.pop() if len(counts) == 1 else 1
    return [[*(seen[rank] for seen in ranked), *empty] for rank in range(count)]


def selected(masks: Masks, key: object) -> Masks:
    """Every object with a label, or of a number; or of a list of these. Nothing selected is printed."""
    keys = (
        list(key) if isinstance(key, (list, tuple, set, range)) or (isinstance(key, np.ndarray) and key.ndim) else [key]
    )
    numbers: dict[int, None] = {}
    for one in keys:
        found = masks._with_label(one) if isinstance(one, str) else masks._objects(one)
        if not found:
            labels = ", ".join(map(repr, dict.fromkeys(masks.labels))) or "none"
            notice(f"masks.select: no object is labelled {one!r}; labels are {labels}")
        numbers |= dict.fromkeys(found)
    chosen = list(numbers)
    return type(masks)(
        masks._frames,
        masks._sizes,
        [rows[chosen] for rows in masks._packed],
        [masks.labels[number] for number in chosen],
        [masks.scores[number] for number in chosen],
        prompts=[masks.prompts[number] for number in chosen],
        searched=masks._searched[:, chosen],
        host=masks._host,
        video=masks.video,
    )


def _built(parts: Sequence[Masks], sources: list[list[Source]], prompts: list[int], call: str) -> Masks:
    """One result whose objects are made of objects of the parts."""
    sizes = _united_sizes(parts, call)
    packed, searched = [], np.zeros((len(sizes), len(sources)), dtype=bool)
    for row, (frame, (width, height)) in enumerate(sizes.items()):
        bits = np.zeros((len(sources), (width * height + 7) // 8), dtype=np.uint8)
        for slot, made_of in enumerate(sources):
            for place, number in made_of:
                position = parts[place]._positions.get(frame)
                if position is not None and parts[place]._searched[position, number]:
                    searched[row, slot] = True
                    bits[slot] |= parts[place]._packed[position][number]
        packed.append(bits)
    first = [made_of[0] for made_of in sources]
    return type(parts[0])(
        tuple(sizes),
        tuple(sizes.values()),
        packed,
        [parts[source.part].labels[source.number] for source in first],
        [max(parts[place].scores[number] for place, number in made_of) for made_of in sources],
        prompts=prompts,
        searched=searched,
        host=next((part._host for part in parts if part._host is not None), None),
        video=parts[0].video,
    )


def _united_sizes(parts: Sequence[PackedMasks], call: str) -> dict[int, Size]:
    """Size of every frame of any part, by rising frame number; FrameError where parts do not fit together."""
    if not parts:
        raise ToolError(f"{call} got no masks", "at least one result of tools.SAM3", "masks + other")
    videos = sorted({part.video for part in parts})
    if len(videos) > 1:
        raise FrameError(
            f"{call} got masks of videos {', '.join(map(str, videos))}",
            "masks of one video: frame numbers of two videos do not match",
            f'tools.SAM3.segment_video_by_text("{parts[0].labels[0] if parts[0].labels else "door"}", video_index={videos[0]})',
        )
    sizes: dict[int, Size] = {}
    for part in parts:
        for frame, size in part.sizes.items():
            if sizes.setdefault(frame, size) != size:
                (a, b), (c, d) = sizes[frame], size
                raise FrameError(
                    f"{call} got masks of {a}x{b} and of {c}x{d} pixels of frame {frame}",
                    "masks of one size in each frame",
                    f'tools.SAM3.segment_image_by_text(InputImages.by_frame({frame}), "{part.labels[0]}")',
                )
    return dict(sorted(sizes.items()))
