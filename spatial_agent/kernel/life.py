"""`Life`: one process of a kernel, as the agent process holds it."""

from __future__ import annotations

import asyncio
import os
import select
import signal
from contextlib import suppress
from pathlib import Path

from spatial_agent import birth
from spatial_agent.errors import KernelError
from spatial_agent.kernel.channel import Channel, KernelDied

ANSWER_SECONDS = 5.0
"""For a process that waits for messages to say that it is there."""


class Life:
    """A process by its descriptor, never by its number alone, and the channel to it."""

    def __init__(self, channel: Channel, pid: int, *, inner: int | None = None) -> None:
        self.channel = channel
        self.pid = pid
        self.inner = inner
        """Its number as the kernel's own processes count; None where none of them has to know."""
        self._held = True
        self.talk = asyncio.Lock()
        """Held while something is asked and answered: branches share the process that they all come from."""
        try:
            self._process = os.pidfd_open(pid) if hasattr(os, "pidfd_open") else None
        except ProcessLookupError:
            channel.close()
            raise KernelDied("the kernel process has gone") from None
        except OSError as problem:
            channel.close()
            raise KernelError(f"its process cannot be held: {problem}") from problem
        channel.process = self._process

    def signal(self, number: signal.Signals) -> None:
        """Send a signal, if the process is there and we have not let go of it."""
        if self._held:
            with suppress(ProcessLookupError):
                if self._process is None:
                    os.kill(self.pid, number)
                else:
                    signal.pidfd_send_signal(self._process, number)

    @property
    def lives(self) -> bool:
        """Whether it has not ended, as far as the system tells."""
        return self._held and (self._process is None or not select.select([self._process], [], [], 0)[0])

    def kill(self) -> None:
        """End the process; it has no say in it."""
        self.signal(signal.SIGKILL)
        self.close()

    def close(self) -> None:
        """Let go of it."""
        self._held = False
        self.channel.close()
        self.channel.process = None
        if self._process is not None:
            os.close(self._process)
            self._process = None

    def private_bytes(self) -> int | None:
        """Memory that it shares with no file; None where the system does not tell."""
        try:
            lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        except OSError:
            return None
        sizes = [line.split()[1] for line in lines if line.startswith("RssAnon:")]
        return int(sizes[0]) * 1024 if sizes else None

    async def resume(self, ended: Life) -> int | None:
        """After its copy has died: make sure that this one answers, and learn how the copy ended. Raises KernelError."""
        self.signal(signal.SIGCONT)
        try:
            async with self.talk, asyncio.timeout(ANSWER_SECONDS):
                await self.channel.send(birth.Resume(ended.inner or 0))
                told = await self.channel.receive()
        except TimeoutError:
            raise KernelError(f"it did not answer within {ANSWER_SECONDS:g} s") from None
        if not isinstance(told, birth.Resumed):
            raise KernelError(f"a {type(told).__name__} message instead of Resumed")
        return told.status
