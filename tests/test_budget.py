"""Durations as people type them, and what is kept of them for the last turn."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatial_agent.budget import Budget, read_duration
from spatial_agent.errors import InputError


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("20s", 20), ("90", 90), ("2m", 120), ("1.5m", 90), (" 0.5 S ", 0.5), ("1h", 3600), (".5s", 0.5)],
)
def test_durations(text: str, seconds: float) -> None:
    assert read_duration(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "soon", "0", "0s", "-5s", "20 seconds", "1d", "nan", "inf", "1e3", "9" * 400, "s"]
)
def test_what_is_no_duration_is_refused_with_examples(text: str) -> None:
    with pytest.raises(InputError, match=r"is no duration\. Type for example 20s, 1\.5m"):
        read_duration(text)


@given(st.floats(min_value=0.01, max_value=1e6))
def test_the_reserve_leaves_most_of_the_time_to_the_cells(seconds: float) -> None:
    reserve = Budget(wall_seconds=seconds).reserve_seconds
    assert 0 < reserve <= min(10, seconds / 4)
