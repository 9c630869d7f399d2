"""Left, right, ahead, behind, up, down: which of them a question offers, and which of these a direction is."""

import re

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spatial_agent.offline.measuring import Said
from spatial_agent.offline.session import Asked, CannotTell

_WORDS = {
    "left": (-1, 0, 0),
    "right": (1, 0, 0),
    "front|ahead|forwards?|forth": (0, 0, 1),
    "behind|back(?:wards?)?|rear": (0, 0, -1),
    "up(?:wards?)?": (0, 1, 0),
    "down(?:wards?)?": (0, -1, 0),
}
_SIDE = rf"\b(?:(?:front|back|rear)[ -]+(?:left|right)|(?:left|right)[ -]+(?:front|back|rear)|{'|'.join(_WORDS)})\b"
AROUND, ACROSS = ("left", "right", "front", "behind"), ("left", "right")


def offered(asked: Asked, text: str, among: tuple[str, ...] | None = None) -> tuple[str, ...]:
    """The sides among the options, else in the text; none where they are no sides, not `among` these, or too alike."""
    text = re.sub(r"(?i)\bright (?=behind|in front|ahead|next)", "", text)
    named = [" ".join(re.findall(_SIDE, word.lower())) for word in asked.options or re.findall(_SIDE, text.lower())]
    names = tuple(dict.fromkeys(named)) or (among or AROUND if asked.form == "text" else ())
    fits = len(names) == 1 if asked.form == "yes-no" else len(names) >= max(2, len(asked.options))
    distinct = len({tuple(_vector(name)) for name in names} - {(0, 0, 0)}) == len(names)
    return names if fits and distinct and set(names) <= set(among or names) else ()


def chosen(asked: Asked, names: tuple[str, ...], towards: ArrayLike, so: str) -> Said:
    """The side nearest to a direction (right, up, ahead); yes or no for one side. Raises CannotTell if that depends."""
    way = np.asarray(towards, dtype=float)

    def off(name: str) -> float:
        cosine = _vector(name) @ way / (np.linalg.norm(_vector(name)) * np.linalg.norm(way) or 1)
        return float(np.degrees(np.arccos(np.clip(cosine, -1, 1))))

    if asked.form == "yes-no":
        if min(map(off, AROUND)) < off(names[0]) < 90:
            raise CannotTell(f"whether that is {names[0]} depends on how it is meant: {so}")
        return Said(off(names[0]) < 90, so)
    first = min(names, key=off)
    return Said(first, f"{so} That is {first}.")


def _vector(name: str) -> NDArray[np.int_]:
    """A side as a direction; "front-left" is between two."""
    found = [side for words, side in _WORDS.items() if re.search(rf"\b(?:{words})\b", name)]
    side: NDArray[np.int_] = np.sum([(0, 0, 0), *found], axis=0)
    return side
