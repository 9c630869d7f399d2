"""The scene as a camera would see it from anywhere: the coloured points of all frames, cameras and objects."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from spatial_agent.errors import ToolError
from spatial_agent.frames import Intrinsics, Size
from spatial_agent.inside.clouds import check_same
from spatial_agent.inside.framed import FrameArray
from spatial_agent.inside.masks import PerFrameMask
from spatial_agent.inside.notice import frames_text
from spatial_agent.inside.overlay import Entry, draw_masks
from spatial_agent.inside.tools.arguments import UP, Doubles, numbers, pose_matrix
from spatial_agent.inside.tools.bev_forms import Reader, Slot
from spatial_agent.inside.tools.observer import level_axes
from spatial_agent.inside.tools.splat import Cloud, Rows, cloud, splat, steps_of
from spatial_agent.inside.tools.view_drawing import View, draw_cameras, picture_of
from spatial_agent.inside.visual import VisualFeedback

if TYPE_CHECKING:
    from spatial_agent.inside.tools.reconstruct import Reconstruction

CALL = "recon.render_view"
FROM = ("top", "behind", "front", "left", "right")
ELEVATION = 35.0
"""Degrees by which the views from a side look down."""
VIEW_ANGLE = 50.0
"""Degrees across the shorter side of the picture in views from afar."""
SIZE = (960, 720)
LARGEST = 2048
MARGIN = 0.9


def render(
    recon: Reconstruction,
    pose: Any,
    masks: Any,
    labels: str | Sequence[str] | None,
    size: Any,
    cameras: bool,
    frame: Any,
) -> VisualFeedback:
    """A view of the coloured points; see Reconstruction.render_view."""
    slots = _slots(recon, masks, labels, frame)
    tag = partial(_tags, recon, slots)
    chosen = None if size is None else _size(size)
    if pose is None or isinstance(pose, str):
        points = cloud(recon, steps_of(recon, None), tag)
        view = _from_afar(recon, points, "behind" if pose is None else pose, chosen or SIZE)
    else:
        view = _from_pose(recon, pose, chosen)
        points = cloud(recon, steps_of(recon, view.frame), tag)
    seen = splat(points, view.camera, view.pose, cut=view.cut)
    if view.own:
        itself = splat(points, view.camera, view.pose, cut=view.cut, frame=view.frame)
        seen = np.where(itself >= 0, itself, seen)
    picture, entries, behind = picture_of(points, seen, view, slots)
    image = draw_masks(picture, entries) if slots else Image.fromarray(picture)
    drawn = draw_cameras(image, recon, view) if cameras else []
    return VisualFeedback(image, _description(recon, view, seen, entries, behind, drawn))


def _size(size: Any) -> Size:
    given = numbers(size)
    if given is None or given.shape != (2,) or not (16 <= given.min() <= given.max() <= LARGEST):
        raise ToolError(
            f"{CALL} got size={size!r}", f"(width, height) in pixels, 16 to {LARGEST}", f"{CALL}(size=(960, 720))"
        )
    return int(given[0]), int(given[1])


def _from_pose(recon: Reconstruction, pose: Any, size: Size | None) -> View:
    """The view of a frame's camera, or from a pose with the lens of the frame that looks most alike."""
    matrix = numbers(pose) if not hasattr(pose, "frame_index") or isinstance(pose, FrameArray) else None
    if matrix is None or matrix.ndim == 0:
        frame = recon._one_frame(pose, CALL)
        place, words, own = np.asarray(recon.extrinsics[frame]), f"from the camera of frame {frame}", True
    else:
        if matrix.shape == (3,):
            raise ToolError(
                f"{CALL} got a point as pose", "a pose (4, 4): where to stand and which way to look",
                f"{CALL}(tools.Geometry.observer(at, facing))",
            )  # fmt: skip
        place, own = pose_matrix(pose, CALL), False
        frame = _most_alike(recon, place)
        words = f"from ({', '.join(f'{value:.2f}' for value in place[:3, 3])}) {recon.unit}"
    camera = recon.intrinsics.camera(frame)
    return View(_fitted(camera, size) if size else camera, place, words, False, frame, own)


def _most_alike(recon: Reconstruction, pose: Doubles) -> int:
    """The frame whose camera stands and looks most like a pose."""
    far = np.array([np.linalg.norm(recon[frame].position - pose[:3, 3]) for frame in recon])
    turned = np.array([1 - recon[frame].forward @ pose[:3, 2] for frame in recon])
    return recon.frame_indices[int((turned + 0.3 * far / max(float(np.median(far)), 1e-9)).argmin())]


def _fitted(camera: Intrinsics, size: Size) -> Intrinsics:
    """The camera in a picture of another size: all that it sees is in it, nothing is stretched."""
    scale = min(size[0] / camera.width, size[1] / camera.height)
    cx = (camera.cx + 0.5 - camera.width / 2) * scale + size[0] / 2 - 0.5
    cy = (camera.cy + 0.5 - camera.height / 2) * scale + size[1] / 2 - 0.5
    return Intrinsics(camera.fx * scale, camera.fy * scale, cx, cy, *size)


