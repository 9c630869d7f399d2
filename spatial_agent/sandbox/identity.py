"""The user that cells run as: under root one that nobody else is, else the user who started it all."""

from __future__ import annotations

import os
from pathlib import Path

from spatial_agent.sandbox.limits import SETGID, SETUID, holds

_SLOTS = ((200_000, 300_000), (60_000, 1_000))
"""First id and number of ids. The second lies within what a container with its own ids usually has."""


def slot(pid: int) -> int | None:
    """A user and group id for the kernel that process `pid` makes, away from the ids of people and services.

    None when this process cannot become anybody else: it is not root, lacks root's rights, or lives in a user namespace
    with too few ids. Its cells then run as the user that it is.
    """
    if not (holds(SETUID) and holds(SETGID)):
        return None
    for first, count in _SLOTS:
        number = first + pid % count
        if _mapped("uid_map", number) and _mapped("gid_map", number):
            return number
    return None


def _mapped(name: str, number: int) -> bool:
    """Whether the user namespace of this process has that id."""
    rows = (row.split() for row in Path("/proc/self", name).read_bytes().splitlines())
    return any(int(inside) <= number < int(inside) + int(count) for inside, _, count in rows)


def become(number: int) -> None:
    """Change this process to user and group `number`, without other groups, for good; raises OSError."""
    os.setgroups([])
    os.setresgid(number, number, number)
    os.setresuid(number, number, number)
