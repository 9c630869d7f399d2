"""Prompts, labels and arguments: what is read, what is put right with a line, and what is refused."""

from typing import Any

import numpy as np
import pytest

from spatial_agent.errors import ToolError
from spatial_agent.inside.tools.sam3 import SAM3
from spatial_agent.inside.vlm import Vlm
from tests.inside.scene import Scene

SCENE = Scene()
IMAGES = SCENE.inputs()
SAM = SAM3(SCENE, [IMAGES], 100)
BOX = [20, 30, 60, 90]
AS_POINT = Vlm(Scene(answer="400 600")).locate(IMAGES[1], "the lamp")


@pytest.mark.parametrize(
    ("box", "why"),
    [
        (
            "120 300 480 700",
            r"pixels or 0-1000\n.*\n  type: .*, tools.Geometry.normalized_to_pixel\('120 300 480 700', 160",
        ),
        (["120", "300", "480", "700"], "pixels or 0-1000"),
        ([1, 2, 3], r"\[1, 2, 3\]\n.*boxes \[x0, y0, x1, y1\]"),
        (np.zeros((3, 3)), r"shape \(3, 3\)"),
        ([1, 2, np.nan, 9], "finite"),
        (7, "got 7"),
        ([BOX, AS_POINT], r"a point, .*\n.*\n.*segment_image_by_points"),
    ],
)
def test_a_box_that_cannot_be_meant_is_refused(box: Any, why: str) -> None:
    with pytest.raises(ToolError, match=why):
        SAM.segment_image_by_box(IMAGES[1], box)


def test_a_box_over_the_edge_is_cut(capsys: pytest.CaptureFixture[str]) -> None:
    SAM.segment_image_by_box(IMAGES[0], [-30, 10, 60, 121])
    assert SCENE.asked[-1].boxes == ((0, 10, 60, 120),)  # type: ignore[union-attr]
    assert "cut at the edge" in capsys.readouterr().out


def test_swapped_corners_are_put_right_unless_they_may_be_a_width_and_a_height(
    capsys: pytest.CaptureFixture[str],
) -> None:
    SAM.segment_image_by_box(IMAGES[0], [150, 100, 20, 40])
    assert SCENE.asked[-1].boxes == ((20, 40, 150, 100),)  # type: ignore[union-attr]
    assert "swapped; it is read as [20, 40, 150, 100]" in capsys.readouterr().out
    asked = len(SCENE.asked)
    masks = SAM.segment_image_by_box(IMAGES[0], [60, 10, 20, 40])
    assert (masks.found, len(SCENE.asked)) == ([False], asked)
    told = "type [20, 10, 60, 40] if these are two corners, or [60, 10, 80, 50] if x, y, width, height"
    assert told in capsys.readouterr().out


def test_one_label_names_one_prompt_whatever_commas_it_has() -> None:
    masks = SAM.segment_image_by_text(IMAGES[0], "a small, red box", label="box")
    assert masks.labels == ["box"]
    assert SCENE.asked[-1].prompts == ("a small, red box",)  # type: ignore[union-attr]
    assert SAM.is_object_exist(IMAGES, "a small, red box")["counts"] == [0, 0, 0]
    assert SAM.segment_image_by_text(IMAGES[0], "red box, blue box").labels == ["red box", "blue box"]


@pytest.mark.parametrize("prompt", [["sofa", ["lamp"]], [["sofa"], ["lamp"]], ["sofa", 5]])
def test_nested_prompts_are_refused(prompt: Any) -> None:
    with pytest.raises(ToolError, match=r"got the prompt .*\n.*a list of them"):
        SAM.segment_image_by_text(IMAGES[0], prompt)


@pytest.mark.parametrize("value", [np.zeros(()), 10**400])
def test_a_single_number_is_no_box_and_no_point(value: Any) -> None:
    for call in (SAM.segment_image_by_box, SAM.segment_image_by_points):
        with pytest.raises(ToolError, match="in pixels of the image"):
            call(IMAGES[0], value)


