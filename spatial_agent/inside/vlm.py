"""Questions to a fresh session of the vision-language model, about images only."""

from __future__ import annotations

from typing import Any, Literal

from spatial_agent import wire
from spatial_agent.errors import ToolError
from spatial_agent.frames import spread
from spatial_agent.inside.host import Host
from spatial_agent.inside.notice import notice
from spatial_agent.inside.show import LONG_EDGE, Labelled, fit, flatten, jpeg

LOCATE_IMAGES = 8
ASK_IMAGES = 64
MAX_BYTES = 24 * 2**20
"""Of all images of one call; beyond it they are sent smaller, to stay below the size of one message."""


class Vlm:
    """Questions to the vision-language model; each call is a fresh session that sees only the images passed.

    Images carry their captions (frame numbers, or the captions you give as in show), so ask about frame numbers.
    """

    def __init__(self, host: Host) -> None:
        self._host = host

    def locate(self, visual_input: Any, question: str) -> str:
        """Where something is, as text in 0-1000 coordinates: "x y" or "x0 y0 x1 y1"; "Not visible" if it is not seen.

        At most 8 images. Turn it into pixels with tools.Geometry.normalized_to_pixel(answer, image.width,
        image.height).
        """
        return self._ask("locate", visual_input, question, LOCATE_IMAGES)

    def ask_with_thinking(self, visual_input: Any, question: str) -> str:
        """Answer in words to a question about one or more images, after thinking; at most 64 images.

        More images are thinned out evenly, with a printed line that names those kept.
        """
        return self._ask("ask", visual_input, question, ASK_IMAGES)

    def _ask(self, kind: Literal["locate", "ask"], visual_input: object, question: object, limit: int) -> str:
        call = "vlm.locate" if kind == "locate" else "vlm.ask_with_thinking"
        if not isinstance(question, str) or not question.strip():
            raise ToolError(f'{call} got the question {question!r}; type {call}(InputImages[0], "Where is the chair?")')
        images = flatten(visual_input)
        if not images:
            raise ToolError(f'{call} got no image; type {call}(InputImages[0], "...")')
        kept = spread(tuple(range(len(images))), limit)
        captions = tuple(images[position][1] or f"image {position + 1}" for position in kept)
        if len(kept) < len(images):
            notice(f"{call} got {len(images)} images and takes {limit}; evenly spaced, it sees: {', '.join(captions)}")
        pictures = _encoded([images[position] for position in kept])
        result, _ = self._host.ask(wire.AskModel(kind, question, pictures, captions))
        if not isinstance(result, wire.Text):
            raise ToolError(f"{call} asked for text, got {type(result).__name__}")
        return result.text

    def __repr__(self) -> str:
        return "vlm: locate(visual_input, question), ask_with_thinking(visual_input, question)"


def _encoded(images: list[Labelled]) -> tuple[bytes, ...]:
    pictures = tuple(jpeg(fit(image, LONG_EDGE)) for image, _ in images)
    if sum(map(len, pictures)) <= MAX_BYTES:
        return pictures
    return tuple(jpeg(fit(image, LONG_EDGE // 2), 85) for image, _ in images)
