"""Texts from outside, and values in words."""

import pytest

from spatial_agent.trace.events import Value
from spatial_agent.trace.words import in_words, plain


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("a\tb\nc", "a\tb\nc"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]8;;https://example.org\x07link\x1b]8;;\x07", "link"),
        ("\x1b]0;title\x1b\\text", "text"),
        ("50 %\r100 %\r\n", "50 %\n100 %\n"),
        ("x = 1  # \u202eytefas", "x = 1  # ytefas"),
        ("\x9b31mbell\x07", "31mbell"),
        ("half \ud83d of a pair", "half  of a pair"),
        ("grad \N{DEGREE SIGN} é 漢", "grad \N{DEGREE SIGN} é 漢"),
    ],
)
def test_plain_keeps_text_and_nothing_that_steers_a_terminal(given: str, kept: str) -> None:
    assert plain(given) == kept


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
