"""The gateway: serves what cells ask for, from the trusted side, and keeps the record of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence, Sized
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spatial_agent import wire
from spatial_agent.budget import Budget
from spatial_agent.errors import InputError, ServiceError, ToolError, UnreadableFrame
from spatial_agent.frames import Frames
from spatial_agent.kernel.channel import Arrays, describe
from spatial_agent.kernel.requests import MAX_QUESTIONS, Segment, check_images, check_prompts, frames_of
from spatial_agent.perception.protocol import Perception, Reconstruction, Segmentation
from spatial_agent.trace.events import ToolCall

Served = tuple[wire.Result, Arrays]
_QUIET = (wire.GetFrame, wire.GetReference)
"""Served without an entry in the record: pixels of the input are no finding."""


ASKED_AT_ONCE = 8
"""Questions of one cell that are with the backbone at a time."""
MAX_CALLS = 1000
"""Of one cell; each is on its record."""


class World(NamedTuple):
    """What an answer's evidence needs of a reconstruction."""

    T_input_world: NDArray[np.float64]
    scale: str
    origin: str
    gravity: str


@dataclass
class Gateway:
    """One question's door to everything that a cell may use but not touch."""

    videos: tuple[Frames, ...]
    references: Frames | None
    perception: Perception
    ask: Callable[[wire.AskModel], Awaitable[str]]
    """A fresh session of the vision-language model; raises ToolError when the backbone cannot see."""
    budget: Budget
    worlds: dict[tuple[int, bytes], World] = field(default_factory=dict)
    """Each world that was reconstructed, by its video and where it lies in the input's: where its scale comes from."""
    _calls: list[ToolCall] = field(default_factory=list)

    async def serve(self, request: wire.Request) -> Served:
        """Result of one call. What the cell did wrong is a `wire.Failure`; a ServiceError goes up and ends the session."""
        began = time.monotonic()
        failure: str | None = None
        deadline = asyncio.timeout(self.budget.call_seconds)
        try:
            async with deadline:
                result, arrays = await self._serve(request)
        except ToolError as problem:
            failure = str(problem)
            result, arrays = wire.Failure(failure), ()
        except InputError as problem:
            failure = str(problem)  # names the file: for the record, not for the cell
            which = f"frame {problem.frame}" if isinstance(problem, UnreadableFrame) else "the input"
            result, arrays = wire.Failure(f"A file of {which} is damaged and cannot be read. Leave that frame out."), ()
        except TimeoutError as problem:
            if not deadline.expired():
                raise ServiceError(
                    f"{type(request).__name__}: a service took too long. {problem}".rstrip()
                ) from problem
            failure = (
                f"{type(request).__name__} took longer than {self.budget.call_seconds:g} s and was given up. "
                "Ask for fewer frames at a time."
            )
            result, arrays = wire.Failure(failure), ()
        except BaseException as problem:
            failure = str(problem) or "the session ended before this was served"
            raise
        finally:
            if not isinstance(request, _QUIET) and len(self._calls) < MAX_CALLS:
                seconds = time.monotonic() - began
                self._calls.append(ToolCall(type(request).__name__, _detail(request)[:200], seconds, failure))
        return result, arrays

    def take_calls(self) -> tuple[ToolCall, ...]:
        """What was served since this was last asked."""
        taken, self._calls = tuple(self._calls), []
        return taken

    def branch(self) -> Gateway:
        """Another door to the same, with a record of its own that begins with what was reconstructed so far."""
        return replace(self, worlds=dict(self.worlds), _calls=[])

    async def _serve(self, request: wire.Request) -> Served:
        if not isinstance(request, _QUIET) and len(self._calls) >= MAX_CALLS:
            raise ToolError(f"This cell has made {MAX_CALLS:,} calls, which is the most; ask for more at a time.")
        match request:
            case wire.GetFrame():
                return await _pixels(frames_of(self.videos, request.video, (request.frame,), 1), request.frame)
            case wire.GetReference():
                return await _pixels(self._references(request.position), request.position)
            case wire.Reconstruct():
                frames = frames_of(self.videos, request.video, request.frames, self.budget.reconstruct_frames)
                found = await self.perception.reconstruct(frames, request.frames)
                world = World(found.T_input_world, found.scale, found.origin, found.gravity.words)
                self.worlds[request.video, found.T_input_world.round(6).tobytes()] = world
                return _geometry(found)
            case wire.SegmentText() | wire.SegmentPoints() | wire.SegmentBoxes():
                return _masks(await self._segment(request))
            case wire.AskModel():
                check_images(request)
                return wire.Text(await self.ask(request)), ()
            case wire.AskModels():
                return wire.Texts(await self._ask_all(request.questions)), ()

    async def _ask_all(self, questions: tuple[wire.AskModel, ...]) -> tuple[str, ...]:
        """Put questions side by side; the first that fails ends the others and is what the cell is told."""
        if not 1 <= len(questions) <= MAX_QUESTIONS:
            raise ToolError(f"{len(questions)} questions were put at once; put 1 to {MAX_QUESTIONS}.")
        for question in questions:
            check_images(question)
        side_by_side = asyncio.Semaphore(ASKED_AT_ONCE)

        async def put(question: wire.AskModel) -> str:
            async with side_by_side:
                return await self.ask(question)

        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(put(question)) for question in questions]
        except BaseExceptionGroup as problems:
            raise problems.exceptions[0] from problems
        return tuple(task.result() for task in tasks)

    async def _segment(self, request: Segment) -> Segmentation:
        frames = frames_of(self.videos, request.video, request.frames, self.budget.segment_frames)
        check_prompts(request, frames)
        see = self.perception
        match request:
            case wire.SegmentText():
                return await see.segment_text(frames, request.frames, request.prompts, request.threshold)
            case wire.SegmentPoints():
                return await see.segment_points(frames, request.frames, request.prompt_frame, request.objects)
            case wire.SegmentBoxes():
                return await see.segment_boxes(frames, request.frames, request.prompt_frame, request.boxes)

    def _references(self, position: int) -> Frames:
        if self.references is None or position not in self.references.indices:
            raise ToolError(f"This question has no reference image {position}.")
        return self.references


