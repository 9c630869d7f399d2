import inspect

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatial_agent.errors import ToolError
from spatial_agent.frames import Intrinsics, unproject
from spatial_agent.inside.tools.geometry import Geometry
from spatial_agent.inside.tools.reconstruct import Reconstruct
from tests.inside.scene import Scene

VECTORS = st.tuples(*[st.floats(-5, 5)] * 3).filter(lambda v: np.linalg.norm(v) > 1e-3)


@given(VECTORS, VECTORS)
def test_a_rotation_turns_a_into_b(a: tuple[float, ...], b: tuple[float, ...]) -> None:
    turn = Geometry.rotation_matrix_from_vectors(a, b)
    assert turn @ turn.T == pytest.approx(np.eye(3), abs=1e-9)
    assert np.linalg.det(turn) == pytest.approx(1)
    assert turn @ (np.array(a) / np.linalg.norm(a)) == pytest.approx(np.array(b) / np.linalg.norm(b), abs=1e-5)


@given(VECTORS)
def test_equal_and_opposite_vectors_have_rotations_too(a: tuple[float, ...]) -> None:
    assert Geometry.rotation_matrix_from_vectors(a, a) == pytest.approx(np.eye(3), abs=1e-9)
    back = Geometry.rotation_matrix_from_vectors(a, -np.array(a))
    assert back @ np.array(a) == pytest.approx(-np.array(a))
    assert np.linalg.det(back) == pytest.approx(1)


@given(VECTORS, VECTORS)
def test_angles_are_symmetric_and_within_0_and_180(a: tuple[float, ...], b: tuple[float, ...]) -> None:
    angle = Geometry.angle_between_vectors(a, b)
    assert 0 <= angle <= 180
    assert Geometry.angle_between_vectors(b, a) == pytest.approx(angle)
    assert Geometry.angle_between_vectors(a, -np.array(b)) == pytest.approx(180 - angle, abs=1e-6)


def test_distances_take_any_numbers_and_refuse_none() -> None:
    assert Geometry.euclidean_distance((0, 0, 0), np.array([3.0, 4, 0], dtype=np.float32)) == 5
    assert Geometry.euclidean_distance(p1=[0, 0], p2=[3, 4]) == 5
    assert Geometry.euclidean_distance([[1, 2, 3]], [1, 2, 5]) == 2
    with pytest.raises(ToolError, match=r"got p2=None\n  expected: .* found nothing \(it printed why\)\n  type: if p2"):
        Geometry.euclidean_distance([0, 0, 0], None)
    with pytest.raises(
        ToolError, match=r"3 numbers in p1 and 2 in p2\n.*\n  type: tools.Geometry.euclidean_distance\(p1\[:2"
    ):
        Geometry.euclidean_distance([0, 0, 0], [1, 1])
    with pytest.raises(ToolError, match=r"p1=\[nan 1. 2.\]\n  expected: finite numbers; points are NaN where depth"):
        Geometry.euclidean_distance([np.nan, 1, 2], [0, 0, 0])
    with pytest.raises(ToolError, match="v1=None"):
        Geometry.angle_between_vectors(None, [1, 0, 0])
    with pytest.raises(ToolError, match="no direction"):
        Geometry.angle_between_vectors([0, 0, 0], [1, 0, 0])


def test_projection_in_every_published_form() -> None:
    scene = Scene()
    recon = Reconstruct(scene, 8)(scene.inputs())
    point, pose, k = recon.points[10][60, 100], recon.extrinsics[10], recon.intrinsics[10]
    project = Geometry.project_point_to_camera
    expected = pytest.approx((100, 60), abs=1e-3)
    assert project(point, pose, k["fx"], k["fy"], k["cx"], k["cy"]) == expected
    assert project(point, c2w=pose, intrinsics=k) == expected
    assert project(point_3d=point.tolist(), extrinsic_c2w=pose.tolist(), **k) == expected
    assert project(point, pose, k) == expected
    assert project(pose[:3, 3] - pose[:3, 2], pose, k) is None
    with pytest.raises(ToolError, match=r"no number for fx, fy, cx, cy\n.*\n  type: .*intrinsics=recon.intrinsics"):
        project(point, pose)
    with pytest.raises(ToolError, match="camera-to-world"):
        project(point, intrinsics=k)


