"""`WorkerKernel`: a kernel of forked, confined processes, for one question, never reused.

Before each cell the process that holds the variables is forked. The copy runs the cell; the original waits, and is what
the session goes back to when the copy has to be killed. Copies are asked for as soon as a cell has ended, so that they
are there when the backbone has thought of the next one.
"""

from __future__ import annotations

import asyncio
import signal

from spatial_agent import wire
from spatial_agent.errors import KernelError
from spatial_agent.kernel.channel import KernelDied
from spatial_agent.kernel.conversation import Conversation, send
from spatial_agent.kernel.gateway import Gateway
from spatial_agent.kernel.life import ANSWER_SECONDS, Life
from spatial_agent.kernel.nest import Nest
from spatial_agent.kernel.nursery import START_SECONDS, Nursery, nursery
from spatial_agent.kernel.protocol import Capabilities, CellResult, Kept
from spatial_agent.sandbox.least import require
from spatial_agent.sandbox.level import Level

COPIED_BYTES = 2 * 2**30
"""A kernel that holds more memory is not copied: its cells run without a way back."""
FAILED_COPIES = 3
"""After so many that were asked for and did not come no more are: what cells left behind may hide what it forks."""


class WorkerKernel:
    """Runs cells. One that has to be killed costs what it did, and no variable of the cells before it."""

    def __init__(
        self, gateway: Gateway, opening: wire.Open, *, nursery: Nursery | None = None, least: Level = "weak"
    ) -> None:
        """`least` is the level below which it will not start; `nursery` is the shared one if not given."""
        self._gateway = gateway
        self._opening = opening
        self._nursery = nursery
        self._least: Level = least
        self._nest: Nest | None = None
        self._current: Life | None = None
        self._copying: asyncio.Task[Life | None] | None = None
        self._spent: Life | None = None
        self._running: Conversation | None = None
        self._cells = 0
        self._uncopied = ""
        self._failed = 0
        self._killed = 0

    @property
    def capabilities(self) -> Capabilities:
        """Both, where the kernel can be forked; known once it has started."""
        copies = self._nest is not None and self._nest.born.copies
        return Capabilities(checkpoint=copies, branch=copies)

    @property
    def level(self) -> Level:
        """How well its cells are kept in; known once it has started."""
        return self._living().born.level

    @property
    def note(self) -> str:
        """Why that is no stronger level; empty where nothing is to be said."""
        return self._living().born.note

    async def start(self) -> None:
        """Have the kernel born and its namespace filled; raises KernelError, and InputError below the least level."""
        nest = await (self._nursery or nursery()).hatch(self._opening.memory_bytes, self._opening.scratch_bytes)
        self._nest, self._current = nest, nest.base
        try:
            require(self._least, nest.born.level, nest.born.note)
            async with asyncio.timeout(START_SECONDS):
                await self._open(nest)
                self._copy_ahead()
                ready = await nest.base.channel.receive()
            if not isinstance(ready, wire.Ready):
                raise KernelError(f"it began with a {type(ready).__name__} message instead of Ready")
        except (TimeoutError, KernelError) as problem:
            await self.close()
            why = str(problem) or f"no word in {START_SECONDS:g} s"
            raise KernelError(f"A kernel did not start: {why}.") from problem
        except BaseException:
            await self.close()
            raise

    async def _open(self, nest: Nest) -> None:
        await nest.base.channel.send(self._opening)

    async def _submit(self, runner: Life, cell: wire.RunCell) -> None:
        await send(runner.channel, cell)

    async def run(self, code: str) -> CellResult:
        """Run one cell. A cell over a limit is interrupted, and killed where it does not listen."""
        self._cells += 1
        runner = await self._runner()
        nest = self._living()
        cell = self._running = Conversation(runner, self._gateway, nest.born.scratch, self._submit)
        died = False
        try:
            status = await cell.hold(self._cells, code)
        except KernelError as problem:
            status, died = "died", isinstance(problem, KernelDied)
            cell.record.error = f"The kernel was stopped: {problem}."
        kept: Kept = "all"
        if status in ("timeout", "died"):
            kept = await self._go_back(cell, died=died)
        else:
            self._killed = 0
            self._go_on(runner)
        self._running = None
        self._copy_ahead()
        return cell.result(status, kept, self._uncopied if kept == "nothing" else "")

    def unfinished(self) -> CellResult | None:
        """What is known of a cell that was running when its session ended; None when none was."""
        return self._running.result("stopped", "all", "") if self._running else None

    async def interrupt(self) -> None:
        """Send the running cell a KeyboardInterrupt."""
        if self._running is not None:
            self._running.runner.signal(signal.SIGINT)

    async def branch(self, number: int) -> WorkerKernel:
        """An independent copy of this kernel as it is between two cells, for another attempt.

        Its random generators are seeded with its number, from 1; its scratch folder is this kernel's. Raises KernelError
        where kernels cannot be copied, and while a cell runs.
        """
        nest = self._living()
        if not nest.born.copies or self._running is not None or self._current is None:
            why = "a cell is running" if self._running else f"kernels cannot be copied here: {self.note}"
            raise KernelError(f"This kernel cannot branch: {why}.")
        other = WorkerKernel(self._gateway.branch(), self._opening, nursery=self._nursery, least=self._least)
        if self._copying is not None:
            await asyncio.wait([self._copying])
        other._current = await self._copy(nest, self._current, (self._opening.seed * 1_000_003 + number) % 2**32)
        other._nest, other._cells = nest, self._cells
        nest.join()
        other._copy_ahead()
        return other

    async def close(self) -> None:
        """End its processes; when this returns nothing of it is left, unless a branch lives on."""
        nest, self._nest = self._nest, None
        if nest is None:
            return
        self._end_spent(nest)
        running = self._running.runner if self._running else None
        for life in {self._current, running} - {nest.base, None}:
            assert life is not None
            life.kill()
        self._current = None
        try:
            await self._stop_copying()
        finally:
            await nest.leave()

    def _living(self) -> Nest:
        if self._nest is None:
            raise KernelError("the kernel is not running; call start() first")
        return self._nest

    def _copy_ahead(self) -> None:
        """Begin with the copy that is to run the next cell; whoever waits for the last one's result does not wait for it."""
        if self._copying is None and self._current is not None:
            self._copying = asyncio.create_task(self._prepare(self._living(), self._current))

    async def _prepare(self, nest: Nest, current: Life) -> Life | None:
        """The copy; None where there is to be none, and then it is noted why. Raises KernelError."""
        self._end_spent(nest)
        if why := self._why_no_copy(nest, current):
            self._uncopied = why
            return None
        return await self._copy(nest, current)

    def _end_spent(self, nest: Nest) -> None:
        """Kill the process that nobody goes back to any more."""
        spent, self._spent = self._spent, None
        if spent is not None and spent is not nest.base:
            spent.kill()

    def _why_no_copy(self, nest: Nest, current: Life) -> str:
        if not nest.born.copies:
            return "kernels cannot be forked here"
        if self._failed >= FAILED_COPIES:
            return f"{self._failed} times no copy of it came to be"
        held, limit = current.private_bytes() or 0, COPIED_BYTES / 2**30
        if held <= COPIED_BYTES:
            return ""
        return f"it held {held / 2**30:.1f} GiB, and a kernel of more than {limit:g} GiB is not copied"

    async def _copy(self, nest: Nest, life: Life, seed: int | None = None) -> Life:
        async with life.talk:
            life.signal(signal.SIGCONT)
            copy = await (await nest.copy(life, seed)).done()
            if life is not nest.base:  # what cells left behind there is not to compute while it waits
                life.signal(signal.SIGSTOP)
            return copy

    async def _stop_copying(self) -> None:
        """Let go of a copy that is not to run anything."""
        copying, self._copying = self._copying, None
        if copying is not None:
            copying.cancel()
            for life in await asyncio.gather(copying, return_exceptions=True):
                if isinstance(life, Life):
                    life.kill()

    async def _runner(self) -> Life:
        """The process that is to run the next cell: a copy where there can be one. Raises KernelError."""
        if (copying := self._copying) is not None:
            await asyncio.wait([copying])  # if this is cancelled, close() still ends what came of it
            self._living()
            self._copying = None
            try:
                if (copy := copying.result()) is not None:
                    return copy
            except KernelError as problem:
                self._uncopied = str(problem)
                self._failed += 1
        nest, current = self._living(), self._current
        assert current is not None
        if current is not nest.base or not nest.born.copies:
            return current
        if not current.lives:  # killed by somebody else; nothing is lost with it, since no cell has run
            await self._begin_anew(nest)
            return await self._runner()
        return await self._copy(nest, current)  # the first process never runs a cell itself

    def _go_on(self, runner: Life) -> None:
        """The cell ran: the copy that ran it holds the variables from now on."""
        if runner is not self._current:
            self._spent, self._current = self._current, runner

    async def _go_back(self, cell: Conversation, *, died: bool) -> Kept:
        """The cell was killed, or killed itself: back to the process that its own was copied from."""
        nest, before, runner = self._living(), self._current, cell.runner
        runner.kill()
        self._killed += 1
        if before is not None and before is not runner:
            try:
                status = await before.resume(runner)
                if died:
                    cell.record.error = _ended(status)
                if self._killed == 1 or await self._can_run(nest, before):
                    return "before"
                self._uncopied = "what earlier cells had changed in it let no cell run any more"
            except KernelError as problem:
                self._uncopied = f"the state before it is gone, too: {problem}"
            if before is not nest.base:
                before.kill()
        elif died:
            cell.record.error = _ended(await nest.exit_status())
        await self._begin_anew(nest)
        return "nothing"

    async def _can_run(self, nest: Nest, life: Life) -> bool:
        """Whether an empty cell runs in a copy of it: cells can change what the next ones are run by."""
        try:
            copy = await self._copy(nest, life)
        except KernelError:
            return False
        try:
            cell = Conversation(copy, self._gateway, "", self._submit)
            async with asyncio.timeout(ANSWER_SECONDS):
                return await cell.hold(self._cells, "") == "ok"
        except (KernelError, TimeoutError):
            return False
        finally:
            copy.kill()

    async def _begin_anew(self, nest: Nest) -> None:
        """Without variables: from the first process, which has run no cell; else from a new kernel."""
        if nest.born.copies and nest.base.lives:
            self._current = nest.base
            return
        why = self._uncopied
        await self.close()
        await self.start()
        self._uncopied = why


def _ended(status: int | None) -> str:
    """What to say of a process that ended by itself, by its exit status where that is known."""
    names = {int(known): known.name for known in signal.Signals}
    how = "" if status is None else f" (exit status {status})"
    if status is not None and status < 0:
        how = f" (killed by {names.get(-status, f'signal {-status}')})"
    return f"The kernel process ended in the middle of this cell{how}."
