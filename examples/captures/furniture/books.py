"""Books and a bookshelf to stand them in."""

from collections.abc import Iterator

import numpy as np
from meshes import Array, box_between, rotation_y, rotation_z, rounded_box
from numpy.typing import ArrayLike
from scene import Part, Parts, parts

BOOK_COLOUR_COUNT = 12
COVER = 0.0025


def book(size: tuple[float, float, float], colour: int, at: ArrayLike, turn: Array | None = None) -> Parts:
    """A closed book of (thickness, depth, height), upright with its spine towards -y, centred at `at`."""
    thick, depth, tall = size
    cover = f"book {colour % BOOK_COLOUR_COUNT}"
    side, page = (COVER, depth, tall), thick / 2 - COVER
    pieces = [
        *parts(
            cover,
            rounded_box(side, 0.001, at=(COVER / 2 - thick / 2, 0, 0), steps=1, cells=1),
            rounded_box(side, 0.001, at=(thick / 2 - COVER / 2, 0, 0), steps=1, cells=1),
            rounded_box((thick, 0.003, tall), 0.0012, at=(0, -depth / 2, 0), steps=2, cells=1),
        ),
        *parts(
            "paper",
            box_between([-page, 0.0045 - depth / 2, 0.004 - tall / 2], [page, depth / 2 - 0.0015, tall / 2 - 0.004]),
        ),
    ]
    for height, z in ((0.006, 0.30 * tall), (0.22 * tall, 0.02 * tall)):
        bar = rounded_box((thick * 0.7, 0.0008, height), 0.0002, at=(0, -depth / 2 - 0.0018, z), steps=1, cells=1)
        pieces.append(Part("gilt", bar))
    return [Part(material, mesh.placed(at, turn)) for material, mesh in pieces]


def lying_stack(sizes: list[tuple[float, float, float]], colours: list[int], turns: list[float]) -> Parts:
    """Books lying on each other on z = 0, each turned about z by its own number of degrees."""
    stack: Parts = []
    height = 0.0
    for size, colour, turn in zip(sizes, colours, turns, strict=True):
        flat = rotation_z(turn) @ rotation_y(90)
        stack += book(size, colour, (0, 0, height + size[0] / 2), flat)
        height += size[0]
    return stack


SHELF_HEIGHTS = (0.06, 0.43, 0.79, 1.13, 1.46, 1.898)
BOARD = 0.022
HALF_WIDTH, DEPTH, HEIGHT = 0.45, 0.31, 1.92


def bookshelf() -> Parts:
    """An oak shelf against a wall: two sides, a back, a plinth and six boards."""
    inner = 2 * HALF_WIDTH - 2 * BOARD
    meshes = [
        rounded_box((BOARD, DEPTH - 0.005, HEIGHT), 0.003, at=(x, -DEPTH / 2 - 0.0025, HEIGHT / 2), grain=2)
        for x in (BOARD / 2 - HALF_WIDTH, HALF_WIDTH - BOARD / 2)
    ]
    back = (inner, 0.008, HEIGHT - 0.08)
    meshes.append(rounded_box(back, 0.001, at=(0, -0.011, HEIGHT / 2 + 0.02), grain=2))
    for height in SHELF_HEIGHTS:
        board = (inner + 0.002, DEPTH - 0.017, BOARD)
        at = (0, -DEPTH / 2 - 0.0065, height + BOARD / 2)
        meshes.append(rounded_box(board, 0.003, at=at, uv_offset=(height, 0.2)))
    meshes.append(rounded_box((inner, 0.016, 0.06), 0.002, at=(0, 0.03 - DEPTH, 0.03)))
    return parts("oak", *meshes)


def _row(rng: np.random.Generator, start: float, end: float, height: float, space: float) -> Iterator[Part]:
    """Upright books of random sizes from x = start to x = end on the board at `height`."""
    x = start
    while True:
        thick, tall, depth = rng.uniform(0.016, 0.046), min(rng.uniform(0.17, 0.27), space), rng.uniform(0.13, 0.19)
        if x + thick > end:
            return
        y = 0.035 - DEPTH + depth / 2 + rng.uniform(0, 0.02)
        colour = int(rng.integers(BOOK_COLOUR_COUNT))
        yield from book((thick, depth, tall), colour, (x + thick / 2, y, height + tall / 2))
        x += thick + 0.0008 + (0.02 if rng.random() < 0.06 else 0.0)


def _leaning(end: float, height: float, colour: int, tilt: float = 14) -> Parts:
    """A book that leans against the row that ends at x = end."""
    tall, thick = 0.22, 0.03
    shift = (tall * np.sin(np.radians(tilt)) + thick * np.cos(np.radians(tilt))) / 2
    rise = (tall * np.cos(np.radians(tilt)) + thick * np.sin(np.radians(tilt))) / 2
    at = (end + shift + 0.004, 0.13 - DEPTH, height + rise)
    return book((thick, 0.16, tall), colour, at, rotation_y(-tilt))


def shelved_books(seed: int) -> Parts:
    """Books for `bookshelf`, unevenly filled, with room for two ornaments on the third and fifth boards."""
    rng = np.random.default_rng(seed)
    first, last = -HALF_WIDTH + BOARD + 0.006, HALF_WIDTH - BOARD - 0.006
    row_ends = {2: 0.12, 4: 0.05}
    books: Parts = []
    for level in range(5):
        height = SHELF_HEIGHTS[level] + BOARD
        space = SHELF_HEIGHTS[level + 1] - height - 0.02
        end = row_ends.get(level, last)
        books += _row(rng, -0.11 if level == 0 else first, end, height, space)
        if level in row_ends:
            books += _leaning(end, height, level + 3)
    stack = lying_stack([(0.02 + 0.004 * k, 0.19, 0.26) for k in (0, 3, 2, 1)], [2, 7, 0, 5], [90, 88, 93, 90])
    books += [Part(m, mesh.placed((-0.27, 0.15 - DEPTH, SHELF_HEIGHTS[0] + BOARD))) for m, mesh in stack]
    return books
