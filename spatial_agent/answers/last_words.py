"""Reading the last turn of a session that came to a limit: `Answer: ...`, or that it cannot be told."""

from __future__ import annotations

import re
from typing import NamedTuple

from spatial_agent.answers.forms import coerce
from spatial_agent.answers.question import Question
from spatial_agent.errors import AnswerError
from spatial_agent.trace.events import Value

_LABEL = re.compile(r"[ \t>#*_`-]*answer[ \t*_`]*:", re.IGNORECASE)
_MARKS = " \t\r*_`"
_CANNOT_TELL = re.compile(
    r"(?:i |it )?(?:cannot|can't|can not|could not) (?:be )?(?:tell|told|say|said|determined?)\b[ \t]*[.,:;-]*",
    re.IGNORECASE,
)
# `(from step 3)`, `, measured between ...`, `- the heater`; another number or another option is none.
_REMARK = re.compile(r" \((?=[a-z])|, (?=[a-z])| [-\u2013\u2014] (?=[a-z])|; ?(?=[a-z])|\. (?=[a-z])", re.IGNORECASE)
_ANOTHER = re.compile(r"\b(?:or|and|to)\b", re.IGNORECASE)
_WHY_CHARS = 300
_REPLY_CHARS = 20_000
"""Of a reply that are read, thinking left out."""


class LastWords(NamedTuple):
    """What the backbone knew in the end."""

    answer: str | None
    """As it was written, to be held against the form asked for; None: it cannot tell."""
    why: str
    """What it said beside it, in one line; may be empty."""


def read_last_words(reply: str) -> LastWords:
    """The answer in a reply; its first `Answer:` line counts, thinking left out. Raises AnswerError without one."""
    said = reply.rpartition("</think>")[2].strip()[:_REPLY_CHARS]
    lines = [] if said.startswith("<think>") else said.split("\n")
    for number, line in enumerate(lines, start=1):
        label = _LABEL.match(line)
        if label and (answer := line[label.end() :].strip(_MARKS)):
            cannot = _CANNOT_TELL.match(answer)
            rest = " ".join([answer[cannot.end() :] if cannot else "", *lines[number:]])
            return LastWords(None if cannot else answer, " ".join(rest.split())[:_WHY_CHARS].strip())
    raise AnswerError("It has no line that begins with `Answer:`.")


def without_remark(question: Question, answer: str) -> str:
    """An answer without what is said behind it: `0.9 m` of "0.9 m (from step 3)".

    Whole where nothing is, and where it would make it another answer: "0.9, or 1.2", "A (the lamp)" where A is the sofa.
    """
    remark = _REMARK.search(answer)
    if remark is None or _ANOTHER.match(answer, remark.end()):
        return answer
    short, said = answer[: remark.start()], answer[remark.end() :].rstrip(" )")
    return short if _taken(question, said) in (None, _taken(question, short)) else answer


def _taken(question: Question, said: str) -> Value:
    """What a text is in the form asked for; None where it has another."""
    try:
        return coerce(question, said)
    except AnswerError:
        return None
