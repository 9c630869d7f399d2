"""A process' own view of the machine: its own root folder, processes, network, shared memory and host name.

Sources: man 7 namespaces, user_namespaces; man 2 unshare, mount, mount_setattr, pivot_root; linux/mount.h.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from spatial_agent.sandbox.libraries import Libraries
from spatial_agent.sandbox.syscalls import call

SCRATCH: Final = "/scratch"
"""The one folder that can be written to, in the root made here."""

_CLONE_NEWNS: Final = 0x00020000
_CLONE_NEWUTS: Final = 0x04000000
_CLONE_NEWIPC: Final = 0x08000000
_CLONE_NEWUSER: Final = 0x10000000
_CLONE_NEWPID: Final = 0x20000000
_CLONE_NEWNET: Final = 0x40000000
_MS_NOSUID: Final = 0x2
_MS_NODEV: Final = 0x4
_MS_NOEXEC: Final = 0x8
_MS_BIND: Final = 0x1000
_MS_REC: Final = 0x4000
_MS_PRIVATE: Final = 0x40000
_MNT_DETACH: Final = 0x2
_AT_FDCWD: Final = -100
_AT_RECURSIVE: Final = 0x8000
_ATTR_RDONLY: Final = 0x1
_ATTR_NOSUID: Final = 0x2
_ATTR_NODEV: Final = 0x4
_ATTR_NOEXEC: Final = 0x8

_STAGE: Final = "/proc"
"""Where the new root is put together: a folder that every machine has and no library lies in."""
_DEVICES: Final = ("null", "urandom", "zero")
_BYTES_PER_INODE: Final = 4096
_NO_FOLDER: Final = ".hidden/folder"
_NO_FILE: Final = ".hidden/file"
_NAME: Final = b"kernel"


class _Bind(NamedTuple):
    source: bytes
    target: bytes
    """From the new root."""


class _Layout(NamedTuple):
    folders: tuple[str, ...]
    """To be made, outer ones first; from the new root."""
    files: tuple[str, ...]
    binds: tuple[_Bind, ...]
    covers: tuple[_Bind, ...]


def leave(own_user: bool) -> None:
    """Give this process namespaces of its own; its next child is process 1 of the new PID namespace.

    With `own_user` by a user namespace, in which user and group keep their numbers and nobody else exists: the way for
    a process that is not allowed to mount. Raises OSError.
    """
    user, group = os.geteuid(), os.getegid()
    apart = _CLONE_NEWNS | _CLONE_NEWPID | _CLONE_NEWNET | _CLONE_NEWIPC | _CLONE_NEWUTS
    call("unshare", apart | _CLONE_NEWUSER if own_user else apart)
    if own_user:
        _write("/proc/self/setgroups", "deny")
        _write("/proc/self/uid_map", f"{user} {user} 1")
        _write("/proc/self/gid_map", f"{group} {group} 1")
    call("sethostname", _NAME, len(_NAME))
    call("setdomainname", _NAME, len(_NAME))


def build_root(libraries: Libraries, scratch_bytes: int, owner: int) -> None:
    """Change this process' root to a new one and its folder to `SCRATCH`.

    The new root has the libraries, read-only and at their usual paths, a few devices, and a scratch folder of
    `scratch_bytes` that belongs to user and group `owner`. A library that this process cannot reach is left out: it
    could not be read before either. Needs namespaces of its own (see `leave`); raises OSError with the step's name.
    """
    plan = layout(libraries)
    os.umask(0o022)
    call("mount", None, b"/", None, _MS_REC | _MS_PRIVATE, None)
    _tmpfs(_STAGE, "mode=755,size=1m,nr_inodes=4k", _MS_NOSUID | _MS_NODEV)
    os.chdir(_STAGE)
    for folder in plan.folders:
        Path(folder).mkdir()
    for file in plan.files:
        os.close(os.open(file, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o444))
    for bind in plan.binds:
        _bind_reachable(bind)
    for cover in plan.covers:
        if os.path.lexists(cover.target):
            call("mount", cover.source, cover.target, None, _MS_BIND, None)
    _restrict(b".", _ATTR_RDONLY | _ATTR_NOSUID | _ATTR_NODEV, _AT_RECURSIVE)
    for name in _DEVICES:
        device = f"dev/{name}".encode()
        call("mount", b"/" + device, device, None, _MS_BIND, None)
        _restrict(device, _ATTR_RDONLY | _ATTR_NOSUID | _ATTR_NOEXEC, 0)
    inodes = 1024 + scratch_bytes // _BYTES_PER_INODE
    options = f"mode=700,uid={owner},gid={owner},size={scratch_bytes},nr_inodes={inodes}"
    _tmpfs(SCRATCH.removeprefix("/"), options, _MS_NOSUID | _MS_NODEV | _MS_NOEXEC)
    call("pivot_root", b".", b".")  # the old root now lies on top of the new one
    call("umount2", b".", _MNT_DETACH)
    os.chdir(SCRATCH)


@cache
def layout(libraries: Libraries) -> _Layout:
    """What `build_root` makes and mounts; worked out once for all processes that are forked later."""
    folders = {"dev", SCRATCH.removeprefix("/"), os.path.dirname(_NO_FOLDER), _NO_FOLDER}  # noqa: PTH120 - text
    files = [_NO_FILE, *(f"dev/{name}" for name in _DEVICES)]
    for path in libraries.readable:
        folders.update(_above(path))
        if path.is_dir():
            folders.add(_inner(path))
        else:
            files.append(_inner(path))
    binds = (_Bind(os.fsencode(path), os.fsencode(_inner(path))) for path in libraries.readable)
    covers = (
        _Bind((_NO_FOLDER if path.is_dir() else _NO_FILE).encode(), os.fsencode(_inner(path)))
        for path in libraries.hidden
        if not path.is_symlink()  # what it leads to is in the list too if it can be seen at all
    )
    return _Layout(tuple(sorted(folders)), tuple(files), tuple(binds), tuple(covers))


def _above(path: Path) -> Iterator[str]:
    return (_inner(folder) for folder in path.parents if folder != folder.parent)


def _inner(path: Path) -> str:
    return str(path.relative_to("/"))


def _bind_reachable(bind: _Bind) -> None:
    """With what is mounted below it: leaving that out would uncover what it covers, which a user may not do."""
    try:
        call("mount", bind.source, bind.target, None, _MS_BIND | _MS_REC, None)
    except (PermissionError, FileNotFoundError):
        if os.access(bind.source, os.R_OK):
            raise
        place = Path(os.fsdecode(bind.target))
        place.rmdir() if place.is_dir() else place.unlink()


def _tmpfs(where: str, options: str, flags: int) -> None:
    call("mount", b"tmpfs", where.encode(), b"tmpfs", flags, options.encode())


def _restrict(where: bytes, attributes: int, flags: int) -> None:
    """Adds to what a mount has already; nothing that is locked is taken off."""
    wanted = struct.pack("=4Q", attributes, 0, 0, 0)
    call("mount_setattr", _AT_FDCWD, where, flags, wanted, len(wanted))


def _write(name: str, text: str) -> None:
    """In one call, as the kernel asks; the error of a plain write would not name the file."""
    file = os.open(name, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.write(file, text.encode())
    except OSError as problem:
        raise OSError(problem.errno, f"{name}: {problem.strerror}") from problem
    finally:
        os.close(file)
