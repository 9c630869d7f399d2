"""The files of a shipped capture as its tests read them. World: metres, z up; cameras: OpenCV axes."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Floats = NDArray[np.float64]
CAPTURES = Path(__file__).parents[2] / "spatial_agent" / "captures"
NAMES = sorted(file.parent.name for file in CAPTURES.glob("*/transforms.json"))
SHELL = ("floor", "ceiling", "wall", "skirting board", "wall tiles")
"""Labels of the room itself."""


@dataclass(frozen=True)
class Frame:
    depth: Floats
    """Metres along the camera's z, (h, w); 0 is unknown."""
    ids: NDArray[np.uint8]
    T_world_cam: Floats
    """Camera to world, (4, 4), OpenCV axes."""

    def mask(self, number: int) -> NDArray[np.bool_]:
        """Pixels of an instance whose depth is known."""
        known: NDArray[np.bool_] = (self.ids == number) & (self.depth > 0)
        return known

    def shows_whole(self, number: int, pixels: int = 1) -> bool:
        """Whether an instance has that many pixels and does not touch the image's border."""
        shown = self.ids == number
        border = shown[0].any() or shown[-1].any() or shown[:, 0].any() or shown[:, -1].any()
        return bool(shown.sum() >= pixels and not border)


@dataclass(frozen=True)
class Capture:
    folder: Path
    transforms: dict[str, Any]
    scene: dict[str, Any]
    frames: list[Frame]

    def every(self, label: str) -> list[dict[str, Any]]:
        """The objects of scene.json with this label."""
        return [item for item in self.scene["objects"] if item["label"] == label]

    def find(self, label: str) -> dict[str, Any]:
        """The only object of scene.json with this label."""
        (found,) = self.every(label)
        return found

    def moving(self) -> list[dict[str, Any]]:
        """The objects of scene.json that move."""
        return [item for item in self.scene["objects"] if "motion" in item]

    def distance(self, a: str, b: str) -> dict[str, Any]:
        """The row of `distances` of two things that are alone with their labels."""
        pair = {self.find(a)["id"], self.find(b)["id"]}
        (row,) = [row for row in self.scene["distances"] if {row["a"], row["b"]} == pair]
        return dict(row)

    def points(self, frame: Frame, shift: tuple[float, float] = (0.0, 0.0)) -> Floats:
        """World points of all pixel centres, (h, w, 3); `shift` moves the principal point, in pixels."""
        t = self.transforms
        v, u = np.mgrid[0 : t["h"], 0 : t["w"]].astype(float)
        x = (u + 0.5 - t["cx"] - shift[0]) / t["fl_x"] * frame.depth
        y = (v + 0.5 - t["cy"] - shift[1]) / t["fl_y"] * frame.depth
        local = np.stack([x, y, frame.depth], axis=-1)
        world: Floats = local @ frame.T_world_cam[:3, :3].T + frame.T_world_cam[:3, 3]
        return world

    def seen(self, number: int) -> Floats:
        """World points of an instance from all frames, (n, 3)."""
        return np.concatenate([self.points(f)[f.mask(number)] for f in self.frames if (f.ids == number).any()])

    def eyes(self) -> Floats:
        """Where the camera is in every frame, (n, 3)."""
        return np.array([frame.T_world_cam[:3, 3] for frame in self.frames])

    def headings(self) -> Floats:
        """Degrees about z, +x to +y, in which the camera looks, without jumps, (n,)."""
        ahead = np.array([frame.T_world_cam[:3, 2] for frame in self.frames])
        turned: Floats = np.degrees(np.unwrap(np.arctan2(ahead[:, 1], ahead[:, 0])))
        return turned


@cache
def read(name: str) -> Capture:
    """A shipped capture, by name."""
    folder = CAPTURES / name
    transforms = json.loads((folder / "transforms.json").read_text())
    scene = json.loads((folder / "scene.json").read_text())
    frames = []
    for record in transforms["frames"]:
        depth = np.asarray(Image.open(folder / record["depth_file_path"]))
        ids = np.asarray(Image.open(folder / record["instance_file_path"]))
        pose = np.array(record["transform_matrix"]) @ np.diag([1.0, -1.0, -1.0, 1.0])
        frames.append(Frame(depth * transforms["depth_unit_scale_factor"], ids, pose))
    return Capture(folder, transforms, scene, frames)
