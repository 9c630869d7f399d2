"""Rug and scarf."""

import numpy as np
from meshes import Array, rounded_box, sheet, tube
from scene import Parts, parts


def rug(width: float = 2.15, depth: float = 1.55) -> Parts:
    """A woven rug, a little wavy, 1 cm thick."""

    def surface(u: Array, v: Array) -> tuple[Array, Array, Array]:
        wave = 0.0095 + 0.0012 * np.sin(17 * u + 3 * v)
        return width * (u - 0.5), depth * (0.5 - v), wave

    edge = rounded_box((width - 0.004, depth - 0.004, 0.0075), 0.003, at=(0, 0, 0.00375), steps=2)
    return parts("rug wool", sheet(surface, 60, 40), edge)


def scarf(length: float = 1.15) -> Parts:
    """A scarf hung over a peg at the origin, both ends down."""

    def surface(u: Array, v: Array) -> tuple[Array, Array, Array]:
        down = np.abs(2 * v - 1.04)
        width = 0.06 + 0.09 * down**0.6
        ripple = 0.007 * np.sin(15 * u + 4 * v) * np.minimum(1, 4 * down)
        return (u - 0.5) * width, 0.022 * np.tanh(9 * (v - 0.52)) + ripple, -length / 2 * down

    return parts("scarf wool", sheet(surface, 24, 80, (0.2, length)))


def doormat() -> Parts:
    """A coir mat with a dark edge, 70 by 45 cm."""
    edge = rounded_box((0.70, 0.45, 0.010), 0.004, at=(0, 0, 0.005))
    pile = rounded_box((0.64, 0.39, 0.016), 0.005, at=(0, 0, 0.008))
    return parts("black plastic", edge) + parts("wicker", pile)


def tea_towel(width: float = 0.26, front: float = 0.42, back: float = 0.30) -> Parts:
    """A towel over a rail of 11 mm radius along x at the origin, the longer end in front."""
    bend = np.linspace(0, np.pi, 9)
    over = [(-0.013 * np.cos(a), 0.013 * np.sin(a)) for a in bend]
    profile = np.array([(-0.014, -front), (-0.017, -front / 2), *over, (0.014, -back)])
    run = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(profile, axis=0).T))])

    def surface(u: Array, v: Array) -> tuple[Array, Array, Array]:
        y, z = (np.interp(v * run[-1], run, profile[:, k]) for k in range(2))
        return (u - 0.5) * width * (1 + 0.03 * v), y + 0.003 * np.sin(11 * u + 3 * v), z

    return parts("striped cloth", sheet(surface, 24, 60, (width, float(run[-1]))))


def apron(width: float = 0.52, length: float = 0.78) -> Parts:
    """An apron hung by its neck loop from a peg at the origin."""

    def surface(u: Array, v: Array) -> tuple[Array, Array, Array]:
        flare = np.clip((v - 0.24) / 0.16, 0, 1)
        half = width * (0.17 + 0.04 * v + 0.28 * flare**2 * (3 - 2 * flare))
        fold = 0.014 * np.sin(14 * u + 2 * v) * np.minimum(1, 3 * v)
        return (2 * u - 1) * half, fold - 0.01, -0.12 - length * v

    loop = [[-0.08, 0, -0.125], [-0.035, 0, -0.05], [0, 0, 0.008], [0.035, 0, -0.05], [0.08, 0, -0.125]]
    pocket = rounded_box((0.24, 0.006, 0.16), 0.002, at=(0, -0.026, -0.12 - 0.58 * length))
    cloth = [sheet(surface, 40, 40, (width, length)), tube(loop, 0.005, 8), pocket]
    return parts("sofa cloth", *cloth)
