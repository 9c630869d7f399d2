"""One cell's conversation with the process that runs it: what it asks for is served, and its limits are kept."""

from __future__ import annotations

import asyncio
import secrets
import signal
import sys
from collections.abc import Awaitable, Callable

from spatial_agent import wire
from spatial_agent.budget import MIB
from spatial_agent.errors import KernelError
from spatial_agent.kernel.cellrecord import CellRecord
from spatial_agent.kernel.channel import Arrays, Channel
from spatial_agent.kernel.clock import Clock
from spatial_agent.kernel.gateway import Gateway
from spatial_agent.kernel.life import Life
from spatial_agent.kernel.protocol import CellResult, Kept, Status
from spatial_agent.kernel.scratch import bytes_in

SEND_SECONDS = 30.0
"""For a worker that waits for a message to take it."""
GRACE_SECONDS = 0.5
"""Between the interrupt that asks a cell to stop and the kill that makes it."""
LOOK_SECONDS = 0.25
"""Between two looks at what a running cell has written, where no file system of its own keeps it within its limit."""


class Conversation:
    """Holds it, and has the record of what came of it at any time."""

    def __init__(
        self, runner: Life, gateway: Gateway, scratch: str, submit: Callable[[Life, wire.RunCell], Awaitable[None]]
    ) -> None:
        """`scratch` is the folder to be looked after; empty where the system does that. `submit` has the cell run."""
        self.runner = runner
        self.record = CellRecord(gateway.budget)
        self._gateway = gateway
        self._scratch = scratch
        self._submit = submit
        self._clock = Clock(gateway.budget.cell_seconds)

    async def hold(self, number: int, code: str) -> Status:
        """Run the cell to its end, or until it has to be killed. Raises KernelError when the process dies or lies."""
        asked = wire.RunCell(number, code, secrets.randbits(62))
        over = ""
        self._clock.start()
        try:
            await self._submit(self.runner, asked)
            while True:
                if over and not self._clock.left:
                    self.record.error = f"The cell {over}, and did not stop when asked."
                    return "timeout"
                if not over and (over := self._limit_reached()):
                    self._clock.limit = self._clock.spent + GRACE_SECONDS
                    self.runner.signal(signal.SIGINT)
                said = await self._next()
                if isinstance(said, wire.Done):
                    if said.request != asked.request:
                        raise KernelError("the end of a cell was announced that had not been asked for")
                    self.record.done(said, over)
                    return "ok" if said.error is None else "error"
        finally:
            self._clock.stop()

    def result(self, status: Status, kept: Kept, note: str) -> CellResult:
        """What is known of the cell."""
        return self.record.result(status, self._clock.spent, self._gateway.take_calls(), kept, note)

    def _limit_reached(self) -> str:
        """What the cell did beyond a limit, in words; empty as long as it keeps within."""
        budget = self._gateway.budget
        if not self._clock.left:
            return f"ran longer than {budget.cell_seconds:g} s"
        if self._scratch and (written := bytes_in(self._scratch)) > budget.scratch_bytes:
            limit = budget.scratch_bytes / MIB
            if written == sys.maxsize:
                return f"made more in its scratch folder than can be measured, which holds {limit:g} MiB"
            return f"filled its scratch folder with {written / MIB:.0f} MiB, which holds {limit:g} MiB"
        return ""

    async def _next(self) -> wire.FromKernel | None:
        """The next message, taken note of and served if it is a call; None when it is time to look at the limits."""
        wait = min(self._clock.left, LOOK_SECONDS) if self._scratch else self._clock.left
        try:
            async with asyncio.timeout(wait):
                said = await self.runner.channel.receive()
        except TimeoutError:
            return None
        self.record.take(said)
        if isinstance(said, wire.Call):
            self._clock.stop()
            result, arrays = await self._gateway.serve(said.request)
            self._clock.start()
            # Whether a cell reads what it asked for is its own affair, and on its own time.
            await send(self.runner.channel, wire.Reply(said.call, result), arrays, self._clock.left + GRACE_SECONDS)
        return said


async def send(channel: Channel, message: wire.ToKernel, arrays: Arrays = (), seconds: float = SEND_SECONDS) -> None:
    """Send a message to a worker that ought to be reading; KernelError when it is not."""
    try:
        async with asyncio.timeout(seconds):
            await channel.send(message, arrays)
    except TimeoutError:
        raise KernelError(f"it took no message for {seconds:.2g} s") from None
    except OSError as problem:  # this process has too many files open, or too little memory
        raise KernelError(f"a message could not be sent to it: {problem}") from problem
