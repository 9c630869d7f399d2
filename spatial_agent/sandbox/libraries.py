"""The files that cells may read: Python's and its libraries', never this package, its repository or a user's own."""

from __future__ import annotations

import os
import re
import site
import sys
import sysconfig
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

PACKAGE: Final = Path(__file__).resolve().parents[1]
_DISTRIBUTION: Final = "spatialclaw"
_SHARED: Final = tuple(
    Path("/usr", *parts)
    for parts in (("share", "zoneinfo"), ("share", "fonts"), ("local", "share", "fonts"), ("share", "matplotlib"))
)
"""Debian keeps matplotlib's data apart from its code."""
_PRIVATE: Final = ("/boot", "/dev", "/etc", "/home", "/mnt", "/opt", "/proc", "/root", "/run", "/srv", "/sys", "/tmp")
"""Folders that are not given as a whole, and with them no folder that holds one of these."""


class Libraries(NamedTuple):
    """What of the file system a cell may read."""

    readable: tuple[Path, ...]
    """Folders and files, as they are spelled and, where links lead to them, as they are; none within another."""
    hidden: tuple[Path, ...]
    """Folders and files inside those that cells do not get to see."""


@cache
def libraries() -> Libraries:
    """Where the running Python and what it has imported come from; looked up once, so import before."""
    packages = _site_packages()
    own = _own(packages)
    trusted = {*packages, Path(sysconfig.get_path("stdlib")), *_SHARED}
    others = [path for path in map(Path, filter(None, sys.path)) if not _within(path, trusted)]
    others = [path for path in others if not _private(path, own)]
    loaded = [file if _private(file.parent, own) else file.parent for file in _loaded()]
    loaded = [path for path in loaded if _within(path, trusted) or not _private(path, own)]
    roots = _outermost(_spelled(path for path in (*trusted, *others, *loaded) if path.exists()))
    hidden = {*_own_files(packages), *(path for folder in others for path in _dotted(folder))}
    return Libraries(roots, tuple(sorted(path for path in _spelled(hidden) if _within(path, roots))))


@cache
def entries(found: Libraries) -> tuple[Path, ...]:
    """The same for a mechanism that can only add: folders with something hidden in them given entry by entry."""
    return tuple(path for root in found.readable for path in _without(root, found.hidden))


def holders(found: Libraries) -> tuple[Path, ...]:
    """The folders with something hidden in them: Python lists them when it looks for a module or a version."""
    return tuple(root for root in found.readable if any(place.is_relative_to(root) for place in found.hidden))


def unreadable(found: Libraries) -> tuple[Path, ...]:
    """What of the libraries this process cannot open, found by trying: libraries not yet imported are missing there."""
    return tuple(path for path in entries(found) if not _opens(path))


def hide_package() -> None:
    """Take this repository and the current folder off the import path; for when everything of it is imported."""
    roots = [] if PACKAGE.parent in _site_packages() else [PACKAGE.parent]
    if "" in sys.path:
        roots.append(Path.cwd())
    sys.path[:] = [name for name in sys.path if name and Path(name).resolve() not in roots]
    for name in list(sys.path_importer_cache):
        if (place := Path(name).resolve()) in roots or place.is_relative_to(PACKAGE):
            del sys.path_importer_cache[name]


def _site_packages() -> frozenset[Path]:
    names = (sysconfig.get_path("purelib"), sysconfig.get_path("platlib"), *site.getsitepackages())
    return frozenset(_spelled(Path(name) for name in names if Path(name).is_dir()))


def _own(packages: frozenset[Path]) -> Path:
    """The repository in an editable install, else the installed package."""
    return PACKAGE if PACKAGE.parent in packages else PACKAGE.parent


def _own_files(packages: frozenset[Path]) -> Iterator[Path]:
    """The package and the traces of its installation among the installed packages."""
    if PACKAGE.parent in packages:
        yield PACKAGE
    for folder in packages:
        yield from folder.glob(f"{_DISTRIBUTION}-*.dist-info")
        yield from folder.glob(f"__editable__*{_DISTRIBUTION}*")
        for file in folder.glob("*.pth"):
            if str(PACKAGE.parent) in file.read_text("utf-8", errors="replace"):
                yield file


def _loaded() -> set[Path]:
    """Shared libraries that are mapped into this process."""
    rows = (row.split(maxsplit=5) for row in Path("/proc/self/maps").read_text("utf-8", "surrogateescape").splitlines())
    names = {row[5] for row in rows if len(row) == 6 and re.search(r"\.so(\.\d+)*$", row[5])}
    # The loader looks for further libraries under /lib where that is a link to /usr/lib.
    return {Path(name) for name in (*names, *(name.removeprefix("/usr") for name in names)) if Path(name).exists()}


def _private(path: Path, own: Path) -> bool:
    """Whether a path lies in this repository, or holds it or a folder of people or of the system."""
    real = path.resolve()
    homes = (os.path.expanduser("~"), *_PRIVATE)  # noqa: PTH111 - Path.home() fails for a user without an entry
    return real.is_relative_to(own) or any(Path(place).is_relative_to(real) for place in (str(own), *homes))


def _spelled(paths: Iterable[Path]) -> set[Path]:
    """Each path as it is written and as it is once links are followed."""
    return {spelling for path in paths for spelling in (path.absolute(), path.resolve())}


def _outermost(paths: set[Path]) -> tuple[Path, ...]:
    return tuple(sorted(path for path in paths if not _within(path, paths - {path})))


def _within(path: Path, folders: Iterable[Path]) -> bool:
    return any(path.is_relative_to(folder) for folder in folders)


def _dotted(folder: Path) -> Iterator[Path]:
    """A user's own folder may hold settings and a repository beside its modules."""
    return folder.glob(".*") if folder.is_dir() else iter(())


def _without(path: Path, hidden: tuple[Path, ...]) -> Iterator[Path]:
    if not any(place.is_relative_to(path) for place in hidden):
        yield path
    elif path not in hidden:
        for entry in sorted(path.iterdir()):
            yield from _without(entry, hidden)


def _opens(path: Path) -> bool:
    try:
        os.close(os.open(path, os.O_RDONLY | os.O_CLOEXEC))
    except OSError:
        return False
    return True
