"""Kitchen appliances: fridge, oven, extractor hood, kettle, toaster, microwave, robot vacuum."""

import numpy as np
from meshes import (
    AXIS,
    Array,
    Mesh,
    box_between,
    cylinder,
    lathe,
    raised_panel,
    rotation_x,
    rotation_y,
    rotation_z,
    rounded_box,
    sheet,
    tube,
)
from scene import Part, Parts, parts


def _bar_handle(length: float, at: tuple[float, float, float], *, upright: bool, out: float = 0.045) -> list[Mesh]:
    """A round bar on two posts that stand `out` from a front at y = at[1]."""
    x, y, z = at
    turn = rotation_y(0 if upright else 90)
    start = (x, y - out, z - length / 2) if upright else (x - length / 2, y - out, z)
    bar = cylinder(0.011, length, at=start, turn=turn)
    ends = (-length / 2 + 0.04, length / 2 - 0.04)
    posts = [(x, y, z + end) if upright else (x + end, y, z) for end in ends]
    return [bar, *(cylinder(0.008, out, at=post, turn=rotation_x(90)) for post in posts)]


def fridge(width: float = 0.62, depth: float = 0.66, height: float = 1.84) -> Parts:
    """A round-edged fridge with the freezer below; the back is at y = 0."""
    split = 0.66
    body = [box_between([-width / 2 + 0.006, -depth + 0.07, 0.03], [width / 2 - 0.006, 0, height - 0.006], 0.02)]
    for low, high in ((0.05, split - 0.006), (split + 0.006, height)):
        door = rounded_box((width, 0.075, high - low), 0.034, at=(0, 0.0375 - depth, (low + high) / 2), steps=6)
        body.append(door)
    x, front = 0.055 - width / 2, -depth + 0.002
    handles = _bar_handle(0.42, (x, front, split + 0.30), upright=True)
    handles += _bar_handle(0.30, (x, front, split - 0.22), upright=True)
    badge = rounded_box((0.16, 0.006, 0.030), 0.003, at=(0.10, -depth - 0.002, height - 0.20))
    feet = [cylinder(0.02, 0.04, at=(x, y, 0)) for x in (-0.25, 0.25) for y in (-0.55, -0.08)]
    notes = [((0.05, 1.30), (0.11, 0.15), -5, "paper"), ((0.20, 1.22), (0.09, 0.09), 7, "mustard cloth")]
    pieces = parts("tomato enamel", *body) + parts("steel", *handles, badge) + parts("black plastic", *feet)
    for (x, z), (wide, tall), tilt, material in notes:
        at = (x, -depth - 0.001, z)
        note = rounded_box((wide, 0.0015, tall), 0.0005, steps=1, cells=1, at=at, turn=rotation_y(tilt))
        magnet = cylinder(0.012, 0.008, at=(x, -depth - 0.001, z + 0.4 * tall), turn=rotation_x(90))
        pieces += parts(material, note) + parts("black plastic", magnet)
    return pieces


def oven(width: float = 0.60, height: float = 0.915) -> Parts:
    """A free-standing cooker: oven door with a window, five knobs, a gas hob; the back is at y = 0."""
    depth, half = 0.60, width / 2 - 0.003
    enamel = [
        box_between([-half, -depth, 0.06], [half, 0, height - 0.02], 0.004),
        box_between([-half, -depth - 0.022, 0.765], [half, -depth + 0.01, height - 0.02], 0.006),
        box_between([-half, -depth - 0.018, 0.07], [half, -depth + 0.01, 0.20], 0.006),
    ]
    door = box_between([-half, -depth - 0.022, 0.21], [half, -depth + 0.01, 0.755], 0.006)
    glass = rounded_box((0.40, 0.003, 0.28), 0.001, at=(0, -depth - 0.0225, 0.46), steps=1)
    metal = _bar_handle(0.50, (0, -depth - 0.02, 0.70), upright=False)
    metal.append(box_between([-half, -depth - 0.01, height - 0.02], [half, 0, height - 0.004], 0.004))
    knobs: list[Mesh] = []
    for k in range(5):
        x = (k - 2) * 0.105
        knobs.append(cylinder(0.021, 0.028, at=(x, -depth - 0.021, 0.83), turn=rotation_x(90)))
        knobs.append(rounded_box((0.006, 0.012, 0.036), 0.002, at=(x, -depth - 0.052, 0.83), turn=rotation_y(25 * k)))
    for x, y in BURNERS:
        knobs.append(cylinder(0.05, 0.012, at=(x, y, height - 0.006)))
        for turn in (0, 90):
            bar = rounded_box((0.22, 0.012, 0.012), 0.003, at=(x, y, height + 0.016), turn=rotation_z(turn))
            knobs.append(bar)
        for dx, dy in ((-0.1, 0), (0.1, 0), (0, -0.1), (0, 0.1)):
            knobs.append(cylinder(0.006, 0.02, at=(x + dx, y + dy, height - 0.005)))
    feet = [cylinder(0.02, 0.07, at=(x, y, 0)) for x in (-0.25, 0.25) for y in (-0.52, -0.08)]
    black = parts("black plastic", *knobs, *feet)
    return parts("cream enamel", *enamel, door) + parts("screen", glass) + parts("steel", *metal) + black


