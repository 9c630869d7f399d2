"""What the shipped capture `kitchen` was made to show, checked on its files alone: a thing that moves, a camera that
turns left, walks and turns right, and things that come into view one after the other."""

import numpy as np
import pytest

from tests.captures.shipped import SHELL, Capture, Floats, read

FRAMES = 34
LEFT, AHEAD, RIGHT = (0, 8), (8, 17), (17, 33)
"""First and last frames of the camera's three phases."""
FIRST_SEEN = {"table": 0, "clock": 0, "fridge": 1, "bin": 1, "microwave": 2, "window": 3, "kettle": 3, "sink": 3}
FIRST_SEEN |= {"oven": 5, "potted plant": 7, "shelf": 7, "door": 29, "doormat": 31, "apron": 32}
ALONE = ["fridge", "door", "oven", "sink", "tap", "window", "table", "clock", "bin", "potted plant", "doormat", "apron"]
ALONE += ["kettle", "microwave", "toaster", "cooking pot", "dish rack", "knife block", "oil bottle", "utensil pot"]
ALONE += ["chopping board", "fruit bowl", "shelf", "light switch", "extractor hood", "tea towel", "coat rack"]
GROUPS = {"jar": 5, "stool": 4, "pendant lamp": 3, "wall cupboard": 3, "herb pot": 3, "mug": 3, "picture": 2}
WELL = 600
"""Pixels in which a thing of its own is seen well; of a group, each is shown by half as many."""


@pytest.fixture(scope="module")
def capture() -> Capture:
    return read("kitchen")


@pytest.fixture(scope="module")
def path(capture: Capture) -> Floats:
    """Where the robot vacuum's centroid is in every frame, (n, 3)."""
    return np.array([row["centroid"] for row in capture.find("robot vacuum")["motion"]])


def in_its_own_frame(capture: Capture, points: Floats, frame: int) -> Floats:
    """World points (n, 3) near the robot vacuum in a frame, moved to where they would be in frame 0."""
    start, now = (capture.find("robot vacuum")["motion"][k] for k in (0, frame))
    back = np.radians(start["yaw_deg"] - now["yaw_deg"])
    turn = np.array([[np.cos(back), -np.sin(back), 0], [np.sin(back), np.cos(back), 0], [0, 0, 1]])
    moved: Floats = (points - now["centroid"]) @ turn.T + start["centroid"]
    return moved


def test_only_the_robot_vacuum_moves(capture: Capture) -> None:
    (robot,) = capture.moving()
    assert robot["label"] == "robot vacuum"
    assert [row["frame"] for row in robot["motion"]] == list(range(FRAMES))
    assert robot["motion"][0]["centroid"] == robot["centroid"]
    assert robot["motion"][0]["yaw_deg"] == robot["yaw_deg"]
    assert not any(robot["id"] in (row["a"], row["b"]) for row in capture.scene["distances"])
    things = [item for item in capture.scene["objects"] if item["label"] not in SHELL]
    assert len(capture.scene["distances"]) == (len(things) - 1) * (len(things) - 2) // 2


def test_it_drives_in_every_frame_and_turns_once(capture: Capture, path: Floats) -> None:
    steps = np.diff(path[:, :2], axis=0)
    lengths = np.linalg.norm(steps, axis=1)
    assert lengths.min() > 0.04 and lengths.max() < 0.25
    assert lengths.sum() > 4
    headings = np.degrees(np.unwrap(np.arctan2(steps[:, 1], steps[:, 0])))
    assert np.ptp(headings[:13]) < 1 and np.ptp(headings[19:]) < 1
    assert headings[20] - headings[5] == pytest.approx(-164, abs=1)
    yaws = np.array([row["yaw_deg"] for row in capture.find("robot vacuum")["motion"]])
    np.testing.assert_allclose((yaws[5:13] - 90 - headings[5:13] + 180) % 360 - 180, 0, atol=1)
    np.testing.assert_allclose((yaws[20:30] - 90 - headings[20:30] + 180) % 360 - 180, 0, atol=1)


def test_it_is_seen_well_early_and_late(capture: Capture) -> None:
    seen = [int(k) for k, pixels in capture.find("robot vacuum")["frames"].items() if pixels >= 300]
    assert seen == list(range(2, 24))
    number = capture.find("robot vacuum")["id"]
    assert [k for k in seen if capture.frames[k].shows_whole(number)] == list(range(3, 23))


def test_its_pixels_lie_where_its_motion_says(capture: Capture) -> None:
    robot = capture.find("robot vacuum")
    low, high = (np.array(robot["box"][end]) for end in ("min", "max"))
    for k, frame in enumerate(capture.frames):
        shown = in_its_own_frame(capture, capture.points(frame)[frame.mask(robot["id"])], k)
        assert np.all((shown >= low - 0.002) & (shown <= high + 0.002))


def test_another_frames_motion_would_show(capture: Capture) -> None:
    """The law above can fail: with the motion of the next frame, points lie outside the box."""
    robot = capture.find("robot vacuum")
    low, high = (np.array(robot["box"][end]) for end in ("min", "max"))
    for k in range(3, 22):
        frame = capture.frames[k]
        shown = in_its_own_frame(capture, capture.points(frame)[frame.mask(robot["id"])], k + 1)
        assert np.mean(np.any((shown < low - 0.002) | (shown > high + 0.002), axis=1)) > 0.05


