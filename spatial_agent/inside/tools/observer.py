"""Who looks from where: the level axes of a camera, of somebody who stands at a place, and of the compass."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from spatial_agent.errors import ToolError
from spatial_agent.inside.tools.arguments import UP, Doubles, numbers, pose_matrix, unit_vector, vector
from spatial_agent.inside.tools.directions import Bearing, Direction

STEEP = 0.2
"""A camera whose forward direction has a shorter horizontal part (of 1) looks straight up or down."""


class Axes(NamedTuple):
    """Unit vectors (3,) of an observer in the world."""

    right: Doubles
    up: Doubles
    forward: Doubles

    def towards(self, offset: Doubles) -> tuple[float, float, float]:
        """An offset in the world as lengths to the right, forward and up."""
        return float(offset @ self.right), float(offset @ self.forward), float(offset @ self.up)


def level_axes(pose: Doubles, up: Doubles = UP) -> Axes:
    """The axes of a camera made level. One that looks straight down heads where the top of its image points."""
    level = pose[:3, 2] - (pose[:3, 2] @ up) * up
    if np.linalg.norm(level) < STEEP:
        # The right axis is level here; what it gives goes on smoothly from a camera that is tilted down or up.
        level = np.cross(up, pose[:3, 0])
    forward = level / np.linalg.norm(level)
    return Axes(np.cross(forward, up), up, forward)


def observer(at: Any, facing: Any, up: Any = (0, 1, 0)) -> Doubles:
    """(4, 4) camera-to-world pose of somebody who stands at the point `at` and faces the point `facing`, looking level.

    It goes wherever a camera's pose does: direction_from, render_view, camera_motion. ToolError if one point is straight
    above the other.

    Example: tools.Geometry.observer([0, 0, 0], point)
    """
    a, b = vector(at, "observer", "at", 3), vector(facing, "observer", "facing", 3)
    vertical = unit_vector(up, "observer", "up", 3)
    level = (b - a) - ((b - a) @ vertical) * vertical
    length = float(np.linalg.norm(level))
    if length < 1e-6:
        raise ToolError(
            f"observer got at={a.round(3).tolist()} and facing={b.round(3).tolist()}, one straight above the other",
            "two points that differ in the floor plane: they give the direction in which somebody looks",
            "tools.Geometry.observer(seat, door)",
        )
    forward = level / length
    pose = np.eye(4)
    pose[:3, :3] = np.stack([np.cross(forward, vertical), -vertical, forward], axis=1)
    pose[:3, 3] = a
    return pose + 0.0  # no -0.


def direction_from(pose: Any, point: Any, level: bool = True) -> Direction:
    """Where a point (3,) is from a pose: .angle_deg (+ right), .side, .quadrant, .octant, .near_tie, .word(options).

    The pose is a camera's or an observer's. A `Direction`: `.right`, `.forward` and `.up` are lengths, right and forward
    in the floor plane, as people mean them, however the camera is tilted; with `level=False` they are along the camera's
    own axes. `.word(options)` gives the option that fits; `.near_tie` says when a few degrees would change a word.

    Example: tools.Geometry.direction_from(pose, point).word(["to my left", "to my right", "behind"])
    """
    matrix = pose_matrix(pose, "direction_from")
    axes = level_axes(matrix) if level else Axes(matrix[:3, 0], -matrix[:3, 1], matrix[:3, 2])
    return Direction(*axes.towards(vector(point, "direction_from", "point", 3) - matrix[:3, 3]))


def compass(vector_or_pair: Any, north: Any) -> Bearing:
    """Compass direction of a vector (3,) or from a to b (a pair), north given alike: .octant, .bearing_deg, .word(...).

    Seen from above, east is to the right of north. A `Bearing`: `.side` is one of four words, `.octant` of eight
    ("north-east"), `.sixteenth` of sixteen; `.word(options)` gives the option that fits.

    Example: tools.Geometry.compass(([0, 0, 0], point), north=[0, 0, -1]).octant
    """
    way = _way(vector_or_pair, "vector_or_pair")
    ahead = _way(north, "north")
    flat = ahead - (ahead @ UP) * UP
    if not np.linalg.norm(flat) > 1e-9:
        raise ToolError(
            f"compass got north={ahead.tolist()}, which does not point along the floor",
            "a world vector or a pair of points that differ in the floor plane",
            "tools.Geometry.compass((a, b), north=(window, door))",
        )
    forward = flat / np.linalg.norm(flat)
    return Bearing(*Axes(np.cross(forward, UP), UP, forward).towards(way))


def _way(value: Any, name: str) -> Doubles:
    """A vector, or the one from the first to the second of two points."""
    array = numbers(value)
    if array is not None and array.shape == (2, 3):
        return vector(array[1], "compass", name, 3) - vector(array[0], "compass", name, 3)
    return vector(value, "compass", name, 3)
