"""How the time of reading a text grows with the text."""

import time
from collections.abc import Callable

FLOOR = 0.002
"""Seconds; anything shorter is noise."""


def check_linear(read: Callable[[int], object]) -> None:
    """Reading a text eight times as long may take up to thirty times as long; backtracking would take 64 times or more."""

    def best(length: int) -> float:
        times = []
        for _ in range(3):
            began = time.perf_counter()
            read(length)
            times.append(time.perf_counter() - began)
        return min(times)

    assert best(20_000) < 30 * max(best(2_500), FLOOR)