def _from_afar(recon: Reconstruction, points: Cloud, word: str, size: Size) -> View:
    """A view of everything from above or from a side, the sides being those of the first camera."""
    side = word.strip().lower().removeprefix("from ").removeprefix("the ")
    side = {"above": "top", "bev": "top", "back": "behind", "ahead": "front"}.get(side, side)
    if side not in FROM:
        raise ToolError(
            f"{CALL} got pose={word!r}",
            f"one of {', '.join(map(repr, FROM))}, an absolute frame number, or a pose (4, 4)",
            f'{CALL}("top")',
        )
    first = level_axes(np.asarray(recon.extrinsics[recon.frame_indices[0]]))
    away = {"behind": -first.forward, "front": first.forward, "left": -first.right, "right": first.right}.get(side)
    tilt = np.radians(ELEVATION)
    back = UP if away is None else away * np.cos(tilt) + UP * np.sin(tilt)
    up = first.forward if away is None else UP
    right = np.cross(up, back) / np.linalg.norm(np.cross(up, back))
    pose = np.eye(4)
    pose[:3, :3] = np.column_stack([right, -np.cross(back, right), -back])
    focal = min(size) / 2 / np.tan(np.radians(VIEW_ANGLE) / 2)
    camera = Intrinsics(focal, focal, (size[0] - 1) / 2, (size[1] - 1) / 2, *size)
    pose[:3, 3] = _far_enough(recon, points, pose, camera)
    place = {"behind": "behind", "front": "in front of"}.get(side, f"the {side} of")
    words = f"from {place} camera {recon.frame_indices[0]}, looking down"
    if away is None:
        words = f"from the top, ahead of camera {recon.frame_indices[0]} is up in the picture"
    return View(camera, pose, words, True, None)


def _far_enough(recon: Reconstruction, points: Cloud, pose: Doubles, camera: Intrinsics) -> Doubles:
    """Where the eye must be, looking that way, for nearly all points and all cameras to be in the picture."""
    some = points.points[:: max(1, len(points.points) // 20_000)].astype(np.float64)
    low, high = np.percentile(some, [0.5, 99.5], axis=0) if len(some) else (np.zeros(3), np.ones(3))
    stands = np.array([recon[frame].position for frame in recon])
    some = np.concatenate([some[((some >= low) & (some <= high)).all(axis=1)], stands])
    aim = (some.min(axis=0) + some.max(axis=0)) / 2
    room = MARGIN * np.array([camera.width / camera.fx, camera.height / camera.fy]) / 2
    for _ in range(3):  # what is near looks larger, so the middle of the picture is not that of the scene
        local = (some - aim) @ pose[:3, :3]
        distance = max(float((np.abs(local[:, :2]) / room - local[:, 2:]).max()), 1e-3)
        slopes = local[:, :2] / np.maximum(local[:, 2:] + distance, 1e-9)
        aim = aim + pose[:3, :2] @ ((slopes.min(axis=0) + slopes.max(axis=0)) / 2 * distance)
    local = (some - aim) @ pose[:3, :3]
    distance = max(float((np.abs(local[:, :2]) / room - local[:, 2:]).max()), 1e-3)
    eye: Doubles = aim - distance * pose[:3, 2]
    return eye


def _slots(recon: Reconstruction, masks: Any, labels: str | Sequence[str] | None, frame: Any) -> list[Slot]:
    """What is to be marked, with its names; masks of another video or size are refused."""
    reader = Reader(recon, frame, CALL)
    if masks is not None:
        reader.read(masks)
    slots = reader.labelled(labels)
    for slot in slots:
        if isinstance(slot.value, PerFrameMask):
            check_same(slot.value, recon, CALL)
    return slots


def _tags(recon: Reconstruction, slots: Sequence[Slot], frame: int) -> NDArray[np.int16]:
    """(H, W) number of the thing whose mask is on each pixel of a frame; -1 of none."""
    width, height = recon.sizes[frame]
    tags = np.full((height, width), -1, dtype=np.int16)
    for number, slot in enumerate(slots):
        if isinstance(slot.value, PerFrameMask) and frame in slot.value:
            tags[np.asarray(slot.value.get_mask(frame, slot.number))] = number
    return tags


def _description(
    recon: Reconstruction,
    view: View,
    seen: Rows,
    entries: Sequence[Entry],
    behind: NDArray[np.bool_],
    drawn: Sequence[int],
) -> str:
    covered = f"coverage {100 * (seen >= 0).mean():.0f} %: no frame has sure depth where the checker is"
    parts = [f"view of frames {frames_text(recon.frame_indices)} {view.words}; {covered}"]
    if behind.mean() >= 0.01:
        parts.append(f"{100 * behind.mean():.0f} % is surfaces seen from their back, in plain grey")
    if drawn:
        parts.append(f"cones are cameras with their frame numbers ({frames_text(drawn)})")
    for entry in entries:
        there = f"on {int(entry.mask.sum())} pixels" if entry.mask.any() else "not in view"
        parts.append(f"{entry.number} {entry.text}: {there}")
    return "; ".join(parts)
