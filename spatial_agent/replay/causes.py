"""Whose fault it is that a cell failed: ours (the api), or the cell's own. The rule is in docs/replay.md.

In one sentence: a failure is the api's unless no truthful result existed, or nothing of ours was in the statement that
failed; in doubt it is the api's.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from spatial_agent.kernel.protocol import CellResult
from spatial_agent.replay.origin import OURS, Origin, Origins

Outcome = Literal["ran", "refused", "failed_api", "failed_cell", "incomplete"]
LIBRARIES = frozenset({"np", "numpy", "math", "collections", "itertools", "functools", "matplotlib", "plt", "scipy"})
"""What the interface promises beside our names."""
_FRAME_LINE = re.compile(r'^  File "<cell (\d+)>", line (\d+)', re.MULTILINE)
_RAISED = re.compile(r"^((?:\w+\.)*)(\w+)(?=:|$)")
"""The line of a traceback that says what was raised: modules, class, words."""
_CHAINED = re.compile(r"^(?:During handling of|The above exception)[^\n]*\n", re.MULTILINE)
_EMPTY = re.compile(
    r"NoneType|\bNone\b|\bempty\b|zero-size|size 0\b|at least one array|shape \(0|\bnothing\b", re.IGNORECASE
)
_CAP = re.compile(r"\bat most\b|\blimit\b|\bmore than\b|\btoo many\b", re.IGNORECASE)
MAX_LINE = 150
_LOOKUP = ("IndexError", "KeyError", "StopIteration")
_SERVED = frozenset({"InputImages", "tools", "vlm", "Reconstruct", "SAM3"})
"""Names that frames can be asked of anew; a result that is there already has the frames that it has."""


@dataclass(frozen=True)
class Verdict:
    """What became of a step, and why."""

    outcome: Outcome
    cause: str | None = None
    message: str = ""
    """The exact words of the error."""
    statement: str = ""
    """The line of code that failed, in a function of an earlier cell perhaps."""


@dataclass(frozen=True)
class Failure:
    """An error of a cell, taken apart."""

    kind: str
    """The class of the exception, without its module."""
    message: str
    """Class and words, as they stand at the end of the traceback."""
    statement: ast.AST | None
    """The innermost statement of a cell that was running; of a compound one its head."""


def take_apart(error: str, cells: Sequence[ast.Module]) -> Failure:
    """The last exception of a traceback, and the statement among the kernel's `cells`, in their order, that raised it."""
    last = _CHAINED.split(error)[-1]
    lines = last.splitlines()
    begins = next((k for k, line in enumerate(lines) if _RAISED.match(line)), 0)
    kind = _RAISED.match(lines[begins]) if lines else None
    name = kind[2] if kind else ""
    message = "\n".join(lines[begins:]).strip()
    where = _FRAME_LINE.findall(last)
    statement = _statement(cells[int(where[-1][0]) - 1], int(where[-1][1])) if where else None
    return Failure(name, message.removeprefix(kind[1] or "") if kind else error, statement)


def judge(result: CellResult, cells: Sequence[ast.Module], ours: Origins, told: Origins) -> Verdict:
    """What became of a cell that ran to its end or failed. `told`: origins that begin at `vlm` alone.

    An unknown name is the cell's fault here; whether a missing cell would have made it is for the caller to say.
    """
    if result.status == "ok":
        return Verdict("ran")
    failure = take_apart(result.error or "", cells)
    outcome, cause = _blame(result, failure, ours, told)
    return Verdict(outcome, cause, failure.message, _first_line(failure.statement))


def _blame(result: CellResult, failure: Failure, ours: Origins, told: Origins) -> tuple[Outcome, str]:
    if result.status == "died":
        return "failed_api", "kernel ended"
    if failure.kind == "MemoryError":
        return "failed_api", "memory"
    if result.status == "timeout" or failure.kind == "KeyboardInterrupt":
        return ("failed_cell", "cell too slow") if result.error_in == "cell" else ("failed_api", "tool too slow")
    return _of_tool(failure, ours, told) if result.error_in == "tool" else _of_cell(failure, ours, told)


def _first_line(statement: ast.AST | None) -> str:
    line = ast.unparse(statement).partition("\n")[0] if statement else ""
    return line if len(line) <= MAX_LINE else f"{line[:MAX_LINE]}..."


