"""Every form in which cells name images, prompts and labels, and what SAM3 makes of it."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image

from spatial_agent import wire
from spatial_agent.errors import FrameError, ToolError
from spatial_agent.inside.images import InputImages
from spatial_agent.inside.masks import PerFrameMask
from spatial_agent.inside.tools.sam3 import SAM3
from spatial_agent.inside.visual import VisualFeedback
from spatial_agent.inside.vlm import Vlm
from tests.inside.scene import Scene

SCENE = Scene()
IMAGES = SCENE.inputs()
SAM = SAM3(SCENE, [IMAGES], 100)
BLUE = SCENE.trace(10)[1] == 2
YS, XS = np.nonzero(BLUE)
BOX = [int(XS.min()), int(YS.min()), int(XS.max()) + 1, int(YS.max()) + 1]
SPOT = [float(np.median(XS)), float(np.median(YS))]
LEFT, TOP = BOX[0] - 10, BOX[1] - 5
CROP = IMAGES[1].crop((LEFT, TOP, BOX[2] + 4, BOX[3] + 4))
IN_CROP = [BOX[0] - LEFT, BOX[1] - TOP, BOX[2] - LEFT, BOX[3] - TOP]


def located(answer: str, image: Any) -> Any:
    return Vlm(Scene(answer=answer)).locate(image, "the blue box")


def thousandths(box: list[int], image: Image.Image) -> str:
    return " ".join(f"{value / (image.size[k % 2] - 1) * 1000:.4f}" for k, value in enumerate(box))


AS_BOX = located(thousandths(BOX, IMAGES[1]), IMAGES[1])
AS_BOX_IN_CROP = located(thousandths(IN_CROP, CROP), CROP)
AS_POINT = located(thousandths([round(SPOT[0]), round(SPOT[1])], IMAGES[1]), IMAGES[1])
UNSEEN = located("Not visible", IMAGES[1])
BOTH: list[Callable[[], PerFrameMask]] = [
    lambda: SAM.segment_image_by_text(IMAGES[1], "blue box"),
    lambda: SAM.segment_image_by_text([IMAGES[1]], ["blue box"]),
    lambda: SAM.segment_image_by_text(IMAGES[1:2], ("blue box",)),
    lambda: SAM.segment_image_by_text(10, np.array(["blue box"])),
    lambda: SAM.segment_image_by_text(image=IMAGES[1], text={"object": "blue box"}),
    lambda: SAM.segment_image_by_text(images=IMAGES[1], prompts={"blue box"}, labels=["x"], threshold=np.float32(0.3)),
    lambda: SAM.segment_image_by_text(IMAGES[1].copy(), "blue box", None, np.float64(0.2)),
    lambda: SAM.segment_image_by_text(CROP, "blue box"),
    lambda: SAM.segment_image_by_text(IMAGES[1].resize((80, 60)), "blue box"),
    lambda: SAM(IMAGES[1], "blue box"),
    lambda: SAM.segment_image_by_box(IMAGES[1], BOX),
    lambda: SAM.segment_image_by_box(IMAGES[1], tuple(BOX), "sofa"),
    lambda: SAM.segment_image_by_box(IMAGES[1], np.array(BOX), label=["sofa"]),
    lambda: SAM.segment_image_by_box(image=IMAGES[1], boxes=[BOX], labels="sofa"),
    lambda: SAM.segment_image_by_box(IMAGES[1], [[BOX]]),
    lambda: SAM.segment_image_by_box(IMAGES[1], [np.float32(value) for value in BOX]),
    lambda: SAM.segment_image_by_box(IMAGES[1], [BOX[:2], BOX[2:]]),
    lambda: SAM.segment_image_by_box(IMAGES[1], {"x1": BOX[0], "y1": BOX[1], "x2": BOX[2], "y2": BOX[3]}),
    lambda: SAM.segment_image_by_box(IMAGES[1], {"box": BOX}),
    lambda: SAM.segment_image_by_box(IMAGES[1], {"sofa": BOX}),
    lambda: SAM.segment_image_by_box(IMAGES[1], [BOX[2], BOX[3], BOX[0], BOX[1]]),
    lambda: SAM.segment_image_by_box(IMAGES[1], AS_BOX),
    lambda: SAM.segment_image_by_box(IMAGES[1], [AS_BOX]),
    lambda: SAM.segment_image_by_box(IMAGES[1], AS_POINT),
    lambda: SAM.segment_image_by_box(CROP, IN_CROP),
    lambda: SAM.segment_image_by_box(CROP, AS_BOX_IN_CROP),
    lambda: SAM.segment_image_by_box(IMAGES[1], AS_BOX_IN_CROP),
    lambda: SAM.segment_image_by_box(IMAGES[1].resize((320, 360)), np.array(BOX) * [2, 3, 2, 3]),
    lambda: SAM.segment_image_by_points(IMAGES[1], SPOT),
    lambda: SAM.segment_image_by_points(IMAGES[1], [SPOT], [1]),
    lambda: SAM.segment_image_by_points(IMAGES[1], (tuple(SPOT),), 1),
    lambda: SAM.segment_image_by_points(IMAGES[1], np.array([SPOT], dtype=np.float32), [[1]]),
    lambda: SAM.segment_image_by_points(IMAGES[1], [SPOT, SPOT], 1),
    lambda: SAM.segment_image_by_points(IMAGES[1], [SPOT, [1, 1]], [True, False]),
    lambda: SAM.segment_image_by_points(IMAGES[1], [[SPOT]], np.array([[1]])),
    lambda: SAM.segment_image_by_points(IMAGES[1], [SPOT], "sofa"),
    lambda: SAM.segment_image_by_points(images=IMAGES[1], point={"x": SPOT[0], "y": SPOT[1]}),
    lambda: SAM.segment_image_by_points(IMAGES[1], AS_POINT),
    lambda: SAM.segment_image_by_points(IMAGES[1], AS_BOX),
    lambda: SAM.segment_image_by_points(CROP, [SPOT[0] - LEFT, SPOT[1] - TOP]),
    lambda: SAM.segment_video_by_text("blue box", frame_indices=[10]),
    lambda: SAM.segment_video_by_text(IMAGES, ["blue box"]),
    lambda: SAM.segment_video_by_text([IMAGES[1], IMAGES[0]], ["blue box"], ["sofa"]),
    lambda: SAM.segment_video_by_text(prompt=["blue box"], label="sofa", prompt_frame_idx=3, frames=IMAGES[1:]),
    lambda: SAM.segment_video_by_text(IMAGES, "blue box", start_frame=IMAGES[1], end_frame=21),
    lambda: SAM.segment_video_by_text(["blue box"], video_index=0),
    lambda: SAM.segment_video_by_box(BOX, prompt_frame_idx=10),
    lambda: SAM.segment_video_by_box(boxes=[BOX], labels=["sofa"], prompt_frame_idx=IMAGES[1], end_frame=np.int64(21)),
    lambda: SAM.segment_video_by_box(IMAGES[1:], BOX, "sofa"),
    lambda: SAM.segment_video_by_box([BOX], ["sofa"], 1),
    lambda: SAM.segment_video_by_box(AS_BOX),
    lambda: SAM.segment_video_by_box([AS_BOX], prompt_frame_idx=10),
    lambda: SAM.segment_video_by_box({"sofa": AS_BOX}),
    lambda: SAM.segment_video_by_box(AS_BOX_IN_CROP, frame_indices=range(0, 30, 10)),
    lambda: SAM.segment_video_by_box(IN_CROP, prompt_frame_idx=CROP),
    lambda: SAM.segment_video_by_points([[SPOT]], [[1]], ["sofa"], 10),
    lambda: SAM.segment_video_by_points(points=[SPOT], point_labels=1, prompt_frame_idx=10.0),
    lambda: SAM.segment_video_by_points({"sofa": SPOT}, prompt_frame_idx=10),
    lambda: SAM.segment_video_by_points([AS_POINT], labels=["sofa"]),
]


@pytest.mark.parametrize("number", range(len(BOTH)))
def test_every_form_gives_the_mask_of_the_blue_box_in_frame_10(number: int) -> None:
    masks = BOTH[number]()
    assert (masks.num_objects, masks.found) == (1, [True])
    assert np.array_equal(masks[10][0], BLUE)


NOTHING: list[Callable[[], PerFrameMask]] = [
    lambda: SAM.segment_image_by_box(IMAGES[0], None, "lamp"),
    lambda: SAM.segment_image_by_box(IMAGES[0], [], "lamp"),
    lambda: SAM.segment_image_by_box(IMAGES[0], [np.nan] * 4, "lamp"),
    lambda: SAM.segment_image_by_box(IMAGES[1], UNSEEN, "lamp"),
    lambda: SAM.segment_image_by_box(IMAGES[0], "Not visible", "lamp"),
    lambda: SAM.segment_image_by_box(IMAGES[0], [400, 300, 480, 420], "lamp"),
    lambda: SAM.segment_image_by_box(IMAGES[0], [30, 30, 30, 50], "lamp"),
    lambda: SAM.segment_image_by_points(IMAGES[0], None, label="lamp"),
    lambda: SAM.segment_image_by_points(IMAGES[1], UNSEEN, [1], "lamp"),
    lambda: SAM.segment_image_by_points(IMAGES[0], [500, 3], label="lamp"),
    lambda: SAM.segment_video_by_box([None], ["lamp"]),
    lambda: SAM.segment_video_by_points([UNSEEN], labels="lamp"),
]


@pytest.mark.parametrize("number", range(len(NOTHING)))
def test_no_place_is_an_empty_object_and_a_line(number: int, capsys: pytest.CaptureFixture[str]) -> None:
    before = len(SCENE.asked)
    masks = NOTHING[number]()
    assert (masks.labels, masks.found, masks.scores, bool(masks)) == (["lamp"], [False], [0.0], False)
    assert masks[masks.frame_indices[0]].shape == (1, 120, 160)
    assert "'lamp', nothing to segment; object 0 is empty" in capsys.readouterr().out
    assert len(SCENE.asked) == before, "nothing was asked for"


def test_objects_without_a_place_keep_their_number(capsys: pytest.CaptureFixture[str]) -> None:
    masks = SAM.segment_video_by_box([None, BOX, UNSEEN], labels=["a", "b", "c"], prompt_frame_idx=10)
    assert (masks.labels, masks.prompts, masks.found) == (["a", "b", "c"], [0, 1, 2], [False, True, False])
    assert capsys.readouterr().out.count("no box for") == 2
    masks = SAM.segment_video_by_points({"a": UNSEEN, "b": [SPOT, SPOT]}, prompt_frame_idx=10)
    assert (masks.labels, masks.found) == (["a", "b"], [False, True])


def test_text_finds_every_instance_and_nothing_found_is_a_true_line(capsys: pytest.CaptureFixture[str]) -> None:
    masks = SAM.segment_image_by_text(IMAGES[1], "box", label="crate")
    assert (masks.frame_indices, masks.labels) == ([10], ["crate", "crate"])
    assert SAM.segment_image_by_text(IMAGES[1], {"seat": ["red box", "blue box"]}).labels == ["seat", "seat"]
    capsys.readouterr()
    masks = SAM.segment_image_by_text(image=IMAGES[0], prompt="door", confidence_threshold=0.5)
    assert (masks.num_objects, masks.found, bool(masks)) == (1, [False], False)
    assert capsys.readouterr().out == "[note] SAM3 found no 'door' with score >= 0.5 in frame 0; object 0 is empty\n"
    SAM.segment_image_by_box(IMAGES[0], [1, 1, 9, 9], label="lamp")
    assert "nothing in the box of 'lamp'" in capsys.readouterr().out


def test_several_images_are_one_result_and_one_request() -> None:
    masks = SAM.segment_image_by_text([IMAGES[2], IMAGES[0], IMAGES[2]], "box")
    assert (masks.frame_indices, SCENE.asked[-1]) == ([0, 20], wire.SegmentText(1, (0, 20), ("box",), 0.3))
    SAM.segment_image_by_box([IMAGES[1], IMAGES[0]], BOX)
    assert (SCENE.asked[-1].frames, SCENE.asked[-1].prompt_frame) == ((0, 10), 10)  # type: ignore[union-attr]


def test_text_in_a_crop_leaves_out_what_lies_mostly_outside(capsys: pytest.CaptureFixture[str]) -> None:
    masks = SAM.segment_image_by_text(CROP, ["red box", "box"])
    assert (masks.labels, masks.prompts, masks.found) == (["red box", "box"], [0, 1], [False, True])
    assert np.array_equal(masks[10][1], BLUE)
    said = capsys.readouterr().out
    assert "the masks are of the whole frame 10, 160x120; what lies mostly outside the crop is left out" in said
    assert "SAM3 found no 'red box'" in said
    within = IMAGES[1].crop((round(SPOT[0]) - 4, round(SPOT[1]) - 4, round(SPOT[0]) + 4, round(SPOT[1]) + 4))
    assert np.array_equal(SAM.segment_image_by_text(within, "box").get_mask(), BLUE), "it fills the crop"
    assert SAM.segment_image_by_text([within, IMAGES[1]], "box").num_objects == 2, "the whole frame was given too"


def test_images_of_no_frame_and_of_several_videos_are_refused() -> None:
    plain = IMAGES[0].rotate(3)
    for foreign in (plain, VisualFeedback(plain, frame_index=0), np.asarray(IMAGES[0]), None, "frame 3"):
        with pytest.raises(ToolError, match=r"belongs to no frame.*\n.*\n  type: tools.SAM3.segment_image_by_box\(Inp"):
            SAM.segment_image_by_box(foreign, BOX)  # type: ignore[arg-type]
    scene = Scene(videos=2)
    videos = [scene.inputs(1), scene.inputs(2)]
    sam = SAM3(scene, videos, 100)
    with pytest.raises(FrameError, match=r"videos 1, 2.*\n.*one video.*\n.*InputImages_1.*; .*InputImages_2"):
        sam.segment_image_by_text([videos[0][0], videos[1][0]], "box")
    assert sam.segment_image_by_text(videos[1][0], "box").video == 2
    assert sam.segment_video_by_text(videos[1][:2], "box").video == 2
    assert sam.segment_video_by_box(BOX, prompt_frame_idx=videos[1][1]).video == 2
    assert sam.segment_video_by_text("box", video_index=videos[1]).video == 2  # type: ignore[arg-type]
    with pytest.raises(ToolError, match=r"(?s)video_index=3.*number from 1 to 2"):
        sam.segment_video_by_text("box", video_index=3)
    with pytest.raises(ToolError, match="got no image"):
        SAM.segment_image_by_text([], "box")


def test_an_answer_about_another_frame_is_refused() -> None:
    with pytest.raises(FrameError, match=r"got frame 0, and an answer of vlm.locate about frame 10"):
        SAM.segment_image_by_box(IMAGES[0], AS_BOX)
    with pytest.raises(FrameError, match=r"(?s)prompt_frame_idx=10, which is not in the window.*frames 0\n.*idx=0"):
        SAM.segment_video_by_box(AS_BOX, frame_indices=[0])
    with pytest.raises(FrameError, match=r"frame 20, and an answer of vlm.locate about frame 10"):
        SAM.segment_video_by_points(AS_POINT, prompt_frame_idx=20)
    drawing = located("1 1 900 900", Image.new("RGB", (30, 30)))
    with pytest.raises(ToolError, match="picture of 30x30, which is no frame"):
        SAM.segment_image_by_box(IMAGES[0], drawing)


def test_photos_of_several_sizes_are_segmented_together() -> None:
    photos = InputImages(SCENE, 1, SCENE.video(photos=True))
    assert SAM3(SCENE, [photos], 100).segment_video_by_text("box").num_frames == 3
    mixed = InputImages(SCENE, 1, wire.Video((0, 10), ((160, 120), (120, 160)), None, None, False))
    empty = SAM3(SCENE, [mixed], 100).segment_video_by_box(None)
    assert [empty[frame].shape for frame in (0, 10)] == [(1, 120, 160), (1, 160, 120)]


def test_existence_per_image() -> None:
    found = SAM.is_object_exist([IMAGES[1], IMAGES[0], IMAGES[1]], "box")
    assert (found["exists"], found["counts"]) == ([True] * 3, [2] * 3)
    assert SAM.is_object_exist(images=IMAGES, object_name="door") == {
        "exists": [False] * 3,
        "counts": [0] * 3,
        "summary": "'door' is in 0 of 3 images",
    }
    red = IMAGES[1].crop((0, 0, LEFT, 120))
    part = SAM.is_object_exist([red, IMAGES[1], CROP], "blue box")
    assert (part["exists"], part["counts"]) == ([False, True, True], [0, 1, 1])
    assert part["summary"].endswith("frames 10, 10; at most 1 in one image, 1 on average where found")
    small = Scene()
    several = SAM3(small, [small.inputs()], 2).is_object_exist(small.inputs(), ["red", "door"])
    assert {name: one["counts"] for name, one in several.items()} == {"red": [1, 1, 1], "door": [0, 0, 0]}
    assert [request.prompts for request in small.asked] == [("red", "door")] * 2  # type: ignore[union-attr]


def test_existence_never_takes_an_error_for_absence() -> None:
    class Down(Scene):
        def ask(self, request: wire.Request) -> Any:
            raise ToolError("the service is down")

    down = Down()
    with pytest.raises(ToolError, match="the service is down"):
        SAM3(down, [down.inputs()], 2).is_object_exist(down.inputs(), "box")
    with pytest.raises(ToolError, match="got no image"):
        SAM.is_object_exist([], "box")


def test_without_a_backend_it_says_so() -> None:
    blind = SAM3(SCENE, [IMAGES], 100, eyes=False)
    for call in (
        lambda: blind.segment_image_by_text(IMAGES[0], "box"),
        lambda: blind.segment_video_by_box(BOX),
        lambda: blind.is_object_exist(IMAGES, "box"),
    ):
        with pytest.raises(ToolError, match=r"(?s)perception has nothing.*type: vlm.locate"):
            call()


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("segment_image", "image_by_text"),
        ("segment_video", "video_by_text"),
        ("track_box", "video_by_box"),
        ("segment_by_points", "image_by_points"),
        ("detect", "image_by_text"),
    ],
)
def test_a_method_that_is_not_there_names_the_one_that_is(name: str, meant: str) -> None:
    with pytest.raises(
        AttributeError, match=rf"no tools.SAM3.{name}\n  expected: .*\n  type: tools.SAM3.segment_{meant}"
    ):
        getattr(SAM, name)