@given(VECTORS, VECTORS, VECTORS)
def test_moving_there_and_back_is_nothing(a: tuple[float, ...], b: tuple[float, ...], shift: tuple[float, ...]) -> None:
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = Geometry.rotation_matrix_from_vectors(a, b), shift
    points = np.array([[a, b], [shift, a]])
    there = Geometry.transform_points(points, pose)
    assert there.shape == points.shape
    for matrix in (pose, pose[:3]):
        assert Geometry.transform_points(there, Geometry.invert(matrix)) == pytest.approx(points, abs=1e-8)
    assert Geometry.invert(pose[:3, :3]) == pytest.approx(pose[:3, :3].T)
    assert Geometry.transform_points(list(a), pose.tolist()).shape == (3,)


def test_what_cannot_be_moved_is_refused() -> None:
    with pytest.raises(ToolError, match=r"points None and a matrix \(4, 4\)"):
        Geometry.transform_points(None, np.eye(4))
    for matrix in (np.eye(2), np.zeros((4, 4)), None, np.full((3, 3), np.nan)):
        with pytest.raises(ToolError, match=r"invert got .*\n  expected: an invertible"):
            Geometry.invert(matrix)


@given(VECTORS, VECTORS, st.floats(0.1, 20), st.floats(-200, 900), st.floats(-200, 700))
def test_a_pixel_put_into_the_world_is_seen_where_it_was(
    turn: tuple[float, ...], at: tuple[float, ...], depth: float, u: float, v: float
) -> None:
    camera = Intrinsics(500.0, 480.0, 319.5, 239.5, 640, 480)
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = Geometry.rotation_matrix_from_vectors([0, 0, 1], turn), at
    point = unproject(np.array([u, v]), np.array(depth), camera, pose)
    assert Geometry.project_point_to_camera(point, pose, 500, 480, 319.5, 239.5) == pytest.approx((u, v), abs=1e-5)
    behind = pose[:3, 3] - (point - pose[:3, 3])
    assert Geometry.project_point_to_camera(behind, pose, 500, 480, 319.5, 239.5) is None


def test_the_floor_of_a_whole_frame_is_found() -> None:
    scene = Scene()
    points = Reconstruct(scene, 8)(scene.inputs()).points[0]
    rows, columns = np.arange(500) % 120, np.arange(700) % 160
    points = points[rows][:, columns]
    normal, on_floor = Geometry.fit_ground_plane_ransac(points, np.ones(points.shape[:2]))
    assert normal is not None
    assert on_floor.shape == points.shape[:2]
    assert abs(normal[1]) > 0.99 or abs(normal[2]) > 0.99
    assert normal[1] >= 0
    assert np.ptp(points[on_floor] @ normal) < 0.11


def test_no_plane_is_none_and_it_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert Geometry.fit_ground_plane_ransac([[0, 0, 0], [1, 1, 1]]) == (None, None)
    assert Geometry.fit_ground_plane_ransac(np.full((9, 3), np.nan)) == (None, None)
    assert "no plane fits the 0 usable points" in capsys.readouterr().out
    with pytest.raises(ToolError, match="9 points and 4 values of confidence"):
        Geometry.fit_ground_plane_ransac(np.zeros((9, 3)), np.ones(4))
    with pytest.raises(ToolError, match=r"got None\n"):
        Geometry.fit_ground_plane_ransac(None)


def test_the_texts_of_locate_become_pixels() -> None:
    convert = Geometry.normalized_to_pixel
    assert convert("0 1000 500 250", 101, 201) == [0, 200, 50, 50]
    assert convert("120, 300", 1001, 1001) == convert([120, 300], 1001, 1001) == [120, 300]
    assert convert("[[100, 200, 300, 400]]", np.int64(1001), 1001) == [100, 200, 300, 400]
    assert convert(np.array([1000, 1000]), Scene().inputs()[0]) == [159, 119]
    assert convert(coords="(5, 5)", width=1001, height=1001) == [5, 5]
    assert convert([["100 200", (300, 400)]], 1001, 1001) == [100, 200, 300, 400]


class Answer(str):
    """A text with the numbers that were read in it."""

    normalized: object = None


