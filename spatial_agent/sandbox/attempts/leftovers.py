"""Memory, limits, and what a process may find that was left behind for it."""

from __future__ import annotations

import ctypes
import mmap
import os
import resource
import stat
import sys

from spatial_agent.sandbox.attempts.attempt import Attempt, Stopped
from spatial_agent.sandbox.confine import Plan
from spatial_agent.sandbox.decoys import Decoys
from spatial_agent.sandbox.syscalls import call

MIB = 2**20
GIVEN = frozenset(("LANG", "HOME", "TMPDIR", "MPLBACKEND", "MPLCONFIGDIR", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"))
"""Names that may be in the environment that a zygote is started with."""
DESCRIPTORS = 1024
_AT_EXECFN = 31
_IPC_CREAT, _IPC_RMID = 0o1000, 0
_MAP_NORESERVE = 0x4000


def _take_memory(_: Decoys, plan: Plan) -> str:
    # None of it is written, so that it takes no time.
    size = plan.memory_bytes + 512 * MIB
    mmap.mmap(-1, size, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | _MAP_NORESERVE).close()
    return f"{size / MIB:,.0f} MiB were had where {plan.memory_bytes / MIB:,.0f} are allowed"


def _share_memory(_: Decoys, __: Plan) -> str:
    mmap.mmap(-1, MIB).close()
    return "it was had"


def _make_memfd(_: Decoys, __: Plan) -> str:
    os.close(os.memfd_create("probe"))
    return "it was had"


def _make_segment(_: Decoys, __: Plan) -> str:
    segment = call("shmget", 0, mmap.PAGESIZE, _IPC_CREAT | 0o600)
    call("shmctl", segment, _IPC_RMID, None)
    return "it was had"


def _raise_limit(_: Decoys, __: Plan) -> str:
    limits = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    resource.setrlimit(resource.RLIMIT_DATA, limits)
    return "the limit of memory was lifted"


def _find_descriptors(decoys: Decoys, _: Plan) -> str:
    null = os.makedev(1, 3)
    left = []
    for descriptor in range(DESCRIPTORS):
        try:
            status = os.fstat(descriptor)
        except OSError:
            continue
        kept = status.st_rdev == null if descriptor < 3 else descriptor in (3, decoys.shared)
        if not kept or (descriptor == 3 and not stat.S_ISSOCK(status.st_mode)):
            left.append(descriptor)
    if not left:
        raise Stopped("nothing is open")
    return f"open are {', '.join(map(str, left))}"


def _find_start_environment(_: Decoys, __: Plan) -> str:
    # It stays on the stack, below the name of the program, whatever becomes of os.environ, and is copied by a fork.
    libc = ctypes.CDLL(None)
    libc.getauxval.restype, libc.getauxval.argtypes = ctypes.c_ulong, (ctypes.c_ulong,)
    begin = ctypes.c_void_p.in_dll(libc, "program_invocation_name").value or 0
    block = ctypes.string_at(begin, libc.getauxval(_AT_EXECFN) - begin)
    lines = block.split(b"\0")[len(sys.orig_argv) : -1]
    names = {line.partition(b"=")[0].decode(errors="replace") for line in lines}
    if foreign := sorted(names - GIVEN):
        return f"{len(foreign)} names, {foreign[0]} among them"
    raise Stopped("nothing is there")


LEFTOVERS = (
    Attempt("take more memory than it may", "basic", _take_memory),
    Attempt("take memory that is shared and nameless", "basic", _share_memory),
    Attempt("take memory as a file without a name", "basic", _make_memfd),
    Attempt("take memory that outlives it", "basic", _make_segment),
    Attempt("lift its limit of memory", "basic", _raise_limit),
    Attempt("find a file or socket left open", "basic", _find_descriptors),
    Attempt("find the environment of the start", "basic", _find_start_environment),
)
