"""The action format `code`: each reply is four markdown sections, the last of them one Python cell."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from spatial_agent.chat.protocol import Message, Picture
from spatial_agent.trace.events import (
    AnyEvent,
    Blob,
    Misformed,
    Observed,
    Opened,
    Planned,
    Ran,
    Rejected,
    TimeUp,
    Wrote,
)

SECTIONS = ("Purpose", "Reasoning", "Next Goal", "Code")
_HEADING = re.compile(
    r"^[ \t]*(?:#{1,6}[ \t]*)?\**[ \t]*(Purpose|Reasoning|Next[ _]Goal|Code)(?![\w-]|[ \t]+[\w-])[ \t]*:?[ \t]*\**[ \t]*:?[ \t]*",
    re.IGNORECASE | re.MULTILINE,
)
_MARKED = re.compile(r"^[ \t]*(?:#|\*\*)|:[ \t]*\**[ \t]*$")
_FENCE = re.compile(r"^[ \t]*(`{3,}|~{3,})[ \t]*([\w+-]*)[^`\n]*\n(.*?)^[ \t]*\1[ \t]*$", re.DOTALL | re.MULTILINE)
_PYTHON = ("", "python", "py", "python3", "ipython", "ipython3", "tool_code")
"""What a fence around a cell may be tagged with; a fence of another kind is prose."""
_OPEN_FENCE = re.compile(r"^[ \t]*(?:`{3,}|~{3,})", re.MULTILINE)
MAX_REPLY_CHARS = 100_000
_ECHO_CHARS = 1500


class Reply(NamedTuple):
    """The four sections of a reply in form."""

    purpose: str
    reasoning: str
    goal: str
    code: str


@dataclass(frozen=True)
class Problem:
    """Why a reply is not in form, in words for the one who wrote it."""

    text: str


def parse(reply: str) -> Reply | Problem:
    """The sections of a reply. Headings may be bold or `#`, with or without a colon; several code fences are joined."""
    if len(reply) > MAX_REPLY_CHARS:
        return Problem(f"The reply has {len(reply):,} characters; write one of at most {MAX_REPLY_CHARS:,}.")
    text = _said(reply.replace("\r\n", "\n")).strip()
    found = _sections(text)
    missing = [name for name in SECTIONS if not found.get(name)]
    if missing:
        return Problem(f"The reply has no section {' and no section '.join(f'**{name}**' for name in missing)}.")
    cells = [
        textwrap.dedent(match.group(3)) for match in _FENCE.finditer(found["Code"]) if match.group(2).lower() in _PYTHON
    ]
    left = _FENCE.sub("", found["Code"])
    if _OPEN_FENCE.search(left):
        return Problem("The code fence was not closed; the reply may have been cut off. Write a shorter cell.")
    if not cells:
        return Problem("The section **Code** has no ```python fence.")
    return Reply(found["Purpose"], found["Reasoning"], found["Next Goal"], "\n".join(cells).rstrip() + "\n")


def _said(text: str) -> str:
    """A reply without its thinking: blocks at its beginning, one that was cut off, and all before a closing tag."""
    while (text := text.lstrip()).startswith("<think>"):
        _, closed, rest = text.partition("</think>")
        text = rest if closed else ""
    return text.rpartition("</think>")[2]


def _sections(text: str) -> dict[str, str]:
    """Section name to content. Only headings outside code fences count, and the first of each name."""
    fenced = [
        match.span()
        for match in re.finditer(r"^[ \t]*(`{3,}|~{3,}).*?(?:^[ \t]*\1[ \t]*$|\Z)", text, re.MULTILINE | re.DOTALL)
    ]
    heads = [
        head
        for head in _HEADING.finditer(text)
        if not any(start <= head.start() < end for start, end in fenced) and _MARKED.search(head.group(0))
    ]
    found: dict[str, str] = {}
    ends = [*(head.start() for head in heads[1:]), len(text)]
    for head, end in zip(heads, ends, strict=False):
        name = head.group(1).replace("_", " ").title()
        found.setdefault(name, text[head.end() : end].strip())
    return found


def canonical(purpose: str, reasoning: str, goal: str, code: str) -> str:
    """A reply as it stands in the history."""
    return f"**Purpose**\n{purpose}\n\n**Reasoning**\n{reasoning}\n\n**Next Goal**\n{goal}\n\n**Code**\n```python\n{code}```"


def view(events: Sequence[AnyEvent], picture: Callable[[Blob], Picture | None]) -> list[Message]:
    """What is sent to the backbone: a pure function of the log, of which a sent prefix never changes.

    `picture` loads an image; it returns None for a backbone that sees none. A step that failed is condensed from the
    first time that it is sent: without its reasoning, and with its code up to the line that failed.
    """
    ran = {event.step: event for event in events if isinstance(event, Ran)}
    messages: list[Message] = []
    for event in events:
        match event:
            case Opened():
                messages.append(Message("system", (event.system_prompt,)))
                pictures = [p for media in event.media for blob in media.pictures if (p := picture(blob))]
                _say(messages, "user", event.briefing, *pictures)
            case Planned():
                _say(messages, "user", f"## Plan\n{event.text}\n\nBegin with its first item.")
            case Wrote():
                _say(messages, "assistant", _echo(event, ran.get(event.step)))
            case Misformed():
                _say(messages, "assistant", event.reply[:_ECHO_CHARS].strip() or "(empty)")
            case Observed():
                _say(messages, "user", event.text, *[p for blob in event.images if (p := picture(blob))])
            case Rejected():
                _say(messages, "user", event.text)
            case TimeUp():  # a turn of its own: the one before it may have been sent already
                messages.append(Message("user", (event.text,)))
            case _:
                pass
    return messages


def _say(messages: list[Message], role: str, *parts: str | Picture) -> None:
    """Add a turn, or go on with the last one where the role is the same: some chat templates refuse two in a row."""
    if messages and messages[-1].role == role:
        messages[-1] = Message(messages[-1].role, messages[-1].parts + parts)
    else:
        messages.append(Message("assistant" if role == "assistant" else "user", parts))


def _echo(wrote: Wrote, ran: Ran | None) -> str:
    if ran is None or ran.status == "ok":
        return canonical(wrote.purpose, wrote.reasoning, wrote.goal, wrote.code)
    lines = wrote.code.splitlines(keepends=True)
    shown = "".join(lines[: ran.reached]) if ran.reached else wrote.code
    left_out = len(lines) - ran.reached if ran.reached else 0
    if left_out:
        shown += f"# ... {left_out} more line{'s' * (left_out > 1)} did not run\n"
    return canonical(wrote.purpose, "(left out: the step failed)", wrote.goal, shown)
