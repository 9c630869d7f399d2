"""The names that a cell finds: inputs, tools, `show`, `vlm`, `ReturnAnswer`, and the usual libraries."""

from __future__ import annotations

import collections
import functools
import importlib.util
import itertools
import json
import math
import random
import re
import statistics
import sys
from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import scipy
import scipy.ndimage
import scipy.spatial
from PIL import Image

from spatial_agent import wire
from spatial_agent.inside.answer import make_return_answer
from spatial_agent.inside.host import Host
from spatial_agent.inside.images import InputImages
from spatial_agent.inside.metadata import Metadata
from spatial_agent.inside.plugins import user_tools
from spatial_agent.inside.references import ReferenceImages
from spatial_agent.inside.show import images_of_open_figures, make_show
from spatial_agent.inside.tools.draw import Draw
from spatial_agent.inside.tools.geometry import Geometry
from spatial_agent.inside.tools.graph import Graph
from spatial_agent.inside.tools.mask import Mask
from spatial_agent.inside.tools.reconstruct import Reconstruct
from spatial_agent.inside.tools.sam3 import SAM3
from spatial_agent.inside.tools.time import Time
from spatial_agent.inside.vlm import Vlm


def _when_used(name: str) -> ModuleType:
    """A module that is imported when a cell first uses it: these two take half of a worker's start, and few need them."""
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.find_spec(name)
    assert spec is not None and spec.loader is not None
    spec.loader = importlib.util.LazyLoader(spec.loader)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


LIBRARIES: dict[str, ModuleType] = {
    "np": np,
    "numpy": np,
    "scipy": scipy,
    "ndimage": scipy.ndimage,
    "optimize": _when_used("scipy.optimize"),
    "signal": _when_used("scipy.signal"),
    "spatial": scipy.spatial,
    "matplotlib": mpl,
    "plt": plt,
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
    _patch_plt_show(show)
    random.seed(session.seed)
    np.random.seed(session.seed)
    names: dict[str, Any] = {"__name__": "__main__", "__builtins__": __builtins__, **LIBRARIES}
    several = len(session.videos) > 1
    inputs = [InputImages(host, k, video, several=several) for k, video in enumerate(session.videos, start=1)]
    names |= {f"InputImages_{k}" if several else "InputImages": images for k, images in enumerate(inputs, start=1)}
    if session.references:
        names["RefImages"] = ReferenceImages(host, session.references)
    names |= {"Metadata": Metadata(session.videos), "tools": _tools(session, host, inputs)}
    names |= {"show": show, "vlm": Vlm(host), "ReturnAnswer": make_return_answer(send)}
    return names


class Tools(SimpleNamespace):
    """The tools by their names."""

    def __getattr__(self, name: str) -> Any:
        """Say which tools there are instead."""
        raise AttributeError(f"there is no tools.{name}; there are tools.{', tools.'.join(sorted(vars(self)))}")


def _tools(session: wire.Open, host: Host, inputs: list[InputImages]) -> Tools:
    ours = {
        "Reconstruct": Reconstruct(host, limit=session.reconstruct_frames, eyes=session.eyes),
        "SAM3": SAM3(host, inputs, limit=session.segment_frames, eyes=session.eyes),
        "Geometry": Geometry(),
        "Mask": Mask(),
        "Time": Time(session.videos),
        "Graph": Graph(),
        "Draw": Draw(),
    }
    theirs = {name: tool() for name, tool in user_tools(frozenset(ours)).items()}
    return Tools(**ours, **theirs)


def _patch_plt_show(show: Callable[..., None]) -> None:
    def plt_show(*_args: Any, **_keywords: Any) -> None:
        """Show every open figure, then close it."""
        show(images_of_open_figures())

    plt.show = plt_show
