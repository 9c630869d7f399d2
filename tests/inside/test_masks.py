import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from spatial_agent.errors import FrameError, ToolError
from spatial_agent.inside.masks import PerFrameMask
from spatial_agent.inside.overlay import grow, shrink
from spatial_agent.inside.tools.reconstruct import Reconstruct
from spatial_agent.inside.tools.sam3 import SAM3
from tests.inside.scene import BOXES, SIZE, Scene

SCENE = Scene()
IMAGES = SCENE.inputs()
SAM = SAM3(SCENE, [IMAGES], 100)
RECON = Reconstruct(SCENE, 8)(IMAGES)
MASKS = SAM.segment_video_by_text(["box", "door"])


@given(st.integers(1, 3), st.integers(0, 3), st.integers(1, 19), st.integers(1, 13), st.integers(0, 2**32 - 1))
def test_unpacking_is_the_inverse_of_packing(frames: int, objects: int, w: int, h: int, seed: int) -> None:
    stack = np.random.default_rng(seed).random((frames, objects, h, w)) < 0.5
    packed = np.packbits(stack.reshape(frames, objects, w * h), axis=2)
    masks = PerFrameMask(range(5, 5 + frames), (w, h), packed, ["x"] * objects, [1.0] * objects)
    for position, frame in enumerate(masks):
        assert np.array_equal(masks[frame], stack[position])
    assert masks.found == stack.any(axis=(0, 2, 3)).tolist()
    assert bool(masks) == stack.any()


def test_objects_come_prompt_by_prompt_and_an_empty_prompt_keeps_its_slot() -> None:
    assert MASKS.labels == ["box", "box", "door"]
    assert MASKS.scores == pytest.approx([0.9, 0.8, 0])
    assert (MASKS.num_objects, MASKS.object_ids, MASKS.found) == (3, [0, 1, 2], [True, True, False])
    assert MASKS[10].shape == (3, 120, 160)
    assert MASKS[10].dtype == bool
    assert np.array_equal(MASKS.get_mask(10, 1), SCENE.trace(10)[1] == 2)
    assert (MASKS.frames_with(0), MASKS.frames_with("door")) == ([0, 10, 20], [])


def test_a_label_means_its_best_object_and_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert np.array_equal(MASKS.get_mask(0, "Box"), MASKS.get_mask(0, 0))
    assert "2 objects are labelled 'Box': [0, 1]; object 0 has the best score" in capsys.readouterr().out
    MASKS.get_mask(10, "box")
    assert capsys.readouterr().out == ""
    assert np.array_equal(MASKS.get_mask(0, -1), MASKS.get_mask(0, np.int64(2)))  # type: ignore[arg-type]
    for key in (3, "chair", True):
        with pytest.raises(ToolError, match="0 'box', 1 'box', 2 'door'"):
            MASKS.get_mask(0, key)


def test_the_frame_may_be_left_out_only_when_there_is_one() -> None:
    one = SAM.segment_image_by_text(IMAGES[1], "red box")
    assert np.array_equal(one.get_mask(), SCENE.trace(10)[1] == 1)
    with pytest.raises(FrameError, match="frames 0, 10, 20"):
        MASKS.get_mask()


def test_centroids_are_where_the_boxes_are() -> None:
    for number, (low, high) in enumerate(BOXES.values()):
        for frame in RECON.frame_indices:
            centre = MASKS.get_centroid_3d(RECON, frame=frame, object=number)
            assert centre is not None
            assert (low - 0.01 <= centre).all()
            assert (centre <= high + 0.01).all()
    points = MASKS.get_masked_points(RECON, frame=10)
    assert points.shape == (int(MASKS[10][0].sum()), 3)
    assert points.dtype == np.float32


def test_nothing_found_is_none_with_its_reason(capsys: pytest.CaptureFixture[str]) -> None:
    assert MASKS.get_centroid_3d(RECON, 0, object="door") is None
    assert "mask is empty there; it is seen in frames none; None is returned" in capsys.readouterr().out
    assert MASKS.get_masked_points(RECON, 0, "door").shape == (0, 3)
    assert MASKS.get_centroid_3d(RECON, 0, 0, conf_threshold=1.0) is None
    assert "lower conf_threshold" in capsys.readouterr().out


def test_frames_that_do_not_match_are_refused_and_both_are_named() -> None:
    some = Reconstruct(SCENE, 8)(IMAGES[:2])
    with pytest.raises(
        FrameError, match=r"frame 20 is not in the reconstruction; masks cover frames 0, 10, 20, .*0, 10"
    ):
        MASKS.get_centroid_3d(some, 20)
    one = SAM.segment_image_by_text(IMAGES[2], "box")
    with pytest.raises(FrameError, match=r"masks cover frames 20, the reconstruction covers frames 0, 10"):
        one.get_masked_points(some)
    with pytest.raises(FrameError, match="not in either"):
        MASKS.get_centroid_3d(RECON, 1)


def test_other_videos_sizes_and_things_are_refused() -> None:
    two = Scene(videos=2)
    other = Reconstruct(two, 8)(two.inputs(2))
    with pytest.raises(FrameError, match="masks are of video 1, the reconstruction is of video 2"):
        MASKS.get_centroid_3d(other, 0)
    small = PerFrameMask([0], (8, 8), np.zeros((1, 1, 8), dtype=np.uint8), ["x"], [0.0])
    with pytest.raises(FrameError, match="masks are 8x8 pixels, the reconstruction is 160x120"):
        small.get_masked_points(RECON, 0)
    with pytest.raises(ToolError, match=r"got a PerFramePointMap where a Reconstruction is needed"):
        MASKS.get_centroid_3d(RECON.points, 0)  # type: ignore[arg-type]


def test_an_overlay_tints_the_objects_and_leaves_the_rest() -> None:
    view = MASKS.visualize(10)
    before, after = SCENE.trace(10)[2].astype(int), np.asarray(view.image).astype(int)
    changed = np.abs(before - after).sum(axis=2) > 0
    assert view.size == SIZE
    assert changed[MASKS[10][0]].mean() > 0.95
    assert not changed[-20:, :40].any()
    assert "0 box (0.90); 1 box (0.80); 2 door (not seen)" in view.description
    assert MASKS.visualize(frame=0, background=IMAGES[0]).frame_index == 0
    assert SAM.segment_image_by_text(IMAGES[0], "door").visualize().size == SIZE
    with pytest.raises(ToolError, match="background of 9x9"):
        MASKS.visualize(0, Image.new("RGB", (9, 9)))


@given(st.integers(0, 2**32 - 1), st.integers(1, 3))
def test_shrinking_and_growing_stay_on_their_side(seed: int, pixels: int) -> None:
    mask = np.random.default_rng(seed).random((12, 15)) < 0.7
    assert not (shrink(mask, pixels) & ~mask).any()
    assert not (mask & ~grow(mask, pixels)).any()
    assert not (shrink(grow(mask, pixels), pixels) < mask).any()


def test_repr_tells_what_there_is() -> None:
    assert "0 box in 3, 1 box in 3, 2 door in 0" in repr(MASKS)
