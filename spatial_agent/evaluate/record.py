"""A run's folder: its configuration and one line for each sample that was tried. Lines are added, never changed."""

from __future__ import annotations

import fcntl
import hashlib
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import msgspec

from spatial_agent.errors import InputError
from spatial_agent.trace.events import Outcome, Stand, Usage, Value
from spatial_agent.trace.store import slug, writing

_log = logging.getLogger("spatial_agent")
CONFIG, PREDICTIONS, SUMMARY = "config.json", "predictions.jsonl", "results_summary.json"


class Prediction(msgspec.Struct, frozen=True, kw_only=True):
    """One line of `predictions.jsonl`: one try of one sample."""

    id: str
    group: str
    prediction: Value
    target: Value
    outcome: Outcome
    score: float | None
    """None for an `infra_error`: it says nothing about the sample."""
    why: str
    usage: Usage
    steps: int
    seconds: float
    error: str | None
    """Why there is no answer, or why a fallback gave it."""
    session: str | None
    """Folder of the trace, relative to the run's."""
    backbone: Stand | None = None
    perception: Stand | None = None
    sandbox: Stand | None = None

    @property
    def by_fallback(self) -> bool:
        """The answer was given at a limit; no cell that ran to its end submitted it."""
        return self.outcome == "gave_up" and self.prediction is not None


class Record:
    """The folder of one run; `with` it, so that no other process writes to it meanwhile."""

    def __init__(self, folder: Path, config: dict[str, Any]) -> None:
        self.folder = folder
        self.config = config
        self._lines: IO[bytes] | None = None

    def __enter__(self) -> Self:
        """Begin or go on. Raises InputError where the folder holds a run of another configuration, or one at work."""
        with writing(self.folder):
            self._agree()
            self._lines = (self.folder / PREDICTIONS).open("a+b")
        try:
            fcntl.flock(self._lines, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._lines.close()
            raise InputError(
                f"Another process is running in {self.folder}. Wait for it, or give another work folder."
            ) from None
        self._close_cut_line()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, raised: BaseException | None, at: TracebackType | None
    ) -> None:
        """Let others write."""
        if self._lines:
            self._lines.close()

    def append(self, prediction: Prediction) -> None:
        """Add a line, through to the file."""
        if self._lines is None:
            raise RuntimeError("a Record is written to inside its `with` block")
        with writing(self.folder):
            self._lines.write(msgspec.json.encode(prediction) + b"\n")
            self._lines.flush()

    def latest(self) -> dict[str, Prediction]:
        """The last line of each sample, by its id."""
        return {line.id: line for line in self._read()}

    def done(self) -> dict[str, Prediction]:
        """Samples that need not be tried again."""
        return {name: line for name, line in self.latest().items() if line.outcome != "infra_error"}

    def new_session(self, sample_id: str) -> Path:
        """A folder for the next try of a sample; those of earlier tries are kept."""
        name, number = slug(sample_id), 1
        while (folder := self.folder / "sessions" / (name if number == 1 else f"{name}-try{number}")).exists():
            number += 1
        return folder

    def write_summary(self, summary: dict[str, Any]) -> None:
        """Replace the summary, which is computed from the lines."""
        _write(self.folder / SUMMARY, summary)

    def _read(self) -> Iterator[Prediction]:
        for number, line in enumerate((self.folder / PREDICTIONS).read_bytes().split(b"\n"), start=1):
            try:
                if line:
                    yield msgspec.json.decode(line, type=Prediction)
            except msgspec.DecodeError:  # it was being written when a process was killed
                _log.warning("%s, line %d was cut short; its sample is tried again", self.folder / PREDICTIONS, number)

    def _close_cut_line(self) -> None:
        data = (self.folder / PREDICTIONS).read_bytes()
        if self._lines and data and not data.endswith(b"\n"):
            self._lines.write(b"\n")
            self._lines.flush()

    def _agree(self) -> None:
        file, digest = self.folder / CONFIG, config_hash(self.config)
        if not file.exists():
            if (self.folder / PREDICTIONS).exists():
                raise InputError(f"{self.folder} has {PREDICTIONS} but no {CONFIG}. Give another work folder.")
            _write(file, {"hash": digest, "config": self.config})
            return
        try:
            before = json.loads(file.read_text(encoding="utf-8"))
            old, known = before["config"], before["hash"]
        except (ValueError, KeyError, TypeError):
            raise InputError(f"{file} is not a run's configuration. Give another work folder.") from None
        if known != digest:
            raise InputError(
                f"{self.folder} holds a run of another configuration: {_differences(old, self.config)}. "
                "Give another work folder, for example --work-dir runs/another."
            )


def config_hash(config: dict[str, Any]) -> str:
    """SHA-256 of a configuration, whatever the order of its keys."""
    return hashlib.sha256(json.dumps(config, sort_keys=True).encode()).hexdigest()


def _differences(old: Any, new: dict[str, Any]) -> str:  # noqa: ANN401 - what somebody's file holds
    before, now = dict(_leaves(old)), dict(_leaves(new))
    names = [name for name in sorted(before | now) if before.get(name) != now.get(name)]
    told = [f"{name} was {before.get(name)!r} and is now {now.get(name)!r}" for name in names[:3]]
    return ", ".join(told + ([f"and {len(names) - 3} more"] if len(names) > 3 else [])) or "its hash differs"


def _leaves(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:  # noqa: ANN401
    if isinstance(value, dict):
        for key, part in value.items():
            yield from _leaves(part, f"{name}.{key}" if name else str(key))
    else:
        yield name, value


def _write(path: Path, content: dict[str, Any]) -> None:
    """Write whole or not at all."""
    part = path.with_suffix(".part")
    with writing(path.parent):
        try:
            part.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
