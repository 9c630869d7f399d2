"""How people write questions: names of things, lists, units, frames, centres."""

import re

PHRASE, END = r"[^?!,;:.()]+?", r"(?=\s*(?:[?!,;:.()]|$))"
"""What may be the name of a thing, and where a clause ends."""
Unit = tuple[str, float, int]
"""A symbol, how many of it a metre has, and how many decimals make sense."""
_UNITS: dict[str, Unit] = {
    r"centimet(?:re|er)s?|cms?": ("cm", 100, 1),
    r"millimet(?:re|er)s?|mms?": ("mm", 1000, 0),
    r"met(?:re|er)s?|m": ("m", 1, 3),
    "inch(?:es)?": ("in", 39.37, 1),
    "feet|foot|ft": ("ft", 3.2808, 2),
}
_UNIT = f"({'|'.join(_UNITS)})"
_ASKED_UNIT = (
    rf"(?i),?\s*\(?\b(?:expressed |given )?in (?:the )?(?:units? (?:of )?)?{_UNIT}\b\)?|\({_UNIT}\)"
    rf"|\bhow many {_UNIT}\b"
)
_AMOUNT = rf"\W*(?:about |around |roughly )?(\d+(?:\.\d+)?) ?{_UNIT}?(?:degrees?)?\W*"
_CENTRE = r"(?:cent(?:re|er)(?: point)?|centroid|middle|midpoint)"
_POINTS = rf"(?:(?:closest|nearest) points?|{_CENTRE}s?)\b(?! points)"
_OPTIONS = r"(?s)\(e?s\)|[\s(]A[.):]\s.*\bB[.):]\s.*$"
CENTRES = rf"(?i)\b{_CENTRE}(?:s\b| (?:of|on|in) (?:each|either|both|the two)\b|[ -]to[ -]{_CENTRE}\b| distance\b)"
_PLACE = "(?:(?:living |dining |bed|bath)?room|kitchen|scene|video|image|picture|photo|clip|recording|footage)s?"
_CLAUSES = (
    r",?\s*\(?\b(?:when |if )?measur(?:ed|ing|e)\b.*?(?=[?;),:]|\b(?:what|how|which)\b|$)\)?",
    rf",?\s*\(?\b(?:at|from|between|(?:going )?by|using) (?:their|its) {_POINTS}\)?",
    r",?\s*\(?\b(?:at|from|going by|taking) the (?:closest|nearest) points?\b(?! of| on)\)?",
    rf",?\s*\(?\b(?:from )?{_CENTRE}[ -]to[ -]{_CENTRE}\)?|\bwhere they \w+ (?:closest|nearest)\b",
    rf"\b(?:the )?(?:(?:closest|nearest) points?|{_CENTRE}s) (?:of|on) ",
    rf",?\s*\b(?:in|on|during|over|throughout|across|of) (?:this|the) (?:\w+ )?{_PLACE}(?=\s*(?:[?,;:.!]|$))",
)
_BEFORE = r"to|from|of|[io]n|at|by|with\w*|under|below|above|behind|beside|between|near|next"
_NO_THING = (
    r"(?i)\b(?:it|them|they|me|you|i|us|we|there|here|ones?|which|what|each other|camera|viewer|observer|is|are|does"
    r"|did|moves?|video|anything|something|things?|objects?|units?)\b|\b(?:and|or)$"
    rf"|^(?:{_BEFORE}|than|two|three|four|both|all|other|left|right|these|those|room|\d)\b|(?<!\bon )(?<!\bin )"
    rf"\b(?:top|bottom|edge|corner|side|front|back|end|tip|surface|part|half|point|kind|{_CENTRE})s? of\b"
)
_AFTER_NOUN = rf"\s+(?:{_BEFORE}|that|which|\w+ing)\b.*"
_ENDS = r"(?= frame| image|\W*$| (?:to|and)\b)"
_FRAME = (
    r"(?i)(?:,? ?\b(?:between|from|in|at|by|to|until|and|of|as|seen in) )*(?:(?:the )?\bframes? #?(?P<one>\d+)"
    r"(?: ?(?:and|to|until|through|-) ?#?(?P<two>\d+)\b)?|\bthe (?:very )?(?:"
    rf"(?P<first>(?:first|initial){_ENDS}|start|beginning)|(?P<last>(?:last|final){_ENDS}|end))\b(?: frame| image)?)"
    r"(?: of the (?:video|clip|recording))?"
)


