"""Rug and scarf."""

import numpy as np
from meshes import Array, rounded_box, sheet
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