BURNERS = ((-0.14, -0.44), (0.14, -0.44), (-0.14, -0.17), (0.14, -0.17))
"""Where the hob's burners are, seen from the oven's origin."""
HOB = 0.937
"""Height of the pan supports, metres."""
OVEN_RAIL = 0.665
"""How far in front of the wall the oven's handle is, metres."""


def extractor_hood(ceiling: float) -> Parts:
    """A steel chimney hood from z = 0 up to the ceiling, which is `ceiling` metres above it."""
    rim = box_between([-0.30, -0.48, 0], [0.30, 0, 0.055], 0.004)
    slope = raised_panel((0.60, 0.48), 0.16, 0.20, at=(0, -0.24, 0.054))
    chimney = box_between([-0.13, -0.31, 0.25], [0.13, 0, ceiling], 0.004)
    collar = box_between([-0.14, -0.32, 0.245], [0.14, 0, 0.275], 0.003)
    grille = box_between([-0.26, -0.44, -0.004], [0.26, -0.04, 0.002])
    return parts("steel", rim, slope, chimney, collar) + parts("black plastic", grille)


def kettle() -> Parts:
    """A steel kettle with a black handle, its spout towards the front."""
    outline = [[AXIS, 0], [0.085, 0], [0.092, 0.012], [0.098, 0.05], [0.092, 0.11], [0.070, 0.155], [0.055, 0.165]]
    lid = [[AXIS, 0.165], [0.056, 0.166], [0.052, 0.178], [0.012, 0.186], [0.010, 0.196], [0.017, 0.205], [AXIS, 0.212]]
    spout = tube([[0, -0.07, 0.08], [0, -0.115, 0.11], [0, -0.15, 0.16]], [0.024, 0.018, 0.012], 16)
    bend = np.linspace(0.25, np.pi - 0.25, 14)
    handle = tube([[0, 0.085 * np.cos(a), 0.15 + 0.11 * np.sin(a)] for a in bend], 0.010, 12)
    return parts("steel", lathe([*outline, [AXIS, 0.166]], 48), spout) + parts("black plastic", lathe(lid, 32), handle)


def toaster() -> Parts:
    """A two-slot toaster, its lever at the right end."""
    body = rounded_box((0.29, 0.17, 0.17), 0.04, at=(0, 0, 0.105), steps=6)
    slots = [rounded_box((0.20, 0.026, 0.006), 0.002, at=(0, y, 0.189)) for y in (-0.035, 0.035)]
    base = rounded_box((0.27, 0.15, 0.03), 0.008, at=(0, 0, 0.017))
    lever = rounded_box((0.022, 0.045, 0.016), 0.005, at=(0.152, 0, 0.13))
    return parts("cream enamel", body) + parts("black plastic", *slots, base, lever)


def microwave() -> Parts:
    """A microwave oven 46 cm wide with a dark door and two dials."""
    case = rounded_box((0.46, 0.34, 0.255), 0.012, at=(0, 0, 0.1425), steps=4)
    door = rounded_box((0.32, 0.012, 0.225), 0.005, at=(-0.058, -0.172, 0.1425))
    dials = [cylinder(0.024, 0.02, at=(0.165, -0.168, z), turn=rotation_x(90)) for z in (0.10, 0.19)]
    feet = [cylinder(0.014, 0.018, at=(x, y, 0)) for x in (-0.19, 0.19) for y in (-0.13, 0.13)]
    handle = cylinder(0.007, 0.17, at=(0.085, -0.195, 0.055))
    metal = parts("steel", *dials, handle)
    return parts("cream enamel", case) + parts("screen", door) + metal + parts("black plastic", *feet)


VACUUM_RADIUS = 0.17


def robot_vacuum() -> Parts:
    """A disc 34 cm across and 9 cm high that drives towards -y: bumper in front, sensor turret behind the middle."""
    r = VACUUM_RADIUS
    side = [[r - 0.02, 0.012], [r - 0.012, 0.02], [r - 0.008, 0.062], [r - 0.02, 0.072]]
    body = lathe([[AXIS, 0.012], *side, [AXIS, 0.074]], 64)
    lid = lathe([[0.125, 0.0725], [0.123, 0.0765], [AXIS, 0.0775]], 64)
    turret = lathe([[0.048, 0.074], [0.048, 0.086], [0.044, 0.090], [AXIS, 0.090]], 40, at=(0, 0.055, 0))
    button = cylinder(0.016, 0.004, at=(0, -0.065, 0.0765))

    def bumper(u: Array, v: Array) -> tuple[Array, Array, Array]:
        angle = np.radians(-172 + 164 * u)
        out = r - 0.002 - 0.010 * (2 * v - 1) ** 4
        return out * np.cos(angle), out * np.sin(angle), 0.014 + 0.05 * v

    wheels = [rounded_box((0.025, 0.07, 0.05), 0.01, at=(x, 0.0, 0.025)) for x in (-0.105, 0.105)]
    bristles = rounded_box((0.085, 0.006, 0.003), 0.001)
    brush = [bristles.placed((0.125, -0.105, 0.006), rotation_z(turn)) for turn in (15, 75, 135)]
    roller = cylinder(0.012, 0.02, at=(0, -0.13, 0.0))
    return [
        *parts("white paint", body),
        *parts("robot lid", lid),
        Part("black plastic", sheet(bumper, 60, 10)),
        *parts("black plastic", turret, *wheels, *brush, roller),
        *parts("orange peel", button),
    ]
