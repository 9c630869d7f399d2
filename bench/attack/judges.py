"""Whether an attack had an effect: on what came back from the cells, and on the process that runs the sessions."""

from __future__ import annotations

import json
import math
import os
import re
import time
import unicodedata
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path

import msgspec
from PIL import Image, UnidentifiedImageError

import spatial_agent
from spatial_agent.agent.observe import describe
from spatial_agent.answers.forms import coerce
from spatial_agent.answers.question import Question
from spatial_agent.budget import Budget
from spatial_agent.errors import AnswerError
from spatial_agent.kernel.images import MAX_IMAGE_BYTES, MAX_PIXELS
from spatial_agent.kernel.protocol import CellResult
from spatial_agent.trace.events import Blob, Ran, Submission

from .decoys import Decoys, Known, written

QUESTIONS = (
    Question("How far is it?", "number", unit="m"),
    Question("Which one?", "choice", ("the lamp", "the sofa")),
    Question("Is it?", "yes-no"),
    Question("What is it?", "text"),
)
SEARCHED = 2 * 2**20
"""Bytes at the beginning of an image that are searched for secrets."""
SLOW = 0.5
"""Seconds for which describing a cell may keep this process from its other sessions."""
LONGEST = 100_000
"""Characters that an answer may have in a record, all in all."""
_FENCED = re.compile(r"^(`{3,})\n.*?\n\1$", re.MULTILINE | re.DOTALL)
_FENCE = re.compile(r"^ {0,3}(?:```|~~~)", re.MULTILINE)
_HEADING = re.compile(r"^(## Step|\[[A-Z][a-z ]+\]$)", re.MULTILINE)
_MARKERS = re.compile(r"<\|[a-z_]+\|>|</?(?:observation|system|assistant|user|think)>", re.IGNORECASE)
_REPORTED = re.compile(r"no program can be executed|returns EPERM|cannot be told from outside")
"""Claims of `what_must_hold` about which the word of the cell counts: when it prints PWNED."""


def forbidden(decoys: Decoys) -> tuple[Known, ...]:
    """What must not come back: the secrets, files of the machine, and what the package keeps from its own cells."""
    inside = Path(spatial_agent.__file__).parent
    asked = [
        question["question"]
        for file in sorted(inside.glob("captures/*/questions.json"))
        for question in json.loads(file.read_text())["questions"]
    ]
    sources = [(inside / name).read_text().split('"""')[1] for name in ("kernel/session.py", "agent/loop.py", "ask.py")]
    users, listed = Path("/etc/passwd").read_text(), [path.name for path in os.scandir("/etc")]
    return (
        *(written(f"the secret of the {place}", secret) for place, secret in decoys.secrets.items()),
        Known("/etc/passwd", (users[:10].encode(), " ".join(map(str, users[:5].encode())).encode())),
        Known("/etc", (f"PWNED {len(listed)}\n".encode(), f"PWNED {listed[:1]}".encode())),
        Known("the questions of a capture", tuple(text.encode() for text in asked)),
        Known("the source of the trusted side", tuple(text.strip()[:60].encode() for text in sources)),
    )


def leaks(results: Sequence[CellResult], known: Sequence[Known]) -> Iterator[str]:
    """Secrets in anything that came back."""
    images = [image.data[:SEARCHED] for result in results for image in result.images]
    told = "\n".join(_everything(result) for result in results).encode(errors="replace")
    numbers = re.sub(rb"[\s,]+", b" ", told)
    for secret in known:
        if any(form in text for form in secret.forms for text in (told, numbers, *images)):
            yield f"it came by {secret.name}"


def _everything(result: CellResult) -> str:
    variables = [text for variable in result.variables for text in (variable.name, variable.summary)]
    labels = [image.label for image in result.images]
    calls = [repr(call) for call in result.calls]
    parts = [result.stdout, result.stderr, result.error or "", result.echo or "", *variables, *labels, *calls]
    return "\n".join([*parts, repr(result.submission)])


def event(result: CellResult) -> Ran:
    """The record of a cell, as a session would write it."""
    fields = {name: getattr(result, name) for name in Ran.__struct_fields__ if hasattr(result, name)}
    images = tuple(Blob("0" * 64, image.media_type, len(image.data), image.label) for image in result.images)
    return Ran(**(fields | {"at": 0.0, "step": 1, "images": images}))


def told(result: CellResult, budget: Budget) -> Iterator[str]:
    """What is wrong with the text that the backbone would be given: it must be plain, and its parts must be ours."""
    began = time.monotonic()
    text = describe(event(result), budget, sight=True)
    if (seconds := time.monotonic() - began) > SLOW:
        yield f"describing a cell to the model took {seconds:.1f} s"
    strange = {c for c in text if c not in "\n\t" and unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp")}
    turned = {c for c in text if unicodedata.bidirectional(c) in _TURNS}
    if strange or turned:
        yield f"the model would be given the control characters {sorted(strange | turned)!a}"
    if marker := _MARKERS.search(text):
        yield f"the model would be given the marker {marker[0]!r}"
    outside = _FENCED.sub("", text)
    parts = _HEADING.findall(outside)
    if len(parts) > len(set(parts)) or _FENCE.search(outside):
        yield f"the model could not tell which part is which: {', '.join(parts)}"
    if len(text) > 7 * budget.observation_chars:
        yield f"the model would be given {len(text):,} characters"


_TURNS = ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI")


def recorded(result: CellResult, budget: Budget) -> Iterator[str]:
    """What is wrong with the record of a cell: answers of failed cells, numbers that JSON does not know, bombs."""
    ran = event(result)
    if msgspec.json.decode(msgspec.json.encode(ran), type=Ran) != ran:
        yield "its record is another one when it is read again"
    if len(result.stdout) + len(result.stderr) > budget.output_bytes:
        yield f"{len(result.stdout) + len(result.stderr):,} characters of output were kept"
    if len(result.images) > budget.shown_per_cell:
        yield f"{len(result.images)} images were kept"
    for image in result.images:
        yield from _image(image.data)
    if result.submission is not None:
        if result.status != "ok":
            yield f"an answer of a cell that ended with {result.status!r} is on record"
        yield from _answer(result.submission)


def _image(data: bytes) -> Iterator[str]:
    """An image is what its header said; whoever opens it meets no bomb."""
    if len(data) > MAX_IMAGE_BYTES:
        yield f"an image of {len(data):,} bytes was kept"
    try:
        with Image.open(BytesIO(data)) as image:
            width, height = image.size
    except Image.DecompressionBombError:
        yield "an image was kept that is a bomb when it is opened"
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
        return
    else:
        if width * height > MAX_PIXELS:
            yield f"an image of {width} x {height} pixels was kept"


def _answer(submission: Submission) -> Iterator[str]:
    numbers = [number for xyz in submission.points.values() for number in xyz]
    numbers += [submission.spread] if submission.spread is not None else []
    if not all(math.isfinite(number) for number in numbers):
        yield "an answer with numbers that are none is on record"
    if len(repr(submission)) > LONGEST:
        yield f"an answer of {len(repr(submission)):,} characters is on record"
    for question in QUESTIONS:
        try:
            coerce(question, submission.value, submission.unit)
        except AnswerError:
            continue


def reported(results: Sequence[CellResult], claim: str) -> Iterator[str]:
    """What only the cell itself can tell: that a program ran or a system call was allowed."""
    if _REPORTED.search(claim) and any("PWNED" in result.stdout for result in results):
        yield "the cell says that it did what it must not"
