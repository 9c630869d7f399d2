"""The last turn of a session that came to a limit."""

import pytest

from spatial_agent.answers.last_words import read_last_words
from spatial_agent.errors import AnswerError


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
