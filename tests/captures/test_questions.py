"""The bank of questions: its files are what the scenes say, and its answers are what the frames alone show."""

import json
from collections import Counter
from functools import cache
from typing import Any

import numpy as np
import pytest
from questions.measures import ENOUGH, Asked, Centroids, Choice, Count, Standing
from questions.motion import CameraAdvance, CameraAngle, CameraTurn
from questions.order import DistanceTo, Pick
from questions.world import Scene, View
from write_questions import BANK, TOLERANCE, entries, lettered, written

from spatial_agent.inputs.media import shipped_captures
from tests.captures.clouds import Shown

ALL = [(capture, asked) for capture, bank in BANK.items() for asked in bank]
EACH = pytest.mark.parametrize(("capture", "asked"), ALL, ids=[f"{capture}/{asked.id}" for capture, asked in ALL])


@cache
def scene(capture: str) -> Scene:
    return Scene(shipped_captures()[capture])


@cache
def shown(capture: str) -> Shown:
    return Shown(shipped_captures()[capture])


@cache
def filed(capture: str) -> dict[str, dict[str, Any]]:
    """The entries of questions.json, by id."""
    told = json.loads((shipped_captures()[capture] / "questions.json").read_text())["questions"]
    return {entry["id"]: entry for entry in told}


@pytest.mark.parametrize("capture", BANK)
def test_the_files_are_what_the_bank_and_the_scene_give(capture: str) -> None:
    folder = shipped_captures()[capture]
    assert (folder / "questions.json").read_text() == written(capture, folder)


def test_every_capture_is_asked_about() -> None:
    assert BANK.keys() == shipped_captures().keys()


def test_every_kind_is_asked_often_and_both_rooms_alike() -> None:
    kinds = Counter(asked.about.kind for _, asked in ALL)
    assert len(ALL) >= 64
    assert len(kinds) == 10 and min(kinds.values()) >= 5
    assert max(map(len, BANK.values())) < 1.5 * min(map(len, BANK.values()))


@pytest.mark.parametrize("capture", BANK)
def test_no_letter_is_right_more_often_than_another(capture: str) -> None:
    right: dict[int, Counter[str]] = {}
    for entry in filed(capture).values():
        if entry["choices"]:
            right.setdefault(len(entry["choices"]), Counter())[entry["target"]] += 1
    for options, letters in right.items():
        counts = [letters["ABCD"[place]] for place in range(options)]
        assert max(counts) - min(counts) <= 1


@EACH
def test_the_words_name_what_the_question_is_about(capture: str, asked: Asked) -> None:
    words = filed(capture)[f"{capture}/{asked.id}"]["question"]
    assert all(name in words for name in asked.about.things)


@EACH
def test_the_frames_alone_give_the_answer(capture: str, asked: Asked) -> None:
    """Each thing is seen well, and what is seen of it is enough: the measure of the seen points is the target."""
    world, exact = shown(capture), asked.about.answer(scene(capture))
    if not isinstance(asked.about, Count):
        assert all(max(world.pixels(name).values()) >= ENOUGH for name in asked.about.things)
    found = asked.about.answer(world)
    if isinstance(exact, bool | Choice):
        assert found == exact
    else:
        assert found == pytest.approx(exact, rel=TOLERANCE)
    assert asked.about.clear(world, slack=0.5)


@pytest.mark.parametrize(
    ("capture", "asked"), [(capture, asked) for capture, asked in ALL if isinstance(asked.about, Centroids)]
)
def test_the_middle_of_the_box_would_be_right_too(capture: str, asked: Asked) -> None:
    """Who takes the middle of the box for the centroid is not wrong by more than the tolerance."""
    boxes = [scene(capture).box_middle(name) for name in asked.about.things]
    apart = float(np.linalg.norm(boxes[0] - boxes[1]))
    assert apart == pytest.approx(asked.about.answer(scene(capture)), rel=TOLERANCE)


