"""Procedural textures as uint8 sRGB images of shape (height, width, 3); all repeat without a seam."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Image = NDArray[np.uint8]
Colour = Sequence[float]
"""sRGB, 0 to 1."""


def to_bytes(image: Array) -> Image:
    """Round an image of 0 to 1 to uint8."""
    return np.clip(np.round(image * 255), 0, 255).astype(np.uint8)


def noise(
    shape: tuple[int, int], cells: tuple[float, float], octaves: int = 5, seed: int = 0, gain: float = 0.5
) -> Array:
    """Periodic fractal value noise, unit variance; `cells` counts the coarsest cells down and across."""
    rng = np.random.default_rng(seed)
    total, weight, power = np.zeros(shape), 1.0, 0.0
    for octave in range(octaves):
        counts = [max(1, int(c * 2**octave)) for c in cells]
        grid = rng.standard_normal(counts)
        low, high, blend = [], [], []
        for size, count in zip(shape, counts, strict=True):
            position = np.arange(size) * count / size
            start = position.astype(int)
            t = position - start
            low.append(start % count)
            high.append((start + 1) % count)
            blend.append(t * t * (3 - 2 * t))
        down, across = blend[0][:, None], blend[1][None]
        top = grid[low[0]][:, low[1]] * (1 - across) + grid[low[0]][:, high[1]] * across
        bottom = grid[high[0]][:, low[1]] * (1 - across) + grid[high[0]][:, high[1]] * across
        total += weight * (top * (1 - down) + bottom * down)
        power += weight**2
        weight *= gain
    scaled: Array = total / np.sqrt(power)
    return scaled


def board(shape: tuple[int, int], colour: Colour, seed: int, contrast: float = 0.16, rings: float = 9) -> Array:
    """One wooden board as floats, grain along the width."""
    height, width = shape
    rng = np.random.default_rng(seed)
    warp = noise(shape, (2, 1), 3, seed + 1, 0.35) * 0.13  # more than about 0.15 turns the grain to zigzags
    across = np.linspace(0, 1, height)[:, None] + rng.uniform(0, 9)
    ring = np.sin((across + warp) * rings * np.pi) * 0.5 + 0.5
    fibre = noise(shape, (max(2, height // 3), max(2, width // 90)), 2, seed + 2)
    pores = np.clip(noise(shape, (max(2, height // 2), max(2, width // 40)), 1, seed + 3) - 1.1, 0, 1)
    value = 1 - 0.55 * contrast * ring**2 + 0.06 * fibre - 0.7 * contrast * pores
    image: Array = np.asarray(colour, float) * value[..., None]
    image[..., 2] *= 1 - 0.06 * ring
    return image


def wood(colour: Colour, seed: int, contrast: float = 0.2, size: int = 512) -> Image:
    """Furniture wood, grain along u."""
    return to_bytes(board((size, size), colour, seed, contrast, 14))


def plank_floor(size: int = 2048, rows: int = 20, seed: int = 3) -> Image:
    """Oak planks with dark gaps, `rows` to the image, three staggered lengths to the row."""
    rng = np.random.default_rng(seed)
    image = np.zeros((size, size, 3))
    tones = np.array([[0.76, 0.61, 0.45], [0.72, 0.57, 0.41], [0.80, 0.66, 0.50], [0.70, 0.55, 0.40]])
    height = size // rows
    for row in range(rows):
        joints = np.sort((rng.integers(0, size) + np.array([0, 0.36, 0.71]) * size).astype(int) % size)
        for k in range(3):
            length = int((joints[(k + 1) % 3] - joints[k]) % size)
            tone = tones[rng.integers(len(tones))] * rng.uniform(0.95, 1.05)
            seed_of_plank, rings = int(rng.integers(1_000_000)), float(rng.integers(3, 8))
            plank = board((height, length), tone, seed_of_plank, 0.15, rings)
            plank[:, :3] *= 0.45
            plank[:2] *= 0.5
            plank[-1:] *= 0.75
            image[row * height : (row + 1) * height, (joints[k] + np.arange(length)) % size] = plank
    image[rows * height :] = image[: size - rows * height]
    return to_bytes(image)


def plaster(colour: Colour, seed: int = 5, unevenness: float = 0.02, size: int = 1024) -> Image:
    """A painted wall with a little unevenness and grain."""
    uneven = unevenness * noise((size, size), (6, 6), 4, seed)
    grain = 0.012 * noise((size, size), (300, 300), 1, seed + 1)
    return to_bytes(np.asarray(colour, float) * (1 + uneven + grain)[..., None])


def cloth(colour: Colour, seed: int = 6, grain: float = 0.10, size: int = 512) -> Image:
    """Woven cloth; coarse noise stays near 1 %, for more looks stained."""
    y, x = np.mgrid[0:size, 0:size]
    warp = 0.5 * np.sin(x * 2 * np.pi / 6) * np.sign(np.sin(y * 2 * np.pi / 12))
    weft = 0.5 * np.sin(y * 2 * np.pi / 6) * np.sign(np.sin(x * 2 * np.pi / 12))
    fine = 0.6 * grain * noise((size, size), (180, 180), 1, seed)
    coarse = 0.012 * noise((size, size), (5, 5), 3, seed + 2)
    return to_bytes(np.asarray(colour, float) * (1 + 0.05 * (warp + weft) + fine + coarse)[..., None])


def stripes(colours: Sequence[Colour], repeats: int = 4, seed: int = 2, size: int = 512) -> Image:
    """Cloth with stripes along v."""
    stripe = (np.arange(size) * repeats * len(colours) // size) % len(colours)
    image = np.repeat(np.asarray(colours, float)[stripe][None], size, axis=0)
    return to_bytes(image * (1 + 0.07 * noise((size, size), (170, 170), 1, seed)[..., None]))


def _leaf_mask(x: Array, y: Array, angle: float, length: float, width: float) -> Array:
    """Coverage of a pointed leaf with a lighter midrib, centred at x = y = 0."""
    along = x * np.cos(angle) + y * np.sin(angle)
    across = -x * np.sin(angle) + y * np.cos(angle)
    outline = width * np.sin(np.pi * np.clip((along / length + 1) / 2, 0, 1)) ** 0.8
    inside = np.clip((outline - np.abs(across)) * len(x) / 2, 0, 1) * (np.abs(along) < length)
    midrib = np.clip(np.abs(across) * len(x) / 1.5, 0.25, 1)
    mask: Array = inside * midrib
    return mask


def wallpaper(ground: Colour, leaves: Colour, size: int = 1024, seed: int = 8) -> Image:
    """Two sprigs of ten leaves each on a plain ground."""
    y, x = np.mgrid[0:size, 0:size] / size
    mask = np.zeros((size, size))

    def wrapped(offset: Array) -> Array:
        near: Array = (offset + 0.5) % 1 - 0.5
        return near

    for centre in (0.25, 0.75):
        for t in np.linspace(-0.5, 0.5, 5):
            stem = centre + 0.02 * np.sin(6 * t)
            for side in (-1, 1):
                dx, dy = wrapped(x - stem - 0.075 * side), wrapped(y - centre - 0.42 * t + 0.02)
                mask = np.maximum(mask, _leaf_mask(dx, dy, -0.75 * side, 0.085, 0.028))
        dy = wrapped(y - centre)
        distance = np.abs(wrapped(x - centre - 0.02 * np.sin(6 * dy / 0.42)))
        mask = np.maximum(mask, np.clip((0.0045 - distance) * size / 2, 0, 1) * (np.abs(dy) < 0.25))
    blend = mask[..., None]
    image = np.asarray(ground, float) * (1 - blend) + np.asarray(leaves, float) * blend
    return to_bytes(image * (1 + 0.015 * noise((size, size), (250, 250), 1, seed)[..., None]))


def wall_tiles(colour: Colour = (0.93, 0.92, 0.89), columns: int = 4, rows: int = 8, seed: int = 12) -> Image:
    """Glazed tiles twice as wide as high, laid half over each other, with grey joints."""
    size, joint = 1024, 5
    y, x = np.mgrid[0:size, 0:size]
    height, width = size // rows, size // columns
    row = y // height
    along = (x + row % 2 * width // 2) % size
    tints = 1 + 0.025 * np.random.default_rng(seed).standard_normal((rows, columns))
    tile = np.asarray(colour, float) * tints[row, along // width][..., None]
    edge = np.minimum.reduce([y % height, height - 1 - y % height, along % width, width - 1 - along % width])
    shade = np.clip((edge - joint / 2) / 6, 0, 1)[..., None]
    return to_bytes(np.where(edge[..., None] < joint / 2, 0.80, tile * (0.90 + 0.10 * shade)))


def floor_tiles(light: Colour, dark: Colour, count: int = 4, seed: int = 13, size: int = 2048) -> Image:
    """A chequerboard of stone tiles with veins and thin joints, `count` to the side."""
    y, x = np.mgrid[0:size, 0:size]
    width = size // count
    chequer = ((x // width + y // width) % 2)[..., None]
    tints = 1 + 0.03 * np.random.default_rng(seed).standard_normal((count, count))
    cloud = 0.035 * noise((size, size), (7, 7), 6, seed, 0.6)
    vein = np.abs(noise((size, size), (5, 5), 5, seed + 1))
    stone = np.where(chequer == 0, np.asarray(light, float), np.asarray(dark, float))
    stone = stone * (tints[y // width, x // width] * (1 + cloud - 0.06 * np.exp(-((vein / 0.03) ** 2))))[..., None]
    edge = np.minimum.reduce([y % width, width - 1 - y % width, x % width, width - 1 - x % width])
    return to_bytes(np.where(edge[..., None] < 3, 0.48, stone))