def _geometry(found: Reconstruction) -> Served:
    arrays = [_flat(maps) for maps in (found.depth, found.confidence, found.sky) if maps is not None]
    described = iter([describe(array, number) for number, array in enumerate(arrays)])
    result = wire.Geometry(
        frames=found.frames,
        sizes=tuple((depth.shape[1], depth.shape[0]) for depth in found.depth),
        depth=next(described),
        depth_scale=found.depth_scale,
        confidence=None if found.confidence is None else next(described),
        sky=None if found.sky is None else next(described),
        intrinsics=tuple((k.fx, k.fy, k.cx, k.cy) for k in found.intrinsics),
        T_world_cam=tuple(tuple(pose.reshape(-1).tolist()) for pose in found.T_world_cam),
        T_input_world=tuple(found.T_input_world.reshape(-1).tolist()),
        scale=found.scale,
        origin=found.origin,
        gravity=found.gravity,
    )
    return result, arrays


def _flat(maps: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """One array in one dimension, map after map."""
    return np.concatenate([one.reshape(-1) for one in maps])


async def _pixels(frames: Frames, frame: int) -> Served:
    pixels = await asyncio.to_thread(frames.pixels, frame)  # decoding must not hold up other sessions
    return wire.Pixels(describe(pixels, 0)), (pixels,)


def _masks(found: Segmentation) -> Served:
    packed = _flat(found.packed)
    return wire.Masks(found.frames, found.prompts, found.scores, found.sizes, describe(packed, 0)), (packed,)


def _detail(request: wire.Request) -> str:
    """The call in a few words, for the record."""
    match request:
        case wire.Reconstruct():
            return _count(request.frames, "frame")
        case wire.SegmentText():
            return f"{', '.join(request.prompts)[:150]} in {_count(request.frames, 'frame')}"
        case wire.SegmentPoints():
            return f"{_count(request.objects, 'object')} by points in {_count(request.frames, 'frame')}"
        case wire.SegmentBoxes():
            return f"{_count(request.boxes, 'object')} by boxes in {_count(request.frames, 'frame')}"
        case wire.AskModels():
            first = "".join(question.question[:150] for question in request.questions[:1])
            return f"{_count(request.questions, 'question')} at once: {first}"
        case wire.AskModel():
            return f"{_count(request.images, 'image')}: {request.question[:200]}"
        case _:
            return ""


def _count(things: Sized, name: str) -> str:
    return f"{len(things)} {name}{'s' * (len(things) != 1)}"
