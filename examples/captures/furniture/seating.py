"""Sofa, cushions, dining chair, pouf."""

import numpy as np
from meshes import (
    AXIS,
    Mesh,
    cylinder,
    lathe,
    rotation_x,
    rotation_y,
    rotation_z,
    rounded_box,
    tube,
)
from scene import Part, Parts, parts


def sofa(length: float = 2.10) -> Parts:
    """A two-seat sofa with loose seat and back cushions on turned legs."""
    meshes = [
        rounded_box((length, 0.86, 0.20), 0.05, at=(0, 0, 0.26), steps=6),
        rounded_box((length, 0.20, 0.50), 0.09, at=(0, 0.34, 0.55), steps=6),
    ]
    for side in (-1, 1):
        arm = (side * (length / 2 - 0.02), 0, 0.40)
        meshes.append(rounded_box((0.20, 0.88, 0.46), 0.085, at=arm, steps=6))
        x = side * 0.435
        seat = rounded_box((0.86, 0.66, 0.17), 0.055, steps=6, cells=10, bulge=0.022, uv_offset=(0.5 * side, 0))
        meshes.append(seat.placed((x, -0.085, 0.435)))
        lean = rotation_x(-12) @ rotation_y(-1.2 * side)
        meshes.append(rounded_box((0.84, 0.20, 0.44), 0.085, at=(x, 0.175, 0.70), turn=lean, steps=6, cells=6))
        back = rounded_box((0.82, 0.42, 0.12), 0.055, steps=6, cells=12, bulge=0.045)
        meshes.append(back.placed((x, 0.105, 0.71), rotation_x(-76)))
    leg = [[AXIS, 0], [0.018, 0], [0.028, 0.17], [AXIS, 0.17]]
    legs = [lathe(leg, 16, at=(x, y, 0)) for x in (-0.98, 0.98) for y in (-0.35, 0.35)]
    return parts("sofa cloth", *meshes) + parts("dark wood", *legs)


def cushion(material: str, size: float, turn_deg: float, lean_deg: float, roll_deg: float) -> Parts:
    """A square cushion centred at the origin, leaning back by `lean_deg` from lying flat."""
    flat = rounded_box((size, size, 0.05), 0.024, steps=5, cells=14, bulge=0.075)
    turn = rotation_z(turn_deg) @ rotation_x(-lean_deg) @ rotation_z(roll_deg)
    return parts(material, flat.placed(turn=turn))


def _chair_post(side: int) -> Mesh:
    """A bent rear leg that runs on as the post of the back."""
    path = [[0.20, 0], [0.185, 0.25], [0.185, 0.46], [0.20, 0.70], [0.24, 0.90]]
    return tube([[side * 0.18, y, z] for y, z in path], [0.014, 0.017, 0.018, 0.016, 0.014], 14)


def dining_chair() -> Parts:
    """A ladder-back chair with an upholstered seat; the sitter faces -y."""
    seat = rounded_box((0.43, 0.42, 0.03), 0.013, at=(0, 0, 0.45), steps=4)
    frame = [seat]
    for side in (-1, 1):
        leg = lathe([[AXIS, 0], [0.014, 0], [0.02, 0.44], [AXIS, 0.44]], 16)
        frame.append(leg.placed((side * 0.18, -0.18, 0), rotation_x(3)))
        frame.append(_chair_post(side))
        frame.append(cylinder(0.010, 0.36, at=(side * 0.18, 0.18, 0.20), turn=rotation_x(90)))
    for height, y in ((0.62, 0.193), (0.73, 0.205), (0.85, 0.228)):
        frame.append(rounded_box((0.36, 0.016, 0.055), 0.006, at=(0, y, height), turn=rotation_x(-9)))
    pad = rounded_box((0.39, 0.38, 0.035), 0.016, at=(0, -0.005, 0.483), steps=4, bulge=0.012, cells=8)
    return [*parts("dark wood", *frame), Part("mustard cloth", pad)]


def pouf(radius: float = 0.27, height: float = 0.375) -> Parts:
    """A round knitted pouf, flat above and below."""
    angle = np.linspace(-np.pi / 2, np.pi / 2, 24)
    outline = np.maximum(radius * np.abs(np.cos(angle)) ** 0.45, AXIS)
    heights = height / 2 * (1 + np.sign(np.sin(angle)) * np.abs(np.sin(angle)) ** 0.7)
    # Ribs: the lathe's u runs once round, so stretch it to metres for the knitted texture.
    body = lathe(np.stack([outline, heights + 0.003], axis=1), 48)
    body.uv[:, 0] *= 2 * np.pi * radius
    return parts("knitted wool", body)


def stool(height: float = 0.46) -> Parts:
    """A round wooden stool with four splayed legs and a ring of rungs."""
    rim = 0.170
    outline = [[AXIS, -0.034], [rim - 0.012, -0.034], [rim, -0.022], [rim, -0.010], [rim - 0.01, 0], [AXIS, -0.006]]
    seat = lathe([[r, z + height] for r, z in outline], 48)
    meshes = []
    for turn in (45, 135, 225, 315):
        leg = lathe([[AXIS, 0], [0.013, 0], [0.019, height - 0.03], [AXIS, height - 0.03]], 16)
        meshes.append(leg.placed(rotation_z(turn) @ [0.155, 0, 0], rotation_z(turn) @ rotation_y(-6.5)))
        start, end = (rotation_z(turn + a) @ [0.133, 0, 0.19 + 0.02 * (turn % 180 > 90)] for a in (0, 90))
        meshes.append(tube([start, (start + end) / 2, end], 0.009, 10))
    return parts("oak", seat) + parts("sage paint", *meshes)
