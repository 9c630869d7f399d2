"""Whole sessions with a scripted backbone: the loop, seen from outside."""

import asyncio
from pathlib import Path

import pytest

from spatial_agent import Budget, InputError, Question, Run, ScriptedChat, ServiceError, SpatialClaw
from spatial_agent.chat.protocol import Picture
from spatial_agent.trace.events import (
    AnyEvent,
    Misformed,
    Observed,
    Planned,
    Ran,
    Rejected,
)
from spatial_agent.trace.run import pick
from spatial_agent.trace.store import read_events
from tests.agent.script import cell

KNOWN_CELL = """
recon = tools.Reconstruct.Reconstruct(InputImages)
seg = tools.SAM3.segment_video_by_text(["radiator heater", "door"])
show(seg.visualize(1))
pts_h = seg.get_masked_points(recon, frame=1, object=0)
pts_d = seg.get_masked_points(recon, frame=2, object=1)
dists, _ = scipy.spatial.KDTree(pts_d).query(pts_h, k=1)
ReturnAnswer(float(dists.min()))
"""
HOW_FAR = (
    "Measured from the closest point of each object, what is the distance between the heater and the door, in metres?"
)


def solve(chat: ScriptedChat, folder: Path, question: str | Question = "What is it?", **settings: object) -> Run:
    claw = SpatialClaw(chat, budget=Budget(**{"key_frames": 1} | settings))  # type: ignore[arg-type]
    return claw.run(question, "living_room", folder=folder)


def kinds(events: tuple[AnyEvent, ...]) -> list[str]:
    return [type(event).__name__ for event in events]


def test_the_known_cell_measures_the_known_distance(tmp_path: Path) -> None:
    run = solve(ScriptedChat([cell(KNOWN_CELL)]), tmp_path, HOW_FAR)
    assert run.outcome == "answered"
    assert isinstance(run.answer, float)
    assert 0.87 <= run.answer <= 0.96
    assert kinds(run.events) == ["Opened", "Planned", "Wrote", "Ran", "Observed", "Accepted", "Ended"]
    assert run.evidence is not None
    assert run.evidence.scale is not None
    assert run.evidence.scale.startswith("measured")
    assert run.evidence.calls == ("Reconstruct x 1", "SegmentText x 1")
    assert [image.label.split(":")[0] for image in run.cells[0].images] == ["masks in frame 1"]


def test_the_trace_holds_every_event_and_the_notebook_opens(tmp_path: Path) -> None:
    run = solve(ScriptedChat([cell("show(InputImages[0])"), cell("ReturnAnswer('a room')")]), tmp_path)
    assert read_events(tmp_path) == run.events
    assert (tmp_path / "trace.ipynb").is_file()


def test_variables_live_on_and_errors_are_observed(tmp_path: Path) -> None:
    chat = ScriptedChat([cell("x = 41"), cell("x / 0"), cell("ReturnAnswer(str(x + 1))")])
    run = solve(chat, tmp_path)
    assert run.answer == "42"
    texts = [event.text for event in pick(run.events, Observed)]
    assert "x: int = 41" in texts[0]
    assert "ZeroDivisionError" in texts[1]
    assert "28 steps are left" in texts[1]


def test_a_malformed_reply_is_observed_and_never_run(tmp_path: Path) -> None:
    run = solve(ScriptedChat(["import os", cell("ReturnAnswer('x')")]), tmp_path)
    assert kinds(run.events)[2:5] == ["Misformed", "Observed", "Wrote"]
    assert run.steps == 2
    assert len(pick(run.events, Ran)) == 1


def test_a_refused_cell_is_not_run_and_says_why(tmp_path: Path) -> None:
    run = solve(ScriptedChat([cell("y = 1\nimport subprocess"), cell("ReturnAnswer(str('y' in globals()))")]), tmp_path)
    assert run.cells[0].status == "refused"
    assert run.answer == "False"


def test_an_answer_of_another_form_goes_back(tmp_path: Path) -> None:
    chat = ScriptedChat([cell("ReturnAnswer('far')"), cell("ReturnAnswer('1.5 m')")])
    run = solve(chat, tmp_path, Question("How far?", "number", unit="m"))
    assert run.answer == 1.5
    assert len(pick(run.events, Rejected)) == 1
    sent = chat.asked[-1][1]
    assert "Answer not accepted" in sent[-1].text
    assert sent[-1].role == "user"


def test_abstaining_is_gave_up_with_its_reason_and_only_where_allowed(tmp_path: Path) -> None:
    abstain = cell("ReturnAnswer(None, reason='it is dark')")
    run = solve(ScriptedChat([abstain]), tmp_path / "a", Question("What?"))
    assert (run.outcome, run.answer, run.reason) == ("gave_up", None, "it is dark")
    asked = Question("What?", may_abstain=False)
    run = solve(ScriptedChat([abstain, cell("ReturnAnswer('x')")]), tmp_path / "b", asked)
    assert run.outcome == "answered"


def test_the_last_answer_of_a_cell_counts(tmp_path: Path) -> None:
    assert solve(ScriptedChat([cell("ReturnAnswer('a'); ReturnAnswer('b')")]), tmp_path).answer == "b"


