"""A session at a limit: what runs is stopped, one last turn says what is known, and the end comes in time."""

import asyncio
import itertools
import shutil
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest

from spatial_agent import Budget, Question, Run, ScriptedChat, SpatialClaw
from spatial_agent.chat.protocol import Job, Message, Reply
from spatial_agent.errors import RecordError
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


class BusyEyes(Recorded):
    """Reconstructs in a thread that is not done before it is told to be."""

    def __init__(self) -> None:
        super().__init__()
        self.done = Event()

    async def reconstruct(self, frames: Frames, indices: Sequence[int]) -> Reconstruction:
        await asyncio.to_thread(self.done.wait, 60)
        return await super().reconstruct(frames, indices)


class SlowToOpen(Recorded):
    """Takes more than a second to say whether it sees anything."""

    def sees(self, frames: Frames) -> bool:
        time.sleep(1.1)
        return super().sees(frames)


def claw(chat: ScriptedChat, perception: Recorded | None = None, **settings: object) -> SpatialClaw:
    budget = Budget(**{"key_frames": 1} | settings)  # type: ignore[arg-type]
    return SpatialClaw(chat, perception=perception or Recorded(), budget=budget)


def solve(chat: ScriptedChat, folder: Path, question: Question = NUMBER, **settings: object) -> Run:
    return claw(chat, **settings).run(question, "living_room", folder=folder)


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


@pytest.mark.parametrize("job", ["write", "plan"])
def test_a_backbone_that_thinks_on_is_stopped_in_time_for_the_last_turn(tmp_path: Path, job: Job) -> None:
    began = time.monotonic()
    run = solve(Slow([], job, conclude=["Answer: 0.9 m"]), tmp_path, wall_seconds=2)
    check_fallback(run, tmp_path, "the limit of 2 s was near")
    assert run.seconds <= 2
    assert time.monotonic() - began <= 5  # media, imports and the notebook, on a busy machine
    assert run.cells == ()


async def test_neither_perception_nor_busy_threads_hold_up_the_last_turn(tmp_path: Path) -> None:
    """A thread cannot be stopped; with the only one at work, nothing at the end may need another."""
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
    chat, eyes = ScriptedChat([cell("tools.Reconstruct(InputImages)")], conclude=["Answer: 0.9 m"]), BusyEyes()
    began = time.monotonic()
    try:
        run = await claw(chat, eyes, wall_seconds=6).arun(NUMBER, "living_room", folder=tmp_path)
        took = time.monotonic() - began
    finally:
        eyes.done.set()
    check_fallback(run, tmp_path, "the limit of 6 s was near")
    assert run.seconds <= 6
    assert took <= 9
    assert [ran.status for ran in run.cells] == ["stopped"]
    assert [call.name for call in run.cells[0].calls] == ["Reconstruct"]


async def test_the_last_turn_has_its_reserve_when_the_media_used_the_time_up(tmp_path: Path) -> None:
    class Thinks(ScriptedChat):
        async def reply(self, messages: Sequence[Message], job: Job) -> Reply:
            await asyncio.sleep(0.1)
            return await super().reply(messages, job)

    one = claw(Thinks([], conclude=["Answer: 0.9 m"]), SlowToOpen(), wall_seconds=1)
    run = await one.arun(NUMBER, "living_room", folder=tmp_path)
    check_fallback(run, tmp_path, "the limit of 1 s was near")


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
    ],
)
def test_a_last_turn_without_an_answer_leaves_the_limit(
    tmp_path: Path, question: Question, last: str, told: str
) -> None:
    run = solve(ScriptedChat([cell("1")], conclude=[last]), tmp_path, question, max_steps=1)
    assert (run.outcome, run.answer, run.exit_code) == ("limit", None, 4)
    assert run.reason.startswith("the only step was used, and ")
    assert told in run.reason
    assert read_events(tmp_path) == run.events


@pytest.mark.parametrize("said", ["0.9 m (from step 3)", "0.9 metres, measured between the closest points"])
def test_a_remark_behind_the_last_answer_does_not_lose_it(tmp_path: Path, said: str) -> None:
    run = solve(ScriptedChat([cell("1")], conclude=[f"Answer: {said}"]), tmp_path, max_steps=1)
    check_fallback(run, tmp_path, "the only step was used")


def test_a_service_that_fails_in_the_last_turn_says_nothing_about_the_question(tmp_path: Path) -> None:
    run = solve(ScriptedChat([cell("1")]), tmp_path, max_steps=1)
    assert (run.outcome, run.answer, run.exit_code) == ("infra_error", None, 3)
    assert run.reason.startswith("The script has no reply left for the job `conclude`")
    assert [type(event) for event in run.events[-2:]] == [TimeUp, Ended]
    assert read_events(tmp_path) == run.events


