"""The questions that come with the captures say what their scenes say."""

import dataclasses
import json
import re
from pathlib import Path
from typing import Any

import pytest

from spatial_agent.answers.question import read_question
from spatial_agent.errors import InputError
from spatial_agent.evaluate.rooms import QUESTIONS, load_rooms, questions_of, truth_of
from spatial_agent.evaluate.samples import Sample, select
from spatial_agent.inputs.media import shipped_captures

SAMPLES = load_rooms()
MEASURES = {"closest-point distance": "closest", "centroid distance": "centroids", "which is nearer": "closest"}


class Scene:
    """Distances between things named in words."""

    def __init__(self, folder: Path) -> None:
        said = json.loads((folder / "scene.json").read_text())
        self._ids: dict[str, list[int]] = {}
        for thing in said["objects"]:
            for name in (thing["label"], *thing["synonyms"]):
                self._ids.setdefault(name, []).append(thing["id"])
        self._pairs = {frozenset((pair["a"], pair["b"])): pair for pair in said["distances"]}

    def distance(self, a: str, b: str, measure: str) -> float:
        """Of the only things of these names."""
        (one,), (other,) = self._ids[a], self._ids[b]
        return float(self._pairs[frozenset((one, other))][measure])


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.id)
def test_a_target_is_what_the_scene_says(sample: Sample) -> None:
    scene, measure = Scene(shipped_captures()[str(sample.media[0])]), MEASURES[sample.group]
    if sample.group == "which is nearer":
        (to,) = re.findall(r"nearer to the ([\w ]+),", sample.question.text)
        far = [scene.distance(choice.removeprefix("the "), to, measure) for choice in sample.question.choices]
        assert sample.target == "ABCDEF"[far.index(min(far))]
        assert sorted(far)[1] - min(far) > 0.2, "the nearer one is clearly nearer"
    else:
        ((a, b),) = re.findall(r"between the ([\w ]+) and the ([\w ]+), in", sample.question.text)
        assert sample.target == pytest.approx(scene.distance(a, b, measure), abs=5e-4)


def test_every_kind_has_questions_and_every_sample_an_own_id() -> None:
    assert {sample.group for sample in SAMPLES} == set(MEASURES)
    assert len({sample.id for sample in SAMPLES}) == len(SAMPLES)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.id)
def test_the_words_alone_give_the_same_form(sample: Sample) -> None:
    read = read_question(sample.question.text)
    assert (read.form, read.unit, len(read.choices)) == (
        sample.question.form,
        sample.question.unit,
        len(sample.question.choices),
    )


def test_truth_is_found_by_the_questions_words() -> None:
    sample = SAMPLES[0]
    shouted = dataclasses.replace(sample.question, text=f"  {sample.question.text.upper()} ")
    found = truth_of(shouted, ["nowhere.png", str(sample.media[0])])
    assert found is not None
    assert (found.id, found.target) == (sample.id, sample.target)
    assert truth_of(read_question("How many chairs are there?"), ["living_room"]) is None
    assert truth_of(sample.question, ["nowhere.png"]) is None


def test_the_same_words_with_other_options_are_another_question(tmp_path: Path) -> None:
    sample = next(sample for sample in SAMPLES if sample.question.choices)
    turned = dataclasses.replace(sample.question, choices=sample.question.choices[::-1])
    assert truth_of(sample.question, ["living_room"]) is not None
    assert truth_of(turned, ["living_room"]) is None


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


def test_samples_are_selected_by_id_or_number() -> None:
    ids = [sample.id for sample in SAMPLES]
    assert [s.id for s in select(SAMPLES)] == ids
    assert [s.id for s in select(SAMPLES, limit=2)] == ids[:2]
    assert [s.id for s in select(SAMPLES, ids=[ids[2], ids[0], ids[2]])] == [ids[2], ids[0]]
    with pytest.raises(InputError, match=re.escape(ids[0])):
        select(SAMPLES, ids=[ids[0][:-2]])
