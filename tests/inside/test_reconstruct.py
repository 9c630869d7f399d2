import numpy as np
import pytest
from PIL import Image

from spatial_agent import wire
from spatial_agent.errors import FrameError, ToolError
from spatial_agent.inside.images import InputImages
from spatial_agent.inside.tools.reconstruct import Reconstruct
from tests.inside.scene import SIZE, T_INPUT_WORLD, Scene

SCENE = Scene()
IMAGES = SCENE.inputs()
TOOL = Reconstruct(SCENE, 8, inputs=[IMAGES])
RECON = TOOL(IMAGES)


def test_both_published_calls_and_every_form_of_frames(capsys: pytest.CaptureFixture[str]) -> None:
    for frames in (IMAGES[:2], list(IMAGES[:2]), tuple(IMAGES[:2]), (image for image in IMAGES[:2])):
        assert TOOL.Reconstruct(frames=frames).frame_indices == [0, 10]
    assert TOOL(IMAGES[2]).frame_indices == [20]
    assert TOOL([IMAGES[:1], [IMAGES[2]]]).frame_indices == [0, 20]
    assert TOOL(IMAGES, frame_indices=np.array([20, 0])).frame_indices == [20, 0]
    assert TOOL(IMAGES, frame_indices=[IMAGES[1]]).frame_indices == [10]
    assert TOOL(IMAGES, frame_indices=10).frame_indices == [10]
    assert TOOL([RECON[0].image, RECON[20]]).frame_indices == [0, 20]
    assert capsys.readouterr().out == ""


def test_frame_numbers_are_frames_of_the_video(capsys: pytest.CaptureFixture[str]) -> None:
    assert TOOL([0, np.int64(20)]).frame_indices == [0, 20]
    assert TOOL(np.array([10, 20])).frame_indices == [10, 20]
    assert "read as absolute frame numbers: 10, 20" in capsys.readouterr().out
    with pytest.raises(FrameError, match=r"0, 10, 20"):
        TOOL([0, 5])
    two = Scene(videos=2)
    with pytest.raises(FrameError, match=r"(?s)2 videos have a frame 10.*InputImages_1\.by_frame\(10\)"):
        Reconstruct(two, 8, inputs=[two.inputs(1), two.inputs(2)])([10])


def test_it_says_what_it_is() -> None:
    assert (RECON.metric_scale, RECON.scale, RECON.unit, RECON.num_frames) == (1.0, "measured", "m", 3)
    assert RECON.gravity_direction.tolist() == [0, 1, 0]
    assert (RECON.gravity.method, RECON.gravity.floor) == ("given", True)
    assert np.array_equal(RECON.T_input_world, T_INPUT_WORLD)
    assert RECON.camera_poses is RECON.pose is RECON.extrinsics
    for part in (
        "3 frames 0, 10, 20",
        "+Y up",
        "floor at Y=0",
        "OpenCV",
        "measured",
        "computed from the made-up room",
        "given by the room",
    ):
        assert part in repr(RECON)


def test_scale_and_floor_are_what_is_known_of_them() -> None:
    unknown = wire.Gravity("level camera", 0.0, False, "up is ASSUMED")
    scene = Scene(scale="unknown", gravity=unknown)
    recon = Reconstruct(scene, 8)(scene.inputs())
    assert (recon.unit, float(recon.metric_scale), recon.metric_scale.provenance) == ("units", 1.0, "unknown")
    assert str(recon.metric_scale) == "1.0 (unknown; already applied)"
    assert f"{recon.metric_scale * 2:.1f}" == "2.0"
    assert "floor UNKNOWN" in repr(recon)
    assert "up is ASSUMED" in repr(recon)


def test_a_frame_given_twice_is_used_once_and_it_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert TOOL([IMAGES[0], IMAGES[1], IMAGES[0]]).frame_indices == [0, 10]
    assert "3 images of 2 frames; each frame is used once" in capsys.readouterr().out


def test_of_a_crop_or_a_copy_the_whole_frame_is_used(capsys: pytest.CaptureFixture[str]) -> None:
    crop = IMAGES[0].crop((40, 30, 100, 90))
    recon = TOOL([crop, IMAGES[1].resize((80, 60))])
    assert (recon.frame_indices, recon.sizes[0], recon[0].image.size) == ([0, 10], SIZE, SIZE)
    assert np.array_equal(recon.points[0], RECON.points[0], equal_nan=True)
    told = capsys.readouterr().out
    assert "crop x 40..99, y 30..89, 60x60) and others that are no whole frames: the whole frame is used" in told
    assert "crop.to_frame(x, y)" in told
    assert recon.pixel_to_3d(*crop.to_frame(10, 20), 0) == pytest.approx(RECON.pixel_to_3d(50, 50, 0))


