"""From what a cell submitted to an answer in the form asked for, or an error that says what to submit instead."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from spatial_agent.answers.question import Question, unit_named
from spatial_agent.errors import AnswerError
from spatial_agent.trace.events import Point, Value

Given = str | int | float | bool | Sequence[str | int | float | bool | None] | None
LONGEST = 200
"""Characters of a number or a point: patterns are not tried on more than anybody writes."""
_NUMBER = re.compile(
    r"^(?:about|approximately|approx\.?|around|roughly|circa|ca\.|~|≈)?\s*"
    r"([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)\s*([^\d\s][^\d]{0,20}|c?m\^?[23])?$",
    re.IGNORECASE,
)
_FLOAT = r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?"
_POINT = re.compile(
    rf"[(\[]?\s*(?:x\s*[=:]\s*)?({_FLOAT})\s*m?\s*[,;\s]\s*(?:y\s*[=:]\s*)?({_FLOAT})\s*m?\s*[,;\s]\s*"
    rf"(?:z\s*[=:]\s*)?({_FLOAT})\s*m?\s*[)\]]?(?:\s*(?:m|met(?:er|re)s))?\.?",
    re.IGNORECASE,
)


_LEAD = re.compile(r"(?:the )?(?:(?:final|correct|best) )?(?:answer|option|choice)(?: is)?[\s:=]+(?=\S)", re.IGNORECASE)
"""What may stand before an answer in words."""
_LETTERED = re.compile(r"\(?([A-Za-z])(?:[).:,]| [-\u2013] )\s*(\S.*)")
"""A letter with more behind it: its option, or why."""


def coerce(question: Question, given: Given, unit: str | None = None) -> Value:
    """The answer as a float, a letter, a bool, a text or x, y, z; `unit` is the one it was submitted with, if any.

    Raises AnswerError for another form or another unit than the one asked for; None is refused unless one may abstain.
    """
    if given is None:
        if question.may_abstain:
            return None
        raise _refused(question, "None was submitted, and this question must be answered")
    if question.form == "point":
        return _point(question, given, unit)
    given = _alone(given)
    if given is None or not isinstance(given, str | float | bool | int):
        raise _refused(question, f"{_short(given)} was submitted")
    match question.form:
        case "number":
            return _number(question, given, unit)
        case "choice":
            return _choice(question, given)
        case "yes-no":
            return _yes_no(question, given)
        case "text":
            return _text(question, given)


def _alone(given: Given) -> Given:
    """What a list of one holds."""
    one = isinstance(given, Sequence) and not isinstance(given, str) and len(given) == 1
    return given[0] if one and isinstance(given, Sequence) else given


def _said(text: str) -> str:
    """A text without the words and marks that introduce an answer."""
    text = text.strip().strip("*`$ ")
    lead = _LEAD.match(text)
    return text[lead.end() :] if lead else text


_CALLS = {
    "number": "ReturnAnswer(float(value){})",
    "choice": "ReturnAnswer('A')",
    "yes-no": "ReturnAnswer('yes')",
    "point": "ReturnAnswer([x, y, z])",
    "text": "ReturnAnswer('a short text')",
}


def _refused(question: Question, given: str, why: str = "") -> AnswerError:
    """Why an answer goes back: what was given, what is expected, and the call to type."""
    words = question.form_in_words()
    if question.form == "choice":
        words += ": " + "; ".join(f"{a}: {b}" for a, b in zip(question.letters, question.choices, strict=True))
    form = {"number": ", as a finite float", "point": ", as [x, y, z]"}.get(question.form, "")
    call = _CALLS[question.form].format(f', unit="{question.unit}"' if question.unit else "")
    if why:
        given = f"{given}; {why}"
    return AnswerError(f"{given}\n  expected: {words}{form}\n  type: {call}")


def _number(question: Question, given: str | float | bool, unit: str | None) -> float:
    if isinstance(given, str):
        given = _said(given)
        if given.lower().lstrip("+-") in ("nan", "inf", "infinity"):
            raise _refused(question, f"{given} was submitted", _UNKNOWN)
        match = _match(_NUMBER, given)
        if match is None:
            raise _refused(question, f"{_short(given)} is no number")
        given, unit = float(match.group(1)), match.group(2) or unit
    if isinstance(given, bool) or not math.isfinite(given):
        raise _refused(question, f"{given!r} was submitted", "" if isinstance(given, bool) else _UNKNOWN)
    _check_unit(question, unit, question.unit)
    return float(given)


_UNKNOWN = "look for an empty mask, for points where depth is unknown (NaN), and for a division by zero"


def _match(pattern: re.Pattern[str], given: str) -> re.Match[str] | None:
    """A whole text held against a pattern. Spaces count once, so that no pattern can try them in many ways."""
    plain = " ".join(given.split()).replace("\N{MINUS SIGN}", "-")
    return pattern.fullmatch(plain) if len(plain) <= LONGEST else None


def unit_of(question: Question, given: Given, unit: str | None = None) -> str | None:
    """The unit of an answer that `coerce` took: the one asked for, else the one it was written or submitted with."""
    if question.form in ("number", "point") and question.unit:
        return question.unit
    given = _alone(given)
    match = _match(_NUMBER, _said(given)) if question.form == "number" and isinstance(given, str) else None
    unit = (match and match.group(2)) or unit
    return unit and (unit_named(unit) or unit.strip(" ."))


def _check_unit(question: Question, unit: str | None, asked: str | None) -> None:
    if unit and asked and unit_named(unit) != asked:
        raise _refused(question, f"The answer was submitted in {unit.strip()}")


def _point(question: Question, given: Given, unit: str | None) -> Point:
    if isinstance(given, str):
        match = _match(_POINT, given)
        given = [float(part) for part in match.groups()] if match else given
    if isinstance(given, Sequence) and not isinstance(given, str):
        numbers = [float(part) for part in given if isinstance(part, int | float) and not isinstance(part, bool)]
        if len(numbers) == len(given) == 3 and all(map(math.isfinite, numbers)):
            _check_unit(question, unit, "m")
            return numbers[0], numbers[1], numbers[2]
    raise _refused(question, f"{_short(given)} was submitted")


def _short(given: Given) -> str:
    text = repr(given)
    return text if len(text) <= 80 else f"{text[:80]}..."


def _choice(question: Question, given: str | float | bool) -> str:
    said = _said(str(given))
    letter = _plain(said).upper()
    if letter in question.letters and len(letter) == 1:
        return letter
    same = [
        one
        for one, choice in zip(question.letters, question.choices, strict=True)
        if _plain(choice) in (_plain(str(given)), _plain(said))
    ]
    if len(same) == 1:
        return same[0]
    lettered = _LETTERED.fullmatch(" ".join(said.split())) if len(said) <= LONGEST else None
    if lettered and (letter := lettered.group(1).upper()) in question.letters:
        rest, own = _plain(lettered.group(2)), _plain(question.choices[question.letters.index(letter)])
        others = [_plain(choice) for choice in question.choices if _plain(choice) != own]
        letters_only = all(len(word) == 1 or word in ("and", "or") for word in re.findall(r"\w+", rest))
        if rest == own or not (letters_only or any(_names(rest, other) for other in others)):
            return letter
    raise _refused(question, f"{_short(given)} is none of the options")


def _plain(text: str) -> str:
    return " ".join(text.lower().split()).strip(" .,;:()'\"*")


def _names(text: str, choice: str) -> bool:
    """Whether a text names an option, as words of its own."""
    words = re.sub(r"\W+", " ", text)
    return f" {choice} " in f" {words} " or text == choice


def _yes_no(question: Question, given: str | float | bool) -> bool:
    if isinstance(given, bool):
        return given
    word = re.match(r"(yes|true|no|false)(?=[.,;:!]|\s*$)", _said(str(given)), re.IGNORECASE)
    if word:
        return word.group(1).lower() in ("yes", "true")
    raise _refused(question, f"{_short(given)} was submitted")


def _text(question: Question, given: str | float | bool) -> str:
    text = str(given).strip()
    if not text:
        raise _refused(question, "An empty text was submitted")
    return text
