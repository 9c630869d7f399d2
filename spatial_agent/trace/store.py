"""Where a session's record lives: one folder with an append-only log and its images."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import msgspec

from spatial_agent.errors import InputError, RecordError
from spatial_agent.trace.events import SCHEMA, AnyEvent, Blob, Opened

LOG = "trace.jsonl"
_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(AnyEvent)
_SUFFIX = {"image/png": ".png", "image/jpeg": ".jpg"}


def slug(text: str, *, longest: int = 60) -> str:
    """A file name made of the words of a text, with a few characters of its hash so that no two texts share one."""
    words = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:longest].rstrip("-")
    return f"{words or 'session'}-{hashlib.sha256(text.encode()).hexdigest()[:6]}"


def session_folder(runs: Path, question: str) -> Path:
    """A folder for one more session about this question, in a run folder named by the time; it is not made yet."""
    name = slug(question, longest=24)
    return runs / f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(3)}" / "sessions" / name


class Store:
    """The record of one session in `folder`; made at the first event."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def append(self, event: AnyEvent) -> None:
        """Write one event at the end of the log; the first of a session begins the log and finds none there."""
        log = self.folder / LOG
        if isinstance(event, Opened) and log.exists():
            raise RecordError(f"{self.folder} holds a session already; name another folder for this one.")
        with writing(self.folder), log.open("xb" if isinstance(event, Opened) else "ab") as file:
            file.write(_encoder.encode(event) + b"\n")

    def put(self, data: bytes, media_type: Literal["image/png", "image/jpeg"], label: str = "") -> Blob:
        """Keep an image; the same bytes are kept once."""
        blob = Blob(hashlib.sha256(data).hexdigest(), media_type, len(data), label)
        path = self.path(blob)
        with writing(path.parent):
            if not path.exists():
                path.write_bytes(data)
        return blob

    def path(self, blob: Blob) -> Path:
        """The file of an image."""
        return self.folder / "images" / (blob.sha256[:16] + _SUFFIX[blob.media_type])

    def read(self, blob: Blob) -> bytes:
        """Bytes of an image that `put` kept."""
        return self.path(blob).read_bytes()


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Make a folder to write in; raises RecordError where it cannot be written, on a full disk for example."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as problem:
        raise RecordError(
            f"{folder} cannot be written: {problem.strerror}. "
            "Free some space, or name another folder (--runs, --work-dir)."
        ) from problem


def read_events(folder: Path) -> tuple[AnyEvent, ...]:
    """The events of a session's folder, checked against their types; a last line cut short is left out."""
    log = folder / LOG
    if not log.is_file():
        raise InputError(f"{folder} holds no {LOG}; give the folder of one session, for example runs/NAME/sessions/ID.")
    return tuple(_events(log))


def _events(log: Path) -> Iterator[AnyEvent]:
    lines = log.read_bytes().split(b"\n")
    for number, line in enumerate(lines, start=1):
        if not line:
            continue
        try:
            event = _decoder.decode(line)
        except msgspec.DecodeError as problem:
            if number == len(lines):  # no newline at its end: the writer was stopped in the middle
                return
            raise InputError(f"{log}, line {number}: {problem}. The trace was changed or is of another kind.") from None
        if isinstance(event, Opened) and event.schema > SCHEMA:
            raise InputError(f"{log} has schema {event.schema}; this version reads up to {SCHEMA}. Update spatialclaw.")
        yield event
