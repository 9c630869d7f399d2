from dataclasses import dataclass

import numpy as np
import pytest
from PIL import Image

from spatial_agent.errors import FrameError, ToolError
from spatial_agent.inside.images import FrameImage, SeveralInputs, frames_in
from spatial_agent.inside.references import ReferenceImages
from tests.inside.scene import Scene

IMAGES = Scene().inputs()


@dataclass
class View:
    """Anything with the image of a frame, as recon[f] has."""

    image: FrameImage


def test_the_frames_in_what_a_cell_passes() -> None:
    crop = IMAGES[0].crop((0, 0, 9, 9))
    assert len(frames_in([IMAGES, (IMAGES[0],)], "call")) == 4
    assert frames_in([crop, [IMAGES[1]]], "call") == [crop, IMAGES[1]]
    assert frames_in({"before": IMAGES[0], "after": IMAGES[2]}, "call") == [IMAGES[0], IMAGES[2]]
    assert frames_in((image for image in IMAGES), "call") == IMAGES
    assert frames_in([View(IMAGES[1])], "call") == [IMAGES[1]]


def test_frame_numbers_are_read_as_absolute_and_it_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    for number in (10, np.int64(10), 10.0, IMAGES.frame_indices.index(10)):
        assert frames_in(number, "call", [IMAGES]) == [IMAGES[1]]
        assert capsys.readouterr().out.endswith("absolute frame numbers: 10\n")
    assert frames_in(np.array([0, 20]), "call", [IMAGES]) == [IMAGES[0], IMAGES[2]]
    with pytest.raises(FrameError, match=r"(?s)no frame 1\n.*type: InputImages.by_frame\(0\)"):
        frames_in(1, "call", [IMAGES])
    both = Scene(videos=2)
    with pytest.raises(FrameError, match=r"(?s)2 videos have a frame 10.*InputImages_1.by_frame\(10\)"):
        frames_in(10, "call", [both.inputs(1), both.inputs(2)])


def test_what_belongs_to_no_frame_is_refused() -> None:
    foreign = (Image.new("RGB", (4, 4)), np.zeros((4, 4)), 3, "a.png", [None], True, IMAGES[0].rotate(5))
    for thing in foreign:
        with pytest.raises(ToolError, match=r"belongs to no frame.*\n.*\n  type: call\(InputImages\[0\]"):
            frames_in(thing, "call")


def test_several_videos_are_not_mixed_up() -> None:
    several = SeveralInputs(2)
    for use in (
        lambda: several[0],
        lambda: several[0:4],
        lambda: len(several),
        lambda: list(several),
        lambda: several.by_frame(10),
        lambda: several.frame_indices,
        lambda: frames_in(several, "call"),
    ):
        with pytest.raises(
            FrameError, match=r"(?s)there are 2 videos.*one of InputImages_1, InputImages_2\n  type: .*InputImages_1"
        ):
            use()
    assert "InputImages_2" in repr(several)


def test_reference_images_are_pictures_of_no_frame() -> None:
    references = ReferenceImages(Scene(), 2)
    assert len(references) == 2
    assert references[1].description == "reference image 2"
    assert references[-1].size == (30, 20)
    assert [image.getpixel((0, 0))[0] for image in references] == [0, 40]
    assert len(references[:1]) == 1
    with pytest.raises(ToolError):
        frames_in(references[0], "call")


def test_reference_images_and_frames_make_one_list() -> None:
    references, inputs = ReferenceImages(Scene(), 2), Scene().inputs()
    assert len(references + list(inputs)) == len(references + inputs) == len(inputs + references) == 5
    assert len(list(inputs) + references) == 5
    assert (inputs[:1] + references)[1].description == "reference image 1"
