"""Confidence of depth estimators on one scale: uint8, 0 = nothing known, 255 = certain.

Each estimator has a scale of its own, so that a threshold chosen for one means nothing for another:

one plus exp    Depth Anything 3: c = 1 + exp(x), from 1 upwards without an end; its nested model writes 1 into the sky
logistic        Pi3X, whose logit x is put through 1 / (1 + exp(-x)): from 0 to 1

Both are the same x in two dresses: (c - 1) / c = 1 / (1 + exp(-x)). On the common scale 0.5 is x = 0 for both.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Confidence = NDArray[np.floating[Any]]


def from_one_plus_exp(raw: Confidence) -> NDArray[np.uint8]:
    """Levels of a confidence of the form 1 + exp(x); what is below 1 or NaN is 0."""
    return _levels(1.0 - 1.0 / np.maximum(raw, 1.0))


def from_logistic(raw: Confidence) -> NDArray[np.uint8]:
    """Levels of a confidence that is from 0 to 1 already; what lies outside is cut off, NaN is 0."""
    return _levels(raw)


def _levels(share: Confidence) -> NDArray[np.uint8]:
    levels: NDArray[np.uint8] = np.rint(np.clip(np.nan_to_num(share, nan=0.0), 0.0, 1.0) * 255.0).astype(np.uint8)
    return levels
