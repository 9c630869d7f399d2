"""What a run's lines add up to."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from spatial_agent.evaluate.record import Prediction
from spatial_agent.evaluate.scoring import Interval, wilson
from spatial_agent.trace.events import Outcome, Stand, Usage


@dataclass(frozen=True)
class Share:
    """Right answers among the scored samples."""

    right: float
    scored: int
    accuracy: float | None
    interval_95: Interval | None
    """Wilson's."""


@dataclass(frozen=True)
class Summary:
    """The result of a run: every sample that has a line in its folder, by its last line."""

    benchmark: str
    model: str
    samples: int
    """Of the benchmark."""
    tried: int
    outcomes: dict[str, int]
    answers: int
    """Samples that were answered, rightly or wrongly."""
    fallbacks: int
    """Answers among them that no cell submitted: they come from the last turn at a limit."""
    overall: Share
    groups: dict[str, Share]
    usage: Usage
    session_seconds: float
    """Summed over the sessions, which run beside each other."""
    wall_seconds: float
    """Of the last command."""
    backbone: tuple[str, ...]
    perception: tuple[str, ...]
    sandbox: tuple[str, ...]
    folder: str

    @property
    def exit_code(self) -> int:
        """0, or 3 while samples are left that a service failed."""
        return 3 if self.outcomes["infra_error"] else 0

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        plain = dataclasses.asdict(self)
        return {
            "accuracy": self.overall.accuracy,
            **plain,
            "usage": {name: getattr(self.usage, name) for name in self.usage.__struct_fields__},
        }


def share(lines: Iterable[Prediction]) -> Share:
    """Accuracy over the lines that have a score."""
    scores = [line.score for line in lines if line.score is not None]
    right = sum(scores)
    return Share(right, len(scores), right / len(scores) if scores else None, wilson(right, len(scores)))


def summarize(
    lines: Sequence[Prediction], *, benchmark: str, model: str, samples: int, wall_seconds: float, folder: str
) -> Summary:
    """The summary of the last lines of a run's samples."""
    outcomes = Counter(line.outcome for line in lines)
    groups = sorted({line.group for line in lines})
    return Summary(
        benchmark=benchmark,
        model=model,
        samples=samples,
        tried=len(lines),
        outcomes={outcome: outcomes[outcome] for outcome in get_args(Outcome)},
        answers=sum(line.prediction is not None for line in lines),
        fallbacks=sum(line.by_fallback for line in lines),
        overall=share(lines),
        groups={group: share(line for line in lines if line.group == group) for group in groups},
        usage=sum((line.usage for line in lines), Usage()),
        session_seconds=round(sum(line.seconds for line in lines), 2),
        wall_seconds=round(wall_seconds, 2),
        backbone=_stands(line.backbone for line in lines),
        perception=_stands(line.perception for line in lines),
        sandbox=_stands(line.sandbox for line in lines),
        folder=folder,
    )


def _stands(stands: Iterable[Stand | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(f"{stand.name} - {stand.note}" for stand in stands if stand))
