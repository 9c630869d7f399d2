"""`Nest`: what all processes of one kernel live in, as the agent process holds it: their supervisor and the first of them."""

from __future__ import annotations

import asyncio
import socket
import subprocess
from contextlib import suppress

from spatial_agent import birth
from spatial_agent.errors import KernelError
from spatial_agent.kernel.channel import Channel, readable
from spatial_agent.kernel.life import ANSWER_SECONDS, Life
from spatial_agent.sandbox.removal import remove

END_SECONDS = 10.0
"""For the processes of a kernel to be gone after they were killed."""
POLL_SECONDS = 0.005


class Nest:
    """One sandbox with its processes; ends when the last kernel that lives in it, branches included, lets go of it."""

    def __init__(
        self,
        born: birth.Born,
        control: socket.socket,
        channel: Channel,
        process: subprocess.Popen[bytes] | None = None,
    ) -> None:
        """`process` is the first one where it is a child of ours, and has no supervisor."""
        self.born = born
        self._process = process
        self.base = Life(channel, born.pid)
        """The first process: its namespace is filled and it never runs a cell where it can be copied."""
        self._control = control
        self._users = 1
        self._known = {born.pid: self.base}

    def join(self) -> None:
        """Another kernel lives here."""
        self._users += 1

    async def leave(self) -> None:
        """A kernel has gone; with the last one everything here is ended, and has ended when this returns."""
        self._users -= 1
        if self._users:
            return
        self.base.kill()
        with suppress(OSError):
            self._control.shutdown(socket.SHUT_WR)
        try:
            if self._process is not None:
                while self._process.poll() is None:
                    await asyncio.sleep(POLL_SECONDS)  # not in a thread: those of the pool may all be busy
                remove(self.born.scratch)
            # The supervisor closes its end when all it watched over has ended and its folder is gone.
            with suppress(TimeoutError, ConnectionResetError):
                async with asyncio.timeout(END_SECONDS):
                    await _closed(self._control)
        finally:
            self._control.close()

    async def copy(self, life: Life, seed: int | None = None) -> Copying:
        """Ask a process that waits for messages to fork; `seed` is for the copy's random generators. Raises KernelError."""
        try:
            ours, theirs = socket.socketpair()
        except OSError as problem:
            raise KernelError(f"no copy could be asked for: {problem}") from problem
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        copying = Copying(self, life, Channel(ours))
        with theirs:
            self._order(birth.Permit(life.pid))
            try:
                await life.channel.send_with(birth.Copy(seed), [theirs.fileno()])
            except BaseException:
                copying.close()
                raise
        return copying

    async def exit_status(self) -> int | None:
        """How the first process ended; None where it has a supervisor, or lives on for another second."""
        with suppress(TimeoutError):
            async with asyncio.timeout(1.0):
                while self._process is not None and self._process.poll() is None:
                    await asyncio.sleep(POLL_SECONDS)
        return self._process.poll() if self._process else None

    def revoke(self, life: Life) -> None:
        """No fork of this process is wanted any more."""
        self._order(birth.Revoke(life.pid))

    def prune(self, life: Life) -> None:
        """End what this process may have forked without our hearing of it."""
        # The number of one that has ended may be another's by now; what it left behind has come to the first one.
        pid = life.pid if life.lives else self.base.pid
        self._order(birth.Prune(pid, tuple(number for number in self._known if self.knows(number))))

    def knows(self, pid: int) -> bool:
        """Whether a process that we hold has that number."""
        return pid in self._known and self._known[pid].lives

    def welcome(self, life: Life) -> Life:
        """A process of this kernel has shown itself."""
        self._known[life.pid] = life
        return life

    def _order(self, order: birth.ToSupervisor) -> None:
        with suppress(OSError):  # a supervisor that has gone has taken the kernel along, which its socket says
            self._control.send(birth.encode(order))


class Copying:
    """A copy that was asked for, and may be there already."""

    def __init__(self, nest: Nest, original: Life, channel: Channel) -> None:
        self._nest = nest
        self._original = original
        self._channel = channel

    async def done(self) -> Life:
        """The copy, when it has said that it is there. Raises KernelError when there is none."""
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                pid = await self._channel.first_sender()
                told = await self._channel.receive()
            if not isinstance(told, birth.Copied) or self._nest.knows(pid):
                raise KernelError("what answered for a copy was none")
            self._channel.sender = pid
            return self._nest.welcome(Life(self._channel, pid, inner=told.pid))
        except TimeoutError:
            self._fail()
            raise KernelError(f"no copy was there after {ANSWER_SECONDS:g} s") from None
        except KernelError:
            self._fail()
            raise
        except BaseException:
            self.close()
            raise

    def _fail(self) -> None:
        self.close()
        self._nest.prune(self._original)

    def close(self) -> None:
        """It is not wanted any more; the copy ends when it notices."""
        self._nest.revoke(self._original)
        self._channel.close()


async def _closed(control: socket.socket) -> None:
    while True:
        await readable(control.fileno())
        try:
            if not control.recv(birth.MAX_MESSAGE):
                return
        except BlockingIOError:
            continue
