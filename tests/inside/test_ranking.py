import json
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spatial_agent.errors import ToolError
from spatial_agent.inside.tools.ranking import compare, nearest, rank
from spatial_agent.inside.tools.sam3 import SAM3
from tests.inside.scene import Scene

VALUES = st.dictionaries(st.text(max_size=3), st.floats(-100, 100), max_size=6)


@settings(max_examples=60)
@given(VALUES, st.booleans())
def test_a_ranking_is_sorted_and_tells_its_near_ties(values: dict[str, float], descending: bool) -> None:
    ranking = rank(values, descending)
    assert dict(ranking) == values
    numbers = list(ranking.values())
    assert numbers == sorted(numbers, reverse=descending)
    assert ranking.first == next(iter(ranking), None)
    names = list(ranking)
    assert ranking.near_ties == [pair for pair in pairwise(names) if compare(values[pair[0]], values[pair[1]]).near_tie]
    assert ranking.near_tie == (names[:2] in [list(pair) for pair in ranking.near_ties])
    assert (ranking.margin is None) == (len(values) < 2)


def test_printing_a_ranking() -> None:
    ranking = rank({"sofa": 0.92, "lamp": np.float32(1.6), "door": 0.9})
    assert repr(ranking) == "Ranking(door 0.9, sofa 0.92, lamp 1.6; NEAR TIE: door and sofa)"
    assert ranking.margin == pytest.approx(0.02)
    assert json.loads(json.dumps(ranking))["sofa"] == 0.92
    assert not rank({"a": 1.0, "b": 1.06}).near_tie
    assert rank({"a": 1.0, "b": 1.06}, relative=0.1).near_tie


def test_near_nothing_there_is_nothing_and_the_things_are_not_blamed(capsys: pytest.CaptureFixture[str]) -> None:
    assert nearest(np.full((2, 3), np.nan), {"a": [0, 0, 0]}).first is None
    said = capsys.readouterr().out
    assert "point_or_points has no known point" in said and "left out" not in said
    assert nearest([0, 0, 0], {}).first is None and nearest([0, 0, 0], []).first is None
    assert nearest([0, 0, 0], [np.ones((3, 3)), np.zeros((2, 3))]).first == 1


def test_masks_are_no_points_yet() -> None:
    scene = Scene()
    masks = SAM3(scene, [scene.inputs()], 9).segment_video_by_text("box")
    with pytest.raises(ToolError, match=r"nearest got things\['m'\] = .*\n.*\n  type: things\['m'\] = masks.points"):
        nearest([0, 0, 0], {"m": masks})


@pytest.mark.parametrize("things", [None, 5, "sofa", np.zeros(())])
def test_things_that_are_none_are_refused(things: object) -> None:
    with pytest.raises(ToolError, match=r"nearest got things=.*\n  expected: a dict of name"):
        nearest([0, 0, 0], things)


def test_what_has_no_number_is_left_out_and_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert rank({"a": 2, "b": None, "c": np.nan}).first == "a"
    assert "b, c has no number" in capsys.readouterr().out
    assert rank({}).first is None
    with pytest.raises(ToolError, match="rank got a list"):
        rank([1, 2])  # type: ignore[arg-type]
    with pytest.raises(ToolError, match=r"values\['a'\]='high'"):
        rank({"a": "high"})


@settings(max_examples=50)
@given(st.floats(-100, 100), st.floats(-100, 100))
def test_comparing_is_antisymmetric(a: float, b: float) -> None:
    there, back = compare(a, b), compare(b, a)
    assert there.difference == -back.difference == a - b
    assert there.near_tie == back.near_tie == (abs(a - b) <= max(0.02, 0.05 * max(abs(a), abs(b))))
    assert {there.word, back.word} in ({"larger", "smaller"}, {"equal"})
    assert there.ratio is None if b == 0 else there.ratio == a / b


def test_printing_a_comparison_and_what_is_none() -> None:
    assert repr(compare(1.52, 1.49)) == "Comparison(1.52 against 1.49: larger, difference +0.03, ratio 1.02; NEAR TIE)"
    with pytest.raises(
        ToolError, match=r"compare got b=None\n  expected: one finite number; None is what a search gives"
    ):
        compare(1, None)


def test_the_nearest_thing(capsys: pytest.CaptureFixture[str]) -> None:
    things = {"far": [[0, 0, 9], [0, 0, 5]], "near": [3, 0, 0], "lost": None, "empty": np.zeros((0, 3))}
    ranking = nearest([0, 0, 0], things)
    assert list(ranking.items()) == [("near", 3), ("far", 5)]
    assert "lost, empty has no known points" in capsys.readouterr().out
    assert nearest([[0, 0, 0], [0, 0, 4]], things).first == "far"
    assert list(nearest([0, 0, 0], np.array([[0, 2, 0], [1, 0, 0]]))) == [1, 0]
