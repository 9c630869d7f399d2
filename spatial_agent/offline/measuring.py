"""A question that was recognised, in steps: find its things, gather their points, measure, check, answer."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from string import Template
from typing import Any, NamedTuple

from spatial_agent.offline import looking
from spatial_agent.offline.session import Asked, CannotTell, Draft, Facts
from spatial_agent.offline.words import Unit, amounts, unit_of

MOVED = 0.3
"""Share of a thing's points that some frame looks through, above which it has moved."""
_PLAN = """\
1. {}.
2. Reconstruct the frames and segment what is named. If a name finds nothing, try more general words, then say so.
3. Measure {}. Points of all frames are in one world; things need not be seen in the same frames.
4. Read the question again, and keep what it asks for.
5. Check: the same from other frames, or in another way."""
SURFACE = """\
# Points on the surface of a thing, from several frames in one world. Left out are pixels at the edge of
# a mask that lie on what is behind the thing, farther away than the pixels beside them, and single strays.
def surface(k, frames):
    parts = []
    for f in frames:
        box = scipy.ndimage.find_objects(seg.get_mask(f, k).astype(int))[0]
        mask, depth = seg.get_mask(f, k)[box], recon.depth[f][box]
        beside = scipy.ndimage.minimum_filter(np.where(mask & (depth > 0), depth, np.inf), size=5)
        parts.append(recon.points[f][box][mask & (depth < 1.03 * beside)])
    points = np.concatenate(parts).astype(float)
    points = points[np.isfinite(points).all(axis=1)]
    points = points[:: len(points) // 20_000 + 1]
    to_tenth = scipy.spatial.KDTree(points).query(points, k=10)[0][:, -1]
    return points[to_tenth < max(4 * np.median(to_tenth), 0.03 * np.ptp(points, axis=0).max())]

def middle(points):  # of the box: the mean of the points would lie nearer to the sides that the camera saw
    return (points.min(axis=0) + points.max(axis=0)) / 2

"""
_GATHER = Template("""\
objects, frames = $objects, $frames
things = {name: surface(objects[name], frames[name]) for name in objects}

# Does one move? Then some frame looks right through where an early, a middle or a late one saw it, at what is behind.
def through(points, f, nearby):
    pose, pixel = recon.extrinsics[f], np.nan_to_num(recon.project(points, f), nan=-1).round().astype(int)
    z, inside = (points - pose[:3, 3]) @ pose[:3, 2], ((pixel >= 0) & (pixel < recon.sizes[f])).all(axis=1)
    far = nearby[pixel[inside, 1], pixel[inside, 0]] > 1.02 * z[inside] + 0.02
    return round(float(far.mean()), 2) if len(far) > 20 else 0.0

moves, old = dict.fromkeys(objects, 0.0), {}
for name, k in objects.items():
    some = [surface(k, [f]) for f in np.quantile(frames[name], [0, 0.5, 1], method="nearest")]
    old[name] = [points[:: len(points) // 500 + 1] for points in some]
for f in recon.frame_indices:
    nearby = scipy.ndimage.minimum_filter(recon.depth[f], size=5)
    moves = {name: max(moves[name], *(through(points, f, nearby) for points in old[name])) for name in objects}
sizes = {name: np.ptp(points, axis=0).round(2).tolist() for name, points in things.items()}
print(json.dumps({"sizes": sizes, "moves": moves}))
""")
MEASURE = """
measured = measure(things)
print(json.dumps({"measured": measured}))
"""
_CHECK = Template("""\
# The same from two halves of the frames that share none, where a thing is seen in more than one frame.
halves = [{name: surface(k, frames[name][h::$step] or frames[name]) for name, k in objects.items()} for h in (0, 1)]
print(json.dumps({"checked": [measure(half) for half in halves]}))
""")


class Said(NamedTuple):
    """What a measured result says: metres, degrees, a number; one of the choices; yes or no. And why."""

    value: float | str | bool
    so: str
    points: dict[str, list[float]] | None = None


