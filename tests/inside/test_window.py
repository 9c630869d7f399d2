from typing import Any

import numpy as np
import pytest

from spatial_agent.errors import FrameError
from spatial_agent.inside.tools.sam3 import SAM3
from spatial_agent.inside.tools.window import images_of_window, prompt_image, window_of
from tests.inside.scene import Scene

SCENE = Scene(frames=tuple(range(20, 130, 10)))
IMAGES = SCENE.inputs()
LAST = 120


def frames(start: object = None, end: object = None, picked: object = None) -> list[int]:
    return [image.frame_index for image in images_of_window(IMAGES, start, end, picked, "call")]


@pytest.mark.parametrize(
    ("start", "end", "picked", "expected"),
    [
        (30, 50, None, [30, 40]),
        (np.int64(25), 50.0, None, [30, 40]),
        (IMAGES[9], None, None, [110, 120]),
        (None, None, [120, 20], [120, 20]),
        (None, None, range(20, 61, 20), [20, 40, 60]),
        (None, None, np.array([[20, 30]]), [20, 30]),
        (None, None, IMAGES[2:4], [40, 50]),
        (None, None, [IMAGES[1], 20], [30, 20]),
        (None, None, 30, [30]),
        (None, None, {30}, [30]),
        (None, None, IMAGES[1], [30]),
        (40, 60, IMAGES, [40, 50]),
        (None, None, [IMAGES.frame_indices.index(40)], [40]),
    ],
)
def test_a_window_is_absolute_with_its_end_excluded(start: Any, end: Any, picked: Any, expected: list[int]) -> None:
    assert frames(start, end, picked) == expected


def test_what_is_beyond_the_video_is_cut_and_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert frames(end=LAST + 1)[-1] == LAST
    assert frames(start=0)[0] == 20
    assert capsys.readouterr().out == "", "up to the last frame is not beyond it"
    assert frames(-5, 1000) == IMAGES.frame_indices
    said = capsys.readouterr().out
    assert "start_frame=-5 is before the first frame; the window begins at frame 20" in said
    assert "end_frame=1000 is after the last frame; the window ends with frame 120" in said


def test_numbers_below_0_are_counted_from_the_end(capsys: pytest.CaptureFixture[str]) -> None:
    assert frames(-3) == IMAGES.frame_indices[-3:]
    assert frames(-3, -1) == IMAGES.frame_indices[-3:-1]
    assert frames(end=-1) == IMAGES.frame_indices[:-1]
    assert "frame -1 is counted from the end of the video: frame 120" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("start", "end", "picked", "why"),
    [
        (
            31,
            39,
            None,
            r"window 31 <= frame < 39.*\n.*frames 20, .*\n  type: call\(..., start_frame=20, end_frame=121\)",
        ),
        (60, 30, None, "no frame"),
        (500, None, None, "no frame"),
        (
            None,
            None,
            [7, 20, 64],
            r"frame_indices 7, 64.*\n.*frames 20, .*\n  type: call\(..., frame_indices=\[20, 60\]\)",
        ),
        (20, 40, [50], "frame_indices 50"),
        (None, None, [], "no frame in frame_indices"),
        (20, 40, IMAGES[5:], "no frame in frame_indices"),
    ],
)
def test_a_window_without_a_frame_names_what_there_is(start: Any, end: Any, picked: Any, why: str) -> None:
    with pytest.raises(FrameError, match=why):
        frames(start, end, picked)


def test_the_prompt_frame_is_absolute_or_told_apart_by_range(capsys: pytest.CaptureFixture[str]) -> None:
    assert prompt_image(IMAGES, None, "call") == IMAGES[0]
    assert prompt_image(IMAGES, 20, "call").frame_index == 20
    assert capsys.readouterr().out == ""
    assert prompt_image(IMAGES[3:], 2, "call").frame_index == 70
    assert "is read as its list position: boxes and points are taken as pixels of frame 70" in capsys.readouterr().out
    crop = IMAGES[1].crop((0, 0, 50, 50))
    assert prompt_image(IMAGES, crop, "call") == crop
    for wanted in (64, -1, Scene().inputs()[1]):
        with pytest.raises(
            FrameError, match=r"(?s)not in the window.*absolute frames 20, .*type: call\(..., prompt_frame_idx=[26]0\)"
        ):
            prompt_image(IMAGES, wanted, "call")


def test_a_long_window_is_thinned_and_keeps_the_prompt_frame(capsys: pytest.CaptureFixture[str]) -> None:
    sam = SAM3(SCENE, [IMAGES], 3)
    assert sam.segment_video_by_text("box").frame_indices == [20, 70, 120]
    assert "11 frames and at most 3 are taken" in capsys.readouterr().out
    assert sam.segment_video_by_points([[80, 60]], prompt_frame_idx=60).frame_indices == [20, 60, 120]
    assert sam.segment_image_by_text(IMAGES, "box").frame_indices == [20, 70, 120]


def test_crops_of_a_frame_are_parts_unless_the_frame_is_there_too() -> None:
    left, right = IMAGES[0].crop((0, 0, 50, 120)), IMAGES[0].crop((90, 0, 160, 120))
    window = window_of([IMAGES[1], left, right], None, 9, "call")
    assert (window.frames, window.prompt.frame_index) == ((20, 30), 30)
    assert window.regions == {20: (left.region, right.region)}
    assert window_of([left, IMAGES[0].resize((80, 60))], None, 9, "call").regions == {}
