"""`Question`: what is asked, and the form that an answer must have."""

from __future__ import annotations

import re
import string
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from spatial_agent.errors import InputError

Form = Literal["number", "choice", "yes-no", "point", "text"]

_UNITS = {
    "m": r"metres?|meters?|m",
    "cm": r"centimetres?|centimeters?|cm",
    "mm": r"millimetres?|millimeters?|mm",
    "ft": r"feet|foot|ft",
    "in": r"inch(?:es)?|in",
    "dm": r"decimetres?|decimeters?|dm",
    "km": r"kilometres?|kilometers?|km",
    "yd": r"yards?|yd",
    "degrees": r"degrees?|deg|°",
    "rad": r"radians?|rad",
    "s": r"seconds?|s",
}
_NUMBER = re.compile(
    r"\bhow (?:many|far|tall|high|wide|long|deep|big|large|much)\b|\bwhat(?: is|'s) the "
    r"(?:\w+ ){0,2}(?:distance|gap|space|clearance|height|width|length|depth|size|area|angle|number of)\b",
    re.IGNORECASE,
)
_YES_NO = re.compile(r"^(?:is|are|was|were|do|does|did|can|could|has|have|had|will|would)\b", re.IGNORECASE)
_XYZ = r"\bx,? ?y,? ?(?:and )?z\b"
_POINT = re.compile(
    r"^at (?:what|which) (?:[\w,]+ ){0,3}coordinates\b"
    r"|^(?:what (?:are|is)|what's|give|find) (?:me )?(?:the )?(?:[\w,]+ ){0,3}"
    r"(?:coordinates(?! system| frame)|3-?d (?:position|location|point))\b"
    rf"|^(?:where|at (?:what|which) (?:point|position|place))\b.*{_XYZ}",
    re.IGNORECASE | re.DOTALL,
)
# Places in an image or on a map, a single coordinate, and questions that name coordinates and ask for something else.
_NO_POINT = re.compile(
    r"\b(?:pixels?|images?|normali[sz]ed|screen|2-?d|gps|map|[xyz][- ]coordinate)\b|\d\s*,\s*-?\d", re.IGNORECASE
)
_LETTERED = re.compile(r"(?:^|[\s(])\(?([A-Z])[.):]\s*(.+?)(?=[\s;,]{0,9}\(?[B-Z][.):]\s|$)", re.DOTALL)


@dataclass(frozen=True)
class Question:
    """A question in words and the form of its answer."""

    text: str
    form: Form = "text"
    choices: tuple[str, ...] = ()
    """For the form `choice`: the options in order; the answer is the letter of one, A for the first."""
    unit: str | None = None
    """For the form `number`: the unit asked for, where the question names one. A `point` is in metres."""
    may_abstain: bool = True

    def __post_init__(self) -> None:
        if not self.text.strip():
            raise InputError("The question is empty. Ask for example 'How far is the heater from the door, in metres?'")
        if self.text != self.text.encode(errors="replace").decode():
            raise InputError("The question has characters that are none (broken UTF-8). Check the terminal's encoding.")
        if self.form == "choice" and not self.choices:
            raise InputError(
                "A question of the form `choice` needs its options: give choices (--choices 'left,right')."
            )
        if self.form != "choice" and self.choices:
            raise InputError(f"Choices were given with the form {self.form}; leave one of the two out.")
        if len({" ".join(choice.lower().split()) for choice in self.choices} - {""}) < len(self.choices):
            raise InputError(f"The choices {', '.join(map(repr, self.choices))} are not all there and all different.")
        if len(self.choices) == 1 or len(self.choices) > len(string.ascii_uppercase):
            raise InputError(f"A choice has 2 to 26 options; {len(self.choices)} were given.")
        if self.form == "point" and self.unit not in (None, "m"):
            raise InputError(f"A point is given in metres; the unit {self.unit} was given. Leave it out.")

    @property
    def letters(self) -> str:
        """The letters of the choices."""
        return string.ascii_uppercase[: len(self.choices)]

    def form_in_words(self) -> str:
        """What an answer must look like, for people and models."""
        if self.form == "number":
            return f"a number, in {self.unit}" if self.unit else "a number"
        if self.form == "choice":
            return f"one letter of {', '.join(self.letters)}"
        if self.form == "point":
            return "a point: x, y, z in metres"
        return "yes or no" if self.form == "yes-no" else "a short text"


def read_question(
    text: str, *, form: Form | None = None, choices: Sequence[str] = (), may_abstain: bool = True
) -> Question:
    """The question with its form: the one given, else the one that its words ask for.

    Lettered options in the text ("A. left B. right") make it a choice; "how many", "how far", "what is the distance"
    make it a number, with the unit it names; "at which coordinates", "where (x, y, z)" make it a point; a question that
    begins with is, are, does, ... is a yes-no question.
    """
    options = tuple(choices) or (_lettered(text) if form in (None, "choice") else ())
    if options:
        found: Form = "choice"
    elif _NUMBER.search(text):
        found = "number"
    elif _POINT.search(text.strip()) and not _NO_POINT.search(text):
        found = "point"
    else:
        found = "yes-no" if _YES_NO.match(text.strip()) and not re.search(r"\bor\b", text) else "text"
    form = form or found
    unit = _unit(text) if form == "number" else "m" if form == "point" else None
    return Question(text.strip(), form, options, unit, may_abstain)


def _lettered(text: str) -> tuple[str, ...]:
    """Options written as A. ... B. ..., if their letters run from A without a gap."""
    found = _LETTERED.findall(text)
    letters = "".join(letter for letter, _ in found)
    complete = len(found) >= 2 and letters == string.ascii_uppercase[: len(found)]
    return tuple(option.strip(" ,;?\n") for _, option in found) if complete else ()


def _unit(text: str) -> str | None:
    """The unit that the text names as in "in cm" or "how many degrees", else metres where it asks for a distance."""
    for unit, words in _UNITS.items():
        if re.search(rf"\bin (?:{words})(?=$|[\s,;.?!])", text, re.IGNORECASE):
            return unit
    if re.search(r"\bhow many degrees\b", text, re.IGNORECASE):
        return "degrees"
    return "m" if re.search(r"\bhow far\b|\bdistance\b|\bgap\b", text, re.IGNORECASE) else None


def unit_named(words: str) -> str | None:
    """The unit that these words name: `m` for "metres"; None for words that name none that we know."""
    plain = words.strip(" .").lower()
    return next((unit for unit, known in _UNITS.items() if re.fullmatch(known, plain, re.IGNORECASE)), None)
