"""`Run`: what a caller gets back, computed from the events of one session."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from spatial_agent.trace.events import (
    Accepted,
    AnyEvent,
    Concluded,
    Ended,
    Event,
    Evidence,
    Misformed,
    Opened,
    Outcome,
    Planned,
    Ran,
    Usage,
    Value,
    Wrote,
)

E = TypeVar("E", bound=Event)

EXIT_CODES: dict[Outcome, int] = {"answered": 0, "gave_up": 0, "agent_error": 1, "infra_error": 3, "limit": 4}


def pick(events: Sequence[AnyEvent], kind: type[E]) -> list[E]:
    """The events of one kind, in order."""
    return [event for event in events if isinstance(event, kind)]


def total_usage(events: Sequence[AnyEvent]) -> Usage:
    """Tokens of every reply of the session so far."""
    return sum((e.usage for e in events if isinstance(e, Planned | Wrote | Misformed | Concluded)), Usage())


@dataclass(frozen=True, repr=False)
class Run:
    """One question, answered or not, and the record of how."""

    events: tuple[AnyEvent, ...]
    folder: Path
    """Holds `trace.jsonl`, `trace.ipynb` and the images."""

    def __repr__(self) -> str:
        """What it came to, in a line."""
        return f"Run(outcome={self.outcome!r}, answer={self.answer!r}, steps={self.steps}, folder={str(self.folder)!r})"

    @property
    def opened(self) -> Opened:
        """The question, the media and who did what."""
        return pick(self.events, Opened)[0]

    @property
    def ended(self) -> Ended:
        """How it ended."""
        return pick(self.events, Ended)[-1]

    @property
    def outcome(self) -> Outcome:
        """`answered`, `gave_up`, `limit`, `agent_error` or `infra_error`."""
        return self.ended.outcome

    @property
    def answer(self) -> Value:
        """The answer: a float, a letter, a bool, a text or x, y, z, as the question's form says; None without one."""
        return self.ended.answer

    @property
    def reason(self) -> str:
        """Why it ended as it did, in a sentence."""
        return self.ended.reason

    @property
    def evidence(self) -> Evidence | None:
        """What the answer rests on; None without an answer."""
        accepted = pick(self.events, Accepted)
        return accepted[-1].evidence if accepted else None

    @property
    def steps(self) -> int:
        """Replies of the backbone, the plan not counted."""
        return len(pick(self.events, Wrote)) + len(pick(self.events, Misformed))

    @property
    def cells(self) -> tuple[Ran, ...]:
        """Every cell that was run or refused."""
        return tuple(pick(self.events, Ran))

    @property
    def usage(self) -> Usage:
        """Tokens in and out."""
        return self.ended.usage

    @property
    def seconds(self) -> float:
        """Wall time of the session."""
        return self.ended.at

    @property
    def exit_code(self) -> int:
        """What a command that ran this question ends with."""
        return EXIT_CODES[self.outcome]
