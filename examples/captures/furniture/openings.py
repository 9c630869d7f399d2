"""Door, window, curtain and curtain rod; their origin is on the wall's inner face, at the floor."""

from itertools import pairwise

import numpy as np
from meshes import (
    AXIS,
    Array,
    Mesh,
    box_between,
    cylinder,
    lathe,
    raised_panel,
    rectangle,
    rotation_x,
    rotation_y,
    rounded_box,
    sheet,
    tube,
)
from scene import Parts, parts

ARCHITRAVE = 0.075
"""How far the door's architrave reaches beyond its opening, metres."""


def _door_casing(width: float, height: float) -> list[Mesh]:
    """Architrave on the wall's face and lining through its depth."""
    half, a = width / 2, ARCHITRAVE
    return [
        box_between([-half - a, -0.022, 0], [-half + 0.005, 0.005, height + a], 0.007),
        box_between([half - 0.005, -0.022, 0], [half + a, 0.005, height + a], 0.007),
        box_between([-half - a, -0.0225, height - 0.005], [half + a, 0.005, height + a], 0.007),
        box_between([-half, -0.005, 0], [-half + 0.012, 0.16, height]),
        box_between([half - 0.012, -0.005, 0], [half, 0.16, height]),
        box_between([-half, -0.005, height - 0.012], [half, 0.16, height]),
    ]


def _door_leaf(width: float, height: float) -> list[Mesh]:
    """Three stiles, four rails, a recessed board and six raised panels, front face at y = 0.012."""
    thick, front, stile = 0.03, 0.012, 0.105
    half, top = width / 2 - 0.014, height - 0.014
    rails = [(0.006, 0.20), (0.86, 1.02), (1.54, 1.64), (top - 0.115, top)]
    middle = front + thick / 2
    meshes = [box_between([0.005 - half, middle + 0.006, 0.01], [half - 0.005, middle + 0.016, top - 0.01], grain=2)]
    for left, right in ((-half, stile - half), (half - stile, half), (-0.05, 0.05)):
        size = (right - left, thick, top - 0.006)
        meshes.append(rounded_box(size, 0.004, at=((left + right) / 2, middle, (top + 0.006) / 2), steps=2, grain=2))
    for bottom, upper in rails:  # half a millimetre behind the stiles, as joinery is
        size = (2 * half - 0.01, thick * 0.96, upper - bottom)
        at = (0.0, middle + 0.0005, (bottom + upper) / 2)
        meshes.append(rounded_box(size, 0.004, at=at, steps=2, uv_offset=(0.3, bottom)))
    for left, right in ((stile - half, -0.05), (0.05, half - stile)):
        for (_, bottom), (upper, _) in pairwise(rails):
            middle_of_panel = ((left + right) / 2, middle + 0.006, (bottom + upper) / 2)
            face = (right - left - 0.03, upper - bottom - 0.03)
            meshes.append(raised_panel(face, 0.035, 0.016, at=middle_of_panel, turn=rotation_x(90)))
    return meshes


def _lever(x: float, height: float) -> list[Mesh]:
    """Rose, spindle, a bent tapering lever towards -x, and the keyhole's rose."""
    path = [[0, -0.038], [-0.012, -0.044], [-0.05, -0.044], [-0.10, -0.042], [-0.122, -0.038]]
    out = rotation_x(90)
    return [
        cylinder(0.026, 0.008, at=(x, 0.012, height), turn=out, segments=32),
        cylinder(0.010, 0.05, at=(x, 0.007, height), turn=out),
        tube([[x + dx, y, height] for dx, y in path], [0.0105, 0.010, 0.009, 0.0085, 0.007], 16),
        cylinder(0.018, 0.006, at=(x, 0.012, height - 0.10), turn=out),
    ]


def door(width: float = 0.80, height: float = 2.05) -> Parts:
    """A closed six-panel door with frame and lever handle (on the right); width and height of the opening."""
    handle = width / 2 - 0.075
    keyhole = cylinder(0.005, 0.002, at=(handle, 0.0065, 0.90), turn=rotation_x(90), segments=12)
    return (
        parts("white paint", *_door_casing(width, height))
        + parts("oak", *_door_leaf(width, height))
        + parts("brass", *_lever(handle, 1.0))
        + parts("black plastic", keyhole)
    )


def window(width: float, bottom: float, top: float, light: float = 0.93, wall_depth: float = 0.2) -> Parts:
    """A two-light window in its reveal, with mullion, transoms at `light` above the bottom and a sill; no pane."""
    half, bar, middle = width / 2, 0.055, 0.10
    transom = bottom + light
    frame = [
        box_between([-half, middle - 0.03, bottom], [bar - half, middle + 0.03, top], 0.008),
        box_between([half - bar, middle - 0.03, bottom], [half, middle + 0.03, top], 0.008),
        box_between([-half, middle - 0.03, bottom], [half, middle + 0.03, bottom + bar], 0.008),
        box_between([-half, middle - 0.03, top - bar], [half, middle + 0.03, top], 0.008),
        box_between([-0.045, middle - 0.035, bottom], [0.045, middle + 0.035, top], 0.008),
        box_between([-half, middle - 0.015, transom], [half, middle + 0.015, transom + 0.035], 0.008),
        rounded_box((width + 0.16, 0.30, 0.035), 0.012, at=(0, 0.03, bottom - 0.005), steps=4),
    ]
    deep, tall = [0, wall_depth, 0], [0, 0, top - bottom]
    reveal = [
        rectangle([-half, 0, bottom], deep, tall),
        rectangle([half, 0, bottom], deep, tall),
        rectangle([-half, 0, top], [width, 0, 0], deep),
        rectangle([-half, 0, bottom], [width, 0, 0], deep),
    ]
    handle = rounded_box((0.018, 0.03, 0.11), 0.006, at=(0, middle - 0.055, bottom + 0.6))
    return parts("white paint", *frame, *reveal) + parts("steel", handle)


def curtain(width: float, top: float, phase: float, fold: float = 0.105) -> Parts:
    """A curtain hanging in sine folds from `top` to just above the floor, 8.5 cm off the wall."""

    def surface(u: Array, v: Array) -> tuple[Array, Array, Array]:
        x = width * (u - 0.5) + 0.012 * np.sin(9 * np.pi * u + 2 * v + phase) * v
        folds = np.sin(2 * np.pi * width / fold * u + phase + 0.5 * np.sin(3 * v + phase))
        y = -0.085 + 0.036 * folds * (0.55 + 0.45 * v) + 0.010 * np.sin(41 * u + 4 * v)
        return x, y, top - (top - 0.05) * v

    return parts("curtain cloth", sheet(surface, 160, 40, (2 * width, top)))


def curtain_rod(length: float, height: float) -> Parts:
    """A brass rod on two brackets with pear-shaped ends."""
    end = [[AXIS, -0.03], [0.022, -0.015], [0.028, 0], [0.022, 0.015], [AXIS, 0.03]]
    half = length / 2
    meshes = [cylinder(0.013, length, at=(-half, -0.085, height), turn=rotation_y(90))]
    meshes += [lathe(end, 16, at=(x, -0.085, height), turn=rotation_y(90)) for x in (-half - 0.01, half + 0.01)]
    meshes += [rounded_box((0.02, 0.085, 0.02), 0.004, at=(x, -0.045, height)) for x in (0.04 - half, half - 0.04)]
    return parts("brass", *meshes)
