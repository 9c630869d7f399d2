import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatial_agent.errors import FrameError, ToolError
from spatial_agent.inside.framed import FrameId, Position
from spatial_agent.inside.maps import PerFrameExtrinsics
from spatial_agent.inside.per_frame import frame_number
from spatial_agent.inside.tools.reconstruct import Reconstruct, Reconstruction
from spatial_agent.inside.tools.sam3 import SAM3
from tests.inside.scene import BOXES, CAMERA, Scene

SCENE = Scene()
RECON = Reconstruct(SCENE, 8)(SCENE.inputs())


def recon_of(*frames: int) -> Reconstruction:
    scene = Scene(frames=frames)
    return Reconstruct(scene, 64)(scene.inputs())


def test_lookup_is_by_absolute_frame_number() -> None:
    assert RECON.depth.frame_indices == list(RECON.points) == [0, 10, 20]
    assert (RECON.depth.num_frames, len(RECON.depth), 10 in RECON.depth, 1 in RECON.depth) == (3, 3, True, False)
    assert RECON.depth[10].shape == (120, 160)
    for key in (np.int64(10), 10.0, np.array(10), SCENE.inputs()[1], RECON[10], RECON.frame_indices.index(10)):
        assert np.array_equal(RECON.depth[key], RECON.depth[10])  # type: ignore[index]
    assert set(RECON.intrinsics[0]) == {"fx", "fy", "cx", "cy"}
    assert RECON.points.get(3) is None
    assert RECON.points.get_by_frame_index(10) == 1
    assert RECON.depth[RECON.points.get_by_frame_index(10)].frame_index == 10


@pytest.mark.parametrize(
    ("frame", "call"),
    [
        (1, r"recon\.points\[10\]  # list position 1"),
        (-4, r"recon\.points\[0\]  # the nearest; .*InputImages\.by_frame\(-4\)"),
        (14, r"recon\.points\[10\]  # the nearest; .*InputImages\.by_frame\(14\)"),
    ],
)
def test_what_is_no_frame_is_refused_with_the_frames_the_nearest_and_the_call(frame: int, call: str) -> None:
    with pytest.raises(FrameError, match=rf"(?s)asked for frame {frame}, .*absolute frames 0, 10, 20\n  type: {call}"):
        RECON.points[frame]


def test_other_keys_are_refused_as_no_frame_number() -> None:
    for key in ("0", slice(0, 1), True, 0.5, None, np.array([0, 10])):
        with pytest.raises(TypeError, match="absolute frame number"):
            RECON.depth[key]  # type: ignore[index]
    assert frame_number(np.float64(10), "x") == 10


def test_an_image_of_another_video_is_no_frame_of_this_one() -> None:
    other = Scene(videos=2).inputs(2)[1]
    assert other not in RECON.points
    with pytest.raises(FrameError, match=r"of video 1, was asked for frame 10 of video 2"):
        RECON.points[other]  # type: ignore[index]


def test_common_and_nearest_frames() -> None:
    masks = SAM3(SCENE, [SCENE.inputs()], 8).segment_video_by_text("red", frame_indices=[20, 10])
    assert RECON.common(masks) == [10, 20]
    assert RECON.common() == [0, 10, 20]
    assert [RECON.nearest(frame) for frame in (-5, 4, 5, 6, 99)] == [0, 0, 0, 10, 20]
    two = Scene(videos=2)
    other = Reconstruct(two, 8)(two.inputs(2))
    with pytest.raises(FrameError, match=r"videos 1, 2\n  expected: results of one video"):
        RECON.common(other)
    with pytest.raises(ToolError, match=r"recon\.common got a list"):
        RECON.common([0, 10])  # type: ignore[arg-type]


def test_frame_lists_work_as_lists_do() -> None:
    frames = RECON.frame_indices
    assert [f for f in frames] == [f for _, f in enumerate(frames)] == [0, 10, 20]  # noqa: C416
    assert set(frames) & set(RECON.depth.frame_indices) == {0, 10, 20}
    assert np.array(frames).tolist() == json.loads(json.dumps(frames)) == [0, 10, 20]
    assert [frame for frame, _ in zip(frames, RECON.points.points, strict=True)] == [0, 10, 20]
    assert frames[-1] == 20


def test_there_is_no_silent_stack() -> None:
    with pytest.raises(ToolError, match=r"np\.stack\(\[recon\.extrinsics\[f\] for f in recon\.extrinsics\.frame_ind"):
        np.asarray(RECON.extrinsics)
    assert np.stack([RECON.extrinsics[frame] for frame in RECON.frame_indices]).shape == (3, 4, 4)


