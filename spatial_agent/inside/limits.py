"""What a cell is told that came to a limit of its kernel: which limit, and what there is instead."""

from __future__ import annotations

import errno
import linecache
import os
import re
import traceback
from collections.abc import Iterator
from typing import NamedTuple

from spatial_agent import wire

PROCESSES = "cells start neither processes nor threads: write it as plain Python; numpy and scipy are ready"
FILES = "cells read no files but their own: InputImages are the frames, and the scratch folder is the working folder"
NETWORK = "cells have no network: models are reached through tools.* and vlm.*"
_STARTERS = frozenset({"subprocess", "multiprocessing", "concurrent", "joblib", "asyncio", "pty"})
_CONNECTORS = frozenset({"socket", "ssl", "urllib", "http", "requests", "urllib3", "ftplib", "smtplib"})
_STARTS = re.compile(r"\b(?:v?fork|forkpty|fork_exec|posix_spawnp?|exec[lv]p?e?|spawn[lv]p?e?|popen)\s*\(")
_CONNECTS = re.compile(r"\b(?:socket|socketpair|create_connection|connect|bind)\s*\(")
_FROM_CPP = os.strerror(errno.EPERM)
"""What a library written in C++ says, scipy.fft among them, when it wanted a thread."""
_FULL = (errno.ENOSPC, errno.EFBIG, errno.EDQUOT)
_NO_FILE = (errno.EPERM, errno.EACCES, errno.ENOENT, errno.EROFS)
_CHAIN = 5
"""Errors that are looked at: the one that a cell ended with, what it was raised from, and so on."""


class Limits(NamedTuple):
    """The limits of a kernel that its cells can come to without being stopped."""

    memory_bytes: int
    scratch_bytes: int

    @classmethod
    def of(cls, session: wire.Open) -> Limits:
        """Those that the first message to a kernel tells."""
        return cls(session.memory_bytes, session.scratch_bytes)

    def expected(self, problem: BaseException) -> str:
        """What there is instead of what was tried; empty for an error that no limit has caused."""
        return next((words for one in _chain(problem) if (words := self._of_one(one))), "")

    def _of_one(self, problem: BaseException) -> str:
        said = str(problem)
        out_of_memory = isinstance(problem, OSError) and problem.errno == errno.ENOMEM
        if isinstance(problem, MemoryError) or out_of_memory or "nable to allocate" in said:
            return f"at most {_size(self.memory_bytes)} in this kernel, all variables and temporary arrays together"
        if isinstance(problem, RuntimeError) and ("can't start new thread" in said or said == _FROM_CPP):
            return PROCESSES
        if isinstance(problem, OSError | NotImplementedError | ImportError) and _modules(problem) & _STARTERS:
            return PROCESSES
        return self._of_the_system(problem) if isinstance(problem, OSError) else ""

    def _of_the_system(self, problem: OSError) -> str:
        if problem.errno in _FULL:
            return f"at most {_size(self.scratch_bytes)} of files in the scratch folder"
        if problem.errno in (errno.EMFILE, errno.ENFILE):
            return "fewer files open at once: close each, or open it with `with`"
        line = _line(problem)
        if _STARTS.search(line):
            return PROCESSES
        if _modules(problem) & _CONNECTORS or (problem.filename is None and _CONNECTS.search(line)):
            return NETWORK
        return FILES if problem.filename is not None and problem.errno in _NO_FILE else ""


def _chain(problem: BaseException) -> Iterator[BaseException]:
    one: BaseException | None = problem
    for _ in range(_CHAIN):
        if one is None:
            return
        yield one
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)


def _modules(problem: BaseException) -> set[str]:
    """The packages whose functions the error came through."""
    frames = [frame for frame, _ in traceback.walk_tb(problem.__traceback__)]
    return {str(frame.f_globals.get("__name__", "")).partition(".")[0] for frame in frames}


def _line(problem: BaseException) -> str:
    """The line that raised it."""
    last = next(reversed([*traceback.walk_tb(problem.__traceback__)]), None)
    return linecache.getline(last[0].f_code.co_filename, last[1]) if last else ""


def _size(count: int) -> str:
    return f"{count / 2**30:g} GiB" if count % 2**30 == 0 else f"{count / 2**20:.4g} MiB"
