"""Fitted kitchen: base units, worktop, sink and tap, wall cupboard, shelf; backs to the wall at y = 0."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

import numpy as np
from meshes import AXIS, Mesh, box_between, cylinder, lathe, rotation_x, rotation_y, rotation_z, rounded_box, tube
from scene import Part, Parts, parts

Front = Literal["door", "drawers", "sink"]
"""What a base unit shows: one door, three drawers, or two low doors under a sink."""
WORKTOP = 0.92
"""Height of the worktop, metres."""
THICK = 0.04
REACH = 0.63
"""How far the worktop reaches from the wall, metres."""
DEPTH = 0.58
PLINTH = 0.10
SINK_WIDTH, SINK_HEIGHT, SINK_FRONT, SINK_BACK = 0.62, 0.25, 0.645, 0.185


def panelled_front(left: float, right: float, bottom: float, top: float, depth: float = DEPTH) -> list[Mesh]:
    """A framed door or drawer front with a recessed panel, its face 2 cm in front of y = -depth."""
    gap, frame = 0.002, 0.055 if top - bottom > 0.25 else 0.035
    left, right, bottom, top = left + gap, right - gap, bottom + gap, top - gap
    face, back = -depth - 0.02, -depth
    inner = (left + frame - 0.002, right - frame + 0.002)
    return [
        box_between([left + 0.02, face + 0.009, bottom + 0.02], [right - 0.02, back, top - 0.02]),
        box_between([left, face, bottom], [left + frame, back, top], 0.003),
        box_between([right - frame, face, bottom], [right, back, top], 0.003),
        box_between([inner[0], face + 0.0005, bottom], [inner[1], back, bottom + frame], 0.003),
        box_between([inner[0], face + 0.0005, top - frame], [inner[1], back, top], 0.003),
    ]


def _knob(x: float, z: float, depth: float = DEPTH) -> Mesh:
    outline = [[AXIS, 0], [0.006, 0], [0.006, 0.012], [0.015, 0.018], [0.015, 0.026], [0.010, 0.030], [AXIS, 0.030]]
    return lathe(outline, 20, at=(x, -depth - 0.0195, z), turn=rotation_x(90))


def _cup_pull(x: float, z: float) -> Mesh:
    return rounded_box((0.11, 0.024, 0.028), 0.011, at=(x, -DEPTH - 0.03, z), steps=4)


def base_units(units: Sequence[tuple[float, Front]]) -> Parts:
    """A row of units, each of a width and a front, from x = 0 to the right on a set-back plinth, without worktop."""
    top = WORKTOP - THICK
    pieces: Parts = []
    x = 0.0
    for width, front in units:
        end = x + width
        upper = top - SINK_HEIGHT + THICK - 0.012 if front == "sink" else top
        meshes = [box_between([x, -DEPTH, PLINTH], [end, 0, upper])]
        meshes.append(box_between([x, -DEPTH + 0.05, 0], [end, -DEPTH + 0.07, PLINTH]))
        middle = (x + end) / 2
        if front == "sink":  # posts up to the worktop on both sides of it
            half = SINK_WIDTH / 2
            meshes.append(box_between([x, -DEPTH - 0.02, upper - 0.01], [middle - half, 0, top]))
            meshes.append(box_between([middle + half, -DEPTH - 0.02, upper - 0.01], [end, 0, top]))
        if front == "drawers":
            for low, high in pairwise((PLINTH + 0.005, 0.40, 0.66, upper - 0.005)):
                meshes += panelled_front(x, end, low, high)
                pieces.append(Part("brass", _cup_pull(middle, high - 0.07)))
        elif front == "door":
            meshes += panelled_front(x, end, PLINTH + 0.005, upper - 0.005)
            pieces.append(Part("brass", _knob(end - 0.035, upper - 0.12)))
        else:
            meshes += panelled_front(x, middle, PLINTH + 0.005, upper - 0.005)
            meshes += panelled_front(middle, end, PLINTH + 0.005, upper - 0.005)
            pieces += parts("brass", *(_knob(middle + side * 0.035, upper - 0.10) for side in (-1, 1)))
        pieces += parts("sage paint", *meshes)
        x = end
    return pieces


def worktop(left: float, right: float, reach: float = REACH) -> Mesh:
    """A slab of the worktop between two x, reaching `reach` metres from the wall."""
    size = (right - left, reach, THICK)
    at = ((left + right) / 2, -reach / 2, WORKTOP - THICK / 2)
    return rounded_box(size, 0.005, at=at, uv_offset=(left, 0.35))


def sink() -> Parts:
    """A white ceramic sink with an open front that stands a little proud of the units, centred at x = 0."""
    half, wall, top = SINK_WIDTH / 2, 0.026, WORKTOP - 0.006
    bottom, front, back = top - SINK_HEIGHT, -SINK_FRONT, -SINK_BACK
    meshes = [
        box_between([-half, front, bottom], [half, front + wall, top], 0.010),
        box_between([-half, back - wall, bottom], [half, back, top], 0.010),
        box_between([-half, front, bottom], [wall - half, back, top], 0.010),
        box_between([half - wall, front, bottom], [half, back, top], 0.010),
        box_between([-half + 0.01, front + 0.01, bottom], [half - 0.01, back - 0.01, bottom + 0.03], 0.005),
    ]
    waste = cylinder(0.04, 0.004, at=(0, (front + back) / 2, bottom + 0.029))
    return parts("white ceramic", *meshes) + parts("steel", waste)


def tap() -> Parts:
    """A swan-necked brass tap with two cross handles; the origin is on the worktop behind the sink."""
    bend = np.linspace(0, np.pi, 14)
    neck = [[0, 0, 0.02], [0, 0, 0.16], *[[0, -0.085 * (1 - np.cos(a)), 0.22 + 0.085 * np.sin(a)] for a in bend]]
    meshes = [tube([*neck, [0, -0.17, 0.185]], 0.0125, 16)]
    meshes.append(cylinder(0.014, 0.22, at=(-0.11, 0, 0.05), turn=rotation_y(90)))
    for x in (-0.10, 0.0, 0.10):
        meshes.append(cylinder(0.024, 0.012, at=(x, 0, 0)))
        meshes.append(cylinder(0.014, 0.07, at=(x, 0, 0)))
    for x in (-0.10, 0.10):
        for turn in (20, 110):
            meshes.append(rounded_box((0.075, 0.012, 0.012), 0.005, at=(x, 0, 0.085), turn=rotation_z(turn)))
        meshes.append(cylinder(0.010, 0.03, at=(x, 0, 0.065)))
    return parts("brass", *meshes)


def wall_cupboard(width: float, doors: int = 1) -> Parts:
    """A wall cupboard from z = 0 upwards, centred at x = 0."""
    depth, height, half = 0.31, 0.66, width / 2
    meshes = [box_between([-half, -depth, 0], [half, 0, height])]
    each = width / doors
    for k in range(doors):
        meshes += panelled_front(k * each - half, (k + 1) * each - half, 0, height, depth)
    knobs = [_knob(each - half - 0.035, 0.08, depth)]
    if doors > 1:
        knobs.append(_knob(each - half + 0.035, 0.08, depth))
    return parts("sage paint", *meshes) + parts("brass", *knobs)


def shelf(width: float) -> Parts:
    """An oak board on two iron brackets; its upper face is z = 0."""
    depth = 0.20
    board = rounded_box((width, depth, 0.032), 0.004, at=(0, -depth / 2, -0.016))
    irons = []
    for x in (0.13 - width / 2, width / 2 - 0.13):
        irons.append(box_between([x - 0.012, -0.006, -0.17], [x + 0.012, 0, -0.03]))
        irons.append(box_between([x - 0.012, -depth + 0.03, -0.038], [x + 0.012, 0, -0.032]))
        irons.append(tube([[x, -0.004, -0.15], [x, -0.05, -0.13], [x, -0.11, -0.08], [x, -0.14, -0.036]], 0.006, 10))
    return parts("oak", board) + parts("black plastic", *irons)
