"""Measures of single 2D masks, in pixels."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from spatial_agent.errors import ToolError

Bools = NDArray[np.bool_]


class Mask:
    """Area, centre, box and overlap of single masks (H, W); any non-zero value belongs to the mask."""

    @staticmethod
    def centroid(mask: Any) -> tuple[float, float] | None:
        """Centre of mass (x, y) in pixels; None for an empty mask. It may lie beside a bent object.

        Example: tools.Mask.centroid(masks.get_mask(frame, "heater"))
        """
        ys, xs = np.nonzero(one_mask(mask, "Mask.centroid"))
        return (float(xs.mean()), float(ys.mean())) if len(xs) else None

    @staticmethod
    def centroids(masks: Any) -> list[tuple[float, float] | None]:
        """Centre of mass (x, y) of each mask of an (N, H, W) stack or a list; None for each empty one.

        Example: tools.Mask.centroids(masks[frame])
        """
        return [Mask.centroid(mask) for mask in (masks if np.iterable(masks) else [masks])]

    @staticmethod
    def area(mask: Any) -> int:
        """Number of pixels in the mask.

        Example: tools.Mask.area(masks.get_mask(frame, 0))
        """
        return int(np.count_nonzero(one_mask(mask, "Mask.area")))

    @staticmethod
    def bounding_box(mask: Any) -> tuple[int, int, int, int] | None:
        """Tight box (x0, y0, x1, y1) in pixels, the last row and column inside it; None for an empty mask.

        Example: tools.Mask.bounding_box(masks.get_mask(frame, 0))
        """
        seen = one_mask(mask, "Mask.bounding_box")
        xs, ys = np.flatnonzero(seen.any(axis=0)), np.flatnonzero(seen.any(axis=1))
        return (int(xs[0]), int(ys[0]), int(xs[-1]), int(ys[-1])) if len(xs) else None

    @staticmethod
    def mask_to_bbox(mask: Any) -> NDArray[np.float64] | None:
        """The same box as bounding_box as a (4,) float array, ready for segment_image_by_box; None if empty."""
        box = Mask.bounding_box(mask)
        return None if box is None else np.array(box, dtype=np.float64)

    @staticmethod
    def iou(mask1: Any, mask2: Any) -> float:
        """Overlap of two masks of one size: pixels in both / pixels in either, 0 to 1; 0 if both are empty.

        Example: tools.Mask.iou(masks.get_mask(frame, 0), masks.get_mask(frame, 1))
        """
        a, b = _pair(mask1, mask2, "Mask.iou")
        either = np.count_nonzero(a | b)
        return float(np.count_nonzero(a & b) / either) if either else 0.0

    @staticmethod
    def intersection(mask1: Any, mask2: Any) -> Bools:
        """(H, W) bool: pixels in both masks."""
        a, b = _pair(mask1, mask2, "Mask.intersection")
        return a & b

    @staticmethod
    def union(mask1: Any, mask2: Any) -> Bools:
        """(H, W) bool: pixels in either mask."""
        a, b = _pair(mask1, mask2, "Mask.union")
        return a | b


def one_mask(value: Any, call: str) -> Bools:
    """One (H, W) bool mask, from an array or lists of any numbers, (1, H, W), or masks of one object in one frame."""
    if hasattr(value, "get_mask"):
        if value.num_frames != 1 or value.num_objects != 1:
            raise ToolError(
                f"{call} got masks of {value.num_objects} objects in {value.num_frames} frames",
                "one mask (H, W), of one object in one frame",
                f"tools.{call}(masks.get_mask({value.frame_indices[0] if value.num_frames else 'frame'}, 0))",
            )
        value = value.get_mask()
    try:
        array = np.asarray(value)
    except ValueError:  # rows of different lengths
        array = np.zeros(0)
    if array.ndim == 3 and array.shape[0] == 1:
        array = array[0]
    if array.ndim != 2 or array.dtype.kind not in "biuf":
        given = "None" if value is None else f"an array of shape {array.shape}, type {array.dtype}"
        raise ToolError(f"{call} got {given}", "one mask (H, W)", f"tools.{call}(masks.get_mask(frame, 0))")
    return np.asarray(np.nan_to_num(array) != 0)


def _pair(first: Any, second: Any, call: str) -> tuple[Bools, Bools]:
    a, b = one_mask(first, call), one_mask(second, call)
    if a.shape != b.shape:
        raise ToolError(
            f"{call} got masks of {a.shape} and {b.shape} (H, W)",
            "two masks of one frame, so of one size",
            f"tools.{call}(masks.get_mask(frame, 0), masks.get_mask(frame, 1))",
        )
    return a, b
