"""Prompts: one markdown file a section in `sections/`, put together by name. Code only fills in names and numbers."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from spatial_agent.answers.question import Question
from spatial_agent.budget import Budget
from spatial_agent.inside.plugins import user_tools
from spatial_agent.prompts.catalogue import EYES, HANDS, VLM
from spatial_agent.prompts.tool_docs import Page
from spatial_agent.trace.events import Media

WRITE = ("role", "inputs", "reply", "looking", "tools", "space", "measuring", "checking", "cells", "answering")
"""Sections of the system prompt of the one who writes cells."""
PLAN = ("planner", "inputs", "tools", "space")
"""Sections of the system prompt of the planner."""


@lru_cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(Path(__file__).parent / "sections"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
        autoescape=False,
    )


def section(name: str, **values: object) -> str:
    """One section, filled in."""
    return _environment().get_template(f"{name}.md").render(**values).strip()


@lru_cache
def system_prompt(sections: tuple[str, ...], *, eyes: bool, sight: bool, video: bool, budget: Budget) -> str:
    """The sections in order.

    `eyes`: perception tools run. `sight`: the backbone sees images. `video`: the input has an order in time. The text
    depends on nothing else, so that all questions of a kind share their prefix. A plan has no code: its prompt says what
    tools there are, without their arguments.
    """
    theirs = tuple(Page(f"tools.{name}", tool) for name, tool in user_tools().items())
    values = {
        "eyes": eyes,
        "sight": sight,
        "video": video,
        "budget": budget,
        "brief": "planner" in sections,
        "tools": (EYES if eyes else ()) + HANDS + theirs,
        "vlm": VLM,
    }
    return "\n\n".join(section(name, **values) for name in sections)


def briefing(question: Question, media: Sequence[Media], *, references: int, sight: bool, budget: Budget) -> str:
    """The first message: what was put in, the question, the form of its answer."""
    return section(
        "briefing", question=question, media=media, references=references, sight=sight, max_steps=budget.max_steps
    )
