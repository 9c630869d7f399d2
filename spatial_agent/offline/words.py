"""How people write questions: names of things, units, closest points and centres."""

import re
from typing import NamedTuple

_CENTRE = r"(?:cent(?:re|er)(?: point)?|centroid|middle|midpoint)"
_POINTS = rf"(?:(?:closest|nearest) points?|{_CENTRE}s?)"
_EACH = r"(?:of|on|in) (?:each|either|both|the two)\b(?: of them| thing| object| item)?s?"
_OPTIONS = r"(?s)[\s(]A[.):]\s.*\bB[.):]\s.*$"
_CENTRES = (
    rf"(?i)\b(?:cent(?:re|er)s|cent(?:re|er) points|centroids|middles|midpoints)\b|\b{_CENTRE} {_EACH}"
    rf"|\b{_CENTRE}[ -]to[ -]{_CENTRE}\b|\b(?:centroid|cent(?:re|er)) distance\b"
)
_CLAUSES = (
    rf",?\s*\(?\b(?:at|from|between|by|using)?\s*(?:their |the |its )?{_POINTS} {_EACH}[),:]?",
    r",?\s*\(?\b(?:when |if )?measur(?:ed|ing|e)\b.*?(?=[?;),:]|\b(?:what|how|which)\b|$)\)?",
    rf",?\s*\(?\b(?:at|from|between|by|using) (?:their|its) {_POINTS}\)?",
    rf",?\s*\(?\b(?:from )?{_CENTRE}[ -]to[ -]{_CENTRE}\)?",
    rf"\b(?:the )?(?:(?:closest|nearest) points?|{_CENTRE}s) (?:of|on) ",
    r"\s+(?:in|on) (?:this|the) (?:\w+ )?(?:room|scene|video|image|picture|photo|clip)s?(?=\s*(?:[?,;:.!]|$))",
)
_NO_THING = (
    r"(?i)\b(?:it|them|they|me|you|i|us|we|there|here|one|ones|which|what|each other|one another|camera|viewer|observer)\b"
    r"|^(?:two|three|four|both|all|other|next|left|right|\d)\b|\b(?:and|or)$"
    rf"|\b(?:top|bottom|edge|corner|side|front|back|left|right|end|tip|surface|part|half|point|{_CENTRE})s? of\b"
)
_AFTER_NOUN = (
    r"\s+(?:[io]n|of|at|by|under|below|above|behind|beside|between|near|next|with\w*|from|to|that|which|\w+ing)\b.*"
)


class Unit(NamedTuple):
    """A unit of length."""

    symbol: str
    per_metre: float
    decimals: int


_UNITS = {
    r"centimet(?:re|er)s?|cms?": Unit("cm", 100, 1),
    r"millimet(?:re|er)s?|mms?": Unit("mm", 1000, 0),
    r"met(?:re|er)s?|m": Unit("m", 1, 3),
    r"inch(?:es)?": Unit("in", 39.37, 1),
    r"feet|foot|ft": Unit("ft", 3.2808, 2),
}
_UNIT = "|".join(_UNITS)
_ASKED_UNIT = rf"(?i),?\s*\(?\b(?:expressed |given )?in (?:the )?(?:units? (?:of )?)?({_UNIT})\b\)?|\(({_UNIT})\)|\bhow many ({_UNIT})\b"


def unit_of(question: str, form: str) -> Unit:
    """The unit that the question asks for; else that of the answer form; else metres."""
    found = re.search(_ASKED_UNIT, question) or re.search(_ASKED_UNIT, form.partition(".")[0])
    name = next(filter(None, found.groups())) if found else "m"
    return next(unit for words, unit in _UNITS.items() if re.fullmatch(words, name, re.IGNORECASE))


def says_centres(question: str) -> bool:
    """It speaks of the centres of all its things."""
    return bool(re.search(_CENTRES, question))


def stripped(question: str) -> str:
    """The question without listed options, units and the words that say between which points is measured."""
    text = " ".join(re.sub(_OPTIONS, "", question).translate(str.maketrans("‘’“”", "''\"\"")).split())
    text = re.sub(_ASKED_UNIT, lambda match: "how many units" if match[3] else "", text)
    for clause in _CLAUSES:
        text = re.sub(clause, " ", text, flags=re.IGNORECASE)
    return " ".join(text.split()).strip(" ,")


def centre_of(phrase: str) -> str | None:
    """X of "the centre of X" or "X's centre"."""
    found = re.fullmatch(rf"\s*(?:the )?{_CENTRE} of (.+)|(.+)'s {_CENTRE}s?\s*", phrase, re.IGNORECASE)
    return found[1] or found[2] if found else None


def thing(phrase: str) -> str | None:
    """A phrase as the name of a thing, without its article; None if it does not name one thing."""
    name = re.sub(r"^(?:the|a|an|this|that)\s+|'s$", "", phrase.strip(" .,;:?!\"'"), flags=re.IGNORECASE)
    fits = re.fullmatch(r"[^\W_][\w' -]{0,60}", name) and len(name.split()) <= 8
    return name if fits and not re.search(_NO_THING, name) else None


def two(phrase: str) -> tuple[str, str] | None:
    """The two phrases of "X and Y"; an article after "and" shows which "and" it is."""
    found = re.fullmatch(r"(.+) and ((?:the|a|an) .+)", phrase, re.IGNORECASE) or re.fullmatch("(.+) and (.+)", phrase)
    return (found[1], found[2]) if found else None


def other_words(name: str) -> list[str]:
    """More general words for a thing, made of its own: "old floor lamps by the sofa" are floor lamps, lamps, a lamp."""
    words = re.sub(_AFTER_NOUN, "", name).split()
    tries = [" ".join(words[start:]) for start in range(len(words))]
    tries += [re.sub(r"(?<=ch|sh|ss)es$|(?<=x)es$|(?<!s)s$", "", text) for text in tries]
    return [text for text in dict.fromkeys(tries) if text and text != name]
