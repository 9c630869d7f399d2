"""The least sandbox that cells are run in, and what is said where there is no such."""

from __future__ import annotations

from spatial_agent.errors import InputError
from spatial_agent.sandbox.level import Level, at_least

FOR_A_MODEL: Level = "good"
"""For cells that a model wrote, or somebody else."""


def require(least: Level, level: Level, note: str) -> None:
    """Raises InputError where `level` is below the least that was asked for; `note` is why it is no stronger."""
    if at_least(level, least):
        return
    why = f" ({note})" if note else ""
    raise InputError(
        f"Cells are to run in a sandbox of level {least} at least, and here it is {level}{why}. See each probe: "
        "spatialclaw doctor. Ways out: a Linux kernel with Landlock (5.13 or later) or user namespaces; in a container, "
        "its default profile with a kernel that has Landlock, or root and --cap-add SYS_ADMIN; or, on a machine that "
        f"you could do without, --min-sandbox {level}."
    )
