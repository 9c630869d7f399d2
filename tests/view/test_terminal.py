"""The page that a session makes, in a file and on terminals of three widths."""

import io
import re
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from spatial_agent.trace.events import Frame, Outcome
from spatial_agent.trace.run import Run
from spatial_agent.view.terminal import Terminal
from tests.trace.session import concluded, cut_short, finished, ran


def page(run: Run, *, width: int = 100, tty: bool = False, truth: tuple[Any, ...] | None = None) -> str:
    file = io.StringIO()
    console = Console(file=file, width=width, force_terminal=tty, color_system="standard" if tty else None)
    terminal = Terminal(console, run.folder)  # without `with`: nothing is redrawn, so what is printed can be read
    for event in run.events:
        terminal.show(event)
    if truth:
        terminal.truth(*truth)
    terminal.footer(run.ended)
    return file.getvalue()


def test_says_who_did_what_and_what_came_out(tmp_path: Path) -> None:
    told = page(finished(tmp_path), truth=(0.9, True, "off by 0.004 m, within the tolerance of 0.030 m", "m"))
    for part in (
        "backbone    offline - a scripted policy, not a model",
        "a rendered capture, no real room",
        "UNSANDBOXED",
        "Step 1        Find in which frames",
        "           1  frames = InputImages[:6]",
        "output      heater: frames [0, 1]",
        "value       2",
        "heater in frame 1",
        "AskModel failed: the backbone sees no images",
        "NameError: name 'heater_frames' is not defined",
        "a reply that was not in form",
        "rejected    The text submitted is no number.",
        "Answer        0.904 m",
        "scale       measured by the capture",
        "x, y, z in the input's own frame of reference",
        "Truth         0.900 m",
        "5 steps, 11,800 tokens in, 860 out",
        str(tmp_path),
    ):
        assert part in told


def test_images_are_named_by_files_that_exist(tmp_path: Path) -> None:
    names = re.findall(r"images/\w+\.png", page(finished(tmp_path)))
    assert names
    assert all((tmp_path / name).is_file() for name in names)


def test_in_a_file_there_is_text_and_nothing_else(tmp_path: Path) -> None:
    told = page(finished(tmp_path))
    assert told.isascii()
    assert "\x1b" not in told
    assert not re.search(r"[ \t]$", told, re.MULTILINE)
    assert re.search(r"# the door is not in frame 1$", told, re.MULTILINE), "a long line of code stays one line"


@pytest.mark.parametrize("width", [40, 80, 100, 140])
def test_on_a_terminal_no_line_is_too_wide(tmp_path: Path, width: int) -> None:
    told = re.sub(r"\x1b\[[\d;]*m|\x1b\]8;[^\x1b]*\x1b\\", "", page(finished(tmp_path / "s"), width=width, tty=True))
    lines = [line for line in told.splitlines() if str(tmp_path) not in line]
    assert max(map(len, lines)) <= width


def test_a_cell_cannot_steer_the_terminal(tmp_path: Path) -> None:
    run = finished(tmp_path)
    bad = "\x1b[2J\x1b]0;owned\x07\x1b[31mred [bold]not markup[/bold] \x9b5n"
    events = [ran(9, 9.0, stdout=bad, stderr=bad, error=bad, status="error", echo=bad), run.events[-1]]
    told = page(Run((*run.events[:2], *events), tmp_path), tty=True)
    assert "\x1b[2J" not in told
    assert "\x1b]0;" not in told
    assert "\x9b" not in told
    assert "[bold]not markup[/bold]" in told


def test_long_output_is_shortened_in_the_middle(tmp_path: Path) -> None:
    run = finished(tmp_path)
    many = ran(9, 9.0, stdout="\n".join(f"row {k}" for k in range(500)))
    told = page(Run((run.events[0], many, run.events[-1]), tmp_path))
    assert "row 0\n" in told
    assert "row 499\n" in told
    assert "lines more, in the trace" in told
    assert told.count("row ") < 20


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        ("gave_up", "the agent abstained"),
        ("limit", "a limit was reached"),
        ("agent_error", "our side failed"),
        ("infra_error", "a service failed"),
    ],
)
def test_no_answer_says_why(tmp_path: Path, outcome: Outcome, words: str) -> None:
    told = page(cut_short(tmp_path, outcome, "the reason in full"))
    assert re.search(rf"No answer\s+{words}\n\s+because\s+the reason in full", told)
    assert "Answer  " not in told


def test_an_answer_of_the_last_turn_is_called_a_fallback(tmp_path: Path) -> None:
    told = page(concluded(tmp_path))
    for part in (
        "stopped     this cell was stopped before its end",
        "Limit         the limit of 20 s was near",
        "last turn   Answer: 0.9 m",
        "Answer        0.900 m",
        "fallback    the limit of 20 s was near: answered with what was known by then",
        "reason      It was printed.",
        "scale       estimated: a model",
    ):
        assert part in told
    assert "No answer" not in told
    assert "frame of reference" not in told


@pytest.mark.parametrize(
    ("frame", "words"), [("input", "the input's own frame of reference"), ("world", "the levelled world")]
)
def test_an_answer_that_is_a_point_says_where_its_axes_are(tmp_path: Path, frame: Frame, words: str) -> None:
    told = page(
        concluded(tmp_path, (4.7831, 0.5, 1.0), frame=frame), truth=((4.78, 0.5, 1.0), True, "off by 3 mm", "m")
    )
    assert "Answer        (4.783, 0.500, 1.000) m" in told
    assert f"x, y, z in {words}" in told
    assert "Truth         (4.780, 0.500, 1.000) m" in told


def test_the_waiting_line_is_taken_away(tmp_path: Path) -> None:
    run, file = finished(tmp_path), io.StringIO()
    console = Console(file=file, width=80, force_terminal=True)
    with Terminal(console, tmp_path) as terminal:
        for event in run.events:
            terminal.show(event)
    assert "offline plans" in file.getvalue()
    assert file.getvalue().count("\x1b[?25l") == file.getvalue().count("\x1b[?25h"), "the cursor is back"


def test_a_wrong_answer_is_called_wrong(tmp_path: Path) -> None:
    told = page(finished(tmp_path), truth=(1.5, False, "off by 0.596 m, beyond the tolerance of 0.030 m", "m"))
    assert "wrong       off by 0.596 m" in told
