"""How far two things are apart: between their closest points, or between their centres."""

import re

from spatial_agent.offline.measuring import Pairs
from spatial_agent.offline.session import Asked, CannotTell, Draft, Facts, Step, Task
from spatial_agent.offline.words import centre_of, says_centres, stripped, thing, two, unit_of

_A, _B, _BOTH = (rf"(?P<{name}>[^?!,;:.()]+{lazy})" for name, lazy in (("a", "?"), ("b", ""), ("both", "")))
_PATTERNS = (
    rf"\bhow (?:far|distant)(?: away)? from {_A} (?:is|are) {_B}",
    rf"\bhow far apart (?:is|are) {_BOTH}",
    rf"\bhow far(?: away)? (?:is|are) {_BOTH[:-1]}?) (?:apart|(?:away )?from (?:each other|one another))",
    rf"\bhow far(?: away)? is it from {_A} to {_B}",
    rf"\bhow (?:far|distant)(?: away)? (?:is|are) {_A} (?:away )?from {_B}",
    rf"\bhow (?:far|near|close) (?:is|are) {_A} (?<!next )to {_B}",
    rf"\b(?:distance|gap|space|room|clearance|separation|spacing|far is it|units)\b[^?!,;:.()]*?\bbetween {_BOTH}",
    rf"\b(?:distance|separation)(?: is it| is)?:? (?:from|of) {_A} (?:to|from) {_B}",
    rf"\bhow many units (?:away )?(?:is|are|separates?|lies?) {_A} (?:away )?from {_B}",
    rf"^(?:what is |what's )?(?:the )?{_A}[ -]to[ -]{_B[:-1]}?)[ -]distance\b",
)
_OTHER_KINDS = (
    r"(?i)\b(?:horizontal\w*|vertical\w*|along|travel\w*|walk\w*|mov\w+|average|mean|total|max\w*|largest|greatest|"
    r"farthest|furthest|longest|sum|more|less|times|twice|difference|chang\w+|path|route|ratio)\b"
)


def distance(asked: Asked, measure: str) -> Task | None:
    """Recognise for example "How far is the heater from the door?"."""
    pair = _read(asked.question, centres=measure == "centroids")
    if pair is None or not re.match("a number|a short text", asked.form) or re.search(_OTHER_KINDS, asked.question):
        return None
    pairs, unit = Pairs((pair,), measure), unit_of(asked.question, asked.form)

    def answer(facts: Facts, _: int) -> Draft:
        if facts["scale"] == "unknown":
            raise CannotTell("the reconstruction has no scale, so lengths in metres are not known")
        factor = f" * {unit.per_metre:g}" if unit.per_metre != 1 else ""
        value, spread = f'result["{measure}"]{factor}', round(pairs.spread(pair, facts) * unit.per_metre, unit.decimals)
        value = f"round({value}, {unit.decimals})" if "number" in asked.form else f"f'{{{value}:.2f}} {unit.symbol}'"
        code = f'{value}, unit="{unit.symbol}", spread={spread:g}'
        return pairs.answer(pair, facts, code, "I answer with the value from all frames.")

    return pairs.task(f"How far the {pair[0]} is from the {pair[1]}, in {unit.symbol}", Step("", answer))


def _read(question: str, *, centres: bool) -> tuple[str, str] | None:
    """The two things, if the question is about this measure."""
    text = stripped(question)
    found = next((match for pattern in _PATTERNS if (match := re.search(pattern, text, re.IGNORECASE))), None)
    sides = (two(found["both"]) if "both" in found.groupdict() else (found["a"], found["b"])) if found else None
    if sides is None:
        return None
    named = [centre_of(side) for side in sides]
    a, b = (thing(centre or side) for centre, side in zip(named, sides, strict=True))
    asked_centres = says_centres(question) or all(named)
    mixed = any(named) and not asked_centres
    return (a, b) if a and b and a.lower() != b.lower() and asked_centres == centres and not mixed else None