def test_steps_run_out(tmp_path: Path) -> None:
    run = solve(ScriptedChat([cell("1")] * 5, conclude=["I do not know."]), tmp_path, max_steps=2)
    assert (run.outcome, run.steps, run.exit_code) == ("limit", 2, 4)
    assert "1 step is left" in pick(run.events, Observed)[0].text


def test_a_backbone_that_fails_is_an_infra_error_and_the_trace_is_whole(tmp_path: Path) -> None:
    run = solve(ScriptedChat([cell("1")]), tmp_path)
    assert (run.outcome, run.exit_code) == ("infra_error", 3)
    assert kinds(run.events)[-2:] == ["Observed", "Ended"]
    assert read_events(tmp_path) == run.events


class Broken(ScriptedChat):
    """Fails as no service fails: by a bug."""

    def __init__(self, bug: Exception) -> None:
        super().__init__([])
        self.bug = bug

    async def reply(self, *_: object) -> object:  # type: ignore[override]
        raise self.bug


def test_a_bug_is_an_agent_error_and_nothing_is_lost(tmp_path: Path) -> None:
    run = solve(Broken(ZeroDivisionError("a bug")), tmp_path)
    assert (run.outcome, run.exit_code) == ("agent_error", 1)
    assert "a bug" in run.reason
    assert (tmp_path / "trace.ipynb").is_file()


def test_a_backbones_own_time_out_is_not_our_limit(tmp_path: Path) -> None:
    run = solve(Broken(TimeoutError("read timed out")), tmp_path)
    assert (run.outcome, run.reason) == ("infra_error", "read timed out")


def test_a_crash_costs_its_cell_only_and_the_backbone_is_told(tmp_path: Path) -> None:
    script = [cell("x = 1"), cell("import ctypes; ctypes.string_at(0)"), cell("ReturnAnswer(str('x' in globals()))")]
    run = solve(
        ScriptedChat([reply.replace("import ctypes;", "ctypes = np.ctypeslib.ctypes;") for reply in script]), tmp_path
    )
    assert run.answer == "True"
    assert "variables are as before this cell" in pick(run.events, Observed)[1].text


def test_bad_media_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="living_room"):
        SpatialClaw(ScriptedChat([]), runs=tmp_path).run("What?", "living_rom")
    assert list(tmp_path.iterdir()) == []


def test_the_planner_sees_no_images_and_the_writer_sees_key_frames(tmp_path: Path) -> None:
    chat = ScriptedChat([cell("show(InputImages[3])"), cell("ReturnAnswer('x')")], sees_images=True)
    solve(chat, tmp_path, key_frames=5)
    (plan, planned), (_, first), (_, second) = chat.asked
    assert plan == "plan"
    assert not any(isinstance(part, Picture) for message in planned for part in message.parts)
    assert sum(isinstance(part, Picture) for part in first[1].parts) == 5
    assert "frames 0, 6, 12, 17, 23" in first[1].text
    assert sum(isinstance(part, Picture) for part in second[-1].parts) == 1


def test_vlm_is_a_session_of_its_own(tmp_path: Path) -> None:
    chat = ScriptedChat(
        [cell("a = vlm.locate(InputImages[1], 'where is the heater?')\nReturnAnswer(a)")],
        sees_images=True,
        locate=["640 560 780 840"],
    )
    run = solve(chat, tmp_path)
    assert run.answer == "640, 560, 780, 840"
    _, sent = chat.asked[-1]
    assert [message.role for message in sent] == ["system", "user"]
    assert "where is the heater?" in sent[1].text
    assert run.usage.calls == 3


def test_vlm_under_a_blind_backbone_says_so(tmp_path: Path) -> None:
    run = solve(ScriptedChat([cell("vlm.locate(InputImages[0], 'x')"), cell("ReturnAnswer('x')")]), tmp_path)
    assert "reads text only" in (run.cells[0].error or "")


def test_an_empty_reply_to_vlm_and_an_empty_plan_are_said_to_be_empty(tmp_path: Path) -> None:
    script = [cell("vlm.locate(InputImages[0], 'x')"), cell("ReturnAnswer('x')")]
    run = solve(ScriptedChat(script, sees_images=True, locate=[""], plan=[" "]), tmp_path)
    assert "vlm.locate got an empty reply" in (run.cells[0].error or "")
    assert "There is no plan" in pick(run.events, Planned)[0].text


def test_reference_images_are_there_when_given(tmp_path: Path) -> None:
    chat = ScriptedChat([cell("ReturnAnswer(str((len(RefImages), RefImages[0].size)))")])
    picture = Path(__file__).parents[2] / "spatial_agent/captures/living_room/images/frame_00000.jpg"
    run = SpatialClaw(chat).run("What?", "living_room", references=[str(picture)], folder=tmp_path)
    assert run.answer == "(1, (640, 480))"


POINT = "r = tools.Reconstruct({}[0])\np = r.pixel_to_3d(320, 400, 0)\nprint(r.T_input_world @ [*p, 1])\n"


