"""The points of a masked object: which frames have them, and which pixels of a mask show the object and nothing else."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from spatial_agent.errors import FrameError, ToolError
from spatial_agent.frames import unproject
from spatial_agent.inside.framed import FrameList, nearest
from spatial_agent.inside.notice import frames_text, notice
from spatial_agent.inside.overlay import shrink
from spatial_agent.inside.packed import PackedMasks, Part
from spatial_agent.inside.per_frame import frame_number
from spatial_agent.inside.tools.reconstruction import Reconstruction

Doubles = NDArray[np.float64]
SAME = 0.03
"""At the edge of a mask, depths that differ by less than this part of the depth belong to one thing."""


def shared_frames(masks: PackedMasks, recon: Reconstruction, numbers: Sequence[int], call: str) -> FrameList:
    """Frames in which these objects were searched and that the reconstruction has; FrameError if there are none."""
    check_same(masks, recon, call)
    searched = masks._searched_in(numbers)
    common = FrameList(frame for frame in searched if frame in recon.depth)
    if not common:
        label = masks.labels[numbers[0]] if numbers else "door"
        raise FrameError(
            f"{call}: {masks._names(numbers)} was searched in frames {frames_text(searched)}, the reconstruction "
            f"has frames {frames_text(recon.frame_indices)}, and they share none",
            "masks and a reconstruction of the same frames",
            f'masks = tools.SAM3.segment_video_by_text("{label}", frame_indices=recon.frame_indices)',
        )
    return common


def chosen_frames(
    masks: PackedMasks, recon: Reconstruction, numbers: Sequence[int], frame: object, match: str, call: str
) -> list[int]:
    """The frames to measure in: all shared ones, or the one that was asked for, or the nearest to it if so wished."""
    common = shared_frames(masks, recon, numbers, call)
    if frame is None:
        return list(common)
    if match not in ("exact", "nearest"):
        raise ToolError(f"{call} got match={match!r}", '"exact" or "nearest"', f'{call}(..., match="nearest")')
    wanted = frame_of(frame, masks, call)
    if wanted in common:
        return [wanted]
    taken = nearest(common, wanted)
    if match == "nearest":
        notice(f"{call}: frame {wanted} is not in masks and reconstruction; frame {taken} is taken, the nearest")
        return [taken]
    searched = masks._searched_in(numbers)
    lacking = "the reconstruction" if wanted in searched else "the masks" if wanted in recon.depth else "either"
    raise FrameError(
        f"{call}: frame {wanted} is not in {lacking}; {masks._names(numbers)} was searched in frames "
        f"{frames_text(searched)}, the reconstruction has frames {frames_text(recon.frame_indices)}",
        f"a frame of both: {frames_text(common)}",
        f"{call}(..., frame={taken})",
    )


def frame_of(frame: object, masks: PackedMasks, call: str) -> int:
    """An absolute frame number of the masks' own video."""
    number = frame_number(frame, f"{call}(..., frame)")
    video = getattr(frame, "video", masks.video)
    if video != masks.video:
        raise FrameError(
            f"{call} got frame {number} of video {video}, the masks are of video {masks.video}",
            f"one of the frames {frames_text(masks.frame_indices)} of video {masks.video}",
        )
    return number


def check_same(masks: PackedMasks, recon: Reconstruction, call: str) -> None:
    """Refuse masks and a reconstruction of two videos or of two image sizes."""
    if not isinstance(recon, Reconstruction):
        raise ToolError(
            f"{call} got a {type(recon).__name__} where a Reconstruction is needed",
            "what tools.Reconstruct returns",
            "recon = tools.Reconstruct(InputImages[0:8])",
        )
    if masks.video != recon.video:
        raise FrameError(
            f"{call}: the masks are of video {masks.video}, the reconstruction is of video {recon.video}",
            "masks and a reconstruction of one video: frame numbers of two videos do not match",
            f"tools.SAM3.segment_video_by_text(..., video_index={recon.video})",
        )
    sizes = recon.sizes
    for frame, (width, height) in masks.sizes.items():
        if frame in sizes and sizes[frame] != (width, height):
            raise FrameError(
                f"{call}: the mask of frame {frame} is {width}x{height} pixels, its reconstruction "
                f"{sizes[frame][0]}x{sizes[frame][1]}",
                "masks and a reconstruction of the same images",
                f"tools.SAM3.segment_image_by_text(InputImages.by_frame({frame}), ...)",
            )


def clouds(
    masks: PackedMasks,
    recon: Reconstruction,
    objects: Sequence[Sequence[int]],
    frames: Sequence[int],
    threshold: float,
) -> list[dict[int, Doubles]]:
    """For each group of objects: frame -> (K, 3) world points of its surface, for the frames that show any."""
    found: list[dict[int, Doubles]] = [{} for _ in objects]
    for frame in frames:
        position = masks._positions[frame]
        parts = [masks._part(position, numbers) for numbers in objects]
        if not any(parts):
            continue
        depth = np.where(np.asarray(recon.confidence[frame]) > threshold, np.asarray(recon.depth[frame]), np.float32(0))
        for cloud, part in zip(found, parts, strict=True):
            if part is not None and len(points := _surface(recon, frame, part, depth)):
                cloud[frame] = points
    return found


def _surface(recon: Reconstruction, frame: int, part: Part, depth: NDArray[np.float32]) -> Doubles:
    """World points of the pixels of a mask with known depth that lie on the object."""
    rim = max(1, round(min(depth.shape) / 150))
    top, left = max(0, part.top - rim), max(0, part.left - rim)
    height, width = part.mask.shape
    around = depth[top : part.top + height + rim, left : part.left + width + rim]
    mask = np.zeros(around.shape, dtype=bool)
    mask[part.top - top : part.top - top + height, part.left - left : part.left - left + width] = part.mask
    ys, xs = np.nonzero(_on_object(mask, around, rim))
    pixels = np.stack([xs + left, ys + top], axis=-1).astype(np.float32)
    points = unproject(pixels, around[ys, xs], recon.intrinsics.camera(frame), np.asarray(recon.extrinsics[frame]))
    return points.astype(np.float64)


def _on_object(mask: NDArray[np.bool_], depth: NDArray[np.float32], rim: int) -> NDArray[np.bool_]:
    """The pixels of a mask whose depth is the object's: all inside, and those of its rim that continue the inside.

    At the rim masks are a pixel or two off, and depth is mixed of what lies before and behind. A rim pixel counts if
    its depth is within that of the inside nearby, or goes on as it slopes there; where nothing nearby is inside, as on
    thin things, if it is no farther than the nearest rim pixel there.
    """
    known = mask & (depth > 0)
    inside = shrink(mask, rim) & known
    window = 2 * rim + 3
    low = ndimage.minimum_filter(np.where(inside, depth, np.inf), window, mode="constant", cval=np.inf)
    high = ndimage.maximum_filter(np.where(inside, depth, 0), window, mode="constant", cval=0)
    with np.errstate(invalid="ignore"):  # where nothing is inside, low is infinite and nothing is continued
        slope = high - low
    continued = (depth >= (1 - SAME) * low - slope) & (depth <= (1 + SAME) * high + slope)
    thin = known & (high == 0)
    if thin.any():
        first = ndimage.minimum_filter(np.where(known, depth, np.inf), window, mode="constant", cval=np.inf)
        continued |= thin & (depth <= (1 + SAME) * first)
    kept: NDArray[np.bool_] = known & (inside | continued)
    return kept
