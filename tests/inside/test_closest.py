import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from spatial_agent.errors import ToolError
from spatial_agent.inside.tools.closest import closest_points

POINTS = arrays(np.float64, st.tuples(st.integers(1, 90), st.just(3)), elements=st.floats(-5, 5, width=32))
SHIFTS = st.sampled_from([0.0, 3.0, 40.0])


@settings(max_examples=60)
@given(POINTS, POINTS, SHIFTS)
def test_no_other_pair_is_closer(a: np.ndarray, b: np.ndarray, shift: float) -> None:
    b = np.add(b, [shift, 0, 0])
    found, back = closest_points(a, b), closest_points(b, a)
    assert found is not None and back is not None
    apart = np.linalg.norm(a[:, None] - b[None], axis=2)
    assert found.distance == pytest.approx(apart.min(), abs=1e-12) == back.distance
    assert apart[found.pair] == found.distance
    assert np.array_equal(a[found.pair[0]], found.first)
    assert np.array_equal(b[found.pair[1]], found.second)


def test_rows_without_depth_are_left_out_and_still_counted() -> None:
    a = np.array([[np.nan, 0, 0], [0, 0, 0], [0, 0, 9]])
    found = closest_points(a, np.array([[5.0, 0, 0], [np.nan] * 3, [0, 3, 0]]).tolist())
    assert found is not None
    assert (found.distance, found.pair) == (3, (1, 2))
    assert repr(found) == "3 between [0. 0. 0.] and [0. 3. 0.]"
    distance, first, *_ = found
    assert distance == 3 and first.tolist() == [0, 0, 0]


def test_nothing_has_no_closest_point() -> None:
    known = [[0, 0, 0]]
    for nothing in (np.zeros((0, 3)), [], np.full((4, 5, 3), np.nan)):
        assert closest_points(nothing, known) is None
        assert closest_points(known, nothing) is None


def test_maps_and_single_points_are_points_too() -> None:
    plane = np.zeros((6, 8, 3))
    plane[..., 0] = np.arange(8)
    found = closest_points(plane, [7, 2, 0])
    assert found is not None
    assert (found.distance, found.pair[0] % 8) == (2, 7)


def test_what_is_no_points_is_refused() -> None:
    with pytest.raises(ToolError, match=r"got a = None\n  expected: points \(N, 3\).*found nothing"):
        closest_points(None, [[0, 0, 0]])
    with pytest.raises(ToolError, match=r"b = an array of shape \(4, 2\)"):
        closest_points([[0, 0, 0]], np.zeros((4, 2)))
