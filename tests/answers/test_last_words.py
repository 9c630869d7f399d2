"""The last turn of a session that came to a limit."""

import contextlib

import pytest

from spatial_agent.answers.last_words import read_last_words, without_remark
from spatial_agent.answers.question import Question
from spatial_agent.errors import AnswerError
from tests.answers.growth import check_linear


@pytest.mark.parametrize(
    ("reply", "answer", "why"),
    [
        ("Answer: 0.9 m", "0.9 m", ""),
        ("**Answer:** 0.9 m\n\nThe cell printed it\ntwice.", "0.9 m", "The cell printed it twice."),
        ("**Answer**: `B`", "B", ""),
        ("## Answer: B: the sofa", "B: the sofa", ""),
        ("answer : (1, 2, 3)", "(1, 2, 3)", ""),
        ("I have seen this:\nAnswer: left\nAnswer: right", "left", "Answer: right"),
        ("<think>Answer: 5?</think>\nAnswer: 4", "4", ""),
        ("Answer: cannot tell", None, ""),
        ("Answer: Cannot tell. The door is not seen.", None, "The door is not seen."),
        ("Answer: I can't tell\n\nNothing was measured.", None, "Nothing was measured."),
        ("Answer:\nAnswer: **7** ", "7", ""),
        ("Answer: 8\r\nSo it is.", "8", "So it is."),
        ("Answer: cannot tell exactly, at least 3", None, "exactly, at least 3"),
        ("Answer: it cannot be determined", None, ""),
    ],
)
def test_the_answer_and_what_was_said_beside_it(reply: str, answer: str | None, why: str) -> None:
    assert read_last_words(reply) == (answer, why)


@pytest.mark.parametrize("reply", ["", "0.9 m", "The answer: 5", "<think>Answer: 5", "Answer:", "My Answer: 5"])
def test_a_reply_without_the_line_is_an_error(reply: str) -> None:
    with pytest.raises(AnswerError, match="no line that begins with `Answer:`"):
        read_last_words(reply)


def test_a_long_why_is_cut() -> None:
    assert len(read_last_words("Answer: 5\n" + "because " * 1000).why) <= 300


@pytest.mark.parametrize("filling", [" ", "a ", "Answer:\n", "Answer ", "*", "> ", "<think>", "Answer: " + " " * 50])
def test_no_reply_is_so_long_that_it_holds_up_the_others(filling: str) -> None:
    def read(length: int) -> None:
        for reply in (filling * length, f"Answer: 5{filling * length}x", f"Answer: cannot tell{filling * length}"):
            with contextlib.suppress(AnswerError):
                read_last_words(reply)

    check_linear(read)


NUMBER, POINT = Question("How far?", "number", unit="m"), Question("Where (x, y, z)?", "point")
CHOICE, YES_NO = Question("Which?", "choice", ("the sofa", "the heater")), Question("Is it?", "yes-no")


@pytest.mark.parametrize(
    ("question", "said", "answer"),
    [
        (NUMBER, "0.9 m (from step 3)", "0.9 m"),
        (NUMBER, "0.9 metres, measured between the closest points", "0.9 metres"),
        (NUMBER, "0.9 m; step 3 printed it", "0.9 m"),
        (NUMBER, "0.9 m. The cell printed it.", "0.9 m"),
        (CHOICE, "B (the heater)", "B"),
        (CHOICE, "B - the heater", "B"),
        (CHOICE, "B, the heater", "B"),
        (CHOICE, "the heater (B)", "the heater"),
        (CHOICE, "B \u2014 it is nearer", "B"),
        (YES_NO, "yes, by far", "yes"),
        (POINT, "(1, 2, 3) m, the centre", "(1, 2, 3) m"),
    ],
)
def test_a_remark_behind_the_answer_is_left_out(question: Question, said: str, answer: str) -> None:
    assert without_remark(question, said) == answer


@pytest.mark.parametrize(
    ("question", "said"),
    [
        (NUMBER, "0.9 m"),
        (NUMBER, "0.9 - 1.2 m"),
        (NUMBER, "0.9, or 1.2"),
        (NUMBER, "0.9 (about 1.2)"),
        (NUMBER, "1, 2"),
        (CHOICE, "B (the sofa)"),
        (CHOICE, "A, B"),
        (CHOICE, "A, or the heater"),
        (YES_NO, "yes, no"),
        (POINT, "1, 2, 3"),
    ],
)
def test_another_answer_behind_it_is_no_remark(question: Question, said: str) -> None:
    assert without_remark(question, said) == said
