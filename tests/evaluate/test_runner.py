"""Running samples: resuming, services that fail, errors of ours."""

import io
import json
from pathlib import Path

import pytest
from PIL import Image
from rich.console import Console

from spatial_agent.agent.claw import SpatialClaw
from spatial_agent.answers.question import Question
from spatial_agent.budget import Budget
from spatial_agent.chat.scripted import ScriptedChat
from spatial_agent.errors import InputError
from spatial_agent.evaluate.record import CONFIG, PREDICTIONS, SUMMARY, Prediction, Record
from spatial_agent.evaluate.report import Lines, show_summary
from spatial_agent.evaluate.runner import evaluate, run_benchmark
from spatial_agent.evaluate.samples import Sample
from spatial_agent.evaluate.summary import summarize
from spatial_agent.sandbox.level import LEVELS
from spatial_agent.trace.events import Stand
from spatial_agent.trace.store import read_events

CONFIGURATION = {"version": "test"}


def answers(value: str) -> str:
    """A reply that answers at once."""
    head = "**Purpose**\nAnswer.\n\n**Reasoning**\nIt is so.\n\n**Next Goal**\nNone."
    return f"{head}\n\n**Code**\n```python\nReturnAnswer({value})\n```"


@pytest.fixture
def samples(tmp_path: Path) -> list[Sample]:
    """Two numbers to be told about one photo."""
    photo = tmp_path / "photo.png"
    Image.new("RGB", (64, 48), "teal").save(photo)
    question = Question("How many squares are there?", "number", may_abstain=False)
    return [Sample(f"photo/{k}", question, (photo,), float(k), 0.1, "count") for k in (1, 2)]


class Seen:
    """A watch that remembers."""

    def __init__(self) -> None:
        self.begun: list[tuple[int, int]] = []
        self.lines: list[Prediction] = []

    def begin(self, folder: Path, samples: int, kept: int, sandbox: Stand) -> None:
        """Remember the counts."""
        self.begun.append((samples, kept))

    def done(self, prediction: Prediction) -> None:
        """Remember the line."""
        self.lines.append(prediction)


async def test_what_a_service_failed_is_not_scored_and_tried_again(tmp_path: Path, samples: list[Sample]) -> None:
    folder, seen = tmp_path / "run", Seen()
    with Record(folder, CONFIGURATION) as record:  # the script has a reply for one sample
        await evaluate(samples, SpatialClaw(ScriptedChat([answers("5.0")])), record, concurrency=1, watch=seen)
    assert [(line.outcome, line.score) for line in seen.lines] == [("answered", 0.0), ("infra_error", None)]
    with Record(folder, CONFIGURATION) as record:
        await evaluate(samples, SpatialClaw(ScriptedChat([answers("2.0")])), record, concurrency=1, watch=seen)
        lines = list(record.latest().values())
    assert seen.begun == [(2, 0), (2, 1)]
    assert [line.id for line in seen.lines[2:]] == ["photo/2"]
    assert len({line.session for line in seen.lines}) == 3, "a second try has a folder of its own"
    for line in seen.lines:
        assert read_events(folder / str(line.session))
    summary = summarize(lines, benchmark="t", model="scripted", samples=2, wall_seconds=1, folder="")
    assert (summary.overall.right, summary.overall.scored, summary.exit_code) == (1, 2, 0)
    before = summarize(seen.lines[:2], benchmark="t", model="scripted", samples=2, wall_seconds=1, folder="")
    assert (before.overall.scored, before.outcomes["infra_error"], before.exit_code) == (1, 1, 3)


async def test_an_error_in_one_sample_does_not_stop_the_others(tmp_path: Path, samples: list[Sample]) -> None:
    gone = Sample("photo/gone", samples[0].question, (tmp_path / "gone.png",), 1.0, 0.1, "count")
    seen = Seen()
    with Record(tmp_path / "run", CONFIGURATION) as record:
        claw = SpatialClaw(ScriptedChat([answers("1.0")]))
        await evaluate([gone, samples[0]], claw, record, concurrency=2, watch=seen)
    outcomes = {line.id: (line.outcome, line.score) for line in seen.lines}
    assert outcomes["photo/gone"] == ("infra_error", None)
    assert outcomes["photo/1"] == ("answered", 1.0)
    assert "gone.png" in str(next(line.error for line in seen.lines if line.id == "photo/gone"))


