"""Where things are, seen by an observer or on the compass, in lengths, degrees and words."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from spatial_agent.errors import ToolError
from spatial_agent.inside.notice import notice
from spatial_agent.inside.tools.arguments import Doubles
from spatial_agent.inside.tools.words import AROUND, COMPASS, Word, best, read_compass, read_side, ring

Ring = Mapping[str, Doubles]
_HOURS = ("12", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11")


def _corners(names: Ring) -> Ring:
    return {name: way for name, way in names.items() if "-" in name}


@dataclass(frozen=True, eq=False)
class Towards:
    """What directions for an observer and on the compass have in common."""

    right: float
    forward: float
    up: float

    _rings: ClassVar[Mapping[str, Ring]]
    _kinds: ClassVar[str]

    @staticmethod
    @abstractmethod
    def _read(option: str) -> Doubles | None:
        """Direction (right, up, forward) of an option's words; None if there is none in it."""

    @property
    def distance(self) -> float:
        """Straight distance to the point."""
        return float(np.linalg.norm(self._way))

    @property
    def angle_deg(self) -> float | None:
        """Degrees from straight ahead, + to the right, (-180, 180]; None straight above or below."""
        if not np.hypot(self.right, self.forward) > 1e-9:
            return None
        angle = float(np.degrees(np.arctan2(self.right, self.forward)))
        return 180.0 if angle == -180.0 else angle

    @property
    def elevation_deg(self) -> float:
        """Degrees above the horizon, negative below it."""
        return float(np.degrees(np.arctan2(self.up, np.hypot(self.right, self.forward))))

    @property
    def side(self) -> Word | None:
        """The one of four words that fits best; each has 90 degrees."""
        return self._word("side")

    @property
    def quadrant(self) -> Word | None:
        """The one of four corner words that fits best; each has 90 degrees."""
        return self._word("quadrant")

    @property
    def octant(self) -> Word | None:
        """The one of eight words that fits best; each has 45 degrees."""
        return self._word("octant")

    @property
    def near_tie(self) -> bool:
        """True when a turn by less than 5 degrees would change the side or the quadrant."""
        return any(word is not None and word.near_tie for word in (self.side, self.quadrant))

    def margin(self, of: str = "quadrant") -> float | None:
        """Degrees to the next word of one kind, as "side" or "octant"; None straight above or below."""
        if not isinstance(of, str) or of not in self._rings:
            names = ", ".join(f'"{name}"' for name in self._rings)
            raise ToolError(f"margin got of={of!r:.80}", f"one of {names}", 'direction.margin(of="side")')
        word = self._word(of)
        return None if word is None else word.margin

    def word(self, options: Iterable[str] | Mapping[Any, str]) -> Word | None:
        """The option that fits best, as it was given ("to my left", "rear-right", "2 o'clock"); of a dict, its key.

        A near tie is printed. None, with a printed line, where only words around the horizon are offered for a point
        straight above or below.

        Example: tools.Geometry.direction_from(pose, point).word(["left", "right", "behind"])
        """
        several = list(options) if np.iterable(options) and not isinstance(options, str) else []
        texts = options if isinstance(options, Mapping) else {str(option): option for option in several}
        read = {str(name): self._read(str(text)) for name, text in texts.items()}
        ways = {name: way for name, way in read.items() if way is not None}
        if not ways:
            raise ToolError(
                f"word got {options!r:.80}, in which no directions can be read",
                f"a list of options with {self._kinds}",
                f"direction.word({list(self._rings['side'])})",
            )
        for name in read.keys() - ways.keys():
            notice(f"word: no direction can be read in the option {name!r}; it is left out")
        found = best(ways, self._way)
        if found is None:
            notice("word: the point is straight above or below, so that no such word fits; None is returned")
        elif ways[found] @ self._way < -1e-9:
            notice(f"word: {found!r} fits best, and yet it points away from where the point is: {self!r}")
        elif found.near_tie:
            notice(f"word: near tie, {found!r} is {found.margin:.1f} degrees from {found.second!r}")
        return found

    @property
    def _way(self) -> Doubles:
        return np.array([self.right, self.up, self.forward])

    def _word(self, of: str) -> Word | None:
        return best(self._rings[of], self._way)

    def _line(self, lengths: str, angles: str, *words: object) -> str:
        """Everything on one line."""
        head = f"{type(self).__name__}({lengths}, up {self.up:.2f}, distance {self.distance:.2f}; "
        if self.angle_deg is None:
            return (
                f"{head}{'straight above' if self.up > 0 else 'straight below' if self.up < 0 else 'the same place'})"
            )
        ties = [f"{w} or {w.second} ({w.margin:.1f} degrees)" for w in (self.side, self.quadrant) if w and w.near_tie]
        tail = f"; NEAR TIE: {', '.join(ties)}" if ties else ""
        return f"{head}{angles}, elevation {self.elevation_deg:.1f}; {', '.join(map(str, words))}{tail})"


