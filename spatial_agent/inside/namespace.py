"""The names that a cell finds: inputs, tools, `show`, `vlm`, `ReturnAnswer`, and the usual libraries."""

from __future__ import annotations

import collections
import difflib
import functools
import io
import itertools
import json
import math
import random
import re
import statistics
import sys
from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any, cast

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import scipy
import scipy.ndimage
import scipy.optimize
import scipy.signal
import scipy.spatial
from PIL import Image

from spatial_agent import wire
from spatial_agent.inside.answer import make_return_answer
from spatial_agent.inside.counting import counted
from spatial_agent.inside.host import Host
from spatial_agent.inside.images import InputImages, SeveralInputs
from spatial_agent.inside.limits import Limits
from spatial_agent.inside.metadata import Metadata
from spatial_agent.inside.names import TOOLS
from spatial_agent.inside.plugins import user_tools
from spatial_agent.inside.references import ReferenceImages
from spatial_agent.inside.show import Show, images_of_open_figures, make_show
from spatial_agent.inside.tools.draw import Draw
from spatial_agent.inside.tools.geometry import Geometry
from spatial_agent.inside.tools.graph import Graph
from spatial_agent.inside.tools.mask import Mask
from spatial_agent.inside.tools.reconstruct import Reconstruct
from spatial_agent.inside.tools.sam3 import SAM3
from spatial_agent.inside.tools.time import Time
from spatial_agent.inside.unknown import LIMITS
from spatial_agent.inside.vlm import Vlm

LIBRARIES: dict[str, ModuleType] = {
    "np": np,
    "numpy": np,
    "scipy": scipy,
    "ndimage": scipy.ndimage,
    "optimize": scipy.optimize,
    "signal": scipy.signal,
    "spatial": scipy.spatial,
    "matplotlib": mpl,
    "collections": collections,
    "functools": functools,
    "itertools": itertools,
    "json": json,
    "math": math,
    "random": random,
    "re": re,
    "statistics": statistics,
    "Image": Image,
}
"""Ready in every cell, without an import."""


def build(session: wire.Open, host: Host, send: Callable[[wire.FromKernel], None]) -> dict[str, Any]:
    """A fresh namespace for one question."""
    show = make_show(lambda image, label: send(wire.Shown(image, label)))
    seed(session.seed)
    several = len(session.videos) > 1
    inputs = [InputImages(host, k, video, several=several) for k, video in enumerate(session.videos, start=1)]
    tools, vlm = _tools(session, host, inputs), Vlm(host)
    names: dict[str, Any] = {"__name__": "__main__", "__builtins__": __builtins__, **vars(tools), **LIBRARIES}
    names["plt"] = _showing(show)
    names["enumerate"] = counted
    names |= {"InputImages": SeveralInputs(len(inputs)) if several else inputs[0]}
    names |= {f"InputImages_{k}": images for k, images in enumerate(inputs, start=1)}
    if session.references:
        names["RefImages"] = ReferenceImages(host, session.references)
    names |= {"Metadata": Metadata(session.videos), "tools": tools}
    names |= {"show": show, "vlm": vlm, "feedback": Feedback(show, vlm), "ReturnAnswer": make_return_answer(send)}
    names[LIMITS] = Limits.of(session)
    return names


def make_importable(names: dict[str, Any]) -> None:
    """Let `import tools`, `import vlm` or `from tools.SAM3 import segment_image_by_text` find what is there already.

    It is for a process that serves one question.
    """
    modules = cast("dict[str, Any]", sys.modules)
    modules |= {name: names[name] for name in ("tools", "vlm", "feedback")}
    modules |= {f"tools.{name}": tool for name, tool in vars(names["tools"]).items()}


class Tools(SimpleNamespace):
    """The tools by their names."""

    def __getattr__(self, name: str) -> Any:
        """Say which tools there are instead."""
        having = [f"tools.{tool}.{name}" for tool, thing in vars(self).items() if hasattr(type(thing), name)]
        spelt = {tool.lower(): f"tools.{tool}" for tool in vars(self)}
        close = [spelt[tool] for tool in difflib.get_close_matches(name.lower(), spelt, 1)]
        call = "".join(f"\n  type: {instead}" for instead in (having or close)[:1] if not name.startswith("_"))
        names = ", ".join(f"tools.{tool}" for tool in sorted(vars(self)))
        # Without a name and an object, which Python would add, the cell's own help does not list the tools once more.
        raise AttributeError(f"there is no tools.{name}; there are {names}{call}", name=None, obj=None)


class Feedback:
    """Other names of `show` and `vlm.ask_with_thinking`: feedback.show(...), feedback.ask_vlm(images, question)."""

    def __init__(self, show: Show, vlm: Vlm) -> None:
        self.show = show
        self.ask_vlm = vlm.ask_with_thinking


def _tools(session: wire.Open, host: Host, inputs: list[InputImages]) -> Tools:
    ours = (
        Reconstruct(host, limit=session.reconstruct_frames, inputs=inputs, eyes=session.eyes),
        SAM3(host, inputs, limit=session.segment_frames, eyes=session.eyes),
        Geometry(),
        Mask(),
        Time(session.videos),
        Graph(),
        Draw(),
    )
    theirs = {name: tool() for name, tool in user_tools().items()}
    return Tools(**dict(zip(TOOLS, ours, strict=True)), **theirs)


def _showing(show: Callable[..., None]) -> ModuleType:
    """pyplot, whose show() hands figures to ours."""

    def plt_show(*_args: Any, **_keywords: Any) -> None:
        """Show every open figure, then close it."""
        show(images_of_open_figures())

    plt.show = plt_show
    return plt


def seed(number: int) -> None:
    """Begin the generators that cells draw from anew."""
    random.seed(number)
    np.random.seed(number)


def warm() -> None:
    """Draw one figure and encode one picture: what these set up at their first use takes a tenth of a second."""
    figure = plt.figure(figsize=(1, 1))
    figure.gca().set_title("a")
    figure.savefig(io.BytesIO(), format="png")
    plt.close(figure)
    Image.new("RGB", (1, 1)).save(io.BytesIO(), "JPEG")
