"""Confidences of estimators come to one scale, on which a threshold means the same for each."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from spatial_agent.perception.confidence import from_logistic, from_one_plus_exp

LOGITS = st.lists(st.floats(-30, 30), min_size=1, max_size=20).map(np.array)


@given(LOGITS)
def test_the_same_logit_is_the_same_level_whatever_form_it_comes_in(x: np.ndarray) -> None:
    told = from_one_plus_exp(1 + np.exp(x)).astype(int)
    assert np.abs(told - from_logistic(1 / (1 + np.exp(-x)))).max() <= 1


@given(LOGITS)
def test_surer_is_never_lower(x: np.ndarray) -> None:
    levels = from_one_plus_exp(1 + np.exp(np.sort(x))).astype(int)
    assert (np.diff(levels) >= 0).all()


def test_the_ends_and_what_is_no_number() -> None:
    raw = np.array([[1.0, np.inf, np.nan, 0.0, 2.0]], np.float32)
    assert from_one_plus_exp(raw).tolist() == [[0, 255, 0, 0, 128]]
    assert from_logistic(np.array([0.0, 1.0, np.nan, -0.2, 1.3])).tolist() == [0, 255, 0, 0, 255]
    assert from_one_plus_exp(raw).dtype == np.uint8
