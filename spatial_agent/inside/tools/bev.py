"""The scene from above: cameras, objects and faint structure, drawn and in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spatial_agent import wire
from spatial_agent.errors import FrameError, ToolError
from spatial_agent.inside.clouds import check_same, clouds
from spatial_agent.inside.masks import PerFrameMask
from spatial_agent.inside.notice import frames_text, notice
from spatial_agent.inside.overlay import colour_of
from spatial_agent.inside.per_frame import frame_number
from spatial_agent.inside.tools import prompts as read
from spatial_agent.inside.tools.bev_forms import Reader, Slot
from spatial_agent.inside.tools.boxes import OrientedBox, oriented_box
from spatial_agent.inside.tools.reconstruction import Reconstruction
from spatial_agent.inside.trajectory import Trajectory, path_of
from spatial_agent.inside.visual import VisualFeedback, render_figure

CALL = "recon.render_bev"
FEWEST = 4
"""Points below which an object is not drawn."""
MOST = 50_000
"""Points of an object from which its box is found; with more it would hardly be another."""
Doubles = NDArray[np.float64]


@dataclass(frozen=True)
class View:
    """A camera laid flat: origin, right and forward on the floor plane."""

    frame: int
    origin: Doubles
    right: Doubles
    forward: Doubles

    def flat(self, points: Doubles) -> Doubles:
        """(..., 2) right and forward of world points (..., 3)."""
        moved = points - self.origin
        return np.stack([moved @ self.right, moved @ self.forward], axis=-1)


@dataclass(frozen=True)
class Thing:
    """One thing seen from above."""

    number: int
    name: str
    centre: Doubles
    """(3,) where it is; of a thing that moves, in the last frame that shows it."""
    box: OrientedBox | None = None
    """Around its points from all frames."""
    path: Doubles = field(default_factory=lambda: np.zeros((0, 3)))
    """(F, 3) its positions in frame order, if it moves."""


@dataclass(frozen=True)
class Missing:
    """Something that cannot be drawn."""

    name: str
    why: str
    elsewhere: bool = False
    """True if its frames are none of the reconstruction's."""


def render(
    recon: Reconstruction,
    masks: Any,
    labels: str | Sequence[str] | None,
    prompts: str | Sequence[str] | None,
    conf_threshold: float,
    ref_frame: Any,
    ego_trajectory: bool,
    frame: Any = None,
) -> VisualFeedback:
    """Top view of a reconstruction; see Reconstruction.render_bev."""
    from spatial_agent.inside.tools.bev_drawing import draw

    view = camera_view(recon, recon.frame_indices[0] if ref_frame is None else ref_frame)
    things, missing = place(recon, masks, labels, prompts, float(conf_threshold), frame)
    figure = draw(recon, view, things, colour_of, ego_trajectory)
    return VisualFeedback(render_figure(figure), describe(recon, view, things, missing), view.frame)


def place(
    recon: Reconstruction,
    masks: Any = None,
    labels: str | Sequence[str] | None = None,
    prompts: str | Sequence[str] | None = None,
    threshold: float = 0.1,
    frame: Any = None,
) -> tuple[list[Thing], list[Missing]]:
    """What can be drawn and what cannot, which is told; FrameError if not one thing is of the reconstruction's frames."""
    reader = Reader(recon, frame, CALL)
    if masks is not None:
        reader.read(masks)
    if prompts is not None:
        reader.read(_segment(recon, *read.texts(prompts, CALL)))
    slots = reader.labelled(labels)
    measured = _measured(recon, slots, threshold)
    found = [measured[number] if number in measured else _given(number, slot) for number, slot in enumerate(slots)]
    missing = [one for one in found if isinstance(one, Missing)]
    if missing and all(isinstance(one, Missing) and one.elsewhere for one in found):
        raise FrameError(
            f"{CALL}: {'; '.join(f'{one.name} {one.why}' for one in missing)}",
            "masks of frames that the reconstruction has",
            "tools.SAM3.segment_video_by_text(..., frame_indices=recon.frame_indices)",
        )
    for one in missing:
        notice(f"{CALL}: {one.name} is not drawn: {one.why}")
    return [one for one in found if isinstance(one, Thing)], missing


def camera_view(recon: Reconstruction, frame: Any) -> View:
    """The reference camera laid flat; of a camera that looks straight down, image-up is forward."""
    number = frame_number(frame, f"{CALL}(ref_frame)")
    pose = np.asarray(recon.extrinsics[frame])
    axes = (pose[:3, 2], -pose[:3, 1], np.array([0.0, 0.0, -1.0]))
    ahead = next(axis for axis in axes if np.hypot(axis[0], axis[2]) > 0.1)
    forward = np.array([ahead[0], 0.0, ahead[2]]) / np.hypot(ahead[0], ahead[2])
    return View(number, pose[:3, 3], np.cross(forward, [0.0, 1.0, 0.0]), forward)


