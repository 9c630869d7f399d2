import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from spatial_agent.errors import FrameError, ToolError
from spatial_agent.inside.overlay import grow, shrink
from spatial_agent.inside.tools.mask import Mask
from spatial_agent.inside.tools.reconstruct import Reconstruct
from spatial_agent.inside.tools.sam3 import SAM3
from tests.inside.made_masks import made
from tests.inside.scene import SIZE, Scene

SCENE = Scene()
IMAGES = SCENE.inputs()
SAM = SAM3(SCENE, [IMAGES], 100)
RECON = Reconstruct(SCENE, 8)(IMAGES)
MASKS = SAM.segment_video_by_text(["box", "door"])


@given(st.integers(1, 3), st.integers(0, 3), st.integers(1, 19), st.integers(1, 13), st.integers(0, 2**32 - 1))
def test_unpacking_is_the_inverse_of_packing(frames: int, objects: int, w: int, h: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    stack = random.random((frames, objects, h, w)) < random.choice([0.02, 0.5])
    masks = made({5 + frame: one for frame, one in enumerate(stack)}, ["x"] * objects)
    for position, frame in enumerate(masks):
        assert np.array_equal(masks[frame], stack[position])
        for number in masks.object_ids:
            box = Mask.mask_to_bbox(stack[position, number])
            assert np.array_equal(masks.boxes[frame][number], [np.nan] * 4 if box is None else box, equal_nan=True)
    assert masks.found == stack.any(axis=(0, 2, 3)).tolist()
    assert bool(masks) == stack.any()
    assert np.array_equal(np.asarray(masks.masks), stack) and masks.shape == stack.shape


@given(st.integers(1, 19), st.integers(1, 13), st.integers(0, 2**32 - 1))
def test_several_objects_together_are_the_pixels_of_any(w: int, h: int, seed: int) -> None:
    stack = np.random.default_rng(seed).random((3, h, w)) < 0.2
    masks = made({2: stack}, ["a", "b", "c"])
    assert np.array_equal(masks.get_mask(2, ["a", 2]), stack[0] | stack[2])
    assert masks.frames_with([0, 1]) == ([2] if stack[:2].any() else [])


def test_objects_come_prompt_by_prompt_and_an_empty_prompt_keeps_its_slot() -> None:
    assert MASKS.labels == ["box", "box", "door"]
    assert MASKS.scores == pytest.approx([0.9, 0.8, 0])
    assert (MASKS.num_objects, MASKS.object_ids, MASKS.found) == (3, [0, 1, 2], [True, True, False])
    assert MASKS[10].shape == (3, 120, 160)
    assert MASKS[10].dtype == bool
    assert np.array_equal(MASKS.get_mask(10, 1), SCENE.trace(10)[1] == 2)
    assert (MASKS.frames_with(0), MASKS.frames_with("door")) == ([0, 10, 20], [])


def test_a_label_and_a_number_mean_one_of_several_alike() -> None:
    assert np.array_equal(MASKS.get_mask(10, "box_1"), MASKS.get_mask(10, 1))
    assert np.array_equal(MASKS.get_mask(10, "Box 0"), MASKS.get_mask(10, 0))
    with pytest.raises(ToolError, match="box_2"):
        MASKS.get_mask(10, "box_2")


def test_a_label_means_its_best_object_and_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert np.array_equal(MASKS.get_mask(0, "Box"), MASKS.get_mask(0, 0))
    assert "2 objects are labelled 'Box': [0, 1]; object 0 has the best score" in capsys.readouterr().out
    MASKS.get_mask(10, "box")
    assert capsys.readouterr().out == ""
    assert np.array_equal(MASKS.get_mask(0, -1), MASKS.get_mask(0, np.int64(2)))  # type: ignore[arg-type]
    for key in (3, "chair", True):
        with pytest.raises(ToolError, match="0 'box', 1 'box', 2 'door'"):
            MASKS.get_mask(0, key)


def test_every_way_to_name_a_frame_and_an_object() -> None:
    there = SCENE.trace(10)[1] == 2
    view = RECON[10]
    position = RECON.frame_indices.index(10)
    for frame in (10, 10.0, np.int64(10), IMAGES[1], IMAGES[1].crop((0, 0, 9, 9)), position, view):
        for key in (1, np.int32(1), 1.0, -2, [1]):
            assert np.array_equal(MASKS.get_mask(frame, key), there)
            assert np.array_equal(MASKS.get_mask(object=key, frame=frame), there)
    assert MASKS.get_mask(10, 1).frame_index == 10
    assert np.array_equal(MASKS.masks[position, 1], there)
    assert np.array_equal(MASKS.masks[10, 1], there)
    assert np.isfinite(MASKS.boxes[position]).all(axis=1).tolist() == [True, True, False]


def test_the_frame_may_be_left_out_only_when_there_is_one() -> None:
    one = SAM.segment_image_by_text(IMAGES[1], "red box")
    assert np.array_equal(one.get_mask(), SCENE.trace(10)[1] == 1)
    with pytest.raises(FrameError, match=r"no frame\n  expected: one of the frames 0, 10, 20\n  type: masks.get_mask"):
        MASKS.get_mask()


def test_a_frame_that_is_not_covered_is_refused_with_the_nearest() -> None:
    for ask in (MASKS.get_mask, MASKS.visualize, MASKS.__getitem__):
        with pytest.raises(FrameError, match=r"frame 7, .*\n.*frames 0, 10, 20\n  type: masks\[10\]"):
            ask(7)
    with pytest.raises(ToolError, match=r"masks\['box'\] was asked for(.|\n)*type: masks.select\('box'\)"):
        MASKS["box"]
    two = Scene(videos=2)
    with pytest.raises(FrameError, match="of video 1, was asked for frame 10 of video 2"):
        MASKS.get_mask(two.inputs(2)[1])


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
    with pytest.raises(ToolError, match=r"background of 9x9.*\n.*160x120.*\n  type: masks.visualize\(0\)"):
        MASKS.visualize(0, Image.new("RGB", (9, 9)))


def test_an_overlay_without_a_frame_shows_the_frame_that_shows_most(capsys: pytest.CaptureFixture[str]) -> None:
    few = np.zeros((2, 30, 40), dtype=bool)
    many = few.copy()
    few[0, :9] = True
    many[:, :3] = True
    masks = made({3: few, 4: many, 5: few}, ["a", "b"])
    assert masks.visualize().frame_index == 4
    assert "shows frame 4, which shows most" in capsys.readouterr().out
    assert made({3: few}, ["a", "b"]).visualize().frame_index == 3
    assert capsys.readouterr().out == ""


@given(st.integers(0, 2**32 - 1), st.integers(1, 3))
def test_shrinking_and_growing_stay_on_their_side(seed: int, pixels: int) -> None:
    mask = np.random.default_rng(seed).random((12, 15)) < 0.7
    assert not (shrink(mask, pixels) & ~mask).any()
    assert not (mask & ~grow(mask, pixels)).any()
    assert not (shrink(grow(mask, pixels), pixels) < mask).any()


def test_repr_tells_what_there_is() -> None:
    assert "0 box in 3, 1 box in 3, 2 door in 0" in repr(MASKS)
