"""What a person or a program sees of an error: one message, no traceback, the right exit code."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from spatial_agent.errors import InputError, SpatialClawError
from spatial_agent.trace.words import plain

INTERRUPTED = 130


@contextmanager
def reported(*, as_json: bool = False) -> Iterator[None]:
    """Turn errors of ours and Ctrl-C into a message on stderr (and one JSON object on stdout) and an exit."""
    # As on Ctrl-C: end what runs, keep the record, give the cursor back.
    before = {ending: signal.signal(ending, _interrupt) for ending in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    except SpatialClawError as problem:
        _leave(str(problem), problem.exit_code, as_json=as_json)
    except OSError as problem:
        told = f"{problem.filename or 'A file'} cannot be used: {problem.strerror or problem}."
        _leave(told, InputError.exit_code, as_json=as_json)
    except KeyboardInterrupt as problem:
        _leave(
            str(problem) or "Stopped. What was done is on record; the same command goes on from there.",
            INTERRUPTED,
            as_json=as_json,
        )
    finally:
        for ending, handler in before.items():
            signal.signal(ending, handler)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    signal.raise_signal(signal.SIGINT)


def _leave(message: str, code: int, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps({"error": message, "exit_code": code}, ensure_ascii=False) + "\n")
    sys.stderr.write(f"spatialclaw: {plain(message)}\n")
    raise SystemExit(code)
