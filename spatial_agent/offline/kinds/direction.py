"""On which side a thing is: of one who stands at a second and faces a third, or of a second as the camera sees it."""

import re
from typing import Any

import numpy as np

from spatial_agent.offline.measuring import MEASURE, Said, Task
from spatial_agent.offline.session import Asked, CannotTell
from spatial_agent.offline.sides import ACROSS, chosen, offered
from spatial_agent.offline.words import PHRASE, named_frames, search, stripped, things

_NAME = rf"(?!which\b|what\b|my\b|your\b){PHRASE}"
_END = (
    r"(?=\s*(?:[?!,;:.(]|$)|\s(?:and|or|if|when|while|from|facing|looking|towards?|am|is|are|where|(?:on|in|to) which"
    r"|which|what|do|does|would|will|to the left|to the right)\b)"
)
_AT = rf"\b(?:at|by|next to|near(?: to)?|close to|beside|on|in front of|from) (?P<at>{_NAME}){_END}"
_LOOK = rf"(?:look|gaz)(?:s|es|ing)?(?: straight| directly| over| from {PHRASE})?(?: at| to| towards?)"
_FACING = rf"\b(?:fac(?:e|es|ing)|{_LOOK}|turned (?:to|towards?)) (?P<to>{_NAME}){_END}"
_SIDE = r"(?:(?:on|to|in|at) (?:which|what) (?:side|hand|direction)(?: of \w+)?|(?:which|what) (?:way|direction)|where)"
_WHO, _LEFT = r"(?: (?:I|you|they|we|he|she|one))?(?: find| see| have)?", "(?:left|right|front|behind|back|ahead)"
_OF = r"(?:(?:to|on|at|in|towards?)\b ?(?:my|your|the|their|his|her)? ?)?"
_WHERE = (
    rf"\b{_SIDE} (?:is|are|would|will|do|does|can){_WHO} (?P<name>{_NAME})(?: be| lie| located)*{_END}",
    rf"\b(?:is|are|would|will|do|can|find|see|have){_WHO} (?P<name>{_NAME})(?: be| lie| located)* {_OF}{_LEFT}",
)
_IS = r"\b(?:is|are|was|does)(?: the camera see)?"
_BETWEEN = (
    rf"{_IS} (?P<name>{_NAME})(?: appear| lie)? (?:to |on |at )?(?:the )?{_LEFT}\b.*? of (?P<of>{_NAME}){_END}",
    rf"\b(?:to|on) (?:which|what) side of (?P<of>{_NAME}) (?:is|are|was) (?P<name>{_NAME}){_END}",
)
_CAMERA = r"(?i)\b(?:camera|seen|see|view(?:ed|er)?|frame|image|picture)\b"
_OTHER_KINDS = r"(?i)\b(?:navigat\w+|walk\w*|turn \w+|route|mov\w+|degrees|far|closer|nearer|not)\b"
_STANDING = """\
# On the floor plan, from above: where the third thing is for somebody at the first who faces the second, in degrees
# to the right of ahead.
def measure(things):
    at, to, other = (middle(things[name])[[0, 2]] for name in NAMES)
    forward, towards = to - at, other - at
    return {"degrees": round(math.degrees(math.atan2(forward @ (towards[1], -towards[0]), forward @ towards)), 1)}
"""
_SEEN = """\
# The column of the centre of each thing's mask in the picture, if the frame shows it.
def measure(things):
    centres = {name: tools.Mask.centroid(seg.get_mask(FRAME, objects[name])) for name in things}
    return {name: centre and round(centre[0], 1) for name, centre in centres.items()}
"""


def direction(asked: Asked) -> Task | None:
    """Recognise for example "If I stand by the sink and face the door, is the fridge to my left or right?"."""
    text = stripped(asked.question).partition("?")[0]
    numbers, rest = named_frames(text, asked.first, asked.last)
    facing = search((_FACING,), rest)
    if re.search(_OTHER_KINDS, text) or asked.form in ("", "number"):
        return None
    numbers = numbers or [asked.first] * (asked.frames == 1)
    return _standing(asked, rest, facing) if facing else _seen(asked, rest, numbers)


def _standing(asked: Asked, text: str, facing: re.Match[str]) -> Task | None:
    before, after = text[: facing.start("to")], text[facing.end() :]
    at, part = search((_AT,), before) or search((_AT,), after), after if search(_WHERE, after) else before
    found = search(_WHERE, part)
    names = things(at["at"], facing["to"], found["name"]) if at and found else ()
    sides = offered(asked, part[found.start() :]) if found else ()

    def decide(measured: dict[str, float]) -> Said:
        degrees, angle = measured["degrees"], np.radians(measured["degrees"])
        so = f"The {names[2]} is {abs(degrees):g} degrees to the {'left' if degrees < 0 else 'right'} of ahead."
        return chosen(asked, sides, [np.sin(angle), 0, np.cos(angle)], so)

    what, how = "On which side the {2} is for one who stands at the {0} and faces the {1}", "the direction from above"
    code = _STANDING.replace("NAMES", repr(names)) + MEASURE
    return Task(asked, what.format(*names), how, names, code, decide, sides) if names and sides else None


def _seen(asked: Asked, text: str, numbers: list[int]) -> Task | None:
    found = search(_BETWEEN, text)
    names = things(found["name"], found["of"]) if found else ()
    sides = offered(asked, found[0], ACROSS) if found else ()
    if not names or not sides or len(numbers) != 1 or not re.search(_CAMERA, asked.question):
        return None

    def decide(measured: dict[str, Any]) -> Said:
        if hidden := [name for name in names if measured[name] is None]:
            raise CannotTell(f"the {hidden[0]} is not in sight in frame {numbers[0]}")
        first, second = (float(measured[name]) for name in names)
        so = f"In frame {numbers[0]} the {names[0]} is at column {first:g}, the {names[1]} at column {second:g}."
        return chosen(asked, sides, [first - second, 0, 0], so)

    what = f"On which side of the {names[1]} the {names[0]} is, seen from the camera in frame {numbers[0]}"
    code, how = _SEEN.replace("FRAME", str(numbers[0])) + MEASURE, "the columns of the two in the picture"
    return Task(asked, what, how, names, code, decide, sides, frames=(numbers[0],), still=False)
