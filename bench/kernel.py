"""What a kernel costs beside a plain ipykernel with the same libraries: start, round trip, memory, ways back.

    python bench/kernel.py                     a table
    python bench/kernel.py --json              one JSON object
    python bench/kernel.py --runs 50 --json    more runs of each figure (20 if not said; ipykernel takes a quarter)

first_reply      a fresh kernel, sandboxed, until `x = 1` has run
parallel8        eight of them at once, by the clock on the wall
roundtrip        `x = 1` in a live kernel, asked 50 ms after the last cell, as people and models do
back_to_back     the same, asked at once: the copy that is to run the cell is then waited for
private          memory of an idle kernel that nobody else uses, all its processes together (USS), in MB
checkpoint_200mb, checkpoint_1gb   a copy of a kernel that holds so much, from asking for it until it answers
recovery         after a cell that does not listen: from the end of its grace until the next cell has run with all variables
death            a cell that crashes: from sending it until its end is known and the variables are there again
zygote           the first kernel of a process, which has the libraries imported and the sandbox tried

Medians, in milliseconds (private: MB), with the 10th and the 90th percentile. Null is what ipykernel cannot do: it has no
copies, a cell that does not listen costs it its variables, and it learns of a death by looking every few seconds.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import platform
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import psutil
from cold_ipykernel import of_ipykernel
from figures import CELL, PAUSE, Samples, private_mb, progress, round_trips, since
from PIL import Image
from rich.console import Console
from rich.table import Table

from spatial_agent import wire
from spatial_agent.agent.opening import namespace
from spatial_agent.budget import Budget
from spatial_agent.errors import ToolError
from spatial_agent.inputs.media import open_media
from spatial_agent.kernel.conversation import GRACE_SECONDS
from spatial_agent.kernel.gateway import Gateway
from spatial_agent.kernel.nursery import Nursery
from spatial_agent.kernel.session import WorkerKernel
from spatial_agent.perception.backends.recorded import Recorded

STUCK = "sum(itertools.repeat(1))"  # looks for no signal
CRASH = "import ctypes\nctypes.string_at(0)"
CELL_SECONDS = 0.2
"""Until a stuck cell is interrupted."""
Take = Callable[[], Awaitable[float]]


async def blind(_request: wire.AskModel) -> str:
    """No model is asked here."""
    raise ToolError("this benchmark has no model")


class Ours:
    """Kernels of one nursery."""

    def __init__(self, nursery: Nursery) -> None:
        self.nursery = nursery
        self._media = open_media([Image.new("RGB", (64, 48), (9 * k, 9 * k, 9 * k)) for k in range(3)])

    @contextlib.asynccontextmanager
    async def kernel(self, budget: Budget | None = None) -> AsyncIterator[WorkerKernel]:
        """A started kernel, closed at the end."""
        budget = budget or Budget()
        gateway = Gateway(self._media, None, Recorded(), blind, budget)
        kernel = WorkerKernel(gateway, namespace(self._media, None, budget, 0, eyes=True), nursery=self.nursery)
        await kernel.start()
        try:
            yield kernel
        finally:
            await kernel.close()

    async def first_reply(self) -> float:
        """Milliseconds."""
        began = time.perf_counter()
        async with self.kernel() as kernel:
            await expect(kernel, CELL)
            return since(began)

    async def parallel(self) -> float:
        """Milliseconds for eight; their ends are not counted."""
        began, ready = time.perf_counter(), asyncio.Barrier(9)

        async def one() -> None:
            async with self.kernel() as kernel:
                await expect(kernel, CELL)
                await ready.wait()

        async with asyncio.TaskGroup() as group:
            for _ in range(8):
                group.create_task(one())
            await ready.wait()
            return since(began)

    async def private(self) -> float:
        """Megabytes."""
        before = self._processes()
        async with self.kernel() as kernel:
            await expect(kernel, CELL)
            await asyncio.sleep(PAUSE)
            return sum(private_mb(pid) for pid in self._processes() - before)

    def _processes(self) -> set[int]:
        pid = self.nursery.pid
        return {child.pid for child in psutil.Process(pid).children(recursive=True)} if pid else set()

    async def recovery(self) -> float:
        """Milliseconds from the end of the grace."""
        async with self.kernel(Budget(cell_seconds=CELL_SECONDS)) as kernel:
            await expect(kernel, "kept = 42")
            await asyncio.sleep(PAUSE)
            began = time.perf_counter()
            stuck = await kernel.run(STUCK)
            after = await kernel.run("kept")
            if stuck.status != "timeout" or after.echo != "42":
                raise SystemExit(f"a stuck cell ended with {stuck.status}, and the next one said {after.echo}")
            return since(began) - (CELL_SECONDS + GRACE_SECONDS) * 1000

    async def death(self) -> float:
        """Milliseconds."""
        async with self.kernel() as kernel:
            await expect(kernel, "kept = 42")
            await asyncio.sleep(PAUSE)
            began = time.perf_counter()
            crashed = await kernel.run(CRASH)
            took = since(began)
            if crashed.status != "died":
                raise SystemExit(f"a crash ended with {crashed.status}: {crashed.error}")
            return took


async def expect(kernel: WorkerKernel, code: str) -> None:
    """Run a cell that must go well."""
    result = await kernel.run(code)
    if result.status != "ok":
        raise SystemExit(f"the benchmark's own cell ended with {result.status}: {result.error}")


async def repeat(name: str, runs: int, take: Take) -> list[float]:
    """So many samples of a figure."""
    progress(f"{name}: {runs} runs")
    return [await take() for _ in range(runs)]


async def copies(ours: Ours, megabytes: int, runs: int) -> list[float]:
    """Milliseconds until a copy of a kernel that holds so much answers."""
    progress(f"copies of {megabytes} MB: {runs} runs")
    async with ours.kernel(Budget(memory_bytes=4 * 2**30)) as kernel:
        await expect(kernel, f"held = np.ones(({megabytes}, 125_000))")
        taken = []
        for number in range(1, runs + 1):
            await asyncio.sleep(2 * PAUSE)
            began = time.perf_counter()
            branch = await kernel.branch(number)
            taken.append(since(began))
            await branch.close()
        return taken


async def of_ours(runs: int) -> tuple[Samples, str]:
    """All samples of ours, and the level of the sandbox."""
    nurseries = [Nursery() for _ in range(max(3, runs // 10))]
    samples: Samples = {}
    ours = Ours(nurseries[0])
    try:
        samples["zygote"] = await repeat("zygote", len(nurseries), lambda: _first_of(nurseries))
        samples["first_reply"] = await repeat("first reply", runs, ours.first_reply)
        samples["parallel8"] = await repeat("eight at once", max(3, runs // 2), ours.parallel)
        samples["private"] = await repeat("private memory", max(3, runs // 4), ours.private)
        samples["recovery"] = await repeat("recovery", max(3, runs // 2), ours.recovery)
        samples["death"] = await repeat("death", runs, ours.death)
        async with ours.kernel() as kernel:
            level = kernel.level
            await expect(kernel, CELL)
            samples["roundtrip"] = await round_trips(lambda: expect(kernel, CELL), 5 * runs, PAUSE)
            samples["back_to_back"] = await round_trips(lambda: expect(kernel, CELL), 5 * runs, 0)
        samples["checkpoint_200mb"] = await copies(ours, 200, runs)
        samples["checkpoint_1gb"] = await copies(ours, 1000, runs)
    finally:
        for nursery in nurseries:
            nursery.close()
    return samples, level


async def _first_of(nurseries: list[Nursery]) -> float:
    fresh = next(nursery for nursery in reversed(nurseries) if nursery.pid is None)
    return await Ours(fresh).first_reply()


UNITS = {"private": "mb"}
ORDER = (
    "first_reply", "parallel8", "roundtrip", "back_to_back", "private", "checkpoint_200mb", "checkpoint_1gb", "recovery",
    "death", "zygote",
)  # fmt: skip


def figures(ours: Samples, theirs: Samples, level: str) -> dict[str, Any]:
    """Medians and spreads under the names that readers of the JSON know."""
    out: dict[str, Any] = {}
    spread: dict[str, Any] = {}
    for name in ORDER:
        key = f"{name}_{UNITS.get(name, 'ms')}"
        sides = {"ours": ours.get(name), "ipykernel": theirs.get(name)}
        out[key] = {side: round(statistics.median(taken), 3) if taken else None for side, taken in sides.items()}
        spread[key] = {side: percentiles(taken) if taken else None for side, taken in sides.items()}
    return out | {
        "spread": spread,
        "level": level,
        "machine": {
            "cores": os.cpu_count(),
            "load": round(psutil.getloadavg()[0], 2),
            "system": f"{platform.system()} {platform.release()}, {platform.machine()}",
            "python": platform.python_version(),
        },
    }


def percentiles(taken: list[float]) -> list[float]:
    """The 10th and the 90th."""
    if len(taken) < 2:
        return [round(taken[0], 3)] * 2
    tenths = statistics.quantiles(taken, n=10, method="inclusive")
    return [round(tenths[0], 3), round(tenths[-1], 3)]


def table(found: dict[str, Any]) -> Table:
    """The figures for people."""
    machine = found["machine"]
    title = f"sandbox {found['level']}; {machine['cores']} cores, load {machine['load']}, Python {machine['python']}"
    shown = Table("", "ours", "p10 - p90", "ipykernel", "p10 - p90", title=title)
    for key, spread in found["spread"].items():
        cells = [key.rpartition("_")[0].replace("_", " ")]
        for side in ("ours", "ipykernel"):
            value, ends = found[key][side], spread[side]
            unit = key.rpartition("_")[2].replace("mb", "MB")
            cells += [f"{brief(value)} {unit}", " - ".join(map(brief, ends))] if ends else ["-", ""]
        shown.add_row(*cells)
    return shown


def brief(number: float) -> str:
    """Three digits, or all before the point."""
    return f"{number:,.0f}" if number >= 100 else f"{number:.3g}"


async def measure(runs: int) -> dict[str, Any]:
    """All figures."""
    ours, level = await of_ours(runs)
    return figures(ours, await of_ipykernel(max(2, runs // 4)), level)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--runs", type=int, default=20, help="runs of each figure (default 20)")
    arguments = parser.parse_args()
    found = asyncio.run(measure(max(2, arguments.runs)))
    if arguments.json:
        print(json.dumps(found, indent=2))
    else:
        Console().print(table(found))


if __name__ == "__main__":
    main()
