"""Potted plant and vase of flowers."""

import numpy as np
from meshes import AXIS, Array, ball, lathe, leaf, rotation_x, rotation_y, rotation_z, tube
from scene import Part, Parts, parts

GOLDEN_ANGLE = 137.5


def _stem_path(rng: np.random.Generator, azimuth: float, elevation: float) -> Array:
    """Points of a stem from the pot's middle, drooping more the flatter it starts."""
    outward = np.array([np.cos(np.radians(azimuth)), np.sin(np.radians(azimuth)), 0.0])
    direction = outward * np.cos(elevation) + [0, 0, np.sin(elevation)]
    s = np.linspace(0, 1, 8)[:, None]
    length = rng.uniform(0.30, 0.68)
    droop = np.array([0, 0, -0.10]) * np.cos(elevation)
    path: Array = np.array([0, 0, 0.27]) + length * s * direction + droop * s**2 + 0.03 * outward * s
    return path


def potted_plant(seed: int, stems: int = 22) -> Parts:
    """A leafy plant in a terracotta pot; stems follow the golden angle, as real ones do."""
    rng = np.random.default_rng(seed)
    pot = [[AXIS, 0], [0.11, 0], [0.115, 0.01], [0.155, 0.27], [0.172, 0.272], [0.175, 0.305], [0.165, 0.31]]
    pieces = parts("terracotta", lathe([*pot, [0.15, 0.30], [0.14, 0.26]]))
    pieces += parts("soil", lathe([[0.148, 0.27], [AXIS, 0.275]], 30))
    for k in range(stems):
        azimuth = k * GOLDEN_ANGLE + rng.uniform(-15, 15)
        elevation = np.radians(rng.uniform(56, 87))
        path = _stem_path(rng, azimuth, elevation)
        blade = leaf(rng.uniform(0.24, 0.34), rng.uniform(0.11, 0.16), rng.uniform(0.8, 1.5), 0.18)
        turn = rotation_z(azimuth) @ rotation_y(-np.degrees(elevation) * 0.55) @ rotation_x(rng.uniform(-18, 18))
        pieces.append(Part("stem", tube(path, np.linspace(0.006, 0.003, 8), 8)))
        pieces.append(Part("dark leaf" if k % 3 else "light leaf", blade.placed(path[-1], turn)))
    return pieces


def vase_profile(foot: float, belly: float, height: float) -> list[list[float]]:
    """The (radius, height) outline of an open vase, upwards on the outside."""
    t = np.linspace(0, 1, 20)
    radius = foot + 0.002 + belly * np.sin(np.pi * t**0.8) - 0.014 * t
    return [[AXIS, 0.0], [foot, 0.0], *np.stack([radius, height * t], axis=1).tolist()]


def vase_of_flowers(seed: int, blooms: int = 9) -> Parts:
    """A vase with a loose bunch of flowers, standing on z = 0."""
    rng = np.random.default_rng(seed)
    pieces = parts("teal ceramic", lathe([*vase_profile(0.04, 0.036, 0.24), [0.022, 0.235]]))
    for k in range(blooms):
        azimuth = rng.uniform(0, 360)
        outward = np.array([np.cos(np.radians(azimuth)), np.sin(np.radians(azimuth)), 0])
        s = np.linspace(0, 1, 7)[:, None]
        rise = np.array([0, 0, rng.uniform(0.18, 0.30)])
        path = np.array([0, 0, 0.18]) + s * rise + s**2 * outward * rng.uniform(0.04, 0.12)
        petals = [
            leaf(0.04, 0.022, 0.6, 0.1, 5).placed(path[-1], rotation_z(j * 45) @ rotation_y(-25)) for j in range(8)
        ]
        pieces.append(Part("light leaf", tube(path, 0.0025, 6)))
        pieces += parts("pink petal" if k % 2 else "cream petal", *petals)
        pieces.append(Part("mustard cloth", ball(0.009, 0.006, at=path[-1] + [0, 0, 0.005], segments=12)))
    return pieces


def herb_pot(seed: int) -> Parts:
    """A small bushy herb in a glazed pot, 22 cm high or a little more."""
    rng = np.random.default_rng(seed)
    pot = [[AXIS, 0], [0.042, 0], [0.045, 0.004], [0.058, 0.098], [0.062, 0.10], [0.056, 0.104], [0.050, 0.09]]
    pieces = parts("cream enamel", lathe(pot, 32)) + parts("soil", lathe([[0.052, 0.09], [AXIS, 0.092]], 24))
    for k in range(34):
        azimuth, elevation = k * GOLDEN_ANGLE, rng.uniform(25, 88)
        turn = rotation_z(azimuth) @ rotation_y(-elevation)
        root = np.array([0, 0, 0.085])
        tip = root + turn @ [rng.uniform(0.06, 0.12), 0, 0]
        blade = leaf(rng.uniform(0.045, 0.065), 0.036, 0.8, 0.15, 5)
        pieces.append(Part("stem", tube(np.stack([root, (tip + np.array([0, 0, 0.095])) / 2, tip]), 0.0015, 6)))
        pieces.append(Part("light leaf" if k % 2 else "dark leaf", blade.placed(tip, turn @ rotation_y(40))))
    return pieces
