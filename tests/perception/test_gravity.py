"""Laws of the levelled world."""

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial.transform import Rotation

from spatial_agent.perception.gravity import Matrix, inverse, level

vectors = arrays(float, 3, elements=st.floats(-5, 5))


@st.composite
def poses(draw: st.DrawFn) -> Matrix:
    T = np.eye(4)
    T[:3, :3] = Rotation.from_rotvec(draw(vectors)).as_matrix()
    T[:3, 3] = draw(vectors)
    return T


@given(poses(), vectors, st.floats(-3, 3))
def test_up_is_plus_y_and_the_floor_is_at_zero(T: Matrix, up: Matrix, floor: float) -> None:
    assume(np.linalg.norm(up) > 0.1)
    up = up / np.linalg.norm(up)
    world = level(T, (up[0], up[1], up[2]), floor)
    T_world_input = inverse(world.T_input_world)
    np.testing.assert_allclose(T_world_input[:3, :3] @ up, [0, 1, 0], atol=1e-9)
    on_floor = up * floor
    np.testing.assert_allclose((T_world_input @ [*on_floor, 1])[1], 0, atol=1e-9)
    np.testing.assert_allclose(np.linalg.det(world.T_input_world[:3, :3]), 1, atol=1e-9)


@given(poses(), vectors)
def test_the_first_camera_looks_to_minus_z_and_stands_over_the_origin(T: Matrix, up: Matrix) -> None:
    assume(np.linalg.norm(up) > 0.1)
    up = up / np.linalg.norm(up)
    assume(np.linalg.norm(np.cross(T[:3, 2], up)) > 0.01)
    camera = inverse(level(T, (up[0], up[1], up[2]), 0.0).T_input_world) @ T
    assert abs(camera[0, 2]) < 1e-7
    assert camera[2, 2] < 0
    np.testing.assert_allclose(camera[[0, 2], 3], 0, atol=1e-9)


@given(poses())
def test_levelling_is_rigid_and_inverse_is_inverse(T: Matrix) -> None:
    np.testing.assert_allclose(inverse(T) @ T, np.eye(4), atol=1e-9)


def test_nothing_is_invented_silently() -> None:
    assumed = level(np.eye(4), None, None)
    assert "ASSUMED" in assumed.gravity
    assert "UNKNOWN" in assumed.gravity
    np.testing.assert_allclose(inverse(assumed.T_input_world)[:3, 3], 0, atol=1e-12)
    assert "given" in level(np.eye(4), (0, -1, 0), 0.0).gravity


def test_a_camera_that_looks_straight_down_keeps_image_right_as_x() -> None:
    down = np.eye(4)
    down[:3, :3] = np.column_stack([[1, 0, 0], [0, -1, 0], [0, 0, -1]])  # z up: image-right is +x, forward is -z
    world = level(down, (0, 0, 1), 0.0)
    np.testing.assert_allclose(world.T_input_world[:3, 0], [1, 0, 0], atol=1e-9)
