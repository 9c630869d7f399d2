"""What the questions of the bank ask: each measure says its kind, its answer in a world, and whether that is clear.

Definitions, for all questions:

- The closest-point distance is the shortest one between two surfaces; the centroid is the area-weighted middle of a
  surface. Which of several is nearer goes by the closest points.
- Directions are those of VSI-Bench: everything is laid flat on the floor and things are their centroids. Of three
  sides, behind is more than 135 degrees away from where one faces. Seen from a camera, left and right go by the
  bearings of the two things.
- A height is the vertical extent, the longest side that of the upright box that is turned with the thing, and what is
  higher has the higher top.
- The camera turns about the vertical, and goes forward or backward by where it looks. Its way and that of a thing are
  straight lines between the positions in two frames.
- A thing has appeared in the first frame that shows enough of it; the order is the same for every number of pixels
  from 50 to 1000.

An answer is clear if no other one is near: distances and heights that are compared differ by 15 % or 0.25 m, and a
direction is 12 degrees from every other one. `slack` widens or narrows these margins.
"""

from dataclasses import dataclass
from typing import ClassVar, Literal, NamedTuple, Protocol

import numpy as np

from questions.world import Array, World

APART, SHARE = 0.25, 0.15
"""Metres, or share of the larger one, by which things that are compared differ."""
CLEAR_ANGLE = 12.0
"""Degrees."""
ENOUGH = 400
"""Pixels that show a thing well."""
SEEN = range(50, 1001)
"""Pixels from which on a thing may be said to be seen."""


class Choice(NamedTuple):
    """The right option and the wrong ones."""

    right: str
    wrong: tuple[str, ...]


Answer = float | bool | Choice


class Measure(Protocol):
    """Something that can be asked of a world."""

    @property
    def kind(self) -> str:
        """The kind of question."""
        ...

    @property
    def things(self) -> tuple[str, ...]:
        """The names of the things that it is about."""
        ...

    def answer(self, world: World) -> Answer:
        """The answer: metres, degrees or a number; yes or no; one of several options."""
        ...

    def clear(self, world: World, slack: float = 1.0) -> bool:
        """Whether no other answer is near."""
        ...


def bearing(start: Array, end: Array) -> float:
    """Degrees counter-clockwise from the x axis, seen from above."""
    east, north = (end - start)[:2]
    return float(np.degrees(np.arctan2(north, east)))


def wrapped(degrees: float) -> float:
    """The same angle from -180 up to 180; to the left is positive."""
    return (degrees + 180) % 360 - 180


def differ(low: float, high: float, slack: float) -> bool:
    """Whether one is clearly more than the other."""
    return high - low >= min(APART, SHARE * high) * slack


def seen_well(world: World, names: tuple[str, ...], *frames: int) -> bool:
    """Whether each of these frames shows each of these things well."""
    return all(world.pixels(name).get(frame, 0) >= ENOUGH for name in names for frame in frames)


@dataclass(frozen=True)
class Between:
    """How far two things are from each other."""

    a: str
    b: str

    @property
    def things(self) -> tuple[str, ...]:
        """Both."""
        return self.a, self.b


@dataclass(frozen=True)
class ClosestPoints(Between):
    """The distance of their surfaces, metres."""

    kind: ClassVar[str] = "closest-point distance"

    def answer(self, world: World) -> float:
        """Metres."""
        return world.gap(self.a, self.b)

    def clear(self, world: World, slack: float = 1.0) -> bool:
        """Things that touch have no distance to speak of."""
        return world.gap(self.a, self.b) * slack > 0.1


@dataclass(frozen=True)
class Centroids(Between):
    """The distance of their middles, metres."""

    kind: ClassVar[str] = "centroid distance"

    def answer(self, world: World) -> float:
        """Metres."""
        return float(np.linalg.norm(world.middle(self.a) - world.middle(self.b)))

    def clear(self, world: World, slack: float = 1.0) -> bool:
        """A number is what it is."""
        return True


