"""Which of several things has most or least of something, or their order by it."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any, NamedTuple

from spatial_agent.offline.kinds.amounts import APART, HOW_FAR
from spatial_agent.offline.measuring import MEASURE, Said, Task
from spatial_agent.offline.session import Asked, CannotTell
from spatial_agent.offline.words import CENTRES, centre_of, entries, search, stripped, things

_NEARER = r"\b(?:(?:near|clos)(?:er|est) to|(?:f[au]rth(?:er|est)|(?:more|most) distant)(?: away)? from)\b"
_HIGHER = (
    r"\b(?:from )?(?:the )?(?:high|low|tall)(?:er|est)(?: to (?:the )?(?:high|low)est)?(?: first)?(?: up| down)?"
    r"|\bby (?:(?:their )?height|how high they \w+)\b|\bfrom (?:the )?(?:top|bottom) to (?:the )?(?:top|bottom)\b"
)
_SEEN = (
    r"(?:appear(?:s|ed|ing|ance)?|seen|sees?|shows?(?: up)?|shown|(?:comes?|came|coming) into (?:view|sight)"
    r"|(?:be )?(?:visible|in view|in sight)|enters?(?: the (?:view|picture|frame))?|turns? up)"
)
_FIRST = r"(?:first|earli(?:er|est)|soon(?:er|est)|last|lat(?:er|est))"
_SOONER = (
    rf"\b{_SEEN}(?: for the)? {_FIRST}\b(?: time)?|\b{_FIRST} (?:(?:one|thing|object|that|which|is|to|be) )*{_SEEN}\b"
    rf"|\border of (?:first )?{_SEEN}|\b{_SEEN} order\b|\b{_SEEN}\W*$"
)
_ORDER = "order|rank|sort|arrange|put|sequence"
_OTHER_KINDS = r"(?i)\b(?:along|how|second|third|long(?:er|est)|camera|me|when|than \w+ met\w+)\b"
_LISTS = (
    r"\b(?:do|does|did) (.+? and .+)$",
    r"^(?:which|what) (?:of )?(.+? (?:and|or) .+?),? (?:is|are|stands|hangs|has|comes)\b",
    rf"^(?:between |among |of |is |are |{_ORDER})?(.+? (?:and|or) .+?)(?:,? (?:which|what|from|by|in)\b|[,:?-]|$)",
)
_HEIGHTS = """\
# Heights above the floor, which is near 0 in this world, of both ends and the middle of each thing; and its own.
def measure(things):
    ends = {name: (p[:, 1].min(), middle(p)[1], p[:, 1].max(), np.ptp(p[:, 1])) for name, p in things.items()}
    keys = ["bottom", "centre", "top", "own"]
    return {name: dict(zip(keys, np.round(four, 3).tolist())) for name, four in ends.items()}
"""
_FIRSTS = """\
# The first frame that shows a thing at all, and the first that shows it well: a tenth of what it fills at most.
def first(name, share):
    area = {f: sum(pixels[f][k] for k in objects[name]) for f in seg.frame_indices}
    return min(f for f in area if area[f] and area[f] >= share * max(area.values()))

