"""`dummy`: perception that makes everything up, well-formed and always the same, to run cells where nothing can see.

It never looks at a pixel. Depth, cameras and masks are those of a made-up world that depends on the number and size of the
frames alone (`made_up.py`), so they agree with each other and with nothing else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spatial_agent.frames import Floats, Frames, project, unproject
from spatial_agent.perception.backends.made_up import MadeUpWorld, chance, superellipse
from spatial_agent.perception.confidence import from_one_plus_exp
from spatial_agent.perception.gravity import inverse, levelled
from spatial_agent.perception.protocol import Box, Point, Reconstruction, Segmentation, pack
from spatial_agent.wire import Gravity

ORIGIN = "dummy: made up, nothing was looked at; the scale means nothing"
GRAVITY = Gravity("floor", 1.0, True, "dummy: up and the floor are those of a made-up world")
POINT_SHARE = 0.06
"""Of the image's shorter side: how far the thing at a point reaches around it."""
BACKDROP = 8.0
"""Metres; how far away what is in the sky is taken to be."""
Mask = NDArray[np.bool_]


class Dummy:
    """Finds whatever is asked for. For tests, replays and a look at how cells use the tools; never for an answer."""

    name = "dummy"
    note = "a stand-in that makes up depth, cameras and masks; nothing was looked at, so no answer means anything"

    def sees(self, frames: Frames) -> bool:
        """Always."""
        return True

    async def reconstruct(self, frames: Frames, indices: Sequence[int]) -> Reconstruction:
        """A made-up world as an estimator would give it: float16, with confidence and sky."""
        return await asyncio.to_thread(_reconstruct, frames, indices)

    async def segment_text(
        self, frames: Frames, indices: Sequence[int], prompts: Sequence[str], threshold: float
    ) -> Segmentation:
        """One to three things of the made-up world, chosen by the words of each prompt."""
        return await asyncio.to_thread(_by_text, frames, indices, prompts, threshold)

    async def segment_points(
        self, frames: Frames, indices: Sequence[int], prompt_frame: int, objects: Sequence[Sequence[Point]]
    ) -> Segmentation:
        """For each object, a patch that holds its foreground points and leaves out its background points."""
        return await asyncio.to_thread(_by_points, frames, indices, prompt_frame, objects)

    async def segment_boxes(
        self, frames: Frames, indices: Sequence[int], prompt_frame: int, boxes: Sequence[Box]
    ) -> Segmentation:
        """For each box, a patch that fills it."""
        return await asyncio.to_thread(_by_boxes, frames, indices, prompt_frame, boxes)


def _reconstruct(frames: Frames, indices: Sequence[int]) -> Reconstruction:
    world = MadeUpWorld(frames)
    cameras = [world.camera(index) for index in indices]
    seen = [world.depth(index) for index in indices]
    T_input_world = levelled(world.camera(frames.indices[0])[1], (0.0, 1.0, 0.0), 0.0)
    return Reconstruction(
        frames=tuple(indices),
        depth=tuple(depth.astype(np.float16) for depth, _ in seen),
        depth_scale=1.0,
        confidence=tuple(_confidence(depth) for depth, _ in seen),
        sky=tuple(sky for _, sky in seen),
        intrinsics=tuple(camera for camera, _ in cameras),
        T_world_cam=np.stack([inverse(T_input_world) @ pose for _, pose in cameras]),
        T_input_world=T_input_world,
        scale="estimated",
        origin=ORIGIN,
        gravity=GRAVITY,
    )


