"""The drawing of a top view; what is drawn is decided in bev.py."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from spatial_agent.inside.overlay import Colour
    from spatial_agent.inside.tools.bev import Thing, View
    from spatial_agent.inside.tools.reconstruct import Reconstruction

INK = "#1f2933"
FAINT = "#9aa5b1"
DOTS = 6000
"""Points of faint structure."""
Doubles = NDArray[np.float64]


def draw(
    recon: Reconstruction,
    view: View,
    things: Sequence[Thing],
    colour_of: Callable[[int], Colour],
    ego_trajectory: bool,
) -> Figure:
    """A figure of the scene from above; x is right and y is forward of the reference camera."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 8), layout="constrained")
    axes = figure.add_subplot()
    cameras = view.flat(np.array([recon.extrinsics[frame][:3, 3] for frame in recon.frame_indices]))
    structure = _structure(recon, view)
    outlines = [_outline(view.flat(thing.points)) for thing in things]
    _frame(axes, np.concatenate([cameras, structure, *outlines, *(view.flat(thing.path) for thing in things)]))
    axes.scatter(structure[:, 0], structure[:, 1], s=3, c=FAINT, alpha=0.4, linewidths=0, zorder=1)
    for thing, outline in zip(things, outlines, strict=True):
        colour = tuple(value / 255 for value in colour_of(thing.number))
        _thing(axes, view, thing, outline, colour)
    _cameras(axes, recon, view, cameras, ego_trajectory)
    unit = recon.unit
    axes.set_xlabel(f"left  –  right of camera {view.frame}  [{unit}]", color=INK)
    axes.set_ylabel(f"behind  –  ahead of camera {view.frame}  [{unit}]", color=INK)
    axes.set_title(f"Top view, as seen by the camera of frame {view.frame}", color=INK, fontsize=12)
    return figure


def _frame(axes: Axes, points: Doubles) -> None:
    low, high = points.min(axis=0), points.max(axis=0)
    middle, half = (low + high) / 2, max(float((high - low).max()) / 2, 0.5) * 1.12
    axes.set_xlim(middle[0] - half, middle[0] + half)
    axes.set_ylim(middle[1] - half, middle[1] + half)
    axes.set_aspect("equal")
    axes.grid(color="#e4e7eb", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(colors=INK, labelsize=9)
    for spine in axes.spines.values():
        spine.set_color("#cbd2d9")


def _structure(recon: Reconstruction, view: View) -> Doubles:
    """Right and forward of points above the floor and below the ceiling, so that walls and furniture show."""
    frames = recon.frame_indices[:: max(1, recon.num_frames // 8)]
    random = np.random.default_rng(0)
    parts = []
    for frame in frames:
        points = recon.points_of(frame).astype(np.float64)
        points = points[random.permutation(len(points))[: 4 * DOTS // len(frames)]]
        low, high = 0.05, 0.9
        height = points[:, 1]
        top = float(np.percentile(height, 98)) if len(points) else 0.0
        parts.append(points[(height > low * top) & (height < high * top)][: DOTS // len(frames)])
    flat = view.flat(np.concatenate(parts))
    if not len(flat):
        return flat
    near, far = np.percentile(flat, [1, 99], axis=0)
    kept: Doubles = flat[((flat >= near) & (flat <= far)).all(axis=1)]
    return kept


def _outline(points: Doubles) -> Doubles:
    """(4, 2) corners of the rectangle around (K, 2) points that has most of them near its sides.

    Mostly one or two sides of an object are seen; the smallest rectangle around such an L would lie askew.
    """
    sample = points[:: max(1, len(points) // 800)]
    angles = np.radians(np.arange(0, 90, 1.0))
    turns = np.stack([np.cos(angles), np.sin(angles), -np.sin(angles), np.cos(angles)], axis=-1).reshape(-1, 2, 2)
    turned = np.einsum("aij,kj->aki", turns, sample)
    from_low, to_high = turned - turned.min(axis=1, keepdims=True), turned.max(axis=1, keepdims=True) - turned
    near = np.minimum(from_low, to_high).min(axis=-1)
    size = max(float(np.ptp(points, axis=0).max()), 1e-6)
    best = turns[int(np.argmax((1 / np.maximum(near, 0.02 * size)).sum(axis=1)))]
    (x0, y0), (x1, y1) = (points @ best.T).min(axis=0), (points @ best.T).max(axis=0)
    corners: Doubles = np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)]) @ best
    return corners


def _thing(axes: Axes, view: View, thing: Thing, outline: Doubles, colour: Any) -> None:
    from matplotlib.patches import Polygon

    if thing.moving:
        path = view.flat(thing.path)
        axes.plot(*path.T, color=colour, linewidth=2, marker="o", markersize=3.5, zorder=4)
        axes.annotate(
            "",
            path[-1],
            path[-2],
            arrowprops={"arrowstyle": "-|>", "color": colour, "linewidth": 2, "mutation_scale": 18},
            zorder=5,
        )
    else:
        axes.add_patch(Polygon(outline, facecolor=(*colour, 0.28), edgecolor=colour, linewidth=2, zorder=3))
    u, v = view.flat(thing.centre)
    box = {"boxstyle": "round,pad=0.25", "facecolor": "white", "edgecolor": colour, "linewidth": 1.2, "alpha": 0.92}
    text = f"{thing.number} {thing.name}"
    axes.annotate(
        text, (u, v), (0, 9), textcoords="offset points", ha="center", va="bottom", fontsize=9, bbox=box, zorder=7
    )
    axes.plot([u], [v], marker="o", markersize=5, color=colour, markeredgecolor="white", zorder=6)


def _cameras(axes: Axes, recon: Reconstruction, view: View, positions: Doubles, path: bool) -> None:
    """A wedge for each camera, the reference one filled; their path, if asked for, from light to dark."""
    from matplotlib.patches import Polygon

    span = axes.get_xlim()
    size = (span[1] - span[0]) * 0.035
    if path and len(positions) > 1:
        axes.plot(*positions.T, color="#3e7cb1", linewidth=1.4, linestyle=(0, (4, 3)), zorder=4)
    step = max(1, len(positions) // 12)
    for order, frame in enumerate(recon.frame_indices):
        reference = frame == view.frame
        if not reference and order % step and frame != recon.frame_indices[-1]:
            continue
        axis = recon.extrinsics[frame][:3, 2]
        ahead = np.array([axis @ view.right, axis @ view.forward])
        ahead = ahead / max(float(np.linalg.norm(ahead)), 1e-9)
        side = np.array([-ahead[1], ahead[0]])
        tip = positions[order]
        corners = [tip, tip + size * (ahead + 0.6 * side), tip + size * (ahead - 0.6 * side)]
        face, edge = ("#d64545", "#8a1c1c") if reference else ("#a9cbe8", "#3e7cb1")
        axes.add_patch(Polygon(corners, facecolor=face, edgecolor=edge, linewidth=1.2, zorder=6))
        below = tip - size * 0.55 * ahead
        axes.text(below[0], below[1], f"{frame}", fontsize=8, color=edge, ha="center", va="center", zorder=7)
