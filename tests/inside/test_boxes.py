import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from spatial_agent.errors import ToolError
from spatial_agent.inside.tools.boxes import oriented_box

POINTS = arrays(np.float64, st.tuples(st.integers(1, 60), st.just(3)), elements=st.floats(-3, 3, width=32))
ANGLES = st.floats(0, 2 * np.pi)


def turned(points: np.ndarray, angle: float) -> np.ndarray:
    """Counter-clockwise seen from above."""
    c, s = np.cos(angle), np.sin(angle)
    return np.asarray(points @ np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]]).T)


def surface(width: float, height: float, depth: float, count: int = 4000) -> np.ndarray:
    """Points on all sides of a box that stands at the origin, its corners among them."""
    random = np.random.default_rng(0)
    points = random.uniform(-0.5, 0.5, (count, 3))
    side = random.integers(0, 3, count)
    points[np.arange(count), side] = np.where(points[np.arange(count), side] > 0, 0.5, -0.5)
    corners = np.array(np.meshgrid(*[[-0.5, 0.5]] * 3)).reshape(3, -1).T
    return np.asarray(np.add(np.vstack([points, corners]), [0, 0.5, 0]) * [width, height, depth])


@settings(max_examples=60)
@given(POINTS)
def test_a_box_that_keeps_all_points_contains_them(points: np.ndarray) -> None:
    box = oriented_box(points, trim=0)
    assert box is not None
    assert box.contains(points).all()
    assert box.width >= box.depth >= 0
    assert np.allclose(box.axes @ box.axes.T, np.eye(3), atol=1e-9)
    assert np.linalg.det(box.axes) == pytest.approx(1)


@settings(max_examples=30)
@given(ANGLES)
def test_sizes_do_not_depend_on_how_a_thing_is_turned(angle: float) -> None:
    box = oriented_box(np.add(turned(surface(1.2, 0.7, 0.4), angle), [3, 0, -2]))
    assert box is not None
    assert box.extent == pytest.approx((1.2, 0.7, 0.4), abs=1e-6)
    assert box.centre == pytest.approx([3, 0.35, -2], abs=1e-6)
    assert abs((box.yaw_deg - np.degrees(angle) + 90) % 180 - 90) < 1e-3
    assert box.longest == box.width == pytest.approx(1.2)
    assert box.volume == pytest.approx(1.2 * 0.7 * 0.4)


def test_corners_are_those_of_the_box() -> None:
    box = oriented_box(turned(surface(1.2, 0.7, 0.4), 0.5))
    assert box is not None
    corners = box.corners
    assert box.contains(corners).all()
    assert np.allclose(corners[:4, 1], 0) and np.allclose(corners[4:, 1], 0.7)
    assert np.linalg.norm(corners[1] - corners[0]) == pytest.approx(1.2)
    assert np.linalg.norm(corners[2] - corners[1]) == pytest.approx(0.4)
    assert not box.contains(corners * 1.01 + [0, 0.01, 0]).any()
    assert "width 1.2, depth 0.4, height 0.7" in repr(box)


def test_strays_are_left_out_and_thin_parts_are_not() -> None:
    random = np.random.default_rng(1)
    thing = surface(0.6, 0.6, 0.6)
    wall = random.uniform(-0.5, 0.5, (120, 3)) * [0.5, 0.5, 0.02] + [0, 0.3, -2.5]
    clean, trimmed, kept = (
        oriented_box(p, trim=t)
        for p, t in ((thing, 0), (np.vstack([thing, wall]), 0.05), (np.vstack([thing, wall]), 0))
    )
    assert clean is not None and trimmed is not None and kept is not None
    assert trimmed.extent == clean.extent
    assert kept.width > 2.5
    pole = np.stack([np.zeros(60), np.linspace(0.6, 1.6, 60), np.zeros(60)], axis=1)
    lamp = oriented_box(np.vstack([thing, pole]))
    assert lamp is not None and lamp.height == pytest.approx(1.6)


def test_few_flat_and_no_points() -> None:
    assert oriented_box(np.zeros((0, 3))) is None
    assert oriented_box(np.full((5, 3), np.nan)) is None
    point, line, corners = (
        oriented_box([[1, 2, 3]]),
        oriented_box([[0, 0, 0], [3, 1, 4]]),
        oriented_box(surface(2, 1, 1, 0)),
    )
    assert point is not None and point.extent == (0, 0, 0)
    assert line is not None and line.extent == pytest.approx((5, 1, 0))
    assert corners is not None and corners.extent == pytest.approx((2, 1, 1))


def test_up_may_be_another_axis() -> None:
    box = oriented_box(surface(1.2, 0.7, 0.4)[:, [0, 2, 1]], up=(0, 0, 1))
    assert box is not None
    assert box.extent == pytest.approx((1.2, 0.7, 0.4))
    with pytest.raises(ToolError, match="no direction"):
        oriented_box([[0, 0, 0]], up=(0, 0, 0))
    with pytest.raises(ToolError, match="oriented_box got points = None"):
        oriented_box(None)