measured, well = ({name: first(name, share) for name in objects} for share in (0, 0.1))
print(json.dumps({"measured": measured, "checked": [well]}))
"""


class _Compared(NamedTuple):
    """What is compared (with what): the one with most or least is asked for, all in order, or if the first is it."""

    things: tuple[str, ...]
    most: bool
    to: str
    is_first: bool
    ordered: bool

    def task(self, asked: Asked, what: str, how: str, code: str, value: Callable[[dict[str, Any], str], float]) -> Task:
        """Rank the things by a value of each."""

        def decide(measured: dict[str, Any]) -> Said:
            values = {name: value(measured, name) for name in self.things}
            first, *_ = order = sorted(values, key=lambda name: values[name], reverse=self.most)
            steps = [abs(values[a] - values[b]) for a, b in pairwise(order)]
            so = f"{what}: {', '.join(f'{name} {values[name]:g}' for name in order)}."
            if not min(steps if self.ordered else steps[:1]):
                raise CannotTell(f"there is no difference: {so}")
            return Said(", ".join(order) if self.ordered else first == self.things[0] if self.is_first else first, so)

        orders = tuple(", ".join(things(*entries(option))) for option in asked.options)
        asks = f"{'The order' if self.ordered else 'Which is ' + ('most' if self.most else 'least')} by {what}"
        names, choices = (*self.things, *filter(None, [self.to])), orders if self.ordered else self.things
        return Task(asked, f"{asks}: {', '.join(self.things)}", how, names, code, decide, choices)


def nearer(asked: Asked) -> Task | None:
    """Recognise for example "Is the lamp or the sofa closer to the door?"."""
    found = _read(asked, _NEARER, "near|clos", "f[au]rth|(?:more|most) dist", to=True)
    if found is None:
        return None
    measure, to = "centroids" if re.search(CENTRES, asked.question) else "closest", found.to
    code = APART.replace("PAIRS", json.dumps([[name, to] for name in found.things])) + MEASURE
    what = f"the distance to the {to} ({measure})"
    return found.task(asked, what, HOW_FAR, code, lambda m, name: float(m[f"{name} to {to}"][measure]["metres"]))


def higher(asked: Asked) -> Task | None:
    """Recognise for example "Which is higher above the floor, the clock or the kettle?"."""
    found = _read(asked, _HIGHER, "lowe|from (?:the )?bottom", "highe|talle|from (?:the )?top", to=False)
    part = re.search(r"\b(bottom|cent(?:re|er)|middle|tall(?=er|est))(?:s|er|est)?\b", asked.question.lower())
    key = {"": "top", "bottom": "bottom", "tall": "own"}.get(part[1] if part else "", "centre")
    how, code = "the heights of bottom, centre and top, and its own", _HEIGHTS + MEASURE
    return found and found.task(asked, f"height ({key})", how, code, lambda m, name: float(m[name][key]))


def sooner(asked: Asked) -> Task | None:
    """Recognise for example "In what order do these first appear: the door, the fridge, the sink?"."""
    words = re.sub(r"(?i)\bbefore\b", "earlier than", re.sub(r"(?i)\bafter\b", "later than", asked.question))
    found = _read(asked._replace(question=words), _SOONER, "first|earl|soon", "last|late", to=False)
    how = "the first frame that shows each, a little of it or much"
    task = found and found.task(asked, "first frame", how, _FIRSTS, lambda m, name: float(m[name]))
    return task and replace(task, gathers=False)


def _read(asked: Asked, phrase: str, least: str, most: str, *, to: bool) -> _Compared | None:
    text = stripped(asked.question)
    found = re.search(phrase, text, re.IGNORECASE)
    ordered = bool(re.search(rf"(?i)\b(?:{_ORDER})\b", text))
    if found is None or asked.form in ("", "number") or re.search(_OTHER_KINDS, re.sub(phrase, "", text)):
        return None
    before, after = text[: found.start()].strip(" ,"), text[found.end() :].strip()
    head, rest = (*re.split(r"\s*[?!,;:.()]+\s*", after, maxsplit=1), "")[:2]
    target, _, than = map(str.strip, re.sub(r" (?:is|are|does|do)$", "", head).partition("than "))
    between = re.match(r"(?i)(?:(?:it|they) (?:is|are) )?(?:to|from) (.+)", than)
    subject = re.sub(r"(?i)^.*?\b(?:is|are|does|do|did|has)\b ?", "", before, count=1)
    orders = [things(*entries(option)) for option in asked.options if ordered]
    if ordered:
        listed = list(orders[0]) if orders else entries(rest) or _listed(before)
    elif to and (" or " in target or not target):  # "is the lamp closer to the sofa or to the door?"
        listed, target = entries(target or rest), subject
    elif to and between:  # "is the lamp closer to the sofa than to the door?"
        listed, target = [target, between[1]], subject
    elif than:
        listed = [subject, than]
    else:
        said = rest or ("" if to else head)
        listed = entries(said) if re.search(r"\bor\b|,", said) else _listed(before)
    names = [*(asked.options if asked.options and not ordered else listed), *[target] * to]
    named, is_first = things(*names), bool(than) and not asked.options
    mixed = any(map(centre_of, names)) and not re.search(CENTRES, asked.question)
    if len(named) < 2 + to or mixed or is_first != (asked.form == "yes-no") or len(set(map(frozenset, orders))) > 1:
        return None
    ends = re.search(rf"(?i)\b(?:(?P<most>{most})|{least})", text)
    return _Compared(named[: len(named) - to], bool(ends and ends["most"]), named[-1] * to, is_first, ordered)


def _listed(before: str) -> list[str]:
    found = search(_LISTS, before)
    return entries(found[1]) if found else []
