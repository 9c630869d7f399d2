"""The sockets of the Jupyter protocol: the agent process listens on them, the kernel only accepts.

They lie in a folder that no one but the user may enter. The kernel is handed the listening descriptors, so it needs
neither to see the folder nor to make or connect a socket: both stay forbidden to it, and it reaches no kernel's but its
own.
"""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import cast

from jupyter_client.connect import KernelConnectionInfo

from spatial_agent import birth
from spatial_agent.errors import KernelError
from spatial_agent.kernel.nest import Nest
from spatial_agent.kernel.nursery import SCRATCH

CHANNELS = ("shell", "iopub", "stdin", "control", "hb")
"""In the order in which their descriptors are handed over."""
NAME = "socket"
MAX_PATH = 107
"""Bytes of a unix socket's path (unix(7))."""


class Sockets:
    """Where one kernel's clients find it, also after it was started again."""

    def __init__(self) -> None:
        """Raises KernelError when there can be no such place."""
        self._folder = Path(tempfile.mkdtemp(prefix=f"{SCRATCH}{os.getpid()}-"))  # with rights for its owner only
        self.key = secrets.token_hex(32).encode()

    def listen(self) -> list[socket.socket]:
        """Listening sockets for a kernel that is being born, in the order of `CHANNELS`. Raises KernelError."""
        listening = [socket.socket(socket.AF_UNIX) for _ in CHANNELS]
        try:
            for path, end in zip(self._paths(), listening, strict=True):
                path.unlink(missing_ok=True)
                end.bind(str(path))
                end.listen()
        except OSError as problem:
            for end in listening:
                end.close()
            raise KernelError(
                f"A Jupyter kernel needs sockets in {self._folder}, and they could not be made: {problem}. With TMPDIR "
                f"set to another folder they are made there; a path may have {MAX_PATH} bytes."
            ) from problem
        return listening

    def connection(self) -> KernelConnectionInfo:
        """What a connection file says."""
        ports = {f"{channel}_port": number for number, channel in enumerate(CHANNELS, start=1)}
        where = {"transport": "ipc", "ip": str(self._folder / NAME), **ports}
        return cast(KernelConnectionInfo, where | {"key": self.key, "signature_scheme": "hmac-sha256"})

    def close(self) -> None:
        """Take them away."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _paths(self) -> list[Path]:
        return [self._folder / f"{NAME}-{number}" for number, _ in enumerate(CHANNELS, start=1)]


async def plug_in(nest: Nest, sockets: Sockets, *, shared: bool) -> None:
    """Hand sockets to a kernel that has just been born; `shared` if its clients may run cells. Raises KernelError."""
    with ExitStack() as listening:
        ends = [listening.enter_context(end) for end in sockets.listen()]
        await nest.base.channel.send_with(birth.Plug(sockets.key, shared), [end.fileno() for end in ends])
