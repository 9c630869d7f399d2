"""Laws of the levelled world, and what is fitted in made-up rooms whose gravity is known."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial.transform import Rotation

from spatial_agent.frames import Intrinsics
from spatial_agent.perception.gravity import Direction, Matrix, World, inverse, levelled, world_of

vectors = arrays(float, 3, elements=st.floats(-5, 5))
CAMERA = Intrinsics(150.0, 150.0, 95.5, 71.5, 192, 144)
ROOM = ((-3.0, -2.5, 0.0), (3.0, 2.5, 2.6))
"""Corners of boxes, z up; of the first one the inside is seen, of the others the outside."""
TABLE = ((-0.8, 0.4, 0.0), (0.9, 1.3, 0.75))
SHELF = ((1.6, 1.9, 0.0), (2.9, 2.5, 1.6))
FURNISHED = (ROOM, TABLE, SHELF)
OPEN_AIR = (((-500.0, -500.0, 0.0), (500.0, 500.0, 900.0)), TABLE)
T_INPUT_ROOM = np.eye(4)
T_INPUT_ROOM[:3, :3] = Rotation.from_rotvec([0.7, -1.1, 0.4]).as_matrix()
T_INPUT_ROOM[:3, 3] = 4, -1, 2
"""The input's axes are none of the room's."""
UP = T_INPUT_ROOM[:3, 2]
FLOOR = float(T_INPUT_ROOM[:3, 3] @ UP)
Boxes = Sequence[tuple[Sequence[float], Sequence[float]]]


def pose(eye: Sequence[float], yaw: float, pitch: float = 0.0, roll: float = 0.0) -> Matrix:
    """Camera in the room: yaw 0 looks along +y; pitched down and rolled by degrees."""
    T = np.eye(4)
    upright = np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0]])
    T[:3, :3] = Rotation.from_euler("z", yaw, degrees=True).as_matrix() @ upright
    T[:3, :3] @= Rotation.from_euler("XZ", [-pitch, roll], degrees=True).as_matrix()
    T[:3, 3] = eye
    return T


def depth_of(T: Matrix, boxes: Boxes) -> Matrix:
    """Depth (H, W) along z of what the camera sees."""
    v, u = np.mgrid[0 : CAMERA.height, 0 : CAMERA.width]
    rays = np.stack([(u - CAMERA.cx) / CAMERA.fx, (v - CAMERA.cy) / CAMERA.fy, np.ones(u.shape)], -1) @ T[:3, :3].T
    depth = np.full(u.shape, np.inf)
    for number, (low, high) in enumerate(boxes):
        with np.errstate(divide="ignore"):
            a, b = (np.array(low) - T[:3, 3]) / rays, (np.array(high) - T[:3, 3]) / rays
        near, far = np.minimum(a, b).max(-1), np.maximum(a, b).min(-1)
        hit = far if number == 0 else np.where((near < far) & (near > 0), near, np.inf)
        depth = np.minimum(depth, hit)
    return np.where(depth < 60, depth, 0.0)


def seen(boxes: Boxes, poses: Sequence[Matrix], noise: float = 0.0, **more: object) -> tuple[World, Matrix]:
    """The world that is found from these cameras, and their poses in it."""
    random = np.random.default_rng(0)
    depths = [depth_of(T, boxes) for T in poses]
    depths = [depth * (1 + noise * random.standard_normal(depth.shape)) for depth in depths]
    T_input_cam = np.stack([T_INPUT_ROOM @ T for T in poses])
    world = world_of(depths, [CAMERA] * len(poses), T_input_cam, **more)  # type: ignore[arg-type]
    return world, inverse(world.T_input_world) @ T_input_cam


def tilt(world: World) -> float:
    """Degrees between the world's up and the true one."""
    return float(np.degrees(np.arccos(np.clip(world.T_input_world[:3, 1] @ UP, -1, 1))))


def around(pitch: float, roll: float = 0.0, height: float = 1.5) -> list[Matrix]:
    """Cameras on an arc, which look about the far half of the room."""
    return [pose((0.5 * k - 1.0, -1.8, height + 0.05 * k), 14.0 * (2 - k), pitch, roll) for k in range(5)]


@st.composite
def rigid(draw: st.DrawFn) -> Matrix:
    T = np.eye(4)
    T[:3, :3] = Rotation.from_rotvec(draw(vectors)).as_matrix()
    T[:3, 3] = draw(vectors)
    return T


@given(rigid(), vectors, st.floats(-3, 3))
def test_up_is_plus_y_and_the_floor_is_at_zero(T: Matrix, up: Matrix, floor: float) -> None:
    assume(np.linalg.norm(up) > 0.1)
    up = up / np.linalg.norm(up)
    T_input_world = levelled(T, up, floor)
    T_world_input = inverse(T_input_world)
    np.testing.assert_allclose(T_world_input[:3, :3] @ up, [0, 1, 0], atol=1e-9)
    np.testing.assert_allclose((T_world_input @ [*(up * floor), 1])[1], 0, atol=1e-9)
    np.testing.assert_allclose(np.linalg.det(T_input_world[:3, :3]), 1, atol=1e-9)


