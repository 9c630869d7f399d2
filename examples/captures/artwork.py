"""Pictures of something: the rug's pattern, the paintings on the wall, the view through the window."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from textures import Array, Image, noise, to_bytes

Subject = Literal["hills", "blocks", "plant"]
WINE, NAVY, CREAM = np.array([0.45, 0.20, 0.17]), np.array([0.17, 0.20, 0.29]), np.array([0.78, 0.70, 0.55])
OCHRE, TEAL = np.array([0.62, 0.46, 0.24]), np.array([0.22, 0.36, 0.36])


def rug(height: int = 1024, width: int = 1440, seed: int = 4) -> Image:
    """A woven rug: lattice field with rosettes, a medallion in the middle, a banded border."""
    y, x = np.mgrid[0:height, 0:width].astype(float)
    u, v = x - width / 2, y - height / 2
    image = np.zeros((height, width, 3)) + WINE
    _paint_field(image, u, v)
    _paint_medallion(image, u / width, v / height)
    _paint_border(image, x, y)
    wool = 0.13 * noise((height, width), (height // 3, width // 3), 1, seed)
    wear = 0.05 * noise((height, width), (9, 9), 3, seed + 1) + 0.05 * np.sin(y * np.pi / 2)
    return to_bytes(image * (1 + wool + wear)[..., None])


def _paint_field(image: Array, u: Array, v: Array, period: float = 92) -> None:
    diagonals = (np.abs((u + v) % period - period / 2), np.abs((u - v) % period - period / 2))
    image[np.minimum(*diagonals) < 5] = OCHRE * 0.8
    rosette = np.hypot(u % period - period / 2, v % period - period / 2)
    image[rosette < 15], image[rosette < 7] = CREAM, NAVY


def _paint_medallion(image: Array, u: Array, v: Array) -> None:
    angle = np.arctan2(v, u * 1.4)
    radius = (np.abs(u) / 0.30 + np.abs(v) / 0.36) * (1 + 0.05 * np.cos(12 * angle))
    bands = [(1, NAVY), (0.93, CREAM), (0.88, TEAL), (0.62, OCHRE), (0.57, WINE), (0.34, CREAM), (0.29, NAVY)]
    for limit, colour in [*bands, (0.14, OCHRE)]:
        image[radius < limit] = colour
    image[(np.abs(radius - 0.74) < 0.07) & (np.cos(16 * angle) > 0.25)] = CREAM
    image[(np.abs(radius - 0.45) < 0.06) & (np.cos(12 * angle) > 0.35)] = OCHRE


def _paint_border(image: Array, x: Array, y: Array) -> None:
    height, width = x.shape
    from_side, from_end = np.minimum(x, width - 1 - x), np.minimum(y, height - 1 - y)
    depth = np.minimum(from_side, from_end)
    along = np.where(depth == from_side, y, x)
    bands = [(0, 10, CREAM * 0.9), (10, 96, NAVY), (22, 27, OCHRE), (91, 96, OCHRE), (96, 106, CREAM)]
    for low, high, colour in [*bands, (106, 118, WINE * 0.7)]:
        image[(depth >= low) & (depth < high)] = colour
    lozenge = np.abs(along % 64 - 32) + np.abs(depth - 59)
    for size, colour in ((27, WINE), (19, CREAM), (11, TEAL)):
        image[(depth > 30) & (depth < 88) & (lozenge < size)] = colour


def painting(subject: Subject, seed: int, height: int = 384, width: int = 512) -> Image:
    """A small painting with some canvas grain."""
    paint = {"hills": _hills, "blocks": _blocks, "plant": _plant}[subject]
    image = paint(height, width, seed)
    return to_bytes(image * (1 + 0.05 * noise((height, width), (60, 60), 3, seed)[..., None]))


def _hills(height: int, width: int, seed: int) -> Array:
    y, x = np.mgrid[0:height, 0:width]
    down = (y / height)[..., None]
    image: Array = np.array([0.95, 0.82, 0.66]) * down + np.array([0.62, 0.71, 0.78]) * (1 - down)
    image[np.hypot(x - width * 0.66, y - height * 0.36) < height * 0.09] = [0.98, 0.92, 0.78]
    for k in range(6):
        skyline = 0.42 + 0.09 * k + 0.07 * noise((1, width), (1, 2 + k), 4, seed + k)[0]
        near = k / 6
        colour = np.array([0.47, 0.48, 0.57]) * (1 - near) + np.array([0.12, 0.20, 0.19]) * near
        image = np.where(down > skyline[None, :, None], colour, image)
    return image


def _blocks(height: int, width: int, seed: int) -> Array:
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    image = np.full((height, width, 3), [0.92, 0.89, 0.82])
    palette = [[0.68, 0.32, 0.24], [0.18, 0.26, 0.37], [0.80, 0.64, 0.32], [0.2, 0.2, 0.2], [0.50, 0.61, 0.58]]
    for k in range(9):
        centre_x, centre_y = rng.uniform(0.15, 0.85) * width, rng.uniform(0.15, 0.85) * height
        a, b = rng.uniform(0.06, 0.24) * width, rng.uniform(0.06, 0.26) * height
        disc = np.hypot((x - centre_x) / a, (y - centre_y) / b) < 1
        block = (np.abs(x - centre_x) < a) & (np.abs(y - centre_y) < b * 0.6)
        image[disc if k % 3 == 0 else block] = palette[k % 5]
    return image


def _plant(height: int, width: int, seed: int) -> Array:
    y, x = np.mgrid[0:height, 0:width]
    image = np.full((height, width, 3), [0.90, 0.88, 0.81])
    for k in range(11):
        angle, length = -np.pi / 2 + (k - 5) * 0.23, height * (0.62 - 0.02 * abs(k - 5))
        along = (x - width / 2) * np.cos(angle) + (y - height * 0.9) * np.sin(angle)
        across = -(x - width / 2) * np.sin(angle) + (y - height * 0.9) * np.cos(angle)
        outline = height * 0.045 * np.sin(np.pi * np.clip(along / length, 0, 1))
        shade = 1 + 0.12 * ((k * 7 + seed) % 5 - 2)
        image[(along > 0) & (along < length) & (np.abs(across) < outline)] = np.array([0.22, 0.38, 0.29]) * shade
    taper = 1 - 0.3 * (y / height - 0.8) / 0.2
    pot = (np.abs(x - width / 2) < height * 0.10 * taper) & (y > height * 0.8) & (y < height * 0.96)
    image[pot] = [0.66, 0.45, 0.35]
    return image


def view_outside(height: int = 512, width: int = 1024, seed: int = 9) -> NDArray[np.float32]:
    """Sky over hazy hills and trees in linear light, (height, width, 3); the horizon is half-way down.

    The land stays under 0.2, or it would burn out to snow, and all is blurred a little as a far view is.
    """
    y = np.mgrid[0:height, 0:width][0] / height
    zenith, haze = np.array([0.55, 0.70, 0.92]), np.array([0.93, 0.95, 0.97])
    blend = np.clip(y / 0.5, 0, 1)[..., None]
    image = zenith * (1 - blend) + haze * blend
    cloud = np.clip(noise((height, width), (4, 4), 6, seed) * 0.5 + 0.1, 0, 1)[..., None]
    image = image * (1 - cloud * (1 - blend)) + cloud * (1 - blend)
    layers = [(0.49, (0.52, 0.57, 0.61), 0.012, 6), (0.56, (0.30, 0.34, 0.30), 0.022, 18)]
    layers += [(0.66, (0.22, 0.25, 0.19), 0.03, 30), (0.80, (0.30, 0.33, 0.24), 0.01, 4)]
    for k, (level, colour, roughness, bumps) in enumerate(layers):
        skyline = level + roughness * noise((1, width), (1, bumps), 5, seed + k + 1)[0]
        mottle = 1 + (0.03, 0.10, 0.12, 0.06)[k] * noise((height, width), (50, 100), 3, seed + k + 20)
        image = np.where((y > skyline[None])[..., None], np.array(colour) * mottle[..., None], image)
    blurred = ndimage.gaussian_filter(np.clip(image, 0, 1), (2.5, 2.5, 0), mode=["nearest", "wrap", "nearest"])
    return (blurred**2.2).astype(np.float32)
