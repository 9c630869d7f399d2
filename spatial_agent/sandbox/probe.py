"""The probes: what a cell must not be able to do, and what it has to be able to, tried for real in a confined process.

What was tried decides how strong a sandbox this machine has, not what its kernel is called or how it is configured.
"""

from __future__ import annotations

import errno
from collections.abc import Collection

from spatial_agent.sandbox.attempts.attempt import Attempt, Stopped
from spatial_agent.sandbox.attempts.files import FILES
from spatial_agent.sandbox.attempts.leftovers import LEFTOVERS
from spatial_agent.sandbox.attempts.needs import NEEDS
from spatial_agent.sandbox.attempts.processes import NAMESPACE, PROCESSES, THREAD
from spatial_agent.sandbox.confine import Plan
from spatial_agent.sandbox.decoys import Decoys, decoys
from spatial_agent.sandbox.level import LEVELS, Level, Probe, at_least

__all__ = ["Decoys", "decoys", "level_of", "look", "missing"]

ATTACKS: tuple[Attempt, ...] = (*FILES, *PROCESSES, *LEFTOVERS, NAMESPACE, THREAD)
"""In this order: what they do to the process that they succeed in, the last two cannot undo."""
_FAILURES = (Stopped, OSError, MemoryError, RuntimeError, ImportError, ValueError)
"""What an attempt fails with; a thread that cannot be started is a RuntimeError."""


def look(decoys: Decoys, plan: Plan) -> tuple[Probe, ...]:
    """Try everything, in a confined process of one thread that is to end afterwards.

    Its descriptors are a kernel's, 0 to 2 on /dev/null and 3 a socket, and `decoys.shared`; who decides on its forks is
    another process, or nobody. `plan` is what it was confined by. A small `scratch_bytes` keeps the look short, for the
    scratch folder is filled.
    """
    probes = []
    for attempt in (*NEEDS, *ATTACKS):
        if plan.threads and attempt is THREAD:
            continue
        succeeded, says = _tried(attempt, decoys, plan)
        probes.append(Probe(attempt.name, attempt.needed_for, succeeded == (attempt in NEEDS), says))
    return tuple(probes)


def _tried(attempt: Attempt, decoys: Decoys, plan: Plan) -> tuple[bool, str]:
    try:
        return True, attempt.do(decoys, plan)
    except _FAILURES as problem:
        if isinstance(problem, OSError) and problem.errno:
            return False, f"refused: {errno.errorcode.get(problem.errno, problem.errno)}"
        return False, f"refused: {problem}"


def level_of(probes: Collection[Probe]) -> Level:
    """The highest level of which every probe holds that is needed for it or for a lower one."""
    return max((level for level in LEVELS if probes and not missing(probes, level)), key=LEVELS.index, default="weak")


def missing(probes: Collection[Probe], level: Level) -> tuple[Probe, ...]:
    """Those that would have to hold for a level, and do not."""
    return tuple(probe for probe in probes if not probe.holds and at_least(level, probe.needed_for))
