"""Measures of what moves: the camera, or a thing. The definitions are in measures.py."""

from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import numpy as np

from questions.measures import APART, CLEAR_ANGLE, Choice, bearing, seen_well, wrapped
from questions.world import World


def heading(world: World, frame: int) -> float:
    """Where a camera looks, in degrees counter-clockwise from the x axis."""
    return bearing(np.zeros(3), world.view(frame).ahead)


@dataclass(frozen=True)
class CameraBetween:
    """The camera from a frame to a later one."""

    first: int
    last: int
    kind: ClassVar[str] = "camera motion"
    things: ClassVar[tuple[str, ...]] = ()

    def _turns(self, world: World) -> list[float]:
        """Degrees to the left, from frame to frame."""
        headings = [heading(world, frame) for frame in range(self.first, self.last + 1)]
        return [wrapped(b - a) for a, b in pairwise(headings)]

    def _turns_clearly(self, world: World, slack: float) -> bool:
        """Far enough, and never much to the other side."""
        turns = self._turns(world)
        return abs(sum(turns)) >= max(2 * CLEAR_ANGLE * slack, 0.9 * sum(map(abs, turns)))

    def _way(self, world: World) -> float:
        """Metres from its first position to the last, as the crow flies."""
        return float(np.linalg.norm(world.view(self.last).eye - world.view(self.first).eye))


@dataclass(frozen=True)
class CameraTurn(CameraBetween):
    """To which side it turns."""

    def answer(self, world: World) -> Choice:
        """Left or right."""
        return Choice("left", ("right",)) if sum(self._turns(world)) > 0 else Choice("right", ("left",))

    def clear(self, world: World, slack: float = 1.0) -> bool:
        """It turns to one side, and far enough."""
        return self._turns_clearly(world, slack)


@dataclass(frozen=True)
class CameraAngle(CameraBetween):
    """How far it turns, whatever the side."""

    def answer(self, world: World) -> float:
        """Degrees."""
        return abs(sum(self._turns(world)))

    def clear(self, world: World, slack: float = 1.0) -> bool:
        """It turns to one side, and less than half way round."""
        return self._turns_clearly(world, slack) and self.answer(world) < 180 - CLEAR_ANGLE * slack


@dataclass(frozen=True)
class CameraAdvance(CameraBetween):
    """Whether it goes where it looks or away from there."""

    def _off(self, world: World, frame: int) -> float:
        """Degrees between its way and where it looks at a frame, laid flat."""
        way = bearing(world.view(self.first).eye, world.view(self.last).eye)
        return abs(wrapped(way - heading(world, frame)))

    def answer(self, world: World) -> Choice:
        """Forward or backward."""
        ahead = self._off(world, self.first) < 90
        return Choice("forward", ("backward",)) if ahead else Choice("backward", ("forward",))

    def clear(self, world: World, slack: float = 1.0) -> bool:
        """Not sideways in any frame, and far enough."""
        off = [self._off(world, frame) for frame in range(self.first, self.last + 1)]
        ahead = max(off) <= 90 - CLEAR_ANGLE * slack
        return (ahead or min(off) >= 90 + CLEAR_ANGLE * slack) and self._way(world) >= APART * slack


@dataclass(frozen=True)
class CameraWay(CameraBetween):
    """How far its last position is from the first."""

    def answer(self, world: World) -> float:
        """Metres."""
        return self._way(world)

    def clear(self, world: World, slack: float = 1.0) -> bool:
        """Far enough to be measured."""
        return self._way(world) >= APART * slack


@dataclass(frozen=True)
class Moves:
    """Whether a thing moves during the video; or, the other way round, whether it stays."""

    name: str
    stays: bool = False
    kind: ClassVar[str] = "object motion"

    @property
    def things(self) -> tuple[str, ...]:
        """It."""
        return (self.name,)

    def answer(self, world: World) -> bool:
        """Yes or no."""
        return world.moves(self.name) != self.stays

    def clear(self, world: World, slack: float = 1.0) -> bool:
        """What moves goes far, so there is nothing between."""
        return True


@dataclass(frozen=True)
class Mover:
    """Which one of several things moves."""

    among: tuple[str, ...]
    kind: ClassVar[str] = "object motion"

    @property
    def things(self) -> tuple[str, ...]:
        """All of them."""
        return self.among

    def answer(self, world: World) -> Choice:
        """One of them."""
        (mover,) = [name for name in self.among if world.moves(name)]
        return Choice(f"the {mover}", tuple(f"the {name}" for name in self.among if name != mover))

    def clear(self, world: World, slack: float = 1.0) -> bool:
        """One moves and no other."""
        return [world.moves(name) for name in self.among].count(True) == 1


@dataclass(frozen=True)
class Way:
    """How far from its first place a thing is at the last of these frames, in a straight line."""

    name: str
    first: int
    last: int
    kind: ClassVar[str] = "object motion"

    @property
    def things(self) -> tuple[str, ...]:
        """It."""
        return (self.name,)

    def answer(self, world: World) -> float:
        """Metres."""
        return float(np.linalg.norm(world.middle(self.name, self.last) - world.middle(self.name, self.first)))

    def clear(self, world: World, slack: float = 1.0) -> bool:
        """Far enough to be measured, and seen at both ends."""
        return self.answer(world) >= APART * slack and seen_well(world, self.things, self.first, self.last)


@dataclass(frozen=True)
class Approach:
    """Whether a thing comes nearer to one that stands still between two frames, or goes away from it."""

    name: str
    goal: str
    first: int
    last: int
    kind: ClassVar[str] = "object motion"

    @property
    def things(self) -> tuple[str, ...]:
        """Both."""
        return self.name, self.goal

    def _nearer(self, world: World) -> float:
        """Metres by which the two middles come nearer over the floor."""
        goal = world.middle(self.goal)
        first, last = (np.linalg.norm((world.middle(self.name, at) - goal)[:2]) for at in (self.first, self.last))
        return float(first - last)

    def answer(self, world: World) -> Choice:
        """Towards it or away from it."""
        options = ("towards it", "away from it")
        right, wrong = options if self._nearer(world) > 0 else options[::-1]
        return Choice(right, (wrong,))

    def clear(self, world: World, slack: float = 1.0) -> bool:
        """The distance changes enough, and what moves is seen at both ends."""
        return abs(self._nearer(world)) >= APART * slack and seen_well(world, (self.name,), self.first, self.last)
