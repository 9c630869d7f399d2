"""`Sample`: one question of a benchmark with its true answer, and what a benchmark has to give."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from spatial_agent.answers.question import Question
from spatial_agent.config.files import nearest
from spatial_agent.errors import InputError
from spatial_agent.inputs.media import Medium
from spatial_agent.trace.events import Value


@dataclass(frozen=True)
class Sample:
    """A question that can be scored. The agent is given `question` and `media` and nothing else."""

    id: str
    question: Question
    media: tuple[Medium, ...]
    target: Value
    """In the form of the question: a float, a letter, a bool, a text or x, y, z."""
    tolerance: float | None = None
    """For a number or a point: how far off still counts as right, in the target's unit."""
    group: str = ""
    """The kind of question; accuracy is given for each."""


class Loader(Protocol):
    """A benchmark: gives its samples in a fixed order. Raises InputError where its data are missing."""

    def __call__(self) -> Sequence[Sample]:
        """All samples."""
        ...


def select(samples: Sequence[Sample], *, limit: int | None = None, ids: Sequence[str] = ()) -> tuple[Sample, ...]:
    """The samples named, or the first so many, or all. Raises InputError for an id that there is not."""
    known = {sample.id: sample for sample in samples}
    for unknown in (name for name in ids if name not in known):
        raise InputError(f"There is no sample `{unknown}`.{nearest(unknown, known)}")
    chosen = [known[name] for name in dict.fromkeys(ids)] if ids else list(samples)
    return tuple(chosen[:limit])
