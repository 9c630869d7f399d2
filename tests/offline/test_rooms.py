"""Real sessions on the shipped captures: one of each kind from the bank, and, slowly, the whole bank."""

import json
from pathlib import Path

import pytest

from spatial_agent.agent.claw import SpatialClaw
from spatial_agent.evaluate.command import run_command
from spatial_agent.evaluate.rooms import load_rooms
from spatial_agent.evaluate.samples import Sample
from spatial_agent.evaluate.scoring import score

FIRST, LAST = ({sample.group: sample for sample in samples} for samples in (load_rooms()[::-1], load_rooms()))
OF_A_KIND = {kind: (LAST if n % 2 else FIRST)[kind] for n, kind in enumerate(sorted(FIRST))}
"""One sample of each kind, of one capture and the other in turn."""
FAST = ("camera motion", "direction", "object motion")
"""The distances are asked about elsewhere; a session takes two seconds."""


@pytest.mark.parametrize(
    "sample",
    [pytest.param(it, id=kind, marks=() if kind in FAST else pytest.mark.slow) for kind, it in OF_A_KIND.items()],
)
def test_one_of_each_kind_is_right_and_says_what_it_rests_on(sample: Sample, tmp_path: Path) -> None:
    run = SpatialClaw(runs=tmp_path).run(sample.question, sample.media[0])
    assert run.outcome == "answered"
    assert score(sample, run.answer).value == 1
    assert run.evidence is not None and run.evidence.frames


def test_there_are_ten_kinds() -> None:
    assert len(OF_A_KIND) == 10


@pytest.mark.slow
@pytest.mark.parametrize("perception", ["recorded", "noisy"])
def test_nearly_all_of_the_bank_is_answered_rightly(tmp_path: Path, perception: str) -> None:
    run = {"work_dir": tmp_path / "run", "limit": None, "sample_ids": (), "concurrency": 2, "perception": perception}
    assert run_command("rooms", "offline", **run) == 0  # type: ignore[arg-type]
    summary = json.loads((tmp_path / "run" / "results_summary.json").read_text())
    assert summary["samples"] == summary["tried"] == len(load_rooms()) >= 60
    assert summary["accuracy"] >= 0.95
