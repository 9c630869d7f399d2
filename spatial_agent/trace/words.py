"""What a record says, in words that are safe to put before a person."""

from __future__ import annotations

import re
import string
from collections.abc import Sequence

from spatial_agent.trace.events import Evidence, Frame, Opened, Value

_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-_])?")
# Besides C0 and C1: marks that reorder what is read, by which code can look other than it is, and halves of
# surrogate pairs, which no file can hold.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def plain(text: str) -> str:
    """Text without what would steer a terminal: cells are untrusted and can print any bytes."""
    return _CONTROL.sub("", _ESCAPE.sub("", text.replace("\r\n", "\n").replace("\r", "\n")))


def in_words(value: Value, unit: str | None = None, choices: Sequence[str] = ()) -> str:
    """An answer as one reads it: `0.904 m`, `B: the sofa`, `yes`, `(4.783, 4.431, 0.714) m`."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        place = string.ascii_uppercase.find(value) if len(value) == 1 else -1
        return f"{value}: {plain(choices[place])}" if 0 <= place < len(choices) else plain(value)
    told = f"({', '.join(f'{x:.3f}' for x in value)})" if isinstance(value, tuple) else _number(value, unit)
    return f"{told} {plain(unit)}" if unit else told


def _number(value: float, unit: str | None) -> str:
    if unit == "m":
        return f"{value:.3f}"
    return f"{value:.0f}" if value == round(value) or abs(value) >= 1000 else f"{value:.4g}"


def form_in_words(opened: Opened) -> str:
    """The form of the answer asked for."""
    if opened.form == "choice":
        options = zip(string.ascii_uppercase, opened.choices, strict=False)
        return "one of " + ", ".join(f"{letter}: {plain(choice)}" for letter, choice in options)
    if opened.form == "number":
        return f"a number, in {opened.unit}" if opened.unit else "a number"
    if opened.form == "point":
        return "a point: x, y, z in metres"
    return "yes or no" if opened.form == "yes-no" else "a short text"


FRAMES: dict[Frame, str] = {
    "input": "the input's own frame of reference",
    "world": "the levelled world of the reconstruction (+Y up)",
}
"""The frames of reference, for readers of an answer."""


def scale_in_words(found: Evidence) -> str:
    """The scale and where it comes from; empty when nothing was reconstructed."""
    told = found.scale or ""
    if found.scale_from:
        return found.scale_from if found.scale_from.startswith(told) else f"{told}: {found.scale_from}"
    return told
