"""What a probe is before it is tried."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from spatial_agent.sandbox.confine import Plan
from spatial_agent.sandbox.decoys import Decoys
from spatial_agent.sandbox.level import Level


class Stopped(Exception):
    """An attempt came to nothing without an error; says how."""


class Attempt(NamedTuple):
    """Something to try from inside a confined process."""

    name: str
    needed_for: Level
    do: Callable[[Decoys, Plan], str]
    """Does it and says what was got; raises `Stopped`, or what Python raises, when it cannot."""
