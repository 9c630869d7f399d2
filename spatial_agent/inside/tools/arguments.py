"""What a geometry function is given, as arrays in one form; what cannot be read is refused with the call to type."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from spatial_agent.errors import ToolError

Doubles = NDArray[np.float64]
UP = np.array([0.0, 1.0, 0.0])
"""Up in every reconstruction's world."""
NOT_FOUND = "None is what a search gives that found nothing (it printed why)"


def numbers(value: Any) -> Doubles | None:
    """A plain float64 array of what was given, or None if it holds anything but real numbers."""
    if value is None:
        return None
    try:
        array = np.asarray(value)
        return np.asarray(array, dtype=np.float64) if array.dtype.kind in "biufO" else None
    except (TypeError, ValueError, OverflowError, ToolError):  # ToolError: a result of many frames is no array
        return None


def vector(value: Any, call: str, name: str, size: int | None = None) -> Doubles:
    """One point or vector as (3,), or of any length when `size` is None; finite numbers only."""
    form = f"one point or vector of {size or '2 or 3'} numbers"
    array = numbers(value)
    if array is None or array.size == 0:
        why = f"{form}; {NOT_FOUND}" if value is None else form
        raise ToolError(f"{call} got {name}={value!r}", why, f"if {name} is not None: tools.Geometry.{call}(...)")
    flat = array.squeeze() if array.ndim > 1 else array
    if flat.ndim != 1 or (size is not None and flat.size != size):
        middle = f"{name} = np.nanmedian({name}.reshape(-1, 3), axis=0)"
        raise ToolError(f"{call} got {name} of shape {array.shape}", form, middle if array.shape[-1:] == (3,) else "")
    if not np.isfinite(flat).all():
        raise ToolError(
            f"{call} got {name}={np.array2string(flat, precision=3)}",
            "finite numbers; points are NaN where depth is unknown",
            f"if np.isfinite({name}).all(): tools.Geometry.{call}(...)",
        )
    return flat


def unit_vector(value: Any, call: str, name: str, size: int | None = None) -> Doubles:
    """A vector's direction, of length 1."""
    array = vector(value, call, name, size)
    length = float(np.linalg.norm(array))
    if length == 0:
        raise ToolError(f"{call} got {name}={value!r}, which has no direction", "a vector whose length is not zero")
    return array / length


def point_rows(value: Any, call: str, name: str) -> Doubles:
    """Points as (N, 3), from (N, 3), a map (H, W, 3), a list of either, or one point (3,); NaN rows stay."""
    array = numbers(value)
    if array is not None and (array.shape[-1:] == (3,) or (array.ndim < 3 and array.size == 0)):
        return array.reshape(-1, 3)
    given = repr(value)[:80] if array is None else f"an array of shape {array.shape}"
    form = "points (N, 3), or a map (H, W, 3)"
    raise ToolError(
        f"{call} got {name} = {given}",
        f"{form}; {NOT_FOUND}" if value is None else form,
        f"{name} = masks.points(recon)",
    )


def pose_matrix(value: Any, call: str, name: str = "pose") -> Doubles:
    """A camera-to-world pose as (4, 4), from (4, 4), (3, 4) or anything with `.pose`."""
    array = numbers(getattr(value, "pose", value))
    if array is None or array.shape not in ((4, 4), (3, 4)) or not np.isfinite(array).all():
        given = repr(value)[:80] if array is None else f"an array of shape {array.shape}"
        raise ToolError(
            f"{call} got {name} = {given}", "a camera-to-world pose (4, 4)", f"{name} = recon.extrinsics[1]"
        )
    return np.vstack([array[:3], [0.0, 0.0, 0.0, 1.0]])
