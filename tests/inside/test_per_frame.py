import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatial_agent.errors import FrameError
from spatial_agent.inside.per_frame import frame_number
from spatial_agent.inside.tools.reconstruct import Reconstruct
from tests.inside.scene import BOXES, CAMERA, Scene

SCENE = Scene()
RECON = Reconstruct(SCENE, 8)(SCENE.inputs())


def test_lookup_is_by_absolute_frame_number() -> None:
    assert RECON.depth.frame_indices == list(RECON.points) == [0, 10, 20]
    assert (RECON.depth.num_frames, len(RECON.depth), 10 in RECON.depth, 1 in RECON.depth) == (3, 3, True, False)
    assert RECON.depth[10].shape == (120, 160)
    assert np.array_equal(RECON.depth[np.int64(10)], RECON.depth[SCENE.inputs()[1]])  # type: ignore[index]
    assert set(RECON.intrinsics[0]) == {"fx", "fy", "cx", "cy"}
    assert RECON.points.get(3) is None


def test_a_list_position_is_refused_and_the_frames_are_named() -> None:
    with pytest.raises(FrameError, match=r"points has no frame 1; it covers the absolute frames 0, 10, 20"):
        RECON.points[1]
    with pytest.raises(KeyError):
        RECON.depth[-1]
    for key in ("0", slice(0, 1), True, 0.5, None):
        with pytest.raises(TypeError, match="absolute frame number"):
            RECON.depth[key]  # type: ignore[index]
    assert frame_number(np.float64(10), "x") == 10


def test_there_is_no_silent_stack() -> None:
    with pytest.raises(TypeError, match=r"np.stack"):
        np.asarray(RECON.extrinsics)
    assert np.stack([RECON.extrinsics[frame] for frame in RECON.frame_indices]).shape == (3, 4, 4)


def test_depth_is_metres_and_zero_where_unknown() -> None:
    depth = RECON.depth[10]
    assert depth.dtype == np.float32
    assert not depth[:4, :4].any()
    assert depth[4:, 4:] == pytest.approx(SCENE.trace(10)[0][4:, 4:], abs=6e-4)
    points = RECON.points[10]
    assert (points.dtype, np.isnan(points[:4, :4]).all(), np.isfinite(points[4:]).all()) == (np.float32, True, True)


def test_confidence_is_in_0_1_and_0_where_depth_is_unknown() -> None:
    sure = RECON.confidence[0]
    assert (sure[0, 0], sure[50, 50], sure.dtype) == (0, 1, np.float32)
    assert sure[50, -1] == pytest.approx(25 / 255)
    assert RECON.points.confidence is RECON.confidence


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


@given(st.integers(4, CAMERA.width - 1), st.integers(4, CAMERA.height - 1), st.sampled_from([0, 10, 20]))
def test_projecting_a_point_gives_its_pixel_back(x: int, y: int, frame: int) -> None:
    assert RECON.project(RECON.points[frame][y, x], frame) == pytest.approx([x, y], abs=1e-3)
