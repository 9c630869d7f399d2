"""Reading the last turn of a session that came to a limit: `Answer: ...`, or that it cannot be told."""

from __future__ import annotations

import re
from typing import NamedTuple

from spatial_agent.errors import AnswerError

_LINE = re.compile(r"^[ \t>#*_`-]*answer[ \t*_`]*:[ \t*_`]*(\S.*?)[ \t*_`]*$", re.IGNORECASE | re.MULTILINE)
_CANNOT_TELL = re.compile(
    r"(?:i |it )?(?:cannot|can't|can not|could not) (?:be )?(?:tell|told|say|said|determined?)\b[ \t]*[.,:;-]*",
    re.IGNORECASE,
)
_WHY_CHARS = 300


class LastWords(NamedTuple):
    """What the backbone knew in the end."""

    answer: str | None
    """As it was written, to be held against the form asked for; None: it cannot tell."""
    why: str
    """What it said beside it, in one line; may be empty."""


def read_last_words(reply: str) -> LastWords:
    """The answer in a reply; its first `Answer:` line counts, thinking left out. Raises AnswerError without one."""
    said = reply.rpartition("</think>")[2].strip()
    line = None if said.startswith("<think>") else _LINE.search(said)
    if line is None:
        raise AnswerError("It has no line that begins with `Answer:`.")
    cannot = _CANNOT_TELL.match(line[1])
    rest = f"{line[1][cannot.end() :] if cannot else ''} {said[line.end() :]}"
    why = " ".join(rest.split())[:_WHY_CHARS].strip()
    return LastWords(None if cannot else line[1], why)
