"""Reading the JSON files that people write: model files, dataset files, captures. Errors name file, line and field."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from spatial_agent.errors import InputError

M = TypeVar("M", bound=BaseModel)


class Strict(BaseModel):
    """A file in which an unknown field is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Open(BaseModel):
    """A file of somebody else's format, in which fields that we do not know are fine."""

    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)


def read_json(path: Path, model: type[M]) -> M:
    """The checked content of a JSON file; raises InputError with the line of a syntax error or the name of a field."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InputError(f"There is no file {path}.") from None
    except (OSError, UnicodeDecodeError) as problem:
        raise InputError(f"{path} cannot be read: {problem}.") from None
    try:
        content = json.loads(text)
    except RecursionError:
        raise InputError(f"{path} is nested too deeply to be read.") from None
    except json.JSONDecodeError as problem:
        raise InputError(f"{path}, line {problem.lineno}, column {problem.colno}: {problem.msg}.") from None
    try:
        return model.model_validate(content)
    except ValidationError as problem:
        raise InputError(f"{path}: {_fields(problem, model)}") from None


def _fields(problem: ValidationError, model: type[BaseModel]) -> str:
    lines = []
    for error in problem.errors()[:5]:
        where = ".".join(str(part) for part in error["loc"]) or "the whole file"
        hint = nearest(where, model.model_fields) if error["type"] == "extra_forbidden" else ""
        lines.append(f"field `{where}`: {error['msg']}.{hint}")
    return " ".join(lines)


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint at what may have been meant, or all there is: to be put behind an error message."""
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
    if close:
        return f" Did you mean {' or '.join(close)}?"
    return f" There is: {', '.join(names)}." if names else ""
