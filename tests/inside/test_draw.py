from typing import Any

import numpy as np
import pytest
from PIL import Image

from spatial_agent.errors import FrameError, ToolError
from spatial_agent.inside.framed import FrameArray, FrameId
from spatial_agent.inside.located import located
from spatial_agent.inside.tools.draw import Draw
from spatial_agent.inside.tools.sam3 import SAM3
from spatial_agent.inside.visual import VisualFeedback, label_of
from tests.inside.scene import Scene

BLANK = Image.new("RGB", (200, 150), "white")


def pixel(image: Image.Image, x: int, y: int) -> list[int]:
    return list(np.asarray(image)[y, x].tolist())


@pytest.mark.parametrize(
    "colour", ["red", "r", "#ff0000", (255, 0, 0), (255, 0, 0, 255), (1, 0, 0), [1.0, 0.0, 0.0], np.array([255, 0, 0])]
)
def test_colours_in_every_form(colour: Any) -> None:
    assert pixel(Draw.draw_point(BLANK, [50, 50], color=colour), 50, 50) == [255, 0, 0]
    assert pixel(Draw.draw_point(BLANK, [[50, 50], [9, 9]], colors=[colour, "blue"]), 9, 9) == [0, 0, 255]


def test_shapes_in_every_form() -> None:
    for box in ([20, 20, 80, 60], (20, 20, 80, 60), np.array([[20, 20, 80, 60]]), [80, 60, 20, 20]):
        assert pixel(Draw.draw_bbox(BLANK, box, "blue"), 20, 40) == [0, 0, 255]
    for line in ([0, 75, 199, 75], [[0, 75], [199, 75]], [(0, 75, 199, 75)]):
        assert pixel(Draw.draw_line(BLANK, line, thickness=np.int64(5)), 100, 76) != [255, 255, 255]
    assert pixel(BLANK, 20, 40) == [255, 255, 255]
    with pytest.raises(
        ToolError, match=r"draw_bbox got .1, 2, 3.\n  expected: .x0, y0, x1, y1. in pixels.*\n  type: tools.Draw"
    ):
        Draw.draw_bbox(BLANK, [1, 2, 3])
    with pytest.raises(ToolError, match=r"draw_point got 'here'\n"):
        Draw.draw_point(BLANK, "here")


def test_what_cannot_be_seen_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    boxes = np.array([[np.nan] * 4, [-20, 20, 80, 60], [300, 10, 350, 60]])
    drawn = Draw.draw_bbox(BLANK, boxes, "blue", labels=["a", "b", "c"])
    assert pixel(drawn, 80, 40) == [0, 0, 255]
    said = capsys.readouterr().out
    assert "1 of 3 are not known (None or NaN)" in said
    assert "[300, 10, 350, 60] is outside the 200x150 image" in said
    assert Draw.draw_bbox(BLANK, [None, [20, 20, 80, 60]], "blue") == Draw.draw_bbox(BLANK, [20, 20, 80, 60], "blue")
    assert "1 of 2 are not known" in capsys.readouterr().out
    for nothing in ([], None, np.zeros((0, 2))):
        assert Draw.draw_point(BLANK, nothing, ["red", "blue"], labels=["a", "b"]) == BLANK
        assert "nothing to draw" in capsys.readouterr().out
    assert Draw.draw_mask(BLANK, None) == Draw.draw_mask(BLANK, []) == BLANK
    assert capsys.readouterr().out.count("nothing to draw") == 2


def test_see_through_colours() -> None:
    assert pixel(Draw.draw_point(BLANK, [50, 50], color=(255, 0, 0, 128)), 50, 50) == [255, 127, 127]


def test_arrows_have_their_head_at_the_second_point() -> None:
    drawn = np.asarray(Draw.draw_arrow(BLANK, [20, 75, 180, 75], "red", thickness=3))
    widths = (drawn[:, :, 1] < 100).sum(axis=0)
    assert widths[30] == 3 and widths[168] > 5 and 0 < widths[178] < 5
    assert widths[:19].sum() == widths[182:].sum() == 0
    assert pixel(Draw.draw_arrow(BLANK, [[40, 40], [40, 40]], "red"), 40, 40) == [255, 0, 0]


def test_texts_stay_in_the_image() -> None:
    inside = np.asarray(Draw.draw_text(BLANK, "12 m", [40, 30], color="red"))
    ys, xs = np.nonzero((inside != 255).any(axis=2))
    assert xs.min() >= 40 and ys.min() >= 30 and xs.max() < 100
    pushed = np.asarray(Draw.draw_text(BLANK, ["12 m", "two\nlines"], [[190, 145], [-5, -5]], ["red", "blue"], size=20))
    assert ((pushed == [255, 0, 0]).all(axis=2)).sum() > 20
    assert ((pushed == [0, 0, 255]).all(axis=2)).sum() > 20
    assert Draw.draw_text(BLANK, 1.58, [40, 30]) == Draw.draw_text(BLANK, ["1.58"], [[40, 30]])  # type: ignore[arg-type]
    with pytest.raises(ToolError, match="2 labels for 1 shapes"):
        Draw.draw_text(BLANK, ["a", "b"], [3, 3])


def test_masks_are_tinted_and_outlined() -> None:
    mask = np.zeros((150, 200), dtype=bool)
    mask[40:100, 50:150] = True
    for form in (mask, mask.astype(np.float32), mask.astype(np.uint8) * 255, mask.tolist(), mask[None], [mask]):
        drawn = Draw.draw_mask(BLANK, form, color="blue")
        assert pixel(drawn, 60, 50) == [140, 140, 255]
        assert pixel(drawn, 50, 70) == [0, 0, 255]
        assert pixel(drawn, 10, 10) == [255, 255, 255]
    labelled = Draw.draw_mask(BLANK, [mask, ~mask], ["blue", "red"], labels=["in", "out"])
    assert pixel(labelled, 10, 10)[0] == 255 and pixel(labelled, 60, 50)[2] == 255
    with pytest.raises(ToolError, match=r"mask of \(10, 10\) and an image of \(150, 200\)"):
        Draw.draw_mask(BLANK, np.ones((10, 10)))


