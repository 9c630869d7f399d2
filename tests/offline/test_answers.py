"""What the measures of each kind come to: a side, letter, number, yes or no as asked for, or why there is none."""

from typing import Any

import pytest

from spatial_agent.answers.question import Question, read_question
from tests.offline.chats import APART, HALVES, TWO, Talk, apart, measure, reason, submitted


def test_centres_keep_the_other_measure() -> None:
    talk = Talk("What is the distance between the centres of the heater and the door, in cm?")
    value, given = submitted(measure(talk, APART, HALVES))
    assert "The question again: it speaks of centres" in talk.replies[-2].replace("I read the", "The")
    assert (value, given["unit"], given["spread"]) == (170.0, "cm", 2.0)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("How far is the heater from the door, in cm?", 90.0),
        ("How far is the heater from the door, in mm?", 900),
        ("How far is the heater from the door, in feet?", 2.95),
        ("What's the gap between the heater and the door?", 0.9),
        (read_question("How far is the heater from the door?", form="text"), "0.9 m"),
    ],
)
def test_units_and_words(question: str | Question, answer: float | str) -> None:
    assert submitted(measure(Talk(question), APART, HALVES))[0] == answer


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Which is nearer to the door: A. the sofa B. the lamp", "B"),
        ("Which is nearer to the door: A. the lamp B. the sofa", "A"),
        ("Which is farther from the door: A. the lamp B. the sofa", "B"),
        ("Which is nearer to the door, measured between their centres: A. the lamp B. the sofa", "B"),
        ("Is the sofa or the lamp closer to the door?", "lamp"),
        ("Is the door closer to the sofa or the lamp?", "lamp"),
        ("Is the lamp closer to the door than the sofa?", True),
        ("Is the sofa closer to the door than the lamp?", False),
        ("Is the sofa closer to the door than the lamp is?", False),
    ],
)
def test_letters_names_and_yes(question: str, answer: str | bool) -> None:
    value, given = submitted(measure(Talk(question), TWO, [TWO, TWO]))
    assert value == answer
    assert "unit" not in given and "sofa" in given["reason"] and "lamp" in given["reason"]


TO_TWO = {"sofa to lamp": apart(2.7, 3.0), "door to lamp": apart(1.6, 2.0)}


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Is the lamp closer to the sofa than to the door?", False),
        ("Is the lamp closer to the door than to the sofa?", True),
        ("Is the lamp farther from the sofa than from the door?", True),
        ("Is the lamp farther from the door than it is from the sofa?", False),
        ("Is the lamp closer to the sofa or to the door?", "door"),
    ],
)
def test_nearer_to_one_than_to_another(question: str, answer: str | bool) -> None:
    assert submitted(measure(Talk(question), TO_TWO, [TO_TWO]))[0] == answer


@pytest.mark.parametrize(
    ("choices", "metres", "answer"),
    [
        (("1 m", "2.5 m", "4.6 m", "8 m"), 4.55, "C"),
        (("20 cm", "about 2 metres", "460 centimetres"), 4.55, "C"),
        (("1", "2", "5"), 0.05, "B"),  # of the centimetres that the question asks for, in the last line of the test
        (("1 m", "3 m"), 2.1, None),
        (("1 m", "2 m"), 9.0, None),
    ],
)
def test_the_option_that_is_clearly_nearest(choices: tuple[str, ...], metres: float, answer: str | None) -> None:
    unit = ", in cm" if choices[0] == "1" else ""
    talk = Talk(read_question(f"How far is the heater from the door{unit}?", choices=choices))
    measured = {"heater to door": apart(metres * (0.4 if unit else 1), 7.0)}
    value, given = submitted(measure(talk, measured, [measured]))
    assert value == answer and "unit" not in given


def test_a_check_that_says_otherwise_is_told() -> None:
    other = {"sofa to door": apart(0.8, 2.0), "lamp to door": apart(0.9, 5.0)}
    last = measure(Talk("Is the sofa or the lamp closer to the door?"), TWO, [TWO, other])
    assert submitted(last)[0] == "lamp" and "a check says otherwise" in submitted(last)[1]["reason"]


def test_no_difference_is_no_answer() -> None:
    same = {"sofa to door": apart(0.9, 2.0), "lamp to door": apart(0.9, 5.0)}
    talk = Talk("Is the sofa or the lamp closer to the door?")
    assert "no difference" in reason(measure(talk, same, [same, same]))


@pytest.mark.parametrize(
    ("question", "sides", "answer"),
    [
        ("How tall is the door, in cm?", (2.1, 0.9, 0.1, 0.0), 210.0),
        ("How high is the door, in cm?", (2.1, 0.9, 0.1, 0.0), 210.0),
        ("How wide is the door?", (2.1, 0.9, 0.1, 0.0), 0.9),
        ("How deep is the door?", (2.1, 0.9, 0.1, 0.0), 0.1),
        ("What is the longest side of the door?", (2.1, 0.9, 0.1, 0.0), 2.1),
        ("How wide is the door?", (2.1, 0.72, 0.7, 0.0), None),  # which of the two sides is its width?
        ("How tall is the lamp?", (0.3, 0.4, 0.2, 2.2), 0.3),
        ("What is the longest side of the lamp?", (0.3, 0.4, 0.2, 2.2), 0.4),
        ("How high is the lamp?", (0.3, 0.4, 0.2, 2.2), None),  # by itself, or above the floor?
        ("How deep is the lamp?", (0.3, 0.4, 0.2, 2.2), None),
    ],
)
def test_the_side_that_is_asked_for(question: str, sides: tuple[float, ...], answer: float | None) -> None:
    measured = dict(zip(("height", "long side", "short side", "off the floor"), sides, strict=True))
    assert submitted(measure(Talk(read_question(question, form="number")), measured, [measured]))[0] == answer


