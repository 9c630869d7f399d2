"""The command `spatialclaw`. Each command calls one library function; what they need is imported when they run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

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
Perception = Annotated[
    str, typer.Option(metavar="NAME", help="What sees: recorded, noisy, none, dummy, or a path of a perception file.")
]
MaxWall = Annotated[
    str | None,
    typer.Option(
        "--max-wall", metavar="TIME", help="For a question, as 20s or 2m; then it answers with what it knows."
    ),
]
MinSandbox = Annotated[
    Literal["strong", "good", "basic", "weak"] | None,
    typer.Option(
        "--min-sandbox",
        envvar="SPATIALCLAW_MIN_SANDBOX",
        help="The least sandbox that cells are run in; else good, and weak for stand-ins that are no model.",
    ),
]


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


@app.command(
    epilog='Example: spatialclaw ask "How far is the heater from the door, in metres?" living_room --min-sandbox good'
)
def ask(
    question: Annotated[str, typer.Argument(metavar="QUESTION", help="The question, in words.")],
    media: Annotated[
        list[str],
        typer.Argument(
            metavar="MEDIA",
            help="Images, videos, folders or patterns of images ('shots/*.jpg'), capture folders (transforms.json, TUM RGB-D), or a shipped capture's name.",
        ),
    ],
    model: Model = "offline",
    perception: Perception = "recorded",
    choices: Annotated[
        str | None,
        typer.Option(metavar="A,B,...", help="Options to choose from; with ; between them where one has a comma."),
    ] = None,
    form: Annotated[
        Literal["number", "choice", "yes-no", "point", "text"] | None,
        typer.Option(help="Form of the answer; else the question's words decide."),
    ] = None,
    frame: Annotated[
        Literal["input", "world"],
        typer.Option(help="Points in the input's own frame of reference, or in the levelled world (+Y up)."),
    ] = "input",
    steps: Annotated[int, typer.Option(min=1, metavar="N", help="Replies that the backbone may use.")] = 30,
    max_wall: MaxWall = None,
    runs: Runs = Path("runs"),
    seed: Annotated[
        int, typer.Option(min=0, max=2**32 - 1, help="Of the random generators in cells and of noise.")
    ] = 0,
    min_sandbox: MinSandbox = None,
    as_json: Json = False,
) -> None:
    """Answer a question about photos, videos or a capture.

    Exit code: 0 answered (by a fallback when a limit was near, too) or abstained, 1 an error of ours, 2 wrong input, 3 a service failed, 4 a limit was reached, 130 stopped by Ctrl-C.
    """
    from spatial_agent.view.failure import reported

    with reported(as_json=as_json):
        from spatial_agent.answers.question import read_question
        from spatial_agent.ask import ask_command
        from spatial_agent.budget import Budget, read_duration

        options = [part.strip() for part in choices.split(";" if ";" in choices else ",")] if choices else ()
        asked = read_question(question, form=form, choices=options)
        code = ask_command(
            asked,
            media,
            model=model,
            perception=perception,
            frame=frame,
            budget=Budget(max_steps=steps, wall_seconds=None if max_wall is None else read_duration(max_wall)),
            runs=runs,
            seed=seed,
            min_sandbox=min_sandbox,
            as_json=as_json,
        )
    raise typer.Exit(code)


@app.command(epilog="Example: spatialclaw demo --min-sandbox strong --json")
def demo(runs: Runs = Path("runs"), min_sandbox: MinSandbox = None, as_json: Json = False) -> None:
    """Ask about a rendered room whose answer is known.

    How far is the heater from the door? Needs no key, no GPU and no network: the backbone is a scripted policy, not a
    model, and perception is what the capture recorded.
    """
    from spatial_agent.view.failure import reported

    with reported(as_json=as_json):
        from spatial_agent.answers.question import read_question
        from spatial_agent.ask import ask_command

        code = ask_command(
            read_question(DEMO_QUESTION), [DEMO_CAPTURE], runs=runs, min_sandbox=min_sandbox, as_json=as_json
        )
    raise typer.Exit(code)


@app.command(epilog="Example: spatialclaw notebook living_room")
def notebook(
    media: Annotated[
        list[str],
        typer.Argument(
            metavar="MEDIA",
            help="As for ask: images, videos, folders or patterns, capture folders, or a shipped capture's name.",
        ),
    ],
    model: Model = "offline",
    perception: Perception = "recorded",
    min_sandbox: MinSandbox = None,
    runs: Runs = Path("runs"),
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open JupyterLab in a browser.")] = True,
) -> None:
    """Work by hand in JupyterLab with the names of cells.

    Cells run in a sandboxed Jupyter kernel, until Ctrl-C; needs the extra jupyter. Without JupyterLab a kernel is started,
    and what is to be typed to attach to it is said.

    Exit code: 0 when it is ended, or 2 for wrong input and a missing extra.
    """
    from spatial_agent.view.failure import reported

    with reported(as_json=False):
        from spatial_agent.notebook.command import notebook_command

        code = notebook_command(
            media, model=model, perception=perception, min_sandbox=min_sandbox, runs=runs, browser=browser
        )
    raise typer.Exit(code)


@app.command(epilog="Example: spatialclaw doctor --model local --min-sandbox good --json")
def doctor(
    model: Model = "offline",
    perception: Perception = "recorded",
    runs: Runs = Path("runs"),
    min_sandbox: MinSandbox = None,
    as_json: Json = False,
) -> None:
    """Say what is active, what is not, and the command that improves each.

    Python, environment, backbone, perception, kernel, sandbox, disk. A server is asked for the list of its models. Exit
    code: 0, or what a command would end with that needs a broken part: 1, 2 or 3.
    """
    from spatial_agent.view.failure import reported

    with reported(as_json=as_json):
        from spatial_agent.doctor import doctor_command

        code = doctor_command(model, perception, runs, min_sandbox=min_sandbox, as_json=as_json)
    raise typer.Exit(code)


@app.command(epilog="Example: spatialclaw run rooms --model offline --concurrency 2 --min-sandbox good")
def run(
    dataset: Annotated[str, typer.Argument(metavar="DATASET", help="A shipped dataset file's name, or a path of one.")],
    model: Model = "offline",
    limit: Annotated[int | None, typer.Option(min=1, metavar="N", help="The first so many samples.")] = None,
    sample_ids: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="Only this sample; may be given more than once.")
    ] = None,
    perception: Annotated[
        str | None, typer.Option(metavar="NAME", help="What sees; else what the dataset file says.")
    ] = None,
    max_wall: MaxWall = None,
    concurrency: Annotated[int, typer.Option(min=1, metavar="N", help="Samples at a time.")] = 4,
    work_dir: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder of the run; else runs/DATASET-MODEL[-PERCEPTION].")
    ] = None,
    min_sandbox: MinSandbox = None,
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
            perception=perception,
            max_wall=max_wall,
            min_sandbox=min_sandbox,
            as_json=as_json,
        )
    raise typer.Exit(code)


@app.command(epilog="Example: spatialclaw replay sessions.jsonl --min-sandbox strong --json")
def replay(
    traces: Annotated[Path, typer.Argument(metavar="TRACES", help="Recorded sessions, one a line, as JSON.")],
    interface: Annotated[
        Literal["code", "single_pass"], typer.Option(help="The action interface whose cells are run.")
    ] = "code",
    frames: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Key frames, as DIR/DATASET/ID/*.jpg; else pictures are made up."),
    ] = None,
    perception: Perception = "dummy",
    min_sandbox: MinSandbox = None,
    as_json: Json = False,
) -> None:
    """Run the cells of recorded sessions and say what became of each.

    For each session a fresh kernel; for each cell: ran, refused by the check, failed because of the api, failed by its
    own fault, or incomplete, with the cause and the exact message. What sees, and what answers questions about images,
    is a stand-in called dummy that makes everything up. The cells are somebody else's: they run in a sandbox of level
    good at least, or not at all (--min-sandbox).

    Exit code: 0, however many cells failed, or 2 for wrong input.
    """
    from spatial_agent.view.failure import reported

    with reported(as_json=as_json):
        from spatial_agent.replay.command import replay_command

        code = replay_command(
            traces, interface, frames=frames, perception=perception, min_sandbox=min_sandbox, as_json=as_json
        )
    raise typer.Exit(code)


if __name__ == "__main__":
    main()
