import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from spatial_agent import wire
from spatial_agent.errors import FrameError, ToolError
from spatial_agent.frames import Intrinsics, project, unproject
from spatial_agent.inside.images import InputImages
from spatial_agent.inside.tools.reconstruct import Reconstruct
from tests.inside.scene import SIZE, T_INPUT_WORLD, Scene

SCENE = Scene()
IMAGES = SCENE.inputs()
TOOL = Reconstruct(SCENE, 8)
RECON = TOOL(IMAGES)


def test_both_published_calls_and_every_form_of_frames() -> None:
    for frames in (IMAGES[:2], list(IMAGES[:2]), tuple(IMAGES[:2]), (image for image in IMAGES[:2])):
        assert TOOL.Reconstruct(frames=frames).frame_indices == [0, 10]  # type: ignore[arg-type]
    assert TOOL(IMAGES[2]).frame_indices == [20]
    assert TOOL(IMAGES, frame_indices=np.array([20, 0])).frame_indices == [20, 0]  # type: ignore[arg-type]


def test_it_says_what_it_is() -> None:
    assert (RECON.metric_scale, RECON.scale, RECON.unit, RECON.num_frames) == (1.0, "measured", "m", 3)
    assert RECON.gravity_direction.tolist() == [0, 1, 0]
    assert np.array_equal(RECON.T_input_world, T_INPUT_WORLD)
    assert RECON.camera_poses is RECON.extrinsics
    for part in (
        "3 frames 0, 10, 20",
        "+Y up",
        "OpenCV",
        "measured",
        "computed from the made-up room",
        "given by the room",
    ):
        assert part in repr(RECON)
    assert Reconstruct(Scene(scale="unknown"), 8)(Scene(scale="unknown").inputs()).unit == "units"


def test_a_frame_given_twice_is_used_once_and_it_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert TOOL([IMAGES[0], IMAGES[1], IMAGES[0]]).frame_indices == [0, 10]
    assert "3 images of 2 frames; each frame is used once" in capsys.readouterr().out


def test_too_many_frames_are_thinned_and_named(capsys: pytest.CaptureFixture[str]) -> None:
    scene = Scene(frames=tuple(range(0, 100, 10)))
    assert Reconstruct(scene, 4)(scene.inputs()).frame_indices == [0, 30, 60, 90]
    assert "at most 4; it uses these, evenly spaced: 0, 30, 60, 90" in capsys.readouterr().out


def test_what_is_no_whole_frame_of_one_video_is_refused() -> None:
    with pytest.raises(ToolError, match=r"part or a resized copy.*by_frame\(0\)"):
        TOOL([IMAGES[0].crop((0, 0, 20, 20)), IMAGES[1]])
    with pytest.raises(ToolError, match=r"got a Image, which belongs to no frame"):
        TOOL([Image.new("RGB", SIZE)])  # type: ignore[list-item]
    with pytest.raises(ToolError, match="got no frame"):
        TOOL([])
    with pytest.raises(FrameError, match="videos 1, 2"):
        TOOL([IMAGES[0], Scene(videos=2).inputs(2)[0]])
    with pytest.raises(FrameError, match=r"frame_indices 7, .* given frames 0, 10, 20"):
        TOOL(IMAGES, [0, 7])
    video = wire.Video((0, 1), ((160, 120), (120, 160)), None, None, False)
    with pytest.raises(ToolError, match="frame 0 of 160x120 and frame 1 of 120x160"):
        TOOL(InputImages(SCENE, 1, video))
    with pytest.raises(ToolError, match="perception has nothing"):
        Reconstruct(SCENE, 8, eyes=False)(IMAGES)


def test_the_frames_that_come_back_are_the_ones_it_speaks_of() -> None:
    recon = TOOL([IMAGES[2], IMAGES[0]])
    assert recon.frame_indices == [20, 0]
    assert np.allclose(recon.extrinsics[20], SCENE.pose(20))
    assert np.allclose(recon.points[20], RECON.points[20], equal_nan=True)


@given(st.floats(4, SIZE[0] - 1), st.floats(4, SIZE[1] - 1), st.sampled_from([0, 10, 20]))
def test_pixel_to_3d_and_project_are_inverse(x: float, y: float, frame: int) -> None:
    point = RECON.pixel_to_3d(x, y, frame)
    assert point is not None
    assert RECON.project(point, frame) == pytest.approx([x, y], abs=1e-6)


def test_pixels_without_depth_or_outside_the_image(capsys: pytest.CaptureFixture[str]) -> None:
    assert RECON.pixel_to_3d(np.int64(1), np.float32(1), 0) is None
    assert "depth is unknown at pixel (1, 1) of frame 0" in capsys.readouterr().out
    with pytest.raises(ToolError, match=r"outside the 160x120 image.*normalized_to_pixel"):
        RECON.pixel_to_3d(200, 10, 0)
    with pytest.raises(FrameError, match="covers frames 0, 10, 20"):
        RECON.pixel_to_3d(20, 10)
    with pytest.raises(FrameError, match="no frame 5"):
        RECON.project([0, 0, 0], 5)
    with pytest.raises(ToolError, match="world XYZ"):
        RECON.project([0, 0], 0)


def test_points_behind_a_camera_have_no_pixel() -> None:
    behind = RECON.extrinsics[0][:3, 3] - RECON.extrinsics[0][:3, 2]
    assert np.isnan(RECON.project([behind, behind], 0)).all()
    assert len(RECON.points_of(0)) == 160 * 120 - 16


@given(st.integers(8, 400), st.integers(8, 400), st.floats(0, 159), st.floats(0, 119), st.floats(0.1, 20))
def test_a_scaled_camera_sees_the_same_point(width: int, height: int, u: float, v: float, z: float) -> None:
    camera = Intrinsics(120, 118, 79.5, 59.5, 160, 120)
    small = camera.scaled((width, height))
    point = unproject(np.array([u, v]), np.array(z), camera, np.eye(4))
    seen, depth = project(point, small, np.eye(4))
    assert seen == pytest.approx([(u + 0.5) * width / 160 - 0.5, (v + 0.5) * height / 120 - 0.5], abs=1e-6)
    assert depth == pytest.approx(z)
