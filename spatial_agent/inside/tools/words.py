"""Words for directions: what a question offers is read as directions, and the one that fits best is picked."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np

from spatial_agent.inside.tools.arguments import Doubles

NEAR_TIE = 5.0
"""Degrees: a word that a turn by less than this would change is a near tie."""

AROUND = ("ahead", "front-right", "right", "back-right", "behind", "back-left", "left", "front-left")
"""Clockwise seen from above, 45 degrees each, from straight ahead."""
COMPASS = (
    "north", "north-north-east", "north-east", "east-north-east", "east", "east-south-east", "south-east",
    "south-south-east", "south", "south-south-west", "south-west", "west-south-west", "west", "west-north-west",
    "north-west", "north-north-west",
)  # fmt: skip
"""Clockwise seen from above, 22.5 degrees each."""

_SIDES = {
    "left(?:wards?)?": (-1, 0, 0),
    "right(?:wards?)?": (1, 0, 0),
    "front|ahead|forwards?|forth": (0, 0, 1),
    "behind|back(?:wards?)?|rear": (0, 0, -1),
    "up(?:wards?)?|above|over|overhead|top|upper": (0, 1, 0),
    "down(?:wards?)?|below|under(?:neath)?|beneath|bottom|lower": (0, -1, 0),
}
_POINTS = {"n": (0, 0, 1), "e": (1, 0, 0), "s": (0, 0, -1), "w": (-1, 0, 0)}
_ADVERB = re.compile(r"\bright (?=behind|in front|ahead|next|above|below|under|over|beneath)")
_SHOULDER = re.compile(r"\bover (?=(?:\w+ )?(?:left|right) shoulder)")
_JOINED = re.compile(
    r"\b(front|back|rear|forward|north|south|left|right)(?=front|back|rear|left|right|north|east|west)"
)
_CLOCK = re.compile(r"\b(1[0-2]|[1-9])(?::00)?[\s-]*o\W?\s?clock\b")
_CODE = re.compile(r"^(?:[A-Z][.):]\s*)?([NESW]{1,3})\.?$")


class Word(str):
    """A word for a direction, a plain string that knows how sure it is: `.margin` degrees from `.second`, the next word."""

    margin: float
    second: str

    @staticmethod
    def of(text: str, margin: float, second: str) -> Word:
        """The word with what is known about it."""
        word = Word(text)
        word.margin, word.second = margin, second
        return word

    @property
    def near_tie(self) -> bool:
        """True when a turn by less than 5 degrees would change the word."""
        return self.margin < NEAR_TIE


def ring(names: Sequence[str]) -> dict[str, Doubles]:
    """Names that go around clockwise from straight ahead, in equal steps, as directions (right, up, forward)."""
    angles = np.arange(len(names)) * 2 * np.pi / len(names)
    return {name: np.array([np.sin(a), 0.0, np.cos(a)]) for name, a in zip(names, angles, strict=True)}


def best(names: Mapping[str, Doubles], way: Doubles) -> Word | None:
    """The name nearest to a direction (right, up, forward); None where it points straight up, down or nowhere.

    The vertical counts only where a name says up or down.
    """
    if not any(vector[1] for vector in names.values()):
        way = way * [1.0, 0.0, 1.0]
    if not np.linalg.norm(way) > 1e-9:
        return None
    off = {name: _angle(vector, way) for name, vector in names.items()}
    first, *others = sorted(off, key=lambda name: off[name])
    if not others:
        return Word.of(first, 180.0 - off[first], "")
    return Word.of(first, (off[others[0]] - off[first]) / 2, others[0])


def read_side(option: str) -> Doubles | None:
    """Direction (right, up, forward) of words as in "to my front left", "behind" or "2 o'clock"; None if there is none."""
    text = option.lower().replace("’", "'")
    if clock := _CLOCK.search(text):
        angle = np.radians(30.0 * int(clock[1]))
        return np.array([np.sin(angle), 0.0, np.cos(angle)])
    text = _JOINED.sub(r"\1 ", _SHOULDER.sub("back ", _ADVERB.sub("", text)))
    found = [side for words, side in _SIDES.items() if re.search(rf"\b(?:{words})\b", text)]
    if not found and "straight" in text:
        found = [(0, 0, 1)]
    return _direction(np.sum([(0, 0, 0), *found], axis=0))


def read_compass(option: str) -> Doubles | None:
    """Direction (east, up, north) of words as in "north-east", "southwest" or "NNW"; None if there is none."""
    code = _CODE.match(option.strip())
    text = _JOINED.sub(r"\1 ", option.lower())
    letters = (
        code[1].lower() if code else "".join(re.findall(r"\b([nesw])(?:orth|ast|outh|est)(?:ern|erly|wards?)?\b", text))
    )
    first, rest = letters[:-2], letters[-2:]
    if len(first) > 1 or first not in rest:
        return None  # it speaks of two directions
    half = _direction(np.sum([(0, 0, 0), *(_POINTS[letter] for letter in rest)], axis=0))
    return _direction(half + np.array(_POINTS[first])) if first and half is not None else half


def _direction(vector: Doubles) -> Doubles | None:
    length = np.linalg.norm(vector)
    return vector / length if length > 1e-9 else None


def _angle(a: Doubles, b: Doubles) -> float:
    """Degrees between two directions."""
    a, b = a / np.linalg.norm(a), b / np.linalg.norm(b)
    return float(np.degrees(2 * np.arctan2(np.linalg.norm(a - b), np.linalg.norm(a + b))))
