"""`recorded`: perception that repeats what a capture's own sensor and labels say, with sensor noise if asked for.

No model is asked.
Files are read in a thread, so that one session's reading does not hold up the others.
"""

from __future__ import annotations

import asyncio
import re
import weakref
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from spatial_agent.errors import ToolError, UnreadableFrame
from spatial_agent.frames import Frames, Sensor, Size, spread
from spatial_agent.perception.gravity import FRAMES, World, inverse, world_of
from spatial_agent.perception.noise import SensorNoise
from spatial_agent.perception.protocol import Box, Point, Reconstruction, Segmentation, pack

P = TypeVar("P")
Ids = NDArray[np.integer[Any]]
"""(H, W) instance numbers; 0 where nothing is labelled."""
SEEN_PIXELS = 25
"""An instance with fewer pixels in a frame is not seen in it."""
_ARTICLES = re.compile(r"^(?:the|a|an|every|all|each)\s+")


class Recorded:
    """Measured depth and poses, and instances by their label, a listed synonym, a point or a box."""

    name = "recorded"
    note = "depth, poses and labels as the capture recorded them; no perception model ran"

    def __init__(self, noise: SensorNoise | None = None) -> None:
        """With `noise` the depth is that of a worse sensor; poses, colour and labels stay exact."""
        self._noise = noise
        self._worlds: dict[int, World] = {}
        """By `id` of an input that is still in use: whatever frames are asked for, they lie in one world."""
        if noise:
            self.note = f"{self.note}; {noise}"

    def sees(self, frames: Frames) -> bool:
        """Say whether anything but colour was recorded."""
        return frames.sensor is not None

    async def reconstruct(self, frames: Frames, indices: Sequence[int]) -> Reconstruction:
        """Measured depth and poses at the frames' size; depth keeps the dtype it came in."""
        return await asyncio.to_thread(self._reconstruct, frames, indices)

    async def segment_text(
        self, frames: Frames, indices: Sequence[int], prompts: Sequence[str], threshold: float
    ) -> Segmentation:
        """Every instance whose label or synonym is the prompt; each scores 1."""
        return await asyncio.to_thread(_by_text, frames, indices, prompts)

    async def segment_points(
        self, frames: Frames, indices: Sequence[int], prompt_frame: int, objects: Sequence[Sequence[Point]]
    ) -> Segmentation:
        """The instance that holds most of an object's foreground points and none of its background points."""
        return await asyncio.to_thread(_by, _holder, frames, indices, prompt_frame, objects)

    async def segment_boxes(
        self, frames: Frames, indices: Sequence[int], prompt_frame: int, boxes: Sequence[Box]
    ) -> Segmentation:
        """The instance whose own bounding box overlaps a box best (intersection over union)."""
        return await asyncio.to_thread(_by, _best_overlap, frames, indices, prompt_frame, boxes)

    def _reconstruct(self, frames: Frames, indices: Sequence[int]) -> Reconstruction:
        sensor = _sensor(frames)
        sizes = [frames.size(index) for index in indices]
        world = self._world(frames, sensor)
        T_world_input = inverse(world.T_input_world)
        return Reconstruction(
            frames=tuple(indices),
            depth=tuple(_nearest(self._depth(sensor, i), size) for i, size in zip(indices, sizes, strict=True)),
            depth_scale=sensor.depth_scale,
            confidence=None,
            sky=None,
            intrinsics=tuple(sensor.intrinsics(i).scaled(size) for i, size in zip(indices, sizes, strict=True)),
            T_world_cam=np.stack([T_world_input @ sensor.T_input_cam(i) for i in indices]),
            T_input_world=world.T_input_world,
            scale="measured",
            origin=f"{sensor.origin}; {self._noise}" if self._noise else sensor.origin,
            gravity=world.gravity,
        )

    def _depth(self, sensor: Sensor, index: int) -> NDArray[Any]:
        exact = sensor.depth(index)
        return exact if self._noise is None else self._noise.added(exact, sensor.depth_scale, index)

    def _depth_if_whole(self, sensor: Sensor, index: int) -> NDArray[Any]:
        """Depth, or none known where the file is damaged: a frame that nobody asked for must not stand in the way."""
        try:
            return self._depth(sensor, index)
        except UnreadableFrame:
            camera = sensor.intrinsics(index)
            return np.zeros((camera.height, camera.width), np.float32)

    def _world(self, frames: Frames, sensor: Sensor) -> World:
        """The world of the whole input, as it says itself or as frames spread over all of it tell."""
        if id(frames) not in self._worlds:
            some = spread(frames.indices, FRAMES) if sensor.up is None or sensor.floor is None else frames.indices[:1]
            self._worlds[id(frames)] = world_of(
                [self._depth_if_whole(sensor, i) for i in some],
                [sensor.intrinsics(i) for i in some],
                np.stack([sensor.T_input_cam(i) for i in some]),
                depth_scale=sensor.depth_scale,
                up=sensor.up,
                floor=sensor.floor,
                others=np.stack([sensor.T_input_cam(i) for i in frames.indices]),
            )
            weakref.finalize(frames, self._worlds.pop, id(frames), None)
        return self._worlds[id(frames)]


