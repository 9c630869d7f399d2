"""The limits of one question. The same for every benchmark and backbone unless a setting says otherwise."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 2**20


@dataclass(frozen=True)
class Budget:
    """What one question may use; `agent_error` or `limit` outcomes name the one that ended a session."""

    max_steps: int = 30
    """Replies of the backbone, good or malformed."""
    wall_seconds: float | None = None
    """For the whole question; None for no limit."""
    cell_seconds: float = 60.0
    """Of a cell's own computing; its clock stops while the gateway serves it."""
    call_seconds: float = 600.0
    """For one perception or `vlm` call."""
    memory_bytes: int = 2048 * MIB
    """Private memory of a kernel."""
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
