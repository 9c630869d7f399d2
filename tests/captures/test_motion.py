"""Laws of the paths and the moving things from which captures are rendered."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from meshes import rotation_z, rounded_box
from paths import Leg, Station, follow
from scene import Placement, Scene, Sun, parts

LENGTHS, ANGLES = st.floats(-5, 5), st.floats(-360, 360)
PLACEMENTS = st.builds(Placement, st.tuples(LENGTHS, LENGTHS, LENGTHS), ANGLES)
LEGS = st.lists(st.builds(Leg, st.integers(0, 6), st.floats(0, 0.3), st.floats(-40, 40), st.floats(-3, 3)), max_size=4)


@given(st.lists(PLACEMENTS, min_size=1, max_size=4))
def test_a_moving_piece_stands_in_each_frame_where_it_would_if_it_had_been_put_there(motion: list[Placement]) -> None:
    piece = parts("oak", rounded_box((0.4, 0.2, 0.1)))
    scene = Scene((4, 4, 3), Sun((0, 0, -1), (1, 1, 1)))
    scene.add("robot", piece, motion=motion)
    for frame, (at, yaw) in enumerate(motion):
        moved = scene.find("robot").in_frame(frame)
        expected = piece[0].mesh.placed(at, rotation_z(yaw))
        np.testing.assert_allclose(moved.mesh.vertices, expected.vertices, atol=1e-9)
        np.testing.assert_allclose(moved.mesh.normals, expected.normals, atol=1e-9)
        assert moved.yaw == yaw


def test_a_piece_without_motion_stays() -> None:
    scene = Scene((4, 4, 3), Sun((0, 0, -1), (1, 1, 1)))
    scene.add("box", parts("oak", rounded_box((0.4, 0.2, 0.1))), at=(1, 2, 0))
    assert scene.find("box").in_frame(7) is scene.find("box")


@given(LEGS, ANGLES)
def test_a_path_has_a_station_per_frame_and_turns_by_the_sum_of_its_turns(legs: list[Leg], azimuth: float) -> None:
    stations = follow(Station(0, 0, azimuth), legs)
    assert len(stations) == 1 + sum(leg.frames for leg in legs)
    turned = sum(leg.frames * leg.turn for leg in legs)
    np.testing.assert_allclose(stations[-1].azimuth - azimuth, turned, atol=1e-9)
    steps = np.diff(np.array([station[:2] for station in stations]), axis=0)
    ahead = [leg.ahead for leg in legs for _ in range(leg.frames)]
    np.testing.assert_allclose(np.linalg.norm(steps, axis=1), ahead, atol=1e-9)
    for (x, y), station, length in zip(steps, stations[1:], ahead, strict=True):
        way = np.radians(station.azimuth)
        np.testing.assert_allclose((x, y), (length * np.cos(way), length * np.sin(way)), atol=1e-9)
