"""How a camera turned and moved, between two poses and along many."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from spatial_agent.errors import ToolError
from spatial_agent.inside.tools.arguments import UP, Doubles, pose_matrix
from spatial_agent.inside.tools.directions import Direction
from spatial_agent.inside.tools.observer import STEEP, level_axes
from spatial_agent.inside.tools.words import Word, best

STILL_DEG = 1.0
STILL = 0.01
"""Below this many degrees, or units of length, a part of a motion is left out of the words."""
_MOVES = {
    "forward": np.array([0.0, 0.0, 1.0]),
    "backward": np.array([0.0, 0.0, -1.0]),
    "right": np.array([1.0, 0.0, 0.0]),
    "left": np.array([-1.0, 0.0, 0.0]),
    "up": np.array([0.0, 1.0, 0.0]),
    "down": np.array([0.0, -1.0, 0.0]),
}


@dataclass(frozen=True, eq=False)
class CameraMotion:
    """How a camera got from one pose to another, seen from the first one made level.

    `.turn_deg` (+ right), `.tilt_deg` (+ up), `.roll_deg` (+ clockwise), `.angle_deg` (the whole rotation), `.forward`,
    `.right`, `.up` and `.distance` in the world's unit. In words: `.turned` ("left" or "right"), `.moved` ("forward",
    "backward", "left", "right", "up" or "down"), `.main` ("turned left, moved forward"), `.words` (with numbers);
    `.turned.near_tie` and `.moved.near_tie` are True where 5 degrees would change the word; `.near_tie` where one of
    `.main` is.
    """

    turn_deg: float
    tilt_deg: float
    roll_deg: float
    angle_deg: float
    right: float
    forward: float
    up: float

    @property
    def distance(self) -> float:
        """Straight distance between the two positions."""
        return float(np.linalg.norm([self.right, self.forward, self.up]))

    @property
    def direction(self) -> Direction:
        """The `Direction` in which the camera moved, for more words."""
        return Direction(self.right, self.forward, self.up)

    @property
    def turned(self) -> Word:
        """The way it turned: "left" or "right", however little."""
        words = ("right", "left") if self.turn_deg >= 0 else ("left", "right")
        return Word.of(words[0], min(abs(self.turn_deg), 180 - abs(self.turn_deg)), words[1])

    @property
    def moved(self) -> Word | None:
        """The way it moved most; None if it stayed where it was."""
        return best(_MOVES, np.array([self.right, self.up, self.forward]))

    @property
    def near_tie(self) -> bool:
        """True when 5 degrees would change a word of `.main`."""
        return bool(self._ties)

    @property
    def main(self) -> str:
        """The way it turned and the way it moved most, as in "turned left, moved forward", or "stayed as it was"."""
        turned = [f"turned {self.turned}"] if abs(self.turn_deg) >= STILL_DEG else []
        moved = [f"moved {self.moved}"] if self.distance >= STILL else []
        return ", ".join(turned + moved) or "stayed as it was"

    @property
    def words(self) -> str:
        """Every part of the motion with its amount; what is under 1 degree or 0.01 is left out."""
        turns = [
            (self.turn_deg, "turned right", "turned left"),
            (self.tilt_deg, "tilted up", "tilted down"),
            (self.roll_deg, "rolled clockwise", "rolled counter-clockwise"),
        ]
        moves = [
            (self.forward, "moved forward", "moved backward"),
            (self.right, "moved right", "moved left"),
            (self.up, "moved up", "moved down"),
        ]
        said = [f"{more if n > 0 else less} by {abs(n):.1f} degrees" for n, more, less in turns if abs(n) >= STILL_DEG]
        said += [f"{more if n > 0 else less} {abs(n):.2f}" for n, more, less in moves if abs(n) >= STILL]
        return ", ".join(said) or "stayed as it was"

    @property
    def _ties(self) -> list[str]:
        """The words of `.main` that are near ties, with those that they could be instead."""
        turned = self.turned if abs(self.turn_deg) >= STILL_DEG else None
        moved = self.moved if self.distance >= STILL else None
        words = (("turned", turned), ("moved", moved))
        return [f"{verb} {word} or {word.second}" for verb, word in words if word is not None and word.near_tie]

    def __repr__(self) -> str:
        tie = f"; NEAR TIE: {', '.join(self._ties)}" if self._ties else ""
        return f"CameraMotion({self.words}; distance {self.distance:.2f}, whole rotation {self.angle_deg:.1f} degrees{tie})"


@dataclass(frozen=True, eq=False)
class CameraPath:
    """A camera's way through many poses.

    `.turn_deg` is all turns added up (+ right; it may exceed 360), `.left_deg` and `.right_deg` what of it went to either
    side, `.tilt_deg` all tilts, `.length` the way; `.net` is the CameraMotion from the first pose to the last, `.steps`
    has one from each pose to the next.
    """

    steps: tuple[CameraMotion, ...]
    net: CameraMotion

    @property
    def turn_deg(self) -> float:
        """All turns added up, + to the right."""
        return float(sum(step.turn_deg for step in self.steps))

    @property
    def right_deg(self) -> float:
        """All turns to the right added up."""
        return float(sum(max(step.turn_deg, 0.0) for step in self.steps))

    @property
    def left_deg(self) -> float:
        """All turns to the left added up."""
        return self.right_deg - self.turn_deg

    @property
    def tilt_deg(self) -> float:
        """All tilts added up, + up."""
        return float(sum(step.tilt_deg for step in self.steps))

    @property
    def length(self) -> float:
        """Length of the way, pose by pose."""
        return float(sum(step.distance for step in self.steps))

    def __repr__(self) -> str:
        way = "right" if self.turn_deg >= 0 else "left"
        return (
            f"CameraPath({len(self.steps) + 1} poses, length {self.length:.2f}; turned {way} by {abs(self.turn_deg):.1f} "
            f"degrees in all: {self.left_deg:.1f} left, {self.right_deg:.1f} right; from first to last: {self.net.words})"
        )


def camera_motion(pose_a: Any, pose_b: Any) -> CameraMotion:
    """From a pose (4, 4) to another: .turn_deg (+ right), .tilt_deg, .angle_deg, .forward, .right, .distance, .words.

    A `CameraMotion`: lengths are along the first pose made level; `.turned` and `.moved` are words that know `.near_tie`.

    Example: tools.Geometry.camera_motion(recon.extrinsics[0], recon.extrinsics[3]).words
    """
    return _motion(pose_matrix(pose_a, "camera_motion", "pose_a"), pose_matrix(pose_b, "camera_motion", "pose_b"))


def camera_path(poses: Any) -> CameraPath:
    """Along poses in order: .length, .turn_deg (all turns added up, + right), .left_deg, .right_deg, .net, .steps.

    `poses` is a list, (N, 4, 4) or recon.extrinsics. A camera that goes around more than once turns by more than 360
    degrees. `.net` is the camera motion from the first to the last.

    Example: tools.Geometry.camera_path(recon.extrinsics).turn_deg
    """
    given = getattr(poses, "extrinsics", poses)
    rows = list(given.values() if isinstance(given, Mapping) else given) if np.iterable(given) else []
    if len(rows) < 2:
        raise ToolError(
            f"camera_path got {len(rows)} poses",
            "two or more poses in order",
            "tools.Geometry.camera_path(recon.extrinsics)",
        )
    matrices = [pose_matrix(pose, "camera_path", f"poses[{number}]") for number, pose in enumerate(rows)]
    return CameraPath(tuple(_motion(a, b) for a, b in pairwise(matrices)), _motion(matrices[0], matrices[-1]))


def _motion(a: Doubles, b: Doubles) -> CameraMotion:
    axes = level_axes(a)
    right, forward, up = axes.towards(b[:3, 3] - a[:3, 3])
    turn_right, turn_forward, _ = axes.towards(level_axes(b).forward)
    return CameraMotion(
        turn_deg=float(np.degrees(np.arctan2(turn_right, turn_forward))),
        tilt_deg=_tilt(b) - _tilt(a),
        roll_deg=(_roll(b) - _roll(a) + 180.0) % 360.0 - 180.0,
        angle_deg=_rotation(a, b),
        right=right,
        forward=forward,
        up=up,
    )


def _tilt(pose: Doubles) -> float:
    """Degrees by which the camera looks above the horizon."""
    ahead = pose[:3, 2] @ UP
    return float(np.degrees(np.arctan2(ahead, np.linalg.norm(pose[:3, 2] - ahead * UP))))


def _roll(pose: Doubles) -> float:
    """Degrees by which the camera is rolled clockwise, as the one who holds it sees it."""
    right, top = float(pose[:3, 0] @ UP), float(-pose[:3, 1] @ UP)
    steep = np.linalg.norm(pose[:3, 2] - (pose[:3, 2] @ UP) * UP) < STEEP
    # Looking straight down, roll and turn are one and the same: level_axes takes it as a turn.
    return float(np.degrees(np.arctan2(-right, np.sqrt(max(0.0, 1 - right**2)) if steep else top)))


def _rotation(a: Doubles, b: Doubles) -> float:
    """Degrees of the whole rotation between two poses."""
    half = np.linalg.norm(a[:3, :3] - b[:3, :3]) / np.sqrt(8.0)
    return float(2 * np.degrees(np.arcsin(min(1.0, half))))
