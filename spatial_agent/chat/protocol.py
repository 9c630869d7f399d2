"""What a backbone is: something that reads messages and writes a reply."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from spatial_agent.trace.events import Usage

Job = Literal["plan", "write", "locate", "ask", "conclude"]
"""What a reply is for; a model file may set sampling apart for each. `conclude`: the last turn, when a limit is near."""


@dataclass(frozen=True)
class Picture:
    """An encoded image in a message."""

    data: bytes
    media_type: Literal["image/png", "image/jpeg"]


@dataclass(frozen=True)
class Message:
    """One turn: who speaks, and text and pictures in order."""

    role: Literal["system", "user", "assistant"]
    parts: tuple[str | Picture, ...]

    @property
    def text(self) -> str:
        """The words, without the pictures."""
        return "\n\n".join(part for part in self.parts if isinstance(part, str))


@dataclass(frozen=True)
class Reply:
    """What a backbone wrote, and what it cost."""

    text: str
    usage: Usage = Usage(calls=1)
    note: str = ""
    """Why the text is empty, where it is and the server says why."""


def encodable(text: str) -> str:
    """A text with a question mark for every character that cannot be written down: lone surrogates."""
    return text.encode(errors="replace").decode()


class Chat(Protocol):
    """A backbone. `reply` raises ServiceError when no reply can be had."""

    name: str
    note: str
    """What a reader of an answer should know about it, in a sentence."""
    sees_images: bool
    """False for a text-only backbone: pictures are then left out of its messages, and `vlm` says so."""

    async def reply(self, messages: Sequence[Message], job: Job) -> Reply:
        """The next assistant turn."""
        ...


def is_scripted(chat: Chat) -> bool:
    """Whether the cells that a chat writes came with it, so that nobody has to be kept from anything.

    Then it says `scripted = True`, as the shipped stand-ins do. Any other chat's cells are taken for a model's.
    """
    return getattr(chat, "scripted", False) is True
