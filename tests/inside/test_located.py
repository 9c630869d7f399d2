"""What `vlm.locate` returns: places in pixels, and a text that home-made parsers can read."""

import ast
import copy
import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from spatial_agent.errors import ToolError
from spatial_agent.inside.located import Located, NumberText, located
from spatial_agent.inside.tools.geometry import Geometry
from spatial_agent.inside.vlm import Vlm
from tests.answers.growth import check_linear
from tests.inside.scene import Scene

FRAME = Scene().inputs()[1]
BOX = [120.0, 300.0, 480.0, 700.0]


def at(reply: str, images: Sequence[Image.Image] = (FRAME,)) -> Located:
    return located(reply, images, [f"frame {number}" for number in range(len(images))])


@pytest.mark.parametrize("reply", ["120 300 480 700", "[120,300,480,700]", '{"bbox_2d": [120, 300, 480, 700]}'])
def test_a_box_is_in_pixels_and_reads_the_same_whatever_its_markup(reply: str) -> None:
    answer = at(reply)
    assert answer == "120, 300, 480, 700"
    assert answer.raw == reply
    assert (answer.visible, answer.points, answer.normalized) == (True, [], [(120, 300, 480, 700)])
    assert answer.box == pytest.approx(Geometry.normalized_to_pixel(BOX, FRAME), abs=0.01)
    assert answer.boxes == [answer.box]
    assert answer.box is not None
    assert answer.point == pytest.approx(((answer.box[0] + answer.box[2]) / 2, (answer.box[1] + answer.box[3]) / 2))
    assert "(box 19.08, 35.7, 76.32, 83.3 in pixels)" in repr(answer)
    assert answer.images == {1: answer}


@given(st.tuples(st.integers(0, 1000), st.integers(0, 1000)), st.tuples(st.integers(2, 900), st.integers(2, 900)))
def test_a_point_is_inside_the_image_where_normalized_to_pixel_puts_it(
    point: tuple[int, int], size: tuple[int, int]
) -> None:
    answer = at(f"{point[0]} {point[1]}", [Image.new("L", size)])
    assert answer.point == pytest.approx(Geometry.normalized_to_pixel(point, *size), abs=0.01)
    assert answer.point is not None
    assert 0 <= answer.point[0] <= size[0] - 1 and 0 <= answer.point[1] <= size[1] - 1
    assert answer.box is None


PARSERS: list[Callable[[Any], Any]] = [
    lambda a: [float(x) for x in a.split()],
    lambda a: [float(x) for x in a.split(",")],
    lambda a: [int(x) for x in a.split(", ")],
    lambda a: list(map(float, a.split(" "))),
    lambda a: [float(x) for x in a.replace("[", "").replace("]", "").replace(",", " ").split()],
    lambda a: [float(x) for x in a.replace("(", "").replace(")", "").split()],
    lambda a: [float(x) for x in a.strip("[]() \n").split(",")],
    lambda a: [float(x) for x in a.strip().lower().split(" ")],
    lambda a: [float(x.strip()) for x in a.removeprefix("[").split(",")],
    lambda a: [float(x) for x in a.split("\n")[0].split()],
    lambda a: [float(x) for x in a.splitlines()[0].split(",")],
    lambda a: [float(x) for x in re.findall(r"-?\d+\.?\d*", a)],
    lambda a: [float(x) for x in re.split(r"[,\s]+", a)],
    lambda a: list(eval(a)),
    lambda a: list(ast.literal_eval(a)),
    lambda a: list(ast.literal_eval(f"[{a}]")),
    lambda a: np.fromstring(a, sep=",").tolist(),
    lambda a: np.array(a.split(), dtype=float).tolist(),
]


@pytest.mark.parametrize("parse", PARSERS, ids=range(len(PARSERS)))
@pytest.mark.parametrize(
    "reply", ["120 300 480 700", "[120, 300, 480, 700]", "x1=120, y1=300, x2=480, y2=700", "0.12 0.3 0.48 0.7"]
)
def test_home_made_parsers_get_the_numbers(parse: Callable[[Any], Any], reply: str) -> None:
    assert parse(at(reply)) == BOX


SPLITTING = [parse for number, parse in enumerate(PARSERS) if number < 9]


@pytest.mark.parametrize("parse", SPLITTING, ids=range(len(SPLITTING)))
@pytest.mark.parametrize(
    "reply", ["Not visible", "**not visible**", "Not visible\nIt is behind 2 chairs.", "[]", "None"]
)
def test_home_made_parsers_get_nothing_where_nothing_is_seen(parse: Callable[[Any], Any], reply: str) -> None:
    answer = at(reply)
    assert parse(answer) == []
    assert "Not visible" in answer
    assert answer.startswith("Not visible")
    assert bool(answer)
    assert (answer.visible, answer.point, answer.box, answer.points, answer.boxes) == (False, None, None, [], [])


def test_words_stay_where_the_model_says_more_than_numbers() -> None:
    answer = at("The lamp (2nd from left) is at 120 300 480 700.")
    assert answer.startswith("The lamp (2nd")
    assert answer.split() == ["120", "300", "480", "700"]
    assert answer.box == at("120 300 480 700").box
    assert at("Not visible").lower() == "not visible"
    assert at("It is not visible here.") == "Not visible: It is not visible here."
    assert isinstance(answer.upper().strip().replace("A", "B"), NumberText)
    assert answer.split("is at")[1].split() == ["120", "300", "480", "700"]
    assert answer.split(",", 1) == [str(answer)]


