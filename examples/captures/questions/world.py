"""What a question can ask of a room, and the room as its files describe it exactly.

Everything is in the world of transforms.json: metres, z up, frames counted from 0.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
STILL = 0.02
"""Metres; what goes less far does not move."""


class Size(NamedTuple):
    """How big a thing is, metres."""

    height: float
    """Vertical extent."""
    longest: float
    """Longest side of the upright box around it, turned with it."""


class View(NamedTuple):
    """Where a camera is and where it looks."""

    eye: Array
    """(3,) its position."""
    ahead: Array
    """(3,) its viewing direction, of length 1."""


class World(Protocol):
    """A room that questions are asked about. Things go by a label or synonym that one of them alone has."""

    @property
    def frames(self) -> int:
        """How many frames there are."""
        ...

    def gap(self, a: str, b: str) -> float:
        """Shortest distance between the surfaces of two things."""
        ...

    def middle(self, name: str, frame: int = 0) -> Array:
        """(3,) the centroid of a thing; of one that moves, at this frame."""
        ...

    def top(self, name: str) -> float:
        """Height of its highest point above the floor."""
        ...

    def size(self, name: str) -> Size:
        """How big it is."""
        ...

    def count(self, name: str) -> int:
        """How many things go by this name."""
        ...

    def moves(self, name: str) -> bool:
        """Whether it is anywhere else at some time."""
        ...

    def pixels(self, name: str) -> Mapping[int, int]:
        """Frame -> how many of its pixels show the thing, where any does."""
        ...

    def view(self, frame: int) -> View:
        """The camera of a frame."""
        ...


class Scene:
    """The `World` of a capture's scene.json and transforms.json."""

    def __init__(self, folder: Path) -> None:
        said = json.loads((folder / "scene.json").read_text(encoding="utf-8"))
        self._poses = [
            np.array(record["transform_matrix"])
            for record in json.loads((folder / "transforms.json").read_text(encoding="utf-8"))["frames"]
        ]
        self._things: list[dict[str, Any]] = said["objects"]
        self._pairs = {frozenset((pair["a"], pair["b"])): pair for pair in said["distances"]}

    @property
    def frames(self) -> int:
        """How many frames there are."""
        return len(self._poses)

    def gap(self, a: str, b: str) -> float:
        """Shortest distance between the surfaces of two things that stand still."""
        return float(self._pairs[frozenset((self._thing(a)["id"], self._thing(b)["id"]))]["closest"])

    def middle(self, name: str, frame: int = 0) -> Array:
        """(3,) the area-weighted middle of its surface."""
        thing = self._thing(name)
        at = {state["frame"]: state["centroid"] for state in thing.get("motion", ())}
        return np.array(at.get(frame, thing["centroid"]))

    def box_middle(self, name: str) -> Array:
        """(3,) the middle of its axis-aligned box, at the first frame."""
        box = self._thing(name)["box"]
        middle: Array = (np.array(box["min"]) + np.array(box["max"])) / 2
        return middle

    def top(self, name: str) -> float:
        """The top of its box."""
        return float(self._thing(name)["box"]["max"][2])

    def size(self, name: str) -> Size:
        """From the sides of its own box."""
        sides = self._thing(name)["size"]
        return Size(float(sides[2]), float(max(sides)))

    def count(self, name: str) -> int:
        """How many things go by this name."""
        return len(self._named(name))

    def moves(self, name: str) -> bool:
        """Whether its motion leads anywhere."""
        path = np.array([state["centroid"] for state in self._thing(name).get("motion", ())]).reshape(-1, 3)
        return bool(len(path)) and float(np.linalg.norm(path - path[0], axis=1).max()) > STILL

    def pixels(self, name: str) -> Mapping[int, int]:
        """Frame -> its visible pixels."""
        return {int(frame): count for frame, count in self._thing(name)["frames"].items()}

    def view(self, frame: int) -> View:
        """The camera of a frame."""
        pose = self._poses[frame]
        return View(pose[:3, 3], -pose[:3, 2])

    def _named(self, name: str) -> list[dict[str, Any]]:
        return [thing for thing in self._things if name in (thing["label"], *thing["synonyms"])]

    def _thing(self, name: str) -> dict[str, Any]:
        found = self._named(name)
        if len(found) != 1:
            raise ValueError(f"{len(found)} things go by {name!r}; a question needs a name that one alone has")
        return found[0]
