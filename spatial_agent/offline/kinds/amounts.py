"""How far apart two things are, how large one is, and how many there are."""

import json
import re
from typing import Any

from spatial_agent.offline.measuring import MEASURE, SURFACE, Said, Task
from spatial_agent.offline.session import Asked, CannotTell
from spatial_agent.offline.words import CENTRES, END, PHRASE, centre_of, search, singular, stripped, things

_A, _B, _BOTH = rf"(?P<a>{PHRASE})", rf"(?P<b>{PHRASE}){END}", rf"(?P<both>{PHRASE})"
_FAR = r"\bhow (?:far|near|close|distant|many units)(?: away)?"
_GAP = "distance|gap|space|room|clearance|separation"
_DISTANCES = (
    rf"{_FAR} from {_A} (?:is|are) {_B}",
    rf"{_FAR} apart (?:is|are) {_BOTH}{END}",
    rf"{_FAR} (?:is|are) {_BOTH} (?:apart|(?:away )?from (?:each other|one another))",
    rf"{_FAR} (?:is it from|is|are|lies?|separates?) {_A} (?:away )?(?:from|(?<!next )to) {_B}",
    rf"\b(?:{_GAP}|far is it|units)\b(?: {PHRASE})?? (?:between|separating) {_BOTH}{END}",
    rf"\b(?:{_GAP})(?: is it| is)?:? (?:from|of) {_A} (?:to|from) {_B}",
)
_NO_DISTANCE = (
    r"(?i)\b(?:horizontal\w*|vertical\w*|along|travel\w*|walk\w*|mov\w+|average|mean|total|max\w*|largest|greatest"
    r"|f[au]rthest|longest|sum|more|less|times|twice|difference|chang\w+|path|ratio|frames?)\b"
)
HOW_FAR = "both between closest points and between centres"
APART = """\
# Two measures: between the closest points, and between the middles of the boxes around the points.
def distances(a, b):
    apart, nearest = scipy.spatial.KDTree(b).query(a)
    ends = {"closest": [a[apart.argmin()], b[nearest[apart.argmin()]]], "centroids": [middle(a), middle(b)]}
    return {key: {"metres": round(math.dist(*two), 3), "at": np.round(two, 3).tolist()} for key, two in ends.items()}

def measure(things):
    return {f"{a} to {b}": distances(things[a], things[b]) for a, b in PAIRS}
"""
_LONGEST, _NOUN = r"(?:long|larg|bigg|great)est (?:side|dimension|edge|extent)", "height|width|breadth|length|depth"
_SIDES = {"tall": "height", "high": "height", "height": "height", "deep": "short side", "depth": "short side"}
_SIZES = (
    rf"\b(?:how|units) (?P<side>tall|high|wide|broad|long|deep) (?:is|are) {_B}",
    rf"\b(?P<side>{_LONGEST}|{_NOUN})(?: \(.*?\))? of (?!the {_LONGEST}){_B}",
    rf"(?:^(?=the )|\bis |'s |\bof |\b(?:give|estimate|tell)(?: me)? )(?P<b>{PHRASE})'s (?P<side>{_NOUN}|{_LONGEST})\b",
)
_NO_SIZE = r"(?i)\b(?:would|if|before|after|more|less|than|total|above|off the|from the|camera|takes?|frames?|which)\b"
_BOX = """\
# Height; the sides of the smallest rectangle on the floor plan that holds the thing; and how high it begins.
def measure(things):
    (points,) = things.values()
    hull = points[scipy.spatial.ConvexHull(points[:, [0, 2]]).vertices][:, [0, 2]]
    turned = [np.ptp(hull @ [[x, -y], [y, x]] / math.hypot(x, y), axis=0) for x, y in hull - np.roll(hull, 1, axis=0)]
    short, long = sorted(min(turned, key=np.prod))
    up = points[:, 1]
    sides = {"height": np.ptp(up), "long side": long, "short side": short, "off the floor": up.min()}
    return {side: round(float(metres), 3) for side, metres in sides.items()}
"""
_NAME = rf"(?:(?:different|separate|distinct|individual) )?(?P<name>{PHRASE})"
_ON = rf"(?: (?:hang(?:ing)?|lie|lying|sit(?:ting)?|stand(?:ing)?|are|is)? ?(?:on|from|against) (?P<on>{PHRASE}))?"
_REST = r"(?: there| present| visible| shown| (?:(?:can|to) be )?seen| in total| altogether| in all| leads? out)*\W*$"
_COUNTS = (
    rf"\bhow many {_NAME} (?:can|do|did) (?:you|we|I|one) (?:see|count|find|spot){_ON}{_REST}",
    rf"\bhow many {_NAME} (?:does|do) (?P<on>)(?:the|this) \w+(?: \w+)? (?:have|contain|show){_REST}",
    rf"(?:^|\b(?:what is|what's|give|tell me|please) )(?:the )?(?:total )?(?:number|count) of {_NAME}{_ON}{_REST}",
    rf"^(?:please )?count (?:up )?(?:all )?(?:the )?{_NAME}{_ON}{_REST}",
    rf"\bhow many {_NAME}(?: is| are| were)?(?: there)?{_ON}{_REST}",
)
_NO_COUNT = (
    r"(?i)\b(?:units|degrees?|times|days?|steps?|frames?|sides?|legs?|met(?:re|er)s?|drawers?|kinds?|types?|sorts?"
    r"|colou?rs?|pairs?|rows?|more|fewer|other|people|open|on|in|with|without|of|that|is|are|has|have|can|do|does)\b"
)
_INSTANCES = """\
# One object stands for one thing through all frames; what is on something touches it.
def points_of(k):
    return surface(k, sorted(seg.frames_with(k), key=lambda f: -pixels[f][k])[:20])

instances, *supports = objects.values()
points = {k: points_of(k) for k in instances}
for support in supports:
    tree = scipy.spatial.KDTree(np.concatenate([points_of(k) for k in support]))
    points = {k: p for k, p in points.items() if tree.query(p)[0].min() < 0.08}
at = [middle(p).round(2).tolist() for p in points.values()]
print(json.dumps({"measured": {"instances": len(instances), "at": at}, "checked": []}))
"""