def test_masks_go_with_images_of_their_frame() -> None:
    scene = Scene()
    images = scene.inputs()
    masks = SAM3(scene, [images], 9).segment_video_by_text("red box")
    drawn, plain = Draw.draw_mask(images[1], masks), Draw.draw_mask(images[1], masks.get_mask(10, 0), labels="red box")
    assert np.array_equal(drawn, plain)
    assert label_of(drawn) == "frame 10"
    with pytest.raises(FrameError, match=r"image of no frame and masks of 0, 10, 20"):
        Draw.draw_mask(Image.new("RGB", images[1].size), masks)
    other = FrameArray.of(np.ones((120, 160), dtype=bool), FrameId(1, 20))
    with pytest.raises(FrameError, match=r"image of frame 10 and masks of 20"):
        Draw.draw_mask(images[1], other)


def test_any_image_and_a_frame_keeps_its_name() -> None:
    frame = Scene().inputs()[1]
    drawn = Draw.draw_bbox(frame, [5, 5, 40, 40], labels=["chair"])
    assert label_of(drawn) == "frame 10"
    for image in (VisualFeedback(BLANK), np.zeros((50, 60)), np.zeros((50, 60, 4), dtype=np.uint8), drawn):
        assert Draw.draw_point(image, [3, 3]).mode == "RGB"
    twice = Draw.draw_text(Draw.draw_line(VisualFeedback(BLANK, "masks in frame 7", 7), [0, 0, 9, 9]), "a", [3, 3])
    assert (label_of(twice), twice.frame_index) == ("masks in frame 7", 7)  # type: ignore[attr-defined]


@pytest.mark.parametrize("colour", [5, None, (np.nan, 0, 0), (300, 0, 0), "reddish"])
def test_what_is_no_colour_is_refused(colour: Any) -> None:
    with pytest.raises(ToolError, match=r"draw_point got the colour .*\n  expected: a name"):
        Draw.draw_point(BLANK, [[50, 50], [9, 9]], colors=["red", colour])


@pytest.mark.parametrize("size", [0, -1, np.nan, np.inf, 10**400, "thin", [1, 2]])
def test_what_is_no_size_is_refused(size: Any) -> None:
    for name, draw in (("thickness", Draw.draw_bbox), ("thickness", Draw.draw_line), ("thickness", Draw.draw_arrow)):
        with pytest.raises(ToolError, match=rf"^draw_\w+ got {name}=.*\n  expected: a number of pixels, above 0"):
            draw(BLANK, [1, 2, 30, 40], thickness=size)
    with pytest.raises(ToolError, match="draw_point got radius="):
        Draw.draw_point(BLANK, [1, 2], radius=size)
    with pytest.raises(ToolError, match="draw_text got size="):
        Draw.draw_text(BLANK, "a", [1, 2], size=size)


def test_an_answer_of_locate_is_told_where_its_pixels_are() -> None:
    answer = located("120 300 480 700", [BLANK], ["it"])
    with pytest.raises(ToolError, match=r"\n  type: tools.Draw.draw_bbox\(image, answer.boxes\)$"):
        Draw.draw_bbox(BLANK, answer)
    with pytest.raises(ToolError, match=r"\n  type: tools.Draw.draw_point\(image, answer.points or answer.point\)$"):
        Draw.draw_point(BLANK, answer)
    assert Draw.draw_point(BLANK, answer.points or answer.point) != Draw.draw_bbox(BLANK, answer.boxes) != BLANK


def test_masks_of_several_sizes_are_refused_by_their_size() -> None:
    with pytest.raises(ToolError, match=r"a mask of \(40, 60\) and an image of \(150, 200\)"):
        Draw.draw_mask(BLANK, [np.ones((150, 200)), np.ones((40, 60))])
    with pytest.raises(ToolError, match="draw_mask got an array of shape"):
        Draw.draw_mask(BLANK, [[1, 0], [1]])


def test_a_way_of_many_points_is_no_list_of_lines() -> None:
    with pytest.raises(ToolError, match=r"draw_line got \[\[1, 1\].*\n  expected: \[x0, y0, x1, y1\]"):
        Draw.draw_line(BLANK, [[1, 1], [50, 50], [60, 10], [90, 90]])
    ways = [[[1, 1], [50, 50]], [[60, 10], [90, 90]]]
    assert Draw.draw_line(BLANK, ways) == Draw.draw_line(BLANK, [[1, 1, 50, 50], [60, 10, 90, 90]])


def test_labels_and_colours_go_one_by_one() -> None:
    boxes = [[5, 30, 60, 90], [100, 30, 190, 90]]
    assert Draw.draw_bbox(BLANK, boxes, labels=["a", "b"]) != Draw.draw_bbox(BLANK, boxes)
    assert Draw.draw_bbox(BLANK, dict(zip("ab", boxes, strict=True)), labels="box") != Draw.draw_bbox(BLANK, boxes)
    with pytest.raises(ToolError, match=r"1 labels for 2 shapes\n.*\n  type: .*labels=\['a', '...'\]"):
        Draw.draw_bbox(BLANK, boxes, labels=["a"])
    with pytest.raises(ToolError, match="3 colours for 2 shapes"):
        Draw.draw_bbox(BLANK, boxes, ["red", "blue", "green"])
    with pytest.raises(ToolError, match="colour 'reddish'"):
        Draw.draw_bbox(BLANK, boxes, "reddish")
