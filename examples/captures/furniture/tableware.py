"""Small things that stand on tables, shelves or the floor; each stands on z = 0."""

import numpy as np
from meshes import AXIS, ball, cylinder, lathe, rotation_x, rotation_y, rotation_z, rounded_box, tube
from scene import Parts, parts

from furniture.plants import vase_profile


def mug() -> Parts:
    """A mug, its handle towards the front."""
    outline = [[AXIS, 0], [0.034, 0], [0.038, 0.005], [0.040, 0.085], [0.039, 0.09], [0.036, 0.088], [0.034, 0.010]]
    bend = np.linspace(0.15, 3.0, 12)
    handle = [[0, -0.038 - 0.028 * np.sin(a), 0.047 + 0.028 * np.cos(a)] for a in bend]
    return parts("white ceramic", lathe([*outline, [AXIS, 0.008]], 36), tube(handle, 0.006))


def fruit_bowl() -> Parts:
    """A wide bowl with four oranges."""
    outline = [[AXIS, 0], [0.05, 0], [0.055, 0.008], [0.10, 0.035], [0.135, 0.078], [0.132, 0.082], [0.095, 0.043]]
    bowl = lathe([*outline, [0.05, 0.018], [AXIS, 0.014]], 48)
    spots = [(-0.05, 0, 0.055), (0.035, 0.045, 0.057), (0.03, -0.045, 0.055), (-0.005, 0.005, 0.112)]
    oranges = [ball(0.038, 0.036, at=spot) for spot in spots]
    return parts("teal ceramic", bowl) + parts("orange peel", *oranges)


def plate() -> Parts:
    """A dinner plate, 24 cm across."""
    outline = [[AXIS, 0], [0.07, 0], [0.12, 0.014], [0.119, 0.017], [0.07, 0.005], [AXIS, 0.004]]
    return parts("white ceramic", lathe(outline, 48))


def vase() -> Parts:
    """A slim white vase, empty."""
    return parts("white ceramic", lathe([*vase_profile(0.042, 0.03, 0.21), [0.026, 0.20]], 36))


def wooden_box() -> Parts:
    """A small closed box."""
    return parts("walnut", rounded_box((0.16, 0.17, 0.14), 0.006, at=(0, 0, 0.07)))


def basket() -> Parts:
    """A round waste-paper basket, 31 cm high."""
    outline = [[AXIS, 0], [0.125, 0], [0.135, 0.01], [0.16, 0.295], [0.168, 0.302], [0.165, 0.312], [0.156, 0.308]]
    return parts("wicker", lathe([*outline, [0.130, 0.02], [AXIS, 0.015]], 48))


def jar(content: str, radius: float, height: float) -> Parts:
    """A straight jar filled with `content`, a material, closed with a wooden lid."""
    r, shoulder = radius, height - 0.045
    outline = [[AXIS, 0], [r - 0.008, 0], [r, 0.008], [r, shoulder - 0.02], [r - 0.006, shoulder - 0.005]]
    body = lathe([*outline, [r - 0.012, shoulder], [AXIS, shoulder]], 40)
    lid = cylinder(r - 0.008, 0.032, at=(0, 0, shoulder), segments=40, bevel=0.005)
    knob = lathe([[0.010, height - 0.014], [0.016, height - 0.006], [AXIS, height]], 20)
    return parts(content, body) + parts("oak", lid, knob)


def cooking_pot() -> Parts:
    """An enamelled pot with a lid and two handles."""
    body = [[AXIS, 0], [0.105, 0], [0.115, 0.010], [0.118, 0.115], [0.122, 0.12], [AXIS, 0.12]]
    lid = [[0.122, 0.12], [0.121, 0.128], [0.09, 0.148], [0.02, 0.158], [AXIS, 0.158]]
    knob = [[0.008, 0.156], [0.010, 0.170], [0.020, 0.178], [0.016, 0.188], [AXIS, 0.190]]
    bend = np.linspace(0, np.pi, 10)
    grips = [[[side * (0.112 + 0.035 * np.sin(a)), 0.05 * np.cos(a), 0.095] for a in bend] for side in (-1, 1)]
    meshes = [lathe(body, 48), lathe(lid, 48), *(tube(grip, 0.008, 10) for grip in grips)]
    return parts("teal ceramic", *meshes) + parts("brass", lathe(knob, 24))


