"""Descriptors of a process that was forked: keep a few, close the rest."""

from __future__ import annotations

import os
from collections.abc import Collection

from spatial_agent.sandbox.syscalls import call

_LAST = 2**32 - 1


def close_all_but(keep: Collection[int]) -> None:
    """Close every descriptor of this process that is not in `keep`; raises OSError (ENOSYS before Linux 5.9)."""
    first = 0
    for kept in sorted(set(keep)):
        if first < kept:
            call("close_range", first, kept - 1, 0)
        first = kept + 1
    call("close_range", first, _LAST, 0)


def silence() -> None:
    """Put standard input, output and error onto /dev/null."""
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)
    if null > 2:
        os.close(null)
