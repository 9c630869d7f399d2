"""How well cells are kept in, in words that a reader of an answer needs."""

from __future__ import annotations

from collections.abc import Mapping

from spatial_agent.sandbox.level import Level
from spatial_agent.trace.events import Stand

WORDS: Mapping[Level, str] = {
    "strong": "cells run behind namespaces, Landlock, seccomp and limits",
    "good": "cells run behind Landlock, seccomp and limits, without namespaces of their own",
    "basic": "cells run behind seccomp and limits only: they can READ what whoever started this can read",
    "weak": "cells run UNSANDBOXED, with the rights of whoever started this",
}


def in_words(level: Level, note: str = "") -> Stand:
    """A level and what it means; `note` is why it is no stronger, which only those two that ought to be are told with."""
    return Stand(level, f"{WORDS[level]} ({note})" if note and level in ("basic", "weak") else WORDS[level])
