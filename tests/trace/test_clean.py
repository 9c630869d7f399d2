"""Texts of untrusted origin: what is kept of them, and how long that takes."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatial_agent.trace.clean import clean


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("a\tb\nc", "a\tb\nc"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]8;;https://example.org\x07link\x1b]8;;\x07", "link"),
        ("\x1b]0;title\x1b\\text", "text"),
        ("\x1bPq#0;2;0;0;0\x1b\\after a sixel", "after a sixel"),
        ("\x1b]never closed\nthe next line", "\nthe next line"),
        ("\x9b31mbell\x07", "bell"),
        ("\x1b(Bx\x1bc", "x"),
        ("50 %\r100 %\r\n", "100 %\n"),
        ("10 %\r50 %\r100 %", "100 %"),
        ("a\r\nb\r\r\nc\r", "a\nb\nc"),
        ("x = 1  # \u202eytefas", "x = 1  # ytefas"),
        ("a\u200bb\ufeffc\u2060d\U000e0041", "abcd"),
        ("one\u2028two\x85three\x0bfour", "one\ntwo\nthree\nfour"),
        ("half \ud83d of a pair", "half  of a pair"),
        ("grad \N{DEGREE SIGN} é 漢 🙂", "grad \N{DEGREE SIGN} é 漢 🙂"),
    ],
)
def test_what_is_seen_is_kept_and_nothing_else(given: str, kept: str) -> None:
    assert clean(given) == kept


@given(st.text(alphabet=st.sampled_from("a\r\n\x1b[]0m\x07\\\x9b\x90 \u202e\u200b\x00")))
def test_nothing_is_left_that_steers_a_terminal(text: str) -> None:
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u202e]", clean(text))
    assert clean(clean(text)) == clean(text)


@pytest.mark.parametrize("piece", ["a", "\r", "x\r", "\x1b", "\x1b[0", "\x1b]", "\x1b[ ", "\x90", "\n\r"])
def test_it_takes_no_longer_for_a_text_made_to_take_long(piece: str) -> None:
    def seconds(count: int) -> float:
        text = (piece * count)[:count] + "b"
        began = time.perf_counter()
        clean(text)
        return time.perf_counter() - began

    # Four times the text in about four times the time; an expression that goes back and forth takes sixteen times as long.
    short, long = (min(seconds(count) for _ in range(3)) for count in (200_000, 800_000))
    assert long < 10 * short + 0.1
