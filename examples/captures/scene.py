"""A scene is a list of labelled instances, each made of parts (material, mesh) in world coordinates."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
from meshes import ORIGIN, Mesh, join, rotation_z, write_ply
from numpy.typing import ArrayLike

if TYPE_CHECKING:
    from materials import Material

Kind = Literal["object", "shell", "outside"]


class Part(NamedTuple):
    """A mesh and the name of its material."""

    material: str
    mesh: Mesh


Parts = list[Part]


def parts(material: str, *meshes: Mesh) -> Parts:
    """Meshes of one material."""
    return [Part(material, mesh) for mesh in meshes]


class Placement(NamedTuple):
    """Where a piece stands: its origin in the world, metres, and degrees about z from its own frame."""

    at: ArrayLike
    yaw: float


@dataclass(frozen=True)
class Instance:
    """One thing with its own number in the instance images."""

    id: int
    """1-based number in the instance images."""
    label: str
    synonyms: tuple[str, ...]
    kind: Kind
    """"shell" is the room itself, "outside" the view from the window, which has no depth."""
    yaw: float
    """Degrees about z from the piece's own frame (front towards -y) to the world."""
    parts: Parts
    """In world coordinates; those of frame 0 if it moves."""
    motion: tuple[Placement, ...] = ()
    """Its placement in every frame if it moves."""

    def in_frame(self, frame: int) -> "Instance":
        """The same thing where it is in a frame; itself if it stands still."""
        if not self.motion:
            return self
        start, now = self.motion[0], self.motion[frame]
        turn = rotation_z(now.yaw - start.yaw)
        at = np.asarray(now.at) - turn @ np.asarray(start.at)
        moved = [Part(part.material, part.mesh.placed(at, turn)) for part in self.parts]
        return replace(self, yaw=now.yaw, parts=moved)

    def shapes(self) -> Iterator[tuple[str, str, Mesh]]:
        """Name, material and mesh of the Mitsuba shapes that show it, one per material."""
        for number, name in enumerate(dict.fromkeys(part.material for part in self.parts)):
            yield f"i{self.id:03d}_{number:03d}", name, join(part.mesh for part in self.parts if part.material == name)

    @property
    def mesh(self) -> Mesh:
        """The whole instance in world coordinates."""
        return join(part.mesh for part in self.parts)


@dataclass(frozen=True)
class Sun:
    """Parallel light."""

    direction: tuple[float, float, float]
    """The way its light travels, world axes."""
    irradiance: tuple[float, float, float]


@dataclass
class Scene:
    """What stands where, the light, and the extent of the room in metres."""

    size: tuple[float, float, float]
    """Room width (x), depth (y) and height (z); one corner of the floor is the origin."""
    sun: Sun
    instances: list[Instance] = field(default_factory=list)
    own_materials: "dict[str, Callable[[], Material]]" = field(default_factory=dict)
    """Materials of this scene alone, besides the library's."""

    def add(
        self,
        label: str,
        pieces: Parts,
        *,
        at: ArrayLike = ORIGIN,
        yaw: float = 0.0,
        synonyms: Iterable[str] = (),
        kind: Kind = "object",
        motion: Sequence[Placement] = (),
    ) -> int:
        """Stand a piece at `at` (3,), its front turned by `yaw` degrees from -y; returns its id.

        A moving piece has its placements in all frames in `motion` instead of `at` and `yaw`.
        """
        if motion:
            at, yaw = motion[0]
        turn = rotation_z(yaw)
        placed = [Part(part.material, part.mesh.placed(at, turn)) for part in pieces]
        number = len(self.instances) + 1
        self.instances.append(Instance(number, label, tuple(synonyms), kind, yaw, placed, tuple(motion)))
        return number

    def find(self, label: str) -> Instance:
        """The first instance with this label."""
        return next(instance for instance in self.instances if instance.label == label)


def instance_of(key: str) -> int:
    """The instance id in the name of one of its shapes."""
    return int(key[1:4])


def mitsuba_description(scene: Scene, folder: Path) -> dict[str, Any]:
    """The dictionary for `mi.load_dict`; meshes are written to `folder`, one per instance and material."""
    from materials import LIBRARY, rgb  # needs a Mitsuba variant, which the caller has set by now

    known = {**LIBRARY, **scene.own_materials}
    used = sorted({part.material for instance in scene.instances for part in instance.parts})
    built = {name: known[name]() for name in used}
    description: dict[str, Any] = {"type": "scene"}
    for instance in scene.instances:
        for key, name, mesh in instance.shapes():
            path = folder / f"{key}.ply"
            write_ply(path, mesh)
            shape = {"type": "ply", "filename": str(path), "bsdf": built[name].bsdf}
            emitter = built[name].emitter
            description[key] = shape if emitter is None else {**shape, "emitter": emitter}
    sun = {"type": "directional", "direction": list(scene.sun.direction)}
    description["sun"] = {**sun, "irradiance": rgb(scene.sun.irradiance)}
    return description
