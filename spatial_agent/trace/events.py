"""What happened in a session, as frozen records. The log only grows; everything else is computed from it."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

SCHEMA = 2
"""Version of the records below; a reader refuses a newer one."""

Outcome = Literal["answered", "gave_up", "limit", "agent_error", "infra_error"]
"""How a session ended.

`answered`: an answer in the form asked for. `gave_up`: a fallback gave the answer when a limit was near, or the agent
abstained; the reason says which. `limit`: a budget ran out, and there is no answer. `agent_error`: our side failed.
`infra_error`: a service or the media failed; never scored, retried on resume.
"""
Point = tuple[float, float, float]
"""x, y, z in metres."""
Value = str | float | bool | Point | None
Frame = Literal["input", "world"]
"""A frame of reference: the input's own, or the levelled world of the reconstruction (+Y up, the floor near Y = 0)."""


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
    numbers: tuple[int, int] | None = None
    """The first and the last frame number, between which some may be missing; None in records of schema 1."""


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
    points: dict[str, Point] = {}
    spread: float | None = None


class Variable(msgspec.Struct, frozen=True):
    """A name that a cell made or changed."""

    name: str
    summary: str


class Ran(Event, frozen=True):
    """A cell was run, or refused before it ran."""

    step: int
    status: Literal["ok", "error", "refused", "timeout", "died", "stopped"]
    """`timeout` and `died` cost the process that ran the cell, and `kept` says what else. `stopped`: the session ended
    while the cell ran."""
    stdout: str = ""
    stderr: str = ""
    error: str | None = None
    error_line: int | None = None
    error_in: Literal["cell", "tool"] | None = None
    """Whose code raised; None where nothing did, where the cell was killed, and in older records."""
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
    kept: Literal["all", "before", "nothing"] | None = None
    """Of the variables: all; those from before the cell, which was killed; none. None in older records, when a cell
    that was killed cost all of them."""
    note: str = ""
    """Why nothing was kept; empty where something was."""


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
    """What an answer rests on. Points, frames and spread are the cell's own claim; scale and calls are our record."""

    unit: str | None
    frames: tuple[int, ...]
    """Absolute numbers."""
    points: dict[str, Point]
    """In the frame of reference that `frame` names."""
    spread: float | None
    """How much measurements differ, in the answer's unit."""
    scale: str | None
    """`measured`, `estimated` or `unknown`, the weakest of what was reconstructed; None when nothing was."""
    calls: tuple[str, ...]
    """Tool calls that the gateway served, counted by name."""
    value: Value = None
    """The answer itself; None for an abstention."""
    frame: Frame = "input"
    """Where `points`, and an answer that is a point, are."""
    scale_from: str | None = None
    """Where the scale comes from, in words."""
    gravity: str | None = None
    """What says where up and the floor are, in words."""
    fallback: str | None = None
    """Which limit was near, and where the answer comes from; None when a cell that ran to its end submitted it."""


class Accepted(Event, frozen=True):
    """An answer in the form asked for, or an abstention where one is allowed."""

    step: int
    value: Value
    reason: str | None
    evidence: Evidence


class TimeUp(Event, frozen=True):
    """A limit was near or reached: nothing runs any more, and the backbone is asked for what it knows."""

    limit: str
    """Which limit, as in "the limit of 20 s was near"."""
    text: str
    """What the backbone is told."""


class Concluded(Event, frozen=True):
    """What the backbone said in its last turn."""

    reply: str
    usage: Usage
    seconds: float


class Ended(Event, frozen=True):
    """The session is over."""

    outcome: Outcome
    answer: Value
    reason: str
    usage: Usage


AnyEvent = Opened | Planned | Wrote | Misformed | Ran | Observed | Rejected | Accepted | TimeUp | Concluded | Ended
