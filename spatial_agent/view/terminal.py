"""A session as it happens, on a terminal or in a log file."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from spatial_agent.trace.clean import clean
from spatial_agent.trace.events import (
    Accepted,
    AnyEvent,
    Blob,
    Concluded,
    Ended,
    Media,
    Misformed,
    Observed,
    Opened,
    Planned,
    Ran,
    Rejected,
    Stand,
    TimeUp,
    ToolCall,
    Value,
    Wrote,
)
from spatial_agent.trace.store import Store
from spatial_agent.trace.words import form_in_words, tone
from spatial_agent.view import answer
from spatial_agent.view.page import Page

OUTPUT_LINES, ERROR_LINES, PLAN_LINES = 16, 12, 30
_NOT_RUN = {"refused": "not run", "timeout": "killed", "died": "died"}


class Terminal:
    """Shows each event of a session as it comes; `with` it, so that the line that says what goes on is taken away.

    `folder` is the session's: images are named relative to it.
    """

    def __init__(self, console: Console, folder: Path | None = None) -> None:
        self._page = Page(console)
        self._store = Store(folder) if folder else None
        self._waiting = _Waiting()
        moving = console.is_terminal and not console.is_dumb_terminal
        self._live = Live(self._waiting, console=console, transient=True, refresh_per_second=8) if moving else None
        self._opened: Opened | None = None
        self._steps = 0

    def __enter__(self) -> Self:
        """Begin to show what is waited for."""
        if self._live:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, at: TracebackType | None
    ) -> None:
        """Take the waiting line away."""
        self._rest()

    def show(self, event: AnyEvent) -> None:
        """Print one event and say what comes next."""
        match event:
            case Opened():
                self._opened = event
                self._open(event)
            case Planned():
                self._page.gap()
                self._page.heading("Plan", "what to find out, written before any frame is seen", style="dim")
                self._page.detail("", event.text, most=PLAN_LINES)
                self._wait(f"{self._backbone} writes step 1")
            case Wrote():
                self._write(event)
            case Misformed():
                self._misform(event)
            case Ran():
                self._ran(event)
            case Observed():
                self._wait(f"{self._backbone} writes step {event.step + 1}")
            case Rejected():
                self._page.detail("rejected", event.text.partition("\n")[2] or event.text, tone="yellow")
            case Accepted():
                answer.show(self._page, event, self._opened.choices if self._opened else ())
            case TimeUp():
                self._page.gap()
                self._page.heading("Limit", event.limit, style="yellow")
                self._wait(f"{self._backbone} says what it knows")
            case Concluded():
                self._page.detail("last turn", event.reply, most=6)
            case Ended():
                self._end(event)

    def truth(self, expected: Value, right: bool | None, why: str = "", unit: str | None = None) -> None:
        """The answer that the capture's own record gives, and how the agent's compares; the agent never saw it.

        `right` is None where there is no answer to compare.
        """
        answer.truth(self._page, expected, right, why, unit, self._opened.choices if self._opened else ())

    def _open(self, event: Opened) -> None:
        page = self._page
        page.heading("Question", event.question)
        page.detail("form", form_in_words(event))
        for media in event.media:
            page.detail("input", _media(media))
            if media.rendered:
                page.detail("", "a rendered capture, no real room", style="yellow")
        for part, stand in (("backbone", event.backbone), ("perception", event.perception)):
            page.detail(part, _stand(stand))
        page.detail("sandbox", _stand(event.sandbox), style=tone(event.sandbox))
        self._wait(f"{self._backbone} plans")

    def _write(self, event: Wrote) -> None:
        self._steps = event.step
        self._page.gap()
        self._page.heading(f"Step {event.step}", event.purpose)
        self._page.code(event.code)
        self._wait(f"step {event.step} runs")

    def _misform(self, event: Misformed) -> None:
        self._steps = event.step
        self._page.gap()
        self._page.heading(f"Step {event.step}", "a reply that was not in form; nothing was run", style="yellow")
        self._page.detail("problem", event.problem)
        self._page.detail("reply", event.reply, style="dim", most=6)

    def _ran(self, event: Ran) -> None:
        page = self._page
        if event.stdout.strip():
            page.detail("output", event.stdout, most=OUTPUT_LINES)
        if event.stderr.strip():
            page.detail("warning", event.stderr, style="yellow", most=4)
        if event.echo is not None:
            page.detail("value", event.echo, most=OUTPUT_LINES)
        if event.error:
            page.detail(_NOT_RUN.get(event.status, "error"), event.error, style="red", tone="red", most=ERROR_LINES)
        for blob in event.images:
            page.detail("image", self._image(blob))
        if event.calls:
            page.detail("tools", Text("\n").join(_calls(event.calls)))
        if event.status == "stopped":
            page.detail("stopped", "this cell was stopped before its end", style="yellow")
        if event.status != "refused":
            made = f", made {', '.join(v.name for v in event.variables)}" if event.variables else ""
            page.detail("ran", f"{_time(event.seconds)}{made}", style="dim")

    def _image(self, blob: Blob) -> Text:
        label = clean(blob.label)
        if self._store is None:
            return Text(label)
        path = self._store.path(blob)
        name = Text(str(path.relative_to(self._store.folder)), style=f"link {path.resolve().as_uri()}")
        return Text.assemble(name, f"  {label}")

    def _end(self, event: Ended) -> None:
        self._rest()
        if event.answer is None:
            answer.none(self._page, event)

    def footer(self, ended: Ended) -> None:
        """What it took, and where the record is."""
        page, usage = self._page, ended.usage
        steps = f"{self._steps} step{'s' * (self._steps != 1)}"
        tokens = f"{usage.input_tokens:,} tokens in, {usage.output_tokens:,} out"
        page.gap()
        page.heading("Took", f"{ended.at:.1f} s, {steps}, {tokens}", style="")
        if self._store:
            page.path("Trace", self._store.folder)
            page.detail("", "trace.ipynb (every cell with its output and images), trace.jsonl, images/", style="dim")

    @property
    def _backbone(self) -> str:
        return clean(self._opened.backbone.name) if self._opened else "the backbone"

    def _wait(self, what: str) -> None:
        self._waiting.begin(what)

    def _rest(self) -> None:
        if self._live:
            self._live.stop()


class _Waiting:
    """The line below the page: what goes on, and for how long."""

    def __init__(self) -> None:
        self._spinner = Spinner("dots", style="cyan")
        self.begin("opening the media")

    def begin(self, what: str) -> None:
        self._what, self._since = what, time.monotonic()

    def __rich__(self) -> Spinner:
        self._spinner.update(text=Text(f"{self._what}  {time.monotonic() - self._since:.0f} s", style="dim"))
        return self._spinner


def _media(media: Media) -> str:
    frames = f"{media.frames} frame{'s' * (media.frames != 1)} of a video"
    photos = f"{media.frames} photo{'s' * (media.frames != 1)}"
    length = f", {media.seconds:.0f} s" if media.seconds else ""
    return f"{media.name}: {frames if media.kind == 'video' else photos}, {media.size[0]} x {media.size[1]}{length}"


def _time(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds < 10 else f"{seconds:.0f} s"


def _stand(stand: Stand) -> str:
    return f"{stand.name} - {stand.note}"


def _calls(calls: Sequence[ToolCall]) -> list[Text]:
    """One line a call; many calls of one name become one line."""
    by_name: dict[str, list[ToolCall]] = {}
    for call in calls:
        by_name.setdefault(call.name, []).append(call)
    lines = []
    for name, same in by_name.items():
        detail = clean(same[0].detail) if len(same) == 1 else f"{len(same)} calls"
        lines.append(Text(f"{name}: {detail}, {_time(sum(call.seconds for call in same))}".replace(": ,", ",")))
        failures = dict.fromkeys(clean(call.failure) for call in same if call.failure)
        lines += [Text(f"{name} failed: {failure}", style="red") for failure in failures]
    return lines
