import copy
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps

from spatial_agent import wire
from spatial_agent.errors import ToolError
from spatial_agent.inside.frame_image import FrameImage
from tests.inside.scene import SIZE, Scene


def test_nothing_is_loaded_until_pixels_are_needed() -> None:
    scene = Scene()
    frame = scene.inputs()[1]
    assert (frame.size, frame.width, frame.shape, frame.frame_index) == (SIZE, 160, (120, 160, 3), 10)
    assert (repr(frame), frame.position, scene.asked) == ("FrameImage(frame 10, 160x120)", 1, [])
    assert np.array_equal(np.asarray(frame), scene.trace(10)[2])
    assert np.asarray(frame).shape == frame.shape
    assert scene.asked == [wire.GetFrame(1, 10)]


def test_it_is_a_pil_image_to_draw_on_and_the_frame_stays_clean() -> None:
    images = Scene().inputs()
    assert isinstance(images[0], Image.Image)
    canvas = images[0].copy()
    ImageDraw.Draw(canvas).rectangle((0, 0, 159, 119), fill="red")
    assert np.asarray(canvas)[5, 5].tolist() == [255, 0, 0]
    assert np.asarray(images[0])[5, 5].tolist() != [255, 0, 0]
    assert images[0].image.getpixel((3, 4)) == images[0].getpixel((3, 4))
    assert copy.deepcopy(images[0]).frame_index == 0
    Image.new("RGB", (300, 300)).paste(images[0], (0, 0))


def test_a_crop_keeps_its_frame_and_offset() -> None:
    scene = Scene()
    part = scene.inputs().by_frame(20).crop((40, 30, 100, 90))
    assert (part.frame_index, part.position, part.offset, part.size, part.whole) == (20, 2, (40, 30), (60, 60), False)
    assert np.array_equal(np.asarray(part), scene.trace(20)[2][30:90, 40:100])
    again = part.crop(np.array([10.0, 5.0, 30.0, 25.0]))
    assert (again.offset, again.scale) == ((50, 35), (1, 1))
    assert again.to_frame(0, 0) == (50, 35)
    bigger = again.resize((40, 60))
    assert (bigger.scale, bigger.to_frame(0.5, 1.0)) == ((2, 3), pytest.approx((50, 35)))
    assert "crop x 50..69" in bigger.description
    assert not images_equal(part, scene.inputs().by_frame(20))


def images_equal(a: FrameImage, b: FrameImage) -> bool:
    return a == b or hash(a) == hash(b)


PIXEL = st.floats(-50, 250)
SIDE = st.integers(1, 90)


@settings(max_examples=40)
@given(PIXEL, PIXEL, st.integers(0, 60), st.integers(0, 20), SIDE, SIDE, SIDE, SIDE)
def test_from_frame_undoes_to_frame(
    x: float, y: float, left: int, top: int, w: int, h: int, width: int, height: int
) -> None:
    part = FrameImage(Scene(), 1, 0, SIZE).crop((left, top, left + w, top + h)).resize((width, height))
    assert part.from_frame(*part.to_frame(x, y)) == pytest.approx((x, y), abs=1e-9)
    assert part.box_to_frame((0, 0, width, height)) == pytest.approx(part.region)
    corner = part.to_frame(-0.5, -0.5)
    assert part.box_to_frame((0, 0, 1, 1))[:2] == pytest.approx((corner[0] + 0.5, corner[1] + 0.5))


def test_what_leaves_pixels_in_place_keeps_the_frame_and_what_moves_them_is_a_plain_image() -> None:
    frame = Scene().inputs()[1]
    kept = [
        frame.convert("L"),
        frame.convert("L").convert("RGB"),
        frame.filter(ImageFilter.BLUR),
        frame.point(lambda value: value // 2),
        ImageOps.autocontrast(frame),
        ImageOps.invert(frame),
    ]
    for image in kept:
        assert isinstance(image, FrameImage)
        assert (image.frame_index, image.position, image.whole) == (10, 1, True)
    assert (kept[0].mode, kept[0].shape, np.asarray(kept[0]).shape) == ("L", (120, 160), (120, 160))
    assert kept[0] != frame
    assert kept[1] == frame
    other = Scene().inputs()[0]
    for image in (
        frame.rotate(20),
        frame.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
        ImageOps.mirror(frame),
        Image.blend(frame, other, 0.5),
        ImageEnhance.Brightness(frame).enhance(1.5),
        ImageOps.expand(frame, 5),
    ):
        assert not isinstance(image, FrameImage)


def test_a_resize_of_a_part_knows_which_part() -> None:
    frame = Scene().inputs()[0]
    fitted = ImageOps.fit(frame, (60, 60))
    assert isinstance(fitted, FrameImage)
    assert fitted.region == pytest.approx((20, 0, 140, 120))
    assert fitted.to_frame(-0.5, -0.5) == pytest.approx((19.5, -0.5))
    small = frame.copy()
    small.thumbnail((80, 80))
    assert (small.scale, small.whole, small.to_frame(0.0, 0.0)) == ((0.5, 0.5), False, (0.5, 0.5))


def test_a_bad_crop_says_what_a_box_is() -> None:
    for box in ((50, 0, 20, 30), (1, 2, 3), "left half", None):
        if box is None:
            assert Scene().inputs()[0].crop(box).whole
            continue
        with pytest.raises(ToolError, match=r"(?s)crop got the box .* x0 < x1 .*\n  type: \.crop\(\(0, 0, 80, 120\)\)"):
            Scene().inputs()[0].crop(box)  # type: ignore[arg-type]


@pytest.mark.parametrize("size", [0.5, None, (1, 2, 3), ["a", "b"], (np.inf, 3)])
def test_what_is_no_size_is_refused(size: Any) -> None:
    with pytest.raises(ToolError, match=r"resize got the size .*\n.*\n  type: .resize\(\(80, 60\)\)"):
        Scene().inputs()[0].resize(size)
