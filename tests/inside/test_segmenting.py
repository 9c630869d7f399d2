"""Masks as they travel, taken apart and put together: laws that hold for frames of any sizes."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from spatial_agent import wire
from spatial_agent.inside.masks import PerFrameMask
from spatial_agent.inside.tools.segmenting import Found
from tests.inside.scene import Scene

SCENE = Scene()
SIZES = st.lists(st.tuples(st.integers(1, 13), st.integers(1, 9)), min_size=1, max_size=3)
COUNTS = st.lists(st.integers(1, 3), min_size=1, max_size=3)
"""How many objects each prompt found."""


def travelling(sizes: list[tuple[int, int]], counts: list[int]) -> tuple[list[NDArray[np.bool_]], Found]:
    """Random masks of each frame (objects, H, W), every one with a pixel, and the same as they travel."""
    rng = np.random.default_rng(0)
    masks = [rng.random((sum(counts), height, width)) < 0.5 for width, height in sizes]
    for stack in masks:
        stack[:, 0, 0] = True
    flat = np.concatenate([np.packbits(stack.reshape(len(stack), -1), axis=1).ravel() for stack in masks])
    result = wire.Masks(
        frames=tuple(range(0, 10 * len(sizes), 10)),
        prompts=tuple(prompt for prompt, count in enumerate(counts) for _ in range(count)),
        scores=tuple(0.9 - 0.1 * number for number in range(sum(counts))),
        sizes=tuple(sizes),
        packed=wire.Array(0, "uint8", flat.shape),
    )
    return masks, Found.of(result, (flat,))


def seen(found: Found, prompts: int) -> PerFrameMask:
    return found.masks(SCENE, 1, [f"prompt {number}" for number in range(prompts)])


@settings(max_examples=30)
@given(SIZES, COUNTS)
def test_what_came_is_what_a_cell_gets(sizes: list[tuple[int, int]], counts: list[int]) -> None:
    masks, found = travelling(sizes, counts)
    for whole in (found, found.inside({}), found.inside({10 * k: ((0, 0, *size),) for k, size in enumerate(sizes)})):
        result = seen(whole, len(counts))
        assert result.scores == found.scores
        assert all(np.array_equal(result[10 * k], stack) for k, stack in enumerate(masks))


@settings(max_examples=30)
@given(SIZES, COUNTS, st.lists(st.booleans(), min_size=6, max_size=6))
def test_prompts_that_were_not_asked_for_have_one_empty_object(
    sizes: list[tuple[int, int]], counts: list[int], asked: list[bool]
) -> None:
    masks, found = travelling(sizes, counts)
    places = sorted([number for number, flag in enumerate(asked) if flag] + list(range(6, 9)))[: len(counts)]
    result = seen(found.among(places, 9), 9)
    assert result.prompts == sorted(result.prompts)
    assert set(result.prompts) == set(range(9))
    kept = [number for number, prompt in enumerate(result.prompts) if prompt in places]
    assert len(kept) == sum(counts) == sum(result.found)
    assert all(np.array_equal(result[10 * k][kept], stack) for k, stack in enumerate(masks))


def test_of_a_part_what_lies_mostly_in_it_is_kept() -> None:
    masks = np.zeros((4, 4, 10), dtype=bool)
    masks[0, :, 0:2] = True  # inside
    masks[1, :, 3:6] = True  # 1 of 3 columns inside
    masks[2, 1:3, :] = True  # 8 of 20 pixels, and it fills half of the part
    masks[3, :, 8:] = True  # outside
    flat = np.packbits(masks.reshape(4, -1), axis=1).ravel()
    result = wire.Masks((5,), (0, 0, 1, 2), (0.9, 0.8, 0.7, 0.6), ((10, 4),), wire.Array(0, "uint8", flat.shape))
    part = seen(Found.of(result, (flat,)).inside({5: ((0, 0, 4, 4),)}), 3)
    assert (part.prompts, part.scores, part.found) == ([0, 1, 2], [0.9, 0.7, 0.0], [True, True, False])
    assert np.array_equal(part[5][:2], masks[[0, 2]]), "whole masks, not their parts"
