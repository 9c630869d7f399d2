"""From what is submitted to an answer in form, or to an error that says what to submit."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatial_agent.answers.forms import coerce, unit_of
from spatial_agent.answers.question import Question
from spatial_agent.errors import AnswerError
from tests.answers.growth import check_linear

NUMBER = Question("How far?", "number", unit="m", may_abstain=False)
CHOICE = Question("Which?", "choice", ("the sofa", "the lamp"))
YES_NO = Question("Is it?", "yes-no")
TEXT = Question("What?")
UNITLESS = Question("How tall?", "number")
POINT = Question("Where (x, y, z) is it?", "point")


@pytest.mark.parametrize(
    ("given_", "value"),
    [
        (0.9, 0.9),
        (1, 1.0),
        ("0.9", 0.9),
        ("0.9 m", 0.9),
        ("about 1.5 metres", 1.5),
        ("-2e-1", -0.2),
        (".5m", 0.5),
        ("\u22121.5", -1.5),
    ],
)
def test_numbers(given_: str | float, value: float) -> None:
    assert coerce(NUMBER, given_) == pytest.approx(value)


@pytest.mark.parametrize(
    "given_",
    [
        True,
        math.nan,
        math.inf,
        "far",
        "",
        "1 or 2",
        "1.5 to 2.5",
        "B",
        [1.0, 2.0],
        [],
        [None],
        None,
        "150 cm",
        "2.5 km",
        "90°",
        "3 m^2",
        "12%",
        "5 feet",
        "not 5",
        "minus 5",
    ],
)
def test_what_is_no_number_is_refused_with_the_form(given_: object) -> None:
    with pytest.raises(AnswerError, match=r"\n  expected: a number, in m, .*\n  type: ReturnAnswer\(float\(value\)"):
        coerce(NUMBER, given_)  # type: ignore[arg-type]


@pytest.mark.parametrize("given_", [math.nan, math.inf, "nan", "-inf"])
def test_what_has_no_value_goes_back_with_what_to_look_for(given_: object) -> None:
    with pytest.raises(AnswerError, match="empty mask, for points where depth is unknown"):
        coerce(NUMBER, given_)  # type: ignore[arg-type]


@pytest.mark.parametrize("given_", [[1.5], ("1.5 m",), "Answer: 1.5", "The final answer is 1.5 m", "**1.5**"])
def test_a_number_may_stand_alone_in_a_list_or_behind_its_name(given_: object) -> None:
    assert coerce(NUMBER, given_) == 1.5  # type: ignore[arg-type]
    assert unit_of(Question("How far?", "number"), ["210 cm"]) == "cm" == unit_of(UNITLESS, "answer: 210 cm")


@pytest.mark.parametrize(
    "given_",
    ["B", "b", "(B)", "B.", "B: the lamp", "the lamp", " The  Lamp. ", "Answer: B", "option b", "The answer is (B).",
     "**B**", "B. Lamp", "B: because it is nearer", "(b) the lamp", "B - the lamp", "B, the lamp by the door", ["B"],
     "answer: the lamp"],
)  # fmt: skip
def test_choices(given_: object) -> None:
    assert coerce(CHOICE, given_) == "B"  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "given_",
    ["C", "AB", "lamp", "B: the sofa", "B. It is the sofa", "A, B", "A/B", "B or A", "B: A", "A chair", 1, True, "",
     ["A", "B"], "D. the lamp"],
)  # fmt: skip
def test_what_is_no_choice_is_refused_with_the_options(given_: object) -> None:
    with pytest.raises(AnswerError, match=r"expected: one letter of A, B: A: the sofa; B: the lamp\n  type: Return"):
        coerce(CHOICE, given_)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given_", "value"),
    [(True, True), ("Yes", True), ("no.", False), ("false", False), ("Yes, it is.", True), ("Answer: no", False)],
)
def test_yes_and_no(given_: str | bool, value: bool) -> None:
    assert coerce(YES_NO, given_) is value


@pytest.mark.parametrize("given_", [1.0, "yesterday", "no idea", "", "maybe"])
def test_yes_no_refuses_what_is_neither(given_: object) -> None:
    with pytest.raises(AnswerError, match="yes or no"):
        coerce(YES_NO, given_)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "given_",
    [
        [1, -2.5, 0.3],
        (1.0, -2.5, 0.3),
        "1, -2.5, 0.3",
        "(1.0, -2.5, 0.3)",
        "[1 -2.5 0.3]",
        "x = 1, y = -2.5, z = 0.3 m",
        "(1, \u22122.5, .3) metres.",
    ],
)
def test_points(given_: object) -> None:
    assert coerce(POINT, given_) == (1.0, -2.5, 0.3)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "given_",
    [1.0, True, "by the door", "1, 2", "1, 2, 3, 4", "1, 2, 3 cm", [1, 2], [1, 2, 3, 4], [1, 2, math.nan], [1, 2, "3"],
     [1, 2, True], [1, 2, None], []],
)  # fmt: skip
def test_what_is_no_point_is_refused_with_the_form(given_: object) -> None:
    with pytest.raises(AnswerError, match=r"expected: a point: x, y, z in metres, as \[x, y, z\]"):
        coerce(POINT, given_)  # type: ignore[arg-type]


def test_a_point_in_another_unit_is_refused() -> None:
    assert coerce(POINT, [1, 2, 3], "metres") == (1, 2, 3)
    with pytest.raises(AnswerError, match="submitted in cm"):
        coerce(POINT, [1, 2, 3], "cm")


@given(st.tuples(*[st.floats(allow_nan=False, allow_infinity=False)] * 3))
def test_a_point_and_its_repr_are_the_same_answer(point: tuple[float, float, float]) -> None:
    assert coerce(POINT, point) == coerce(POINT, repr(point)) == point


def test_an_option_may_itself_begin_as_an_introduction() -> None:
    numbered = Question("Which?", "choice", ("Option 1", "Option 2"))
    assert coerce(numbered, "Option 2") == coerce(numbered, "Answer: option 2") == "B"


def test_a_text_is_left_as_it_is() -> None:
    assert coerce(TEXT, "$5, the answer is red") == coerce(TEXT, ["$5, the answer is red"]) == "$5, the answer is red"


def test_text_is_trimmed_and_never_empty() -> None:
    assert coerce(TEXT, "  left ") == "left"
    with pytest.raises(AnswerError):
        coerce(TEXT, "  ")


def test_abstaining_is_none_where_allowed() -> None:
    assert coerce(CHOICE, None) is None


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_and_its_repr_are_the_same_answer(value: float) -> None:
    assert coerce(NUMBER, value) == coerce(NUMBER, repr(value)) == value


@pytest.mark.parametrize(
    ("given_", "submitted", "unit"),
    [
        ("210 cm", None, "cm"),
        ("210 centimetres.", None, "cm"),
        ("210 cm", "m", "cm"),
        (210, "cm", "cm"),
        ("210", "metres", "m"),
        ("12 %", None, "%"),
        (210, None, None),
    ],
)
def test_the_unit_of_a_number_is_kept_where_the_question_names_none(
    given_: str | float, submitted: str | None, unit: str | None
) -> None:
    asked = Question("How tall is it?", "number")
    assert coerce(asked, given_, submitted) == float(str(given_).split()[0])
    assert unit_of(asked, given_, submitted) == unit


def test_the_unit_that_is_asked_for_is_the_answers() -> None:
    assert unit_of(NUMBER, "0.9 metres") == unit_of(NUMBER, 0.9, "metres") == unit_of(NUMBER, 0.9) == "m"


@pytest.mark.parametrize("question", [NUMBER, CHOICE, YES_NO, POINT], ids=lambda question: question.form)
@pytest.mark.parametrize("filling", [" ", "1", "\t", "1 ", "- ", ". ", "e"])
def test_no_answer_is_so_long_that_it_cannot_be_refused_at_once(question: Question, filling: str) -> None:
    def read(length: int) -> None:
        for long in (f"1{filling * length}x", f"A. {filling * length}x", f"x = 1,{filling * length}"):
            with pytest.raises(AnswerError):
                coerce(question, long)

    check_linear(read)


def test_spaces_between_the_numbers_of_a_point_count_once() -> None:
    assert coerce(POINT, f"1,{' ' * 20_000}2,\n\t3") == (1.0, 2.0, 3.0)
