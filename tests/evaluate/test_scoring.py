"""Right or wrong, and intervals."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatial_agent.answers.question import Question
from spatial_agent.evaluate.samples import Sample
from spatial_agent.evaluate.scoring import score, wilson
from spatial_agent.trace.events import Value

NUMBER = Sample("a", Question("How far?", "number", unit="m"), ("x",), 0.9, 0.03)
CHOICE = Sample("b", Question("Which?", "choice", ("the sofa", "the pouf")), ("x",), "B")
POINT = Sample("e", Question("Where is it?", "point", unit="m"), ("x",), (1.0, 2.0, 0.5), 0.05)
YES_NO = Sample("c", Question("Is it?", "yes-no"), ("x",), True)
TEXT = Sample("d", Question("What colour?"), ("x",), "Dark Blue")


@pytest.mark.parametrize(
    ("sample", "answer", "value", "why"),
    [
        (NUMBER, 0.9041, 1.0, "off by 0.004 m, within the tolerance of 0.030 m"),
        (NUMBER, 0.93, 1.0, "within"),
        (NUMBER, 0.87, 1.0, "within"),
        (NUMBER, 1.5807, 0.0, "off by 0.681 m, beyond the tolerance of 0.030 m"),
        (NUMBER, None, 0.0, "no answer was given"),
        (NUMBER, "near", 0.0, "is not a number"),
        (POINT, (1.0, 2.03, 0.54), 1.0, "off by 0.050 m, within the tolerance of 0.050 m"),
        (POINT, (1.04, 2.04, 0.5), 0.0, "off by 0.057 m, beyond the tolerance of 0.050 m"),
        (POINT, None, 0.0, "no answer was given"),
        (POINT, "there", 0.0, "is not a point"),
        (POINT, 1.0, 0.0, "is not a point"),
        (CHOICE, "B", 1.0, "true"),
        (CHOICE, "A", 0.0, "A: the sofa is not B: the pouf"),
        (YES_NO, True, 1.0, "true"),
        (YES_NO, False, 0.0, "no is not yes"),
        (TEXT, " dark  blue.", 1.0, "true"),
        (TEXT, "blue", 0.0, "blue is not Dark Blue"),
    ],
)
def test_a_score_has_a_reason(sample: Sample, answer: Value, value: float, why: str) -> None:
    given_score = score(sample, answer)
    assert given_score.value == value
    assert why in given_score.why


@given(of=st.integers(1, 500), share=st.floats(0, 1))
def test_the_interval_lies_in_0_to_1_around_the_share(of: int, share: float) -> None:
    right = round(share * of)
    interval = wilson(right, of)
    assert interval is not None
    assert 0 <= interval.low <= right / of + 1e-12
    assert right / of - 1e-12 <= interval.high <= 1


def test_the_interval_is_wilsons() -> None:
    assert wilson(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)
    assert wilson(0, 0) is None