class Plan:
    """Things and cameras on a plan: x to the east, y to the north."""

    frames = 4

    def __init__(self, headings: list[float], path: list[tuple[float, float]] | None = None, **at: Any) -> None:
        self._headings = np.radians(headings)
        self._path = path or [(0.0, 0.0)] * len(headings)
        self._at = at

    def middle(self, name: str, frame: int = 0) -> Any:
        return np.array([*self._at[name], 0.0])

    def view(self, frame: int) -> View:
        angle = self._headings[frame]
        return View(np.array([*self._path[frame], 1.5]), np.array([np.cos(angle), np.sin(angle), 0.0]))

    def pixels(self, name: str) -> dict[int, int]:
        return dict.fromkeys(range(self.frames), ENOUGH)


@pytest.mark.parametrize(
    ("degrees", "two", "three", "four"),
    [
        (30, "left", "left", "front-left"),
        (120, "left", "left", "back-left"),
        (150, "left", "behind", "back-left"),
        (-30, "right", "right", "front-right"),
        (-120, "right", "right", "back-right"),
        (-150, "right", "behind", "back-right"),
    ],
)
def test_sides_are_those_of_one_who_faces_north(degrees: float, two: str, three: str, four: str) -> None:
    """Counter-clockwise, seen from above, is to the left."""
    angle = np.radians(90 + degrees)
    plan: Any = Plan([0], me=(1, 1), north=(1, 3), it=(1 + 2 * np.cos(angle), 1 + 2 * np.sin(angle)))
    for sides, expected in (("two", two), ("three", three), ("four", four)):
        measure = Standing("me", "north", "it", sides)  # type: ignore[arg-type]
        assert measure.answer(plan).right == expected
        assert measure.clear(plan)


@pytest.mark.parametrize("degrees", [5, 130, 140, 175])
def test_what_lies_near_the_end_of_a_side_is_not_clear(degrees: float) -> None:
    angle = np.radians(degrees)
    plan: Any = Plan([0], me=(0, 0), east=(2, 0), it=(2 * np.cos(angle), 2 * np.sin(angle)))
    assert Standing("me", "east", "it").clear(plan) == (degrees == 175)
    assert not Standing("me", "east", "it", "two").clear(plan) or degrees in (130, 140)


def test_the_camera_turns_and_goes_as_one_would_say() -> None:
    right: Any = Plan([10, -20, -50, -80], [(0, 0), (0.5, 0), (1, 0), (1.5, 0)])
    assert CameraTurn(0, 3).answer(right).right == "right"
    assert CameraAngle(0, 3).answer(right) == pytest.approx(90)
    assert CameraAdvance(0, 2).answer(right).right == "forward"
    assert CameraAdvance(0, 2).clear(right) and not CameraAdvance(0, 3).clear(right), "at last it goes sideways"
    round_it: Any = Plan([170, -150, -110, -70], [(0, 0), (-0.1, 0), (-0.2, 0), (-0.3, 0)])
    assert CameraTurn(0, 3).answer(round_it).right == "left"
    assert CameraAngle(0, 3).answer(round_it) == pytest.approx(120)
    back_and_forth: Any = Plan([0, 40, 0, 30])
    assert not CameraTurn(0, 3).clear(back_and_forth)


def test_right_options_go_round() -> None:
    choice = Choice("right", ("wrong", "worse"))
    assert [lettered(choice, number).letter for number in range(4)] == ["C", "A", "B", "C"]
    assert lettered(choice, 1).in_words() == "A. right B. wrong C. worse"


def test_a_question_whose_answer_is_not_clear_is_refused() -> None:
    close = Asked("close", "Which is nearer to the clock: {options}?", Pick(DistanceTo("clock"), ("heater", "pouf")))
    with pytest.raises(ValueError, match="living_room/close: another answer is near"):
        list(entries("living_room", [close], scene("living_room")))
