"""The filter of system calls: a BPF program made of the lists in `allowed`, and its installation.

The program sees a call's number, its machine and its arguments, not what they point to (seccomp(2)).
"""

from __future__ import annotations

import ctypes
import errno
import struct
from collections.abc import Iterable
from functools import cache
from typing import Final

from spatial_agent.sandbox.allowed import (
    ABSENT,
    CHECKED,
    FORKS,
    INT,
    NEWEST,
    PLAIN,
    PRETENDED,
    THREADED,
    THREADED_CHECKED,
    UNSUPPORTED,
    Check,
)
from spatial_agent.sandbox.syscalls import call, machine, no_new_privileges, numbers

ALLOW: Final = 0x7FFF0000
NOTIFY: Final = 0x7FC00000
ERRNO: Final = 0x00050000
REFUSE: Final = ERRNO | errno.EPERM
MISSING: Final = ERRNO | errno.ENOSYS
PRETEND: Final = ERRNO | 0
LACKING: Final = ERRNO | errno.EOPNOTSUPP

# Offsets in struct seccomp_data; both machines are little-endian, so the low half of an argument comes first.
_NUMBER, _MACHINE, _ARGUMENTS = 0, 4, 16
_AUDIT_MACHINE = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_X32 = 0x40000000
"""From here on x86_64 has the same calls once more, for processes with short pointers."""

_LOAD, _AND, _RETURN = 0x20, 0x54, 0x06
_IF_EQUAL, _IF_GREATER, _IF_AT_LEAST = 0x15, 0x25, 0x35
Instruction = tuple[int, int, int, int]
"""Code; how many instructions to jump over when a test holds, and when not; operand."""
_INSTRUCTION = struct.Struct("=HBBI")
"""As struct sock_filter has it."""

_SET_MODE_FILTER = 1
_ALL_THREADS = 1
_LISTENER = 8 | 16
"""NEW_LISTENER, and TSYNC_ESRCH, which all threads need for it. That came with Linux 5.7, after the permits with 5.5, so
a kernel with listeners that cannot permit anything (5.0) says EINVAL."""


@cache
def program(machine: str, *, notify: bool, threads: bool) -> bytes:
    """The filter for a machine of `syscalls.MACHINES`, as the kernel reads it; it is kept, so ask before a fork.

    With `notify` a fork waits for an answer on the listener; with `threads` threads may be started.
    """
    number = numbers(machine)
    code = [_load(_MACHINE), (_IF_EQUAL, 1, 0, _AUDIT_MACHINE[machine]), _return(REFUSE), _load(_NUMBER)]
    if machine == "x86_64":
        code += [(_IF_AT_LEAST, 0, 1, _X32), _return(REFUSE)]
    code += [(_IF_GREATER, 0, 1, number[NEWEST]), _return(MISSING)]
    rules = [(name, ALLOW, checks) for name, checks in (CHECKED | (THREADED_CHECKED if threads else {})).items()]
    if notify:
        rules += [(name, NOTIFY, checks) for name, checks in FORKS.items()]
    for names, action in ((PRETENDED, PRETEND), (UNSUPPORTED, LACKING), (ABSENT, MISSING)):
        rules += [(name, action, ()) for name in names]
    for name, action, checks in rules:
        if name in number:
            code += _rule(number[name], action, checks)
    code += _plain(number[name] for name in PLAIN + (THREADED if threads else ()) if name in number)
    return b"".join(_INSTRUCTION.pack(*instruction) for instruction in code)


def install(*, notify: bool, threads: bool = False) -> int | None:
    """Put the filter on this process, for good, and on all that it forks; gives the listener's descriptor, if asked for.

    Sets no_new_privs. Raises OSError where it cannot be done: EBUSY when an outer filter has a listener already or a
    thread a filter of its own, EINVAL when the kernel knows no permits (before Linux 5.7).
    """
    if notify and threads:
        raise ValueError("a fork cannot be permitted to a process that may have threads")
    packed = program(machine(), notify=notify, threads=threads)
    code = ctypes.create_string_buffer(packed, len(packed))
    no_new_privileges()
    flags = _ALL_THREADS | (_LISTENER if notify else 0)
    prepared = _Program(len(packed) // _INSTRUCTION.size, ctypes.addressof(code))
    result = call("seccomp", _SET_MODE_FILTER, flags, prepared)
    if notify:
        return result
    if result:
        raise OSError(errno.EBUSY, f"seccomp: thread {result} has a filter of its own")
    return None


class _Program(ctypes.Structure):
    """As struct sock_fprog has it."""

    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p))


def _rule(number: int, action: int, checks: Iterable[Check]) -> list[Instruction]:
    body = [instruction for check in checks for instruction in _check(check)] + [_return(action)]
    return [(_IF_EQUAL, 0, len(body), number), *body]


def _check(check: Check) -> list[Instruction]:
    """Go on behind these instructions when the check holds, refuse otherwise."""
    low = _ARGUMENTS + 8 * check.argument
    code: list[Instruction] = []
    if check.mask > INT:
        code += [_load(low + 4), (_IF_EQUAL, 1, 0, 0), _return(REFUSE)]
    code.append(_load(low))
    if check.mask & INT != INT:
        code.append((_AND, 0, 0, check.mask))
    last = len(check.values) - 1
    code += [(_IF_EQUAL, last + 1 - i, 0, value) for i, value in enumerate(check.values)]
    return [*code, _return(REFUSE)]


def _plain(allowed: Iterable[int]) -> list[Instruction]:
    """Allow these and refuse the rest. Since Linux 5.11 the kernel finds out which calls these are and skips the program."""
    ordered = sorted(allowed)
    tests = [(_IF_EQUAL, len(ordered) - i, 0, number) for i, number in enumerate(ordered)]
    return [*tests, _return(REFUSE), _return(ALLOW)]


def _load(offset: int) -> Instruction:
    return (_LOAD, 0, 0, offset)


def _return(action: int) -> Instruction:
    return (_RETURN, 0, 0, action)
