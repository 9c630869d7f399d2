"""Masks made of arrays, and everything that masks hold, to be compared."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from spatial_agent.inside.masks import PerFrameMask

WIDTH, HEIGHT = 11, 5


def made(
    stacks: Mapping[int, NDArray[np.bool_]],
    labels: Sequence[str],
    scores: Sequence[float] | None = None,
    *,
    video: int = 1,
) -> PerFrameMask:
    """Masks of frame -> (objects, H, W)."""
    sizes = [stack.shape[:0:-1] for stack in stacks.values()]
    flat = [stack.reshape(len(stack), stack.shape[1] * stack.shape[2]) for stack in stacks.values()]
    packed = [np.packbits(stack, axis=1) for stack in flat]
    return PerFrameMask(list(stacks), sizes, packed, labels, scores or [1.0] * len(labels), video=video)


def held(masks: PerFrameMask) -> dict[str, Any]:
    """All that masks hold; an object's pixels are None where it was not searched."""
    pixels = {
        frame: [
            np.asarray(masks.get_mask(frame, number)).tolist() if frame in masks.frames_searched(number) else None
            for number in masks.object_ids
        ]
        for frame in masks.frame_indices
    }
    return {"pixels": pixels, "labels": masks.labels, "scores": masks.scores, "prompts": masks.prompts}


@st.composite
def some_masks(draw: st.DrawFn, labels: Sequence[str] = ("a", "b", "c")) -> PerFrameMask:
    """Masks of one or two labels in up to three frames, some of them empty."""
    frames = draw(st.lists(st.integers(0, 4), min_size=1, max_size=3, unique=True).map(sorted))
    named = draw(st.lists(st.sampled_from(labels), min_size=1, max_size=2, unique=True))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    density = draw(st.sampled_from([0.0, 0.1, 0.6]))
    stacks = {frame: random.random((len(named), HEIGHT, WIDTH)) < density for frame in frames}
    return made(stacks, named, random.random(len(named)).tolist())
