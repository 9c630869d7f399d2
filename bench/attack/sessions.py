"""Sessions under attack: one that is attacked, a neighbour that must not notice, and the process that runs both."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import hashlib
import os
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from spatial_agent.agent.opening import namespace
from spatial_agent.budget import MIB, Budget
from spatial_agent.errors import KernelError
from spatial_agent.inputs.media import open_media
from spatial_agent.kernel.gateway import Gateway
from spatial_agent.kernel.nursery import Nursery
from spatial_agent.kernel.protocol import CellResult
from spatial_agent.kernel.session import WorkerKernel
from spatial_agent.sandbox.level import Level

from .decoys import FRAMES, Decoys, decoys, photo, standing
from .judges import forbidden, leaks, recorded, reported, told
from .watch import Counting, Watch, children, descendants, highest

LIMITS = Budget(cell_seconds=2.0, memory_bytes=512 * MIB, scratch_bytes=32 * MIB, output_bytes=MIB // 4)
"""Small, so that bombs are cheap."""
PATIENCE = 45.0
"""Seconds that a cell may take with all that comes after it, on a busy machine too."""
GROWTH = 192 * MIB
"""Bytes by which this process may grow for a while: a few messages of the greatest length."""
TRIES = 3
"""Cells that may fail after an attack until the session works again."""
SETTLED = 3.0
"""Seconds within which this process is as it was before a session."""
_PR_SET_CHILD_SUBREAPER = 36
_LOOK = "(mine[-6:], int(pixels.sum()), int(np.asarray(InputImages[1]).sum()))"


class Attack(msgspec.Struct, frozen=True):
    """One line of a file of attacks."""

    id: int | str
    name: str
    code: str | tuple[str, ...]
    what_must_hold: str


class Verdict(NamedTuple):
    """What came of an attack."""

    attack: Attack
    why: tuple[str, ...]
    """What did not hold; empty when everything did."""
    seconds: float


class Ground:
    """Where attacks are tried; use `grounds()`."""

    def __init__(self, level: Level, limits: Budget, made: Decoys, nursery: Nursery) -> None:
        self._level = level
        self._limits = limits
        self._decoys = made
        self._nursery = nursery
        self._media = open_media([photo(number) for number in range(FRAMES)])
        self._known = forbidden(made)
        self._neighbour: WorkerKernel | None = None
        self._expected: str | None = None
        self._before: dict[str, object] = {}
        self._own_secret = made.shown("memory")  # here for the taking, if a cell could read this process

    def session(self, counting: Counting) -> WorkerKernel:
        """A kernel over the made-up frames, not yet started."""
        gateway = Gateway(self._media, None, counting, counting.ask, self._limits)
        opening = namespace(self._media, None, self._limits, 0, eyes=True)
        return WorkerKernel(gateway, opening, nursery=self._nursery, least=self._level)

    async def settle(self) -> None:
        """Start the neighbour, which has a variable and a frame of its own."""
        self._neighbour = self.session(Counting())
        await self._neighbour.start()
        mine = f"mine = {self._decoys.shown('neighbour')!r}\npixels = np.asarray(InputImages[1])"
        result = await self._neighbour.run(f"{mine}\nlook = lambda: {_LOOK}\nlook()")
        if result.status != "ok":
            raise KernelError(f"the other session could not be set up: {result.error}")
        self._expected = result.echo

    async def look_around(self) -> None:
        """Take note of how everything is, once all is quiet."""
        await self._neighbour_trouble()
        await asyncio.sleep(SETTLED / 10)
        await self._changes()
        self._decoys.trouble()

    async def leave(self) -> None:
        """End the neighbour."""
        if self._neighbour is not None:
            await self._neighbour.close()

    async def attempt(self, attack: Attack) -> Verdict:
        """Run one attack in a fresh session and judge it."""
        began = time.monotonic()
        watch = Watch(set(descendants()), self._limits.memory_bytes)
        asyncio.get_running_loop().set_exception_handler(lambda _loop, context: watch.note(context))
        memory = highest(reset=True)
        watching = asyncio.create_task(watch.look())
        kernel = self.session(counting := Counting())
        results, why = list[CellResult](), list[str]()
        try:
            await kernel.start()
            await self._attack(kernel, attack, watch, results)
        except TimeoutError:
            why.append(f"a cell had no result after {PATIENCE:g} s")
        except Exception as problem:  # noqa: BLE001 - whatever comes out of the trusted side is what is looked for
            why.append(f"the trusted side raised {type(problem).__name__}: {problem}")
        finally:
            await kernel.close()
            watching.cancel()
        why += [*watch.trouble(), *self._decoys.trouble(), *await self._neighbour_trouble()]
        if (growth := highest() - memory) > GROWTH:
            why.append(f"this process grew by {growth / MIB:,.0f} MiB")
        why += [*await self._changes(), *self._judge(attack, results, counting)]
        return Verdict(attack, tuple(dict.fromkeys(why)), time.monotonic() - began)

    async def _attack(self, kernel: WorkerKernel, attack: Attack, watch: Watch, results: list[CellResult]) -> None:
        """Run the cells of an attack between two honest ones; adds what each of them gave, but the first."""
        await self._run(kernel, "kept = 41")
        for code in [attack.code] if isinstance(attack.code, str) else attack.code:
            results.append(await self._run(kernel, self._decoys.fill(code, self._others(watch))))
        for _ in range(TRIES):
            results.append(await self._run(kernel, "kept + 1"))
            if results[-1].status in ("ok", "error"):
                break
        if not isinstance(attack.code, str):  # what it left behind had its chance
            await watch.idle()

    def _judge(self, attack: Attack, results: Sequence[CellResult], counting: Counting) -> Iterator[str]:
        """What is wrong with what came back."""
        cells = 1 if isinstance(attack.code, str) else len(attack.code)
        if len(results) > cells:
            yield from self._honest(results[:cells], results[cells:])
        yield from leaks(results, self._known)
        for result in results:
            yield from recorded(result, self._limits)
            yield from told(result, self._limits)
        yield from reported(results, attack.what_must_hold)
        calls = [call.name for result in results for call in result.calls if call.failure is None]
        if counting.looks != sum(name.startswith("Segment") for name in calls):
            yield f"{counting.looks} segmentations were served, and the record says otherwise"
        if counting.asked and not any(name.startswith("AskModel") for name in calls):
            yield f"{counting.asked} questions to the model are not on record"

    @staticmethod
    async def _run(kernel: WorkerKernel, code: str) -> CellResult:
        async with asyncio.timeout(PATIENCE):
            return await kernel.run(code)

    @staticmethod
    def _honest(attacked: Sequence[CellResult], after: Sequence[CellResult]) -> Iterator[str]:
        """Whether the session works again, and whether what it said about its variables is true."""
        if after[-1].status not in ("ok", "error"):
            yield f"the session does not work any more: {after[-1].status}, {after[-1].error}"
        lost = any(result.kept == "nothing" for result in (*attacked, *after[:-1]))
        killed = any(result.status in ("timeout", "died") for result in (*attacked, *after[:-1]))
        if killed and after[-1].status in ("ok", "error") and (after[-1].echo == "42") == lost:
            said = ", ".join(result.kept for result in (*attacked, *after))
            yield f"of the variables was said to be kept: {said}; and then: {after[-1].echo or after[-1].error}"
        if any(result.submission is not None for result in (*attacked[1:], *after)):
            yield "an answer is on record for a cell that gave none"

    def _others(self, watch: Watch) -> str:
        """Processes that a cell must not touch: all that were here before its session, and its own supervisor."""
        own = [pid for pid in children(self._nursery.pid) if pid not in watch.before]
        return ", ".join(map(str, [self._decoys.process.pid, *own, *sorted(watch.before), os.getpid()]))

    async def _neighbour_trouble(self) -> list[str]:
        """What has become of the other session, which is started anew where something has."""
        assert self._neighbour is not None
        try:
            result = await self._run(self._neighbour, "look()")
            if (result.status, result.echo) == ("ok", self._expected):
                return []
            why = f"another session was harmed: {result.status}, {result.echo}, {result.error}"
        except (TimeoutError, KernelError) as problem:
            why = f"another session was harmed: {problem!r}"
        await self.leave()
        await self.settle()
        return [why]

    def _standing(self) -> dict[str, object]:
        """What others might have changed about this process, and what belongs to it."""
        pixels = b"".join(self._media[0].pixels(frame).tobytes() for frame in self._media[0].indices)
        return standing(os.getpid()) | {
            "open files": len(list(Path("/proc/self/fd").iterdir())),
            "processes": len(descendants()),
            "temporary files": self._decoys.leftovers(),
            "frames": hashlib.sha256(pixels).hexdigest(),
        }

    async def _changes(self) -> list[str]:
        """What has changed here; what is under way, as copies of the other session are, is waited for."""
        before, until = self._before, time.monotonic() + SETTLED
        while (after := self._standing()) != before and before and time.monotonic() < until:
            await asyncio.sleep(0.02)
        self._before = after
        changed = [what for what in after if before.get(what) != after[what]]
        return [f"{what} of this process: {before[what]} before, {after[what]} after" for what in changed if before]


@contextlib.asynccontextmanager
async def grounds(level: Level, limits: Budget = LIMITS) -> AsyncIterator[Ground]:
    """Decoys, a nursery and another session at `level`. Raises KernelError, and InputError where it cannot be had."""
    with decoys() as made:
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)
        nursery = Nursery(level)
        ground = Ground(level, limits, made, nursery)
        try:
            await ground.settle()
            await ground.look_around()
            yield ground
        finally:
            await ground.leave()
            nursery.close()
            ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 0)