class Direction(Towards):
    """Where a point is: `.right`, `.forward`, `.up` and `.distance` in the world's unit, and words.

    `.angle_deg` is 0 ahead, + to the right, (-180, 180]; `.elevation_deg` is + above the horizon. Words: `.side`
    ("ahead", "right", "behind", "left"), `.quadrant` ("front-right", ...), `.octant` (those eight), `.left_right`,
    `.front_back`, `.clock` (1..12); `.word(options)` picks from a question's own. A word, a str, knows its `.margin` in
    degrees to the next one and `.near_tie` (below 5 degrees); `.near_tie` of the whole is that of side or quadrant.
    """

    _rings = {  # noqa: RUF012 - read only
        "side": ring(AROUND[::2]),
        "quadrant": _corners(ring(AROUND)),
        "octant": ring(AROUND),
        "left_right": {name: ring(AROUND)[name] for name in ("left", "right")},
        "front_back": ring(("front", "back")),
        "clock": ring(_HOURS),
    }
    _read = staticmethod(read_side)
    _kinds = "words like left, front-right, behind, up or 2 o'clock"

    @property
    def left_right(self) -> Word | None:
        """Left or right, whichever fits better."""
        return self._word("left_right")

    @property
    def front_back(self) -> Word | None:
        """Front or back, whichever fits better."""
        return self._word("front_back")

    @property
    def clock(self) -> int | None:
        """The hour, 1 to 12, as on a watch whose 12 is ahead."""
        hour = self._word("clock")
        return None if hour is None else int(hour)

    def __repr__(self) -> str:
        lengths = f"right {self.right:.2f}, forward {self.forward:.2f}"
        return self._line(
            lengths, f"angle {self.angle_deg or 0:.1f} (+ right)", self.side, self.quadrant, f"{self.clock} o'clock"
        )


class Bearing(Towards):
    """A direction on the compass: `.north`, `.east`, `.up`, `.distance`, `.bearing_deg` (0 north, 90 east), and words.

    `.side` is one of "north", "east", "south", "west", `.octant` one of eight words, `.sixteenth` one of sixteen;
    `.word(options)` reads "north-east", "southwest" or "NNW". `.margin` and `.near_tie` are as for a Direction.
    """

    _rings = {  # noqa: RUF012 - read only
        "side": ring(COMPASS[::4]),
        "quadrant": _corners(ring(COMPASS[::2])),
        "octant": ring(COMPASS[::2]),
        "sixteenth": ring(COMPASS),
    }
    _read = staticmethod(read_compass)
    _kinds = "words like north, south-east or NNW"

    @property
    def north(self) -> float:
        """How far north."""
        return self.forward

    @property
    def east(self) -> float:
        """How far east."""
        return self.right

    @property
    def bearing_deg(self) -> float | None:
        """Degrees from north, clockwise seen from above, from 0 to below 360."""
        return None if self.angle_deg is None else self.angle_deg % 360.0

    @property
    def sixteenth(self) -> Word | None:
        """The one of sixteen words that fits best."""
        return self._word("sixteenth")

    def __repr__(self) -> str:
        lengths = f"north {self.north:.2f}, east {self.east:.2f}"
        return self._line(lengths, f"bearing {self.bearing_deg or 0:.1f}", self.side, self.octant)