def distance(asked: Asked, measure: str) -> Task | None:
    """Recognise for example "How far is the heater from the door?"; `measure` is closest or centroids."""
    found = search(_DISTANCES, stripped(asked.question))
    said = found.groupdict() if found else {}
    both = search(("^(.+) and ((?:the|a|an) .+)$", "^(.+) and (.+)$"), said.get("both", ""))  # an article shows which
    sides = both.groups() if both else tuple(said.values())
    if len(sides) < 2 or asked.form not in ("number", "text") or re.search(_NO_DISTANCE, asked.question):
        return None
    named = [centre_of(side) for side in sides]
    pair = things(*(centre or side for centre, side in zip(named, sides, strict=True)))
    of_centres = bool(re.search(CENTRES, asked.question)) or all(named)
    if not pair or of_centres != (measure == "centroids") or (any(named) and not of_centres):
        return None
    speaks, kept = ("speaks", "centres") if of_centres else ("does not speak", "closest points")

    def decide(measured: dict[str, Any]) -> Said:
        one = measured[" to ".join(pair)]
        so = f"Between closest points {one['closest']['metres']}, between centres {one['centroids']['metres']}. I read"
        so += f" the question again: it {speaks} of centres, so I keep the distance between {kept}."
        return Said(float(one[measure]["metres"]), so, dict(zip(pair, one[measure]["at"], strict=True)))

    code = APART.replace("PAIRS", json.dumps([pair])) + MEASURE
    return Task(asked, f"How far the {pair[0]} is from the {pair[1]}, between {kept}", HOW_FAR, pair, code, decide)


def size(asked: Asked) -> Task | None:
    """Recognise for example "How tall is the fridge, in metres?"."""
    text = stripped(asked.question)
    found = search(_SIZES, text)
    names = things(found["b"]) if found else ()
    if not found or not names or asked.form not in ("number", "text") or re.search(_NO_SIZE, text):
        return None
    word = found["side"].lower()

    def decide(measured: dict[str, Any]) -> Said:
        *sides, above = measured.values()
        so = f"Of the {names[0]}: {', '.join(f'{name} {metres:g}' for name, metres in measured.items())}."
        if word in ("high", "deep", "depth") and above > 0.1:  # it does not stand on the floor
            two = "its own height, or how high it hangs" if word == "high" else "to its back, or to its bottom"
            raise CannotTell(f"'{word}' can mean two things here: {two}. {so}")
        if re.match("wide|width|broad|breadth|deep|depth", word) and sides[2] > 0.85 * sides[1]:
            raise CannotTell(f"which of its sides is meant cannot be told where both are about the same. {so}")
        value = float(max(sides) if re.match(_LONGEST, word) else measured[_SIDES.get(word, "long side")])
        return Said(value, f"{so} The question says '{word}', so I keep {value:g}.")

    what, how = f"How large the {names[0]} is: '{word}'", "height, long side and short side"
    return Task(asked, what, how, names, _BOX + MEASURE, decide)


def count(asked: Asked) -> Task | None:
    """Recognise for example "How many chairs are there in the room?"."""
    found = search(_COUNTS, stripped(asked.question))
    if not found or re.search(_NO_COUNT, found["name"]) or asked.form not in ("number", "text"):
        return None
    names = things(*(singular(name) for name in (found["name"], found["on"]) if name))

    def decide(measured: dict[str, Any]) -> Said:
        count = f"touch the {names[1]}" if names[1:] else "count"
        so = f"Of {measured['instances']} instances, {len(measured['at'])} {count}."
        return Said(float(len(measured["at"])), so, {f"{names[0]} {k}": at for k, at in enumerate(measured["at"], 1)})

    what, how = f"How many there are of: {' on '.join(names)}", "how many instances there are, and where"
    task = Task(asked, what, how, names, SURFACE + _INSTANCES, decide, unit=("", 1.0, 0), gathers=False)
    return task if names else None
