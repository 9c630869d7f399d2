"""The drawing of a top view; what is drawn is decided in bev.py."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from spatial_agent.frames import unproject

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from spatial_agent.inside.overlay import Colour
    from spatial_agent.inside.tools.bev import Thing, View
    from spatial_agent.inside.tools.reconstruction import Reconstruction

INK = "#1f2933"
FAINT = "#9aa5b1"
DOTS = 6000
"""Points of faint structure."""
Doubles = NDArray[np.float64]


class Texts:
    """Names and numbers in the axes, placed so that none hides another as far as there is room."""

    def __init__(self, axes: Axes) -> None:
        """The limits of the axes must be set."""
        self._axes = axes
        low, high = axes.get_xlim()
        self._points_per_unit = 500 / (high - low)  # the axes fill about so many of the 576 points of the figure
        self._taken: list[Doubles] = []

    def name(self, place: Doubles, text: str, colour: Any) -> None:
        """A name in a box above a place, or on another side of it where there is more room."""
        half = np.array([3.0 * len(text) + 5, 9.0])
        middle = place * self._points_per_unit
        sides = [np.array(side) for side in ((0, 18), (0, -18), (half[0] + 9, 0), (-half[0] - 9, 0), (0, 37), (0, -37))]
        side = min(sides, key=lambda side: self._hidden(middle + side, half))
        self._take(middle + side, half)
        box = {"boxstyle": "round,pad=0.25", "facecolor": "white", "edgecolor": colour, "linewidth": 1.2, "alpha": 0.92}
        self._axes.annotate(
            text,
            (place[0], place[1]),
            tuple(side),
            textcoords="offset points",
            ha="center",
            va="center",
            fontsize=9,
            bbox=box,
            zorder=8,
        )

    def number(self, place: Doubles, text: str, colour: Any, *, needed: bool) -> None:
        """A small number at a place; left out where it would lie on another text, unless it is needed."""
        half = np.array([2.5 * len(text) + 2, 5.0])
        middle = place * self._points_per_unit
        if needed or not self._hidden(middle, half):
            self._take(middle, half)
            self._axes.text(place[0], place[1], text, fontsize=8, color=colour, ha="center", va="center", zorder=7)

    def _take(self, middle: Doubles, half: Doubles) -> None:
        self._taken.append(np.concatenate([middle, half]))

    def _hidden(self, middle: Doubles, half: Doubles) -> float:
        """How much of other texts a text would hide, in square points."""
        if not self._taken:
            return 0.0
        taken = np.array(self._taken)
        overlap = np.minimum(half, taken[:, 2:]) * 2
        overlap = np.minimum(overlap, half + taken[:, 2:] - np.abs(taken[:, :2] - middle))
        return float(np.maximum(overlap, 0).prod(axis=1).sum())


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
    reach = [
        part
        for thing in things
        for part in (_outline(view, thing), view.flat(thing.path), view.flat(thing.centre[None]))
    ]
    _frame(axes, np.concatenate([cameras, structure, *reach]))
    axes.scatter(structure[:, 0], structure[:, 1], s=3, c=FAINT, alpha=0.4, linewidths=0, zorder=1)
    texts = Texts(axes)
    for thing in things:
        _thing(axes, texts, view, thing, tuple(value / 255 for value in colour_of(thing.number)))
    _cameras(axes, texts, recon, view, cameras, ego_trajectory)
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
    flat = view.flat(np.concatenate([_above_the_floor(recon, frame, DOTS // len(frames)) for frame in frames]))
    if not len(flat):
        return flat
    near, far = np.percentile(flat, [1, 99], axis=0)
    kept: Doubles = flat[((flat >= near) & (flat <= far)).all(axis=1)]
    return kept


def _above_the_floor(recon: Reconstruction, frame: int, count: int) -> Doubles:
    """At most `count` world points (K, 3) of a frame, of 5 to 90 % of the height that it sees."""
    depth = np.asarray(recon.depth[frame])
    step = max(1, int((depth.size / (4 * count)) ** 0.5))
    ys, xs = np.mgrid[step // 2 : depth.shape[0] : step, step // 2 : depth.shape[1] : step].reshape(2, -1)
    known = depth[ys, xs] > 0
    ys, xs = ys[known], xs[known]
    pixels = np.stack([xs, ys], axis=-1).astype(np.float32)
    camera, pose = recon.intrinsics.camera(frame), np.asarray(recon.extrinsics[frame])
    points = unproject(pixels, depth[ys, xs], camera, pose).astype(np.float64)
    top = float(np.percentile(points[:, 1], 98)) if len(points) else 0.0
    points = points[(points[:, 1] > 0.05 * top) & (points[:, 1] < 0.9 * top)]
    return points[np.random.default_rng(0).permutation(len(points))[:count]]


def _outline(view: View, thing: Thing) -> Doubles:
    """(4, 2) corners of the box around a thing; (0, 2) for what moves or is a point."""
    if thing.box is None or len(thing.path):
        return np.zeros((0, 2))
    return view.flat(thing.box.corners[:4])


def _thing(axes: Axes, texts: Texts, view: View, thing: Thing, colour: Any) -> None:
    from matplotlib.patches import Polygon

    path, outline = view.flat(thing.path), _outline(view, thing)
    if len(path) > 1:
        axes.plot(*path.T, color=colour, linewidth=2, marker="o", markersize=3.5, zorder=4)
        axes.annotate(
            "",
            path[-1],
            path[-2],
            arrowprops={"arrowstyle": "-|>", "color": colour, "linewidth": 2, "mutation_scale": 18},
            zorder=5,
        )
    if len(outline):
        axes.add_patch(Polygon(outline, facecolor=(*colour, 0.28), edgecolor=colour, linewidth=2, zorder=3))
    centre = view.flat(thing.centre)
    texts.name(centre, f"{thing.number} {thing.name}", colour)
    axes.plot(*centre[:, None], marker="o", markersize=5, color=colour, markeredgecolor="white", zorder=6)


def _cameras(axes: Axes, texts: Texts, recon: Reconstruction, view: View, positions: Doubles, path: bool) -> None:
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
        texts.number(tip - size * 0.55 * ahead, f"{frame}", edge, needed=reference)
