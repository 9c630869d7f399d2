"""Values in words."""

import pytest

from spatial_agent.trace.events import Value
from spatial_agent.trace.words import in_words


@pytest.mark.parametrize(
    ("value", "unit", "choices", "words"),
    [
        (0.9041, "m", (), "0.904 m"),
        (3.0, None, (), "3"),
        (127.25, "degrees", (), "127.2 degrees"),
        (True, None, (), "yes"),
        (False, None, (), "no"),
        (None, "m", (), "none"),
        ("B", None, ("the sofa", "the pouf"), "B: the pouf"),
        ("blue", None, (), "blue"),
        ((4.7831, -0.5, 2.0), "m", (), "(4.783, -0.500, 2.000) m"),
    ],
)
def test_values_in_words(value: Value, unit: str | None, choices: tuple[str, ...], words: str) -> None:
    assert in_words(value, unit, choices) == words
