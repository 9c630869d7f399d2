"""The form that the words of a question ask for."""

import pytest

from spatial_agent.answers.question import Question, read_question
from spatial_agent.errors import InputError
from tests.answers.growth import check_linear


@pytest.mark.parametrize(
    ("text", "form", "unit"),
    [
        ("By how many degrees did the camera turn?", "number", "degrees"),
        ("How many in the room are chairs?", "number", None),
        ("Measured from the closest point of each object, what is the distance between the heater and the door, in metres?", "number", "m"),
        ("How far is the heater from the door?", "number", "m"),
        ("How far is the heater from the door in cm?", "number", "cm"),
        ("What is the distance in cm between the heater and the door?", "number", "cm"),
        ("What's the gap between the sofa and the table?", "number", "m"),
        ("How far apart are they, in feet?", "number", "ft"),
        ("How long is the video in seconds?", "number", "s"),
        ("How wide is the thing in mm-thin foil?", "number", None),
        ("How many chairs are there?", "number", None),
        ("How tall is the door in metres?", "number", "m"),
        ("Is the sofa left of the lamp?", "yes-no", None),
        ("Is the sofa or the lamp nearer?", "text", None),
        ("Did the camera turn left?", "yes-no", None),
        ("Which is nearer? A. the sofa B. the lamp", "choice", None),
        ("Which is nearer?\n(A) the sofa\n(B) the lamp\n(C) the door", "choice", None),
        ("What is behind the sofa?", "text", None),
        ("What is the name of the object at the greatest distance from the door?", "text", None),
        ("At which coordinates is the lamp?", "point", "m"),
        ("At what x, y, z coordinates is the lamp?", "point", "m"),
        ("Where (x, y, z) is the centre of the lamp?", "point", "m"),
        ("Where is the lamp, as x, y and z in metres?", "point", "m"),
        ("What are the coordinates of the lamp?", "point", "m"),
        ("Give me the 3D position of the lamp.", "point", "m"),
        ("At which point (x, y, z) do the sofa and the wall meet?", "point", "m"),
        ("Where is the lamp?", "text", None),
        ("What is at the coordinates (1, 2, 3)?", "text", None),
        ("Is the lamp at the coordinates (1, 2, 3)?", "yes-no", None),
        ("What are the pixel coordinates of the lamp?", "text", None),
        ("What is the x coordinate of the lamp?", "text", None),
        ("Which object has the largest coordinates?", "text", None),
        ("What is the coordinate system of the capture?", "text", None),
        ("How far is the lamp from the coordinates 1, 2, 3?", "number", "m"),
        ("At which coordinates is the lamp? A. 1 B. 2", "choice", None),
        ("Which? " + " ".join(f"{c}. o{c}" for c in "ABCDEFGHIJ"), "choice", None),
    ],
)  # fmt: skip
def test_forms(text: str, form: str, unit: str | None) -> None:
    question = read_question(text)
    assert (question.form, question.unit) == (form, unit)


def test_lettered_options_are_taken_apart() -> None:
    assert read_question("Which? A. the sofa B. the lamp, C) a cup").choices == ("the sofa", "the lamp", "a cup")


def test_a_long_question_is_read_at_once() -> None:
    for filling in (" ", ";", "w ", "how ", "1 ", "x, "):
        check_linear(lambda n, text=filling: read_question(f"Which? A. left{text * n}B. right {text * n}"))  # type: ignore[misc]


def test_letters_that_do_not_run_from_a_are_no_options() -> None:
    assert read_question("Which is larger, room B. 12 or room D. 4?").form == "text"


def test_given_choices_and_form_win() -> None:
    assert read_question("How many?", choices=("one", "two")).form == "choice"
    assert read_question("How many?", form="text").form == "text"


@pytest.mark.parametrize(
    "bad",
    [
        {"text": "  "},
        {"text": "x", "form": "choice"},
        {"text": "x", "choices": ("a", "b")},
        {"text": "x", "form": "choice", "choices": ("a",)},
        {"text": "x", "form": "point", "unit": "cm"},
    ],
)
def test_impossible_questions_are_refused(bad: dict[str, object]) -> None:
    with pytest.raises(InputError):
        Question(**bad)  # type: ignore[arg-type]