@given(rigid(), vectors)
def test_the_first_camera_looks_to_minus_z_and_stands_over_the_origin(T: Matrix, up: Matrix) -> None:
    assume(np.linalg.norm(up) > 0.1)
    up = up / np.linalg.norm(up)
    assume(np.linalg.norm(np.cross(T[:3, 2], up)) > 0.01)
    camera = inverse(levelled(T, up, 0.0)) @ T
    assert abs(camera[0, 2]) < 1e-7
    assert camera[2, 2] < 0
    np.testing.assert_allclose(camera[[0, 2], 3], 0, atol=1e-9)


@given(rigid(), rigid())
def test_inverse_undoes_and_turns_the_order_around(A: Matrix, B: Matrix) -> None:
    np.testing.assert_allclose(inverse(A) @ A, np.eye(4), atol=1e-9)
    np.testing.assert_allclose(inverse(A @ B), inverse(B) @ inverse(A), atol=1e-9)


def test_a_camera_that_looks_straight_down_keeps_image_right_as_x() -> None:
    down = np.eye(4)
    down[:3, :3] = np.column_stack([[1, 0, 0], [0, -1, 0], [0, 0, -1]])  # z up: image-right is +x, forward is -z
    np.testing.assert_allclose(levelled(down, (0, 0, 1), 0.0)[:3, 0], [1, 0, 0], atol=1e-9)


def test_what_the_input_says_is_taken_as_it_is() -> None:
    up: Direction = (0.0, -1.0, 0.0)
    world = world_of([np.zeros((4, 4))], [CAMERA], np.eye(4)[None], up=up, floor=-1.2)
    assert (world.gravity.method, world.gravity.quality, world.gravity.floor) == ("given", 1.0, True)
    assert inverse(world.T_input_world)[1, 3] == pytest.approx(1.2)


def test_a_floor_is_looked_for_where_only_up_is_given() -> None:
    up: Direction = (float(UP[0]), float(UP[1]), float(UP[2]))
    world, cameras = seen(FURNISHED, around(25), up=up)
    assert (world.gravity.method, world.gravity.quality, world.gravity.floor) == ("given", 1.0, True)
    assert cameras[:, 1, 3] == pytest.approx([1.5, 1.55, 1.6, 1.65, 1.7], abs=0.01)
    blank = world_of([np.zeros((144, 192))], [CAMERA], T_INPUT_ROOM[None], up=up)
    assert (blank.gravity.method, blank.gravity.floor) == ("given", False)
    assert "the floor is UNKNOWN" in blank.gravity.words


@pytest.mark.parametrize(("pitch", "roll"), [(0, 0), (25, 0), (25, 12), (40, -20), (8, -5)])
@pytest.mark.parametrize("noise", [0.0, 0.01])
def test_pitched_and_rolled_cameras_stand_upright_over_the_floor(pitch: float, roll: float, noise: float) -> None:
    world, cameras = seen(FURNISHED, around(pitch, roll), noise)
    assert (world.gravity.method, world.gravity.floor) == ("floor", True)
    assert tilt(world) < 0.5
    assert cameras[:, 1, 3] == pytest.approx([1.5, 1.55, 1.6, 1.65, 1.7], abs=0.03)
    assert world.gravity.quality > 0.6


def straight(pitch: float, roll: float = 0.0, *, eye: Sequence[float] = (0, -1.5, 1.4), yaw: float = 0) -> list[Matrix]:
    """Cameras side by side, all looking one way."""
    return [pose((eye[0] + 0.1 * k, eye[1], eye[2]), yaw + 3 * k, pitch, roll) for k in range(-2, 3)]


SURFACES: dict[str, tuple[Boxes, list[Matrix], str, float, float]] = {
    # name: what there is, from where it is seen, the method, the least quality, the largest tilt in degrees
    "looking down steeply": (FURNISHED, around(55), "floor", 0.9, 0.5),
    "outdoor ground": (OPEN_AIR, straight(10), "floor", 0.9, 0.5),
    "table without its floor": (FURNISHED, straight(42, eye=(0, 0.3, 1.2)), "planes", 0.9, 0.5),
    "ceiling": ((ROOM,), straight(-40), "planes", 0.9, 0.5),
    "upwards, no floor in sight": (FURNISHED, around(-25), "planes", 0.9, 0.5),
    "two walls": ((ROOM,), straight(8, 6, eye=(2.2, 1.7, 1.4), yaw=-45), "planes", 0.9, 1.0),
    "one wall": ((ROOM,), straight(10, eye=(0, 1.0, 1.4)), "level camera", 0.0, 10.1),
}


@pytest.mark.parametrize("name", SURFACES)
def test_what_is_found_and_claimed_of_what_is_seen(name: str) -> None:
    boxes, poses, method, quality, largest = SURFACES[name]
    world, cameras = seen(boxes, poses, 0.005)
    assert (world.gravity.method, world.gravity.floor) == (method, method == "floor")
    assert quality <= world.gravity.quality <= (0.0 if method == "level camera" else 1.0)
    assert tilt(world) < largest
    if world.gravity.floor:
        assert cameras[:, 1, 3] == pytest.approx([T[2, 3] for T in poses], abs=0.03)
    else:
        assert cameras[0, 1, 3] == pytest.approx(0, abs=1e-9)
        assert "the floor is UNKNOWN: Y = 0 is at the first camera" in world.gravity.words
    assert ("ASSUMED" in world.gravity.words) == (method == "level camera")


