"""The first step of most kinds: which things are seen, in which frames."""

import json
from string import Template
from typing import Any

from spatial_agent.offline.session import CannotTell, Draft, Facts, Step
from spatial_agent.offline.words import other_words

_LOOK = Template("""\
# Depth and cameras of the frames in one world, and masks of the things in the same frames.
recon = tools.Reconstruct.Reconstruct($frames)
prompts = $prompts
seg = tools.SAM3.segment_video_by_text(prompts, frame_indices=recon.frame_indices)
pixels = {f: seg[f].sum(axis=(1, 2)) for f in seg.frame_indices}

seen = {name: [] for name in seg.labels}
for k, name in enumerate(seg.labels):
    largest = sorted(seg.frames_with(k), key=lambda f: -pixels[f][k])
    if largest:
        score = round(seg.scores[k], 2)
        seen[name].append({"object": k, "score": score, "frames": len(largest), "largest": largest[:12]})
        show(seg.visualize(largest[0]))
print(json.dumps({"seen": seen, "scale": recon.scale}))
""")


def look(things: tuple[str, ...]) -> Step:
    """Find the things by their names in the question, then by more general words made of these."""
    names = " and ".join(f"the {name}" for name in things)

    def write(facts: Facts, failures: int) -> Draft:
        prompts, why = list(things), f"The question is about {names}. First I must know where they are seen."
        if "seen" in facts:
            finds = {name: _finds(name, facts) for name in things}
            missing = [name for name in things if not finds[name]]
            for name in missing:
                if all(words in facts["seen"] for words in other_words(name)):
                    raise CannotTell(f"nothing was found that is called '{name}', nor by more general words")
            prompts = [w for name in things for w in ([finds[name][0]["words"]] if finds[name] else other_words(name))]
            why = f"Nothing was found for {' or '.join(map(repr, missing))}, so I try more general words."
        frames = f"InputImages[::{2 * failures}]" if failures else "InputImages"
        code = _LOOK.substitute(frames=frames, prompts=json.dumps(list(dict.fromkeys(prompts))))
        return Draft(f"Find {names}.", why, "Choose the frames to measure in.", code)

    return Step("seen", write, lambda facts: all(_finds(name, facts) for name in things))


def _finds(name: str, facts: Facts) -> list[dict[str, Any]]:
    """What the first of a thing's words that found anything found, best score first."""
    words = next((words for words in (name, *other_words(name)) if facts["seen"].get(words)), "")
    return sorted(({"words": words, **find} for find in facts["seen"].get(words, ())), key=lambda find: -find["score"])


def found_things(things: tuple[str, ...], facts: Facts) -> dict[str, dict[str, Any]]:
    """For each thing what stands for it: `words`, `object`, `frames`, `largest`. Raises CannotTell where it is unclear."""
    chosen = {}
    for name in things:
        best, *others = _finds(name, facts)
        if others and best["score"] - others[0]["score"] < 0.2:  # not clearly better
            raise CannotTell(f"{len(others) + 1} things are called '{best['words']}'; the question does not say which")
        chosen[name] = best
    if len({find["object"] for find in chosen.values()}) < len(chosen):
        raise CannotTell(f"the same thing was found for different names ({', '.join(chosen)})")
    return chosen
