"""What a person or a program sees of an error: one message, no traceback, the right exit code."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from spatial_agent.errors import InputError, SpatialClawError

INTERRUPTED = 130


@contextmanager
def reported(*, as_json: bool = False) -> Iterator[None]:
    """Turn errors of ours and Ctrl-C into a message on stderr (and one JSON object on stdout) and an exit."""
    try:
        yield
    except SpatialClawError as problem:
        _leave(str(problem), problem.exit_code, as_json=as_json)
    except (PermissionError, NotADirectoryError, FileExistsError) as problem:
        told = f"{problem.filename} cannot be used: {problem.strerror}. Give a folder that you may write to."
        _leave(told, InputError.exit_code, as_json=as_json)
    except KeyboardInterrupt as problem:
        _leave(
            str(problem) or "Stopped. What was done is on record; the same command goes on from there.",
            INTERRUPTED,
            as_json=as_json,
        )


def _leave(message: str, code: int, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps({"error": message, "exit_code": code}, ensure_ascii=False) + "\n")
    sys.stderr.write(f"spatialclaw: {message}\n")
    raise SystemExit(code)