def unit_of(question: str, form: str) -> Unit:
    """The unit that the question asks for; else that of the answer form; else metres."""
    found = re.search(_ASKED_UNIT, question) or re.search(_ASKED_UNIT, form)
    name = next(filter(None, found.groups())) if found else "m"
    return next(unit for words, unit in _UNITS.items() if re.fullmatch(words, name, re.IGNORECASE))


def amounts(options: tuple[str, ...], factor: float = 1) -> tuple[float, ...]:
    """What options say, in metres or as they are; none where one is no amount. `factor`: that of the unit not named."""
    found = [match for option in options if (match := re.fullmatch(_AMOUNT, option, re.IGNORECASE))]
    said = (float(one[1]) / (unit_of(f"in {one[2]}", "")[1] if one[2] else factor) for one in found)
    return tuple(said) if len(found) == len(options) else ()


def stripped(question: str) -> str:
    """The question without listed options, units and the words that say between which points is measured."""
    text = " ".join(re.sub(_OPTIONS, "", question).translate(str.maketrans("‘’“”", "''\"\"")).split())
    text = re.sub(_ASKED_UNIT, lambda match: "how many units" if match[3] else "", text)
    for clause in _CLAUSES:
        text = re.sub(clause, " ", text, flags=re.IGNORECASE)
    return re.sub(r"\s+(?=[?,;:.!])", "", " ".join(text.split())).strip(" ,")


def search(patterns: tuple[str, ...], text: str) -> re.Match[str] | None:
    """The match of the first pattern that is found."""
    return next((found for pattern in patterns if (found := re.search(pattern, text, re.IGNORECASE))), None)


def centre_of(phrase: str) -> str | None:
    """X of "the centre of X" or "X's centre"."""
    found = re.fullmatch(rf"\s*(?:the )?{_CENTRE} of (.+)|(.+)'s {_CENTRE}s?\s*", phrase, re.IGNORECASE)
    return found[1] or found[2] if found else None


def things(*phrases: str) -> tuple[str, ...]:
    """The names of as many different things, without articles; none at all where a phrase does not name one thing."""
    names = [re.sub(r"(?i)^(?:the|an?|this|that)\s+|'s$", "", phrase.strip(" .,;:?!\"'")) for phrase in phrases]
    fit = all(re.fullmatch(r"[^\W_][\w' -]{0,60}", name) and len(name.split()) <= 8 for name in names)
    clear = fit and not any(re.search(_NO_THING, name) for name in names)
    return tuple(names) if clear and len({name.lower() for name in names}) == len(names) else ()


def entries(text: str) -> list[str]:
    """The entries of "either X, Y or to Z?"."""
    text = re.sub(r"(?i)^(?:either|whether|is it|to|from)\b:? ", "", text.strip(" ?.!:,"))
    found = re.split(r"\s*[,;]\s*(?:(?:and|or|then) )?|\s+(?:or|and|then)\s+(?:(?:to|from|is it) )?", text)
    return [entry for entry in found if entry.strip()]


def named_frames(text: str, start: int, end: int) -> tuple[list[int], str]:
    """The frames that a text names ("frame 3", "frames 3 and 9", "the last frame", "the start"), and the rest of it."""
    numbers: list[int] = []
    for found in re.finditer(_FRAME, text):
        numbers += [int(number) for number in (found["one"], found["two"]) if number]
        numbers += [start] * bool(found["first"]) + [end] * bool(found["last"])
    return numbers, " ".join(re.sub(_FRAME, " ", text).split())


def other_words(name: str) -> list[str]:
    """More general words for a thing, made of its own: "old floor lamps by the sofa" are floor lamps, lamps, a lamp."""
    words = re.sub(_AFTER_NOUN, "", name).split()
    tries = [" ".join(words[start:]) for start in range(len(words))]
    return [text for text in dict.fromkeys([*tries, *map(singular, tries)]) if text and text != name]


def singular(name: str) -> str:
    """A name without its plural's s."""
    return re.sub(r"(?<=ch|sh|ss)es$|(?<=x)es$|(?<!s)s$", "", name)
