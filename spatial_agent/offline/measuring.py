"""Steps that measure how far things are apart: their points, two measures of each pair, a check in half the frames."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from string import Template

from spatial_agent.offline.looking import found_things, look
from spatial_agent.offline.session import Draft, Facts, Step, Task

WORDS = {"closest": "between closest points", "centroids": "between centres"}
_PLAN = """\
1. {asked}, {between}.
2. Reconstruct the frames and segment the things by name. If a name finds nothing, try more general words, then say so.
3. Gather points of each thing, in one world, from the frames that show most of it; these need not be the same frames.
4. Measure both between closest points and between centres, read the question again, and keep what it asks for.
5. Check: the same from two halves of the frames that share none."""
_GATHER = Template("""\
# Points on the surface of each thing, from several frames in one world. Left out are pixels at the edge of
# a mask that lie on what is behind the thing, farther away than the pixels beside them, and single strays.
def surface(name, frames):
    parts = []
    for f in frames:
        mask, depth = seg.get_mask(f, objects[name]), recon.depth[f]
        beside = scipy.ndimage.minimum_filter(np.where(mask & (depth > 0), depth, np.inf), size=5)
        parts.append(recon.points[f][mask & (depth < 1.03 * beside)])
    points = np.concatenate(parts).astype(float)
    points = points[np.isfinite(points).all(axis=1)]
    points = points[:: len(points) // 20_000 + 1]
    to_tenth = scipy.spatial.KDTree(points).query(points, k=10)[0][:, -1]
    return points[to_tenth < max(4 * np.median(to_tenth), 0.03 * np.ptp(points, axis=0).max())]

objects = $objects
frames = $frames
things = {name: surface(name, frames[name]) for name in objects}
print(json.dumps({"sizes": {name: np.ptp(points, axis=0).round(2).tolist() for name, points in things.items()}}))
""")
_MEASURE = Template("""\
# Two measures: between the closest points, and between the centres of the boxes around the points
# (the mean of the points would lie nearer to the sides that the camera saw).
def distances(a, b):
    apart, nearest = scipy.spatial.KDTree(b).query(a)
    i = apart.argmin()
    centres = [(points.min(axis=0) + points.max(axis=0)) / 2 for points in (a, b)]
    return {
        "closest": round(float(apart[i]), 3), "closest at": np.round([a[i], b[nearest[i]]], 3).tolist(),
        "centroids": round(math.dist(*centres), 3), "centroids at": np.round(centres, 3).tolist(),
    }

pairs = $pairs
measured = {f"{a} to {b}": distances(things[a]$thin, things[b]$thin) for a, b in pairs}
print(json.dumps({"measured": measured}))
""")
_CHECK = Template("""\
# The same from two halves of the frames that share none, where a thing is seen in more than one frame.
checked = {pair: [] for pair in measured}
for start in (0, 1):
    half = {name: surface(name, frames[name][start::$step] or frames[name]) for name in objects}
    for a, b in pairs:
        again = distances(half[a], half[b])
        checked[f"{a} to {b}"].append({"closest": again["closest"], "centroids": again["centroids"]})
print(json.dumps({"checked": checked}))
""")


@dataclass(frozen=True)
class Pairs:
    """Pairs of things to measure, and the measure that the question asks for."""

    pairs: tuple[tuple[str, str], ...]
    asked: str  # closest or centroids

    def task(self, asked: str, answer: Step) -> Task:
        """Find the things, gather their points, measure, check, answer. `asked` says what is asked, for the plan."""
        steps = Step("sizes", self._gather), Step("measured", self._measure), Step("checked", self._check), answer
        return Task(_PLAN.format(asked=asked, between=WORDS[self.asked]), (look(self.things), *steps))

    @property
    def things(self) -> tuple[str, ...]:
        """All things of the pairs."""
        return tuple(dict.fromkeys(name for pair in self.pairs for name in pair))

    def value(self, pair: tuple[str, str], facts: Facts) -> float:
        """What was asked for, in the unit of the reconstruction."""
        return float(facts["measured"][" to ".join(pair)][self.asked])

    def halves(self, pair: tuple[str, str], facts: Facts) -> list[float]:
        """The same from each half of the frames."""
        return [float(half[self.asked]) for half in facts["checked"][" to ".join(pair)]]

    def spread(self, pair: tuple[str, str], facts: Facts) -> float:
        """By how much the halves differ from the value, at most."""
        return max(abs(half - self.value(pair, facts)) for half in self.halves(pair, facts))

    def _gather(self, facts: Facts, failures: int) -> Draft:
        found = found_things(self.things, facts)
        seen = [f"{name}: {one['frames']} frames, mostly {one['largest'][:3]}" for name, one in found.items()]
        objects = json.dumps({name: one["object"] for name, one in found.items()})
        frames = json.dumps({name: one["largest"][: (12, 4, 1)[failures]] for name, one in found.items()})
        why = f"Seen in: {'; '.join(seen)}. Points of all frames are in one world, so they can be joined."
        code = _GATHER.substitute(objects=objects, frames=frames)
        return Draft("Gather points on the surface of each thing.", why, "Measure, if the sizes are plausible.", code)

    def _measure(self, facts: Facts, failures: int) -> Draft:
        sizes = "; ".join(f"{name} {' x '.join(f'{side:g}' for side in facts['sizes'][name])}" for name in self.things)
        why = f"Sizes along the world's axes, the second of which is up: {sizes}. A distance can be meant in two ways."
        code = _MEASURE.substitute(pairs=json.dumps(self.pairs), thin=f"[::{5 * failures}]" if failures else "")
        return Draft("Measure between closest points and between centres.", why, "Keep the one asked for.", code)

    def _check(self, facts: Facts, failures: int) -> Draft:
        said = [f"{key} {one['closest']:.3f} and {one['centroids']:.3f}" for key, one in facts["measured"].items()]
        speaks = "speaks of centres" if self.asked == "centroids" else "does not speak of centres"
        why = f"Between closest points and between centres: {'; '.join(said)}. I read the question again: it {speaks}, so "
        why += f"I keep the distance {WORDS[self.asked]}. But do all frames say the same?"
        purpose, code = "Measure again in frames that share none.", _CHECK.substitute(step=2 + 2 * failures)
        return Draft(purpose, why, "Answer, and say by how much the frames differ.", code)

    def answer(self, pair: tuple[str, str], facts: Facts, answer: str, so: str, but: Sequence[str] = ()) -> Draft:
        """The last reply: `answer` is what the call of ReturnAnswer begins with; it may use `result`, of `pair`."""
        found, key = found_things(self.things, facts), " to ".join(pair)
        halves = " and ".join(f"{half:.3f}" for half in self.halves(pair, facts))
        notes = [f"'{name}' was found as '{one['words']}'" for name, one in found.items() if one["words"] != name]
        notes += [*(["the scale is estimated"] if facts["scale"] == "estimated" else []), *but]
        frames = sorted({frame for name in pair for frame in found[name]["largest"]})
        reason = f",\n    reason={json.dumps('; '.join(notes))}" if notes else ""
        code = f"""\
result = measured[{json.dumps(key)}]
points = dict(zip({json.dumps(pair)}, result["{self.asked} at"]))
ReturnAnswer(
    {answer},
    frames={frames}, points=points{reason},
)"""
        why = f"{key}: the halves of the frames say {halves}, all frames {self.value(pair, facts):.3f}. {so}"
        return Draft("Answer, with what the answer rests on.", why, "None; the session ends here.", code)