def dish_rack() -> Parts:
    """A wire rack with four plates standing in it."""
    wires = [tube([[x, y, 0.012], [x, y, 0.10]], 0.003, 8) for x in np.linspace(-0.18, 0.18, 9) for y in (-0.09, 0.09)]
    for z in (0.012, 0.055, 0.10):
        wires += [tube([[-0.19, y, z], [0.19, y, z]], 0.0035, 8) for y in (-0.09, 0.09)]
        wires += [tube([[x, -0.09, z], [x, 0.09, z]], 0.0035, 8) for x in (-0.19, 0.19)]
    tray = rounded_box((0.42, 0.24, 0.010), 0.004, at=(0, 0, 0.005))
    dishes = []
    for k, x in enumerate((-0.13, -0.07, -0.01, 0.06)):
        for part in plate():
            standing = part.mesh.placed((x, 0.0, 0.135), rotation_z(4 * k - 6) @ rotation_y(-80))
            dishes.append(standing)
    return parts("steel", *wires) + parts("black plastic", tray) + parts("white ceramic", *dishes)


def knife_block() -> Parts:
    """A slanted wooden block with five knives."""
    lean = rotation_x(22)
    block = rounded_box((0.11, 0.10, 0.20), 0.006, grain=2).placed((0, 0, 0.112), lean)
    handles = []
    for x, y in ((-0.033, 0.02), (0, 0.02), (0.033, 0.02), (-0.018, -0.02), (0.02, -0.02)):
        grip = rounded_box((0.018, 0.026, 0.10), 0.007, at=(x, y, 0.15))
        handles.append(grip.placed((0, 0, 0.112), lean))
    return parts("walnut", block) + parts("black plastic", *handles)


def chopping_board() -> Parts:
    """A board that leans against the wall behind it, which is at y = 0."""
    board = rounded_box((0.26, 0.02, 0.38), 0.009, at=(0, 0, 0.19), steps=4, grain=2)
    return parts("walnut", board.placed((0, -0.085, 0.002), rotation_x(-11)))


def pedal_bin() -> Parts:
    """A steel pedal bin, 62 cm high."""
    body = lathe([[AXIS, 0.0], [0.15, 0.0], [0.152, 0.012], [0.152, 0.55], [AXIS, 0.55]], 48)
    lid = lathe([[0.156, 0.545], [0.156, 0.565], [0.140, 0.595], [0.08, 0.614], [AXIS, 0.62]], 48)
    foot = rounded_box((0.07, 0.06, 0.012), 0.004, at=(0, -0.165, 0.022))
    ring = lathe([[0.154, 0.0], [0.158, 0.004], [0.158, 0.03], [0.153, 0.034]], 48)
    return parts("steel", body) + parts("black plastic", lid, foot, ring)


def oil_bottle() -> Parts:
    """A slim bottle of olive oil with a cork, 31 cm high."""
    glass = [[AXIS, 0], [0.032, 0], [0.036, 0.006], [0.036, 0.17], [0.030, 0.20], [0.014, 0.235], [0.014, 0.285]]
    cork = cylinder(0.010, 0.03, at=(0, 0, 0.28))
    return parts("peas", lathe([*glass, [AXIS, 0.285]], 32)) + parts("oak", cork)


def utensil_pot() -> Parts:
    """A stoneware pot with four wooden spoons."""
    pot = [[AXIS, 0], [0.052, 0], [0.058, 0.006], [0.060, 0.150], [0.056, 0.152], [0.052, 0.05]]
    spoons = []
    for k, (lean, length) in enumerate(((14, 0.30), (-12, 0.28), (10, 0.27), (-16, 0.29))):
        turn = rotation_z(75 * k) @ rotation_y(lean)
        shaft = cylinder(0.006, length, segments=10)
        head = ball(0.024, 0.036, at=(0, 0, length + 0.02), segments=16)
        spoons += [mesh.placed((0, 0, 0.012), turn) for mesh in (shaft, head)]
    return parts("cream enamel", lathe(pot, 36)) + parts("oak", *spoons)
