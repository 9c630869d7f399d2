"""What a process may use up, and what it gives up: resource limits, capabilities, outliving its parent.

Sources: man 2 getrlimit, prctl, capset; man 7 capabilities; linux/capability.h, linux/securebits.h.
"""

from __future__ import annotations

import ctypes
import errno
import os
import resource
import signal
import struct
from typing import Final

from spatial_agent.sandbox.syscalls import call

SETGID: Final = 6
SETUID: Final = 7
SETPCAP: Final = 8
SYS_ADMIN: Final = 21

_CAPABILITY_VERSION_3: Final = 0x20080522
_PR_SET_PDEATHSIG: Final = 1
_PR_SET_DUMPABLE: Final = 4
_PR_CAPBSET_DROP: Final = 24
_PR_SET_SECUREBITS: Final = 28
_PR_CAP_AMBIENT: Final = 47
_PR_CAP_AMBIENT_CLEAR_ALL: Final = 4
_SECUREBITS: Final = 0b1110_1011
"""No rights by being root, none raised for a program to be executed; each bit locked as it is."""

_SPARE_BYTES: Final = 256 * 2**20
"""Of data, above what the caller gives a kernel: the interpreter and the libraries themselves."""
_SHARED_BYTES: Final = 4 * 2**30
"""Of addresses, above data: code, and frames that are mapped read-only and shared."""
_DESCRIPTORS: Final = 256
_LOCKED_BYTES: Final = 64 * 2**10
_CPU_SECONDS: Final = 3600


def limit(memory_bytes: int, file_bytes: int) -> None:
    """Bound memory, the size of a file (bytes), descriptors and processor time (an hour); no core dumps.

    Where the process already has a lower limit, that one stays. Raises OSError or ValueError.
    """
    data = memory_bytes + _SPARE_BYTES
    for what, wanted in (
        (resource.RLIMIT_DATA, data),
        (resource.RLIMIT_AS, data + _SHARED_BYTES),
        (resource.RLIMIT_FSIZE, file_bytes),
        (resource.RLIMIT_NOFILE, _DESCRIPTORS),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_MEMLOCK, _LOCKED_BYTES),
        (resource.RLIMIT_CPU, _CPU_SECONDS),
    ):
        hard = resource.getrlimit(what)[1]
        at_most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(what, (at_most, at_most))


def die_with_parent(parent: int) -> None:
    """Have the kernel kill this process when its parent ends; raises ProcessLookupError when `parent` is no longer it.

    `parent` is what os.getppid() said before, which is 0 for a parent outside the PID namespace: whether such a one
    had ended before this call shows only when it is next spoken to. A change of user undoes this: call it again.
    """
    call("prctl", _PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    if os.getppid() != parent:
        raise ProcessLookupError(errno.ESRCH, f"parent process {parent} has ended")


def let_look(may: bool) -> None:
    """Whether processes of the same user may trace this one and own its /proc entries ("dumpable").

    Where they may not, a crash is also kept from the machine's handler of core dumps, which no limit would do. Status
    and sizes in /proc stay readable, and signals get through, either way.
    """
    call("prctl", _PR_SET_DUMPABLE, int(may), 0, 0, 0)


def holds(capability: int) -> bool:
    """Whether this process has a capability in effect, in its user namespace."""
    data = ctypes.create_string_buffer(24)
    call("capget", _header(), data)
    low, _, _, high, _, _ = struct.unpack("=6I", data.raw)
    return bool((low | high << 32) >> capability & 1)


def bound_capabilities() -> None:
    """Make capabilities impossible to get again; where the process may not decide that, no_new_privs has to do.

    Goes before a change of user, `drop_capabilities` after it.
    """
    if not holds(SETPCAP):
        return
    capability = 0
    while _drop_bound(capability):
        capability += 1
    call("prctl", _PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
    call("prctl", _PR_SET_SECUREBITS, _SECUREBITS, 0, 0, 0)


def drop_capabilities() -> None:
    """Give up every capability that this process has or could hand on; raises OSError."""
    call("capset", _header(), bytes(24))


def _header() -> bytes:
    return struct.pack("=Ii", _CAPABILITY_VERSION_3, 0)


def _drop_bound(capability: int) -> bool:
    """False when the kernel has no capability of that number."""
    try:
        call("prctl", _PR_CAPBSET_DROP, capability, 0, 0, 0)
    except OSError as problem:
        if problem.errno == errno.EINVAL:
            return False
        raise
    return True