HEIGHTS = {
    "lamp": {"bottom": 1.8, "centre": 1.95, "top": 2.1, "own": 0.3},
    "sofa": {"bottom": 0.0, "centre": 0.4, "top": 0.8, "own": 0.8},
}


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Is the lamp higher than the sofa?", True),
        ("Is the lamp taller than the sofa?", False),
        ("Which is the tallest: the lamp or the sofa?", "sofa"),
        ("Which has the lower bottom, the lamp or the sofa?", "sofa"),
    ],
)
def test_higher_up_is_not_taller(question: str, answer: str | bool) -> None:
    assert submitted(measure(Talk(question), HEIGHTS, [HEIGHTS]))[0] == answer


def moved(name: str, moves: float = 0.0, seen: int = 9, at: Any = ((0, 0, 0), (0, 0, 0))) -> dict[str, Any]:
    """What the cell says of one thing in the frames 6 and 14."""
    return {name: {"moves": moves, "seen": seen, "frames": [6, 14], "at": at}}


CART, OUT = moved("cart", 0.9, at=[[0, 0, 0], [3, 0, 4]]), moved("cart", 0.9, at=[None, [3, 0, 4]])
DOOR = moved("door", at=[[3, 1, 5], [3, 1, 5]])


@pytest.mark.parametrize(
    ("question", "measured", "answer"),
    [
        ("How far does the cart move between frame 6 and frame 14, in centimetres?", CART, 500.0),
        ("Does the cart move towards the door or away from it? A. away from it B. towards it", CART | DOOR, "B"),
        ("Does the cart move away from the door?", CART | DOOR, False),
        ("Which of these moves: A. the door B. the cart?", CART | DOOR, "B"),
        ("Which of these stays where it is: A. the door B. the cart?", CART | DOOR, "A"),
        ("Does the cart stay where it is all the time?", CART, False),
        ("How far does the cart move between frame 6 and frame 14?", OUT, "the cart is not in sight in frame 6"),
        ("Does the door move towards the cart?", CART | DOOR, "the door does not move, as far as the frames show"),
        ("Does the cart move?", moved("cart", seen=1), "the cart is seen in one frame only"),
        (
            "Which of these moves: A. the door B. the sofa?",
            DOOR | moved("sofa"),
            (
                "none of these move, but one is asked for. "
                "Other frames look through 0% of where the door was, 0% of where the sofa was."
            ),
        ),
    ],
)
def test_how_things_move(question: str, measured: Any, answer: Any) -> None:
    value, given = submitted(measure(Talk(question), measured, [measured]))
    assert (value if value is not None else given["reason"]) == answer


CAMERA = {"turned right": -119.8, "straight": 1.0, "path": 1.5, "right, up, ahead": [0.6, 0.0, -0.8]}


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Did the camera turn left or right between frame 3 and frame 9? A. right B. left", "B"),
        ("By how many degrees did the camera turn between frame 3 and frame 9?", 119.8),
        ("Did the camera move forward or backward between frame 3 and frame 9? A. forward B. backward", "B"),
        ("How far did the camera move in a straight line between frame 3 and frame 9?", 1.0),
        ("How far did the camera move between frame 3 and frame 9?", None),  # along its path, or straight?
    ],
)
def test_how_the_camera_moves(question: str, answer: Any) -> None:
    last = Talk(question).prints(measured=CAMERA, checked=[CAMERA], scale="measured")
    value, given = submitted(last)
    assert value == answer
    assert "turns 119.8 degrees left and moves 1.00 m, along its path 1.50 m" in given["reason"]
    assert not set("{}[]") & set(given["reason"])


@pytest.mark.parametrize(
    ("columns", "answer", "so"),
    [
        ({"lamp": 90.0, "door": 300.5}, "A", "the lamp is at column 90, the door at column 300.5"),
        ({"lamp": 90.0, "door": None}, None, "the door is not in sight in frame 6"),
    ],
)
def test_sides_are_those_of_the_picture(columns: Any, answer: str | None, so: str) -> None:
    talk = Talk("Seen from the camera in frame 6, is the lamp left or right of the door? A. left B. right")
    value, given = submitted(measure(talk, columns, [columns]))
    assert value == answer and so in given["reason"]


def test_a_side_is_said_without_a_margin() -> None:
    talk = Talk("If I stand by the sofa and face the door, is the lamp to my left, to my right or behind me?")
    value, given = submitted(measure(talk, {"degrees": -119.8}, [{"degrees": -119.8}]))
    assert value == "left" and given["reason"] == "The lamp is 119.8 degrees to the left of ahead. That is left."
