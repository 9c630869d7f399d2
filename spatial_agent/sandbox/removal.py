"""Removing a folder that cells have written to: however deep it is, and whatever its modes are."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

_A_FOLDER = os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def remove(folder: str) -> None:
    """Remove a folder and all that is in it, as far as the system lets; when nobody writes there any more.

    What lies in an inner folder is moved up before that is removed: no path gets long, and nothing is recursive.
    """
    with suppress(OSError):
        top = _opened(folder, None)
        try:
            while _flatten(top):
                pass
        finally:
            os.close(top)
        Path(folder).rmdir()


def _flatten(top: int) -> bool:
    """Take away the files of a folder and one layer of its folders; False when it was empty. Raises OSError."""
    found = False
    with os.scandir(top) as entries:
        for entry in list(entries):
            found = True
            if not entry.is_dir(follow_symlinks=False):
                os.unlink(entry.name, dir_fd=top)
                continue
            inner = _opened(entry.name, top)
            try:
                with os.scandir(inner) as below:
                    for one in list(below):
                        _move_up(one.name, inner, top)
            finally:
                os.close(inner)
            os.rmdir(entry.name, dir_fd=top)
    return found


def _move_up(name: str, inner: int, top: int) -> None:
    new = secrets.token_hex(16)  # which nothing there is called
    try:
        os.rename(name, new, src_dir_fd=inner, dst_dir_fd=top)
    except PermissionError:  # a folder that may not be written to may not be moved either
        _unlock(name, inner)
        os.rename(name, new, src_dir_fd=inner, dst_dir_fd=top)


def _opened(name: str, at: int | None) -> int:
    """A folder that can be read and written to; links are not followed."""
    if not os.access(name, os.R_OK | os.W_OK | os.X_OK, dir_fd=at):
        _unlock(name, at)
    return os.open(name, os.O_RDONLY | _A_FOLDER, dir_fd=at)


def _unlock(name: str, at: int | None) -> None:
    """Give its owner every right; by a descriptor, since a change of mode would follow a link."""
    held = os.open(name, os.O_PATH | _A_FOLDER, dir_fd=at)
    try:
        os.chmod(f"/proc/self/fd/{held}", 0o700)  # noqa: PTH101 - not a path of ours
    finally:
        os.close(held)