def _by_text(frames: Frames, indices: Sequence[int], prompts: Sequence[str]) -> Segmentation:
    labels = _sensor(frames).labels
    ids = _ids(frames)
    seen = {number for i in indices for number in _visible(ids(i))}
    chosen = [
        [n for n in sorted(seen) if n in labels and _plain(prompt) in _words(labels[n].label, labels[n].synonyms)]
        for prompt in prompts
    ]
    return _segmentation(frames, indices, chosen, prompts)


def _by(
    pick: Callable[[Ids, P], list[int]],
    frames: Frames,
    indices: Sequence[int],
    prompt_frame: int,
    prompts: Sequence[P],
) -> Segmentation:
    """Masks of what `pick` takes for each prompt in the prompt frame."""
    ids = _ids(frames)(prompt_frame)
    chosen = [pick(ids, prompt) for prompt in prompts]
    labels = _sensor(frames).labels
    names = [labels[found[0]].label if found and found[0] in labels else "object" for found in chosen]
    return _segmentation(frames, indices, chosen, names)


def _sensor(frames: Frames) -> Sensor:
    if frames.sensor is None:
        raise ToolError(
            "This input is plain images: no depth, poses or labels were recorded with it, and the perception backend "
            "`recorded` has nothing else to go by. Use show(...) and vlm.* on the frames instead."
        )
    return frames.sensor


def _ids(frames: Frames) -> Callable[[int], Ids]:
    instances = _sensor(frames).instances
    if instances is None:
        raise ToolError("This capture has depth and poses but no labelled instances; segment with vlm.locate instead.")
    return lambda index: _nearest(instances(index), frames.size(index))


def _nearest(image: NDArray[Any], size: Size) -> NDArray[Any]:
    """Resize without mixing values: each new pixel centre takes the pixel it falls in."""
    height, width = image.shape
    if (width, height) == size:
        return image
    rows = ((np.arange(size[1]) + 0.5) * height / size[1]).astype(int)
    columns = ((np.arange(size[0]) + 0.5) * width / size[0]).astype(int)
    resized: NDArray[Any] = image[rows[:, None], columns]
    return resized


def _visible(ids: Ids) -> list[int]:
    counts = np.bincount(ids.reshape(-1))
    return [int(n) for n in np.flatnonzero(counts >= SEEN_PIXELS) if n]


def _plain(text: str) -> str:
    """The words of a prompt in lower case, without an article and, at its end, without a plural's s."""
    words = _ARTICLES.sub("", " ".join(text.lower().split()).strip(" .,;:!?'\""))
    if words.endswith(("ches", "shes", "sses", "xes")):
        return words[:-2]
    return words[:-1] if words.endswith("s") and not words.endswith("ss") else words


def _words(label: str, synonyms: tuple[str, ...]) -> set[str]:
    return {_plain(word) for word in (label, *synonyms)}


def _holder(ids: Ids, points: Sequence[Point]) -> list[int]:
    height, width = ids.shape
    on: dict[int, int] = {}
    beside = set()
    for x, y, inside in points:
        column, row = min(max(round(x), 0), width - 1), min(max(round(y), 0), height - 1)
        number = int(ids[row, column])
        if not inside:
            beside.add(number)
        elif number:
            on[number] = on.get(number, 0) + 1
    left = {number: votes for number, votes in on.items() if number not in beside}
    return [max(left, key=lambda n: left[n])] if left else []


def _best_overlap(ids: Ids, box: Box) -> list[int]:
    x0, y0, x1, y1 = box
    scores = {}
    for number in _visible(ids):
        rows, columns = np.nonzero(ids == number)
        left, right, top, bottom = columns.min(), columns.max() + 1, rows.min(), rows.max() + 1
        shared = max(0.0, min(right, x1) - max(left, x0)) * max(0.0, min(bottom, y1) - max(top, y0))
        union = (right - left) * (bottom - top) + (x1 - x0) * (y1 - y0) - shared
        scores[number] = shared / union
    best = max(scores, key=lambda n: scores[n], default=0)
    return [best] if best and scores[best] > 0 else []


def _segmentation(
    frames: Frames, indices: Sequence[int], chosen: Sequence[list[int]], prompts: Sequence[str]
) -> Segmentation:
    """Masks of the chosen instances; 0 stands for a prompt's empty object."""
    numbers = [number for found in chosen for number in (found or [0])]
    owners = [k for k, found in enumerate(chosen) for _ in (found or [0])]
    ids = _ids(frames)

    def masks(index: int) -> NDArray[np.bool_]:
        image = ids(index)
        visible = set(_visible(image))
        return np.stack([(image == n) if n in visible else np.zeros(image.shape, bool) for n in numbers])

    return Segmentation(
        frames=tuple(indices),
        labels=tuple(prompts[k] for k in owners),
        prompts=tuple(owners),
        scores=tuple(1.0 if n else 0.0 for n in numbers),
        sizes=tuple(frames.size(index) for index in indices),
        packed=pack(masks(i) for i in indices),
    )
