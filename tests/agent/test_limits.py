"""A session at a limit: what runs is stopped, one last turn says what is known, and the end comes in time."""

import asyncio
import itertools
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from spatial_agent import Budget, Question, Run, ScriptedChat, SpatialClaw
from spatial_agent.chat.protocol import Job, Message, Reply
from spatial_agent.frames import Frames
from spatial_agent.perception.backends.recorded import Recorded
from spatial_agent.perception.protocol import Reconstruction
from spatial_agent.trace.events import Accepted, Concluded, Ended, Observed, TimeUp
from spatial_agent.trace.run import pick
from spatial_agent.trace.store import read_events
from tests.agent.script import cell

NUMBER = Question("How far is it?", "number", unit="m")
MUST = Question("How far is it?", "number", unit="m", may_abstain=False)
SLEEP = "import time; print('so far 0.9', flush=True); time.sleep(60)"


class Slow(ScriptedChat):
    """Takes a minute for each reply of some jobs."""

    def __init__(self, replies: Sequence[str], *jobs: Job, **others: Sequence[str]) -> None:
        super().__init__(replies, **others)
        self.slow = jobs

    async def reply(self, messages: Sequence[Message], job: Job) -> Reply:
        if job in self.slow:
            await asyncio.sleep(60)
        return await super().reply(messages, job)


class SlowEyes(Recorded):
    """Takes a minute to reconstruct."""

    async def reconstruct(self, frames: Frames, indices: Sequence[int]) -> Reconstruction:
        await asyncio.sleep(60)
        return await super().reconstruct(frames, indices)


def solve(chat: ScriptedChat, folder: Path, question: Question = NUMBER, **settings: object) -> Run:
    perception = SlowEyes() if settings.pop("slow_eyes", False) else Recorded()
    claw = SpatialClaw(chat, perception=perception, budget=Budget(**settings))  # type: ignore[arg-type]
    return claw.run(question, "living_room", folder=folder)


def check_fallback(run: Run, folder: Path, limit: str) -> None:
    """The session ended by its last turn, and every part of the record says so."""
    assert (run.outcome, run.answer, run.exit_code) == ("gave_up", 0.9, 0)
    assert run.reason == f"{limit}: answered with what was known by then"
    assert run.evidence is not None
    assert (run.evidence.fallback, run.evidence.value, run.evidence.unit) == (run.reason, 0.9, "m")
    assert [type(event) for event in run.events[-4:]] == [TimeUp, Concluded, Accepted, Ended]
    assert read_events(folder) == run.events
    notebook = (folder / "trace.ipynb").read_text()
    assert "Time is up" in notebook
    assert "a fallback: " in notebook


@pytest.mark.parametrize(
    ("chat", "settings", "stopped"),
    [
        (Slow([], "write", conclude=["Answer: 0.9 m"]), {"wall_seconds": 2}, None),
        (Slow([], "plan", conclude=["Answer: 0.9 m"]), {"wall_seconds": 2}, None),
        (ScriptedChat([cell(SLEEP)], conclude=["Answer: 0.9 m"]), {"wall_seconds": 7}, "stopped"),
        (ScriptedChat([cell("tools.Reconstruct(InputImages)")], conclude=["Answer: 0.9 m"]),
         {"wall_seconds": 7, "slow_eyes": True}, "stopped"),
    ],
    ids=["backbone", "planner", "cell", "perception"],
)  # fmt: skip
def test_whatever_goes_on_is_stopped_in_time_for_the_last_turn(
    tmp_path: Path, chat: ScriptedChat, settings: dict[str, object], stopped: str | None
) -> None:
    wall, began = settings["wall_seconds"], time.monotonic()
    run = solve(chat, tmp_path, **settings)
    took = time.monotonic() - began
    check_fallback(run, tmp_path, f"the limit of {wall} s was near")
    assert isinstance(wall, int)
    assert run.seconds <= wall
    assert took <= wall + 3  # media, imports and the notebook, on a busy machine
    assert [ran.status for ran in run.cells] == ([stopped] if stopped else [])


def test_when_the_steps_are_used_up_there_is_a_last_turn_too(tmp_path: Path) -> None:
    chat = ScriptedChat([cell("print(0.9)")] * 2, conclude=["**Answer:** 0.9"])
    run = solve(chat, tmp_path, max_steps=2)
    check_fallback(run, tmp_path, "all 2 steps were used")
    assert run.usage.calls == 4  # the plan, two cells, the last turn
    assert run.steps == 2


def test_without_steps_or_time_left_it_can_say_that_it_cannot_tell(tmp_path: Path) -> None:
    chat = ScriptedChat([cell("1")], conclude=["Answer: cannot tell. The door is not seen."])
    run = solve(chat, tmp_path, max_steps=1)
    told = "the only step was used, and the agent could not tell: The door is not seen."
    assert (run.outcome, run.answer, run.reason, run.exit_code) == ("gave_up", None, told, 0)
    assert run.evidence is not None
    assert run.evidence.fallback is None


