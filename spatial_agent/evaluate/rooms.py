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
from spatial_agent.trace.events import Point

QUESTIONS = "questions.json"


class Asked(Strict):
    """One entry of a capture's `questions.json`."""

    id: str
    kind: str
    question: str
    form: Form
    unit: str | None = None
    choices: tuple[str, ...] = ()
    target: bool | float | str | Point
    tolerance: float | None = None


class Questions(Strict):
    """A `questions.json`."""

    questions: tuple[Asked, ...]


def load_rooms() -> tuple[Sample, ...]:
    """The questions of every shipped capture."""
    samples = [sample for name, folder in shipped_captures().items() for sample in questions_of(folder, name)]
    if not samples:
        raise InputError(f"No shipped capture has a {QUESTIONS}. Install the package again, or clone the repository.")
    return tuple(samples)


def truth_of(question: Question, media: Sequence[Medium]) -> Sample | None:
    """The sample that asks this, in this form and with these options, about one of these captures; else None.

    Case and spaces do not count. A capture of somebody else's may have a `questions.json` of another kind: it is no
    record of ours, and says nothing.
    """
    shipped = shipped_captures()
    for medium in media:
        if not isinstance(medium, str | Path):
            continue
        folder = Path(medium) if Path(medium).is_dir() else shipped.get(str(medium), Path(medium))
        try:
            samples = questions_of(folder, medium)
        except InputError:
            continue
        for sample in samples:
            if _alike(sample.question, question):
                return sample
    return None


def questions_of(folder: Path, medium: Medium) -> tuple[Sample, ...]:
    """The questions that a capture's folder brings, to be asked about `medium`. Raises InputError, naming the file."""
    file = folder / QUESTIONS
    asked = read_json(file, Questions).questions if file.is_file() else ()
    return tuple(_sample(file, one, medium) for one in asked)


def _sample(file: Path, asked: Asked, medium: Medium) -> Sample:
    question = Question(asked.question, asked.form, asked.choices, asked.unit, may_abstain=False)
    try:
        target = coerce(question, asked.target)
    except AnswerError as problem:
        raise InputError(f"{file}: the target of {asked.id} does not fit its form. {problem}") from None
    if asked.form in ("number", "point") and asked.tolerance is None:
        raise InputError(f"{file}: {asked.id} asks for a {asked.form} and needs a `tolerance`.")
    return Sample(asked.id, question, (medium,), target, asked.tolerance, asked.kind)


def _alike(a: Question, b: Question) -> bool:
    told = [(_plain(q.text), q.form, q.unit, tuple(map(_plain, q.choices))) for q in (a, b)]
    return told[0] == told[1]


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