def test_a_last_turn_that_cannot_be_written_down_ends_the_whole_run(tmp_path: Path) -> None:
    folder = tmp_path / "session"

    class Full(ScriptedChat):
        async def reply(self, messages: Sequence[Message], job: Job) -> Reply:
            if job == "conclude":
                shutil.rmtree(folder)
                folder.touch()
            return await super().reply(messages, job)

    with pytest.raises(RecordError):
        solve(Full([cell("1")], conclude=["Answer: 0.9 m"]), folder, max_steps=1)


def test_a_last_turn_that_does_not_come_is_waited_for_no_longer_than_the_limit(tmp_path: Path) -> None:
    run = solve(Slow([], "write", "conclude"), tmp_path, wall_seconds=2)
    assert (run.outcome, run.answer, run.exit_code) == ("limit", None, 4)
    assert run.reason == "the limit of 2 s was near, and the last turn failed: no reply came in time"
    assert 1.9 <= run.seconds <= 3
    assert isinstance(run.events[-1], Ended)


def test_a_backbone_that_never_replied_is_a_service_that_failed(tmp_path: Path) -> None:
    run = solve(Slow([], "plan", "write", "conclude"), tmp_path, wall_seconds=2)
    assert (run.outcome, run.exit_code) == ("infra_error", 3)
    assert run.reason.startswith("the limit of 2 s was near, and the backbone has not replied once: ")


def test_the_time_left_is_told_and_a_prefix_that_was_sent_is_never_changed(tmp_path: Path) -> None:
    script = ["nonsense", cell("import time\ntime.sleep(0.2)"), cell("1 / 0"), cell("ReturnAnswer('far')"), cell(SLEEP)]
    chat = ScriptedChat(script, conclude=["Answer: 0.9 m\nIt was printed."])
    run = solve(chat, tmp_path, wall_seconds=6)
    sent = [messages for job, messages in chat.asked if job != "plan"]
    assert [job for job, _ in chat.asked] == ["plan", *["write"] * 5, "conclude"]
    for before, after in itertools.pairwise(sent):
        assert after[: len(before)] == before
    told = [event.text.splitlines()[-1] for event in pick(run.events, Observed)[:-1]]
    assert [line.split(" and ")[0] for line in told] == ["29 steps", "28 steps", "27 steps", "26 steps"]
    left = [float(line.split(" and ")[1].removesuffix(" s are left.")) for line in told]
    assert left == sorted(left, reverse=True)
    assert 0 < left[-1] < left[0] <= 4.5
    assert "There are 6 s for the whole question" in run.opened.system_prompt
    stopped, up = sent[-1][-2:]
    assert "so far 0.9" in stopped.text
    assert "the cell was stopped before its end" in stopped.text
    assert up.text.startswith("## Time is up\nThe limit of 6 s was near;")
    assert "Answer: <a number, in m>" in up.text
    assert "Answer: cannot tell" in up.text
    assert pick(run.events, Accepted)[0].reason == "It was printed."
    check_fallback(run, tmp_path, "the limit of 6 s was near")
    assert [ran.status for ran in run.cells] == ["ok", "error", "ok", "stopped"]
    assert run.seconds <= 6


def test_without_a_limit_of_time_nothing_is_said_of_it(tmp_path: Path) -> None:
    run = solve(ScriptedChat([cell("1"), cell("ReturnAnswer(1)")]), tmp_path)
    assert pick(run.events, Observed)[0].text.endswith("29 steps are left.")
    assert "for the whole question" not in run.opened.system_prompt


async def test_what_the_stopped_cell_had_submitted_counts_first_as_a_fallback(tmp_path: Path) -> None:
    given = {"number": "0.9", "none": "None, reason='dark'", "far": "'far'"}
    chats = {
        name: ScriptedChat([cell(f"import time\nReturnAnswer({value})\ntime.sleep(60)")], conclude=["Answer: 0.8 m"])
        for name, value in given.items()
    }
    runs = await asyncio.gather(
        *(
            claw(chat, wall_seconds=7).arun(NUMBER, "living_room", folder=tmp_path / name)
            for name, chat in chats.items()
        )
    )
    number, none, far = runs
    why = "the limit of 7 s was near: the answer that the last cell had submitted counts"
    assert [(run.outcome, run.answer) for run in runs] == [("gave_up", 0.9), ("gave_up", None), ("gave_up", 0.8)]
    assert [run.evidence.fallback for run in runs if run.evidence][:2] == [why, None]
    assert (number.reason, none.reason) == (why, "dark")
    assert [[job for job, _ in chat.asked] for chat in chats.values()] == [
        ["plan", "write"],
        ["plan", "write"],
        ["plan", "write", "conclude"],  # what was submitted has another form
    ]
    assert "Answer not accepted" in chats["far"].asked[-1][1][-2].text
    assert far.evidence is not None
