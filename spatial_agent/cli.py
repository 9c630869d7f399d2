"""The command `spatialclaw`. Each command calls one library function; what they need is imported when they run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

if TYPE_CHECKING:
    from collections.abc import Callable

    from spatial_agent.agent.claw import SpatialClaw
    from spatial_agent.answers.question import Question
    from spatial_agent.trace.run import Run

DEMO_QUESTION = (
    "Measured from the closest point of each object, what is the distance between the heater and the door, in metres?"
)
DEMO_CAPTURE = "living_room"

app = typer.Typer(
    name="spatialclaw",
    help="Answers spatial questions about photos, views and videos by writing code.",
    epilog="Begin with: spatialclaw demo",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout and nothing else.")]
Runs = Annotated[Path, typer.Option("--runs", metavar="DIR", help="Folder that keeps the traces.")]
Model = Annotated[str, typer.Option("--model", metavar="NAME", help="A shipped model file's name, or a path of one.")]


def main() -> None:
    """Entry point of the console script."""
    app()


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"spatialclaw {version('spatialclaw')}")
        raise typer.Exit


@app.callback()
def _options(
    _: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and leave.")
    ] = False,
) -> None:
    """Options before a command."""


@app.command(epilog='Example: spatialclaw ask "How far is the heater from the door, in metres?" living_room')
def ask(
    question: Annotated[str, typer.Argument(metavar="QUESTION", help="The question, in words.")],
    media: Annotated[
        list[str],
        typer.Argument(metavar="MEDIA", help="Image files, a capture folder, or a shipped capture's name."),
    ],
    model: Model = "offline",
    choices: Annotated[
        str | None,
        typer.Option(metavar="A,B,...", help="Options to choose from; with ; between them where one has a comma."),
    ] = None,
    form: Annotated[
        Literal["number", "choice", "yes-no", "text"] | None,
        typer.Option(help="Form of the answer; else the question's words decide."),
    ] = None,
    steps: Annotated[int, typer.Option(min=1, metavar="N", help="Replies that the backbone may use.")] = 30,
    runs: Runs = Path("runs"),
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Of the random generators in cells.")] = 0,
    as_json: Json = False,
) -> None:
    """Answer a question about photos or a capture.

    Exit code: 0 answered or abstained, 1 an error of ours, 2 wrong input, 3 a service failed, 4 a limit was reached.
    """
    from spatial_agent.view.failure import reported

    with reported(as_json=as_json):
        from spatial_agent.answers.question import read_question

        options = [part.strip() for part in choices.split(";" if ";" in choices else ",")] if choices else ()
        asked = read_question(question, form=form, choices=options)
        code = _ask(asked, media, model=model, steps=steps, runs=runs, seed=seed, as_json=as_json)
    raise typer.Exit(code)


@app.command(epilog="Example: spatialclaw demo --json")
def demo(runs: Runs = Path("runs"), as_json: Json = False) -> None:
    """Ask about a rendered room whose answer is known.

    How far is the heater from the door? Needs no key, no GPU and no network: the backbone is a scripted policy, not a
    model, and perception is what the capture recorded.
    """
    from spatial_agent.view.failure import reported

    with reported(as_json=as_json):
        from spatial_agent.answers.question import read_question

        asked = read_question(DEMO_QUESTION)
        code = _ask(asked, [DEMO_CAPTURE], model="offline", steps=30, runs=runs, seed=0, as_json=as_json)
    raise typer.Exit(code)


@app.command(epilog="Example: spatialclaw run rooms --model offline --concurrency 2")
def run(
    dataset: Annotated[str, typer.Argument(metavar="DATASET", help="A shipped dataset file's name, or a path of one.")],
    model: Model = "offline",
    limit: Annotated[int | None, typer.Option(min=1, metavar="N", help="The first so many samples.")] = None,
    sample_ids: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="Only this sample; may be given more than once.")
    ] = None,
    concurrency: Annotated[int, typer.Option(min=1, metavar="N", help="Samples at a time.")] = 4,
    work_dir: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder of the run; else runs/DATASET-MODEL.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Run a benchmark, or go on with it.

    The same command resumes: samples that have an outcome are kept, those that a service failed are tried again.

    Exit code: 0, 2 for wrong input, or 3 while samples are left that a service failed.
    """
    from spatial_agent.view.failure import reported

    with reported(as_json=as_json):
        from spatial_agent.evaluate.command import run_command

        code = run_command(
            dataset,
            model,
            work_dir=work_dir,
            limit=limit,
            sample_ids=sample_ids or (),
            concurrency=concurrency,
            as_json=as_json,
        )
    raise typer.Exit(code)


def _ask(question: Question, media: list[str], *, model: str, steps: int, runs: Path, seed: int, as_json: bool) -> int:
    """Run one session; show it as it happens, or print what it came to."""
    from spatial_agent.trace.store import session_folder

    folder = session_folder(runs, question.text)

    def claw() -> SpatialClaw:
        from spatial_agent.agent.claw import SpatialClaw
        from spatial_agent.budget import Budget

        return SpatialClaw(model, budget=Budget(max_steps=steps), runs=runs, seed=seed)

    try:
        ask = _print if as_json else _watch
        return ask(claw, question, media, folder)
    except KeyboardInterrupt:
        raise KeyboardInterrupt(f"Stopped. The trace up to here, if there is one: {folder}") from None


def _print(claw: Callable[[], SpatialClaw], question: Question, media: list[str], folder: Path) -> int:
    import msgspec

    from spatial_agent.agent.opening import SANDBOX
    from spatial_agent.view.result import as_json

    typer.echo(f"spatialclaw: {SANDBOX.note}", err=True)
    done = claw().run(question, media, folder=folder)
    typer.echo(msgspec.json.encode(as_json(done, _truth(question, media, done))).decode())
    return done.exit_code


def _watch(claw: Callable[[], SpatialClaw], question: Question, media: list[str], folder: Path) -> int:
    import asyncio

    from rich.console import Console

    from spatial_agent.trace.run import Run
    from spatial_agent.view.terminal import Terminal

    async def watch(terminal: Terminal) -> Run:
        events = []
        async for event in claw().stream(question, media, folder=folder):
            events.append(event)
            terminal.show(event)
        return Run(tuple(events), folder)

    with Terminal(Console(), folder) as terminal:  # first of all: the imports behind `claw` take a second
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
    if sample is None:
        return None
    given = score(sample, done.answer)
    right = None if done.answer is None else given.value == 1
    return {"answer": sample.target, "unit": sample.question.unit, "right": right, "why": given.why}


if __name__ == "__main__":
    main()
