"""What is fixed to walls and ceiling or plugged in: radiator, lamps, clock, switch, socket, television, picture."""

import numpy as np
from meshes import AXIS, Mesh, ball, cylinder, lathe, rotation_x, rotation_y, rounded_box, sheet, tube
from scene import Parts, parts


def radiator(columns: int = 9) -> Parts:
    """A cast-iron column radiator 0.77 m high, its valve on the left, both pipes into the floor."""
    pitch, middle = 0.057, -0.115
    half = columns * pitch / 2
    meshes = []
    for k in range(columns):
        x = (k + 0.5) * pitch - half
        for y in (middle - 0.045, middle + 0.03):
            meshes.append(rounded_box((0.042, 0.028, 0.62), 0.0135, at=(x, y, 0.45), steps=4))
        for z in (0.17, 0.735):
            meshes.append(rounded_box((0.044, 0.105, 0.07), 0.02, at=(x, middle - 0.008, z), steps=4))
    along = rotation_y(90)
    meshes.append(cylinder(0.019, 2 * half - 0.01, at=(0.005 - half, middle, 0.73), turn=along))
    meshes.append(cylinder(0.019, 2 * half + 0.035, at=(-0.04 - half, middle, 0.175), turn=along))
    inlet, outlet = -half - 0.04, half - 0.5 * pitch
    pipes = [cylinder(0.009, 0.16, at=(x, middle, 0)) for x in (inlet, outlet)]
    trim = [cylinder(0.02, 0.02, at=(x, middle, 0)) for x in (inlet, outlet)]
    trim.append(cylinder(0.021, 0.065, at=(inlet, middle - 0.02, 0.19), turn=rotation_x(90)))
    return parts("enamel", *meshes) + parts("steel", *pipes) + parts("white paint", *trim)


def floor_lamp() -> Parts:
    """A brass standard lamp with a drum shade, 1.6 m high."""
    foot = [[AXIS, 0], [0.14, 0], [0.14, 0.012], [0.13, 0.02], [0.02, 0.028], [0.011, 0.05], [0.011, 1.36]]
    rims = [lathe([[0.207, 1.297], [0.2065, 1.306]], 48), lathe([[0.1515, 1.594], [0.1505, 1.602]], 48)]
    shade = lathe([[0.205, 1.30], [0.15, 1.60]], 48)
    return parts("brass", lathe([*foot, [AXIS, 1.36]], 36), *rims) + parts("lamp shade", shade)


def pendant_lamp(drop: float = 0.42) -> Parts:
    """A lamp on a cord; the origin is on the ceiling."""
    cord = [cylinder(0.004, drop, at=(0, 0, -drop), segments=8), cylinder(0.05, 0.02, at=(0, 0, -0.02))]
    outline = [[0.175, -0.60], [0.16, -0.52], [0.11, -0.45], [0.05, -0.42]]
    shade = lathe([[r, z + 0.42 - drop] for r, z in outline], 48)
    bulb = ball(0.045, at=(0, 0, -drop - 0.12))
    return parts("black plastic", *cord) + parts("lamp shade", shade) + parts("bulb", bulb)


def clock(radius: float = 0.13, hour: float = 10.15) -> Parts:
    """A round wall clock."""
    out = rotation_x(90)
    face = cylinder(radius, 0.02, turn=out, segments=48)
    outer = radius + 0.012
    rim = lathe([[radius, 0], [outer, 0], [outer, 0.028], [radius, 0.028], [radius, 0]], 48, turn=out)

    def bar(size: tuple[float, float, float], offset: float, degrees: float, y: float) -> Mesh:
        upright = rounded_box(size, 0.0005, at=(0, y, offset), steps=1)
        return upright.placed(turn=rotation_y(degrees))

    minutes = hour % 1 * 360
    marks = [bar((0.006, 0.002, 0.018), radius * 0.85, 30 * k, -0.0215) for k in range(12)]
    hands = [bar((0.010, 0.003, 0.085), 0.035, hour * 30, -0.023), bar((0.007, 0.003, 0.11), 0.045, minutes, -0.026)]
    return parts("white paint", face) + parts("dark wood", rim) + parts("black plastic", *marks, *hands)


def light_switch() -> Parts:
    """A square rocker switch, pressed a little."""
    plate = rounded_box((0.082, 0.010, 0.082), 0.004, at=(0, -0.005, 0))
    rocker = rounded_box((0.04, 0.012, 0.06), 0.003, at=(0, -0.009, 0), turn=rotation_x(4))
    return parts("white paint", plate, rocker)


