from typing import Any

import numpy as np
import pytest
from PIL import Image

from spatial_agent.errors import ToolError
from spatial_agent.inside.tools.draw import Draw
from spatial_agent.inside.visual import VisualFeedback, label_of
from tests.inside.scene import Scene

BLANK = Image.new("RGB", (200, 150), "white")


def pixel(image: Image.Image, x: int, y: int) -> list[int]:
    return list(np.asarray(image)[y, x].tolist())


@pytest.mark.parametrize(
    "colour", ["red", "r", "#ff0000", (255, 0, 0), (255, 0, 0, 255), [1.0, 0.0, 0.0], np.array([255, 0, 0])]
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
    with pytest.raises(ToolError, match=r"needs .x0, y0, x1, y1. in pixels"):
        Draw.draw_bbox(BLANK, [1, 2, 3])
    with pytest.raises(ToolError, match="draw_point got None"):
        Draw.draw_point(BLANK, None)


def test_any_image_and_a_frame_keeps_its_name() -> None:
    frame = Scene().inputs()[1]
    drawn = Draw.draw_bbox(frame, [5, 5, 40, 40], labels=["chair"])
    assert label_of(drawn) == "frame 10"
    for image in (VisualFeedback(BLANK), np.zeros((50, 60)), np.zeros((50, 60, 4), dtype=np.uint8), drawn):
        assert Draw.draw_point(image, [3, 3]).mode == "RGB"


def test_labels_and_colours_go_one_by_one() -> None:
    boxes = [[5, 30, 60, 90], [100, 30, 190, 90]]
    assert Draw.draw_bbox(BLANK, boxes, labels=["a", "b"]) != Draw.draw_bbox(BLANK, boxes)
    with pytest.raises(ToolError, match="1 labels for 2 shapes"):
        Draw.draw_bbox(BLANK, boxes, labels=["a"])
    with pytest.raises(ToolError, match="3 colours for 2 shapes"):
        Draw.draw_bbox(BLANK, boxes, ["red", "blue", "green"])
    with pytest.raises(ToolError, match="colour 'reddish'"):
        Draw.draw_bbox(BLANK, boxes, "reddish")
