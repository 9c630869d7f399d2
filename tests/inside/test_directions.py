import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spatial_agent.errors import ToolError
from spatial_agent.inside.tools.observer import compass, direction_from, observer
from spatial_agent.inside.tools.words import AROUND, COMPASS

ANGLES = st.floats(-180, 180)
SIDES = ("ahead", "right", "behind", "left")
COORDINATES = st.tuples(*[st.floats(-5, 5)] * 3)


def around(angle: float, distance: float = 2.0) -> list[float]:
    """The point at this angle to the right of -Z, seen from the origin."""
    return [distance * np.sin(np.radians(angle)), 0.0, -distance * np.cos(np.radians(angle))]


AHEAD = observer([0, 0, 0], [0, 0, -1])


@settings(max_examples=50)
@given(COORDINATES, COORDINATES)
def test_an_observer_is_a_level_rigid_pose(at: tuple[float, ...], facing: tuple[float, ...]) -> None:
    if np.hypot(at[0] - facing[0], at[2] - facing[2]) < 1e-3:
        return
    pose = observer(at, facing)
    assert np.allclose(pose[:3, :3] @ pose[:3, :3].T, np.eye(3), atol=1e-9)
    assert np.linalg.det(pose[:3, :3]) == pytest.approx(1)
    assert pose[3].tolist() == [0, 0, 0, 1]
    assert pose[:3, 1] == pytest.approx([0, -1, 0])
    seen = direction_from(pose, facing)
    assert seen.angle_deg == pytest.approx(0, abs=1e-5)
    assert seen.distance == pytest.approx(np.linalg.norm(np.subtract(facing, at)))


@settings(max_examples=50)
@given(ANGLES)
def test_angles_and_words_of_the_circle(angle: float) -> None:
    seen = direction_from(AHEAD, around(angle))
    assert seen.angle_deg == pytest.approx(angle, abs=1e-6) or abs(angle) == 180
    assert seen.right == pytest.approx(2 * np.sin(np.radians(angle)))
    assert seen.forward == pytest.approx(2 * np.cos(np.radians(angle)))
    for of, size, shift in (("side", 90, 0), ("quadrant", 90, 45), ("octant", 45, 0), ("clock", 30, 0)):
        edge = (angle - shift + size / 2) % size
        assert seen.margin(of) == pytest.approx(min(edge, size - edge), abs=1e-6)
    edge = min(angle % 45, 45 - angle % 45)
    assert seen.near_tie == (edge < 5) or abs(edge - 5) < 1e-6


@settings(max_examples=30)
@given(ANGLES.filter(lambda angle: min(angle % 45, 45 - angle % 45) > 1e-3))
def test_turning_by_a_quarter_turns_the_words(angle: float) -> None:
    point = around(angle)
    right = direction_from(observer([0, 0, 0], [1, 0, 0]), point)
    ahead = direction_from(AHEAD, point)
    assert SIDES[(SIDES.index(str(ahead.side)) - 1) % 4] == right.side
    assert AROUND[(AROUND.index(str(ahead.octant)) - 2) % 8] == right.octant
    assert AROUND[(AROUND.index(str(ahead.quadrant)) - 2) % 8] == right.quadrant


