"""All layers around a process that runs cells, put on in the order that works: `surround`, then a fork, then `confine`.

A layer that is wanted and not to be had is an OSError that names it; nothing is left out in silence.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from spatial_agent.sandbox import identity, landlock, limits, namespaces, seccomp
from spatial_agent.sandbox.level import Level, at_least
from spatial_agent.sandbox.libraries import Libraries, entries, holders
from spatial_agent.sandbox.syscalls import machine

_READ_DEVICES = (Path("/dev/null"), Path("/dev/zero"), Path("/dev/urandom"))
_WRITE_DEVICES = (Path("/dev/null"),)


class Plan(msgspec.Struct, frozen=True):
    """How one kernel is to be kept in."""

    level: Level
    memory_bytes: int
    """For its data, beyond what the interpreter and the libraries take."""
    scratch_bytes: int
    """At level strong of the whole scratch folder, below of each file in it."""
    scratch: str
    """`namespaces.SCRATCH` at level strong; below a folder of this machine that its user can reach."""
    threads: bool = False
    """Cells may start threads; such a kernel cannot be forked."""


def prepare(libraries: Libraries) -> None:
    """Work out once, in the process that all kernels are forked from, what is the same for each; saves 1 to 10 ms."""
    namespaces.layout(libraries)
    entries(libraries)
    identity.slot(os.getpid())  # for the tables that a first system call sets up
    for threads in (False, True):
        seccomp.program(machine(), notify=not threads, threads=threads)


def surround(plan: Plan, libraries: Libraries) -> None:
    """Give this process, at level strong, a root, processes and a network of its own; below it does nothing.

    Its first child afterwards is the one to call `confine`. Root makes the root folder as root, and the child gives
    that up. Root without the right to mount becomes the kernel's user first; that one and any other user do it by a
    user namespace. Raises OSError, and then this process is of no further use.
    """
    if plan.level != "strong":
        return
    namespaces.layout(libraries)  # looks at folders that the kernel's user may not be able to enter
    with _layer("namespaces"):
        mounts, number = limits.holds(limits.SYS_ADMIN), identity.slot(os.getpid())
        if not mounts and number is not None:
            identity.become(number)
            limits.let_look(True)  # or the files with its ids would belong to root
        namespaces.leave(own_user=not mounts)
        namespaces.build_root(libraries, plan.scratch_bytes, os.geteuid() if number is None else number)


def confine(plan: Plan, libraries: Libraries) -> int | None:
    """Put this process, which has one thread, behind every layer of the plan's level, for good.

    Gives the descriptor on which forks wait for a permit (see `permits`). None at level weak, where nothing is done;
    with `plan.threads`; and where the kernel has no such thing (before Linux 5.5) or an outer sandbox has taken it:
    every fork is then refused, so there can be no checkpoints. The process dies with its parent, and its folder is the
    scratch folder. Raises OSError with the layer's name, and then this process is of no further use.
    """
    if plan.level == "weak":
        return None
    parent = os.getppid()
    limits.die_with_parent(parent)
    with _layer("user"):
        owner = _owner(plan)
        limits.bound_capabilities()
        if owner != os.geteuid():
            identity.become(owner)
        limits.drop_capabilities()
        limits.let_look(False)
    limits.die_with_parent(parent)  # the change of user had undone it
    with _layer("scratch folder"):
        os.chdir(plan.scratch)
    with _layer("limits"):
        limits.limit(plan.memory_bytes, plan.scratch_bytes)
    if at_least(plan.level, "good"):
        with _layer("Landlock"):
            _restrict_files(plan, libraries)
    with _layer("seccomp"):
        return _filter_calls(plan)


def _owner(plan: Plan) -> int:
    """The user that the scratch folder belongs to, and cells run as."""
    if plan.level == "strong":
        return Path(plan.scratch).stat().st_uid
    number = identity.slot(os.getpid())
    if number is None:
        return os.geteuid()
    os.chown(plan.scratch, number, number)
    return number


def _restrict_files(plan: Plan, libraries: Libraries) -> None:
    found: tuple[Path, ...] = libraries.readable
    listed: tuple[Path, ...] = ()
    if plan.level != "strong":  # nothing covers what is hidden: what is beside it is given piece by piece
        found, listed = entries(libraries), holders(libraries)
    writable = (Path(plan.scratch), *_WRITE_DEVICES)
    try:
        landlock.restrict((*found, *_READ_DEVICES), writable, listed)
    except (FileNotFoundError, PermissionError):  # of a library removed since, or in a folder closed to this user
        landlock.restrict((*filter(_reachable, found), *_READ_DEVICES), writable, filter(_reachable, listed))


def _reachable(path: Path) -> bool:
    return os.access(path, os.R_OK)


def _filter_calls(plan: Plan) -> int | None:
    if not plan.threads:
        try:
            return seccomp.install(notify=True)
        except OSError as problem:
            if problem.errno not in (errno.EINVAL, errno.EBUSY):
                raise
    return seccomp.install(notify=False, threads=plan.threads)


@contextmanager
def _layer(name: str) -> Iterator[None]:
    try:
        yield
    except OSError as problem:
        raise OSError(problem.errno, f"{name}: {problem.strerror}") from problem
