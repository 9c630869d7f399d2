"""Laws of arrays that know their frame."""

import copy
import pickle  # noqa: TID251 - what becomes of arrays that a cell pickles
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatial_agent.errors import FrameError
from spatial_agent.inside.framed import FrameArray, FrameId, FrameList, FrameStack, Position, identities, nearest

ids = st.builds(FrameId, st.integers(1, 2), st.sampled_from([0, 5, 10]))


def framed(identity: FrameId, shape: tuple[int, ...] = (4, 5)) -> FrameArray:
    return FrameArray.of(np.arange(np.prod(shape), dtype=float).reshape(shape) + 1, identity)


def known(value: object) -> tuple[int | None, int | None]:
    assert isinstance(value, np.ndarray)
    return getattr(value, "video", None), getattr(value, "frame_index", None)


@given(ids)
def test_what_is_made_of_one_frame_is_of_that_frame(identity: FrameId) -> None:
    a = framed(identity)
    made = [a + 1, 1 - a, -a, a > 3, a[1:3], a[a > 3], a[..., None], a.T, a.copy(), a.astype(np.float32), a.reshape(-1)]
    made += [
        np.where(a > 3, a, 0),
        np.stack([a, a]),
        np.clip(a, 0, 3),
        np.median(a, axis=0),
        a @ np.ones(5),
        a.max(axis=1),
    ]
    made += [np.linalg.norm(a, axis=1), np.sqrt(a), np.concatenate([a, a])]
    assert {known(one) for one in made} == {identity}
    a += 1
    assert known(a) == identity


@given(ids, ids)
def test_what_is_made_of_two_frames_is_of_none(one: FrameId, other: FrameId) -> None:
    a, b = framed(one), framed(other)
    made = [
        a + b,
        np.stack([a, b]),
        np.concatenate([a, b]),
        np.where(a > 3, a, b),
        np.minimum(a, b),
        a @ b.T,
        a.dot(b.T),
    ]
    expected = one if one == other else (None, None)
    assert {known(value) for value in made} == {expected}
    assert identities([a, [b]]) == {one, other}


@given(ids, ids)
def test_a_map_is_read_and_written_only_by_masks_of_its_own_frame(one: FrameId, other: FrameId) -> None:
    a, mask = framed(one), framed(other) > 7
    expected = np.asarray(a)[np.asarray(mask)].copy()
    if one == other:
        assert (np.asarray(a[mask]) == expected).all()
        a[mask] = 0
        assert (np.asarray(a)[np.asarray(mask)] == 0).all()
        return
    before = np.array(a)
    uses: tuple[Callable[[], object], ...] = (
        lambda: a[mask],
        lambda: a[mask, ...],
        lambda: a.__setitem__(mask, 0),
        lambda: a[np.where(mask)],
        lambda: a[mask.nonzero()],
        lambda: np.where(mask, a, 0),
        lambda: np.extract(mask, a),
        lambda: np.mean(a, where=mask),
        lambda: np.putmask(a, mask, 0),
        lambda: np.copyto(a, 0, where=mask),
    )
    for use in uses:
        with pytest.raises(FrameError, match=f"pixels of {one} were picked by a mask of {other}\n  expected: "):
            use()
    assert (np.asarray(a) == before).all()
    assert (a[np.asarray(mask)] == expected).all()  # a plain mask is the cell's own affair


def test_a_mask_of_two_frames_knows_none_and_may_pick() -> None:
    both = (framed(FrameId(1, 0)) > 3) & (framed(FrameId(1, 5)) > 7)
    assert framed(FrameId(1, 10))[both].shape == (int(both.sum()),)


@given(ids)
def test_plain_numbers_and_arrays_come_out_as_such(identity: FrameId) -> None:
    a = framed(identity)
    for scalar in (a[0, 0], a.sum(), np.median(a), np.linalg.norm(a), a.max(), np.dot(a[0], a[0])):
        assert not isinstance(scalar, np.ndarray)
        assert float(scalar) > 0
    assert type(np.asarray(a)) is np.ndarray
    assert repr(a) == repr(np.asarray(a))
    assert bool((a == a.copy()).all())


@given(ids)
def test_copies_keep_the_frame_and_pickles_are_plain(identity: FrameId) -> None:
    a = framed(identity)
    assert known(copy.copy(a)) == identity
    for packed in (pickle.loads(pickle.dumps(a)), copy.deepcopy(a)):  # noqa: S301 - our own bytes
        assert (np.asarray(packed) == np.asarray(a)).all()
    assert type(pickle.loads(pickle.dumps(a))) is np.ndarray  # noqa: S301


@given(st.lists(st.integers(0, 99), min_size=1, unique=True), st.integers(-9, 120))
def test_a_position_knows_the_frame_that_stands_there(frames: list[int], asked: int) -> None:
    listed = FrameList(frames)
    for place, frame in enumerate(frames):
        position = listed.index(frame)
        assert (position, position.frame, isinstance(position, Position)) == (place, frame, True)
    best = nearest(frames, asked)
    assert all(abs(best - asked) <= abs(frame - asked) for frame in frames)
    if asked not in frames:
        with pytest.raises(FrameError, match=rf"frame {asked} is not among .*\n.*\n  type: \.index\({best}\)"):
            listed.index(asked)


def test_a_stack_over_frames_knows_the_frame_of_each_layer() -> None:
    first, second = framed(FrameId(1, 5)), framed(FrameId(1, 7))
    stack: Any = np.stack([first, second])
    assert isinstance(stack, FrameStack) and stack.frames == (FrameId(1, 5), FrameId(1, 7))
    assert [layer.frame_index for layer in stack.layers()] == [5, 7]
    assert np.array_equal(stack.layers()[1], second)
    assert stack[0].frames == (), "a part of it belongs to no frame"
    assert not isinstance(np.stack([first, np.asarray(second)]), FrameStack)
    assert np.stack([first, first]).frame_index == 5  # type: ignore[attr-defined]
    assert type(pickle.loads(pickle.dumps(stack))) is np.ndarray  # noqa: S301


def test_a_long_list_of_frames_is_written_in_short() -> None:
    assert repr(FrameList(range(0, 6, 2))) == "[0, 2, 4]"
    assert repr(FrameList(range(2000))) == "[0, 1, 2, 3, ... 1999 (2000 frames)]"


def test_what_is_computed_from_a_stack_is_plain() -> None:
    stack = np.stack([framed(FrameId(1, 0)), framed(FrameId(1, 5))])
    for made in (stack + 1, stack > 3, stack.mean(axis=0), np.sqrt(stack)):
        assert type(made) is np.ndarray
    for scalar in (stack.sum(), stack.max(), np.median(stack), (stack > 3).any()):
        assert isinstance(scalar, np.generic)
