"""The one way from a cell to the agent process: ask, wait, get a result with its arrays."""

from __future__ import annotations

from typing import Any, Protocol

from numpy.typing import NDArray

from spatial_agent import wire


class Host(Protocol):
    """Whoever answers the calls of the tools: the agent process, or a scene made up in a test."""

    def ask(self, request: wire.Request) -> tuple[wire.Result, tuple[NDArray[Any], ...]]:
        """Result of a call and the read-only arrays that its `wire.Array` fields number.

        Raises ToolError with the message of a `wire.Failure`, which is therefore never returned.
        """
        ...
