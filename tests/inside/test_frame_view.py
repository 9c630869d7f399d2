import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatial_agent.errors import FrameError, ToolError
from spatial_agent.frames import project, unproject
from spatial_agent.inside.tools.reconstruct import Reconstruct
from tests.inside.scene import SIZE, Scene

SCENE = Scene(sizes={10: (96, 128), 20: (80, 60)}, sky=True)
RECON = Reconstruct(SCENE, 8)(SCENE.inputs())
frames = st.sampled_from([0, 10, 20])
ANY = st.floats(0, 1)


def test_a_view_is_all_of_one_frame() -> None:
    view = RECON[10]
    assert (view.frame_index, view.video, view.size, view.image.size) == (10, 1, (96, 128), (96, 128))
    assert (view.image.frame_index, view.image.position) == (10, 1)
    for name in ("points", "depth", "confidence", "sky", "unknown", "pose"):
        mine = getattr(view, name)
        assert (mine.frame_index, mine.video) == (10, 1)
        assert np.array_equal(mine, getattr(RECON, name)[10], equal_nan=True)
    assert view.intrinsics == RECON.intrinsics[10]
    assert np.allclose(np.column_stack([view.right, view.down, view.forward, view.position]), SCENE.pose(10)[:3])
    assert "\n" not in repr(view)
    assert "frame 10" in repr(view)


def test_the_image_may_be_drawn_on() -> None:
    RECON[0].image.paste((255, 0, 0), (0, 0, 160, 120))
    assert (np.asarray(RECON[0].image) == SCENE.trace(0)[2]).all()


def test_a_view_prints_without_asking_for_depth_or_pixels() -> None:
    scene = Scene()
    recon = Reconstruct(scene, 8)(scene.inputs())
    before = len(scene.asked)
    repr([recon[f] for f in recon])
    assert len(scene.asked) == before


@given(ANY, ANY, frames)
def test_pixel_to_3d_and_project_are_inverse(x: float, y: float, frame: int) -> None:
    view = RECON[frame]
    u, v = 4 + x * (view.size[0] - 5), 0.5 * view.size[1] + y * (view.size[1] / 2 - 1)
    point = view.pixel_to_3d(u, v)
    assert point is not None
    assert view.project(point) == pytest.approx([u, v], abs=1e-6)
    assert np.array_equal(RECON.pixel_to_3d(u, v, frame), point)  # type: ignore[arg-type]


@given(frames)
def test_every_pixel_at_once_is_the_point_map(frame: int) -> None:
    view = RECON[frame]
    width, height = view.size
    v, u = np.mgrid[0:height:7, 0:width:7]
    points = view.pixel_to_3d(u.ravel(), v.ravel())
    assert points is not None
    expected = np.asarray(view.points)[v, u].reshape(-1, 3)
    np.testing.assert_allclose(points, expected, atol=1e-5)
    known = np.isfinite(points).all(axis=1)
    pixels = view.project(points)
    assert pixels is not None
    np.testing.assert_allclose(pixels[known], np.column_stack([u.ravel(), v.ravel()])[known], atol=1e-6)


@given(frames, st.integers(8, 400), st.integers(8, 400), ANY, ANY, st.floats(0.1, 20))
def test_a_resized_image_projects_to_resized_pixels(
    f: int, width: int, height: int, x: float, y: float, z: float
) -> None:
    camera = RECON.intrinsics.camera(f)
    u, v = x * camera.width, y * camera.height
    point = unproject(np.array([u, v]), np.array(z), camera, RECON.extrinsics[f])
    seen, depth = project(point, camera.scaled((width, height)), RECON.extrinsics[f])
    expected = [(u + 0.5) * width / camera.width - 0.5, (v + 0.5) * height / camera.height - 0.5]
    assert seen == pytest.approx(expected, abs=1e-6)
    assert depth == pytest.approx(z)


@pytest.mark.parametrize("frame", [0, 10, 20])
def test_frames_of_any_size_see_the_same_room(frame: int) -> None:
    others = [other for other in RECON if other != frame]
    for on_box in ([-0.9, 0.4, -2.0], [1.0, 0.6, -2.6]):
        pixel = RECON.project(on_box, frame)
        assert pixel is not None
        found = RECON.pixel_to_3d(pixel, frame=frame)
        assert found == pytest.approx(on_box, abs=0.05)
        for other in others:
            seen = RECON.pixel_to_3d(RECON.project(found, other), frame=other)
            assert seen == pytest.approx(found, abs=0.05)