def test_points_that_cannot_be_meant_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    for points, flags, why in (
        ([[1, 2, 3]], None, r"\[\[1, 2, 3\]\]"),
        ([[1, 2]], [1, 1], "1 points and the point labels"),
        ([[1, 2]], [0], "not on the object"),
        ([[1, 2]], [2], "0 \\(not on it\\)"),
        ([0.5, 0.25], None, r"first pixel\n.*\n.*normalized_to_pixel\(\[500.0, 250.0\], 160"),
        ("12 30", None, "pixels or 0-1000"),
        ([1, np.nan], None, "finite"),
    ):
        with pytest.raises(ToolError, match=why):
            SAM.segment_image_by_points(IMAGES[0], points, flags)
    SAM.segment_image_by_points(IMAGES[0], [[500, 3], [20, 30]])
    assert SCENE.asked[-1].objects == (((20.0, 30.0, 1),),)  # type: ignore[union-attr]
    assert "[[500.0, 3.0]] outside the 160x120 image; they are left out" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("points", "flags", "labels", "sizes"),
    [
        ([80, 60], None, None, [1]),
        ([[80, 60]], None, "a", [1]),
        ([[80, 60], [90, 60]], None, ["a", "b"], [1, 1]),
        ([[80, 60], [90, 60]], [1, 1], ["a", "b"], [1, 1]),
        ([[80, 60], [90, 60]], 1, None, [1, 1]),
        ([[80, 60], [90, 60]], [[1, 0]], ["a"], [2]),
        ([[80, 60], [90, 60]], [[1, 0]], None, [2]),
        ([[[80, 60], [90, 60]], [[5, 5]]], [[1, 0], [1]], ["a", "b"], [2, 1]),
        (np.array([[[80, 60]], [[90, 60]]]), np.array([[1], [1]]), ["a", "b"], [1, 1]),
        ([[[80, 60], [90, 60]]], [1, 0], ["a"], [2]),
        ({"a": [[80, 60], [90, 60]], "b": [5, 5]}, None, None, [2, 1]),
    ],
)
def test_points_per_object_in_every_nesting(points: Any, flags: Any, labels: Any, sizes: list[int]) -> None:
    SAM.segment_video_by_points(points, flags, labels)
    assert [len(part) for part in SCENE.asked[-1].objects] == sizes  # type: ignore[union-attr]


def test_prompts_and_labels_in_other_forms(capsys: pytest.CaptureFixture[str]) -> None:
    assert SAM.segment_video_by_text("red box, blue box").labels == ["red box", "blue box"]
    assert "read as 2 prompts" in capsys.readouterr().out
    assert SAM.segment_video_by_text(["box"], labels="crate").labels == ["crate", "crate"]
    assert SAM.segment_video_by_text("red box", labels=["a", "b"]).labels == ["red box"]
    assert "got 2 labels for 1 prompts; the labels are ['red box'] instead" in capsys.readouterr().out
    assert SAM.segment_video_by_box([BOX, BOX]).labels == ["object 0", "object 1"]
    for prompt in ("", [], None, ["box", None], 3):
        with pytest.raises(ToolError, match=r"(?s)short noun phrase.*type: tools.SAM3.segment_image_by_text"):
            SAM.segment_image_by_text(IMAGES[0], prompt)  # type: ignore[arg-type]
    with pytest.raises(ToolError, match="one number from 0 to 1"):
        SAM.segment_image_by_text(IMAGES[0], "box", confidence_threshold=30)


def test_a_call_that_does_not_fit_ends_with_an_example() -> None:
    sam: Any = SAM
    for call, why in (
        (lambda: sam.segment_image_by_text(IMAGES[0]), "missing a required argument: 'prompt'"),
        (lambda: sam.segment_image_by_text(IMAGES[0], "box", colour="red"), "colour"),
        (lambda: sam.segment_image_by_text(IMAGES[0], prompt="box", text="box"), "got prompt twice"),
    ):
        with pytest.raises(ToolError) as problem:
            call()
        first, expected, example = str(problem.value).splitlines()
        assert (first.startswith("tools.SAM3.segment_image_by_text"), why in first) == (True, True)
        assert expected.startswith("  expected: ")
        assert example == '  type: tools.SAM3.segment_image_by_text(image, ["clock", "heater"])'


def test_a_box_smaller_than_a_pixel_is_read_as_parts_of_the_image(capsys: pytest.CaptureFixture[str]) -> None:
    (left, top, right, bottom), (width, height) = BOX, IMAGES[0].size
    parts = SAM.segment_image_by_box(IMAGES[0], [left / width, top / height, right / width, bottom / height])
    assert "is read as parts of the 160x120 image" in capsys.readouterr().out
    assert np.array_equal(parts[0], SAM.segment_image_by_box(IMAGES[0], BOX)[0])
