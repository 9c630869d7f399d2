"""What one cell did, gathered on the trusted side while it runs, so that nothing is lost when it is killed."""

from __future__ import annotations

import struct
from typing import Literal

from spatial_agent import wire
from spatial_agent.budget import Budget
from spatial_agent.errors import KernelError
from spatial_agent.kernel.protocol import CellResult, Image, Status
from spatial_agent.trace.events import Submission, ToolCall, Variable

MAX_IMAGE_BYTES = 20 * 2**20
MAX_PIXELS = 25_000_000
_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8\xff"


class CellRecord:
    """Takes the messages of one running cell and becomes its `CellResult`."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._text = {"stdout": list[str](), "stderr": list[str]()}
        self._written = 0
        self._images: list[Image] = []
        self._images_dropped = 0
        self._submission: Submission | None = None
        self._done: wire.Done | None = None
        self.error: str | None = None
        self.calls: tuple[ToolCall, ...] = ()

    def take(self, message: wire.FromKernel) -> None:
        """One message of the running cell."""
        if isinstance(message, wire.Output):
            self._take_text(message)
        elif isinstance(message, wire.Shown):
            self._take_image(message)
        elif isinstance(message, wire.Submitted):
            self._submission = Submission(
                message.value, message.reason, message.unit, message.frames, message.points, message.spread
            )
        else:
            raise KernelError(f"a {type(message).__name__} message while a cell runs")

    def _take_text(self, message: wire.Output) -> None:
        # The worker keeps to the limit by itself; a forged message must not get past it either.
        self._written += len(message.text)
        if self._written <= self._budget.output_bytes:
            self._text[message.stream].append(message.text)

    def _take_image(self, message: wire.Shown) -> None:
        if len(self._images) >= self._budget.shown_per_cell:
            self._images_dropped += 1
        else:
            self._images.append(Image(message.image, _media_type(message.image), message.label[:200]))

    def done(self, message: wire.Done, *, interrupted: bool) -> None:
        """The cell ended. An interrupted cell is told why it was stopped."""
        self._done = message
        self.error = message.error
        if interrupted and message.error is not None:
            limit = self._budget.cell_seconds
            self.error = f"{message.error} It ran longer than {limit:g} s; its variables are kept."

    def result(self, status: Status, seconds: float) -> CellResult:
        """Everything that is known about the cell."""
        done = self._done
        return CellResult(
            status=status,
            seconds=seconds,
            stdout="".join(self._text["stdout"]),
            stderr="".join(self._text["stderr"]),
            error=self.error,
            error_line=done.error_line if done else None,
            echo=done.echo if done else None,
            variables=tuple(Variable(v.name, v.summary) for v in done.variables) if done else (),
            dropped=done.dropped if done else 0,
            images=tuple(self._images),
            images_dropped=self._images_dropped,
            calls=self.calls,
            # Only the answer of a cell that ran to its end counts.
            submission=self._submission if status == "ok" else None,
        )


def _media_type(data: bytes) -> Literal["image/png", "image/jpeg"]:
    """Kind of an image by its header; refuses what is no image, or one that is a bomb when decoded."""
    if len(data) > MAX_IMAGE_BYTES:
        raise KernelError(f"an image of {len(data):,} bytes was shown; the limit is {MAX_IMAGE_BYTES:,}")
    if data.startswith(_PNG) and len(data) > 24:
        width, height = struct.unpack(">II", data[16:24])
        if width * height > MAX_PIXELS:
            raise KernelError(f"an image of {width} x {height} pixels was shown; the limit is {MAX_PIXELS:,}")
        return "image/png"
    if data.startswith(_JPEG):
        return "image/jpeg"
    raise KernelError("something that is neither PNG nor JPEG was shown")
