"""The pictures that a question shows beside its input."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from spatial_agent import wire
from spatial_agent.errors import ToolError
from spatial_agent.inside.host import Host
from spatial_agent.inside.images import LazyImage


class ReferenceImage(LazyImage):
    """A picture that the question shows beside the input; it belongs to no frame, so no tool measures in it."""

    def __init__(self, host: Host, position: int) -> None:
        super().__init__(host, wire.GetReference(position), (0, 0))
        pixels = self._fetch()
        self._im, self._size = pixels.im, pixels.size
        self.description = f"reference image {position + 1}"

    def __repr__(self) -> str:
        return f"ReferenceImage({self.description}, {self.width}x{self.height})"


class NoReference(ToolError, IndexError):
    """There is no reference image at a position; an IndexError too, which ends loops over them."""


class ReferenceImages(Sequence[ReferenceImage]):
    """The question's reference images as PIL images, by list position from 0; loaded when used."""

    def __init__(self, host: Host, count: int) -> None:
        self._host = host
        self._count = count

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, key: Any) -> Any:
        try:
            positions = range(self._count)[key]
        except (IndexError, TypeError):
            raise NoReference(
                f"RefImages[{key!r:.60}]", f"a list position from 0 to {self._count - 1}, or a slice", "RefImages[0]"
            ) from None
        if isinstance(positions, range):
            return [ReferenceImage(self._host, position) for position in positions]
        return ReferenceImage(self._host, positions)

    def __add__(self, other: object) -> list[Any]:
        return [*self, *other] if isinstance(other, Sequence) else NotImplemented

    def __radd__(self, other: object) -> list[Any]:
        return [*other, *self] if isinstance(other, Sequence) else NotImplemented

    def __repr__(self) -> str:
        return f"RefImages({self._count} reference images)"
