"""A clock that can be stopped: a cell does not pay for the time that others take to serve it."""

from __future__ import annotations

import time


class Clock:
    """Counts the seconds between `start` and `stop`, any number of times."""

    def __init__(self, limit: float) -> None:
        self.limit = limit
        self._spent = 0.0
        self._since: float | None = None

    def start(self) -> None:
        """Go on counting."""
        self._since = time.monotonic()

    def stop(self) -> None:
        """Stop counting."""
        self._spent, self._since = self.spent, None

    def extend(self, seconds: float) -> None:
        """Allow some more."""
        self.limit += seconds

    @property
    def spent(self) -> float:
        """Seconds counted so far."""
        return self._spent + (time.monotonic() - self._since if self._since is not None else 0.0)

    @property
    def left(self) -> float:
        """Seconds until the limit; 0 when it is past."""
        return max(0.0, self.limit - self.spent)
