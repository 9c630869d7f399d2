"""A page of two columns, label and content, printed line by line: nothing to redraw, nothing to strip in a log file."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pygments.token import Comment, Keyword, Name, Number, Operator, String, Token  # type: ignore[import-untyped]  # it has no types
from rich.console import Console
from rich.style import Style
from rich.syntax import ANSISyntaxTheme, Syntax
from rich.text import Text

from spatial_agent.trace.clean import clean

LABEL = 14
"""Columns of the label, its gap included."""
# Only the terminal's own middle colours: they read on dark and on light backgrounds.
_THEME = ANSISyntaxTheme(
    {
        Token: Style(),
        Comment: Style(dim=True, italic=True),
        Keyword: Style(color="magenta"),
        Operator.Word: Style(color="magenta"),
        Name.Builtin: Style(color="cyan"),
        Name.Function: Style(color="blue"),
        Number: Style(color="blue"),
        String: Style(color="green"),
    }
)


class Page:
    """Prints rows to a console. Text from outside goes through `clean` here and nowhere else."""

    def __init__(self, console: Console) -> None:
        self.console = console

    def gap(self) -> None:
        """An empty line."""
        self.console.print()

    def heading(self, label: str, text: str | Text, *, style: str = "bold") -> None:
        """A row that begins something."""
        self._rows(Text(label, style="bold"), _text(text, style))

    def detail(self, label: str, text: str | Text, *, style: str = "", tone: str = "dim", most: int = 0) -> None:
        """A row below a heading. Of more than `most` lines the middle is left out."""
        shown = _text(text, style)
        self._rows(Text(f"  {label}", style=tone), _shortened(shown, most) if most else shown)

    def path(self, label: str, path: Path) -> None:
        """A row with a path, in one piece so that it can be copied."""
        row = Text.assemble((f"{label:<{LABEL}}", "bold"), clean(str(path)))
        self.console.print(row, soft_wrap=True, highlight=False)

    def code(self, code: str) -> None:
        """A numbered cell."""
        shown = Syntax("", "python", theme=_THEME).highlight(clean(code).rstrip("\n"))
        shown.rstrip()
        for number, line in enumerate(shown.split("\n"), start=1):
            indent = len(line.plain) - len(line.plain.lstrip())
            self._rows(Text(f"{number:>{LABEL - 2}}", style="dim"), line, hang=indent + 4)
        self.gap()

    def _rows(self, label: Text, content: Text, hang: int = 0) -> None:
        content.expand_tabs(4)
        number, hang = 0, min(hang, self._room // 3)
        for line in content.split("\n", allow_blank=True):
            for part, text in enumerate(self._wrapped(line, hang)):
                text.rstrip()
                head = label if number == 0 else Text()
                space = LABEL - head.cell_len + (hang if part else 0)
                row = Text.assemble(head, " " * space if text.plain else "", text)
                self.console.print(row, soft_wrap=True, highlight=False)
                number += 1

    @property
    def _room(self) -> int:
        return max(20, self.console.width - LABEL)

    def _wrapped(self, line: Text, hang: int) -> Iterable[Text]:
        """A line in pieces that fit; in a file, a line stays a line."""
        if not self.console.is_terminal:
            return [line]
        room = self._room
        return [line] if line.cell_len <= room else line.wrap(self.console, room - hang)


def _text(text: str | Text, style: str) -> Text:
    return text if isinstance(text, Text) else Text(clean(text).strip("\n"), style=style)


def _shortened(text: Text, most: int) -> Text:
    lines = text.split("\n")
    if len(lines) <= most:
        return text
    head = most // 2
    out = len(lines) - most + 1
    note = Text(f"... {out} lines more, in the trace ...", style="dim italic")
    return Text("\n").join([*lines[:head], note, *lines[head + out :]])
