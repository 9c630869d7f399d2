"""How the camera moved and turned; whether, how far and where to a thing moved."""

import math
import re
from typing import Any

import numpy as np

from spatial_agent.offline.measuring import MOVED, Said, Task
from spatial_agent.offline.session import Asked, CannotTell
from spatial_agent.offline.sides import ACROSS, chosen, offered
from spatial_agent.offline.words import PHRASE, entries, named_frames, search, stripped, things

_WHO = r"(?:camera(?: ?(?:man|person|operator))?|viewer|observer|viewpoint|view|I|you|we|(?:person|one) filming)"
_TURNS = r"(?:turn|rotat|pan|swing|swung|spin|spun|yaw)\w*"
_GOES = r"(?:mov|travel|go\b|going\b|goes\b|went\b|walk|translat|advanc|shift|driv|displac)\w*"
_DOES = rf"(?i)\b(?:{_WHO}|does|did) (?:(?:mainly|mostly|overall|generally|have|has|been|is|was) )*VERB"
_PLACES = r"(?i)\bcamera(?:'s|s')? (?:position|location|place)s?\b|\bcamera\b.*\bfrom (?:that|where|its)\b"
_PATH = r"(?i)\b(?:path|travel\w*|in total|altogether|total|trajectory|route|walk\w*)\b"
_STRAIGHT = r"(?i)\b(?:straight|displac\w+|(?:position|location|place)s?|crow flies|from (?:that|where|its))\b"
_NUMBER = r"(?i)\b(?:how (?:far|many|much)|what (?:distance|angle|is)|what's|angle|distance|degrees)\b"
_NO_CAMERA = (
    r"(?i)\b(?:while|when|before|after|seconds?|minutes?|half|speed|fast|times|towards?|closer|nearer|away|past|per"
    r"|then|seen from|as seen|first|second|how (?:high|tall))\b"
)
_POSES = """\
# Where the camera is and looks in the frames from FIRST to LAST. Turning right counts as positive.
def measure(frames):
    recon = tools.Reconstruct.Reconstruct(frames)
    poses = np.array([recon.extrinsics[f] for f in recon.frame_indices])
    at, ahead, level = poses[:, :3, 3], poses[:, :3, 2], poses[0, :3, 2] * [1, 0, 1]
    heading, moved = np.unwrap(np.arctan2(ahead[:, 0], -ahead[:, 2])), at[-1] - at[0]
    said = {
        "turned right": np.degrees(heading[-1] - heading[0]), "straight": np.linalg.norm(moved),
        "path": np.linalg.norm(np.diff(at, axis=0), axis=1).sum(),
        "right, up, ahead": [moved @ poses[0, :3, 0], moved[1], moved @ level / np.linalg.norm(level)],
    }
    return {name: np.round(value, 3).tolist() for name, value in said.items()}, recon.scale

frames = [image for image in InputImages if FIRST <= image.frame_index <= LAST]
(measured, scale), (checked, _) = measure(frames), measure([*frames[:-1:2], frames[-1]])
print(json.dumps({"measured": measured, "checked": [checked], "scale": scale}))
"""
_NAME, _DO = rf"(?P<name>{PHRASE})", "(?:does|do|did|is|has|was|will)"
_MOVES = (
    r"(?:mov(?:e|es|ed|ing)|travel(?:s|l?ed|l?ing)?|driv(?:e|es|en|ing)|roll(?:s|ed|ing)?|slides?|go(?:es|ing|ne)?"
    r"|get(?:s|ting)?|head(?:s|ed|ing)?|com(?:e|es|ing)|chang(?:e|es|ed|ing) (?:its )?(?:place|position)|cover)"
)
_STAYS = (
    r"(?:(?:stay|remain|stand|keep|sit)(?:s|ing)?(?: still| put| where it is| in place| in (?:the same|its) place)"
    r"|stationary|still|at rest|motionless|(?:do|does|did)(?: not|n't) (?:ever )?move|not mov(?:e|ing))"
)
_AWAY, _NEAR = r"(?i)\b(?:away|farther|further)\b", "(?:clos|near|farth|furth)er (?:to|from)"
_TOWARDS = rf"(?:(?:{_MOVES} )?(?:towards?|away from|approach(?:es|ing)?)|{_MOVES} {_NEAR})"
_OR = rf" or (?:{_TOWARDS}|{_NEAR}|(?:{_MOVES} )?away)"
_EVER = r"(?: at all| ever| around| about| anywhere| all the time| the whole time| throughout| always)*\W*$"
_WANTED = {
    "way": rf"\b(?:how far|how many units|(?:what|which) distance) {_DO} {_NAME} (?:been )?{_MOVES}\b",
    "nearer": rf"\b{_DO} {_NAME} (?P<side>{_TOWARDS})(?:{_OR})? (?P<to>{PHRASE})(?={_OR}\b|\W*$)",
    "whether": rf"^{_DO} {_NAME} (?:ever |at all |actually |always )*(?P<verb>{_STAYS}|{_MOVES}){_EVER}",
    "which": rf"\b(?:which|what)\b.*?\b(?P<verb>{_STAYS}|{_MOVES})\b",
}
_FORMS = {"way": ("number", "text"), "whether": ("yes-no",), "which": ("choice", "text")}
_LIST = r"(?i)[:,] (.+)$|\bof (.+?) (?:is|does|was|has|mov\w+|stays?)\b"
_NO_MOTION = (
    r"(?i)\b(?:camera (?:turn|mov|pan|rotat)\w*|seconds?|minutes?|fast\w*|speed|slow\w*|while|before|after|half|times"
    r"|total|path|why|how many (?!units)|first|last|most|f[au]rthest|into (?:view|sight))\b"
)
_TRACK = """\
# Where a thing is early and late: the middle of its visible box. If no frames are named: in the first and the last
# frame that show all of it, away from the border. What stands still is taken from the frames that show most of it.
def whole(k):
    masks = {f: seg.get_mask(f, k) for f in seg.frames_with(k)}
    cut = {f: mask.sum() < 100 or mask[[0, -1]].any() or mask[:, [0, -1]].any() for f, mask in masks.items()}
    return [f for f in masks if not cut[f]] or list(masks)

def place(name, k, f, at):
    if moves[name] > MOVED and f not in seg.frames_with(k):
        return None
    return at(things[name] if moves[name] <= MOVED else surface(k, [f])).round(3).tolist()

def track(at):
    said = {}
    for name, k in objects.items():
        early, *_, late = NAMED or [*whole(k), whole(k)[-1]]
        said[name] = {
            "moves": moves[name], "seen": len(seg.frames_with(k)), "frames": [early, late],
            "at": [place(name, k, f, at) for f in (early, late)],
        }
    return said

print(json.dumps({"measured": track(middle), "checked": [track(lambda points: np.median(points, axis=0))]}))
"""


