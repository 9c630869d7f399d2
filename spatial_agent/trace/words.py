"""What a record says, in words that are safe to put before a person."""

from __future__ import annotations

import string
from collections.abc import Sequence

from spatial_agent.trace.clean import clean
from spatial_agent.trace.events import Evidence, Frame, Opened, Stand, Value


def in_words(value: Value, unit: str | None = None, choices: Sequence[str] = ()) -> str:
    """An answer as one reads it: `0.904 m`, `B: the sofa`, `yes`, `(4.783, 4.431, 0.714) m`."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        place = string.ascii_uppercase.find(value) if len(value) == 1 else -1
        return f"{value}: {clean(choices[place])}" if 0 <= place < len(choices) else clean(value)
    told = f"({', '.join(f'{x:.3f}' for x in value)})" if isinstance(value, tuple) else _number(value, unit)
    return f"{told} {clean(unit)}" if unit else told


def _number(value: float, unit: str | None) -> str:
    if unit == "m":
        return f"{value:.3f}"
    return f"{value:.0f}" if value == round(value) or abs(value) >= 1000 else f"{value:.4g}"


def form_in_words(opened: Opened) -> str:
    """The form of the answer asked for."""
    if opened.form == "choice":
        options = zip(string.ascii_uppercase, opened.choices, strict=False)
        return "one of " + ", ".join(f"{letter}: {clean(choice)}" for letter, choice in options)
    if opened.form == "number":
        return f"a number, in {opened.unit}" if opened.unit else "a number"
    if opened.form == "point":
        return "a point: x, y, z in metres"
    return "yes or no" if opened.form == "yes-no" else "a short text"


def tone(sandbox: Stand) -> str:
    """Colour of a line about a sandbox: nothing for one that keeps cells in, which older records know nothing of."""
    return "" if sandbox.name in ("strong", "good") else "yellow"


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
