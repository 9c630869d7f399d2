"""Points and boxes in the ways in which models write them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatial_agent.inside.places import numbers_of, read_places, written
from tests.answers.growth import check_linear

BOX = (120, 300, 480, 700)


@pytest.mark.parametrize(
    "text",
    [
        "120 300 480 700",
        "120, 300, 480, 700",
        "120,300,480,700.",
        "[120,300,480,700]",
        "<box>[120, 300], [480, 700]</box>",
        "<box>(120,300),(480,700)</box>",
        "<|box_start|>(120,300),(480,700)<|box_end|>",
        "<bbox>120 300 480 700</bbox>",
        '{"bbox_2d": [120, 300, 480, 700], "label": "chair 2"}',
        '```json\n[\n  {"bbox_2d": [\n    120,\n    300,\n    480,\n    700\n  ], "label": "a"}\n]\n```',
        '{"bbox": [[120, 300], [480, 700]]}',
        '"120 300 480 700"',
        "**120 300 480 700**",
        "x1=120, y1=300, x2=480, y2=700",
        "x0: 120\ny0: 300\nx1: 480\ny1: 700",
        "left: 120, top: 300, right: 480, bottom: 700",
        '{"xmin": 120, "ymin": 300, "xmax": 480, "ymax": 700}',
        "{'y_max': 700, 'x_max': 480, 'y_min': 300, 'x_min': 120}",
        '{"x": 120, "y": 300, "width": 360, "height": 400}',
        "Bounding box: (120, 300, 480, 700)",
        "1. 120 300 480 700",
    ],
)
def test_one_box_in_many_forms(text: str) -> None:
    assert read_places(text) == ([BOX], False)


@pytest.mark.parametrize(
    "text",
    [
        "120 300",
        "(120, 300)",
        "x: 120, y: 300",
        '{"x": 120, "y": 300}',
        '[{"point_2d": [120, 300], "label": "lamp"}]',
        "<point>120 300</point>",
        '<point x="120" y="300" alt="lamp 1 2">',
        "Box: (120, 300)",
        "y=300 x=120",
    ],
)
def test_one_point_in_many_forms(text: str) -> None:
    assert read_places(text).places == [(120, 300)]


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("1 2 3 4\n5 6 7 8", [(1, 2, 3, 4), (5, 6, 7, 8)]),
        ("1. 1 2 3 4\n2. 5 6 7 8", [(1, 2, 3, 4), (5, 6, 7, 8)]),
        ("[[1, 2, 3, 4], [5, 6, 7, 8]]", [(1, 2, 3, 4), (5, 6, 7, 8)]),
        ("1 2 3 4 5 6 7 8", [(1, 2, 3, 4), (5, 6, 7, 8)]),
        ("(1, 2), (3, 4)", [(1, 2), (3, 4)]),
        ("x=1 y=2\nx=3 y=4", [(1, 2), (3, 4)]),
        ("The 2nd of 3 chairs is at 1 2 3 4, I think.", [(1, 2, 3, 4)]),
        ("The red box is at 1 2", [(1, 2)]),
        ("-5 2.5 \u22123 .5", [(-5, 2.5, -3, 0.5)]),
        ("x: 120-480, y: 300-700", []),
        ("12%, 30%", []),
        ("120px 300px", []),
        ("about 5", []),
        ("1 2 3", []),
        ("", []),
    ],
)
def test_several_places_words_and_what_is_no_place(text: str, places: list[tuple[float, ...]]) -> None:
    assert read_places(text).places == places


@given(st.lists(st.tuples(*[st.integers(0, 1000)] * 4), min_size=1, max_size=4))
def test_what_json_and_lines_say_is_read_alike(boxes: list[tuple[int, ...]]) -> None:
    lines = "\n".join(" ".join(map(str, box)) for box in boxes)
    as_json = json.dumps([{"bbox_2d": box, "label": f"chair {n}"} for n, box in enumerate(boxes)])
    assert read_places(lines).places == read_places(as_json).places == boxes
    assert numbers_of(lines) == [written(number) for box in boxes for number in box]


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    for place in read_places(text).places:
        assert len(place) in (2, 4)
    assert all(float(number) is not None for number in numbers_of(text))


@pytest.mark.parametrize(
    "filling",
    ["1 ", "1", "(", "[1, 2]", '"', "<", "<box>", "x=", "x1: ", "a", "- ", "1-", ".", "\n1 2", "'", "image 1:"],
)
def test_the_time_of_reading_grows_with_the_text(filling: str) -> None:
    check_linear(lambda length: read_places(filling * length))
