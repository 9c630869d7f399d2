"""The questions that come with the captures, as samples of the benchmark `rooms`."""

import dataclasses
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from spatial_agent.answers.question import read_question
from spatial_agent.errors import InputError
from spatial_agent.evaluate.rooms import QUESTIONS, load_rooms, questions_of, truth_of
from spatial_agent.evaluate.samples import Sample, select
from spatial_agent.inputs.media import shipped_captures

SAMPLES = load_rooms()
KINDS = {
    "closest-point distance",
    "centroid distance",
    "direction",
    "which is nearer",
    "size",
    "count",
    "height order",
    "camera motion",
    "object motion",
    "order of appearance",
}


def test_ten_kinds_are_asked_and_every_sample_has_an_own_id() -> None:
    asked = Counter(sample.group for sample in SAMPLES)
    assert asked.keys() == KINDS
    assert min(asked.values()) >= 5 and asked.total() >= 64
    assert len({sample.id for sample in SAMPLES}) == len(SAMPLES)


def test_every_shipped_capture_is_asked_about() -> None:
    assert {str(sample.media[0]) for sample in SAMPLES} == shipped_captures().keys()


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.id)
def test_a_number_may_be_off_by_5_percent_at_most(sample: Sample) -> None:
    if sample.question.form != "number":
        assert sample.tolerance is None
        return
    assert isinstance(sample.target, float) and sample.tolerance is not None
    assert 0 <= sample.tolerance <= (0 if sample.group == "count" else 0.05 * sample.target)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.id)
def test_the_words_alone_give_the_same_form(sample: Sample) -> None:
    read = read_question(sample.question.text)
    told = sample.question
    assert (read.form, read.unit, read.choices) == (told.form, told.unit, told.choices)


def test_truth_is_found_by_the_questions_words() -> None:
    sample = SAMPLES[0]
    shouted = dataclasses.replace(sample.question, text=f"  {sample.question.text.upper()} ")
    found = truth_of(shouted, ["nowhere.png", str(sample.media[0])])
    assert found is not None
    assert (found.id, found.target) == (sample.id, sample.target)
    assert truth_of(read_question("How many curtains are there?"), ["living_room"]) is None
    assert truth_of(sample.question, ["nowhere.png"]) is None


def test_the_same_words_with_other_options_are_another_question() -> None:
    sample = next(sample for sample in SAMPLES if sample.question.choices)
    turned = dataclasses.replace(sample.question, choices=sample.question.choices[::-1])
    assert truth_of(sample.question, sample.media) is not None
    assert truth_of(turned, sample.media) is None


def test_a_file_of_somebody_elses_is_no_truth_and_no_error(tmp_path: Path) -> None:
    (tmp_path / QUESTIONS).write_text("[1, 2]")
    assert truth_of(read_question("How many?"), [tmp_path]) is None


def asked(**changes: Any) -> dict[str, Any]:
    """One entry of a questions.json."""
    entry = {"id": "x", "kind": "count", "question": "How many?", "form": "number", "target": 3, "tolerance": 0}
    return entry | changes


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        (asked(targte=3), "targte"),
        (asked(form="point", target=[1, 2, 3], tolerance=None), "asks for a point and needs a `tolerance`"),
        (asked(form="point", target=[1, 2]), "target"),
        (asked(tolerance=None), "needs a `tolerance`"),
        (asked(target="many"), "does not fit its form"),
        (asked(form="choice", choices=["one", "two"], target="C"), "does not fit its form"),
    ],
)
def test_a_wrong_file_is_named_with_what_is_wrong(tmp_path: Path, entry: dict[str, Any], told: str) -> None:
    (tmp_path / QUESTIONS).write_text(json.dumps({"questions": [entry]}))
    with pytest.raises(InputError, match=told) as raised:
        questions_of(tmp_path, tmp_path)
    assert QUESTIONS in str(raised.value)


def test_a_point_is_a_target_too(tmp_path: Path) -> None:
    (tmp_path / QUESTIONS).write_text(
        json.dumps({"questions": [asked(form="point", target=[1, 2, 0.5], tolerance=0.1)]})
    )
    (sample,) = questions_of(tmp_path, tmp_path)
    assert (sample.target, sample.tolerance) == ((1.0, 2.0, 0.5), 0.1)


def test_samples_are_selected_by_id_or_number() -> None:
    ids = [sample.id for sample in SAMPLES]
    assert [s.id for s in select(SAMPLES)] == ids
    assert [s.id for s in select(SAMPLES, limit=2)] == ids[:2]
    assert [s.id for s in select(SAMPLES, ids=[ids[2], ids[0], ids[2]])] == [ids[2], ids[0]]
    with pytest.raises(InputError, match=re.escape(ids[0])):
        select(SAMPLES, ids=[ids[0][:-2]])
