"""How well cells are kept in: four levels, and the findings of the probes that decide between them."""

from __future__ import annotations

from typing import Literal

import msgspec

Level = Literal["weak", "basic", "good", "strong"]
"""`strong`: namespaces, Landlock, seccomp, limits. `good`: without namespaces. `basic`: seccomp and limits, so files
that the user can read can be read. `weak`: nothing keeps a cell in."""
LEVELS: tuple[Level, ...] = ("weak", "basic", "good", "strong")


class Probe(msgspec.Struct, frozen=True):
    """One thing that was tried from inside a confined process."""

    name: str
    """As in "read a file of the user"."""
    needed_for: Level
    """The lowest level at which it must hold."""
    holds: bool
    """True when it went as it should: an attack was stopped, or a thing that has to work did."""
    says: str
    """What happened, as in "refused: EACCES"."""


class Findings(msgspec.Struct, frozen=True):
    """What this machine can do for a kernel, found by trying."""

    level: Level
    forked: bool
    """True when kernels are forked from a zygote; False when each is started by itself."""
    note: str
    """Why it is no stronger level or no fork, and what would change that; empty where nothing is to be said."""
    probes: tuple[Probe, ...] = ()
    threads: int = 1
    """Of the zygote; one, or it could not be forked."""
    environment: int = 0
    """Names in the zygote's environment that it was not given by us."""


def at_least(level: Level, least: Level) -> bool:
    """Whether a level is as strong as another one, or stronger."""
    return LEVELS.index(level) >= LEVELS.index(least)
