from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spatial_agent.errors import ToolError
from spatial_agent.inside.tools.motion import camera_motion, camera_path
from spatial_agent.inside.tools.observer import observer
from spatial_agent.inside.tools.reconstruct import Reconstruct
from tests.inside.scene import Scene

TURNS = st.floats(-179, 179)
HEADS = st.tuples(TURNS, st.floats(-70, 70), st.floats(-170, 170))
SHIFTS = st.tuples(*[st.floats(-3, 3)] * 3)


def about(axis: int, degrees: float) -> np.ndarray:
    """Rotation about an axis of the camera: 0 tilts up, 1 turns right, 2 rolls clockwise."""
    angle = np.radians(degrees)
    c, s = np.cos(angle), np.sin(angle)
    matrix = np.eye(4)
    i, j = [(1, 2), (2, 0), (0, 1)][axis]
    matrix[[i, i, j, j], [i, j, i, j]] = c, -s, s, c
    return matrix


def pose(turn: float = 0, tilt: float = 0, roll: float = 0, at: Any = (0, 0, 0)) -> np.ndarray:
    """A camera turned to the right, then tilted up, then rolled clockwise, from looking along -Z."""
    matrix = observer([0, 0, 0], [0, 0, -1]) @ about(1, turn) @ about(0, tilt) @ about(2, roll)
    matrix[:3, 3] = at
    return matrix


@settings(max_examples=50)
@given(HEADS, HEADS)
def test_turn_tilt_and_roll_are_those_of_the_poses(a: tuple[float, ...], b: tuple[float, ...]) -> None:
    motion = camera_motion(pose(*a), pose(*b))
    assert motion.tilt_deg == pytest.approx(b[1] - a[1], abs=1e-6)
    for found, wanted in ((motion.turn_deg, b[0] - a[0]), (motion.roll_deg, b[2] - a[2])):
        assert abs((found - wanted + 180) % 360 - 180) < 1e-6
    assert motion.distance == 0 and motion.moved is None


@settings(max_examples=50)
@given(TURNS, SHIFTS)
def test_the_way_back_is_the_opposite(turn: float, shift: tuple[float, ...]) -> None:
    there, back = camera_motion(pose(20), pose(20 + turn)), camera_motion(pose(20 + turn), pose(20))
    assert there.turn_deg == pytest.approx(-back.turn_deg, abs=1e-9) == pytest.approx(turn, abs=1e-6)
    assert there.angle_deg == back.angle_deg == pytest.approx(abs(turn), abs=1e-5)
    there, back = camera_motion(pose(70), pose(70, at=shift)), camera_motion(pose(70, at=shift), pose(70))
    assert (there.right, there.forward, there.up) == pytest.approx((-back.right, -back.forward, -back.up))
    assert there.distance == pytest.approx(np.linalg.norm(shift))
    assert there.turn_deg == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(
    ("shift", "word"),
    [((0, 0, -2), "forward"), ((0, 0, 2), "backward"), ((2, 0, 0), "right"), ((-2, 0, 0.5), "left"), ((0, 2, 0), "up")],
)
def test_words_for_the_way_moved(shift: tuple[float, ...], word: str) -> None:
    motion = camera_motion(pose(tilt=-30), pose(35, -30, at=shift))
    assert (motion.turned, motion.moved) == ("right", word)
    assert motion.main == f"turned right, moved {word}"
    assert motion.direction.distance == motion.distance
    assert not motion.near_tie


def test_words_and_numbers_on_one_line() -> None:
    motion = camera_motion(pose(), pose(-35, at=(0, 0, -1.2)))
    assert motion.words == "turned left by 35.0 degrees, moved forward 1.20"
    assert repr(motion) == f"CameraMotion({motion.words}; distance 1.20, whole rotation 35.0 degrees)"
    still = camera_motion(pose(), pose(0.3, at=(0.001, 0, 0)))
    assert still.words == still.main == "stayed as it was"
    assert still.turned == "right" and still.turned.near_tie
    assert not still.near_tie
    aslant = camera_motion(pose(), pose(90, at=(1.01, 0, -1)))
    assert aslant.near_tie
    assert repr(aslant).endswith("whole rotation 90.0 degrees; NEAR TIE: moved right or forward)")


@pytest.mark.parametrize("tilt", [-90, 90])
def test_cameras_that_look_straight_down_or_up_turn_too(tilt: float) -> None:
    motion = camera_motion(pose(10, tilt), pose(50, tilt))
    assert motion.turn_deg == pytest.approx(40)
    assert (motion.tilt_deg, motion.roll_deg) == pytest.approx((0, 0), abs=1e-6)
    assert camera_motion(pose(10, 0.9 * tilt), pose(10, tilt)).turn_deg == pytest.approx(0, abs=1e-6)


@settings(max_examples=30)
@given(st.lists(st.floats(-170, 170), min_size=1, max_size=12))
def test_turns_add_up(turns: list[float]) -> None:
    heads = np.cumsum([0, *turns])
    path = camera_path([pose(head, at=(0.5 * i, 0, 0)) for i, head in enumerate(heads)])
    assert path.turn_deg == pytest.approx(sum(turns), abs=1e-6)
    assert path.right_deg == pytest.approx(sum(turn for turn in turns if turn > 0), abs=1e-6)
    assert path.right_deg - path.left_deg == pytest.approx(path.turn_deg)
    assert path.length == pytest.approx(0.5 * len(turns)) == path.net.distance
    assert len(path.steps) == len(turns)


def test_once_around_and_more() -> None:
    poses = np.stack([pose(turn, tilt=turn / 40) for turn in range(0, 401, 40)])
    for given_as in (poses, list(poses), dict(enumerate(poses))):
        path = camera_path(given_as)
        assert path.turn_deg == pytest.approx(400)
        assert path.tilt_deg == pytest.approx(10)
        assert path.net.turn_deg == pytest.approx(40)
    assert "11 poses, length 0.00; turned right by 400.0 degrees in all: 0.0 left, 400.0 right" in repr(path)


def test_the_path_of_a_reconstruction() -> None:
    scene = Scene()
    recon = Reconstruct(scene, 8)(scene.inputs())
    path = camera_path(recon)
    assert path.length == pytest.approx(np.hypot(1.2, 0.4))
    assert path.length == camera_path(recon.extrinsics).length
    assert path.net.moved == "right"


def test_what_is_no_pose_is_refused() -> None:
    with pytest.raises(
        ToolError, match=r"pose_b = None\n  expected: a camera-to-world pose \(4, 4\)\n  type: pose_b = recon"
    ):
        camera_motion(pose(), None)
    with pytest.raises(ToolError, match="got 1 poses"):
        camera_path([pose()])
    with pytest.raises(ToolError, match=r"poses\[1\] = an array of shape \(3, 3\)"):
        camera_path([pose(), np.eye(3)])