@pytest.mark.parametrize(("number", "word"), list(enumerate(AROUND)))
def test_the_middle_of_each_octant(number: int, word: str) -> None:
    seen = direction_from(AHEAD, around(45 * number))
    assert seen.octant == word
    assert seen.octant is not None and seen.octant.margin == pytest.approx(22.5)
    if number % 2:
        assert seen.quadrant == word
        assert seen.side is not None and {seen.side, seen.side.second} < set(SIDES) and seen.side.near_tie
    else:
        assert seen.side == word
        assert seen.clock == (3 * number // 2 or 12)


def test_words_of_two_and_the_clock() -> None:
    seen = direction_from(AHEAD, around(100))
    assert (seen.left_right, seen.front_back, seen.clock) == ("right", "back", 3)
    assert seen.front_back is not None and seen.front_back.margin == pytest.approx(10)
    assert seen.front_back.second == "front" and not seen.front_back.near_tie
    assert json.dumps([seen.side, seen.clock]) == '["right", 3]'


def test_printing_says_everything() -> None:
    line = repr(direction_from(AHEAD, [1.0, 0.5, -0.9]))
    assert "\n" not in line
    assert "right 1.00, forward 0.90, up 0.50, distance 1.44; angle 48.0 (+ right), elevation 20.4" in line
    assert "right, front-right, 2 o'clock; NEAR TIE: right or ahead (3.0 degrees)" in line


@pytest.mark.parametrize("tilt", [-89.9, -60, -20, 0, 30, 70])
def test_a_tilted_camera_means_the_floor_plane(tilt: float) -> None:
    pose, angle = AHEAD.copy(), np.radians(tilt)
    c, s = np.cos(angle), np.sin(angle)
    pose[:3, :3] = pose[:3, :3] @ np.array([[1, 0, 0], [0, c, -s], [0, s, c]])
    assert pose[1, 2] == pytest.approx(s)
    seen = direction_from(pose, around(70))
    assert seen.angle_deg == pytest.approx(70)
    assert seen.elevation_deg == pytest.approx(0)
    own = direction_from(pose, pose[:3, 3] + pose[:3, 2], level=False)
    assert (own.right, own.forward, own.up) == pytest.approx((0, 1, 0), abs=1e-9)


def test_straight_above_there_is_no_word(capsys: pytest.CaptureFixture[str]) -> None:
    seen = direction_from(AHEAD, [0, 2, 0])
    assert seen.angle_deg is seen.side is seen.octant is seen.clock is seen.margin() is None
    assert seen.elevation_deg == 90 and not seen.near_tie
    assert seen.word(["left", "right"]) is None
    assert "straight above or below" in capsys.readouterr().out
    assert seen.word(["above", "below", "left"]) == "above"
    assert "straight above" in repr(seen)
    assert "same place" in repr(direction_from(AHEAD, [0, 0, 0]))


@pytest.mark.parametrize(
    ("angle", "options", "fits"),
    [
        (-100, ["to my left", "to my right", "behind me"], "to my left"),
        (140, ("left", "right", "back"), "back"),
        (130, ("left", "right", "back"), "right"),
        (60, ["front left", "Front right", "rear-left", "rear-right"], "Front right"),
        (-130, ["front-left", "front-right", "back-left", "back-right"], "back-left"),
        (62, ["2 o'clock", "10 o’clock", "6 o'clock"], "2 o'clock"),
        (170, ["right in front of me", "right behind me"], "right behind me"),
        (-20, {"A": "right", "B": "straight ahead and left", "C": "behind"}, "B"),
        (5, ["frontleft", "frontright", "straight on", "backwards"], "straight on"),
        (-80, ["left of it", "ahead", "above"], "left of it"),
    ],
)
def test_the_option_that_fits(angle: float, options: object, fits: str) -> None:
    assert direction_from(AHEAD, around(angle)).word(options) == fits  # type: ignore[arg-type]


def test_heights_count_where_options_speak_of_them() -> None:
    options = ["upper left", "upper right", "lower left", "lower right"]
    assert direction_from(AHEAD, [2, 1, -0.2]).word(options) == "upper right"
    assert direction_from(AHEAD, [-2, -1, -0.2]).word(options) == "lower left"
    assert direction_from(AHEAD, [-2, -3, -0.2]).word(["left", "right", "below", "above"]) == "below"


def test_near_ties_and_unread_options_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    found = direction_from(AHEAD, around(133)).word(["left", "right", "back", "none of these"])
    assert found == "right" and found is not None and found.near_tie and found.margin == pytest.approx(2)
    said = capsys.readouterr().out
    assert "'none of these'; it is left out" in said
    assert "near tie, 'right' is 2.0 degrees from 'back'" in said
    for nothing in (["yes", "no"], [], "left", None, [["north"]], 5):
        with pytest.raises(ToolError, match="no directions can be read"):
            direction_from(AHEAD, around(3)).word(nothing)  # type: ignore[arg-type]


def test_an_option_that_points_away_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert direction_from(AHEAD, around(150)).word(["front-left", "front-right"]) == "front-right"
    assert "'front-right' fits best, and yet it points away from where the point is" in capsys.readouterr().out
    assert direction_from(AHEAD, around(150)).word(["left", "right"]) == "right"
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("option", "angle"), [("over your left shoulder", -135), ("at my 2-o'clock", 60), ("over right shoulder", 135)]
)
def test_ways_of_saying(option: str, angle: float) -> None:
    found = direction_from(AHEAD, around(angle)).word([option, "behind", "ahead", "left", "right"])
    assert found == option and found is not None and found.margin > 14


@settings(max_examples=40)
@given(ANGLES)
def test_bearings(angle: float) -> None:
    bearing = compass(around(angle), north=[0, 5, -1])
    assert bearing.bearing_deg == pytest.approx(angle % 360, abs=1e-6) or bearing.bearing_deg == pytest.approx(0)
    assert (bearing.east, bearing.north) == pytest.approx((around(angle)[0], -around(angle)[2]))
    names = {"side": COMPASS[::4], "octant": COMPASS[::2], "sixteenth": COMPASS}
    for of, ring in names.items():
        edge = (angle / 360 * len(ring)) % 1
        if abs(edge - 0.5) > 1e-6:
            assert getattr(bearing, of) == ring[round(angle / 360 * len(ring)) % len(ring)]
    assert bearing.word(list(COMPASS)) == bearing.sixteenth


def test_compass_from_one_thing_to_another() -> None:
    a, b = [1.0, 0.3, 1.0], [4.0, 1.0, -2.0]
    bearing = compass((a, b), north=([0, 0, 0], [0, 0, -3]))
    assert (bearing.octant, bearing.quadrant, bearing.side) == ("north-east", "north-east", bearing.side)
    assert bearing.word({"A": "NE", "B": "southwest", "C": "N"}) == "A"
    assert bearing.word(["C. NNE", "D. ENE", "NE."]) == "NE."
    assert bearing.word(["north", "south-western"]) == "north"
    assert bearing.word(["northward", "southwards", "north-easterly", "westerly"]) == "north-easterly"
    with pytest.raises(ToolError, match="no directions can be read"):  # of two directions neither is guessed
        bearing.word(["west of it, north-east of them"])
    assert "north 3.00, east 3.00" in repr(bearing) and "bearing 45.0" in repr(bearing)
    assert not hasattr(bearing, "clock")
    with pytest.raises(ToolError, match="of='clock'"):
        bearing.margin("clock")
    with pytest.raises(ToolError, match=r"of=\['side'\]"):
        bearing.margin(["side"])  # type: ignore[arg-type]
    with pytest.raises(ToolError, match="does not point along the floor"):
        compass(b, north=[0, 1, 0])


def test_what_gives_no_direction_is_refused() -> None:
    with pytest.raises(ToolError, match=r"straight above the other\n  expected: two points that differ"):
        observer([1, 0, 1], [1, 2, 1])
    with pytest.raises(ToolError, match=r"point=None\n.*found nothing"):
        direction_from(AHEAD, None)
    with pytest.raises(ToolError, match=r"shape \(5, 3\)\n.*\n  type: point = np.nanmedian"):
        direction_from(AHEAD, np.zeros((5, 3)))
    with pytest.raises(ToolError, match="camera-to-world pose"):
        direction_from(np.eye(3), [0, 0, 1])
