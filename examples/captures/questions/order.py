"""Measures that compare things: which is the most, which order they have. The definitions are in measures.py."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

from questions.measures import ENOUGH, SEEN, Choice, differ
from questions.world import World


class Quantity(Protocol):
    """What things are compared by."""

    @property
    def kind(self) -> str:
        """The kind of question."""
        ...

    @property
    def things(self) -> tuple[str, ...]:
        """The names of other things that it takes."""
        ...

    def of(self, world: World, name: str) -> float:
        """Of one thing."""
        ...

    def clear(self, world: World, less: str, more: str, slack: float) -> bool:
        """Whether the second clearly has more."""
        ...


@dataclass(frozen=True)
class DistanceTo:
    """Metres between the closest points of a thing and this one."""

    to: str
    kind: str = "which is nearer"

    @property
    def things(self) -> tuple[str, ...]:
        """What the distance is to."""
        return (self.to,)

    def of(self, world: World, name: str) -> float:
        """Of one thing."""
        return world.gap(name, self.to)

    def clear(self, world: World, less: str, more: str, slack: float) -> bool:
        """Whether the second is clearly farther."""
        return differ(self.of(world, less), self.of(world, more), slack)


@dataclass(frozen=True)
class Top:
    """Metres from the floor to the highest point."""

    kind: str = "height order"
    things: tuple[str, ...] = ()

    def of(self, world: World, name: str) -> float:
        """Of one thing."""
        return world.top(name)

    def clear(self, world: World, less: str, more: str, slack: float) -> bool:
        """Whether the second is clearly higher."""
        return differ(self.of(world, less), self.of(world, more), slack)


def first_frame(pixels: Mapping[int, int], enough: int) -> int | None:
    """The first frame with so many pixels; None without one."""
    return min((frame for frame, count in pixels.items() if count >= enough), default=None)


@dataclass(frozen=True)
class Appearance:
    """The first frame that shows a thing well."""

    kind: str = "order of appearance"
    things: tuple[str, ...] = ()

    def of(self, world: World, name: str) -> float:
        """Of one thing; after all frames if none shows it well."""
        found = first_frame(world.pixels(name), ENOUGH)
        return world.frames if found is None else found

    def clear(self, world: World, less: str, more: str, slack: float) -> bool:
        """Whether the first is seen earlier, however many pixels that takes."""
        for enough in SEEN:
            first, then = (first_frame(world.pixels(name), enough) for name in (less, more))
            if first is None or then is None or first >= then:
                return False
        return True


@dataclass(frozen=True)
class Compared:
    """Things that are compared by a quantity."""

    by: Quantity
    among: tuple[str, ...]

    @property
    def kind(self) -> str:
        """The quantity's."""
        return self.by.kind

    @property
    def things(self) -> tuple[str, ...]:
        """All that are named."""
        return *self.by.things, *self.among

    def _ranked(self, world: World) -> list[str]:
        """From the least to the most."""
        return sorted(self.among, key=lambda name: self.by.of(world, name))

    def clear(self, world: World, slack: float = 1.0) -> bool:
        """Whether no two are alike."""
        return all(self.by.clear(world, *pair, slack) for pair in pairwise(self._ranked(world)))


@dataclass(frozen=True)
class Pick(Compared):
    """The thing with the least, or the most."""

    most: bool = False

    def answer(self, world: World) -> Choice:
        """One of them."""
        right = self._ranked(world)[-1 if self.most else 0]
        return Choice(f"the {right}", tuple(f"the {name}" for name in self.among if name != right))

    def clear(self, world: World, slack: float = 1.0) -> bool:
        """Whether it clearly is the one; the others may be alike."""
        ranked = self._ranked(world)
        if self.most:
            return all(self.by.clear(world, other, ranked[-1], slack) for other in ranked[:-1])
        return all(self.by.clear(world, ranked[0], other, slack) for other in ranked[1:])


@dataclass(frozen=True)
class Order(Compared):
    """The things from the least to the most, or back."""

    falling: bool = False

    def answer(self, world: World) -> Choice:
        """An order, with the reverse and two with neighbours exchanged as wrong ones."""
        a, b, *rest = ranked = self._ranked(world)[:: -1 if self.falling else 1]
        *start, y, z = ranked
        return Choice(_listed(ranked), (_listed(ranked[::-1]), _listed([b, a, *rest]), _listed([*start, z, y])))


@dataclass(frozen=True)
class Sooner(Compared):
    """Whether the first of two has less than the second."""

    def answer(self, world: World) -> bool:
        """Yes or no."""
        return self._ranked(world)[0] == self.among[0]


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"the {name}" for name in names)
