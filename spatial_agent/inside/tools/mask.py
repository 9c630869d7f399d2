"""Measures of single 2D masks, in pixels."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from spatial_agent.errors import ToolError


class Mask:
    """Area, centre, box and overlap of (H, W) masks; any non-zero value belongs to the mask."""

    @staticmethod
    def centroid(mask: Any) -> tuple[float, float] | None:
        """Centre of mass (x, y) in pixels; None for an empty mask. It may lie beside a bent object."""
        ys, xs = np.nonzero(_mask(mask, "centroid"))
        return (float(xs.mean()), float(ys.mean())) if len(xs) else None

    @staticmethod
    def centroids(masks: Any) -> list[tuple[float, float] | None]:
        """Centre of mass (x, y) of each mask of an (N, H, W) stack or a list; None for each empty one."""
        return [Mask.centroid(mask) for mask in masks]

    @staticmethod
    def area(mask: Any) -> int:
        """Number of pixels in the mask."""
        return int(np.count_nonzero(_mask(mask, "area")))

    @staticmethod
    def bounding_box(mask: Any) -> tuple[int, int, int, int] | None:
        """Tight box (x0, y0, x1, y1) in pixels, the last row and column inside it; None for an empty mask."""
        ys, xs = np.nonzero(_mask(mask, "bounding_box"))
        return (int(xs.min()), int(ys.min()), int(xs.max()), int(ys.max())) if len(xs) else None

    @staticmethod
    def mask_to_bbox(mask: Any) -> NDArray[np.float64] | None:
        """The same box as bounding_box as a (4,) float array, ready for segment_image_by_box; None if empty."""
        box = Mask.bounding_box(mask)
        return None if box is None else np.array(box, dtype=np.float64)

    @staticmethod
    def iou(mask1: Any, mask2: Any) -> float:
        """Overlap of two masks of one size: pixels in both / pixels in either, 0 to 1; 0 if both are empty."""
        a, b = _pair(mask1, mask2, "iou")
        either = np.count_nonzero(a | b)
        return float(np.count_nonzero(a & b) / either) if either else 0.0

    @staticmethod
    def intersection(mask1: Any, mask2: Any) -> NDArray[np.bool_]:
        """(H, W) bool: pixels in both masks."""
        a, b = _pair(mask1, mask2, "intersection")
        return a & b

    @staticmethod
    def union(mask1: Any, mask2: Any) -> NDArray[np.bool_]:
        """(H, W) bool: pixels in either mask."""
        a, b = _pair(mask1, mask2, "union")
        return a | b


def _mask(value: Any, call: str) -> NDArray[np.bool_]:
    if hasattr(value, "get_mask"):
        raise ToolError(
            f"Mask.{call} got a PerFrameMask, which holds several masks; type tools.Mask.{call}(masks.get_mask(frame, 0))"
        )
    array = np.asarray(value)
    if array.ndim == 3 and array.shape[0] == 1:
        array = array[0]
    if array.ndim != 2 or array.dtype.kind not in "biuf":
        raise ToolError(
            f"Mask.{call} got an array of shape {array.shape}, type {array.dtype}; it needs one (H, W) mask; "
            f"type tools.Mask.{call}(masks.get_mask(frame, object=0))"
        )
    return np.asarray(np.nan_to_num(array) != 0)


def _pair(first: Any, second: Any, call: str) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    a, b = _mask(first, call), _mask(second, call)
    if a.shape != b.shape:
        raise ToolError(
            f"Mask.{call} got masks of {a.shape} and {b.shape} (H, W); both need one size; use one frame's masks"
        )
    return a, b
