"""Paths made of legs, for a camera that walks and for things that drive."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np


class Station(NamedTuple):
    """A place on the floor and a direction."""

    x: float
    y: float
    azimuth: float
    """Degrees from +x towards +y."""
    pitch: float = 0.0
    """Degrees up."""


class Leg(NamedTuple):
    """A stretch of a path, the same from each frame to the next."""

    frames: int
    ahead: float
    """Metres per frame, along the direction after the turn."""
    turn: float = 0.0
    """Degrees to the left per frame."""
    tilt: float = 0.0
    """Degrees up per frame."""


def follow(start: Station, legs: Sequence[Leg]) -> list[Station]:
    """The start, and a station for every frame of every leg."""
    stations = [start]
    for leg in legs:
        for _ in range(leg.frames):
            x, y, azimuth, pitch = stations[-1]
            azimuth += leg.turn
            way = np.radians(azimuth)
            x, y = x + leg.ahead * float(np.cos(way)), y + leg.ahead * float(np.sin(way))
            stations.append(Station(x, y, azimuth, pitch + leg.tilt))
    return stations
