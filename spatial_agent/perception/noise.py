"""The errors of a depth camera, to be laid over exact depth: noise that grows with distance, and missing pixels.

Noise: a structured-light or stereo camera measures disparity with an error of its own, so that the standard deviation of
depth grows with its square (Khoshelham and Oude Elberink, Accuracy and resolution of Kinect depth data, Sensors 12(2),
2012). They find 1.4 mm at 1 m for a Kinect; Nguyen, Izadi and Lovell (3DIMPVT 2012) 1.9 mm times
(z - 0.4 m)^2 over a base of 1.2 mm. Here every pixel has an error of its own, without the sensor's quantisation.

Dropouts: depth is missing in blotches (dark, shiny or thin things) and along depth edges, which the projector or the second
camera does not see (Mallick, Das and Majumdar, Characterizations of noise in Kinect depth images, IEEE Sensors 2014).
"""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from spatial_agent.errors import InputError

BLOTCH = 24
"""Blotches are about so many pixels wide."""
EDGE_STEP = 0.05
"""Neighbours whose depths differ by more than this share of the depth are at an edge."""
EDGE_WEIGHT = 2.0
"""How much likelier an edge is to be missing, in standard deviations of the field of blotches."""


@dataclass(frozen=True)
class SensorNoise:
    """What a depth camera adds to the truth. A frame has the same errors in every call, whatever else is asked for.

    The errors follow from the seed, the frame's number and the depth itself, so that other captures have others.
    """

    depth: float
    """Standard deviation in metres at one metre; it grows with the square of the depth."""
    dropouts: float
    """Share of the known pixels, 0 to 1, that lose their depth."""
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse numbers that are no noise."""
        if not (math.isfinite(self.depth) and self.depth >= 0 and 0 <= self.dropouts <= 1 and self.seed >= 0):
            raise InputError(
                f"Sensor noise of depth={self.depth!r}, dropouts={self.dropouts!r}, seed={self.seed!r}: give metres from 0, "
                "a share from 0 to 1 and a whole number from 0, for example depth=0.0014, dropouts=0.05."
            )

    def __str__(self) -> str:
        """In words, for a reader of an answer."""
        return (
            f"noise was ADDED to the depth: standard deviation {self.depth * 1000:g} mm at 1 m, growing with the square of "
            f"the depth; {self.dropouts:.3g} of the pixels dropped; seed {self.seed}"
        )

    def added(self, depth: NDArray[Any], depth_scale: float, frame: int) -> NDArray[Any]:
        """A depth image (H, W) with errors, in its own dtype; times `depth_scale` it is metres, 0 or NaN unknown.

        What was unknown stays as it was, and what is known stays above 0 unless it is dropped, which makes it 0.
        """
        random = np.random.default_rng([self.seed, frame, zlib.crc32(depth.tobytes())])
        known = np.isfinite(depth) & (depth > 0)
        noisy = depth.copy()
        if self.depth:
            metres = depth[known].astype(np.float64) * depth_scale
            metres = metres + self.depth * metres**2 * random.standard_normal(len(metres))
            noisy[known] = _stored(metres / depth_scale, depth.dtype)
        if self.dropouts:
            noisy[_dropped(depth, known, self.dropouts, random)] = 0
        return noisy


def _stored(values: NDArray[np.float64], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Values in the dtype of the depth image, above 0 and within its range."""
    if np.issubdtype(dtype, np.integer):
        return np.clip(np.rint(values), 1, np.iinfo(dtype).max).astype(dtype)
    return np.clip(values, np.finfo(dtype).tiny, np.finfo(dtype).max).astype(dtype)


def _dropped(
    depth: NDArray[Any], known: NDArray[np.bool_], share: float, random: np.random.Generator
) -> NDArray[np.bool_]:
    """The given share of the known pixels, those first that score highest on blotches and edges."""
    height, width = depth.shape
    coarse = random.standard_normal((height // BLOTCH + 2, width // BLOTCH + 2))
    field = ndimage.zoom(coarse, BLOTCH, order=1)[:height, :width] + 0.1 * random.standard_normal((height, width))
    score = np.where(known, field + EDGE_WEIGHT * _edges(np.where(known, depth, 0).astype(np.float64)), -np.inf)
    count = round(share * int(known.sum()))
    dropped = np.zeros(depth.size, bool)
    if count:
        dropped[np.argpartition(score.ravel(), -count)[-count:]] = True
    return dropped.reshape(depth.shape)


def _edges(depth: NDArray[np.float64]) -> NDArray[np.float64]:
    """1 within two pixels of a jump in depth, else 0."""
    lowest, highest = ndimage.minimum_filter(depth, 3), ndimage.maximum_filter(depth, 3)
    jumps: NDArray[np.float64] = ndimage.maximum_filter((highest - lowest > EDGE_STEP * highest).astype(np.float64), 3)
    return jumps