def camera(asked: Asked) -> Task | None:
    """Recognise for example "Did the camera turn left or right between frame 3 and frame 9?"."""
    numbers, text = named_frames(stripped(asked.question), asked.first, asked.last)
    first, last = (min(numbers), max(numbers)) if len(set(numbers)) == 2 else (asked.first, asked.last)
    turns, goes = (bool(re.search(_DOES.replace("VERB", verb), text)) for verb in (_TURNS, _GOES))
    straight, path = re.search(_STRAIGHT, text), re.search(_PATH, text)
    if not (turns or goes or re.search(_PLACES, text)) or re.search(_NO_CAMERA, text):
        return None
    is_number = bool(asked.form in ("number", "text") and re.search(_NUMBER, text))
    in_unit = turns == ("degrees" in asked.said) or ", in " not in asked.said
    sides = () if asked.form == "number" or is_number else offered(asked, text, ACROSS if turns else None)
    known = len(set(numbers)) in (0, 2) and asked.first <= first < last <= asked.last
    if not known or not re.search(rf"(?i)\b{_WHO}\b", text) or not (sides or (is_number and in_unit)):
        return None

    def decide(measured: dict[str, Any]) -> Said:
        turned, way, whole = measured["turned right"], measured["right, up, ahead"], measured["straight"]
        so = f"From frame {first} to {last} it turns {abs(turned):.1f} degrees {'left' if turned < 0 else 'right'}"
        so += f" and moves {whole:.2f} m, along its path {measured['path']:.2f} m:"
        so += " {:.2f} to the right, {:.2f} up, {:.2f} ahead.".format(*way)
        if is_number and turns:
            return Said(abs(float(turned)), so)
        if is_number and not straight and not path and measured["path"] > 1.05 * whole:
            raise CannotTell(f"it is not said whether along the camera's path or in a straight line. {so}")
        if is_number:
            return Said(float(measured["path"] if path and not straight else whole), so)
        if max(map(abs, [turned] if turns else way)) < (2 if turns else 0.02):
            raise CannotTell(f"the camera hardly does that. {so}")
        return chosen(asked, sides, [turned, 0, 0] if turns else way, so)

    code, unit = _POSES.replace("FIRST", str(first)).replace("LAST", str(last)), ("degrees", 1.0, 1) if turns else None
    what, how = f"How the camera moves from frame {first} to frame {last}", "its turns from frame to frame, and its way"
    return Task(asked, what, how, (), code, decide, sides, unit, (first, last), gathers=False)


