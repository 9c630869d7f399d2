"""`rooms`: questions about the rendered captures that come with the package; the scene gives their exact answers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from spatial_agent.answers.forms import coerce
from spatial_agent.answers.question import Form, Question
from spatial_agent.config.files import Strict, read_json
from spatial_agent.errors import AnswerError, InputError
from spatial_agent.evaluate.samples import Sample
from spatial_agent.inputs.media import Medium, shipped_captures

QUESTIONS = "questions.json"


class Asked(Strict):
    """One entry of a capture's `questions.json`."""

    id: str
    kind: str
    question: str
    form: Form
    unit: str | None = None
    choices: tuple[str, ...] = ()
    target: bool | float | str
    tolerance: float | None = None


class Questions(Strict):
    """A `questions.json`."""

    questions: tuple[Asked, ...]


def load_rooms() -> tuple[Sample, ...]:
    """The questions of every shipped capture."""
    samples = [
        _sample(folder / QUESTIONS, asked, name)
        for name, folder in shipped_captures().items()
        for asked in _asked(folder)
    ]
    if not samples:
        raise InputError(f"No shipped capture has a {QUESTIONS}. Install the package again, or clone the repository.")
    return tuple(samples)


def truth_of(text: str, media: Sequence[Medium]) -> Sample | None:
    """The sample with this question about one of these captures, if there is one; case and spaces do not count."""
    shipped = shipped_captures()
    for medium in media:
        if not isinstance(medium, str | Path):
            continue
        folder = Path(medium) if Path(medium).is_dir() else shipped.get(str(medium), Path(medium))
        for asked in _asked(folder):
            if _same(asked.question, text):
                return _sample(folder / QUESTIONS, asked, medium)
    return None


def _asked(folder: Path) -> tuple[Asked, ...]:
    file = folder / QUESTIONS
    return read_json(file, Questions).questions if file.is_file() else ()


def _sample(file: Path, asked: Asked, medium: Medium) -> Sample:
    question = Question(asked.question, asked.form, asked.choices, asked.unit, may_abstain=False)
    try:
        target = coerce(question, asked.target)
    except AnswerError as problem:
        raise InputError(f"{file}: the target of {asked.id} does not fit its form. {problem}") from None
    if asked.form == "number" and asked.tolerance is None:
        raise InputError(f"{file}: {asked.id} asks for a number and needs a `tolerance`.")
    return Sample(asked.id, question, (medium,), target, asked.tolerance, asked.kind)


def _same(a: str, b: str) -> bool:
    return " ".join(a.casefold().split()) == " ".join(b.casefold().split())