def test_too_many_frames_are_thinned_and_named(capsys: pytest.CaptureFixture[str]) -> None:
    scene = Scene(frames=tuple(range(0, 100, 10)))
    assert Reconstruct(scene, 4)(scene.inputs()).frame_indices == [0, 30, 60, 90]
    assert "at most 4; it uses these, evenly spaced: 0, 30, 60, 90" in capsys.readouterr().out


def test_frames_of_several_sizes_go_together() -> None:
    scene = Scene(sizes={10: (90, 120), 20: (64, 64)})
    recon = Reconstruct(scene, 8)(scene.inputs())
    assert recon.sizes == {0: (160, 120), 10: (90, 120), 20: (64, 64)}
    for frame in recon:
        depth, camera = scene.trace(frame)[0], scene.camera(frame)
        assert recon.points[frame].shape == (*depth.shape, 3)
        assert recon.confidence[frame].shape == recon.unknown[frame].shape == depth.shape
        assert recon[frame].image.size == depth.shape[::-1]
        assert recon.intrinsics[frame] == {"fx": camera.fx, "fy": camera.fy, "cx": camera.cx, "cy": camera.cy}
        assert np.asarray(recon.depth[frame])[4:, 4:] == pytest.approx(depth[4:, 4:], abs=6e-4)
    assert "160x120, 90x120, 64x64" in repr(recon)


def test_what_is_no_frame_of_one_video_is_refused() -> None:
    with pytest.raises(ToolError, match=r"(?s)belongs to no frame.*expected:.*type: tools\.Reconstruct\(InputImages"):
        TOOL([Image.new("RGB", SIZE)])
    with pytest.raises(ToolError, match=r"belongs to no frame"):
        TOOL(np.zeros((120, 160, 3)))
    with pytest.raises(ToolError, match=r"(?s)got no frame.*type: tools\.Reconstruct\(InputImages\[0:8\]\)"):
        TOOL([])
    with pytest.raises(ToolError, match="frame_indices is empty"):
        TOOL(IMAGES, [])
    with pytest.raises(FrameError, match=r"(?s)videos 1, 2, which share no world.*tools\.Reconstruct\(InputImages_1\)"):
        TOOL([IMAGES[0], Scene(videos=2).inputs(2)[0]])
    with pytest.raises(FrameError, match=r"(?s)frame_indices 7, .*some of 0, 10, 20"):
        TOOL(IMAGES, [0, 7])
    with pytest.raises(ToolError, match="perception has nothing"):
        Reconstruct(SCENE, 8, eyes=False)(IMAGES)


def test_the_frames_that_come_back_are_the_ones_it_speaks_of() -> None:
    recon = TOOL([IMAGES[2], IMAGES[0]])
    assert recon.frame_indices == list(recon) == [20, 0]
    assert (len(recon), 20 in recon, 10 in recon) == (2, True, False)
    assert np.allclose(recon.extrinsics[20], SCENE.pose(20))
    assert np.allclose(recon.points[20], RECON.points[20], equal_nan=True)
    assert recon.common(RECON) == [20, 0]
    with pytest.raises(FrameError, match=r"recon was asked for frame 10"):
        recon[10]


def test_camera_motion_is_between_two_frames() -> None:
    motion = RECON.camera_motion(0, 20)
    assert motion.right == pytest.approx(1.2, abs=0.02)
    assert motion.forward == pytest.approx(0.4, abs=0.02)
    back = RECON.camera_motion(20, 0)
    assert back.distance == pytest.approx(motion.distance)
    with pytest.raises(FrameError, match="asked for frame 3"):
        RECON.camera_motion(0, 3)


def test_images_know_their_place_in_the_input() -> None:
    video = wire.Video((4, 8), (SIZE, SIZE), None, None, False)
    images = InputImages(Scene(frames=(4, 8)), 1, video)
    recon = Reconstruct(Scene(frames=(4, 8)), 8)(images[1])
    assert recon[8].image.position == 1
    assert recon[8].image == images[1]
