from typing import Any

import numpy as np
import pytest

from spatial_agent.errors import FrameError, ToolError
from spatial_agent.inside.framed import FrameList
from spatial_agent.inside.input_images import InputImages
from tests.inside.scene import Scene

IMAGES = Scene().inputs()
POSITION = FrameList([10, 20]).index(20)
"""Position 1 of another list, where frame 20 stands."""


def test_frames_are_equal_by_identity_without_a_fetch() -> None:
    scene = Scene()
    images = scene.inputs()
    assert images[0] == images[0]
    assert images[0] in images
    assert images[0].crop((0, 0, 9, 9)) not in images
    assert len({*images, *images}) == 3
    assert images[:2] == images[[0, 1]] == [images[0], images[1]]
    assert images[:2] != images[1:]
    assert images[:2] != "frames"
    assert len({images[:2], images[[0, 1]], images}) == 2
    assert [type(request).__name__ for request in scene.asked] == ["GetFrame"], "only the crop was fetched"


@pytest.mark.parametrize(
    ("key", "frames"),
    [
        (np.int64(-1), 20),
        (1.0, 10),
        (np.array(2), 20),
        (np.float32(1), 10),
        (IMAGES[2], 20),
        (slice(None, None, 2), [0, 20]),
        (slice(0.0, 2.0), [0, 10]),
        (slice(POSITION, None), [20]),
        ([2, 0], [20, 0]),
        ((0, -1), [0, 20]),
        (range(2), [0, 10]),
        (np.array([2, 1]), [20, 10]),
        (np.array([0.0, 2.0]), [0, 20]),
        (np.array([True, False, True]), [0, 20]),
        ([False, True, False], [10]),
        (np.array([], dtype=int), []),
        ((k for k in (0, 1)), [0, 10]),
    ],
)
def test_positions_slices_and_lists(key: Any, frames: int | list[int]) -> None:
    chosen = IMAGES[key]
    assert (chosen.frame_indices if isinstance(frames, list) else chosen.frame_index) == frames


def test_a_position_of_another_list_means_its_frame_and_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert (int(POSITION), IMAGES[POSITION].frame_index) == (1, 20)
    said = capsys.readouterr().out
    assert "for frame 20; here frame 20 is at position 2, and that is taken" in said
    assert [image.frame_index for image in IMAGES[[POSITION, 0]]] == [20, 0]
    capsys.readouterr()
    assert IMAGES[IMAGES.frame_indices.index(10)].frame_index == 10
    assert capsys.readouterr().out == "", "the same position needs no word"
    with pytest.raises(FrameError, match=r"InputImages has no frame 5"):
        IMAGES[FrameList([0, 5]).index(5)]


def test_an_image_of_a_slice_knows_its_position_in_the_whole() -> None:
    last = IMAGES[1:][1]
    assert last.position is not None
    assert (last.position, IMAGES[last.position].frame_index) == (2, 20)
    assert IMAGES[1:][last.position].frame_index == 20, "it is looked up as frame 20 in a slice too"
    assert IMAGES[1:].index(last) == 1
    assert (IMAGES.index(20), IMAGES.index(last.crop((0, 0, 5, 5)))) == (2, 2)
    assert (10 in IMAGES, 10.0 in IMAGES, 11 in IMAGES, "10" in IMAGES) == (True, True, False, False)
    with pytest.raises(ValueError, match="position 0, outside 1"):
        IMAGES.index(IMAGES[0], 1)


@pytest.mark.parametrize("key", [10, IMAGES[1], IMAGES.frame_indices.index(10), 10.0, np.int64(10)])
def test_by_frame_takes_every_way_to_name_a_frame(key: Any) -> None:
    assert IMAGES.by_frame(key).frame_index == 10


def test_lists_are_joined() -> None:
    assert (IMAGES[:1] + IMAGES[2:]).frame_indices == [0, 20]  # type: ignore[union-attr]
    before: list[object] = ["first"]
    assert len(before + IMAGES) == len(IMAGES + before) == 4


def test_lookups_that_fail_name_what_there_is() -> None:
    with pytest.raises(IndexError) as problem:
        IMAGES[10]
    assert str(problem.value).splitlines() == [
        "InputImages[10]: there are 3 images here, at list positions 0 to 2",
        "  expected: a list position, or by_frame with one of the absolute frames 0, 10, 20",
        "  type: InputImages.by_frame(10)",
    ]
    with pytest.raises(ToolError, match=r"type: InputImages.by_frame\(0\)  # the nearest"):
        IMAGES[-4]
    with pytest.raises(IndexError, match="empty"):
        IMAGES[:0][0]
    with pytest.raises(FrameError, match=r"absolute frames 0, 10, 20\n  type: InputImages.by_frame\(10\)"):
        IMAGES.by_frame(7)
    for key in ("first", None, 1.5, True, [0, "first"], slice("a", None)):
        with pytest.raises(TypeError, match=r"no list position.*\n.*\n  type: InputImages\[0\]"):
            IMAGES[key]  # type: ignore[index]
    with pytest.raises(IndexError, match=r"(?s)2 flags for 3 images.*type: InputImages\["):
        IMAGES[np.array([True, False])]


def test_captions_name_the_video_where_there_are_several() -> None:
    scene = Scene(videos=2)
    assert scene.inputs(2)[1].description == "video 2, frame 10"
    assert repr(scene.inputs(2)).startswith("InputImages_2(3 images")
    joined = scene.inputs(1) + scene.inputs(2)
    assert isinstance(joined, InputImages)
    with pytest.raises(FrameError, match=r"(?s)several videos.*type: InputImages_1.by_frame\(10\)"):
        joined.by_frame(10)
    other = scene.inputs(2)[1]
    assert (other in joined, other in scene.inputs(1), joined.index(other)) == (True, False, 4)
    with pytest.raises(FrameError, match="no frame 10 of video 2"):
        scene.inputs(1).index(other)