@pytest.mark.parametrize(
    ("reply", "said", "box"),
    [
        ("0.12 0.3 0.48 0.7", "has fractions .* times 1000", (120, 300, 480, 700)),
        ("120 300 1480 700", "leaves 0..1000 and is cut at the edge; they may be pixels", (120, 300, 1000, 700)),
        ("-5 300 480 700", "leaves 0..1000", (0, 300, 480, 700)),
    ],
)
def test_numbers_in_another_unit_are_never_taken_without_a_word(
    capsys: pytest.CaptureFixture[str], reply: str, said: str, box: tuple[float, ...]
) -> None:
    answer = at(reply)
    assert re.search(rf"\[note\] vlm.locate in frame 0: .*{said}", capsys.readouterr().out)
    assert answer.box == at(" ".join(map(str, box))).box


def test_fractions_within_words_read_as_the_numbers_that_they_are_taken_for() -> None:
    answer = at("The lamp is at 0.12, 0.3, 0.48, 0.7")
    assert answer.split() == ["120", "300", "480", "700"]
    assert Geometry.normalized_to_pixel(str(answer), *FRAME.size) == pytest.approx(answer.box, abs=0.01)


def test_whole_numbers_up_to_one_are_no_fractions(capsys: pytest.CaptureFixture[str]) -> None:
    assert at("0 0 1 1").normalized == [(0, 0, 1, 1)]
    assert at("480 700 120 300").box == at("120 300 480 700").box
    assert capsys.readouterr().out == ""


def test_several_places_are_all_there_and_said(capsys: pytest.CaptureFixture[str]) -> None:
    answer = at("```json\n[[120, 300, 480, 700], [1, 2, 3, 4]]\n```")
    assert "2 places; .boxes and .points list them" in capsys.readouterr().out
    assert (len(answer.boxes), answer.box) == (2, answer.boxes[0])
    assert [line.split() for line in answer.split("\n")] == [["120", "300", "480", "700"], ["1", "2", "3", "4"]]


def test_what_has_no_coordinates_is_said_to_have_none(capsys: pytest.CaptureFixture[str]) -> None:
    answer = at("Left of the door.")
    assert (answer.visible, answer, answer.split()) == (False, "Left of the door.", [])
    assert "the reply has no coordinates: 'Left of the door.'; .visible is False" in capsys.readouterr().out


def test_several_images_each_have_their_own_places(capsys: pytest.CaptureFixture[str]) -> None:
    images = [FRAME, Image.new("RGB", (50, 20)), FRAME]
    answer = at("Image 1: Not visible\n**Image 2:** [500, 500]\nImage 3 (frame 2): 0 0 1000 1000", images)
    assert [answer.images[k].visible for k in (1, 2, 3)] == [False, True, True]
    assert answer.images[2].point == pytest.approx((24.5, 9.5))
    assert answer.images[3].box == pytest.approx((0, 0, 159, 119))
    assert str(answer) == "500, 500"
    assert (answer.point, answer.image) == (answer.images[2].point, images[1])
    assert answer.raw.startswith("Image 1: Not visible")
    assert "visible in image 2 (frame 1), image 3 (frame 2)" in capsys.readouterr().out


def test_a_reply_that_does_not_say_which_image_is_about_the_first_and_says_so(
    capsys: pytest.CaptureFixture[str],
) -> None:
    answer = at("120 300 480 700", [FRAME, FRAME])
    assert [answer.images[k].visible for k in (1, 2)] == [True, False]
    assert "does not say which of the 2 images it means; image 1 is assumed" in capsys.readouterr().out
    nowhere = at("Not visible", [FRAME, FRAME])
    assert (nowhere.visible, nowhere.images[2]) == (False, "Not visible")
    assert at("Image 1: 120 300 480 700").box == at("120 300 480 700").box


@given(st.integers(0, 100), st.integers(0, 80), st.integers(20, 50), st.integers(20, 35))
def test_places_in_a_crop_are_those_of_the_whole_frame(left: int, top: int, width: int, height: int) -> None:
    crop = FRAME.crop((left, top, left + width, top + height))
    answer = at("0 0 1000 1000", [crop])
    assert answer.frame_boxes[0] == pytest.approx((left, top, left + width - 1, top + height - 1))
    (point,) = at("500 500", [crop]).frame_points
    assert point == pytest.approx((left + (width - 1) / 2, top + (height - 1) / 2), abs=0.01)
    assert at("500 500").frame_points == at("500 500").points


def test_a_picture_of_no_frame_has_no_pixels_of_one() -> None:
    with pytest.raises(ToolError, match=r"no frame and no crop of one\n  expected: .*\n  type: vlm.locate"):
        _ = at("500 500", [Image.new("RGB", (9, 9))]).frame_points


def test_it_can_be_copied_formatted_and_compared_as_a_text() -> None:
    answer = at("120 300")
    assert copy.deepcopy(answer).point == copy.copy(answer).point == answer.point
    assert f"{answer}" == "120, 300" == str(answer)
    names: dict[str, int] = {answer: 1}
    assert names["120, 300"] == 1
    assert list(answer)[:3] == ["1", "2", "0"]


@pytest.mark.parametrize("filling", ["1 2 ", "not ", "image 1: ", "*", "not seen ", "(", " "])
def test_the_time_of_reading_grows_with_the_reply(filling: str) -> None:
    check_linear(lambda length: at(filling * length, [FRAME, FRAME]).split())


def test_the_docstring_says_what_the_text_is() -> None:
    scene = Scene(answer="[120, 300, 480, 700]")
    assert Vlm(scene).locate(scene.inputs()[0], "the red box").box == at("120 300 480 700").box
    assert '"120, 300, 480, 700"' in (Located.__doc__ or "")
