"""Real sessions on the shipped capture, held against its scene file."""

import json
from pathlib import Path

import pytest

from spatial_agent.agent.claw import SpatialClaw
from spatial_agent.inputs.media import shipped_captures
from spatial_agent.trace.events import Accepted, Ended
from spatial_agent.trace.run import pick


def truth(a: str, b: str, measure: str) -> float:
    """Distance of two things of the scene."""
    scene = json.loads((shipped_captures()["living_room"] / "scene.json").read_text())
    ids = {thing["label"]: thing["id"] for thing in scene["objects"]}
    return next(float(d[measure]) for d in scene["distances"] if {d["a"], d["b"]} == {ids[a], ids[b]})


@pytest.mark.parametrize(
    ("question", "measure", "off"),
    [
        ("How far is the heater from the door, in cm?", "closest", 0.01),
        ("How far is the old white heater from the door, in cm?", "closest", 0.01),
        ("What is the distance between the centres of the heater and the door, in cm?", "centroids", 0.05),
    ],
)
def test_a_distance_and_its_evidence(question: str, measure: str, off: float, tmp_path: Path) -> None:
    run = SpatialClaw(runs=tmp_path).run(question, "living_room")
    assert isinstance(run.answer, float)
    assert run.answer / 100 == pytest.approx(truth("radiator heater", "door", measure), abs=off)
    assert run.evidence is not None
    assert run.evidence.unit == "cm" and len(run.evidence.points) == 2 and run.evidence.frames
    assert run.evidence.spread is not None and run.evidence.spread < 2
    assert ("old white heater" in (pick(run.events, Accepted)[0].reason or "")) == ("white" in question)


def test_two_chairs_are_not_mixed_up(tmp_path: Path) -> None:
    run = SpatialClaw(runs=tmp_path).run("How far is the chair from the door?", "living_room")
    assert run.outcome == "gave_up" and "2 things are called 'chair'" in pick(run.events, Ended)[0].reason
