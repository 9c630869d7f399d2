from typing import Any

import numpy as np
import pytest
from PIL import Image

from spatial_agent import wire
from spatial_agent.errors import FrameError, ToolError
from spatial_agent.inside.images import InputImages
from spatial_agent.inside.tools.sam3 import SAM3
from tests.inside.scene import Scene

SCENE = Scene()
IMAGES = SCENE.inputs()
SAM = SAM3(SCENE, [IMAGES], 100)
BLUE = SCENE.trace(10)[1] == 2
YS, XS = np.nonzero(BLUE)
BOX = [XS.min(), YS.min(), XS.max() + 1, YS.max() + 1]
SPOT = [np.median(XS), np.median(YS)]


def asked(scene: Scene) -> Any:
    return scene.asked[-1]


def test_text_finds_every_instance_in_one_frame() -> None:
    masks = SAM.segment_image_by_text(IMAGES[1], "box", label="crate")
    assert (masks.frame_indices, masks.labels) == ([10], ["crate", "crate"])
    assert np.array_equal(masks[10][1], BLUE)
    assert SAM.segment_image_by_text(IMAGES[1:2], ["red box", "blue box"]).labels == ["red box", "blue box"]  # type: ignore[arg-type]


def test_nothing_found_is_an_empty_object_and_one_true_line(capsys: pytest.CaptureFixture[str]) -> None:
    masks = SAM.segment_image_by_text(image=IMAGES[0], prompt="door", confidence_threshold=0.5)
    assert (masks.num_objects, masks.found, bool(masks)) == (1, [False], False)
    assert capsys.readouterr().out == "[note] SAM3 found no 'door' with score >= 0.5 in frame 0; object 0 is empty\n"
    SAM.segment_image_by_box(IMAGES[0], [1, 1, 9, 9], label="lamp")
    assert "nothing in the box of 'lamp'" in capsys.readouterr().out


def test_boxes_and_points_in_every_form() -> None:
    for box in (BOX, tuple(BOX), np.array(BOX), [BOX], [np.float32(value) for value in BOX]):
        assert np.array_equal(SAM.segment_image_by_box(IMAGES[1], box).get_mask(), BLUE)
    for spot in (SPOT, [SPOT], np.array(SPOT), np.array([SPOT], dtype=np.float32), (tuple(SPOT),)):
        assert np.array_equal(SAM.segment_image_by_points(IMAGES[1], spot).get_mask(), BLUE)
    assert SAM.segment_image_by_points(IMAGES[1], [SPOT, [1, 1]], [1, 0], "blue").labels == ["blue"]
    assert asked(SCENE).objects == (((*SPOT, 1), (1.0, 1.0, 0)),)


@pytest.mark.parametrize(
    ("box", "why"),
    [
        ([50, 10, 20, 40], "inverted"),
        ([200, 10, 300, 40], "outside the 160x120 frame"),
        ([0.1, 0.2, 0.5, 0.9], "smaller than a pixel.*normalized_to_pixel"),
        ([1, 2, 3], "it needs boxes"),
        (None, "it needs boxes"),
        ([1, 2, np.nan, 9], "finite"),
    ],
)
def test_a_box_that_cannot_be_meant_is_refused(box: Any, why: str) -> None:
    with pytest.raises(ToolError, match=why):
        SAM.segment_image_by_box(IMAGES[0], box)


def test_a_box_over_the_edge_is_cut_and_it_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    SAM.segment_image_by_box(IMAGES[0], [-30, 10, 60, 121])
    assert asked(SCENE).boxes == ((0, 10, 60, 120),)
    assert "cut at the edge" in capsys.readouterr().out


def test_points_that_cannot_be_meant_are_refused() -> None:
    for points, flags, why in (
        ([500, 3], None, "outside the 160x120"),
        ([[1, 2, 3]], None, "shape"),
        ([[1, 2]], [1, 1], "each point needs 1"),
        ([[1, 2]], [0], "background points only"),
        ([], None, "points"),
    ):
        with pytest.raises(ToolError, match=why):
            SAM.segment_image_by_points(IMAGES[0], points, flags)


def test_image_methods_take_one_whole_frame() -> None:
    with pytest.raises(ToolError, match=r"got 3 images.*segment_video_by_text"):
        SAM.segment_image_by_text(IMAGES, "box")  # type: ignore[arg-type]
    with pytest.raises(ToolError, match="part or a resized copy"):
        SAM.segment_image_by_text(IMAGES[0].crop((0, 0, 50, 50)), "box")
    with pytest.raises(ToolError, match="belongs to no frame"):
        SAM.segment_image_by_box(Image.new("RGB", (160, 120)), BOX)  # type: ignore[arg-type]
    with pytest.raises(ToolError, match="short noun phrase"):
        SAM.segment_image_by_text(IMAGES[0], "")


def test_one_string_of_several_names_is_read_as_several_prompts(capsys: pytest.CaptureFixture[str]) -> None:
    assert SAM.segment_video_by_text("red box, blue box").labels == ["red box", "blue box"]
    assert "read as 2 prompts" in capsys.readouterr().out
    assert SAM.segment_video_by_text(["box"], labels="crate").labels == ["crate", "crate"]
    with pytest.raises(ToolError, match="2 labels for 1 objects"):
        SAM.segment_video_by_text("box", labels=["a", "b"])


