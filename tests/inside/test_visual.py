import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure
from PIL import Image

from spatial_agent.errors import ToolError
from spatial_agent.inside.tools.sam3 import SAM3
from spatial_agent.inside.visual import VisualFeedback, as_pil, label_of
from tests.inside.scene import Scene


@pytest.mark.parametrize(
    "mode", ["1", "L", "P", "RGB", "RGBA", "LA", "CMYK", "I", "F", "I;16", "I;16B", "HSV", "PA", "YCbCr"]
)
def test_every_pil_mode_becomes_rgb(mode: str) -> None:
    assert as_pil(Image.new(mode, (7, 5))).mode == "RGB"


@given(st.sampled_from(["bool", "uint8", "float32", "int64"]), st.sampled_from([(), (1,), (3,), (4,)]))
def test_every_array_becomes_rgb(dtype: str, channels: tuple[int, ...]) -> None:
    picture = as_pil(np.ones((5, 7, *channels), dtype=dtype))
    assert (picture.mode, picture.size) == ("RGB", (7, 5))


def test_values_are_read_as_they_are_meant() -> None:
    def pixel(array: object) -> int:
        return int(np.asarray(as_pil(np.array(array)))[0, 0, 0])

    assert pixel([[True, False]]) == 255
    assert pixel([[0.5, 1.0]]) == 128
    assert pixel([[[100.0, 0, 255]]]) == 100
    assert pixel([[2.0, 4.0]]) == 0
    assert pixel([[np.nan, 1.0]]) == 0
    assert np.asarray(as_pil(np.array([[[9, 9, 9, 0]]], dtype=np.uint8)))[0, 0].tolist() == [255, 255, 255]


def test_frames_feedback_and_figures_are_images() -> None:
    frame = Scene().inputs()[0]
    feedback = VisualFeedback(frame.image, "one\ntwo", 0)
    assert as_pil(frame).size == as_pil(feedback).size == feedback.size == (160, 120)
    assert np.asarray(feedback).shape == feedback.shape == (120, 160, 3)
    assert (label_of(frame), label_of(feedback), label_of(3)) == ("frame 0", "one", "")
    figure = Figure()
    axes = figure.add_subplot()
    assert as_pil(figure).mode == as_pil(axes).mode == "RGB"
    axes.set_title("a plot")
    assert label_of(figure) == label_of(axes) == "a plot"


def test_what_is_no_image_is_named_with_the_way_to_show_it() -> None:
    scene = Scene()
    masks = SAM3(scene, [scene.inputs()], 10).segment_image_by_text(scene.inputs()[0], "box")
    for value in (3, "chair", object(), {}):
        with pytest.raises(ToolError, match=r"is no image\n  expected: a FrameImage.*\n  type: show"):
            as_pil(value)
    with pytest.raises(ToolError, match=r"\n  type: show\(seg.visualize\(frame\)\)"):
        as_pil(masks)
    with pytest.raises(ToolError, match=r"shape \(2, 9, 9\)"):
        as_pil(np.zeros((2, 9, 9), dtype=bool))