def motion(asked: Asked) -> Task | None:
    """Recognise for example "How far does the robot vacuum move between frame 4 and frame 12, in metres?"."""
    numbers, text = named_frames(stripped(asked.question), asked.first, asked.last)
    at = (min(numbers), max(numbers)) if len(set(numbers)) == 2 else ()
    fit = [wants for wants in _WANTED if asked.form in _FORMS.get(wants, ("choice", "yes-no", "text"))]
    wants, found = next(((wants, match) for wants in fit if (match := search((_WANTED[wants],), text))), ("", None))
    if found is None or re.search(_NO_MOTION, text):
        return None
    said, listed = found.groupdict(), re.search(_LIST, text)
    among = asked.options or (entries(next(filter(None, listed.groups()))) if listed else ())
    names = things(*among) if wants == "which" else things(*filter(None, (said["name"], said.get("to"))))
    stays = bool(re.fullmatch(_STAYS, said.get("verb") or "", re.IGNORECASE))
    options = asked.options if asked.form == "choice" else ()  # else these are amounts
    choices = tuple("away" if re.search(_AWAY, option) else "near" for option in options)
    choices = names if wants == "which" else choices
    clear = len(set(choices)) >= len(options) and len(names) > (wants == "which")
    known = len(set(numbers)) in (0, 2) or set(numbers) == {asked.first}
    if not clear or not known or not all(asked.first <= f <= asked.last for f in at):
        return None

    def decide(measured: dict[str, Any]) -> Said:
        one, shares = measured[names[0]], {name: measured[name]["moves"] for name in names}
        shown = ", ".join(f"{share:.0%} of where the {name} was" for name, share in shares.items())
        places, (start, end) = one["at"], one["frames"]
        so = f"Other frames look through {shown}."
        if wants == "whether" and one["seen"] > 1:
            return Said((one["moves"] > MOVED) != stays, so)
        if wants == "whether":
            raise CannotTell(f"the {names[0]} is seen in one frame only")
        if wants == "which":
            fits = [name for name in names if (shares[name] <= MOVED) == stays]
            if len(fits) == 1:
                return Said(fits[0], so)
            raise CannotTell(
                f"{len(fits) or 'none'} of these {'stay' if stays else 'move'}, but one is asked for. {so}"
            )
        if one["moves"] <= MOVED:
            raise CannotTell(f"the {names[0]} does not move, as far as the frames show")
        if None in places:
            raise CannotTell(f"the {names[0]} is not in sight in frame {start if places[0] is None else end}")
        metres = math.dist(*places)
        so += f" From frame {start} to {end} the {names[0]} goes {metres:.2f} m."
        if wants == "way":
            return Said(metres, so, {f"{names[0]}, frame {f}": at for f, at in zip((start, end), places, strict=True)})
        before, then = np.linalg.norm(np.subtract(places, measured[names[1]]["at"][0])[:, [0, 2]], axis=1)
        so += f" Over the floor it is {before:.2f} m from the {names[1]} first, and {then:.2f} m in the end."
        asks_away, is_away = bool(re.search(_AWAY, said["side"])), bool(then > before)
        return Said(is_away == asks_away if asked.form == "yes-no" else "away" if is_away else "near", so)

    code = _TRACK.replace("NAMED or", f"{list(at)} or").replace("MOVED", str(MOVED))
    how = "whether other frames look through where a thing was, and where it is early and late"
    return Task(asked, f"How these move: {', '.join(names)}", how, names, code, decide, choices, frames=at, still=False)
