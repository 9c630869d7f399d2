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


def coerce(question: Question, given: Given, unit: str | None = None) -> Value:
    """The answer as a float, a letter, a bool, a text or x, y, z; `unit` is the one it was submitted with, if any.

    Raises AnswerError for another form or another unit than the one asked for; None is refused unless one may abstain.
    """
    if given is None:
        if question.may_abstain:
            return None
        raise AnswerError(f"This question must be answered; submit {question.form_in_words()}.")
    if question.form == "point":
        return _point(question, given, unit)
    if not isinstance(given, str | float | bool | int):
        raise AnswerError(f"A list of {len(given)} was submitted; submit {question.form_in_words()}.")
    match question.form:
        case "number":
            return _number(question, given, unit)
        case "choice":
            return _choice(question, given)
        case "yes-no":
            return _yes_no(given)
        case "text":
            return _text(given)


def _number(question: Question, given: str | float | bool, unit: str | None) -> float:
    if isinstance(given, str):
        match = _match(_NUMBER, given)
        if match is None:
            raise AnswerError(f"{_short(given)} is no number; submit {question.form_in_words()}, as a float.")
        given, unit = float(match.group(1)), match.group(2) or unit
    if isinstance(given, bool) or not math.isfinite(given):
        raise AnswerError(f"{given!r} was submitted; submit {question.form_in_words()}, as a finite float.")
    _check_unit(question, unit, question.unit)
    return float(given)


def _match(pattern: re.Pattern[str], given: str) -> re.Match[str] | None:
    """A whole text held against a pattern. Spaces count once, so that no pattern can try them in many ways."""
    plain = " ".join(given.split()).replace("\N{MINUS SIGN}", "-")
    return pattern.fullmatch(plain) if len(plain) <= LONGEST else None


def unit_of(question: Question, given: Given, unit: str | None = None) -> str | None:
    """The unit of an answer that `coerce` took: the one asked for, else the one it was written or submitted with."""
    if question.form in ("number", "point") and question.unit:
        return question.unit
    match = _match(_NUMBER, given) if question.form == "number" and isinstance(given, str) else None
    unit = (match and match.group(2)) or unit
    return unit and (unit_named(unit) or unit.strip(" ."))


def _check_unit(question: Question, unit: str | None, asked: str | None) -> None:
    if unit and asked and unit_named(unit) != asked:
        raise AnswerError(f"The answer was submitted in {unit.strip()}; submit {question.form_in_words()}.")


def _point(question: Question, given: Given, unit: str | None) -> Point:
    if isinstance(given, str):
        match = _match(_POINT, given)
        given = [float(part) for part in match.groups()] if match else given
    if isinstance(given, Sequence) and not isinstance(given, str):
        numbers = [float(part) for part in given if isinstance(part, int | float) and not isinstance(part, bool)]
        if len(numbers) == len(given) == 3 and all(map(math.isfinite, numbers)):
            _check_unit(question, unit, "m")
            return numbers[0], numbers[1], numbers[2]
    raise AnswerError(f"{_short(given)} was submitted; submit {question.form_in_words()}, as [x, y, z].")


def _short(given: Given) -> str:
    text = repr(given)
    return text if len(text) <= 80 else f"{text[:80]}..."


def _choice(question: Question, given: str | float | bool) -> str:
    text = str(given).strip().strip("().:'\"").strip()
    if text.upper() in question.letters and len(text) == 1:
        return text.upper()
    lettered = re.match(r"^\(?([A-Za-z])[.):]\s*(.+)$", str(given).strip(), re.DOTALL)
    same = [letter for letter, choice in zip(question.letters, question.choices, strict=True) if _same(choice, text)]
    if len(same) == 1:
        return same[0]
    if lettered and lettered.group(1).upper() in question.letters:
        letter = lettered.group(1).upper()
        if _same(question.choices[question.letters.index(letter)], lettered.group(2)):
            return letter
    options = "; ".join(f"{a}: {b}" for a, b in zip(question.letters, question.choices, strict=True))
    raise AnswerError(f"{_short(given)} is none of the options; submit one letter. {options}")


def _same(a: str, b: str) -> bool:
    return " ".join(a.lower().split()).strip(" .") == " ".join(b.lower().split()).strip(" .")


def _yes_no(given: str | float | bool) -> bool:
    if isinstance(given, bool):
        return given
    word = str(given).strip().lower().strip(".!")
    if word in ("yes", "true", "no", "false"):
        return word in ("yes", "true")
    raise AnswerError(f"{_short(given)} was submitted; submit 'yes' or 'no'.")


def _text(given: str | float | bool) -> str:
    text = str(given).strip()
    if not text:
        raise AnswerError("An empty text was submitted; submit a short text.")
    return text
