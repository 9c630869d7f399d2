"""The world that answers are given in: +Y against gravity, the floor near Y = 0, the first camera looking to -Z."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class World:
    """A levelled frame of reference and how it was found."""

    T_input_world: Matrix
    """(4, 4) from the levelled world to the input's own frame."""
    gravity: str
    """In words: what says where up and the floor are."""


def level(T_input_cam: Matrix, up: tuple[float, float, float] | None, floor: float | None) -> World:
    """Level the world for the first camera's pose.

    `up` is the direction against gravity and `floor` the floor's height along it, both in the input's frame. Without
    `up` the first camera is taken to be upright; without `floor` Y = 0 is at the first camera, not at the floor. The
    origin is straight below (or at) the first camera.
    """
    vertical = _unit(np.asarray(up if up is not None else -T_input_cam[:3, 1], dtype=float))
    position = T_input_cam[:3, 3]
    drop = 0.0 if floor is None else float(position @ vertical) - floor
    backward = -T_input_cam[:3, 2]
    backward = backward - (backward @ vertical) * vertical
    if np.linalg.norm(backward) < 1e-3:  # it looks straight up or down: keep image-right as +X instead
        backward = np.cross(T_input_cam[:3, 0], vertical)
    z = _unit(backward)
    T_input_world = np.eye(4)
    T_input_world[:3, :3] = np.column_stack([np.cross(vertical, z), vertical, z])
    T_input_world[:3, 3] = position - drop * vertical
    return World(T_input_world, _words(up, floor))


def _words(up: tuple[float, float, float] | None, floor: float | None) -> str:
    where_up = "up is given by the input" if up is not None else "up is ASSUMED: the first camera is taken as upright"
    where_floor = (
        "the floor (Y = 0) is given by the input"
        if floor is not None
        else "the floor is UNKNOWN: Y = 0 is at the first camera"
    )
    return f"{where_up}; {where_floor}"


def _unit(vector: Matrix) -> Matrix:
    return vector / np.linalg.norm(vector)


def inverse(T: Matrix) -> Matrix:
    """Inverse of a rigid transform (4, 4)."""
    result = np.eye(4)
    result[:3, :3] = T[:3, :3].T
    result[:3, 3] = -T[:3, :3].T @ T[:3, 3]
    return result
