"""What the probes go for: things of the calling user's that a confined process must not reach, made for the purpose."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from spatial_agent.sandbox.descriptors import close_all_but

SHARED = b"pixels"
_PR_SET_PDEATHSIG, _PR_SET_PTRACER, _ANYBODY = 1, 0x59616D61, -1


class Decoys(NamedTuple):
    """Where they are. All but `shared` are out of bounds."""

    folder: Path
    """Where every user of this machine may write."""
    file: Path
    """That every user may read and change."""
    tcp: tuple[str, int]
    """Somebody listens there, on the loopback."""
    udp: tuple[str, int]
    path: str
    """Of a unix socket on which somebody listens."""
    abstract: str
    """Name of another one, which has no path."""
    process: int
    """Number of a process that sleeps, and lets itself be traced by anybody."""
    shared: int
    """A read-only descriptor of memory that holds `SHARED`, as frames are given to a kernel."""


@contextlib.contextmanager
def decoys() -> Iterator[Decoys]:
    """Make them, and take them away at the end.

    For a process of one thread that forks inside of the `with`; the fork leaves by `os._exit`. Raises OSError.
    """
    with contextlib.ExitStack() as left:
        folder = Path(left.enter_context(tempfile.TemporaryDirectory(prefix="spatialclaw-decoys-")))
        folder.chmod(0o777)
        file = folder / "file"
        file.write_bytes(b"a decoy")
        file.chmod(0o666)
        listeners = [
            left.enter_context(socket.socket(family, kind))
            for family, kind in (
                (socket.AF_INET, socket.SOCK_STREAM),
                (socket.AF_INET, socket.SOCK_DGRAM),
                (socket.AF_UNIX, socket.SOCK_STREAM),
                (socket.AF_UNIX, socket.SOCK_STREAM),
            )
        ]
        path, abstract = str(folder / "socket"), f"\0{folder.name}"
        addresses: tuple[str | tuple[str, int], ...] = (("127.0.0.1", 0), ("127.0.0.1", 0), path, abstract)
        for listener, address in zip(listeners, addresses, strict=True):
            listener.bind(address)
            if listener.type == socket.SOCK_STREAM:
                listener.listen()
        Path(path).chmod(0o777)
        shared = _shared()
        left.callback(os.close, shared)
        process = _sleeper()
        left.callback(_end, process)
        tcp, udp = (listener.getsockname() for listener in listeners[:2])
        yield Decoys(folder, file, tcp, udp, path, abstract, process, shared)


def _shared() -> int:
    """Memory that can be read through this descriptor and not be written."""
    descriptor = os.memfd_create("spatialclaw-decoy")
    try:
        os.write(descriptor, SHARED)
        return os.open(f"/proc/self/fd/{descriptor}", os.O_RDONLY | os.O_CLOEXEC)
    finally:
        os.close(descriptor)


def _sleeper() -> int:
    process = os.fork()
    if process:
        return process
    try:
        close_all_but(())  # or whoever waits for the end of a socket of ours would wait for this process
        libc = ctypes.CDLL(None)
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        libc.prctl(_PR_SET_PTRACER, ctypes.c_long(_ANYBODY))  # or the Yama module keeps tracers off, not the sandbox
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        while True:
            signal.pause()
    finally:
        os._exit(1)


def _end(process: int) -> None:
    os.kill(process, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):  # whoever has children reaped without being asked
        os.waitpid(process, 0)
