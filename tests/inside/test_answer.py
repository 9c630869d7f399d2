"""`ReturnAnswer`: every form that models write, and what is refused before it is sent."""

from typing import Any

import msgspec
import numpy as np
import pytest

from spatial_agent import framing, wire
from spatial_agent.errors import ToolError
from spatial_agent.inside.answer import make_return_answer
from spatial_agent.inside.framed import FrameArray, FrameId
from spatial_agent.inside.located import located
from tests.inside.scene import Scene


def submitted(*args: Any, **how: Any) -> wire.Submitted:
    sent: list[wire.FromKernel] = []
    make_return_answer(sent.append)(*args, **how)
    (message,) = sent
    assert isinstance(message, wire.Submitted)
    assert framing.read_from_kernel(framing.frame(message)[4:]) == message
    return message


class Measured(float):
    """A number that knows what it was measured from."""

    unit = "m"
    frames = (3, 7)
    points = ((0, 1, 2), np.array([3.0, 4.0, 5.0]))


class Labelled(Measured):
    """A number between two things that have names."""

    labels = ("lamp", "desk")


@pytest.mark.parametrize(
    ("given", "value"),
    [
        (1.5, 1.5),
        (3, 3),
        (True, True),
        ("B", "B"),
        (None, None),
        (np.float32(0.5), 0.5),
        (np.int64(7), 7),
        (np.bool_(False), False),
        (np.str_("B"), "B"),
        (np.array(2.5), 2.5),
        (np.array([[2.5]]), 2.5),
        ([0.42], 0.42),
        (("B",), "B"),
        ([np.float64(0.42)], 0.42),
        ([1, np.float32(2), 3.0], [1, 2.0, 3.0]),
        (np.array([[1.0, 2.0, 3.0]]), [1.0, 2.0, 3.0]),
        (FrameArray.of(np.array([1.0, 2.0, 3.0]), FrameId(1, 4)), [1.0, 2.0, 3.0]),
        (located("120 300", [Scene().inputs()[0]], ["frame 0"]), "120, 300"),
        ([None], [None]),
        ([], []),
    ],
)
def test_what_is_submitted_is_plain(given: Any, value: Any) -> None:
    for message in (submitted(given), submitted(answer=given)):
        assert message.value == value
        assert type(message.value) is type(value)


def test_a_second_argument_is_the_reason() -> None:
    assert submitted("B", "it is nearer").reason == submitted("B", reason="it is nearer").reason == "it is nearer"
    assert submitted("B").reason is None


def test_a_measured_number_brings_its_unit_frames_and_points_unless_others_are_given() -> None:
    message = submitted(Measured(0.9))
    assert (message.value, type(message.value), message.unit, message.frames) == (0.9, float, "m", (3, 7))
    assert message.points == {"point 1": (0, 1, 2), "point 2": (3, 4, 5)}
    assert submitted(Labelled(0.9)).points == {"lamp": (0, 1, 2), "desk": (3, 4, 5)}
    given = submitted(Measured(0.9), unit="cm", frames=[1], points={"lamp": [1, 1, 1]})
    assert (given.unit, given.frames, given.points) == ("cm", (1,), {"lamp": (1, 1, 1)})
    assert submitted(0.9).frames == submitted(np.float64(0.9)).frames == ()


def test_frames_may_be_numbers_images_and_arrays() -> None:
    images = Scene().inputs()
    assert submitted(1, frames=images[1]).frames == submitted(1, frames=10).frames == (10,)
    assert submitted(1, frames=images).frames == submitted(1, frames=np.array([0, 10, 20])).frames == (0, 10, 20)


@pytest.mark.parametrize("given", [{1}, {"a": 1}, object(), [[1, 2], [3, 4]], b"x", 1j, [1, {2}]])
def test_what_is_no_answer_is_refused_in_three_lines(given: Any) -> None:
    with pytest.raises(ToolError, match=r"^ReturnAnswer got a \w+\n  expected: a number, .*\n  type: ReturnAnswer\("):
        submitted(given)


@pytest.mark.parametrize(("answer", "frames"), [(10**400, None), (1, [10**30])])
def test_numbers_that_cannot_travel_are_refused(answer: int, frames: Any) -> None:
    with pytest.raises(ToolError, match=r"more than 64 bits\n  expected: .*\n  type: ReturnAnswer\("):
        make_return_answer(msgspec.msgpack.encode)(answer, frames=frames)


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"points": 3}, "points= as a int"),
        ({"points": "lamp"}, "points= as a str"),
        ({"points": [[1, 2, 3], [1, 2]]}, "points= as a list"),
        ({"points": {"lamp": [np.nan] * 3}}, r"points\['lamp'\] .*"),
        ({"points": {"lamp": None}}, r"points\['lamp'\] = None"),
        ({"points": {"lamp": "x"}}, r"points\['lamp'\] = 'x'"),
        ({"spread": [1, 2]}, r"spread=\[1, 2\]"),
        ({"spread": "much"}, "spread='much'"),
        ({"spread": -1}, "spread=-1"),
        ({"spread": 10**400}, "spread=10{79}"),
    ],
)
def test_evidence_that_is_none_is_refused_in_three_lines(how: dict[str, Any], said: str) -> None:
    with pytest.raises(ToolError, match=rf"^ReturnAnswer got {said}\n  expected: .*\n  type: ReturnAnswer\("):
        submitted(1, **how)
