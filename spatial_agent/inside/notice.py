"""Lines that a tool prints into the output of the cell: what it did differently from what was asked."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import SupportsIndex

NAMED = 12
"""Up to so many frame numbers are written out."""


def notice(text: str) -> None:
    """Print one line into the cell's output."""
    sys.stdout.write(f"[note] {text}\n")


def frames_text(frames: Sequence[SupportsIndex]) -> str:
    """Frame numbers in words: all of them when they are few, else the first, the last and how many."""
    numbers = [int(frame) for frame in frames]
    if not numbers:
        return "none"
    if len(numbers) <= NAMED:
        return ", ".join(map(str, numbers))
    head = ", ".join(map(str, numbers[:4]))
    return f"{head}, ... {numbers[-1]} ({len(numbers)} frames)"