def _segment(recon: Reconstruction, texts: list[str], labels: list[str] | None) -> PerFrameMask:
    request = wire.SegmentText(recon.video, tuple(recon.frame_indices), tuple(texts), 0.3)
    result, arrays = recon._host.ask(request)
    if not isinstance(result, wire.Masks):
        raise ToolError(f"{CALL} asked for masks, got {type(result).__name__}")
    return PerFrameMask.of_result(recon._host, recon.video, result, arrays, labels or texts)


def _measured(recon: Reconstruction, slots: Sequence[Slot], threshold: float) -> dict[int, Thing | Missing]:
    """The slots that are objects of masks, by number: each as a thing, or why it has no position."""
    by_masks: dict[int, list[int]] = {}
    for number, slot in enumerate(slots):
        if isinstance(slot.value, PerFrameMask):
            by_masks.setdefault(id(slot.value), []).append(number)
    found: dict[int, Thing | Missing] = {}
    for numbers in by_masks.values():
        masks = slots[numbers[0]].value
        assert isinstance(masks, PerFrameMask)
        check_same(masks, recon, CALL)
        common = masks.common(recon.depth)
        left = [frame for frame in masks.frame_indices if frame not in recon.depth]
        if common and left:
            notice(f"{CALL}: masks of frames {frames_text(left)} are left out, which the reconstruction does not have")
        objects = [[slots[number].number] for number in numbers]
        for number, (key,), cloud in zip(
            numbers, objects, clouds(masks, recon, objects, common, threshold), strict=True
        ):
            found[number] = _seen(recon, masks, key, cloud, number, slots[number].name)
    return found


def _seen(
    recon: Reconstruction, masks: PerFrameMask, key: int, cloud: dict[int, Doubles], number: int, name: str
) -> Thing | Missing:
    searched = masks.frames_searched(key)
    if not any(frame in recon.depth for frame in searched):
        why = f"searched in frames {frames_text(searched)}, the reconstruction has {frames_text(recon.frame_indices)}"
        return Missing(name, why, elsewhere=True)
    points = np.concatenate(list(cloud.values())) if cloud else np.zeros((0, 3))
    if len(points) < FEWEST:
        return Missing(name, "no pixels with known depth in the frames of the reconstruction")
    points = points[:: max(1, len(points) // MOST)]
    box = oriented_box(points)
    path = path_of(masks, recon, [key], cloud)
    if path.moving:
        return Thing(number, name, path.positions[-1], box, path.positions)
    assert box is not None
    return Thing(number, name, box.centre, box)


def _given(number: int, slot: Slot) -> Thing | Missing:
    """What was given as points, as a box or as a way."""
    value = slot.value
    if isinstance(value, OrientedBox):
        return Thing(number, slot.name, value.centre, value)
    points = value.positions if isinstance(value, Trajectory) else np.asarray(value)
    points = points[np.isfinite(points).all(axis=1)]
    if not len(points):
        return Missing(slot.name, "none of its points is known")
    if isinstance(value, Trajectory):
        return Thing(number, slot.name, points[-1], path=points)
    box = oriented_box(points) if len(points) >= FEWEST else None
    return Thing(number, slot.name, np.median(points, axis=0) if box is None else box.centre, box)


def describe(recon: Reconstruction, view: View, things: Iterable[Thing], missing: Iterable[Missing]) -> str:
    """Positions in words: right and forward of the reference camera, and in the world."""
    lines = [f"Top view; right and forward of the camera of frame {view.frame}, in {recon.unit}."]
    for thing in things:
        u, v = view.flat(thing.centre)
        x, y, z = thing.centre
        where = f"right {u:+.2f}, forward {v:+.2f}; world ({x:.2f}, {y:.2f}, {z:.2f})"
        if len(thing.path) > 1:
            u0, v0 = view.flat(thing.path[0])
            where = f"moves from right {u0:+.2f}, forward {v0:+.2f} to {where}"
        elif thing.box is not None:
            width, height, depth = thing.box.extent
            where += f"; seen size {width:.2f} by {depth:.2f}, {height:.2f} high"
        lines.append(f"{thing.number} {thing.name}: {where}")
    lines += [f"{one.name}: no position: {one.why}" for one in missing]
    for frame in recon.frame_indices[:: max(1, recon.num_frames // 8)]:
        u, v = view.flat(np.asarray(recon.extrinsics[frame])[:3, 3])
        lines.append(f"camera of frame {frame}: right {u:+.2f}, forward {v:+.2f}")
    return "\n".join(lines)
