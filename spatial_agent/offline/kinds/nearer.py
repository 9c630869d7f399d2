"""Which of several things is nearer to another one, or farther from it."""

import json
import re
from typing import NamedTuple

from spatial_agent.offline.measuring import Pairs
from spatial_agent.offline.session import Asked, Draft, Facts, Step, Task
from spatial_agent.offline.words import centre_of, says_centres, stripped, thing

_COMPARED = r"\b(?:(?:near|clos)(?:er|est) to|(?P<far>f[au]rth(?:er|est)|(?:more|most) distant)(?: away)? from)\b"
_OTHER_KINDS = r"(?i)\b(?:horizontal\w*|vertical\w*|along|how|second|third|after|before|when)\b"
_LIST = (
    r"\b(?:between|among|of) (.+?),? (?:which|what)\b|\bwhich\b[^,:]*?(?:,|:| of) (.+?),? (?:is|are|stands)\b"
    r"|^(?:is|are) (.+? or .+)|^(.+? or .+?)[,:?-]"
)


class _Comparison(NamedTuple):
    to: str
    things: tuple[str, ...]
    far: bool
    yes_if_first: bool  # a yes-no question: is it the first of the two?


def nearer(asked: Asked) -> Task | None:
    """Recognise for example "Is the lamp or the sofa closer to the door?"."""
    found = None if "number" in asked.form else _read(asked)
    if found is None or found.yes_if_first != ("yes or no" in asked.form):
        return None
    measure = "centroids" if says_centres(asked.question) else "closest"
    pairs = Pairs(tuple((name, found.to) for name in found.things), measure)
    word = f"{'farthest from' if found.far else 'nearest to'} the {found.to}"

    def answer(facts: Facts, _: int) -> Draft:
        order = sorted(pairs.pairs, key=lambda pair: pairs.value(pair, facts), reverse=found.far)
        winner = order[0][0]
        margin = abs(pairs.value(order[0], facts) - pairs.value(order[1], facts))
        said = ", ".join(f"{name} {pairs.value((name, to), facts):.3f}" for name, to in order)
        small = margin <= max(pairs.spread(pair, facts) for pair in order[:2])
        but = [f"measured to the {found.to}: {said}", *["the margin is smaller than the spread between frames"] * small]
        value = str(winner == found.things[0]) if found.yes_if_first else json.dumps(winner)
        if asked.options:
            value = f'"{chr(65 + [thing(option) for option in asked.options].index(winner))}"'
        return pairs.answer(order[0], facts, value, f"The {winner} is {word}, by {margin:.3f}.", but)

    return pairs.task(f"Which is {word}: the {' or the '.join(found.things)}", Step("", answer))


def _read(asked: Asked) -> _Comparison | None:
    text = stripped(asked.question)
    found = re.search(_COMPARED, text, re.IGNORECASE)
    if found is None or re.search(_OTHER_KINDS, text):
        return None
    before, after = text[: found.start()].strip(" ,"), text[found.end() :].strip()
    to, rest = (*re.split(r"\s*[?!,;:.()]+\s*", after, maxsplit=1), "")[:2]
    to, _, than = to.partition(" than ")
    subject = re.sub(r"(?i)^.*?\b(?:is|are)\b ?", "", before, count=1)
    if " or " in to or not to:  # "is the lamp closer to the sofa or to the door?"
        listed, to = _entries(to or rest), subject
    elif than:
        listed = [subject, than]
    elif re.search(r"\bor\b|,", rest):
        listed = _entries(rest)
    else:
        named = re.search(_LIST, before, re.IGNORECASE)
        listed = _entries(next(filter(None, named.groups()))) if named else []
    names = [to, *(asked.options or listed)]
    things = [name for name in map(thing, names) if name]
    mixed = any(map(centre_of, names)) and not says_centres(asked.question)
    if len(names) < 3 or len({name.lower() for name in things}) < len(names) or mixed:
        return None
    return _Comparison(things[0], tuple(things[1:]), bool(found["far"]), bool(than) and not asked.options)


def _entries(text: str) -> list[str]:
    """The entries of "either X, Y or to Z?"."""
    text = re.sub(r"(?i)^(?:either|whether|is it|to|from)\b:? ", "", text.strip(" ?.!:,"))
    entries = re.split(r",\s*(?:and |or )?|\s+(?:or|and)\s+", re.sub(r"\bor (?:to|from|is it)\b", "or", text))
    return [entry for entry in entries if entry.strip()]