def test_images_upside_down_get_no_floor_at_the_ceiling() -> None:
    world, cameras = seen(FURNISHED, around(20, 180), 0.005)
    assert (world.gravity.method, world.gravity.floor) == ("planes", False)
    assert "upside down" in world.gravity.words
    assert cameras[0, 1, 3] == pytest.approx(0, abs=1e-9)


def test_cameras_all_on_their_side_cannot_be_told_and_the_words_say_what_was_taken_for_granted() -> None:
    world, cameras = seen(FURNISHED, around(20, 90), 0.005)
    assert world.gravity.method != "level camera"
    assert tilt(world) > 80
    assert "the cameras taken as held upright within 60 degrees" in world.gravity.words
    assert (cameras[:, 1, 3] > 0).all()


def test_one_camera_on_its_side_among_others_does_not_matter() -> None:
    poses = around(20)
    poses[0] = pose((-1.0, -1.8, 1.5), 28.0, 20.0, 90.0)
    world, cameras = seen(FURNISHED, poses, 0.005)
    assert world.gravity.method == "floor"
    assert tilt(world) < 0.5
    assert cameras[0, 1, 3] == pytest.approx(1.5, abs=0.03)


def test_no_camera_is_ever_below_the_floor() -> None:
    cellar = T_INPUT_ROOM @ pose((0, 0, -0.4), 0)
    world, _ = seen(FURNISHED, around(25), others=cellar[None])
    assert (world.gravity.method, world.gravity.floor) == ("planes", False)


def test_the_floor_is_what_is_lowest_and_not_what_is_largest() -> None:
    gallery = (ROOM, ((-3.0, -2.5, 0.0), (3.0, 0.2, 0.7)))
    world, cameras = seen(gallery, straight(35, eye=(0, -2.2, 2.3)))
    assert world.gravity.method == "floor"
    assert cameras[:, 1, 3] == pytest.approx(2.3, abs=0.03)


def scaled(factor: float) -> tuple[World, Matrix]:
    poses = np.stack([T_INPUT_ROOM @ T for T in around(25)])
    poses[:, :3, 3] *= factor
    depths = [depth_of(T, FURNISHED) for T in around(25)]
    world = world_of(depths, [CAMERA] * 5, poses, depth_scale=factor, metric=False)
    return world, inverse(world.T_input_world) @ poses


@pytest.mark.parametrize("factor", [0.001, 3.3, 1000.0])
def test_units_do_not_matter(factor: float) -> None:
    (one, cameras), (other, larger) = scaled(1.0), scaled(factor)
    assert other.gravity == one.gravity
    np.testing.assert_allclose(larger[:, :3, 3], cameras[:, :3, 3] * factor, rtol=1e-6, atol=1e-6 * factor)


def blobs() -> list[Matrix]:
    from scipy import ndimage

    random = np.random.default_rng(0)
    return [2.5 + 30 * ndimage.gaussian_filter(random.standard_normal((144, 192)), 12) for _ in range(5)]


@pytest.mark.parametrize(
    "depths",
    [
        lambda: [np.zeros((144, 192))] * 5,
        lambda: [np.full((144, 192), np.nan)] * 5,
        lambda: list(np.random.default_rng(0).uniform(1, 4, (5, 144, 192))),
        blobs,
        lambda: [np.full((6, 8), 2.0)] * 5,
    ],
)
def test_where_there_is_nothing_to_fit_an_upright_camera_is_assumed(depths: Callable[[], list[Matrix]]) -> None:
    T = T_INPUT_ROOM @ pose((0, 0, 1.5), 20)
    world = world_of(depths(), [CAMERA] * 5, np.stack([T] * 5))
    assert (world.gravity.method, world.gravity.quality, world.gravity.floor) == ("level camera", 0.0, False)
    assert "ASSUMED" in world.gravity.words
    assert tilt(world) < 1e-6


def test_sky_and_what_is_unsure_are_left_out() -> None:
    poses, high = around(25), np.zeros((144, 192), dtype=bool)
    high[:40] = True
    spoiled = [np.where(high, np.random.default_rng(k).uniform(0.5, 9, high.shape), depth_of(T, FURNISHED))
               for k, T in enumerate(poses)]  # fmt: skip
    T_input_cam = np.stack([T_INPUT_ROOM @ T for T in poses])
    levels = [np.where(high, 20, 240).astype(np.uint8)] * 5
    for told in ({"sky": [high] * 5}, {"confidence": levels}, {"sky": [high] * 5, "confidence": levels}):
        world = world_of(spoiled, [CAMERA] * 5, T_input_cam, **told)
        assert (world.gravity.method, tilt(world) < 0.5) == ("floor", True)
