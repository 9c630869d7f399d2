"""Laws of putting masks together: what is added comes out again, and what is merged has the pixels of all."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spatial_agent.errors import FrameError, ToolError
from spatial_agent.inside.masks import PerFrameMask
from tests.inside.made_masks import HEIGHT, WIDTH, held, made, some_masks

ANY = np.random.default_rng(0).random((3, HEIGHT, WIDTH)) < 0.4


def by_label(masks: PerFrameMask) -> dict[str, Any]:
    """Pixels of each label in each frame, whatever the order; None where it was not searched."""
    pixels = held(masks)["pixels"]
    return {label: {f: pixels[f][k] for f in pixels} for k, label in enumerate(masks.labels)}


@settings(max_examples=40)
@given(some_masks(), some_masks(), some_masks())
def test_adding_is_associative_and_is_what_sum_does(a: PerFrameMask, b: PerFrameMask, c: PerFrameMask) -> None:
    rest = [b, c]
    assert held((a + b) + c) == held(a + (b + c)) == held(sum([a, b, c])) == held(a + rest)


@settings(max_examples=40)
@given(some_masks(), some_masks())
def test_what_is_added_comes_out_again_and_nothing_else(a: PerFrameMask, b: PerFrameMask) -> None:
    both = a + b
    assert both.frame_indices == sorted({*a.frame_indices, *b.frame_indices})
    for part, first in ((a, 0), (b, a.num_objects)):
        own = both.select(range(first, first + part.num_objects))
        assert (own.labels, own.scores) == (part.labels, part.scores)
        for frame in both.frame_indices:
            for number in part.object_ids:
                if frame in part:
                    assert np.array_equal(own.get_mask(frame, number), part.get_mask(frame, number))
                else:
                    assert not own[frame][number].any()
                    with pytest.raises(FrameError, match="in which it was not searched"):
                        own.get_mask(frame, number)


@settings(max_examples=40)
@given(some_masks(), some_masks(), some_masks())
def test_merging_is_commutative_associative_and_idempotent_on_pixels(
    a: PerFrameMask, b: PerFrameMask, c: PerFrameMask
) -> None:
    assert by_label(a | b) == by_label(b | a)
    assert held((a | b) | c) == held(a | (b | c)) == held(a.merge([b, c])) == held(PerFrameMask.merge([a, b, c]))
    assert held(a | a) == held(a)
    for frame in a.frame_indices:
        for number, label in enumerate(a.labels):
            there = np.asarray(a.get_mask(frame, number)).copy()
            if frame in b and label in b.labels:
                there |= np.asarray(b.get_mask(frame, label))
            assert np.array_equal((a | b).get_mask(frame, label), there)


@given(some_masks(), st.booleans())
def test_selecting_every_label_takes_the_masks_apart(masks: PerFrameMask, upper: bool) -> None:
    parts = [masks.select(label.upper() + " " if upper else label) for label in dict.fromkeys(masks.labels)]
    assert sum(part.num_objects for part in parts) == masks.num_objects
    assert by_label(sum(parts)) == by_label(masks)
    assert held(masks.select(masks.labels)) == held(masks)


def test_a_label_selects_all_its_objects_and_an_unknown_one_none(capsys: pytest.CaptureFixture[str]) -> None:
    masks = made({4: ANY}, ["chair", "door", "Chair"], [0.4, 0.9, 0.8])
    assert masks.select("chair").labels == ["chair", "Chair"]
    assert masks.select(["door", 0]).labels == ["door", "chair"]
    assert capsys.readouterr().out == ""
    nothing = masks.select("lamp")
    assert "no object is labelled 'lamp'; labels are 'chair', 'door', 'Chair'" in capsys.readouterr().out
    assert (nothing.num_objects, bool(nothing), nothing[4].shape) == (0, False, (0, HEIGHT, WIDTH))
    assert (nothing.frames_with(), nothing.get_mask(4).any()) == ([], False)
    assert held(nothing + masks) == held(masks)
    with pytest.raises(ToolError, match="object=7 is not among"):
        masks.select(7)


def test_several_objects_of_a_label_are_merged_by_rank_if_there_are_as_many(capsys: pytest.CaptureFixture[str]) -> None:
    first = made({0: ANY}, ["chair", "chair", "door"], [0.9, 0.5, 0.7])
    second = made({1: ANY}, ["chair", "chair", "door"], [0.3, 0.6, 0.8])
    merged = first | second
    assert "2 in frames 0, 2 in frames 1; they are paired by rank of score" in capsys.readouterr().out
    assert (merged.labels, merged.scores) == (["chair", "chair", "door"], [0.9, 0.5, 0.8])
    assert np.array_equal(merged.get_mask(1, 0), ANY[1])
    one = made({2: ANY[:1]}, ["chair"], [0.2])
    best = merged | one
    assert "only the best of each is merged; masks + other keeps all" in capsys.readouterr().out
    assert best.labels == ["chair", "door"]
    assert np.array_equal(best.get_mask(0, 0), ANY[0])


def test_a_frame_in_which_nothing_was_found_counts_as_searched() -> None:
    seen, empty = made({0: ANY[:1]}, ["cat"]), made({1: ANY[:1] & False}, ["cat"], [0.0])
    for merged in (seen | empty, empty | seen, (seen + empty).merge()):
        assert (merged.labels, merged.frames_searched(), merged.frames_with()) == (["cat"], [0, 1], [0])


def test_an_object_that_was_not_searched_in_a_frame_is_false_there_and_says_so_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    both = made({0: ANY[:1]}, ["cat"]) + made({1: ANY[1:2]}, ["dog"])
    assert not both[0][1].any() and np.array_equal(both[0][0], ANY[0]) and both[1].shape == (2, HEIGHT, WIDTH)
    assert capsys.readouterr().out.count("dog was not searched in this frame") == 1
    with pytest.raises(FrameError, match=r"dog in frame 0, in which(.|\n)*frames 1\n  type: masks.get_mask\(1, 1\)"):
        both.get_mask(0, "dog")
    with pytest.raises(FrameError, match="cat and dog in frame 0"):
        both.get_mask(0, ["cat", "dog"])
    assert "1 dog (not searched)" in both.visualize(0).description


def test_what_does_not_fit_together_is_refused() -> None:
    one, other = made({0: ANY}, ["a", "b", "c"]), made({0: ANY}, ["a", "b", "c"], video=2)
    small = made({0: ANY[:, :2]}, ["a", "b", "c"])
    for wrong in (lambda: one + other, lambda: one | other, lambda: sum([one, other])):
        with pytest.raises(FrameError, match=r"masks of videos 1, 2\n  expected: masks of one video"):
            wrong()
    with pytest.raises(FrameError, match="masks of 11x5 and of 11x2 pixels of frame 0"):
        one | small
    for wrong in (
        lambda: one + 3,
        lambda: 3 + one,
        lambda: one | "door",
        lambda: one.merge([one, 3]),
        lambda: one.merge(ANY),
    ):
        with pytest.raises(ToolError, match="expected: masks, as"):
            wrong()
    with pytest.raises(ToolError, match="got no masks"):
        PerFrameMask.merge([])
    assert held(one.merge([None])) == held(one) == held(PerFrameMask.merge({"a": one}.values())) == held(one.merge({}))
