"""`enumerate` of a cell: over frames, its counts know which frame stands there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from spatial_agent.inside.frame_image import FrameImage
from spatial_agent.inside.framed import FrameList, Position
from spatial_agent.inside.per_frame import PerFrame


def counted(iterable: Iterable[Any], start: int = 0) -> Iterator[tuple[int, Any]]:
    """As `enumerate`; over frame numbers or images, `x[count]` means their frame in any result x.

    A count that begins elsewhere than at 0 is a plain number.
    """
    numbers = isinstance(iterable, (FrameList, PerFrame))
    for count, item in enumerate(iterable, start):
        frame = item if numbers else item.frame_index if isinstance(item, FrameImage) else None
        yield count if start or frame is None else Position.of(count, frame), item
