"""`none`: no perception at all. Cells have `show` and `vlm`, and whoever wrote them has to look."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

from spatial_agent.errors import ToolError
from spatial_agent.frames import Frames
from spatial_agent.perception.protocol import Box, Point, Reconstruction, Segmentation


class Blind:
    """Sees nothing, whatever the input brings: the ablation without perception, and the choice for backbones with eyes."""

    name = "none"
    note = "switched off: no depth, no cameras and no masks; cells look with show and vlm only"

    def sees(self, frames: Frames) -> bool:
        """Never: cells have no Reconstruct and no SAM3."""
        return False

    async def reconstruct(self, frames: Frames, indices: Sequence[int]) -> Reconstruction:
        """Raises ToolError."""
        _refuse()

    async def segment_text(
        self, frames: Frames, indices: Sequence[int], prompts: Sequence[str], threshold: float
    ) -> Segmentation:
        """Raises ToolError."""
        _refuse()

    async def segment_points(
        self, frames: Frames, indices: Sequence[int], prompt_frame: int, objects: Sequence[Sequence[Point]]
    ) -> Segmentation:
        """Raises ToolError."""
        _refuse()

    async def segment_boxes(
        self, frames: Frames, indices: Sequence[int], prompt_frame: int, boxes: Sequence[Box]
    ) -> Segmentation:
        """Raises ToolError."""
        _refuse()


def _refuse() -> NoReturn:
    raise ToolError(
        "Perception is switched off in this session: there is no depth and nothing is segmented. Use show(...)."
    )