Sides = Literal["two", "three", "four"]
SECTORS: dict[Sides, dict[str, tuple[float, float]]] = {
    "two": {"left": (0, 180), "right": (180, 360)},
    "three": {"left": (0, 135), "behind": (135, 225), "right": (225, 360)},
    "four": {"front-left": (0, 90), "back-left": (90, 180), "back-right": (180, 270), "front-right": (270, 360)},
}
"""Degrees to the left of where one faces at which a side begins and ends."""


@dataclass(frozen=True)
class Standing:
    """On which side something is of one who stands at a thing and faces another."""

    at: str
    facing: str
    where: str
    sides: Sides = "three"
    kind: ClassVar[str] = "direction"

    @property
    def things(self) -> tuple[str, ...]:
        """All three."""
        return self.at, self.facing, self.where

    def _angle(self, world: World) -> float:
        at = world.middle(self.at)
        return (bearing(at, world.middle(self.where)) - bearing(at, world.middle(self.facing))) % 360

    def answer(self, world: World) -> Choice:
        """A side."""
        angle = self._angle(world)
        (right,) = [side for side, (low, high) in SECTORS[self.sides].items() if low <= angle < high]
        return Choice(right, tuple(side for side in SECTORS[self.sides] if side != right))

    def clear(self, world: World, slack: float = 1.0) -> bool:
        """Far from the ends of the side, and no thing at one's feet."""
        low, high = SECTORS[self.sides][self.answer(world).right]
        at, angle = world.middle(self.at), self._angle(world)
        near = min(float(np.linalg.norm((world.middle(name) - at)[:2])) for name in (self.facing, self.where))
        return min(angle - low, high - angle) >= CLEAR_ANGLE * slack and near >= 2 * APART * slack


@dataclass(frozen=True)
class FromCamera:
    """On which side of another thing something is, seen by the camera of a frame."""

    frame: int
    where: str
    beside: str
    kind: ClassVar[str] = "direction"

    @property
    def things(self) -> tuple[str, ...]:
        """Both."""
        return self.where, self.beside

    def _angle(self, world: World) -> float:
        eye = world.view(self.frame).eye
        where, beside = (world.middle(name, self.frame) for name in self.things)
        return wrapped(bearing(eye, where) - bearing(eye, beside))

    def answer(self, world: World) -> Choice:
        """Left or right."""
        return Choice("left", ("right",)) if self._angle(world) > 0 else Choice("right", ("left",))

    def clear(self, world: World, slack: float = 1.0) -> bool:
        """Clearly beside it, and both in sight."""
        return abs(self._angle(world)) >= CLEAR_ANGLE * slack and seen_well(world, self.things, self.frame)


@dataclass(frozen=True)
class OfOne:
    """A number that belongs to things of one name."""

    name: str

    @property
    def things(self) -> tuple[str, ...]:
        """It."""
        return (self.name,)

    def clear(self, world: World, slack: float = 1.0) -> bool:
        """A number is what it is."""
        return True


@dataclass(frozen=True)
class Height(OfOne):
    """How tall a thing is, metres."""

    kind: ClassVar[str] = "size"

    def answer(self, world: World) -> float:
        """Metres."""
        return world.size(self.name).height


@dataclass(frozen=True)
class LongestSide(OfOne):
    """How long a thing is, metres."""

    kind: ClassVar[str] = "size"

    def answer(self, world: World) -> float:
        """Metres."""
        return world.size(self.name).longest


@dataclass(frozen=True)
class Count(OfOne):
    """How many things of a name there are."""

    kind: ClassVar[str] = "count"

    def answer(self, world: World) -> float:
        """A whole number."""
        return float(world.count(self.name))


@dataclass(frozen=True)
class Asked:
    """A question of the bank."""

    id: str
    words: str
    """As a person asks it; `{options}` is where lettered options go."""
    about: Measure
    unit: str | None = None
    """Of a number."""