def test_forms_of_pixels(capsys: pytest.CaptureFixture[str]) -> None:
    one = RECON.pixel_to_3d(80, 100, 0)
    assert one is not None
    for found in (
        RECON.pixel_to_3d((80, 100), 0),
        RECON.pixel_to_3d(np.array([80, 100]), frame=0),
        RECON.pixel_to_3d(np.float32(80), np.int64(100), RECON[0].image),
        RECON[0].pixel_to_3d([80, 100]),
    ):
        assert found == pytest.approx(one)
    many = RECON.pixel_to_3d([(80, 100), (1, 1)], frame=0)
    assert many is not None
    assert many.shape == (2, 3)
    assert many[0] == pytest.approx(one)
    assert np.isnan(many[1]).all()
    assert capsys.readouterr().out == "[note] depth is unknown at 1 of 2 pixels of frame 0; their rows are NaN\n"


def test_where_depth_is_unknown_there_is_none_unless_a_neighbour_is_asked_for(
    capsys: pytest.CaptureFixture[str],
) -> None:
    scene = Scene()
    recon = Reconstruct(scene, 8)(scene.inputs())
    assert recon.pixel_to_3d(1, 2, 0) is None
    assert recon.pixel_to_3d(1, 2, 0, radius=1.9) is None
    assert "depth is unknown at pixel (1, 2) of frame 0; None is returned" in capsys.readouterr().out
    found = recon.pixel_to_3d(1, 2, 0, radius=2)
    assert found == pytest.approx(recon.pixel_to_3d(1, 4, 0))
    assert "that of pixel (1, 4) is taken" in capsys.readouterr().out
    many = recon[0].pixel_to_3d([[1, 2], [50, 50]], radius=2)
    assert many is not None
    assert np.isfinite(many).all()
    assert recon.pixel_to_3d(1, 2, 0, radius=np.inf) == pytest.approx(found)
    for wrong in ("near", None, np.nan):
        with pytest.raises(ToolError, match="pixel_to_3d got radius="):
            recon.pixel_to_3d(1, 2, 0, radius=wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("x", "y", "match"),
    [
        (200, 10, r"pixel \(200, 10\), outside the 160x120 image of frame 0\n.*\n  type: tools.Geometry.normalized"),
        (-3, 10, r"outside the 160x120"),
        ([(5, 5), (5, 120)], None, r"pixel \(5, 120\), outside"),
        (None, 3, r"x=None and y=3\n  expected: a pixel x, y.*None where nothing is visible"),
        (None, None, "pixel_to_3d got None"),
        ("12 30", None, "pixel_to_3d got '12 30'"),
        ([1, 2, 3], None, r"pixel_to_3d got \[1, 2, 3\]"),
        ([1, 2], [1, 2, 3], "x="),
        (float("nan"), 2, "x=nan"),
    ],
)
def test_what_is_no_pixel_of_the_image_is_refused(x: object, y: object, match: str) -> None:
    with pytest.raises(ToolError, match=match):
        RECON.pixel_to_3d(x, y, frame=0)


def test_pixels_of_a_crop_are_not_those_of_its_frame() -> None:
    crop = RECON[0].image.crop((40, 30, 100, 90))
    with pytest.raises(
        ToolError, match=r"(?s)part or a resized copy.*recon\.pixel_to_3d\(\*crop\.to_frame\(x, y\), 0\)"
    ):
        RECON.pixel_to_3d(5, 70, crop)
    with pytest.raises(FrameError, match=r"(?s)got no frame.*one of the absolute frames 0, 10, 20"):
        RECON.pixel_to_3d(20, 10)


def test_points_behind_a_camera_have_no_pixel(capsys: pytest.CaptureFixture[str]) -> None:
    view = RECON[0]
    behind = view.position - view.forward
    pixels = view.project([behind, view.position + view.forward])
    assert pixels is not None
    assert np.isnan(pixels[0]).all()
    assert np.isfinite(pixels[1]).all()
    assert RECON.project(behind, 0) is None
    assert "behind the camera of frame 0; None is returned" in capsys.readouterr().out
    assert RECON.project([np.nan] * 3, 0) is None
    assert capsys.readouterr().out == "[note] the point is not finite; None is returned\n"
    assert len(Reconstruct(Scene(), 8)(Scene().inputs()).points_of(0)) == SIZE[0] * SIZE[1] - 16
    for wrong in ([0, 0], None, "a", [None, [1, 2, 3]]):
        with pytest.raises(ToolError, match="world XYZ"):
            RECON.project(wrong, 0)
    with pytest.raises(FrameError, match="asked for frame 5"):
        RECON.project([0, 0, 0], 5)
