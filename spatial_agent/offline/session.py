"""What the messages of a session say, whatever is asked: the question, and the lines that cells printed."""

import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from spatial_agent.chat.protocol import Message
from spatial_agent.offline.words import amounts

Facts = dict[str, Any]
"""The JSON lines that cells printed, by their key; only those whose variables still exist."""
_BRIEFING = (
    r"(?sm)^InputImages: (?P<frames>\d+) .*?frame numbers (?P<first>\d+) to (?P<last>\d+).*^## Question\n"
    r"(?P<question>.*?)(?:\s*\nOptions:\n(?P<options>.*?))?\n\s*## Answer form\n(?P<form>[^\n]*)"
)
_FORMS = {"a number": "number", "one letter": "choice", "yes or no": "yes-no", "a short text": "text"}


class CannotTell(Exception):
    """The policy cannot answer, for the reason that is the message."""


class Asked(NamedTuple):
    """The question as the briefing puts it; its form is number, choice, yes-no, text or empty, also in words."""

    question: str = ""
    options: tuple[str, ...] = ()
    form: str = ""  # number, too, for a choice between amounts ("1 m", "2.5 m")
    said: str = ""
    frames: int = 0
    first: int = 0
    last: int = 0
    may_abstain: bool = True
    videos: int = 1


class Draft(NamedTuple):
    """The four sections of a reply."""

    purpose: str
    reasoning: str
    goal: str
    code: str

    def text(self) -> str:
        """As it is sent."""
        prose = f"**Purpose**\n{self.purpose}\n\n**Reasoning**\n{self.reasoning}\n\n**Next Goal**\n{self.goal}"
        return f"{prose}\n\n**Code**\n```python\n{self.code.strip()}\n```"


def read_briefing(messages: Sequence[Message]) -> Asked:
    """The question of a chat; an empty one where there is no briefing, or one of several videos."""
    text = next((message.text for message in messages if message.role == "user"), "")
    found = re.search(_BRIEFING, text)
    if found is None:
        return Asked(videos=len(re.findall(r"(?m)^InputImages_\d+: ", text)))
    options, said = tuple(re.findall(r"^[A-Z]\. (.*)$", found["options"] or "", re.MULTILINE)), found["form"]
    form = next((form for words, form in _FORMS.items() if said.startswith(words)), "")
    form = "number" if amounts(options) else form
    frames, first, last = (int(found[group]) for group in ("frames", "first", "last"))
    allowed = "may abstain" in said
    return Asked(found["question"].strip(), options, form, said.partition(". ")[0], frames, first, last, allowed)


def observed(current: Callable[[Facts], str], messages: Sequence[Message]) -> tuple[Facts, Counter[str], str]:
    """The facts so far, failures by the key of the line that was due (`current` says it), and what went wrong last."""
    facts, failures, problem = Facts(), Counter[str](), ""
    for text in [message.text for message in messages if message.role == "user"][1:]:
        headline, due = text.lstrip().partition("\n")[0], current(facts)
        line = _line(text, due) if "the cell ran" in headline else None
        problem = _problem(headline, text) if line is None else ""
        failures[due] += bool(problem)
        facts |= line or {}
        if "ALL variables are gone" in headline:
            facts.clear()
    return facts, failures, problem


def _line(text: str, key: str) -> Facts | None:
    """The last JSON line with this key; an empty one where no line was due."""
    for line in reversed(text.splitlines()):
        try:
            said = json.loads(line) if key and line.startswith("{") else {}
        except (ValueError, RecursionError):
            continue
        if key in said:
            return Facts(said)
    return None if key else Facts()


def _problem(headline: str, text: str) -> str:
    """What went wrong, in one line that cannot be taken for a heading or a code fence."""
    fence, _, quoted = text.partition("[Error]\n")[2].partition("\n")
    error = quoted.partition(f"\n{fence}")[0].strip().splitlines()
    said = [line for line in error if not line.startswith((" ", "Traceback"))] or [headline.partition(": ")[2]]
    return " ".join(re.sub(r"[`*#~<>]", " ", said[-1]).split())[:300] or "nothing was observed"
