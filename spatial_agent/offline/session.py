"""How a session goes, whatever is asked: steps whose cells print a line each, and what these lines say."""

import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from spatial_agent.chat.protocol import Message

TRIES = 3  # of a step; then the policy gives up
Facts = dict[str, Any]
"""The JSON lines that cells printed, by their key; only those whose variables still exist."""
_BRIEFING = r"(?sm)^## Question\n(.*?)(?:\s*\nOptions:\n(.*?))?\n\s*## Answer form\n([^\n]*)"


class CannotTell(Exception):
    """The policy cannot answer, for the reason that is the message."""


class Asked(NamedTuple):
    """The question as the briefing puts it; `form` is in words, as in "a number, in m" or "yes or no"."""

    question: str = ""
    options: tuple[str, ...] = ()
    form: str = ""
    may_abstain: bool = True


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


class Step(NamedTuple):
    """A step: the key of the line that its cell prints (empty for the answer), and what writes its reply.

    `write` gets the facts, and how simple the cell should be (0, 1 or 2). A line that is not `enough` lets the step be written again.
    """

    prints: str
    write: Callable[[Facts, int], Draft]
    enough: Callable[[Facts], bool] = lambda _: True


class Task(NamedTuple):
    """A question that was recognised: a plan, and the steps that carry it out, the answering one last."""

    plan: str
    steps: tuple[Step, ...]

    def current(self, facts: Facts) -> Step:
        """The first step that is not done."""
        return next(step for step in self.steps if step.prints not in facts or not step.enough(facts))


def read_briefing(messages: Sequence[Message]) -> Asked:
    """The question of a chat; an empty one where there is no briefing."""
    text = next((message.text for message in messages if message.role == "user"), "")
    found = re.search(_BRIEFING, text)
    if found is None or "InputImages_2:" in text[: found.start()]:  # several videos are not known
        return Asked()
    options = tuple(re.findall(r"^[A-Z]\. (.*)$", found[2] or "", re.MULTILINE))
    return Asked(found[1].strip(), options, found[3], "may abstain" in found[3])


def next_draft(task: Task, messages: Sequence[Message]) -> Draft:
    """The next reply, from all observations so far. Raises CannotTell."""
    facts, failures, problem, lost = Facts(), Counter[str](), "", False
    for text in [message.text for message in messages if message.role == "user"][1:]:
        step = task.current(facts)
        headline = text.lstrip().partition("\n")[0]
        line = _line(text, step.prints) if "the cell ran" in headline else None
        facts |= line or {}
        problem = _problem(headline, text) if line is None else ""
        failures[step.prints] += bool(problem)
        if lost := "ALL variables are gone" in headline:
            facts.clear()
    step = task.current(facts)
    if failures[step.prints] >= TRIES or "there is no depth" in problem:  # and no other cell would find any
        raise CannotTell(f"a cell failed each time: {problem or 'the kernel was lost'}")
    draft = step.write(facts, min(failures.total(), TRIES - 1))
    again = f"The last cell failed ({problem}). I {'begin again' if lost else 'write it again in a simpler form'}."
    return draft._replace(reasoning=f"{again} {draft.reasoning}") if problem else draft


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
    error = text.partition("[Error]\n")[2].partition("\n\n")[0].strip().splitlines()[-1:]
    said = error[0] if error else headline.partition(": ")[2] or "nothing was observed"
    return " ".join(re.sub(r"[`*#~<>]|\bspatial_agent\.errors\.", " ", said).split())[:300] or "nothing was observed"
