"""The other side of `kernel.py`: a plain ipykernel, started cold, with the libraries of our cells imported."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import time
from typing import Any, Self

from figures import CELL, PAUSE, Samples, private_mb, progress, round_trips, since
from jupyter_client.manager import AsyncKernelManager

IMPORTS = (
    "import collections, functools, itertools, json, math, random, re, statistics\nimport numpy as np\n"
    "import scipy, scipy.ndimage, scipy.optimize, scipy.signal, scipy.spatial\n"
    "import matplotlib\nmatplotlib.use('agg')\nimport matplotlib.pyplot as plt\nfrom PIL import Image"
)


class Plain:
    """An ipykernel, started cold."""

    def __init__(self) -> None:
        self.manager = AsyncKernelManager(kernel_name="python3")

    async def __aenter__(self) -> Self:
        """Started, with the libraries imported and one cell run."""
        await self.manager.start_kernel(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.client = self.manager.client()
        self.client.start_channels()
        await self.client.wait_for_ready(timeout=60)
        await self.run(IMPORTS)
        await self.run(CELL)
        return self

    async def step(self) -> None:
        """Run the cell that is timed."""
        await self.run(CELL)

    async def run(self, code: str) -> None:
        """Run a cell that must go well."""
        reply = await self.client.execute_interactive(code, timeout=60, output_hook=lambda _message: None)
        if reply["content"]["status"] != "ok":
            raise SystemExit(f"ipykernel's own cell failed: {reply['content']}")

    def private(self) -> float:
        """Megabytes."""
        provisioner: Any = self.manager.provisioner
        return private_mb(provisioner.pid)

    async def __aexit__(self, *_problem: object) -> None:
        self.client.stop_channels()
        await self.manager.shutdown_kernel(now=True)


async def of_ipykernel(runs: int) -> Samples:
    """All samples of a plain ipykernel."""
    progress(f"ipykernel: {runs} cold starts, {max(1, runs // 3)} times eight at once")
    samples: Samples = {name: [] for name in ("first_reply", "parallel8", "private", "roundtrip", "back_to_back")}
    for _ in range(runs):
        began = time.perf_counter()
        async with Plain() as plain:
            samples["first_reply"].append(since(began))
            samples["private"].append(plain.private())
            samples["roundtrip"] += await round_trips(plain.step, 20, PAUSE)
            samples["back_to_back"] += await round_trips(plain.step, 20, 0)
    for _ in range(max(1, runs // 3)):
        began = time.perf_counter()
        async with contextlib.AsyncExitStack() as stack:
            await asyncio.gather(*(stack.enter_async_context(Plain()) for _ in range(8)))
            samples["parallel8"].append(since(began))
    return samples
