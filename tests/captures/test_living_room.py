"""What the shipped capture `living_room` was made to show, checked on its files alone."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from scipy.spatial import cKDTree

from tests.captures.shipped import Capture, read

FRAMES = 24


@pytest.fixture(scope="module")
def capture() -> Capture:
    return read("living_room")


def test_the_camera_walks_round_the_room(capture: Capture) -> None:
    assert len(capture.frames) == FRAMES
    steps = np.linalg.norm(np.diff(capture.eyes(), axis=0), axis=1)
    assert steps.min() > 0.08 and steps.max() < 0.30
    assert capture.moving() == []


def test_heater_and_door_are_90_cm_apart(capture: Capture) -> None:
    row = capture.distance("radiator heater", "door")
    assert row["closest"] == pytest.approx(0.900, abs=0.002)
    assert 1.45 < row["centroids"] < 1.60
    apart = np.linalg.norm(np.subtract(row["point_a"], row["point_b"]))
    assert apart == pytest.approx(row["closest"], abs=2e-4)


def test_their_distance_can_be_measured_from_frames_1_and_2(capture: Capture) -> None:
    heater, door = (capture.find(label)["id"] for label in ("radiator heater", "door"))
    on_heater = capture.points(capture.frames[1])[capture.frames[1].mask(heater)]
    on_door = capture.points(capture.frames[2])[capture.frames[2].mask(door)]
    assert min(len(on_heater), len(on_door)) > 5_000
    nearest = np.min(cKDTree(on_door).query(on_heater)[0])
    assert 0.88 < nearest < 0.94


def test_no_frame_shows_both_of_them_whole(capture: Capture) -> None:
    heater, door = (capture.find(label)["id"] for label in ("radiator heater", "door"))
    assert capture.frames[1].shows_whole(heater) and not capture.frames[1].mask(door).any()
    assert capture.frames[2].shows_whole(door) and not capture.frames[2].mask(heater).any()
    assert not any(frame.shows_whole(heater) and frame.shows_whole(door) for frame in capture.frames)


def test_the_closest_pair_of_visible_points_is_never_closer_than_the_truth(capture: Capture) -> None:
    """Seen surfaces are parts of the exact ones, so the images can only overestimate a distance."""
    labels = ["sofa", "coffee table", "potted plant", "bookshelf", "television", "dining table"]
    clouds = {}
    for label in labels:
        number = capture.find(label)["id"]
        clouds[label] = np.concatenate([capture.points(f)[f.mask(number)][::16] for f in capture.frames])
    for a, b in pairwise(labels):
        seen = np.min(cKDTree(clouds[a]).query(clouds[b])[0])
        assert seen > capture.distance(a, b)["closest"] - 0.002


MAJOR = ["sofa", "coffee table", "floor lamp", "potted plant", "bookshelf", "dining table", "television", "sideboard"]


@pytest.mark.parametrize("label", [*MAJOR, "pouf", "clock", "window", "radiator heater"])
def test_major_objects_are_whole_in_two_frames(capture: Capture, label: str) -> None:
    number = capture.find(label)["id"]
    assert sum(frame.shows_whole(number) for frame in capture.frames) >= 2


def test_labels_say_how_many_there_are(capture: Capture) -> None:
    counts = Counter(item["label"] for item in capture.scene["objects"])
    assert (counts["radiator heater"], counts["door"], counts["dining chair"], counts["picture"]) == (1, 1, 2, 5)
