"""Recorded sessions of agents that act by code, as JSON lines: what each cell was, in order.

    {"dataset": "...", "id": "...", "question": "...",
     "code": {"steps": [{"step": "Step 0", "code": "...", "feedback": "...", "condensed": false, "error": "..."}]},
     "single_pass": {"Code": "..."},
     "media": {"kind": "video", "frames": 900, "fps": 30, "size": [640, 480], "refs": 0}}

What else a line holds is passed over. `media` may be left out; `media.py` then goes by what the cells use.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec

from spatial_agent.errors import InputError

Interface = Literal["code", "single_pass"]
MAX_FRAMES, MAX_SIDE = 1_000_000, 4096
_NUMBER = re.compile(r"\d+")


class MediaRecord(msgspec.Struct, frozen=True):
    """What a session's input was; each field that is missing is inferred."""

    kind: Literal["images", "video"] | None = None
    frames: int | list[int] | None = None
    """How many; or for each of several videos how many; or the absolute numbers of the frames of the only one."""
    fps: float | None = None
    size: list[int | list[int]] | None = None
    """Width and height, of all frames, or a list of them, of one image after the other."""
    refs: int | None = None
    """How many reference images."""

    def __post_init__(self) -> None:
        """Refuse numbers that no input has; the reader of the line says where."""
        numbers = self.frames if isinstance(self.frames, list) else [1 if self.frames is None else self.frames]
        least = 0 if isinstance(self.frames, list) else 1
        if not numbers or not all(least <= number <= MAX_FRAMES for number in numbers):
            raise ValueError(f"`frames` of `media` is not from {least} to {MAX_FRAMES:,}")
        sides = [side for size in self.sizes for side in size]
        if any(len(size) != 2 for size in self.sizes) or not all(0 < side <= MAX_SIDE for side in sides):
            raise ValueError(f"`size` of `media` is no [width, height] of at most {MAX_SIDE}, and no list of them")
        if (self.fps is not None and not self.fps > 0) or not 0 <= (self.refs or 0) <= MAX_FRAMES:
            raise ValueError("`fps` or `refs` of `media` is below 0, or too large")

    @property
    def sizes(self) -> tuple[tuple[int, ...], ...]:
        """Of all frames, or of one after the other; none where the record does not say."""
        given = self.size or []
        one = tuple(part for part in given if isinstance(part, int))
        return (one,) if one else tuple(tuple(part) for part in given if isinstance(part, list))


class _StepRecord(msgspec.Struct, frozen=True):
    step: str | int | None = None
    code: str | None = None
    condensed: bool = False
    feedback: str | None = None


class _CodeRecord(msgspec.Struct, frozen=True):
    steps: list[_StepRecord] = []


class _SinglePassRecord(msgspec.Struct, frozen=True):
    code: str | None = msgspec.field(name="Code", default=None)


class _Record(msgspec.Struct, frozen=True):
    dataset: str = ""
    id: str | int = ""
    question: str = ""
    code: _CodeRecord | None = None
    single_pass: _SinglePassRecord | None = None
    media: MediaRecord | None = None


@dataclass(frozen=True)
class Step:
    """One cell."""

    number: int
    """As the record counts."""
    code: str | None
    """None where the record has none."""
    condensed: bool
    """Only the lines up to the one that failed elsewhere are on record."""
    feedback: str = ""


@dataclass(frozen=True)
class Recorded:
    """One session: the cells of one kernel."""

    dataset: str
    id: str
    question: str
    steps: tuple[Step, ...]
    media: MediaRecord

    @property
    def name(self) -> str:
        """What people call it."""
        return "/".join(part for part in (self.dataset, self.id) if part)


def read_sessions(path: Path, interface: Interface) -> list[Recorded]:
    """The sessions of a file that were recorded with an action interface. Raises InputError, naming the line."""
    try:
        lines = path.read_bytes().removeprefix(codecs.BOM_UTF8).splitlines()
    except FileNotFoundError:
        raise InputError(f"There is no file {path}. Give a file with one recorded session a line, as JSON.") from None
    except OSError as problem:
        raise InputError(f"{path} cannot be read: {problem.strerror}.") from None
    sessions = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            record = msgspec.json.decode(line, type=_Record)
        except (msgspec.DecodeError, UnicodeDecodeError) as problem:
            raise InputError(f"{path}, line {number}: this is no recorded session: {problem}.") from None
        if steps := _steps(record, interface):
            name = str(record.id) or f"line {number}"
            media = record.media or MediaRecord()
            sessions.append(Recorded(record.dataset, name, record.question, tuple(steps), media))
    if not sessions:
        raise InputError(f"{path} has no session with cells of the interface {interface}. See docs/replay.md.")
    return sessions


def _steps(record: _Record, interface: Interface) -> list[Step]:
    if interface == "single_pass":
        return [Step(0, record.single_pass.code, condensed=False)] if record.single_pass else []
    steps = list[Step]()
    for place, step in enumerate(record.code.steps if record.code else ()):
        steps.append(Step(_number(step.step, place), step.code, step.condensed, step.feedback or ""))
    return steps


def _number(written: str | int | None, place: int) -> int:
    """The number in "Step 3"; without one, the place in the list."""
    found = _NUMBER.search(str(written))
    return int(found[0]) if found else place
