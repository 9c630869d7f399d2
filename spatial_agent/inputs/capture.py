"""A capture folder: colour, depth, instances and poses of a walk, in nerfstudio's `transforms.json` layout.

nerfstudio's conventions: poses are camera-to-world in OpenGL camera axes (x right, y up, z back); the principal point
counts from the image's corner, so that the centre of the first pixel is at (0.5, 0.5). Our extra keys, all optional:
`up`, `floor`, `fps`, `kind`, `source`, `instances` at the top; `instance_file_path` and `timestamp` of a frame.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from spatial_agent.config.files import Open, read_json
from spatial_agent.errors import InputError
from spatial_agent.frames import Frames, Instance, Intrinsics, Rgb, Sensor, fit_size
from spatial_agent.inputs.pictures import check_unturned, of_frame, read_plane, read_rgb, upright_size

TRANSFORMS = "transforms.json"
OPENCV_FROM_OPENGL = np.diag([1.0, -1.0, -1.0, 1.0])


class Label(Open):
    """What an instance is called."""

    label: str
    synonyms: tuple[str, ...] = ()


class Shot(Open):
    """One frame."""

    file_path: str
    transform_matrix: tuple[tuple[float, float, float, float], ...] = Field(min_length=3, max_length=4)
    depth_file_path: str | None = None
    instance_file_path: str | None = None
    timestamp: float | None = None


class Transforms(Open):
    """A `transforms.json`."""

    w: int = Field(gt=0)
    h: int = Field(gt=0)
    fl_x: float = Field(gt=0)
    fl_y: float = Field(gt=0)
    cx: float
    cy: float
    k1: float = 0.0
    k2: float = 0.0
    p1: float = 0.0
    p2: float = 0.0
    frames: tuple[Shot, ...] = Field(min_length=1)
    depth_unit_scale_factor: float = Field(default=0.001, gt=0)
    up: tuple[float, float, float] | None = None
    floor: float | None = None
    fps: float | None = None
    kind: Literal["images", "video"] = "video"
    source: str | None = None
    instances: dict[int, Label] = Field(default_factory=dict)

    def intrinsics(self) -> Intrinsics:
        """The camera, its principal point counted from the centre of the first pixel."""
        return Intrinsics(self.fl_x, self.fl_y, self.cx - 0.5, self.cy - 0.5, self.w, self.h)


def open_capture(folder: Path, *, long_edge: int, beside: Sequence[Path] = ()) -> Frames:
    """The frames of a capture folder, with what its sensor measured. Raises InputError, naming file and field.

    `beside` are images found in the folder: if the capture does not name them, it is unclear which of the two is meant.
    """
    file = folder / TRANSFORMS
    said = read_json(file, Transforms)
    _check_beside(folder, said, beside)
    if any((said.k1, said.k2, said.p1, said.p2)):
        raise InputError(f"{file} has lens distortion (k1, k2, p1, p2); undistort the images first and set them to 0.")
    paths = [_inside(folder, shot.file_path) for shot in said.frames]
    for path in paths:
        _check_size(path, said)
    poses = [_pose(shot, file) for shot in said.frames]
    size = fit_size((said.w, said.h), long_edge)
    times = tuple(shot.timestamp for shot in said.frames)
    timed = tuple(t for t in times if t is not None)

    def pixels(index: int) -> Rgb:
        with of_frame(index):
            return read_rgb(paths[index], size)

    return Frames(
        name=folder.name,
        kind=said.kind,
        indices=tuple(range(len(paths))),
        sizes=(size,) * len(paths),
        pixels=pixels,
        times=timed if len(timed) == len(times) else None,
        fps=said.fps,
        sensor=_sensor(folder, said, poses),
        rendered=bool(said.source and "rendered" in said.source.lower()),
    )


def _sensor(folder: Path, said: Transforms, poses: Sequence[NDArray[np.float64]]) -> Sensor | None:
    depths = [_inside(folder, shot.depth_file_path) for shot in said.frames if shot.depth_file_path]
    ids = [_inside(folder, shot.instance_file_path) for shot in said.frames if shot.instance_file_path]
    if not depths:
        return None
    for kind, found in (("depth_file_path", depths), ("instance_file_path", ids)):
        if found and len(found) != len(said.frames):
            raise InputError(
                f"{folder / TRANSFORMS}: {len(found)} of {len(said.frames)} frames have a {kind}; give all or none."
            )
    for path in (*depths, *ids):
        _check_size(path, said)
    camera = said.intrinsics()

    @lru_cache(maxsize=64)
    def depth(index: int) -> NDArray[Any]:
        with of_frame(index):
            return read_plane(depths[index])

    @lru_cache(maxsize=64)
    def instances(index: int) -> NDArray[np.integer[Any]]:
        with of_frame(index):
            return read_plane(ids[index])

    return Sensor(
        depth=depth,
        depth_scale=said.depth_unit_scale_factor,
        intrinsics=lambda _: camera,
        T_input_cam=lambda index: poses[index],
        instances=instances if ids else None,
        labels={number: Instance(label.label, label.synonyms) for number, label in said.instances.items()},
        up=_up(said, folder / TRANSFORMS),
        floor=said.floor,
        origin=f"measured by the capture, {said.source}" if said.source else "measured by the capture",
    )


def _pose(shot: Shot, file: Path) -> NDArray[np.float64]:
    T = np.eye(4)
    T[: len(shot.transform_matrix)] = shot.transform_matrix
    turn = T[:3, :3]
    if not np.allclose(turn @ turn.T, np.eye(3), atol=1e-3) or np.linalg.det(turn) < 0 or (T[3] != (0, 0, 0, 1)).any():
        raise InputError(
            f"{file}: the transform_matrix of {shot.file_path} is no pose: its 3 x 3 part must be a rotation."
        )
    return T @ OPENCV_FROM_OPENGL


def _check_beside(folder: Path, said: Transforms, beside: Sequence[Path]) -> None:
    named = {
        (folder / name).resolve()
        for shot in said.frames
        for name in (shot.file_path, shot.depth_file_path, shot.instance_file_path)
        if name and len(name) < 4096
    }
    others = [path for path in beside if path.resolve() not in named]
    if others:
        raise InputError(
            f"{folder} holds {len(others)} image{'s' * (len(others) > 1)} ({others[0].name}) beside those of its "
            f"{TRANSFORMS}. Say which is meant: {folder / TRANSFORMS} or '{folder}/*{others[0].suffix}'."
        )


def _check_size(path: Path, said: Transforms) -> None:
    check_unturned(path)
    width, height = upright_size(path)
    if (width, height) != (said.w, said.h):
        raise InputError(f"{path} is {width} x {height} pixels, but {TRANSFORMS} says w x h = {said.w} x {said.h}.")


def _up(said: Transforms, file: Path) -> tuple[float, float, float] | None:
    if said.up is None:
        return None
    length = float(np.linalg.norm(said.up))
    if not 1e-6 < length < 1e6:
        raise InputError(f"{file}: `up` is {said.up}, which is no direction; give a vector of length 1.")
    x, y, z = (value / length for value in said.up)
    return x, y, z


def _inside(folder: Path, name: str) -> Path:
    """A file that a capture names; it may not point out of the capture's folder."""
    path = folder / name
    try:
        inside, there = path.resolve().is_relative_to(folder.resolve()), path.is_file()
    except (OSError, ValueError):  # a name that no file can have
        inside, there = True, False
    if not inside:
        raise InputError(f"{folder / TRANSFORMS} names {name}, which lies outside its folder; move the file into it.")
    if not there:
        raise InputError(
            f"{folder / TRANSFORMS} names {name[:200]!r}, and there is no such file. Copy the whole capture."
        )
    return path