def test_points_of_the_evidence_are_in_the_inputs_own_frame(tmp_path: Path) -> None:
    run = solve(ScriptedChat([cell(POINT.format("InputImages") + "ReturnAnswer('x', points={'p': p})")]), tmp_path)
    assert run.evidence is not None
    told = [float(number) for number in run.cells[0].stdout.splitlines()[0].strip("[] ").split()[:3]]
    assert run.evidence.points["p"] == pytest.approx(told, abs=1e-4)
    assert 0 <= run.evidence.points["p"][2] <= 2.6  # the capture's own world has z up


def test_points_in_two_worlds_are_not_given_as_if_they_were_in_one(tmp_path: Path) -> None:
    code = POINT.format("InputImages_1") + POINT.format("InputImages_2") + "ReturnAnswer('x', points={'p': p})"
    run = SpatialClaw(ScriptedChat([cell(code)])).run("What?", ["living_room", "living_room"], folder=tmp_path)
    assert run.outcome == "answered"
    assert run.evidence is not None
    assert run.evidence.points == {}


def test_numbers_that_are_none_never_reach_the_record(tmp_path: Path) -> None:
    chat = ScriptedChat([
        cell("ReturnAnswer('x', points={'a': [np.nan] * 3})"),
        cell("ReturnAnswer(float('nan'))"),
        cell("ReturnAnswer('x', spread=np.inf)"),
        cell("ReturnAnswer('x', frames=InputImages[1], spread=[0.5], points={'a': [1, 2, 3]})"),
    ])  # fmt: skip
    run = solve(chat, tmp_path, Question("How far?", "number", unit="m"), max_steps=4)
    assert read_events(tmp_path) == run.events
    assert [ran.status for ran in run.cells] == ["error", "ok", "error", "ok"]
    assert "all known" in (run.cells[0].error or "")
    assert pick(run.events, Rejected)[0].submission.value == "nan"


def test_a_number_in_another_unit_goes_back(tmp_path: Path) -> None:
    chat = ScriptedChat([cell("ReturnAnswer(90, unit='cm')"), cell("ReturnAnswer(0.9, unit='metres')")])
    run = solve(chat, tmp_path, Question("How far?", "number", unit="m"))
    assert run.answer == 0.9
    assert "submitted in cm" in pick(run.events, Rejected)[0].text


@pytest.mark.parametrize("given", ["'210 cm'", "210, unit='centimetres'"])
def test_the_unit_of_a_number_stays_with_it_where_none_was_asked_for(tmp_path: Path, given: str) -> None:
    run = solve(ScriptedChat([cell(f"ReturnAnswer({given})")]), tmp_path, Question("How tall?", "number"))
    assert run.evidence is not None
    assert (run.answer, run.evidence.unit) == (210.0, "cm")


def test_a_second_set_of_references_is_refused(tmp_path: Path) -> None:
    claw = SpatialClaw(ScriptedChat([]), runs=tmp_path)
    with pytest.raises(InputError, match="Reference images are one set, and 2 were given: living_room, living_room"):
        claw.run("What?", "living_room", references=["living_room", "living_room"])
    assert not list(tmp_path.iterdir())


def test_what_did_not_run_is_told_by_statement_and_not_by_the_deepest_line(tmp_path: Path) -> None:
    chat = ScriptedChat([cell("def f():\n    return 1 / 0\nx = 5\nf()\ny = 6"), cell("ReturnAnswer('x')")])
    solve(chat, tmp_path)
    echo = next(message.text for message in chat.asked[-1][1] if message.role == "assistant")
    assert "x = 5\nf()\n# ... 1 more line did not run" in echo


def test_a_folder_holds_one_session(tmp_path: Path) -> None:
    solve(ScriptedChat([cell("ReturnAnswer('x')")]), tmp_path)
    before = read_events(tmp_path)
    with pytest.raises(InputError, match="holds a session already"):
        solve(ScriptedChat([cell("ReturnAnswer('y')")]), tmp_path)
    assert read_events(tmp_path) == before


def test_long_values_and_answers_do_not_flood_the_backbone(tmp_path: Path) -> None:
    chat = ScriptedChat([
        cell("a = {f'k{i}': ['x' * 70] * 50 for i in range(40)}\n" + "\n".join(f"v{i} = list(a.items())" for i in range(40))),
        cell("ReturnAnswer('x' * 2_000_000)"),
        cell("ReturnAnswer('A')"),
    ])  # fmt: skip
    run = solve(chat, tmp_path, Question("Which?", "choice", ("a", "b")))
    assert run.answer == "A"
    assert max(len(message.text) for message in chat.asked[-1][1][1:]) < 20_000


def test_a_service_error_names_what_is_missing() -> None:
    with pytest.raises(ServiceError, match="one reply more"):
        asyncio.run(ScriptedChat([]).reply([], "write"))


def test_misformed_events_keep_the_reply(tmp_path: Path) -> None:
    run = solve(ScriptedChat(["nonsense", cell("ReturnAnswer('x')")]), tmp_path)
    assert pick(run.events, Misformed)[0].reply == "nonsense"