@dataclass(frozen=True)
class Task:
    """What is asked in words, what is measured in words, the things named, a cell, and what its line comes to.

    The cell prints `measured`; and `checked`, a list of the same, where halves of the frames are no check. It needs
    `things`, points by name; if it `gathers` none, a name stands for all called so. `still`: what moves has no one
    answer. `choices`: the options in the words of `decide`; `unit`: of no length; `frames`: which the question names.
    """

    asked: Asked
    what: str
    how: str
    things: tuple[str, ...]
    code: str
    decide: Callable[[Any], Said]
    choices: tuple[str, ...] = ()
    unit: Unit | None = None
    frames: tuple[int, ...] = ()
    gathers: bool = True
    still: bool = True

    @property
    def plan(self) -> str:
        """In numbered lines."""
        return _PLAN.format(self.what, self.how)

    def due(self, facts: Facts) -> str:
        """The key of the line that the next cell prints; empty when it is time to answer."""
        if not all(looking.finds(name, facts) for name in self.things):
            return "seen"
        return next((key for key in ("sizes", "measured", "checked")[not self.gathers :] if key not in facts), "")

    def draft(self, facts: Facts, failures: int) -> Draft:
        """The next reply; its cell is simpler after failures. Raises CannotTell."""
        match self.due(facts):
            case "seen":
                frames, every = (self.asked.frames, self.frames), not self.gathers
                return looking.look(self.things, facts, failures, *frames, every=every)
            case "sizes":
                return self._gather(facts, failures)
            case "measured":
                return self._measure(facts, failures)
            case "checked":
                why = f"{self.decide(facts['measured']).so} But do all frames say the same?"
                code = _CHECK.substitute(step=2 + 2 * failures)
                return Draft("Measure again in frames that share none.", why, "Answer, and say how sure that is.", code)
            case _:
                value, so, rests = self.conclude(facts)
                checks = " and ".join(str(self.decide(check).value) for check in facts["checked"])
                why = f"{so} The check says {checks}; I keep what all frames say." if checks else so
                lines = [repr(value), *(f"{name}={it!r}" for name, it in rests.items() if it or it == 0.0)]
                code = "ReturnAnswer(\n    " + ",\n    ".join(lines) + ",\n)"
                return Draft("Answer, with what the answer rests on.", why, "None; the session ends here.", code)

    def conclude(self, facts: Facts) -> tuple[float | str | bool, str, dict[str, Any]]:
        """The answer in the form asked for, why, and what it rests on. Raises CannotTell."""
        said, *checks = [self.decide(one) for one in (facts["measured"], *facts.get("checked", ()))]
        value, found = said.value, {name: looking.finds(name, facts)[0] for name in self.things}
        rests: dict[str, Any] = {"frames": sorted({*self.frames}.union(*(one["largest"] for one in found.values())))}
        notes = [f"'{name}' was found as '{one['words']}'" for name, one in found.items() if one["words"] != name]
        notes.append(said.so)
        if isinstance(value, float):
            unit, factor, decimals = self.unit or unit_of(self.asked.question, self.asked.said)
            if facts.get("scale") == "unknown" and not self.unit:
                raise CannotTell("the reconstruction has no scale, so lengths in metres are not known")
            notes += ["the scale is estimated"] * (facts.get("scale") == "estimated" and not self.unit)
            off = [round(abs(float(check.value) - value) * factor, decimals) for check in checks]
            rests |= {} if self.asked.options else {"unit": unit, "spread": max(off, default=None)}
            number = round(value * factor, decimals)
            value = self._option(value, factor) if self.asked.options else number
            value = value if self.asked.form == "number" else f"{number:g} {unit}".strip()
        else:
            notes += ["a check says otherwise"] * any(check.value != value for check in checks)
            value = chr(65 + self.choices.index(str(value))) if self.asked.options else value
        return value, said.so, {**rests, "points": said.points, "reason": "; ".join(notes)}

    def _option(self, value: float, factor: float) -> str:
        off = [abs(amount - value) for amount in amounts(self.asked.options, factor)]
        best, other, *_ = sorted(off)
        if 3 * best >= other:
            raise CannotTell(f"no option is clearly the nearest to {value * factor:.3g}")
        return chr(65 + off.index(best))

    def _gather(self, facts: Facts, failures: int) -> Draft:
        found = {name: looking.the_one(name, facts) for name in self.things}
        if len({(one["frames"], one["pixels"]) for one in found.values()}) < len(found):
            raise CannotTell(f"the same thing was found for different names ({', '.join(found)})")
        seen = [f"{name}: {one['frames']} frames, mostly {one['largest'][:3]}" for name, one in found.items()]
        objects = json.dumps({name: one["object"] for name, one in found.items()})
        frames = json.dumps({name: one["largest"][: (12, 4, 1)[failures]] for name, one in found.items()})
        why = f"Seen in: {'; '.join(seen)}. Points of all frames are in one world, so they can be joined."
        code = SURFACE + _GATHER.substitute(objects=objects, frames=frames)
        return Draft("Gather points on the surface of each thing.", why, "Measure, if the sizes are plausible.", code)

    def _measure(self, facts: Facts, failures: int) -> Draft:
        objects = {name: [find["object"] for find in looking.finds(name, facts)] for name in self.things}
        header, why = f"objects = {json.dumps(objects)}\n" if objects else "", f"It takes {self.how}."
        if self.gathers:
            if self.still and (moving := [name for name in self.things if facts["moves"][name] > MOVED]):
                raise CannotTell(f"the {moving[0]} moves during the video, so that has no one answer")
            sizes = "; ".join(f"{name} {' x '.join(f'{x:g}' for x in facts['sizes'][name])}" for name in self.things)
            why = f"Sizes along the world's axes, the second of which is up: {sizes}."
            thinner = f"things = {{name: points[::{5 * failures}] for name, points in things.items()}}\n"
            header = thinner if failures else ""
        return Draft(f"Measure {self.how}.", why, "Keep what is asked for.", header + self.code)