def power_socket() -> Parts:
    """A square socket with a round well."""
    plate = rounded_box((0.082, 0.010, 0.082), 0.004, at=(0, -0.005, 0))
    well = cylinder(0.018, 0.003, at=(0, -0.0085, 0), turn=rotation_x(90))
    return parts("white paint", plate) + parts("black plastic", well)


PEGS = (-0.21, -0.07, 0.07, 0.21)
"""Where the coat rack's pegs are along x, metres."""


def coat_rack() -> Parts:
    """A board with four pegs, centred at the origin on the wall."""
    board = rounded_box((0.60, 0.018, 0.09), 0.005, at=(0, -0.009, 0))
    bend = [[-0.012, 0.0], [-0.05, -0.004], [-0.072, 0.012], [-0.078, 0.035]]
    pegs = [tube([[x, y, z] for y, z in bend], [0.007, 0.006, 0.006, 0.007]) for x in PEGS]
    knobs = [ball(0.011, at=(x, -0.078, 0.038), segments=16) for x in PEGS]
    return parts("oak", board) + parts("brass", *pegs, *knobs)


def television() -> Parts:
    """A 1.1 m wide set on a foot, standing on z = 0."""
    case = rounded_box((1.10, 0.03, 0.64), 0.008, at=(0, 0, 0.39))
    foot = rounded_box((0.30, 0.18, 0.012), 0.005, at=(0, 0, 0.006))
    neck = rounded_box((0.08, 0.03, 0.10), 0.005, at=(0, 0, 0.05))
    screen = rounded_box((1.07, 0.004, 0.61), 0.001, at=(0, -0.0165, 0.39), steps=1)
    return parts("black plastic", case, foot, neck) + parts("screen", screen)


def picture(canvas: str, width: float, height: float, frame: str = "dark wood", mount: float = 0.0) -> Parts:
    """A framed picture centred at the origin, with a card mount of the given width round the painting."""

    def plane(y: float, inset: float) -> Mesh:
        w, h = width - 2 * inset, height - 2 * inset
        return sheet(lambda u, v: ((u - 0.5) * w, y, (0.5 - v) * h), 2, 2)

    b = 0.028
    wide, tall = (width + 2 * b, 0.024, b), (b, 0.024, height)
    bars = [rounded_box(wide, 0.005, at=(0, -0.012, s * (height + b) / 2)) for s in (-1, 1)]
    bars += [rounded_box(tall, 0.005, at=(s * (width + b) / 2, -0.012, 0), grain=2) for s in (-1, 1)]
    return parts("card", plane(-0.007, 0.0)) + parts(canvas, plane(-0.0085, mount)) + parts(frame, *bars)


def globe(radius: float = 0.085) -> Parts:
    """An ornamental globe in a brass meridian on a foot, standing on z = 0."""
    angle = np.linspace(0, np.pi, 24)
    centre = radius + 0.06
    foot = lathe([[AXIS, 0], [0.06, 0], [0.06, 0.008], [0.012, 0.016], [0.010, 0.06], [AXIS, 0.06]], 24)
    reach = radius + 0.010
    meridian = tube([[reach * np.sin(a), 0, centre - reach * np.cos(a)] for a in angle], 0.004)
    return parts("teal ceramic", ball(radius, at=(0, 0, centre), segments=36)) + parts("brass", foot, meridian)


def dome_lamp(drop: float) -> Parts:
    """An enamelled dome on a cord, its rim `drop` below the ceiling, where the origin is."""
    neck = drop - 0.20
    outline = [[0.150, -0.20], [0.148, -0.185], [0.125, -0.115], [0.085, -0.06], [0.040, -0.035], [0.030, 0.0]]
    cord = [cylinder(0.004, neck, at=(0, 0, -neck), segments=8), cylinder(0.05, 0.02, at=(0, 0, -0.02))]
    shade = lathe([*([r, z - neck] for r, z in outline), [AXIS, -neck]], 48)
    rim = lathe([[0.147, -drop], [0.153, -drop], [0.153, 0.008 - drop], [0.147, 0.008 - drop]], 48)
    bulb = ball(0.045, at=(0, 0, 0.07 - drop))
    return parts("black plastic", *cord) + parts("teal ceramic", shade) + parts("brass", rim) + parts("bulb", bulb)
