"""Small things that stand on tables, shelves or the floor; each stands on z = 0."""

import numpy as np
from meshes import AXIS, ball, lathe, rounded_box, tube
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
