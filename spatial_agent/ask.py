"""One question as a command: shown as it happens, or as one JSON object; then the exit code."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console

from spatial_agent.answers.question import Question
from spatial_agent.budget import Budget
from spatial_agent.sandbox.level import Level
from spatial_agent.trace.clean import in_ascii
from spatial_agent.trace.events import Frame, Opened
from spatial_agent.trace.run import Run
from spatial_agent.trace.store import session_folder
from spatial_agent.view.result import as_json as result_as_json
from spatial_agent.view.terminal import Terminal

if TYPE_CHECKING:
    from spatial_agent.agent.claw import SpatialClaw

Opener = Callable[[], "SpatialClaw"]
"""Makes the agent when it is needed: the imports behind it take a second, in which the terminal is to say so."""


def ask_command(
    question: Question,
    media: Sequence[str],
    *,
    model: str = "offline",
    perception: str = "recorded",
    frame: Frame = "input",
    budget: Budget | None = None,
    runs: Path = Path("runs"),
    seed: int = 0,
    min_sandbox: Level | None = None,
    as_json: bool = False,
) -> int:
    """Run one session; show it as it happens, or print what it came to. Returns the exit code."""
    folder = session_folder(runs, question.text)

    def claw() -> SpatialClaw:
        from spatial_agent.agent.claw import SpatialClaw

        return SpatialClaw(
            model,
            perception=perception,
            budget=budget,
            frame=frame,
            runs=runs,
            seed=seed,
            min_sandbox=min_sandbox,
        )

    try:
        return (_print if as_json else _watch)(claw, question, list(media), folder)
    except KeyboardInterrupt:
        raise KeyboardInterrupt(f"Stopped. The trace up to here, if there is one: {folder}") from None


def _print(claw: Opener, question: Question, media: list[str], folder: Path) -> int:
    async def run() -> Run:
        events = []
        async for event in claw().stream(question, media, folder=folder):
            events.append(event)
            if isinstance(event, Opened):
                typer.echo(f"spatialclaw: sandbox {event.sandbox.name}: {event.sandbox.note}", err=True)
        return Run(tuple(events), folder)

    done = asyncio.run(run())
    typer.echo(in_ascii(result_as_json(done, _truth(question, media, done))))
    return done.exit_code


def _watch(claw: Opener, question: Question, media: list[str], folder: Path) -> int:
    async def watch(terminal: Terminal) -> Run:
        events = []
        async for event in claw().stream(question, media, folder=folder):
            events.append(event)
            terminal.show(event)
        return Run(tuple(events), folder)

    with Terminal(Console(), folder) as terminal:
        done = asyncio.run(watch(terminal))
        if (truth := _truth(question, media, done)) is not None:
            terminal.truth(truth["answer"], truth["right"], truth["why"], truth["unit"])
        terminal.footer(done.ended)
    return done.exit_code


def _truth(question: Question, media: list[str], done: Run) -> dict[str, Any] | None:
    """What the capture's record says, read only now that the session is over."""
    from spatial_agent.evaluate.rooms import truth_of
    from spatial_agent.evaluate.scoring import score

    sample = truth_of(question, media)
    if sample is None or (isinstance(sample.target, tuple) and done.evidence and done.evidence.frame != "input"):
        return None  # the record's points are in the input's own frame
    given = score(sample, done.answer)
    right = None if done.answer is None else given.value == 1
    return {"answer": sample.target, "unit": sample.question.unit, "right": right, "why": given.why}
