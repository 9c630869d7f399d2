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
_LOOKUP = ("IndexError", "KeyError", "PositionError", "StopIteration")
_REFUSALS = ("ToolError", "FrameError", "PositionError")
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
    """The last exception of a traceback, and the statement among the kernel's `cells`, in their order, that raised it.

    Of one that the cell raised because of another, it is the other that failed.
    """
    *earlier, last = [_failure(part, cells) for part in _CHAINED.split(error)]
    while earlier and _raises(last):
        last = earlier.pop()
    return last


def _failure(error: str, cells: Sequence[ast.Module]) -> Failure:
    lines = error.splitlines()
    begins = next((k for k, line in enumerate(lines) if _RAISED.match(line)), 0)
    kind = _RAISED.match(lines[begins]) if lines else None
    message = "\n".join(lines[begins:]).strip()
    where = _FRAME_LINE.findall(error)
    statement = _statement(cells[int(where[-1][0]) - 1], int(where[-1][1])) if where else None
    return Failure(kind[2] if kind else "", message.removeprefix(kind[1] or "") if kind else error, statement)


def _raises(failure: Failure) -> bool:
    """Say whether the cell raised this on purpose."""
    if isinstance(failure.statement, ast.Module):  # one line, which may raise besides what else it does
        named = {node.id for node in ast.walk(failure.statement) if isinstance(node, ast.Name)}
        parts = failure.statement.body
        return failure.kind in named and any(isinstance(part, ast.Raise) for part in parts)
    return isinstance(failure.statement, ast.Raise | ast.Assert)


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
    if failure.kind.endswith("MemoryError"):  # numpy has one of its own
        return "failed_api", "memory"
    if result.status == "timeout" or failure.kind == "KeyboardInterrupt":
        return ("failed_cell", "cell too slow") if result.error_in == "cell" else ("failed_api", "tool too slow")
    in_tool = result.error_in == "tool" or failure.kind in _REFUSALS  # one that the cell raised anew
    return _of_tool(failure, ours, told) if in_tool else _of_cell(failure, ours, told)


def _first_line(statement: ast.AST | None) -> str:
    parts = statement.body if isinstance(statement, ast.Module) else [statement] if statement else []
    line = "; ".join(ast.unparse(part).partition("\n")[0] for part in parts)
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
    if _raises(failure):
        return "failed_cell", "its own check"
    touched = ours.touched(statement) if statement is not None else Origin.OURS
    if statement is not None and (told.touched(statement) == Origin.OURS or _takes_apart(statement, failure, told)):
        empty = _EMPTY.search(failure.message) is not None
        return "failed_api", "empty result" if empty else "parsing"
    if touched != Origin.OWN and (_EMPTY.search(failure.message) or _takes_the_first(statement, failure, ours)):
        return "failed_api", "empty result"
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


def _takes_apart(statement: ast.AST, failure: Failure, told: Origins) -> bool:
    """Say whether what was computed from a reply has fewer, or other, parts than the cell takes it apart into."""
    if failure.kind in _LOOKUP:
        return _looked_in(statement, told) not in (None, Origin.OWN)
    unpacks = isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Tuple | ast.List)
    return failure.kind == "ValueError" and unpacks and told.touched(statement) != Origin.OWN


def _takes_the_first(statement: ast.AST | None, failure: Failure, ours: Origins) -> bool:
    """Say whether the first or the last was taken of a list, computed from values of ours, that turned out empty."""
    return failure.kind == "IndexError" and any(
        isinstance(node, ast.Subscript)
        and ast.unparse(node.slice) in ("0", "-1")
        and ours.of(node.value) not in (Origin.OWN, Origin.OURS)
        for node in ast.walk(statement or ast.Pass())
    )


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
    """The innermost statement at a line; of one that holds others, what stands before them.

    Where several share the line, which of them it was cannot be told: a Module of them all.
    """
    holding = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.stmt) and node.lineno <= line <= (node.end_lineno or node.lineno)
    ]
    begins = max((node.lineno for node in holding), default=0)
    shared = [_head(node) for node in holding if node.lineno == begins]
    if len(shared) > 1:
        return ast.Module([part if isinstance(part, ast.stmt) else ast.Expr(part) for part in shared], [])
    return shared[0] if shared else None


def _head(statement: ast.stmt) -> ast.stmt | ast.expr:
    """A statement, or of one that holds others what stands before them."""
    match statement:
        case ast.If(test=head) | ast.While(test=head) | ast.For(iter=head):
            return head
        case ast.With(items=items):
            return ast.Tuple([item.context_expr for item in items], ast.Load())
        case _:
            return statement