def test_depth_is_metres_and_zero_where_unknown() -> None:
    depth = RECON.depth[10]
    assert depth.dtype == np.float32
    assert not depth[:4, :4].any()
    assert np.asarray(depth[4:, 4:]) == pytest.approx(SCENE.trace(10)[0][4:, 4:], abs=6e-4)
    points = RECON.points[10]
    assert (points.dtype, np.isnan(points[:4, :4]).all(), np.isfinite(points[4:]).all()) == (np.float32, True, True)
    assert RECON.unknown[10].sum() == 16
    assert not RECON.sky[10].any()


def test_the_sky_has_no_depth() -> None:
    scene = Scene(sky=True)
    recon = Reconstruct(scene, 8)(scene.inputs())
    for frame in recon:
        sky = scene.ceiling(frame)
        assert sky.mean() > 0.1
        assert (recon.sky[frame] == sky).all()
        assert (recon.depth[frame][sky] == 0).all()
        assert (recon.confidence[frame][sky] == 0).all()
        assert recon.unknown[frame][sky].all()
        assert np.isfinite(recon.points[frame][~sky][20:]).all()


def test_confidence_is_in_0_1_and_0_where_depth_is_unknown() -> None:
    sure = RECON.confidence[0]
    assert (sure[0, 0], sure[50, 50], sure.dtype) == (0, 1, np.float32)
    assert sure[50, -1] == pytest.approx(25 / 255)


def test_points_lie_on_the_boxes_they_show() -> None:
    low, high = BOXES["blue box"]
    for frame in RECON.frame_indices:
        on_box = RECON.points[frame][SCENE.trace(frame)[1] == 2]
        assert (on_box >= low - 2e-3).all()
        assert (on_box <= high + 2e-3).all()


def test_what_is_returned_may_be_changed_without_harm() -> None:
    points = RECON.points[20]
    points[:] = 0
    pose = RECON.extrinsics[20]
    pose[:] = 0
    assert np.nanmax(RECON.points[20]) > 0
    assert RECON.extrinsics[20][3, 3] == 1


RAW: dict[str, tuple[Callable[[Reconstruction], Any], Callable[[Reconstruction], Any]]] = {
    "recon.points.points": (lambda recon: recon.points.points, lambda recon: recon.points),
    "recon.points.confidence": (lambda recon: recon.points.confidence, lambda recon: recon.confidence),
    "recon.depth.depth": (lambda recon: recon.depth.depth, lambda recon: recon.depth),
    "recon.depth.confidence": (lambda recon: recon.depth.confidence, lambda recon: recon.confidence),
    "recon.extrinsics.camera_poses": (lambda recon: recon.extrinsics.camera_poses, lambda recon: recon.extrinsics),
}


