"""Forks that wait for a permit: the trusted end of the filter's listener (seccomp_unotify(2)).

Only the registers of such a call decide what it does, and the filter has compared them all: what is continued is what was asked.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import struct
from functools import cache
from typing import Final, NamedTuple

from spatial_agent.sandbox.syscalls import call

_RECEIVE: Final = 0xC0502100
"""SECCOMP_IOCTL_NOTIF_RECV."""
_SEND: Final = 0xC0182101
"""SECCOMP_IOCTL_NOTIF_SEND."""
_GET_SIZES = 3
_CONTINUE = 1
_ASKED = struct.Struct("=QI")
"""The beginning of struct seccomp_notif: id and pid."""
_ANSWER = struct.Struct("=QqiI")
"""struct seccomp_notif_resp: id, value, error, flags."""


class Asked(NamedTuple):
    """A process that wants to fork, and waits."""

    id: int
    pid: int
    """As this process counts; 0 when it cannot see the other one."""


def receive(listener: int) -> Asked | None:
    """The next one that asks; waits for it, so poll first. None when the asker has gone in the meantime."""
    notice = bytearray(_sizes()[0])
    if not _ioctl(listener, _RECEIVE, notice):
        return None
    return Asked(*_ASKED.unpack_from(notice))


def allow(listener: int, asked: Asked) -> bool:
    """Let the fork happen; False when the asker has gone, or was interrupted and will ask again."""
    return _answer(listener, asked, 0, _CONTINUE)


def refuse(listener: int, asked: Asked) -> None:
    """Let the fork fail with EPERM."""
    _answer(listener, asked, -errno.EPERM, 0)


def _answer(listener: int, asked: Asked, error: int, flags: int) -> bool:
    answer = bytearray(_sizes()[1])
    _ANSWER.pack_into(answer, 0, asked.id, 0, error, flags)
    return _ioctl(listener, _SEND, answer)


def _ioctl(listener: int, request: int, buffer: bytearray) -> bool:
    """Whether it was done; False when what it is about is no longer there."""
    while True:
        try:
            fcntl.ioctl(listener, request, buffer, True)
            return True
        except InterruptedError:  # fcntl.ioctl is not one of the calls that Python takes up again by itself
            continue
        except OSError as problem:
            if problem.errno in (errno.ENOENT, errno.EINPROGRESS):
                return False
            raise


@cache
def _sizes() -> tuple[int, int]:
    """Bytes of a notice and of an answer, which grow with the kernel."""
    sizes = bytearray(6)
    call("seccomp", _GET_SIZES, 0, (ctypes.c_char * 6).from_buffer(sizes))
    notice, answer, _data = struct.unpack("=HHH", sizes)
    return max(notice, 80), max(answer, _ANSWER.size)
