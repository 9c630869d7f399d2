"""Prompts: one markdown file a section in `sections/`, put together by name. Code only fills in names and numbers."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from spatial_agent.answers.question import Question
from spatial_agent.budget import Budget
from spatial_agent.inside.masks import PerFrameMask
from spatial_agent.inside.plugins import user_tools
from spatial_agent.inside.tools.draw import Draw
from spatial_agent.inside.tools.geometry import Geometry
from spatial_agent.inside.tools.graph import Graph
from spatial_agent.inside.tools.mask import Mask
from spatial_agent.inside.tools.reconstruct import Reconstruct, Reconstruction
from spatial_agent.inside.tools.sam3 import SAM3
from spatial_agent.inside.tools.time import Time
from spatial_agent.inside.vlm import Vlm
from spatial_agent.trace.events import Media

WRITE = ("role", "inputs", "reply", "looking", "tools", "space", "measuring", "checking", "cells", "answering")
"""Sections of the system prompt of the one who writes cells."""
PLAN = ("planner", "inputs", "tools", "space")
"""Sections of the system prompt of the planner."""

_EYES = {"Reconstruct": Reconstruct, "SAM3": SAM3}
_HANDS = {"Geometry": Geometry, "Mask": Mask, "Time": Time, "Graph": Graph, "Draw": Draw}
_RESULTS = {"Reconstruction": Reconstruction, "PerFrameMask": PerFrameMask}


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
    depends on nothing else, so that all questions of a kind share their prefix.
    """
    theirs = user_tools(frozenset(_EYES | _HANDS))
    tools = {**(_EYES if eyes else {}), **_HANDS, **theirs}
    values = {
        "eyes": eyes,
        "sight": sight,
        "video": video,
        "budget": budget,
        "tools": {name: (about(tool), documented(tool)) for name, tool in tools.items()},
        "results": {name: (about(kind), documented(kind)) for name, kind in _RESULTS.items()} if eyes else {},
        "vlm": documented(Vlm) if sight else [],
    }
    return "\n\n".join(section(name, **values) for name in sections)


def about(tool: type) -> str:
    """The docstring of a class, each paragraph on a line of its own."""
    paragraphs = (inspect.getdoc(tool) or "").split("\n\n")
    return "\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


def documented(tool: type) -> list[tuple[str, str]]:
    """Signature and first paragraph of the docstring of each public method and property, in the order of the code."""
    found = []
    for name, member in vars(tool).items():
        if name.startswith("_") and name != "__getitem__":
            continue
        if isinstance(member, classmethod):
            continue  # another way to be built, which is not for cells
        function = member.__func__ if isinstance(member, staticmethod) else member
        if isinstance(function, property):
            found.append((name, _paragraph(function)))
        elif inspect.isfunction(function):
            found.append((_signature(name, function), _paragraph(function)))
    return [(signature, text) for signature, text in found if text]


def _signature(name: str, function: object) -> str:
    assert inspect.isfunction(function)
    parameters = [
        parameter.replace(annotation=inspect.Parameter.empty)
        for parameter in inspect.signature(function).parameters.values()
        if parameter.name != "self"
    ]
    signature = str(inspect.Signature(parameters))
    return f"obj[{parameters[0].name}]" if name == "__getitem__" else name + signature


def _paragraph(documented: object) -> str:
    text = inspect.getdoc(documented) or ""
    return " ".join(text.split("\n\n")[0].split())


def briefing(question: Question, media: Sequence[Media], *, references: int, sight: bool, budget: Budget) -> str:
    """The first message: what was put in, the question, the form of its answer."""
    return section(
        "briefing", question=question, media=media, references=references, sight=sight, max_steps=budget.max_steps
    )