def test_nothing_else_is_where_it_is(capture: Capture, path: Floats) -> None:
    robot = capture.find("robot vacuum")
    for frame, (x, y, _) in zip(capture.frames, path, strict=True):
        others = capture.points(frame)[(frame.ids != robot["id"]) & (frame.depth > 0)]
        inside = (np.hypot(others[:, 0] - x, others[:, 1] - y) < 0.12) & (others[:, 2] < robot["box"]["max"][2])
        assert not inside.any(), "not even the floor under it is seen"


def test_it_stays_on_the_floor_and_clear_of_everything(capture: Capture, path: Floats) -> None:
    robot = capture.find("robot vacuum")
    assert robot["box"]["min"][2] == pytest.approx(0, abs=0.001)
    np.testing.assert_allclose(path[:, 2], robot["centroid"][2], atol=1e-4)
    reach = max(robot["size"][:2]) / 2 + 0.02
    for item in capture.scene["objects"]:
        if item["label"] in ("floor", "ceiling", "robot vacuum") or item["box"]["min"][2] > robot["box"]["max"][2]:
            continue
        low, high = (np.array(item["box"][end][:2]) for end in ("min", "max"))
        off = np.maximum(np.maximum(low - path[:, :2], path[:, :2] - high), 0)
        assert np.linalg.norm(off, axis=1).min() > reach, item["label"]


def test_it_nears_the_sink_and_leaves_the_table(capture: Capture, path: Floats) -> None:
    sink, table, door = (np.array(capture.find(label)["centroid"]) for label in ("sink", "table", "door"))
    away = {k: [float(np.linalg.norm((path[k] - thing)[:2])) for thing in (sink, table, door)] for k in (2, 14, 23)}
    assert away[2][0] - away[23][0] > 1.0
    assert away[23][1] - away[2][1] > 1.5
    assert away[23][2] - away[2][2] > 1.0
    assert np.linalg.norm(path[14] - path[3]) > 1.5


def advance(capture: Capture, first: int, last: int) -> tuple[float, float]:
    """How far the camera comes in the direction in which it looked first, and its distance from there; metres."""
    eyes, heading = capture.eyes(), np.radians(capture.headings()[first])
    way = eyes[last] - eyes[first]
    return float(way[0] * np.cos(heading) + way[1] * np.sin(heading)), float(np.linalg.norm(way))


def test_the_camera_turns_left_walks_and_turns_right(capture: Capture) -> None:
    headings = capture.headings()
    assert len(headings) == FRAMES
    turns = np.diff(headings)
    assert np.all(turns[slice(*LEFT)] > 8) and headings[LEFT[1]] - headings[LEFT[0]] > 100
    assert np.all(np.abs(turns[slice(*AHEAD)]) < 3) and abs(headings[AHEAD[1]] - headings[AHEAD[0]]) < 5
    assert np.all(turns[slice(*RIGHT)] < -4) and headings[RIGHT[1]] - headings[RIGHT[0]] < -170
    assert advance(capture, *LEFT)[1] < 0.12 and advance(capture, *RIGHT)[1] < 0.25
    assert advance(capture, *AHEAD)[0] > 1.7
    heights = capture.eyes()[:, 2]
    assert np.all(np.abs(heights - 1.5) < 0.05)


def test_things_come_into_view_one_after_the_other(capture: Capture) -> None:
    first = {label: min(map(int, capture.find(label)["frames"])) for label in FIRST_SEEN}
    assert first == FIRST_SEEN


@pytest.mark.parametrize("label", ALONE)
def test_a_thing_is_seen_well_and_as_big_as_it_is(capture: Capture, label: str) -> None:
    thing = capture.find(label)
    assert any(frame.shows_whole(thing["id"], WELL) for frame in capture.frames)
    seen = capture.seen(thing["id"])
    low, high = (np.array(thing["box"][end]) for end in ("min", "max"))
    assert high[2] - seen[:, 2].max() < 0.01, "its highest point is seen"
    assert np.ptp(seen[:, 2]) > high[2] - low[2] - 0.03, "and its height"


@pytest.mark.parametrize("label", GROUPS)
def test_each_of_a_group_is_seen_whole(capture: Capture, label: str) -> None:
    group = capture.every(label)
    assert len(group) == GROUPS[label]
    for item in group:
        assert any(frame.shows_whole(item["id"], WELL // 2) for frame in capture.frames)


def test_what_stands_on_something_is_in_contact_with_it(capture: Capture) -> None:
    """Nothing floats: on the worktop, on the table and on the floor."""
    worktop = max(item["box"]["max"][2] for item in capture.every("worktop"))
    table, robot = capture.find("table")["box"]["max"][2], capture.find("robot vacuum")["box"]["min"][2]
    for label in ("kettle", "microwave", "toaster", "dish rack", "knife block", "utensil pot", "oil bottle", "tap"):
        assert capture.find(label)["box"]["min"][2] == pytest.approx(worktop, abs=0.01), label
    for item in (*capture.every("mug"), capture.find("fruit bowl")):
        assert item["box"]["min"][2] == pytest.approx(table, abs=0.002)
    for item in (*capture.every("stool"), *map(capture.find, ("fridge", "oven", "bin", "table", "potted plant"))):
        assert item["box"]["min"][2] == pytest.approx(robot, abs=0.002), item["label"]