@pytest.mark.parametrize("text", ["x1=100, y1=200, x2=300, y2=400", '{"bbox_2d": [100, 200, 300, 400]}'])
def test_names_are_no_coordinates(text: str) -> None:
    assert Geometry.normalized_to_pixel(text, 1001, 1001) == [100, 200, 300, 400]


@pytest.mark.parametrize("given_", ["0.1 0.25", [0.1, 0.25], np.array([0.1, 0.25])])
def test_fractions_are_never_the_first_pixel(given_: object, capsys: pytest.CaptureFixture[str]) -> None:
    assert Geometry.normalized_to_pixel(given_, 1001, 1001) == pytest.approx([100, 250])
    assert "taken times 1000" in capsys.readouterr().out
    assert Geometry.normalized_to_pixel([0, 1], 1001, 1001) == [0, 1]
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("size", [("w", 5), (None, 5), ([5], 5), (10**400, 5), (0, 0), ((5, 5, 3), None)])
def test_what_is_no_size_is_refused(size: tuple[object, object]) -> None:
    with pytest.raises(ToolError, match=r"as the width and .* as the height"):
        Geometry.normalized_to_pixel([1, 2], *size)  # type: ignore[arg-type]


@pytest.mark.parametrize("camera", [5.0, "K", [[1, 2], [3]], np.eye(3), {"fx": 500}, {"fx": "a"}])
def test_what_is_no_camera_is_refused(camera: object) -> None:
    with pytest.raises(ToolError, match=r"got no number for (fx, )?fy, cx, cy"):
        Geometry.project_point_to_camera([0, 0, -1], np.eye(4), intrinsics=camera)  # type: ignore[arg-type]


@pytest.mark.parametrize("confidence", ["high", {"a": 1}, [[1, 2], [3]], 10**400])
def test_what_is_no_confidence_is_refused(confidence: object) -> None:
    with pytest.raises(ToolError, match="4 points and 0 values of confidence"):
        Geometry.fit_ground_plane_ransac(np.zeros((4, 3)), confidence)


def test_a_number_beyond_all_floats_is_refused() -> None:
    with pytest.raises(ToolError, match="p1=1000"):
        Geometry.euclidean_distance(10**400, [0, 0, 0])


def test_an_answer_that_knows_its_numbers_needs_no_reading() -> None:
    answer = Answer("Box 1 is at 10 20 30 40.")
    answer.normalized = [[10, 20, 30, 40]]
    assert Geometry.normalized_to_pixel(answer, 1001, 1001) == [10, 20, 30, 40]


@given(st.floats(0, 1000), st.floats(0, 1000), st.integers(1, 4000), st.integers(1, 4000))
def test_pixels_are_always_inside(x: float, y: float, width: int, height: int) -> None:
    u, v = Geometry.normalized_to_pixel([x, y], width, height)
    assert 0 <= u <= width - 1
    assert 0 <= v <= height - 1


@pytest.mark.parametrize("nothing", [None, "Not visible", [], [[]], np.zeros((0, 4)), Answer("Not visible")])
def test_nothing_to_convert_is_told(nothing: object, capsys: pytest.CaptureFixture[str]) -> None:
    assert Geometry.normalized_to_pixel(nothing, 10, 10) == []
    assert "nothing to convert" in capsys.readouterr().out


def test_what_is_no_coordinates_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ToolError, match="3 numbers"):
        Geometry.normalized_to_pixel("1 2 3", 10, 10)
    with pytest.raises(ToolError, match=r"image.width"):
        Geometry.normalized_to_pixel("1 2", 10)
    with pytest.raises(ToolError, match="expected: finite numbers"):
        Geometry.normalized_to_pixel([np.nan, 3], 10, 10)
    assert Geometry.normalized_to_pixel([1200, 5], 101, 101) == [100, 0.5]
    assert "leaves 0..1000" in capsys.readouterr().out


def test_every_function_has_an_example() -> None:
    functions = {name: member for name, member in vars(Geometry).items() if not name.startswith("_")}
    for name, member in functions.items():
        assert isinstance(member, staticmethod)
        assert member.__func__.__name__ == name
        assert "\n\nExample: tools.Geometry." in (inspect.getdoc(member.__func__) or "")
