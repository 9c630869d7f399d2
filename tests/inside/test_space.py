from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spatial_agent.errors import ToolError
from spatial_agent.inside.tools.boxes import oriented_box
from spatial_agent.inside.tools.space import fits, free_path

EXTENTS = st.tuples(*[st.floats(0.1, 3)] * 3)


@settings(max_examples=60)
@given(EXTENTS, EXTENTS, st.floats(0, 0.5), st.booleans())
def test_fitting_is_monotone(item: tuple[float, ...], space: tuple[float, ...], more: float, upright: bool) -> None:
    fit = fits(item, space, upright)
    larger = fits(item, [side + more for side in space], upright)
    assert larger.margin == pytest.approx(fit.margin + more)
    assert bool(fit) == (fit.margin >= 0)
    assert fits(item, item, upright)
    if fits(item, space, upright=True):
        assert fits(item, space, upright=False)
    w, h, d = item
    assert fits((d, h, w), space, upright).margin == fit.margin


def test_what_decides_is_named() -> None:
    fit = fits((0.6, 0.85, 0.5), (0.52, 0.9, 0.65))
    assert fit and fit.side == "shorter horizontal side" and fit.margin == pytest.approx(0.02)
    assert not fit.near_tie
    assert (
        repr(fits((0.6, 0.91, 0.5), (0.65, 0.9, 0.52))) == "Fit(does not fit, 0.010 too much at the height; NEAR TIE)"
    )
    assert not fits((0.3, 2.0, 0.3), (2.1, 0.5, 0.5))
    assert fits((0.3, 2.0, 0.3), (2.1, 0.5, 0.5), upright=False)
    box = oriented_box(np.array(np.meshgrid([0, 0.6], [0, 0.8], [0, 0.5])).reshape(3, -1).T)
    assert fits(box, (0.6, 0.8, 0.5))
    with pytest.raises(ToolError, match=r"item=None\n  expected: an OrientedBox"):
        fits(None, (1, 1, 1))


def wall(z: float, low: float = 0.0, high: float = 2.0, side: float = 2.0) -> np.ndarray:
    """A wall across the way along -Z."""
    return np.array(np.meshgrid(np.linspace(-side, side, 41), np.linspace(low, high, 21), [-z])).reshape(3, -1).T


@settings(max_examples=40)
@given(st.floats(0.5, 9), st.floats(0.2, 1.5), st.floats(0, 0.3))
def test_the_way_ends_at_the_first_wall(z: float, width: float, clearance: float) -> None:
    points = np.vstack([wall(z + 1), wall(z)])
    path = free_path(points, [0, 0, 0], [0, -3, -1], width, 1.8, clearance=clearance)
    assert path == pytest.approx(z - clearance)
    assert path.blocked and path.obstacle is not None and path.obstacle[2] == pytest.approx(-z)
    assert free_path(points, [0, 0, 0], [0, 0, 1], width, 1.8) == 10
    assert free_path(points, [0, 0, 0], [0, 0, -1], width, 1.8, limit=z / 2) == z / 2


def test_what_is_low_high_beside_or_alone_is_not_in_the_way() -> None:
    floor = np.array(np.meshgrid(np.linspace(-2, 2, 50), [0.02], np.linspace(-5, 5, 50))).reshape(3, -1).T
    lintel, post = wall(1, low=2.1, high=2.5), np.add(wall(2), [2.5, 0, 0])
    stray = np.array([[0, 1, -0.5], [np.nan] * 3])
    path = free_path(np.vstack([floor, lintel, post, stray, wall(4)]), [0, 0, 0], [0, 0, -1], width=0.8, height=2.0)
    assert path == pytest.approx(4)
    assert free_path(np.vstack([lintel, wall(4)]), [0, 0, 0], [0, 0, -1], width=0.8, height=2.2) == pytest.approx(1)
    assert free_path(np.vstack([post, wall(4)]), [0, 0, 0], [0, 0, -1], width=1.2, height=2.0) == pytest.approx(2)
    assert free_path(np.zeros((0, 3)), [0, 0, 0], [0, 0, -1], width=1, height=2, limit=3) == 3


def test_printing_and_refusing() -> None:
    assert repr(free_path([], [0, 0, 0], [1, 0, 0], 1, 2)) == "FreePath(10.000, nothing in the way up to the limit)"
    assert "FreePath(3.000, then [" in repr(free_path(wall(3), [0, 0, 0], [0, 0, -1], 1, 2))
    assert f"{free_path(wall(3), [0, 0, 0], [0, 0, -1], 1, 2):.1f}" == "3.0"
    for direction, width, height in (([0, 1, 0], 1, 2), ([1, 0, 0], 0, 2), ([1, 0, 0], 1, 0.01)):
        with pytest.raises(ToolError, match="a direction along the floor, a width above 0"):
            free_path(wall(3), [0, 0, 0], direction, width, height)


@pytest.mark.parametrize(
    "how", [{"width": None}, {"width": "0.6"}, {"height": [1, 2]}, {"step": None}, {"limit": np.nan}]
)
def test_lengths_that_are_none_are_refused(how: dict[str, Any]) -> None:
    with pytest.raises(
        ToolError, match=r"^free_path got direction=.*\n  expected: .*\n  type: tools.Geometry.free_path"
    ):
        free_path(wall(3), [0, 0, 0], [0, 0, -1], **{"width": 1, "height": 2, **how})
