"""Tools that users add: classes named by the entry point group `spatial_agent.tools` of an installed package.

    [project.entry-points."spatial_agent.tools"]
    gaze = "my_lab.gaze:Gaze"      # its public methods become tools.Gaze.*; their docstrings are the documentation

A tool runs inside the kernel, with what a cell may use: numpy, scipy, Pillow, matplotlib, and no files or network.
"""

from __future__ import annotations

from functools import cache
from importlib.metadata import EntryPoint, entry_points

from spatial_agent.errors import InputError
from spatial_agent.inside.names import GIVEN

GROUP = "spatial_agent.tools"


@cache
def user_tools() -> dict[str, type]:
    """The classes by their names, looked up once: kernels have them from the zygote, and can look nothing up.

    Raises InputError for one that cannot be used or whose name is taken.
    """
    tools: dict[str, type] = {}
    for point in entry_points(group=GROUP):
        tool = _loaded(point)
        if tool.__name__ in (*GIVEN, *tools):
            raise InputError(
                f"The tool plugin {point.value} is called {tool.__name__}, a name that is taken; rename it."
            )
        tools[tool.__name__] = tool
    return tools


def _loaded(point: EntryPoint) -> type:
    try:
        tool = point.load()
    except Exception as problem:
        raise InputError(
            f"The tool plugin `{point.name}` ({point.value}) cannot be loaded: {type(problem).__name__}: {problem}. "
            "Repair it, or uninstall the package that brings it."
        ) from problem
    if not isinstance(tool, type):
        raise InputError(
            f"The tool plugin `{point.name}` ({point.value}) is no class; name a class in its entry point."
        )
    return tool
