"""What happened in a session, as frozen records. The log only grows; everything else is computed from it."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

SCHEMA = 1
"""Version of the records below; a reader refuses a newer one."""

Outcome = Literal["answered", "gave_up", "limit", "agent_error", "infra_error"]
"""How a session ended.

`answered`: an answer in the form asked for. `gave_up`: the agent abstained, with its reason. `limit`: a budget ran
out first. `agent_error`: our side failed. `infra_error`: a service or the media failed; never scored, retried on resume.
"""
Value = str | float | bool | None


class Event(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """Base of all records; `at` is seconds since the session began."""

    at: float


class Blob(msgspec.Struct, frozen=True):
    """Bytes kept beside the log, named by their SHA-256."""

    sha256: str
    media_type: Literal["image/png", "image/jpeg"]
    size: int
    label: str = ""


class Usage(msgspec.Struct, frozen=True):
    """Tokens of one or more replies."""

    input_tokens: int = 0
    output_tokens: int = 0
    calls: int = 0

    def __add__(self, other: Usage) -> Usage:
        """Sum of two counts."""
        return Usage(
            self.input_tokens + other.input_tokens, self.output_tokens + other.output_tokens, self.calls + other.calls
        )


class Media(msgspec.Struct, frozen=True):
    """One video, capture or photo set of the question."""

    name: str
    kind: Literal["images", "video"]
    frames: int
    size: tuple[int, int]
    seconds: float | None
    fps: float | None
    rendered: bool
    key_frames: tuple[int, ...]
    """Absolute numbers of the frames that a backbone with eyes is shown with the question."""
    pictures: tuple[Blob, ...]
    """Those frames, encoded."""


class Stand(msgspec.Struct, frozen=True):
    """Which part of the system did one job in this session, in words that a reader of the answer needs."""

    name: str
    note: str


class Opened(Event, frozen=True):
    """A question was taken up."""

    schema: int
    version: str
    started: str
    """ISO 8601, UTC."""
    question: str
    form: str
    choices: tuple[str, ...]
    unit: str | None
    may_abstain: bool
    media: tuple[Media, ...]
    interface: str
    backbone: Stand
    perception: Stand
    sandbox: Stand
    seed: int
    budget: dict[str, Any]
    system_prompt: str
    briefing: str
    """The text of the first message: inputs, question, answer form."""


class Planned(Event, frozen=True):
    """The text-only planner wrote its plan."""

    text: str
    usage: Usage
    seconds: float


class Wrote(Event, frozen=True):
    """The backbone replied in the form asked for."""

    step: int
    reply: str
    purpose: str
    reasoning: str
    goal: str
    code: str
    usage: Usage
    seconds: float


class Misformed(Event, frozen=True):
    """The backbone's reply was not in the form asked for."""

    step: int
    reply: str
    problem: str
    usage: Usage
    seconds: float


class ToolCall(msgspec.Struct, frozen=True):
    """One call that the gateway served, as the trusted side saw it."""

    name: str
    detail: str
    seconds: float
    failure: str | None = None


class Submission(msgspec.Struct, frozen=True):
    """What a cell handed to `ReturnAnswer`."""

    value: str | int | float | bool | list[str | int | float | bool | None] | None
    reason: str | None = None
    unit: str | None = None
    frames: tuple[int, ...] = ()
    points: dict[str, tuple[float, float, float]] = {}
    spread: float | None = None


class Variable(msgspec.Struct, frozen=True):
    """A name that a cell made or changed."""

    name: str
    summary: str


class Ran(Event, frozen=True):
    """A cell was run, or refused before it ran."""

    step: int
    status: Literal["ok", "error", "refused", "timeout", "died", "stopped"]
    """`timeout` and `died` cost the kernel: its variables are gone and a fresh one took over. `stopped`: the session
    ended while the cell ran."""
    stdout: str = ""
    stderr: str = ""
    error: str | None = None
    error_line: int | None = None
    reached: int | None = None
    """Last line of the top-level statement that failed; nothing after it has run."""
    echo: str | None = None
    variables: tuple[Variable, ...] = ()
    dropped: int = 0
    """Bytes of output beyond the limit."""
    images: tuple[Blob, ...] = ()
    images_dropped: int = 0
    calls: tuple[ToolCall, ...] = ()
    submission: Submission | None = None
    seconds: float = 0.0


class Observed(Event, frozen=True):
    """What the backbone is told about its last reply."""

    step: int
    text: str
    images: tuple[Blob, ...] = ()


class Rejected(Event, frozen=True):
    """A submitted answer did not have the form asked for; `text` says so to the backbone."""

    step: int
    submission: Submission
    text: str


class Evidence(msgspec.Struct, frozen=True):
    """What an answer rests on. Points and frames are the cell's own claim; scale and calls are our record."""

    unit: str | None
    frames: tuple[int, ...]
    points: dict[str, tuple[float, float, float]]
    """In the input's own frame of reference."""
    spread: float | None
    scale: str | None
    """`measured`, `estimated` or `unknown` and where it comes from; None when nothing was reconstructed."""
    calls: tuple[str, ...]
    """Tool calls that the gateway served, counted by name."""


class Accepted(Event, frozen=True):
    """An answer in the form asked for, or an abstention where one is allowed."""

    step: int
    value: Value
    reason: str | None
    evidence: Evidence


class Ended(Event, frozen=True):
    """The session is over."""

    outcome: Outcome
    answer: Value
    reason: str
    usage: Usage


AnyEvent = Opened | Planned | Wrote | Misformed | Ran | Observed | Rejected | Accepted | Ended
