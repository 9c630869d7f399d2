"""The scene from above: cameras, objects and faint structure, drawn and in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from spatial_agent import wire
from spatial_agent.errors import FrameError, ToolError
from spatial_agent.inside.masks import PerFrameMask, check_same_frames
from spatial_agent.inside.notice import frames_text, notice
from spatial_agent.inside.overlay import colour_of, shrink
from spatial_agent.inside.tools import prompts as read
from spatial_agent.inside.visual import VisualFeedback, render_figure

if TYPE_CHECKING:
    from spatial_agent.inside.tools.reconstruct import Reconstruction

CALL = "render_bev"
FEWEST = 4
"""Points below which an object is not drawn."""
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
    """One object seen from above."""

    number: int
    name: str
    points: Doubles
    """(K, 3) world points without outliers, pooled over the frames."""
    path: Doubles
    """(F, 3) median point in each frame that shows it well, in frame order."""
    moving: bool

    @property
    def centre(self) -> Doubles:
        """(3,) median world point; of a moving object the last one of its path."""
        return self.path[-1] if self.moving else np.median(self.points, axis=0)


def render(
    recon: Reconstruction,
    masks: Any,
    labels: Sequence[str] | None,
    prompts: Sequence[str] | None,
    conf_threshold: float,
    ref_frame: int | None,
    ego_trajectory: bool,
) -> VisualFeedback:
    """Top view of a reconstruction; see Reconstruction.render_bev."""
    from spatial_agent.inside.tools.bev_drawing import draw

    view = camera_view(recon, recon._one_frame(recon.frame_indices[0] if ref_frame is None else ref_frame, CALL))
    named = _named(masks)
    if prompts is not None:
        named += [("", _segment(recon, read.texts(prompts, CALL)))]
    slots = _slots(named, labels)
    found = [
        _thing(recon, part, key, number, name, float(conf_threshold)) for number, (part, key, name) in enumerate(slots)
    ]
    things = [thing for thing in found if thing is not None]
    missing = [name for (_, _, name), thing in zip(slots, found, strict=True) if thing is None]
    if missing:
        notice(f"{CALL}: no position for {', '.join(missing)}: no pixels with known depth in the common frames")
    figure = draw(recon, view, things, colour_of, ego_trajectory)
    return VisualFeedback(render_figure(figure), describe(recon, view, things, missing), view.frame)


def camera_view(recon: Reconstruction, frame: int) -> View:
    """The reference camera laid flat; of a camera that looks straight down, image-up is forward."""
    pose = recon.extrinsics[frame]
    ahead = next(
        axis for axis in (pose[:3, 2], -pose[:3, 1], np.array([0.0, 0.0, -1.0])) if np.hypot(axis[0], axis[2]) > 0.1
    )
    forward = np.array([ahead[0], 0.0, ahead[2]]) / np.hypot(ahead[0], ahead[2])
    return View(frame, pose[:3, 3], np.cross(forward, [0.0, 1.0, 0.0]), forward)


def _named(masks: Any) -> list[tuple[str, PerFrameMask]]:
    """(name, masks) pairs of one PerFrameMask, a list of them, or a dict."""
    if masks is None:
        return []
    if isinstance(masks, PerFrameMask):
        return [("", masks)]
    pairs = [(str(name), part) for name, part in masks.items()] if isinstance(masks, Mapping) else []
    if not pairs and isinstance(masks, Sequence) and not isinstance(masks, str):
        pairs = [("", part) for part in masks if part is not None]
    if not all(isinstance(part, PerFrameMask) for _, part in pairs) or (
        not pairs and not isinstance(masks, (list, dict))
    ):
        raise ToolError(
            f"{CALL} got masks of type {type(masks).__name__}; it needs a PerFrameMask, a list of them or a dict of "
            f'names; type {CALL}(masks=tools.SAM3.segment_video_by_text("chair"))'
        )
    return pairs


def _segment(recon: Reconstruction, texts: list[str]) -> PerFrameMask:
    request = wire.SegmentText(recon.video, tuple(recon.frame_indices), tuple(texts), 0.3)
    result, arrays = recon._host.ask(request)
    if not isinstance(result, wire.Masks):
        raise ToolError(f"{CALL} asked for masks, got {type(result).__name__}")
    return PerFrameMask.of_result(recon._host, recon.video, result, arrays, texts)


def _slots(named: list[tuple[str, PerFrameMask]], labels: Sequence[str] | None) -> list[tuple[PerFrameMask, int, str]]:
    """Every object as (masks, object number, name); names are the dict's, the given labels, or the masks' own."""
    slots = []
    for name, part in named:
        for key, label in enumerate(part.labels):
            own = label if not name else name if part.num_objects == 1 else f"{name} {key}"
            slots.append((part, key, own))
    if labels is None:
        return slots
    given = [labels] if isinstance(labels, str) else [str(label) for label in labels]
    if len(given) == len(slots):
        return [(part, key, label) for (part, key, _), label in zip(slots, given, strict=True)]
    if len(given) == len(named):
        by_part = {id(part): label for (_, part), label in zip(named, given, strict=True)}
        return [(part, key, f"{by_part[id(part)]} {key}") for part, key, _ in slots]
    notice(f"{CALL} got {len(given)} labels for {len(slots)} objects; the objects keep their own labels")
    return slots


def _thing(
    recon: Reconstruction, masks: PerFrameMask, key: int, number: int, name: str, threshold: float
) -> Thing | None:
    """The object from above, from frames that masks and reconstruction share; FrameError if they share none."""
    check_same_frames(masks, recon, CALL)
    common = [frame for frame in masks.frame_indices if frame in recon.points]
    if not common:
        raise FrameError(
            f"{CALL}: the masks cover frames {frames_text(masks.frame_indices)}, the reconstruction covers "
            f"frames {frames_text(recon.frame_indices)}; they share none, so no mask can be placed; "
            "segment the frames of the reconstruction: frame_indices=recon.frame_indices"
        )
    clouds = []
    for frame in common:
        mask = masks.get_mask(frame, key)
        if mask.any():
            clouds.append(_cloud(recon, frame, mask, threshold))
    points = _without_outliers(np.concatenate(clouds)) if clouds else np.zeros((0, 3))
    if len(points) < FEWEST:
        return None
    seen = [cloud for cloud in clouds if len(cloud) >= 10] or [points]
    path = np.array([np.median(cloud, axis=0) for cloud in seen])
    shown = [frame for frame in common if masks.get_mask(frame, key).any()]
    left = (_left(recon, masks, key, cloud, frame) for cloud in seen for frame in shown)
    moving = _travels(path, seen) and max(left) > 0.5
    return Thing(number, name, points, path, moving)


def _cloud(recon: Reconstruction, frame: int, mask: NDArray[np.bool_], threshold: float) -> Doubles:
    """World points of a mask without its uncertain rim, where depth mixes object and background."""
    core = shrink(mask, max(1, round(min(recon.size) / 150)))
    chosen = core if core.sum() >= 0.1 * mask.sum() else mask
    chosen = chosen & (recon.confidence[frame] > threshold)
    return recon.points[frame][chosen].astype(np.float64)


def _without_outliers(points: Doubles) -> Doubles:
    """Points whose distance from the median is not far beyond what is usual.

    By distance, not axis by axis: of a box seen from the front nearly all points share one depth, and its sides stay.
    """
    if len(points) < FEWEST:
        return points
    apart = np.linalg.norm(points - np.median(points, axis=0), axis=1)
    usual = np.median(apart)
    kept: Doubles = points[apart <= usual + 4 * 1.4826 * np.median(np.abs(apart - usual)) + 1e-9]
    return kept


def _travels(path: Doubles, clouds: list[Doubles]) -> bool:
    """True if the middle of what is seen goes farther over the floor than the seen extent."""
    if len(path) < 2:
        return False
    ground = path[:, [0, 2]]
    travel = float(np.linalg.norm(ground[:, None] - ground[None], axis=-1).max())
    extents = [np.ptp(_without_outliers(cloud)[:, [0, 2]], axis=0) for cloud in clouds]
    return travel > max(0.1, float(np.median([np.hypot(*extent) for extent in extents])))


def _left(recon: Reconstruction, masks: PerFrameMask, key: int, cloud: Doubles, frame: int) -> float:
    """The share of the object's points that a frame shows, or looks through, and that its mask there has left.

    Of a long thing at the edge of the image first one end is seen and then the other; only this tells it from one
    that moves.
    """
    points = cloud[:: max(1, len(cloud) // 500)]
    pixels, pose = recon.project(points, frame), recon.extrinsics[frame]
    inside = ((pixels >= 0) & (pixels <= np.array(recon.size) - 1)).all(axis=1)
    u, v = pixels[inside].round().astype(int).T
    ahead = (points[inside] - pose[:3, 3]) @ pose[:3, 2]
    uncovered = recon.depth[frame][v, u] > 0.98 * ahead
    return float((uncovered & ~masks.get_mask(frame, key)[v, u]).sum() / len(points))


def describe(recon: Reconstruction, view: View, things: Sequence[Thing], missing: Sequence[str]) -> str:
    """Positions in words: right and forward of the reference camera, and in the world."""
    unit = recon.unit
    lines = [f"Top view; right and forward of the camera of frame {view.frame}, in {unit}."]
    for thing in things:
        u, v = view.flat(thing.centre)
        x, y, z = thing.centre
        size = np.ptp(thing.points, axis=0)
        where = f"right {u:+.2f}, forward {v:+.2f}; world ({x:.2f}, {y:.2f}, {z:.2f})"
        if thing.moving:
            u0, v0 = view.flat(thing.path[0])
            where = f"moves from right {u0:+.2f}, forward {v0:+.2f} to {where}"
        lines.append(
            f"{thing.number} {thing.name}: {where}; seen extent x {size[0]:.2f}, y {size[1]:.2f}, z {size[2]:.2f}"
        )
    lines += [f"{name}: no position (no pixels with known depth)" for name in missing]
    for frame in recon.frame_indices[:: max(1, recon.num_frames // 8)]:
        u, v = view.flat(recon.extrinsics[frame][:3, 3])
        lines.append(f"camera of frame {frame}: right {u:+.2f}, forward {v:+.2f}")
    return "\n".join(lines)