def test_the_same_command_resumes_and_writes_its_summary(tmp_path: Path) -> None:
    ids = ("living_room/heater-door-closest",)
    first, second = Seen(), Seen()
    done = run_benchmark("rooms", work_dir=tmp_path, sample_ids=ids, watch=first)
    again = run_benchmark("rooms", work_dir=tmp_path, sample_ids=ids, watch=second)
    assert (len(first.lines), len(second.lines), second.begun) == (1, 0, [(1, 1)])
    assert (done.tried, again.tried, again.overall.right, again.exit_code) == (1, 1, 1.0, 0)
    written = json.loads((tmp_path / SUMMARY).read_text())
    assert written["accuracy"] == written["overall"]["accuracy"] == 1.0
    assert written["groups"]["closest-point distance"]["scored"] == 1
    assert "not a model" in written["backbone"][0]
    assert written["sandbox"][0].startswith(tuple(f"{level} - cells run" for level in LEVELS))
    config = json.loads((tmp_path / CONFIG).read_text())
    assert config["config"]["model"]["name"] == "offline"
    assert len((tmp_path / PREDICTIONS).read_text().splitlines()) == 1
    with pytest.raises(InputError, match="seed was 0 and is now 1"):
        run_benchmark("rooms", work_dir=tmp_path, sample_ids=ids, seed=1)


async def test_an_answer_of_the_last_turn_is_scored_and_counted_as_a_fallback(
    tmp_path: Path, samples: list[Sample]
) -> None:
    told = io.StringIO()
    with Record(tmp_path / "run", CONFIGURATION) as record, Lines(Console(file=told, width=200)) as lines:
        chat = ScriptedChat([answers("'many'"), answers("2.0")], conclude=["Answer: 1"])
        claw = SpatialClaw(chat, budget=Budget(max_steps=1))
        await evaluate(samples, claw, record, concurrency=1, watch=lines)
        by_id = record.latest()
    one, two = by_id["photo/1"], by_id["photo/2"]
    assert (one.outcome, one.prediction, one.score, one.by_fallback) == ("gave_up", 1.0, 1.0, True)
    assert one.error == "the only step was used: answered with what was known by then"
    assert (two.outcome, two.by_fallback, two.error) == ("answered", False, None)
    assert "right  gave_up      photo/1  1 by a fallback, true 1" in told.getvalue()
    summary = summarize(list(by_id.values()), benchmark="t", model="m", samples=2, wall_seconds=1, folder="")
    assert (summary.overall.right, summary.answers, summary.fallbacks) == (2, 2, 1)
    assert (summary.as_json()["answers"], summary.as_json()["fallbacks"], summary.exit_code) == (2, 1, 0)
    show_summary(Console(file=told, width=200), summary)
    assert "fallbacks  1 of 2 answers" in told.getvalue()


def test_perception_and_time_are_of_the_runs_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    ids = ("living_room/heater-door-closest",)
    done = run_benchmark("rooms", sample_ids=ids, perception="none", budget=Budget(wall_seconds=60))
    assert done.folder == "runs/rooms-offline-none"
    assert "switched off" in done.perception[0]
    config = json.loads((tmp_path / done.folder / CONFIG).read_text())["config"]
    assert config["perception"] == {"name": "none", "backend": "none", "depth_noise": 0.0, "dropouts": 0.0}
    assert config["budget"]["wall_seconds"] == 60
    with pytest.raises(InputError, match=r"perception\.backend was 'none' and is now 'recorded'"):
        run_benchmark("rooms", work_dir=done.folder, sample_ids=ids, perception="noisy", budget=Budget(wall_seconds=60))
    with pytest.raises(InputError, match="wall_seconds was 60"):
        run_benchmark("rooms", work_dir=done.folder, sample_ids=ids, perception="none")


def test_a_dataset_file_says_what_sees(tmp_path: Path) -> None:
    (tmp_path / "mine.json").write_text('{"benchmark": "rooms", "perception": "none"}')
    done = run_benchmark(
        tmp_path / "mine.json", work_dir=tmp_path / "r", sample_ids=["living_room/heater-door-closest"]
    )
    assert "switched off" in done.perception[0]
    (tmp_path / "bad.json").write_text('{"benchmark": "rooms", "perception": "sam"}')
    with pytest.raises(InputError, match="no perception `sam`"):
        run_benchmark(tmp_path / "bad.json", work_dir=tmp_path / "b")
    assert not (tmp_path / "b").exists()


def test_unknown_names_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="rooms"):
        run_benchmark("room", work_dir=tmp_path / "a")
    with pytest.raises(InputError, match="offline"):
        run_benchmark("rooms", "ofline", work_dir=tmp_path / "b")
    with pytest.raises(InputError, match="heater-door"):
        run_benchmark("rooms", work_dir=tmp_path / "c", sample_ids=["living_room/heater-dor"])
    assert not list(tmp_path.iterdir())
