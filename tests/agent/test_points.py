"""Points: answers and evidence, in the frame of reference asked for."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spatial_agent import Budget, InputError, Question, Run, ScriptedChat, SpatialClaw
from spatial_agent.trace.events import Rejected
from spatial_agent.trace.run import pick
from spatial_agent.trace.store import read_events
from spatial_agent.view.result import as_json
from tests.agent.script import cell

PHOTO = str(Path(__file__).parents[2] / "spatial_agent/captures/living_room/images/frame_00000.jpg")
POINT = Question("At which coordinates is the tap?", "point")
FEW = Budget(key_frames=1)
MEASURE = "r = tools.Reconstruct(InputImages[0])\np = r.pixel_to_3d(320, 400, 0)\nprint(json.dumps([list(map(float, p)), r.T_input_world.tolist()]))\n"


def solve(folder: Path, *cells: str, question: Question = POINT, media: Any = "living_room", **settings: Any) -> Run:
    return SpatialClaw(ScriptedChat(list(map(cell, cells))), budget=FEW, **settings).run(question, media, folder=folder)


def printed(run: Run) -> tuple[np.ndarray, np.ndarray]:
    """The point in the world, and the world's transform to the input's frame, as the first cell printed them."""
    point, T = json.loads(run.cells[0].stdout.splitlines()[0])
    return np.array(point), np.array(T)


@pytest.mark.parametrize("form", ["[*p]", "tuple(p)", "p", "np.array([p])", "'%.6f, %.6f, %.6f' % tuple(p)"])
def test_a_point_is_given_in_the_inputs_own_frame(tmp_path: Path, form: str) -> None:
    run = solve(tmp_path, MEASURE + f"ReturnAnswer({form}, points={{'tap': p}})")
    point, T = printed(run)
    assert run.outcome == "answered"
    assert run.answer == pytest.approx(tuple(T[:3, :3] @ point + T[:3, 3]), abs=1e-5)
    assert run.evidence is not None
    assert run.evidence.value == run.answer
    assert run.evidence.points["tap"] == pytest.approx(run.answer, abs=1e-5)
    assert (run.evidence.frame, run.evidence.unit, run.evidence.scale) == ("input", "m", "measured")
    assert "rendered with Mitsuba" in (run.evidence.scale_from or "")
    assert read_events(tmp_path) == run.events
    told = as_json(run)
    assert list(told["answer"]) == list(run.answer)  # type: ignore[call-overload]
    assert told["evidence"]["frame"] == "input"


def test_or_in_the_world_where_that_is_asked_for(tmp_path: Path) -> None:
    run = solve(tmp_path, MEASURE + "ReturnAnswer(p, points={'tap': p})", frame="world")
    assert run.answer == pytest.approx(tuple(printed(run)[0]))
    assert run.evidence is not None
    assert (run.evidence.frame, run.evidence.points["tap"]) == ("world", run.answer)


@pytest.mark.parametrize("frame", ["input", "world"])
def test_a_point_of_no_world_and_one_of_two_go_back(tmp_path: Path, frame: str) -> None:
    both = "tools.Reconstruct(InputImages_1[0]); tools.Reconstruct(InputImages_2[0])\nReturnAnswer([1, 2, 3])"
    run = solve(
        tmp_path,
        "ReturnAnswer([1, 2, 3])",
        both,
        "ReturnAnswer(None, reason='two worlds')",
        media=["living_room", "living_room"],
        frame=frame,
    )
    none, two = (event.text for event in pick(run.events, Rejected))
    assert "nothing has been reconstructed" in none
    assert "tools.Reconstruct(...)" in none
    assert "2 worlds were reconstructed" in two
    assert (run.outcome, run.reason) == ("gave_up", "two worlds")


@pytest.mark.parametrize(
    ("media", "perception", "why"),
    [("living_room", "none", "switched off"), (PHOTO, "recorded", "no depth came with this input")],
)
def test_a_point_is_not_asked_for_where_nothing_can_be_reconstructed(
    tmp_path: Path, media: str, perception: str, why: str
) -> None:
    with pytest.raises(InputError, match=rf"{why}.*--perception recorded.*--form text"):
        solve(tmp_path / "x", media=media, perception=perception)
    assert not (tmp_path / "x").exists()


def test_what_is_no_point_goes_back_with_the_form(tmp_path: Path) -> None:
    run = solve(tmp_path, "ReturnAnswer([1, 2])", "ReturnAnswer([100, 200, 300], unit='cm')", "ReturnAnswer(None)")
    short, other = (event.text for event in pick(run.events, Rejected))
    assert "expected: a point: x, y, z in metres, as [x, y, z]" in short
    assert "submitted in cm" in other


def test_the_briefing_says_in_which_world_a_point_is_submitted(tmp_path: Path) -> None:
    run = solve(tmp_path, "ReturnAnswer(None)")
    assert "a point: x, y, z in metres. Submit [x, y, z] in world coordinates" in run.opened.briefing


def test_a_number_keeps_its_evidence(tmp_path: Path) -> None:
    code = MEASURE + "ReturnAnswer(0.9, unit='m', frames=[0, 99], spread=0.02, points={'tap': p})"
    found = solve(tmp_path, code, question=Question("How far?", "number", unit="m")).evidence
    assert found is not None
    assert (found.value, found.unit, found.frames, found.spread) == (0.9, "m", (0,), 0.02)
    assert (found.fallback, found.calls, list(found.points)) == (None, ("Reconstruct x 1",), ["tap"])


def test_an_unknown_frame_of_reference_is_refused() -> None:
    with pytest.raises(InputError, match="There is: input, world"):
        SpatialClaw(ScriptedChat([]), frame="camera")  # type: ignore[arg-type]
