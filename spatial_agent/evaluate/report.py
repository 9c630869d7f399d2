"""A run as people see it: a line a sample while it goes on, and the table at its end."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.text import Text

from spatial_agent.evaluate.record import PREDICTIONS, SUMMARY, Prediction
from spatial_agent.evaluate.summary import Share, Summary
from spatial_agent.trace.clean import clean
from spatial_agent.trace.events import Stand
from spatial_agent.trace.words import in_words, tone

_COLOUR = {"answered": "green", "gave_up": "yellow", "limit": "yellow"}


class Lines:
    """A `Watch` that prints; on a terminal with a bar, the counts by outcome and the time left."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._counts: dict[str, int] = {}
        self._number = self._samples = 0
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._progress.add_task("starting", total=None)

    def __enter__(self) -> Self:
        """Begin to draw."""
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, at: TracebackType | None
    ) -> None:
        """Take the bar away; the lines stay."""
        self._progress.stop()

    def begin(self, folder: Path, samples: int, kept: int, sandbox: Stand) -> None:
        """Say what there is to do."""
        self._number, self._samples = kept, samples
        done = f", {kept} of them done before" if kept else ""
        self._say(Text(f"{samples} sample{'s' * (samples != 1)}{done}; the record is {folder}"))
        self._say(Text(f"sandbox {sandbox.name}: {clean(sandbox.note)}", style=tone(sandbox)))
        self._progress.update(self._task, total=samples, completed=kept, description="running")

    def done(self, prediction: Prediction) -> None:
        """One line for a sample."""
        self._number += 1
        self._counts[prediction.outcome] = self._counts.get(prediction.outcome, 0) + 1
        counts = "  ".join(f"{count} {outcome}" for outcome, count in sorted(self._counts.items()))
        self._progress.update(self._task, completed=self._number, description=counts)
        self._say(self._line(prediction))

    def _line(self, line: Prediction) -> Text:
        width = len(str(self._samples))
        verdict = {None: Text("-    "), 1.0: Text("right", "green"), 0.0: Text("wrong", "red")}.get(line.score)
        told = in_words(line.prediction) if line.prediction is not None else clean(line.error or "no answer")
        told += " by a fallback" if line.by_fallback else ""
        truth = f", true {in_words(line.target)}" if line.prediction is not None else ""
        return Text.assemble(
            (f"{self._number:>{width}}/{self._samples}  ", "dim"),
            verdict or Text(f"{line.score:.2f} "),
            "  ",
            (f"{line.outcome:<11}  ", _COLOUR.get(line.outcome, "red")),
            clean(line.id),
            f"  {told}{truth}",
            (f"  {line.seconds:.1f} s", "dim"),
        )

    def _say(self, text: Text) -> None:
        self._console.print(text, soft_wrap=True, highlight=False)


def show_summary(console: Console, summary: Summary) -> None:
    """The table at the end."""
    width = max(map(len, [*summary.groups, "all"]))
    rows = [(name, group, "") for name, group in summary.groups.items()] + [("all", summary.overall, "bold")]
    lines = [Text(f"{summary.benchmark} with {summary.model}", style="bold"), Text()]
    lines.append(Text(f"  {'':<{width}}  {'accuracy':>8}  {'95 % interval':>15}  scored", style="dim"))
    lines += [Text(f"  {name:<{width}}  {_share(share)}", style=style) for name, share, style in rows]
    lines.append(Text())
    lines += [_row("outcomes", ", ".join(f"{count} {name}" for name, count in summary.outcomes.items() if count))]
    lines.append(_row("fallbacks", f"{summary.fallbacks} of {summary.answers} answers"))
    if summary.tried < summary.samples:
        lines.append(_row("not tried", f"{summary.samples - summary.tried} of {summary.samples} samples"))
    usage = summary.usage
    lines.append(_row("tokens", f"{usage.input_tokens:,} in, {usage.output_tokens:,} out, {usage.calls:,} replies"))
    lines.append(
        _row("time", f"{summary.session_seconds:.1f} s in sessions, this command {summary.wall_seconds:.1f} s")
    )
    for part in ("backbone", "perception", "sandbox"):
        lines += [_row(part, text) for text in getattr(summary, part)]
    lines.append(_row("record", f"{summary.folder}: {SUMMARY}, {PREDICTIONS}, sessions/"))
    if failed := summary.outcomes["infra_error"]:
        told = f"{failed} samples failed by a service and are not scored; the same command tries them again."
        lines += [Text(), Text(told, style="yellow")]
    for line in lines:
        line.rstrip()
        console.print(line, soft_wrap=True, highlight=False)


def _share(share: Share) -> str:
    if share.accuracy is None or share.interval_95 is None:
        return f"{'-':>8}  {'-':>15}  {0:>6}"
    low, high = share.interval_95
    return f"{share.accuracy:>8.1%}  {f'{low:.1%} to {high:.1%}':>15}  {share.scored:>6}"


def _row(label: str, text: str) -> Text:
    return Text.assemble((f"  {label:<11}", "dim"), clean(text))
