"""What one cell did, gathered on the trusted side while it runs, so that nothing is lost when it is killed."""

from __future__ import annotations

import math
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


MAX_MESSAGES = 100_000
"""Of one cell; more of them is no honest cell."""
ERROR_CHARS, LINE_CHARS, ANSWER_CHARS = 40_000, 4_000, 20_000
MOST = 100
"""Variables, points and frames that one cell may report."""


class CellRecord:
    """Takes the messages of one running cell and becomes its `CellResult`.

    The worker keeps to limits by itself; they are applied here again, since a cell can forge messages.
    """

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._text = {"stdout": list[str](), "stderr": list[str]()}
        self._written = 0
        self._messages = 0
        self._images: list[Image] = []
        self._images_dropped = 0
        self._submission: Submission | None = None
        self._done: wire.Done | None = None
        self.error: str | None = None

    def take(self, message: wire.FromKernel) -> None:
        """One message of the running cell. Raises KernelError for one that no honest cell sends."""
        self._messages += not (isinstance(message, wire.Output) and message.text)  # text is limited by its length
        if self._messages > MAX_MESSAGES:
            raise KernelError(f"more than {MAX_MESSAGES:,} messages came from one cell")
        if isinstance(message, wire.Output):
            self._take_text(message)
        elif isinstance(message, wire.Shown):
            self._take_image(message)
        elif isinstance(message, wire.Submitted):
            self._submission = _submission(message)
        elif not isinstance(message, wire.Call | wire.Done):
            raise KernelError(f"a {type(message).__name__} message while a cell runs")

    def _take_text(self, message: wire.Output) -> None:
        self._written += len(message.text)
        if self._written <= self._budget.output_bytes:
            self._text[message.stream].append(message.text)

    def _take_image(self, message: wire.Shown) -> None:
        if len(self._images) >= self._budget.shown_per_cell:
            self._images_dropped += 1
        else:
            self._images.append(Image(message.image, media_type(message.image), message.label[:200]))

    def done(self, message: wire.Done, *, interrupted: bool) -> None:
        """The cell ended. An interrupted cell is told why it was stopped."""
        self._done = message
        self.error = None if message.error is None else message.error[:ERROR_CHARS]
        if interrupted and self.error is not None:
            limit = self._budget.cell_seconds
            self.error = f"{self.error} It ran longer than {limit:g} s; its variables are kept."

    def result(self, status: Status, seconds: float, calls: tuple[ToolCall, ...] = ()) -> CellResult:
        """Everything that is known about the cell."""
        done = self._done
        variables = done.variables[:MOST] if done else ()
        return CellResult(
            status=status,
            seconds=seconds,
            stdout="".join(self._text["stdout"]),
            stderr="".join(self._text["stderr"]),
            error=self.error,
            error_line=done.error_line if done else None,
            error_in=done.error_in if done else None,
            reached=done.reached if done else None,
            echo=done.echo[:LINE_CHARS] if done and done.echo is not None else None,
            variables=tuple(Variable(v.name[:200], v.summary[:500]) for v in variables),
            dropped=done.dropped if done else 0,
            images=tuple(self._images),
            images_dropped=self._images_dropped,
            calls=calls,
            # Only the answer of a cell that ran to its end counts, or of one that the end of the time has stopped.
            submission=self._submission if status in ("ok", "stopped") else None,
        )


def _submission(message: wire.Submitted) -> Submission:
    """A submission with texts cut to size and without numbers that JSON does not know."""
    value = message.value
    points = {
        name[:200]: xyz for name, xyz in list(message.points.items())[:MOST] if all(math.isfinite(x) for x in xyz)
    }
    return Submission(
        [_plain(part) for part in value[:MOST]] if isinstance(value, list) else _plain(value),
        message.reason and message.reason[:ANSWER_CHARS],
        message.unit and message.unit[:50],
        message.frames[:MOST],
        points,
        message.spread if message.spread is not None and math.isfinite(message.spread) else None,
    )


def _plain(value: wire.Scalar) -> wire.Scalar:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value[:ANSWER_CHARS] if isinstance(value, str) else value


def media_type(data: bytes) -> Literal["image/png", "image/jpeg"]:
    """Kind of an image by its header; KernelError for what is no image, or one that is a bomb when decoded."""
    if len(data) > MAX_IMAGE_BYTES:
        raise KernelError(f"an image of {len(data):,} bytes was shown; the limit is {MAX_IMAGE_BYTES:,}")
    size = _png_size(data) or _jpeg_size(data)
    if size is None:
        raise KernelError("something that is neither PNG nor JPEG was shown")
    if size[0] * size[1] > MAX_PIXELS:
        raise KernelError(f"an image of {size[0]} x {size[1]} pixels was shown; the limit is {MAX_PIXELS:,}")
    return "image/png" if data.startswith(_PNG) else "image/jpeg"


def _png_size(data: bytes) -> tuple[int, int] | None:
    if not data.startswith(_PNG) or len(data) < 24:
        return None
    width, height = struct.unpack(">II", data[16:24])
    return width, height


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    """Width and height from the frame header (ITU T.81, B.2.2), found by walking the segments before it."""
    position = 2 if data.startswith(b"\xff\xd8") else len(data)
    while position + 9 <= len(data) and data[position] == 0xFF:
        marker = data[position + 1]
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", data[position + 5 : position + 9])
            return width, height
        position += 2 + int.from_bytes(data[position + 2 : position + 4], "big")
    return None
