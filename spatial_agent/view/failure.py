"""What a person or a program sees of an error: one message, no traceback, the right exit code."""

from __future__ import annotations

import json
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from spatial_agent.errors import InputError, SpatialClawError
from spatial_agent.trace.clean import clean

INTERRUPTED = 130


@contextmanager
def reported(*, as_json: bool = False) -> Iterator[None]:
    """Turn errors of ours and Ctrl-C into a message on stderr (and one JSON object on stdout) and an exit."""
    before = _as_ctrl_c()
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


def _as_ctrl_c() -> dict[signal.Signals, Any]:
    """Have SIGTERM and SIGHUP end what runs as Ctrl-C does, the record kept; returns the handlers that were there.

    What somebody has chosen to ignore, as nohup does, stays ignored. A script's background jobs ignore Ctrl-C: it has
    to be heeded again for the other two to have a way in.
    """
    if threading.current_thread() is not threading.main_thread():
        return {}
    before: dict[signal.Signals, Any] = {}
    for ending in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(ending) == signal.SIG_DFL:
            before[ending] = signal.signal(ending, _interrupt)
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        before[signal.SIGINT] = signal.signal(signal.SIGINT, signal.default_int_handler)
    return before


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    signal.raise_signal(signal.SIGINT)


def _leave(message: str, code: int, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps({"error": message, "exit_code": code}) + "\n")
    sys.stderr.write(f"spatialclaw: {clean(message)}\n")
    raise SystemExit(code)
