"""Real sessions on the shipped captures: one of each kind from the bank, and what is asked in other words."""

import asyncio
import json
import math
from collections.abc import Iterator

import pytest

from spatial_agent.agent.claw import SpatialClaw
from spatial_agent.evaluate.rooms import load_rooms
from spatial_agent.evaluate.samples import Sample
from spatial_agent.evaluate.scoring import score
from spatial_agent.inputs.media import shipped_captures
from spatial_agent.trace.events import Accepted, Ended
from spatial_agent.trace.run import Run, pick

FIRST, LAST = ({sample.group: sample for sample in samples} for samples in (load_rooms()[::-1], load_rooms()))
OF_A_KIND = {kind: (LAST if n % 2 else FIRST)[kind] for n, kind in enumerate(sorted(FIRST))}
"""One sample of each kind, of one capture and the other in turn."""
OTHER = {
    "words": ("How far is the old white heater from the door, in cm?", "living_room"),
    "two": ("How far is the chair from the door?", "living_room"),
    "moving": ("How far is the robot vacuum from the door?", "kitchen"),
    "still": ("Does the sofa move towards the door or away from it?", "living_room"),
    "side": ("Is the bookshelf to my left if I stand by the sofa and face the television?", "living_room"),
    "far": ("How far does the robot vacuum move between frame 6 and frame 14, in centimetres?", "kitchen"),
    "way": ("How far does the robot vacuum move between the first and the last frame?", "kitchen"),
}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Run]]:
    """All sessions, two at a time."""

    async def all_of_them() -> dict[str, Run]:
        claw, two = SpatialClaw(runs=tmp_path_factory.mktemp("runs")), asyncio.Semaphore(2)

        async def one(question: object, medium: object) -> Run:
            async with two:
                return await claw.arun(question, medium)  # type: ignore[arg-type]  # as a person gives them

        asked = {kind: (sample.question, sample.media[0]) for kind, sample in OF_A_KIND.items()}
        return dict(
            zip(
                [*asked, *OTHER],
                await asyncio.gather(*[one(*it) for it in [*asked.values(), *OTHER.values()]]),
                strict=True,
            )
        )

    yield asyncio.run(all_of_them())


@pytest.mark.parametrize("sample", OF_A_KIND.values(), ids=OF_A_KIND)
def test_one_of_each_kind_is_right_and_says_what_it_rests_on(sample: Sample, runs: dict[str, Run]) -> None:
    run = runs[sample.group]
    assert run.outcome == "answered"
    assert score(sample, run.answer).value == 1
    assert run.evidence is not None and run.evidence.frames


def test_there_are_ten_kinds() -> None:
    assert len(OF_A_KIND) == 10


def reason(run: Run) -> str:
    return next((it.reason or "" for it in pick(run.events, Accepted)), "") or pick(run.events, Ended)[0].reason


def test_other_words_and_another_unit(runs: dict[str, Run]) -> None:
    run = runs["words"]
    assert isinstance(run.answer, float) and run.answer == pytest.approx(90.0, abs=1)
    assert run.evidence is not None and run.evidence.unit == "cm" and len(run.evidence.points) == 2
    assert run.evidence.spread is not None and run.evidence.spread < 2
    assert "old white heater" in reason(run)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("two", "2 things are called 'chair'"),
        ("moving", "the robot vacuum moves"),
        ("still", "does not show"),
        ("way", "not in frames"),
    ],
)
def test_what_cannot_be_told_is_not(name: str, why: str, runs: dict[str, Run]) -> None:
    assert runs[name].outcome == "gave_up" and runs[name].answer is None and why in reason(runs[name])


def test_how_far_a_thing_moved(runs: dict[str, Run]) -> None:
    scene = json.loads((shipped_captures()["kitchen"] / "scene.json").read_text())
    motion = next(thing["motion"] for thing in scene["objects"] if thing["label"] == "robot vacuum")
    start, end = (next(at["centroid"] for at in motion if at["frame"] == frame) for frame in (6, 14))
    assert runs["far"].answer == pytest.approx(100 * math.dist(start, end), rel=0.03)


def test_yes_or_no(runs: dict[str, Run]) -> None:
    assert runs["side"].answer is True