def _of_tool(failure: Failure, ours: Origins, told: Origins) -> tuple[Outcome, str]:
    """One of our tools refused. Two results that cover different frames are the one case without a truthful result."""
    if failure.kind == "FrameError":
        statement = failure.statement
        served = statement is None or _SERVED & _called(statement) or ours.counters & _indices(statement)
        return ("failed_api", "frame") if served else ("failed_cell", "frames that a result does not cover")
    if _CAP.search(failure.message):
        return "failed_api", "cap"
    if failure.kind in _LOOKUP:
        return "failed_api", "frame"
    if failure.statement is not None and _reads_a_reply(failure.statement, told):
        return "failed_api", "parsing"
    return "failed_api", "empty result" if _EMPTY.search(failure.message.partition("\n")[0]) else "form"


def _of_cell(failure: Failure, ours: Origins, told: Origins) -> tuple[Outcome, str]:
    """The cell's own code raised, or a library that it called; ours if a value of ours was what it could not work with."""
    statement = failure.statement
    if failure.kind in ("NameError", "UnboundLocalError"):
        return _unknown_name(failure)
    if failure.kind in ("ImportError", "ModuleNotFoundError"):
        promised = OURS | LIBRARIES if failure.kind == "ModuleNotFoundError" else OURS
        return ("failed_api", "form") if _imported(statement) & promised else ("failed_cell", "import")
    if isinstance(statement, ast.Raise | ast.Assert):
        return "failed_cell", "its own check"
    touched = ours.touched(statement) if statement is not None else Origin.OURS
    empty = _EMPTY.search(failure.message) is not None
    if touched != Origin.OWN and empty:
        return "failed_api", "empty result"
    if touched == Origin.OURS and statement is not None and told.touched(statement) == Origin.OURS:
        return "failed_api", "parsing"
    if failure.kind in _LOOKUP:
        looked_in = _looked_in(statement, ours)
        return ("failed_api", "frame") if looked_in in (None, Origin.OURS) else ("failed_cell", "index of its own list")
    if touched >= Origin.GATHERED:
        return "failed_api", "form"
    return "failed_cell", "its own arithmetic"


def _unknown_name(failure: Failure) -> tuple[Outcome, str]:
    promised = unknown_name(failure.message) in OURS | LIBRARIES
    return ("failed_api", "form") if promised else ("failed_cell", "unknown name")


def unknown_name(message: str) -> str | None:
    """The name that a NameError speaks of."""
    found = re.match(r"NameError: name '(\w+)' is not defined", message)
    return found[1] if found else None


def _imported(statement: ast.AST | None) -> set[str]:
    if isinstance(statement, ast.ImportFrom):
        return {(statement.module or "").partition(".")[0]}
    return {alias.name.partition(".")[0] for alias in getattr(statement, "names", ())}


def _looked_in(statement: ast.AST | None, ours: Origins) -> Origin | None:
    """The origin of what a statement looks things up in; None where it looks nothing up by itself."""
    bases = (
        [ours.of(node.value) for node in ast.walk(statement) if isinstance(node, ast.Subscript)] if statement else []
    )
    return max(bases, default=None)


def _indices(statement: ast.AST) -> set[str]:
    """Names that things are looked up by, directly: a counter among them can only mean a place in a list."""
    found = (node.slice for node in ast.walk(statement) if isinstance(node, ast.Subscript))
    return {node.id for node in found if isinstance(node, ast.Name)}


def _reads_a_reply(statement: ast.AST, told: Origins) -> bool:
    """Say whether a tool other than `vlm` was given what `vlm` said."""
    calls = [node for node in ast.walk(statement) if isinstance(node, ast.Call) and told.of(node.func) == Origin.OWN]
    return any(told.of(argument) == Origin.OURS for call in calls for argument in call.args)


def _called(statement: ast.AST) -> set[str]:
    """The names at which the calls and subscripts of a statement begin: `tools` of `tools.SAM3.f(x)`, not `x`."""
    roots = set()
    for node in ast.walk(statement):
        if isinstance(node, ast.Call | ast.Subscript):
            root = node.func if isinstance(node, ast.Call) else node.value
            while isinstance(root, ast.Attribute | ast.Subscript | ast.Call):
                root = root.func if isinstance(root, ast.Call) else root.value
            if isinstance(root, ast.Name):
                roots.add(root.id.partition("_")[0])
    return roots


def _statement(tree: ast.Module, line: int) -> ast.AST | None:
    """The innermost statement at a line; of one that holds others, what stands before them."""
    holding = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.stmt) and node.lineno <= line <= (node.end_lineno or node.lineno)
    ]
    innermost = max(holding, key=lambda node: node.lineno, default=None)
    match innermost:
        case ast.If(test=head) | ast.While(test=head) | ast.For(iter=head):
            return head
        case ast.With(items=items):
            return ast.Tuple([item.context_expr for item in items], ast.Load())
        case _:
            return innermost
