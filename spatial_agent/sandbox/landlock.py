"""Which files a process may open, by Landlock (landlock(7)), which needs no privileges."""

from __future__ import annotations

import errno
import os
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from spatial_agent.sandbox.syscalls import call, no_new_privileges

_VERSION = 1
_PATH_BENEATH = 1

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_REMOVE_DIR, _REMOVE_FILE, _MAKE_CHAR, _MAKE_DIR, _MAKE_REG = 1 << 4, 1 << 5, 1 << 6, 1 << 7, 1 << 8
_MAKE_SOCK, _MAKE_FIFO, _MAKE_BLOCK, _MAKE_SYM = 1 << 9, 1 << 10, 1 << 11, 1 << 12
_REFER, _TRUNCATE, _IOCTL_DEV = 1 << 13, 1 << 14, 1 << 15
_RIGHTS: Final = {1: _REFER - 1, 2: _REFER, 3: _TRUNCATE, 5: _IOCTL_DEV}
"""Rights over files that came with each version of the interface."""
_TCP = 0b11
"""To bind and to connect; since version 4."""
_SCOPES = 0b11
"""Abstract unix sockets and signals, to none but one's own; since version 6."""

_READ: Final = _READ_FILE | _READ_DIR
_WRITE: Final = _READ | _WRITE_FILE | _TRUNCATE | _REMOVE_DIR | _REMOVE_FILE | _MAKE_DIR | _MAKE_REG | _REFER
_OF_FILES: Final = _WRITE_FILE | _READ_FILE | _TRUNCATE
"""A rule about a file, not a folder, may name these alone."""


def abi() -> int:
    """Version of the interface; 0 where the kernel has none or was started without it."""
    try:
        return call("landlock_create_ruleset", None, 0, _VERSION)
    except OSError as problem:
        if problem.errno in (errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM):
            return 0
        raise


def restrict(readable: Iterable[Path], writable: Iterable[Path], listed: Iterable[Path] = ()) -> None:
    """Keep this thread, for good, and all that it starts from then on, to these folders and files.

    Of what is below a listed folder no more than the names can be read. Below a writable folder files and folders can be made, changed and removed, but no links, devices, sockets or pipes.
    Nothing can be executed, no TCP port bound or connected to, and from version 6 on no signal and no connection to an
    abstract socket reaches a process outside. Open descriptors stay as they are. Sets no_new_privs. Raises OSError with
    the path that cannot be opened, or ENOSYS without Landlock.
    """
    version = abi()
    if not version:
        raise OSError(errno.ENOSYS, "this kernel has no Landlock")
    handled = 0
    for since, rights in _RIGHTS.items():
        handled |= rights if version >= since else 0
    fields = (handled, _TCP, _SCOPES)[: 1 if version < 4 else 2 if version < 6 else 3]
    attributes = struct.pack(f"={len(fields)}Q", *fields)
    ruleset = call("landlock_create_ruleset", attributes, len(attributes), 0)
    try:
        for path in listed:
            _permit(ruleset, path, handled & _READ_DIR)
        for path in readable:
            _permit(ruleset, path, handled & _READ)
        for path in writable:
            _permit(ruleset, path, handled & _WRITE)
        no_new_privileges()
        call("landlock_restrict_self", ruleset, 0)
    finally:
        os.close(ruleset)


def _permit(ruleset: int, path: Path, rights: int) -> None:
    descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        _add_rule(ruleset, descriptor, rights)
    except OSError as problem:
        if problem.errno != errno.EINVAL:
            raise
        # To be told that it is no folder costs less than to look at each: nearly all are folders.
        _add_rule(ruleset, descriptor, rights & _OF_FILES)
    finally:
        os.close(descriptor)


def _add_rule(ruleset: int, descriptor: int, rights: int) -> None:
    call("landlock_add_rule", ruleset, _PATH_BENEATH, struct.pack("=Qi", rights, descriptor), 0)
