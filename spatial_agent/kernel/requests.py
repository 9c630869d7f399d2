"""What a request may say. A worker checks its calls too, with better words; but its word is not to be taken."""

from __future__ import annotations

import math
from collections.abc import Iterable

from spatial_agent import wire
from spatial_agent.errors import KernelError, ToolError
from spatial_agent.frames import Frames
from spatial_agent.kernel.images import media_type

MAX_OBJECTS = 100
"""Prompts of one call."""
MAX_PROMPT_CHARS = 500
MAX_POINTS = 10_000
"""Of all objects of one call."""
MAX_PIXEL = 10**6
"""How far from the origin of a frame anything can be pointed at."""
MAX_IMAGES = 64
MAX_QUESTIONS = 32
"""Put at once."""
MAX_QUESTION_CHARS = 20_000
Segment = wire.SegmentText | wire.SegmentPoints | wire.SegmentBoxes


def frames_of(videos: tuple[Frames, ...], video: int, frames: tuple[int, ...], limit: int) -> Frames:
    """The video of a request, if it has these frames, at most `limit` of them. Raises ToolError."""
    if not 1 <= video <= len(videos):
        raise ToolError(f"There is no video {video}; there are 1 to {len(videos)}.")
    known = videos[video - 1]
    if not frames:
        raise ToolError("No frames were asked for.")
    if len(frames) > limit or len(set(frames)) < len(frames):
        raise ToolError(
            f"{len(frames)} frames were asked for; at most {limit} can be taken at once, each of them once."
        )
    if unknown := [frame for frame in frames if not known.has(frame)]:
        raise ToolError(f"Video {video} has no frames {unknown}; it has {known.indices[0]} to {known.indices[-1]}.")
    return known


def check_prompts(request: Segment, known: Frames) -> None:
    """Refuse a segmentation without prompts, with too many, with numbers that are none, or in a frame that is none."""
    prompts: tuple[object, ...]
    numbers: Iterable[float]
    match request:
        case wire.SegmentText():
            prompts, numbers, frame = request.prompts, [request.threshold], known.indices[0]
        case wire.SegmentPoints():
            prompts, frame = request.objects, request.prompt_frame
            numbers = [number for points in request.objects for point in points for number in point]
        case wire.SegmentBoxes():
            prompts, frame = request.boxes, request.prompt_frame
            numbers = [number for box in request.boxes for number in box]
    if not 1 <= len(prompts) <= MAX_OBJECTS:
        raise ToolError(f"{len(prompts)} prompts were given; give 1 to {MAX_OBJECTS} in a call.")
    if any(isinstance(prompt, str) and len(prompt) > MAX_PROMPT_CHARS for prompt in prompts):
        raise ToolError(f"A prompt has more than {MAX_PROMPT_CHARS} characters; give a short noun phrase.")
    if isinstance(request, wire.SegmentPoints) and sum(map(len, request.objects)) > MAX_POINTS:
        raise ToolError(f"More than {MAX_POINTS:,} points were given; a few for each object are enough.")
    if not all(math.isfinite(number) and abs(number) <= MAX_PIXEL for number in numbers):
        raise ToolError("A prompt has a number that is not finite or far off; give pixels of the prompt frame.")
    if not known.has(frame):
        raise ToolError(f"There is no prompt frame {frame}; there are {known.indices[0]} to {known.indices[-1]}.")


def check_images(request: wire.AskModel) -> None:
    """Refuse a question to the model without images, with too many or too long, or with bytes that are no JPEG."""
    if not 1 <= len(request.images) <= MAX_IMAGES or len(request.images) != len(request.captions):
        raise ToolError(
            f"{len(request.images)} images and {len(request.captions)} captions were given; at most {MAX_IMAGES}."
        )
    if len(request.question) + sum(map(len, request.captions)) > MAX_QUESTION_CHARS:
        raise ToolError(
            f"The question has more than {MAX_QUESTION_CHARS:,} characters with its captions; ask a shorter one."
        )
    try:
        kinds = {media_type(image) for image in request.images}
    except KernelError as problem:
        raise ToolError(f"{problem}; pass images as show() takes them.") from problem
    if kinds != {"image/jpeg"}:
        raise ToolError("Images to the model travel as JPEG; pass them to vlm.* as show() takes them.")
