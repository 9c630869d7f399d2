"""What one cell did, gathered on the trusted side while it runs, so that nothing is lost when it is killed."""

from __future__ import annotations

import io
import math
from itertools import islice

from spatial_agent import wire
from spatial_agent.budget import MIB, Budget
from spatial_agent.errors import KernelError
from spatial_agent.kernel.images import ImageTooLarge, media_type
from spatial_agent.kernel.protocol import CellResult, Image, Kept, Status
from spatial_agent.trace.events import Submission, ToolCall, Variable

MAX_MESSAGES = 100_000
"""Of one cell; more of them is no honest cell."""
MAX_SHOWN_BYTES = 64 * MIB
"""Of all images of one cell; those of an honest one have a few hundred KiB each."""
ERROR_CHARS, LINE_CHARS, ANSWER_CHARS = 40_000, 4_000, 20_000
NAME_CHARS, SUMMARY_CHARS, UNIT_CHARS = 200, 500, 50
MOST = 100
"""Variables, points and frames that one cell may report."""
LARGEST = 10**15
"""Of numbers that a cell reports beside its answer: beyond it nothing is measured or counted."""


class CellRecord:
    """Takes the messages of one running cell and becomes its `CellResult`.

    The worker keeps to limits by itself; they are applied here again, since a cell can forge messages.
    """

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._text = {"stdout": io.StringIO(), "stderr": io.StringIO()}
        self._written = 0
        self._dropped = 0
        self._messages = 0
        self._images: list[Image] = []
        self._images_bytes = 0
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
        size = len(message.text.encode())
        if self._written + size <= self._budget.output_bytes:
            self._text[message.stream].write(message.text)
            self._written += size
        else:
            self._dropped += size

    def _take_image(self, message: wire.Shown) -> None:
        try:
            kind = media_type(message.image)
        except ImageTooLarge:  # an honest show() reduces its images, but a user's tool may send its own
            self._images_dropped += 1
            return
        size = self._images_bytes + len(message.image)
        if len(self._images) >= self._budget.shown_per_cell or size > MAX_SHOWN_BYTES:
            self._images_dropped += 1
        else:
            self._images.append(Image(message.image, kind, message.label[:NAME_CHARS]))
            self._images_bytes = size

    def done(self, message: wire.Done, over: str = "") -> None:
        """The cell ended. One that was interrupted is told why: `over` is the limit, as in "ran longer than 60 s"."""
        self._done = message
        self.error = None if message.error is None else message.error[:ERROR_CHARS]
        if over and self.error is not None:
            self.error = f"{self.error} It {over}; its variables are kept."

    def result(
        self, status: Status, seconds: float, calls: tuple[ToolCall, ...] = (), kept: Kept = "all", note: str = ""
    ) -> CellResult:
        """Everything that is known about the cell; `kept` and `note` say what became of the variables, and why."""
        done = self._done
        return CellResult(
            status=status,
            seconds=seconds,
            stdout=self._text["stdout"].getvalue(),
            stderr=self._text["stderr"].getvalue(),
            error=self.error,
            error_line=_line(done.error_line) if done else None,
            error_in=done.error_in if done else None,
            reached=_line(done.reached) if done else None,
            echo=done.echo[:LINE_CHARS] if done and done.echo is not None else None,
            variables=_variables(done) if done else (),
            dropped=self._dropped + (min(max(done.dropped, 0), LARGEST) if done else 0),
            images=tuple(self._images),
            images_dropped=self._images_dropped,
            calls=calls,
            # Only the answer of a cell that ran to its end counts, or of one that the end of the time has stopped.
            submission=self._submission if status in ("ok", "stopped") else None,
            kept=kept,
            note=note,
        )


def _line(number: int | None) -> int | None:
    """A number of a line, if there can be such a line."""
    return number if number is not None and 0 < number <= LARGEST else None


def _variables(done: wire.Done) -> tuple[Variable, ...]:
    return tuple(Variable(v.name[:NAME_CHARS], v.summary[:SUMMARY_CHARS]) for v in done.variables[:MOST])


def _submission(message: wire.Submitted) -> Submission:
    """A submission with texts cut to size and without numbers that JSON does not know."""
    value = message.value
    points = {name[:NAME_CHARS]: xyz for name, xyz in islice(message.points.items(), MOST) if all(map(_measured, xyz))}
    return Submission(
        [_plain(part) for part in value[:MOST]] if isinstance(value, list) else _plain(value),
        message.reason and message.reason[:ANSWER_CHARS],
        message.unit and message.unit[:UNIT_CHARS],
        message.frames[:MOST],
        points,
        message.spread if message.spread is not None and _measured(message.spread) else None,
    )


def _measured(number: float) -> bool:
    return math.isfinite(number) and abs(number) <= LARGEST


def _plain(value: wire.Scalar) -> wire.Scalar:
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value[:ANSWER_CHARS] if isinstance(value, str) else value
