"""What a kernel is: something that runs cells, one after the other, in one namespace."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from spatial_agent.trace.events import Submission, ToolCall, Variable

Status = Literal["ok", "error", "timeout", "died", "stopped"]
"""`timeout` and `died` cost the process that ran the cell, and `Kept` says what else. `stopped`: the session ended
while the cell ran."""
Kept = Literal["all", "before", "nothing"]
"""The variables after a cell: all that it made and found; those before it, since it was killed; none."""


@dataclass(frozen=True)
class Image:
    """An image that a cell showed; PNG or JPEG, its size checked, its pixels not."""

    data: bytes
    media_type: Literal["image/png", "image/jpeg"]
    label: str


@dataclass(frozen=True)
class CellResult:
    """What happened when a cell ran."""

    status: Status
    seconds: float
    """Of the cell's own computing; calls that the gateway served are not in it."""
    stdout: str = ""
    stderr: str = ""
    error: str | None = None
    error_line: int | None = None
    error_in: Literal["cell", "tool"] | None = None
    """Whose code raised; None where nothing did, and where the cell was killed."""
    reached: int | None = None
    echo: str | None = None
    variables: tuple[Variable, ...] = ()
    dropped: int = 0
    images: tuple[Image, ...] = ()
    images_dropped: int = 0
    calls: tuple[ToolCall, ...] = ()
    submission: Submission | None = None
    kept: Kept = "all"
    note: str = ""
    """Why nothing was kept; empty where something was."""


@dataclass(frozen=True)
class Capabilities:
    """What a kernel can do beyond running cells."""

    checkpoint: bool = False
    """A cell that must be killed costs that cell and not the variables."""
    branch: bool = False
    """A copy of the namespace can go on beside it."""


class Kernel(Protocol):
    """A kernel for one question."""

    @property
    def capabilities(self) -> Capabilities:
        """What it can do beyond running cells; known once it has started."""
        ...

    async def start(self) -> None:
        """Bring the namespace up; raises KernelError."""
        ...

    async def run(self, code: str) -> CellResult:
        """Run one cell, within its limits."""
        ...

    def unfinished(self) -> CellResult | None:
        """What is known of a cell that was running when its session ended; None when none was."""
        ...

    async def interrupt(self) -> None:
        """Stop the running cell, if one runs."""
        ...

    async def close(self) -> None:
        """End the process and everything it started."""
        ...
