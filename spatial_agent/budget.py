"""The limits of one question. The same for every benchmark and backbone unless a setting says otherwise."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from spatial_agent.errors import InputError

MIB = 2**20
RESERVE_SHARE, RESERVE_SECONDS = 0.25, 10.0
_DURATION = re.compile(r"(\d+(?:\.\d*)?|\.\d+)\s*(s|m|h)?", re.IGNORECASE)
_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0}


@dataclass(frozen=True)
class Budget:
    """What one question may use; `agent_error` or `limit` outcomes name the one that ended a session."""

    max_steps: int = 30
    """Replies of the backbone, good or malformed."""
    wall_seconds: float | None = None
    """For the whole question, its last turn included; None for no limit."""
    cell_seconds: float = 60.0
    """Of a cell's own computing; its clock stops while the gateway serves it."""
    call_seconds: float = 600.0
    """For one perception or `vlm` call."""
    memory_bytes: int = 2048 * MIB
    """Private memory of a kernel."""
    scratch_bytes: int = 256 * MIB
    """Files of a kernel, in its scratch folder."""
    output_bytes: int = 1 * MIB
    """Text that one cell may write; the rest is counted and dropped."""
    observation_chars: int = 4000
    """Of a cell's text that the backbone sees; the middle is left out."""
    shown_per_cell: int = 32
    """Images of one cell that the backbone sees."""
    shown_per_session: int = 250
    key_frames: int = 32
    """Frames of each video that the backbone sees with the question, evenly spaced."""
    reconstruct_frames: int = 64
    """Frames of one reconstruction; evenly spaced ones are taken where a cell asks for more."""
    segment_frames: int = 1000
    """Frames of one segmentation, likewise."""

    @property
    def reserve_seconds(self) -> float:
        """What is kept of `wall_seconds` for the last turn: a quarter of it, and at most 10 s.

        That turn is one short reply to a conversation of which a server has most in its cache; what a longer reserve
        would add to it, the cells before it would lack.
        """
        return min(RESERVE_SHARE * (self.wall_seconds or 0.0), RESERVE_SECONDS)


def read_duration(text: str) -> float:
    """Seconds of a duration as people type it: `20s`, `1.5m`, `2h`, `90`. Raises InputError."""
    found = _DURATION.fullmatch(text.strip())
    seconds = float(found[1]) * _SECONDS[(found[2] or "s").lower()] if found else 0.0
    if not 0 < seconds < math.inf:
        raise InputError(f"{text!r} is no duration. Type for example 20s, 1.5m, 2h, or 90 for seconds.")
    return seconds
