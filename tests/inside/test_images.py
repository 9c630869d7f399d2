import copy

import numpy as np
import pytest
from PIL import Image, ImageDraw

from spatial_agent import wire
from spatial_agent.errors import FrameError, ToolError
from spatial_agent.inside.images import FrameImage, InputImages, whole_frames
from spatial_agent.inside.references import ReferenceImages
from tests.inside.scene import SIZE, Scene


def test_nothing_is_loaded_until_pixels_are_needed() -> None:
    scene = Scene()
    images = scene.inputs()
    frame = images[1]
    assert (frame.size, frame.width, frame.shape, frame.frame_index) == (SIZE, 160, (120, 160, 3), 10)
    assert (repr(frame), images.frame_indices, scene.asked) == ("FrameImage(frame 10, 160x120)", [0, 10, 20], [])
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
    assert images[0].convert("L").mode == "L"
    assert images[0].image.getpixel((3, 4)) == images[0].getpixel((3, 4))
    assert copy.deepcopy(images[0]).frame_index == 0
    Image.new("RGB", (300, 300)).paste(images[0], (0, 0))
    Image.blend(images[0], images[1], 0.5)


def test_a_crop_keeps_its_frame_and_offset() -> None:
    scene = Scene()
    part = scene.inputs().by_frame(20).crop((40, 30, 100, 90))
    assert (part.frame_index, part.offset, part.size, part.whole) == (20, (40, 30), (60, 60), False)
    assert np.array_equal(np.asarray(part), scene.trace(20)[2][30:90, 40:100])
    again = part.crop(np.array([10.0, 5.0, 30.0, 25.0]))
    assert again.offset == (50, 35)
    assert again.to_frame(0, 0) == (50, 35)
    bigger = again.resize((40, 40))
    assert bigger.to_frame(0.5, 0.5) == pytest.approx((50, 35))
    assert "crop x 50..69" in bigger.description
    assert not images_equal(part, scene.inputs().by_frame(20))


def images_equal(a: FrameImage, b: FrameImage) -> bool:
    return a == b or hash(a) == hash(b)


def test_frames_are_equal_by_identity_without_a_fetch() -> None:
    scene = Scene()
    images = scene.inputs()
    assert images[0] == images[0]
    assert images[0] in images
    assert len({*images, *images}) == 3
    assert scene.asked == []


def test_a_bad_crop_says_what_a_box_is() -> None:
    with pytest.raises(ToolError, match="x0 < x1"):
        Scene().inputs()[0].crop((50, 0, 20, 30))


def test_positions_slices_lists_and_frame_numbers() -> None:
    images = Scene().inputs()
    assert images[np.int64(-1)].frame_index == 20
    assert images[::2].frame_indices == [0, 20]
    assert images[[2, 0]].frame_indices == [20, 0]
    assert images[np.array([True, False, True])].frame_indices == [0, 20]
    assert [image.frame_index for image in images] == [0, 10, 20]
    assert (images[:1] + images[2:]).frame_indices == [0, 20]  # type: ignore[union-attr]
    before: list[object] = ["first"]
    assert len(before + images) == len(images + before) == 4  # type: ignore[operator]


def test_lookups_that_fail_name_what_there_is() -> None:
    images = Scene().inputs()
    with pytest.raises(IndexError, match=r"by_frame\(10\)"):
        images[10]
    with pytest.raises(FrameError, match=r"frames are 0, 10, 20; the nearest is .by_frame\(10\)"):
        images.by_frame(7)
    with pytest.raises(TypeError, match="no list position"):
        images["first"]  # type: ignore[call-overload]


def test_captions_name_the_video_where_there_are_several() -> None:
    scene = Scene(videos=2)
    assert scene.inputs(2)[1].description == "video 2, frame 10"
    joined = scene.inputs(1) + scene.inputs(2)
    assert isinstance(joined, InputImages)
    with pytest.raises(FrameError, match="several videos"):
        joined.by_frame(10)


def test_whole_frames_refuses_what_belongs_to_no_frame() -> None:
    images = Scene().inputs()
    assert len(whole_frames([images, (images[0],)], "call")) == 4
    with pytest.raises(ToolError, match=r"call\(InputImages.by_frame\(0\)"):
        whole_frames([images[0].crop((0, 0, 9, 9))], "call")
    for foreign in (Image.new("RGB", (4, 4)), np.zeros((4, 4)), 3, "a.png", [None]):
        with pytest.raises(ToolError, match=r"type call\(InputImages\[0\]"):
            whole_frames(foreign, "call")


def test_reference_images_are_pictures_of_no_frame() -> None:
    references = ReferenceImages(Scene(), 2)
    assert len(references) == 2
    assert references[1].description == "reference image 2"
    assert references[-1].size == (30, 20)
    assert [image.getpixel((0, 0))[0] for image in references] == [0, 40]
    assert len(references[:1]) == 1
    with pytest.raises(ToolError):
        whole_frames(references[0], "call")