@pytest.mark.parametrize(
    ("question", "last", "told"),
    [
        (MUST, "Answer: cannot tell\nIt is dark.", "the agent could not tell: It is dark."),
        (NUMBER, "Answer: far", "'far' is no number"),
        (NUMBER, "About a metre.", "no line that begins with `Answer:`"),
        (NUMBER, "<think>Answer: 3", "no line that begins with `Answer:`"),
        (NUMBER, None, "the last turn failed: The script has no reply left for the job `conclude`"),
    ],
)
def test_a_last_turn_without_an_answer_leaves_the_limit(
    tmp_path: Path, question: Question, last: str | None, told: str
) -> None:
    jobs = {} if last is None else {"conclude": [last]}
    run = solve(ScriptedChat([cell("1")], **jobs), tmp_path, question, max_steps=1)
    assert (run.outcome, run.answer, run.exit_code) == ("limit", None, 4)
    assert run.reason.startswith("the only step was used, and ")
    assert told in run.reason
    assert read_events(tmp_path) == run.events


def test_a_last_turn_that_does_not_come_is_waited_for_no_longer_than_the_limit(tmp_path: Path) -> None:
    run = solve(Slow([], "write", "conclude"), tmp_path, wall_seconds=2)
    assert (run.outcome, run.answer, run.exit_code) == ("limit", None, 4)
    assert run.reason == "the limit of 2 s was near, and the last turn failed: no reply came in time"
    assert 1.9 <= run.seconds <= 3
    assert isinstance(run.events[-1], Ended)


def test_the_time_left_is_told_and_a_prefix_that_was_sent_is_never_changed(tmp_path: Path) -> None:
    script = ["nonsense", cell("x = 1"), cell("1 / 0"), cell("ReturnAnswer('far')"), cell(SLEEP)]
    chat = ScriptedChat(script, conclude=["Answer: 0.9 m\nIt was printed."])
    run = solve(chat, tmp_path, wall_seconds=8)
    sent = [messages for job, messages in chat.asked if job != "plan"]
    assert [job for job, _ in chat.asked] == ["plan", *["write"] * 5, "conclude"]
    for before, after in itertools.pairwise(sent):
        assert after[: len(before)] == before
    told = [event.text.splitlines()[-1] for event in pick(run.events, Observed)[:-1]]
    assert [line.split(" and ")[0] for line in told] == ["29 steps", "28 steps", "27 steps", "26 steps"]
    left = [float(line.split(" and ")[1].removesuffix(" s are left.")) for line in told]
    assert left == sorted(left, reverse=True)
    assert 0 < left[-1] < left[0] <= 6
    assert "There are 8 s for the whole question" in run.opened.system_prompt
    stopped, up = sent[-1][-2:]
    assert "so far 0.9" in stopped.text
    assert "the cell was stopped before its end" in stopped.text
    assert up.text.startswith("## Time is up\nThe limit of 8 s was near;")
    assert "Answer: <a number, in m>" in up.text
    assert "Answer: cannot tell" in up.text
    assert pick(run.events, Accepted)[0].reason == "It was printed."


def test_without_a_limit_of_time_nothing_is_said_of_it(tmp_path: Path) -> None:
    run = solve(ScriptedChat([cell("1"), cell("ReturnAnswer(1)")]), tmp_path)
    assert pick(run.events, Observed)[0].text.endswith("29 steps are left.")
    assert "for the whole question" not in run.opened.system_prompt


@pytest.mark.parametrize(("given", "outcome"), [("0.9", "answered"), ("None, reason='dark'", "gave_up")])
def test_what_the_stopped_cell_had_submitted_counts_first(tmp_path: Path, given: str, outcome: str) -> None:
    chat = ScriptedChat([cell(f"import time\nReturnAnswer({given})\ntime.sleep(60)")], conclude=["Answer: 5"])
    run = solve(chat, tmp_path, wall_seconds=7)
    assert (run.outcome, run.answer) == (outcome, 0.9 if outcome == "answered" else None)
    assert "conclude" not in [job for job, _ in chat.asked]
    assert run.evidence is not None
    assert run.evidence.fallback is None
    if outcome == "answered":
        assert run.reason.endswith("the answer that the last cell had submitted counts")


def test_what_the_stopped_cell_had_submitted_in_another_form_goes_to_the_last_turn(tmp_path: Path) -> None:
    chat = ScriptedChat([cell("import time\nReturnAnswer('far')\ntime.sleep(60)")], conclude=["Answer: 0.9 m"])
    run = solve(chat, tmp_path, wall_seconds=7)
    assert (run.outcome, run.answer) == ("gave_up", 0.9)
    assert "Answer not accepted" in chat.asked[-1][1][-2].text