def test_a_window_is_absolute_with_its_end_excluded() -> None:
    assert SAM.segment_video_by_text("box", start_frame=10, end_frame=np.int64(20)).frame_indices == [10]  # type: ignore[arg-type]
    assert SAM.segment_video_by_text("box", frame_indices=[20, 0]).frame_indices == [0, 20]
    assert SAM.segment_video_by_text("box", start_frame=5).frame_indices == [10, 20]
    with pytest.raises(FrameError, match=r"window 1 <= frame < 9.*frames 0, 10, 20; type start_frame=0, end_frame=21"):
        SAM.segment_video_by_text("box", start_frame=1, end_frame=9)
    with pytest.raises(FrameError, match="frame_indices 7"):
        SAM.segment_video_by_text("box", frame_indices=[7])
    with pytest.raises(FrameError, match=r"prompt_frame_idx=0, which is not in the window .*type prompt_frame_idx=10"):
        SAM.segment_video_by_box([BOX], ["blue"], prompt_frame_idx=0, start_frame=10)
    with pytest.raises(ToolError, match=r"videos here are 1..1"):
        SAM.segment_video_by_text("box", video_index=2)


def test_a_long_window_is_thinned_and_keeps_the_prompt_frame(capsys: pytest.CaptureFixture[str]) -> None:
    scene = Scene(frames=tuple(range(0, 110, 10)))
    sam = SAM3(scene, [scene.inputs()], 3)
    assert sam.segment_video_by_text("box").frame_indices == [0, 50, 100]
    assert "11 frames and at most 3 are taken" in capsys.readouterr().out
    assert sam.segment_video_by_points([[80, 60]], prompt_frame_idx=40).frame_indices == [0, 40, 100]


def test_video_prompts_are_pixels_of_the_prompt_frame() -> None:
    masks = SAM.segment_video_by_box(BOX, labels=["blue"], prompt_frame_idx=10)
    assert (masks.labels, masks.found, masks.frame_indices) == (["blue"], [True], [0, 10, 20])
    assert asked(SCENE).prompt_frame == 10
    assert SAM.segment_video_by_box([BOX, BOX], prompt_frame_idx=10).labels == ["object 0", "object 1"]


@pytest.mark.parametrize(
    ("points", "flags", "labels", "sizes"),
    [
        ([80, 60], None, None, [1]),
        ([[80, 60]], None, "a", [1]),
        ([[80, 60], [90, 60]], None, ["a", "b"], [1, 1]),
        ([[80, 60], [90, 60]], [1, 1], ["a", "b"], [1, 1]),
        ([[80, 60], [90, 60]], [[1, 0]], ["a"], [2]),
        ([[80, 60], [90, 60]], [[1, 0]], None, [2]),
        ([[[80, 60], [90, 60]], [[5, 5]]], [[1, 0], [1]], ["a", "b"], [2, 1]),
        (np.array([[[80, 60]], [[90, 60]]]), np.array([[1], [1]]), ["a", "b"], [1, 1]),
        ([[[80, 60], [90, 60]]], [1, 0], ["a"], [2]),
    ],
)
def test_points_per_object_in_every_nesting(points: Any, flags: Any, labels: Any, sizes: list[int]) -> None:
    SAM.segment_video_by_points(points, flags, labels)
    assert [len(part) for part in asked(SCENE).objects] == sizes


def test_photos_work_like_videos_unless_their_sizes_differ() -> None:
    photos = InputImages(SCENE, 1, SCENE.video(photos=True))
    assert SAM3(SCENE, [photos], 100).segment_video_by_text("box").num_frames == 3
    mixed = InputImages(SCENE, 1, wire.Video((0, 10), ((160, 120), (120, 160)), None, None, False))
    with pytest.raises(ToolError, match=r"photos of 2 sizes.*segment_image_by_text"):
        SAM3(SCENE, [mixed], 100).segment_video_by_text("box")


def test_existence_per_image() -> None:
    found = SAM.is_object_exist([IMAGES[1], IMAGES[0], IMAGES[1]], "box")
    assert (found["exists"], found["counts"]) == ([True] * 3, [2] * 3)
    assert SAM.is_object_exist(images=IMAGES, object_name="door") == {
        "exists": [False] * 3,
        "counts": [0] * 3,
        "summary": "'door' is in 0 of 3 images",
    }
    small = Scene()
    assert SAM3(small, [small.inputs()], 2).is_object_exist(small.inputs(), "red")["counts"] == [1, 1, 1]
    assert [type(request).__name__ for request in small.asked] == ["SegmentText", "SegmentText"]


def test_without_a_backend_it_says_so() -> None:
    blind = SAM3(SCENE, [IMAGES], 100, eyes=False)
    for call in (lambda: blind.segment_image_by_text(IMAGES[0], "box"), lambda: blind.segment_video_by_text("box")):
        with pytest.raises(ToolError, match=r"perception has nothing.*vlm.locate"):
            call()
