"""Fresh sessions of the backbone for what a cell asks through `vlm`."""

from __future__ import annotations

from collections.abc import Callable

from spatial_agent import wire
from spatial_agent.chat.protocol import Chat, Message, Picture
from spatial_agent.errors import ToolError
from spatial_agent.prompts.assemble import section
from spatial_agent.trace.events import Usage

_METHOD = {"locate": "locate", "ask": "ask_with_thinking"}


async def ask(chat: Chat, request: wire.AskModel, spend: Callable[[Usage], None]) -> str:
    """Put a question about images to the backbone, with no other history. Raises ToolError if it cannot see."""
    if not chat.sees_images:
        raise ToolError(
            f"vlm.{_METHOD[request.kind]} was asked, and the backbone `{chat.name}` reads text only",
            "a backbone that sees images; use tools.SAM3 and tools.Reconstruct instead",
            'tools.SAM3.segment_image_by_text(InputImages[0], "lamp")',
        )
    parts: list[str | Picture] = []
    for number, (image, caption) in enumerate(zip(request.images, request.captions, strict=True), start=1):
        parts += [f"Image {number}: {caption}", Picture(image, "image/jpeg")]
    messages = [Message("system", (section(request.kind),)), Message("user", (*parts, request.question))]
    reply = await chat.reply(messages, request.kind)
    spend(reply.usage)
    if not reply.text.strip():
        raise ToolError(
            f"vlm.{_METHOD[request.kind]} got an empty reply. {reply.note or ''}".strip(),
            "a simpler question, or fewer images",
            f'vlm.{_METHOD[request.kind]}(InputImages[0], "the lamp")',
        )
    return reply.text
