"""Running one cell: its output, its traceback trimmed to its own lines, the value of its last line."""

from __future__ import annotations

import ast
import io
import linecache
import re
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from spatial_agent.errors import ToolError
from spatial_agent.inside import framed
from spatial_agent.inside.brief import Brief
from spatial_agent.inside.unknown import Names

_brief = Brief(items=12, chars=400)
ECHO_CHARS = 2000
ERROR_CHARS = 20_000


class Output(io.TextIOBase):
    """A cell's stdout or stderr: hands text on in pieces, up to a limit shared by both, and counts the rest."""

    def __init__(self, send: Callable[[str], None], meter: Meter, *, live: bool = False) -> None:
        """With `live`, each line goes out by itself: somebody looks on."""
        self._live = live
        self._send = send
        self._meter = meter
        self._pending: list[str] = []
        self._waiting = 0

    def write(self, text: str) -> int:
        """Take text; it is sent at the next flush or when 8 KiB wait."""
        if not isinstance(text, str):
            raise TypeError(f"write() takes a str, not {type(text).__name__}")
        kept = self._meter.take(text)
        if kept:
            self._pending.append(kept)
            self._waiting += len(kept)
            if self._waiting >= 8192 or (self._live and "\n" in kept):
                self.flush()
        return len(text)

    def flush(self) -> None:
        """Send what waits."""
        if self._pending:
            text, self._pending, self._waiting = "".join(self._pending), [], 0
            self._send(text)

    def isatty(self) -> bool:
        """No colours, no progress bars."""
        return False

    def writable(self) -> bool:
        """Text can be written."""
        return True


class Meter:
    """How much a cell may still write."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._left = limit
        self.dropped = 0

    def reset(self) -> None:
        """Begin a new cell."""
        self._left, self.dropped = self._limit, 0

    def take(self, text: str) -> str:
        """The part of `text` that still fits."""
        size = len(text.encode(errors="replace"))
        if size <= self._left:
            self._left -= size
            return text
        kept = text[: self._left]
        self.dropped += size - len(kept)
        self._left = 0
        return kept


@dataclass(frozen=True)
class Finished:
    """How a cell ended."""

    error: str | None = None
    error_line: int | None = None
    """The line of the cell that raised, in a function perhaps."""
    error_in: Literal["cell", "tool"] | None = None
    """Whose code raised: a wrong use of a tool counts as the tool's."""
    reached: int | None = None
    """The last line of the top-level statement that failed: nothing after it has run."""
    echo: str | None = None


def run_cell(code: str, number: int, namespace: dict[str, Any], see: Callable[[Any], None] | None = None) -> Finished:
    """Run a cell in `namespace`; exceptions of the cell become text, with the line of the cell they came from.

    `see` is given the value of the last line.
    """
    name = f"<cell {number}>"
    linecache.cache[name] = (len(code), None, code.splitlines(keepends=True), name)
    try:
        body, last = _split(code, name)
        exec(body, namespace)  # noqa: S102 - running cells is what this process is for
        value = eval(last, namespace) if last else None
        if see is not None:
            see(value)
        return Finished(echo=_echo(value))
    except BaseException as problem:  # noqa: BLE001 - whatever a cell raises, it is the cell that failed
        return _failed(problem, name, code, namespace)


def _split(code: str, name: str) -> tuple[Any, Any]:
    tree = ast.parse(code, name)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    expression = compile(ast.Expression(last.value), name, "eval") if isinstance(last, ast.Expr) else None
    return compile(tree, name, "exec"), expression


def _echo(value: Any) -> str | None:
    if value is None:
        return None
    text = _brief.repr(value) if isinstance(value, list | tuple | dict | set | str) else repr(value)
    return text if len(text) <= ECHO_CHARS else f"{text[:ECHO_CHARS]} ... ({len(text):,} characters)"


def _failed(problem: BaseException, name: str, code: str, namespace: Mapping[str, Any]) -> Finished:
    try:
        report = traceback.TracebackException.from_exception(problem, compact=True)
        lines = _trim(report, name)
        below = _within(problem)
        hint = _hint(problem, namespace, deep=len(below) > 1)
        text = _OURS.sub("", "".join(report.format()).rstrip()) + (f"\n{hint}" if hint else "")
    except BaseException as another:  # noqa: BLE001 - a cell's own exception may fail to say what it is
        return Finished(
            error=f"{type(problem).__name__} (its message could not be had: {type(another).__name__})", error_in="cell"
        )
    if isinstance(problem, KeyboardInterrupt):
        text = text.removesuffix("KeyboardInterrupt") + "KeyboardInterrupt: the cell was stopped."
    if len(text) > ERROR_CHARS:
        half, left_out = ERROR_CHARS // 2, len(text) - ERROR_CHARS
        text = f"{text[:half]}\n... {left_out:,} characters left out ...\n{text[-half:]}"
    whose = _whose(problem, below, hint, namespace)
    if isinstance(problem, SyntaxError) and problem.filename == name:
        return Finished(error=text, error_line=problem.lineno, error_in=whose)
    return (
        Finished(error=text, error_line=lines[-1], error_in=whose, reached=_end_of_statement(code, lines[0]))
        if lines
        else Finished(error=text, error_in=whose)
    )


_OURS = re.compile(r"^spatial_agent(?:\.\w+)*\.(?=\w+(?::|$))", re.MULTILINE)
"""The module of our errors, of which a cell has no use."""


def _within(problem: BaseException) -> list[str]:
    """The modules of the frames that lie within the last line of a cell: those that it called, and so on."""
    modules: list[str] = []
    for frame, _ in traceback.walk_tb(problem.__traceback__):
        if frame.f_code.co_filename.startswith("<cell "):
            modules = []
        else:
            modules.append(frame.f_globals.get("__name__", ""))
    return modules


def _hint(problem: BaseException, namespace: Mapping[str, Any], *, deep: bool) -> str:
    """What to do instead. A limit is met at any depth; a name of ours is wrong in the cell's own call alone."""
    try:
        names = Names(namespace)
        return names.limit_of(problem) or ("" if deep else names.help_with(problem))
    except Exception:  # noqa: BLE001 - objects of a cell are looked at, and the error itself must get through
        return ""


def _whose(
    problem: BaseException, below: list[str], hint: str, namespace: Mapping[str, Any]
) -> Literal["cell", "tool"]:
    """A tool's error: one that it raised, or met in its own work, and one about how it was used."""
    if isinstance(problem, (KeyboardInterrupt, SyntaxError)):
        return "cell"
    # An array that knows its frame passes on what numpy says about the cell's own arithmetic.
    ours = Names(namespace).ours
    tools = [module for module in below if ours(module) and module not in (__name__, framed.__name__)]
    misused = bool(hint) and isinstance(problem, (AttributeError, TypeError))
    return "tool" if isinstance(problem, ToolError) or tools or misused else "cell"


def _end_of_statement(code: str, line: int) -> int:
    """Last line of the top-level statement that holds `line`."""
    ends = [node.end_lineno or line for node in ast.parse(code).body if _first_line(node) <= line]
    return max((end for end in ends if line <= end), default=line)


def _first_line(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def _trim(report: traceback.TracebackException, name: str) -> list[int]:
    """Keep the frames of cells, in the exception and in what it was raised from; returns the lines in this cell."""
    own = [frame for frame in report.stack if frame.filename.startswith("<cell ")]
    lines = [frame.lineno for frame in own if frame.filename == name and frame.lineno is not None]
    report.stack = traceback.StackSummary.from_list(own)
    for cause in (report.__cause__, report.__context__):
        if cause is not None:
            _trim(cause, name)
    return lines
