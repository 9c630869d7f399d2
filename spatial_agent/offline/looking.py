"""The first step where a question names things: which are seen, in which frames."""

import json
from collections.abc import Sequence
from string import Template
from typing import Any

from spatial_agent.offline.session import CannotTell, Draft, Facts
from spatial_agent.offline.words import other_words, singular

MOST = 60
"""Frames of one look; of a longer video evenly spaced ones are taken."""
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
        total = int(sum(pixels[f][k] for f in largest))
        find = {"object": k, "score": round(seg.scores[k], 2), "frames": len(largest), "pixels": total}
        seen[name].append({**find, "largest": largest[:12]})
        show(seg.visualize(largest[0]))
print(json.dumps({"seen": seen, "scale": recon.scale}))
""")


def look(
    things: tuple[str, ...], facts: Facts, failures: int, total: int, also: Sequence[int], *, every: bool
) -> Draft:
    """Find the things by their names in the question, then by more general words made of these. Raises CannotTell.

    There are `total` frames; those of `also` are needed. Where `every` thing of a name is meant, no other words do.
    """
    names, found = " and ".join(f"the {name}" for name in things), {name: finds(name, facts) for name in things}
    prompts, why = list(things), f"The question is about {names}. First I must know where they are seen."
    if "seen" in facts:
        more = {name: [singular(name)] if every else other_words(name) for name in things if not found[name]}
        for name, others in more.items():
            if all(words in facts["seen"] for words in others):
                raise CannotTell(f"nothing was found that is called '{name}', nor by more general words")
        prompts = [words for name in things for words in more.get(name) or [found[name][0]["words"]]]
        why = f"Nothing was found for {' or '.join(map(repr, more))}, so I try more general words."
    step = max(1, -(-total // MOST)) * (2 * failures or 1)
    frames = "InputImages" if step == 1 else f"InputImages[::{step}]"
    if step > 1 and also:
        frames = f"[*{frames}, *(InputImages.by_frame(f) for f in {sorted(also)})]"
    code = _LOOK.substitute(frames=frames, prompts=json.dumps(list(dict.fromkeys(prompts))))
    return Draft(f"Find {names}.", why, "Choose the frames to measure in.", code)


def finds(name: str, facts: Facts) -> list[dict[str, Any]]:
    """What the first of a thing's words that found anything found, best score first."""
    seen = facts.get("seen", {})
    words = next((words for words in (name, *other_words(name)) if seen.get(words)), "")
    return sorted(({"words": words, **find} for find in seen.get(words, ())), key=lambda find: -find["score"])


def the_one(name: str, facts: Facts) -> dict[str, Any]:
    """What stands for a thing: `words`, `object`, `frames`, `largest`. Raises CannotTell where that is unclear."""
    best, *others = finds(name, facts)
    if others and best["score"] - others[0]["score"] < 0.2:  # not clearly better
        raise CannotTell(f"{len(others) + 1} things are called '{best['words']}'; the question does not say which")
    return best
