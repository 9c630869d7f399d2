"""Recorded sessions run in our kernel: every outcome, with its cause; as a command, as text and as JSON."""

import asyncio
import io
import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner

from spatial_agent.chat.dummy import DummyChat
from spatial_agent.cli import app
from spatial_agent.perception.backends.dummy import Dummy
from spatial_agent.replay.report import show_report
from spatial_agent.replay.runner import Report, replay
from spatial_agent.replay.sessions import read_sessions
from tests.replay.cells import MEDIA, SESSIONS, line, write

STEPS: list[dict[str, Any]] = [
    {"step": "Step 0", "code": "cups = tools.SAM3.segment_image_by_text(InputImages[0], 'cup')\nprint(cups.labels)"},
    {"step": "Step 1", "code": "import torch"},
    {"step": "Step 2", "code": "show(InputImages[0], InputImages[0].nothing_of_the_kind)"},
    {"step": "Step 3", "code": "names = ['cup']\nprint(names[1])"},
    {"step": "Step 4", "condensed": True, "error": "x", "code": "recon = tools.Reconstruct.Reconstruct(InputImages"},
    {"step": "Step 5", "code": "print(recon.num_frames)"},
    {"step": "Step 6", "code": "ReturnAnswer(cups.num_objects)"},
    {"step": "Step 8", "code": "print(cups, jugs)"},
    {"step": "Step 9", "code": "show(cups.visualize(0))"},
    {"step": "Step 10"},
    {"step": "Step 11", "code": "print(InputImages[0]"},
]
EXPECTED = [
    ("ran", None),
    ("refused", "not available in cells"),
    ("failed_api", "form"),
    ("failed_cell", "index of its own list"),
    ("incomplete", "cut inside a statement"),
    ("incomplete", "needs a missing cell"),
    ("ran", None),
    ("incomplete", "needs a missing cell"),
    ("ran", None),
    ("incomplete", "no code"),
    ("failed_cell", "syntax"),
]


async def replayed(path: Path) -> Report:
    return await replay(read_sessions(path, "code"), Dummy(), DummyChat())


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    lines = [{**line("mixed", ()), "code": {"steps": STEPS}}, line("whole", ("a = 1", "print(b)"))]
    return write(tmp_path_factory.mktemp("replay") / "mixed.jsonl", lines)


@pytest.fixture(scope="module")
def report(mixed: Path) -> Report:
    return asyncio.run(replayed(mixed))


def test_every_outcome_has_its_cause_and_the_cells_after_a_failure_run_on(report: Report) -> None:
    mixed_steps, whole_steps = (session.steps for session in report.sessions)
    assert [(one.verdict.outcome, one.verdict.cause) for one in mixed_steps] == EXPECTED
    assert mixed_steps[5].verdict.message == (
        "NameError: name 'recon' is not defined (see step 4, which did not run to its end)"
    )
    assert "step 7, which is not on record" in mixed_steps[7].verdict.message
    assert [one.verdict.outcome for one in whole_steps] == ["ran", "failed_cell"]  # nothing is missing before it


def test_the_report_groups_messages_by_cause_and_says_who_stood_in(report: Report) -> None:
    console = Console(file=io.StringIO(), width=60, force_terminal=True, color_system=None)
    show_report(console, report, "code")
    lines = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
    assert lines[0] == "2 sessions of the interface code"
    assert "  index of its own list: 1" in lines
    at = lines.index("    IndexError: list index out of range")
    assert lines[at + 1] == "      at ours/mixed step 3: print(names[1])"
    assert any(text.startswith("  perception  dummy - a stand-in") for text in lines)
    assert any(text.startswith("  chat        dummy - a stand-in") for text in lines)
    assert max(map(len, lines[12:])) <= 60  # below the table, lines are wrapped


@pytest.mark.parametrize("name", SESSIONS)
async def test_the_forms_that_agents_write_run(name: str, tmp_path: Path) -> None:
    path = write(tmp_path / "forms.jsonl", [line(name, SESSIONS[name], media=MEDIA[name])])
    (session,) = (await replayed(path)).sessions
    failed = [f"step {one.step.number}: {one.verdict.message}" for one in session.steps if one.verdict.outcome != "ran"]
    assert not failed


async def test_a_kernel_that_ends_costs_its_step_and_no_variable_before_it(tmp_path: Path) -> None:
    killed = "k = 5\nshow.__globals__['__builtins__']['__import__']('os')._exit(3)"
    (session,) = (await replayed(write(tmp_path / "k.jsonl", [line("k", ("a = 1", killed, "print(a)"))]))).sessions
    outcomes = [(one.verdict.outcome, one.verdict.cause) for one in session.steps]
    assert outcomes == [("ran", None), ("failed_api", "kernel ended"), ("ran", None)]
    assert "exit status 3" in session.steps[1].verdict.message


def test_json_has_the_totals_and_every_step(mixed: Path) -> None:
    shown = CliRunner().invoke(app, ["replay", str(mixed), "--json"], catch_exceptions=False)
    assert shown.exit_code == 0
    assert "sandbox " in shown.stderr
    told = json.loads(shown.stdout)
    totals = told["totals"]
    assert {name: totals[name] for name in ("steps", "ran", "refused", "failed_api", "failed_cell", "incomplete")} == {
        "steps": 13, "ran": 4, "refused": 1, "failed_api": 1, "failed_cell": 3, "incomplete": 4
    }  # fmt: skip
    assert totals["causes"]["needs a missing cell"] == 2
    assert sum(totals["causes"].values()) == 13 - 4
    assert (told["perception"]["name"], told["chat"]["name"]) == ("dummy", "dummy")
    first = told["sessions"][0]
    assert (first["dataset"], first["id"], first["media"]["assumed"]) == ("ours", "mixed", True)
    assert [(one["outcome"], one["cause"]) for one in first["steps"]] == EXPECTED
    assert first["steps"][4]["condensed"]
    assert first["steps"][3]["statement"] == "print(names[1])"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["none.jsonl"], "There is no file none.jsonl"),
        (["{mixed}", "--interface", "single_pass"], "no session with cells of the interface single_pass"),
        (["{mixed}", "--frames", "nowhere"], "There is no folder nowhere"),
        (["{mixed}", "--perception", "crystal"], "There is no perception `crystal`"),
    ],
)
def test_wrong_input_ends_with_2(mixed: Path, arguments: list[str], told: str) -> None:
    shown = CliRunner().invoke(app, ["replay", *(a.format(mixed=mixed) for a in arguments)])
    assert shown.exit_code == 2
    assert told in shown.stderr


def test_a_key_frame_that_is_damaged_is_named(mixed: Path, tmp_path: Path) -> None:
    broken = tmp_path / "keys/ours/whole/1.jpg"
    broken.parent.mkdir(parents=True)
    broken.write_bytes(b"no image")
    shown = CliRunner().invoke(app, ["replay", str(mixed), "--frames", str(tmp_path / "keys")])
    assert shown.exit_code == 2
    assert f"{broken} is not an image" in shown.stderr