@pytest.mark.parametrize("name", RAW)
def test_a_stack_is_looked_up_by_frame_and_else_by_what_can_only_be_a_position(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    raw, exact = (get(RECON) for get in RAW[name])
    for key in (0, 10, np.int64(20), RECON.frame_indices.index(10), SCENE.inputs()[2]):
        assert np.array_equal(raw[key], exact[key], equal_nan=True)
    assert capsys.readouterr().out == ""
    for position, frame in ((1, 10), (2, 20), (-1, 20), (-3, 0)):
        found = raw[position]
        assert (found.frame_index, np.array_equal(found, exact[frame], equal_nan=True)) == (frame, True)
    told = capsys.readouterr().out.splitlines()
    assert len(told) == 1  # once is enough
    assert f"{name}[1]: there is no frame 1, so this is list position 1, which is frame 10" in told[0]
    assert told[0].endswith(f"Type {exact._what}[10]")
    with pytest.raises(FrameError, match=r"absolute frames 0, 10, 20"):
        raw[3]
    assert np.array_equal(np.asarray(raw), np.stack(list(raw)), equal_nan=True)
    assert raw.shape == np.asarray(raw).shape
    assert np.array_equal(raw[:2], np.asarray(raw)[:2], equal_nan=True)
    assert np.array_equal(raw[[10, 0]], np.stack([exact[10], exact[0]]), equal_nan=True)


def test_a_stack_goes_on_into_the_frame() -> None:
    assert np.array_equal(RECON.points.points[10, 60, 80], RECON.points[10][60, 80])
    sure = RECON.confidence[10] > 0.5
    assert RECON.points.points[10][sure].shape == (sure.sum(), 3)


def test_a_stack_is_used_like_an_array() -> None:
    raw, stack = RECON.points.confidence, np.stack([RECON.confidence[frame] for frame in RECON.frame_indices])
    assert [np.asarray(raw).dtype.name, np.asarray(raw, np.float64).dtype.name] == ["float32", "float64"]
    assert np.array_equal(raw > 0.5, stack > 0.5)
    assert np.array_equal(2 * raw, 2 * stack)
    assert np.array_equal(raw.reshape(-1), stack.reshape(-1))
    assert np.array_equal(raw[np.array([True, False, True])], stack[[0, 2]])
    assert raw.mean() == stack.mean()
    with pytest.raises(AttributeError, match="'RawArrays' object has no attribute 'frobnicate'"):
        raw.frobnicate  # noqa: B018 - that it is refused
    masks = SAM3(SCENE, [SCENE.inputs()], 8).segment_video_by_text("red").masks
    assert np.asarray(masks).dtype == masks[:, 0].dtype == bool


@given(st.lists(st.integers(0, 9), min_size=1, max_size=6, unique=True))
def test_a_number_that_could_mean_two_frames_is_never_guessed(frames: list[int]) -> None:
    raw = PerFrameExtrinsics(frames, np.stack([np.eye(4)] * len(frames))).camera_poses
    for number in range(-len(frames), 10):
        could_mean = {frames[number]} if number < len(frames) else set()
        if number in frames:
            assert raw[number].frame_index == number
        elif number < 0:
            assert raw[number].frame_index == frames[number]
        elif could_mean and all(frame >= len(frames) or frames[frame] == frame for frame in frames):
            assert raw[number].frame_index in could_mean
        else:
            with pytest.raises(FrameError):
                raw[number]


def test_of_a_single_frame_position_0_is_that_frame(capsys: pytest.CaptureFixture[str]) -> None:
    recon = recon_of(7)
    assert recon.points.points[0].frame_index == 7
    assert "list position 0, which is frame 7" in capsys.readouterr().out
    with pytest.raises(FrameError):
        recon.points[0]


def test_frames_of_several_sizes_make_no_stack() -> None:
    scene = Scene(sizes={10: (90, 120)})
    recon = Reconstruct(scene, 8)(scene.inputs())
    assert recon.points.points[10].shape == (120, 90, 3)
    with pytest.raises(ToolError, match=r"several sizes, which make no stack"):
        np.asarray(recon.points.points)


def test_a_position_of_another_list_is_still_its_frame() -> None:
    position = Position.of(2, 10)
    assert RECON.points[position].frame_index == 10
    assert RECON.points.points[position].frame_index == 10
    assert str(FrameId(1, 10)) == "frame 10"


@given(st.integers(4, CAMERA.width - 1), st.integers(4, CAMERA.height - 1), st.sampled_from([0, 10, 20]))
def test_projecting_a_point_gives_its_pixel_back(x: int, y: int, frame: int) -> None:
    assert RECON.project(RECON.points[frame][y, x], frame) == pytest.approx([x, y], abs=1e-3)


def test_numbers_below_0_are_counted_from_the_end(capsys: pytest.CaptureFixture[str]) -> None:
    recon = recon_of(0, 10, 20)
    assert recon.points[-1].frame_index == recon.extrinsics.camera_poses[-1].frame_index == 20
    assert recon.extrinsics[np.int64(-3)].frame_index == 0  # type: ignore[index]
    assert "recon.points[-1] is counted from the end: frame 20" in capsys.readouterr().out
    with pytest.raises(FrameError, match="frame -4"):
        _ = recon.points[-4]


def test_intrinsics_are_a_dict_and_a_matrix() -> None:
    K = RECON.intrinsics[10]
    assert (K["fx"], K.fy, K[0, 2], K[1][2]) == (CAMERA.fx, CAMERA.fy, CAMERA.cx, CAMERA.cy)  # type: ignore[index]
    assert np.array_equal(K @ [0, 0, 1], [CAMERA.cx, CAMERA.cy, 1])
    assert np.linalg.inv(K).shape == (3, 3)
    assert np.array_equal(RECON.intrinsics.fx, [CAMERA.fx] * 3)
    assert (float(RECON.intrinsics.cx[10]), f"{RECON.intrinsics.cy[0]:.1f}") == (CAMERA.cx, f"{CAMERA.cy:.1f}")
    with pytest.raises(ToolError, match=r'"fx", "fy", "cx" or "cy"'):
        _ = K["f"]