def _confidence(depth: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Surer of what is near, not at all of the sky; in the form that an estimator has it, brought to the common scale."""
    return from_one_plus_exp(np.where(depth > 0, 1 + np.exp(3 - depth / 4), 1))


def _by_text(frames: Frames, indices: Sequence[int], prompts: Sequence[str], threshold: float) -> Segmentation:
    world = MadeUpWorld(frames)
    owners, chosen, scores = list[int](), list[int](), list[float]()
    for number, prompt in enumerate(prompts):
        random = chance("prompt", " ".join(prompt.lower().split()), len(frames), frames.sizes[0])
        count = int(random.choice([1, 2, 3], p=[0.6, 0.25, 0.15]))
        things = random.choice(len(world.things), count, replace=False) + 1
        owners += [number] * count
        chosen += [int(thing) for thing in things]
        scores += [max(threshold, round(0.95 - 0.1 * rank, 2)) for rank in range(count)]

    def masks(index: int) -> Mask:
        shown = world.numbers(index)
        return np.stack([shown == thing for thing in chosen])

    return _segmentation(frames, indices, [prompts[owner] for owner in owners], owners, scores, masks)


@dataclass(frozen=True)
class _Patch:
    """A flat thing that faces the camera, given in the prompt frame: its middle in the world, and its half width and height."""

    middle: Floats
    depth: float
    half: tuple[float, float]
    holes: tuple[tuple[int, int], ...] = ()


def _by_points(
    frames: Frames, indices: Sequence[int], prompt_frame: int, objects: Sequence[Sequence[Point]]
) -> Segmentation:
    world, reach = MadeUpWorld(frames), POINT_SHARE * min(frames.size(prompt_frame))
    patches = []
    for points in objects:
        on = np.array([(x, y) for x, y, inside in points if inside] or [(x, y) for x, y, _ in points], float)
        # The corners of a box lie outside of the superellipse in it, by the fourth root of two.
        half = np.maximum(np.ptp(on, axis=0) / 2 * 2**0.25 + 1, reach)
        middle = (on.min(axis=0) + on.max(axis=0)) / 2
        holes = tuple((round(x), round(y)) for x, y, inside in points if not inside)
        patches.append(_patch(world, prompt_frame, middle, half, holes))
    return _of_patches(frames, world, indices, prompt_frame, patches)


def _by_boxes(frames: Frames, indices: Sequence[int], prompt_frame: int, boxes: Sequence[Box]) -> Segmentation:
    world = MadeUpWorld(frames)
    corners = [np.array(box, float).reshape(2, 2) for box in boxes]
    patches = [
        _patch(world, prompt_frame, corner.mean(axis=0), np.abs(np.diff(corner, axis=0)[0]) / 2) for corner in corners
    ]
    return _of_patches(frames, world, indices, prompt_frame, patches)


def _patch(
    world: MadeUpWorld,
    frame: int,
    middle: NDArray[np.float64],
    half: NDArray[np.float64],
    holes: tuple[tuple[int, int], ...] = (),
) -> _Patch:
    camera, pose = world.camera(frame)
    column, row = np.clip(np.rint(middle), 0, (camera.width - 1, camera.height - 1)).astype(int)
    depth = float(world.depth(frame)[0][row, column]) or BACKDROP
    return _Patch(unproject(middle, np.array(depth), camera, pose), depth, (float(half[0]), float(half[1])), holes)


def _of_patches(
    frames: Frames, world: MadeUpWorld, indices: Sequence[int], prompt_frame: int, patches: Sequence[_Patch]
) -> Segmentation:
    def mask(index: int, patch: _Patch) -> Mask:
        middle, depth = project(patch.middle, *world.camera(index))
        if depth <= 0:
            return np.zeros(frames.size(index)[::-1], bool)
        nearer = patch.depth / float(depth)
        half = patch.half[0] * nearer, patch.half[1] * nearer
        found = superellipse((float(middle[0]), float(middle[1])), half, frames.size(index))
        for x, y in patch.holes if index == prompt_frame else ():
            found[max(0, y - 1) : max(0, y + 2), max(0, x - 1) : max(0, x + 2)] = False
        return found

    numbers = range(len(patches))
    return _segmentation(
        frames,
        indices,
        ["object"] * len(patches),
        numbers,
        [0.9] * len(patches),
        lambda index: np.stack([mask(index, patch) for patch in patches]),
    )


def _segmentation(
    frames: Frames,
    indices: Sequence[int],
    labels: Sequence[str],
    owners: Sequence[int],
    scores: Sequence[float],
    masks: Callable[[int], Mask],
) -> Segmentation:
    return Segmentation(
        frames=tuple(indices),
        labels=tuple(labels),
        prompts=tuple(owners),
        scores=tuple(scores),
        sizes=tuple(frames.size(index) for index in indices),
        packed=pack(masks(index) for index in indices),
    )
