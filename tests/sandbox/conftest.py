"""Children of the test process that confine themselves, do something, and tell what came of it."""

import ctypes
import json
import os
import signal
import struct
import tempfile
import traceback
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from spatial_agent.sandbox import identity, limits
from spatial_agent.sandbox.syscalls import call

ORDINARY = 61_000
MIB = 2**20
Told = Any
"""What JSON can say."""


def fork(function: Callable[[], Told]) -> Told:
    """What `function` returns in a forked child; its error as an AssertionError here."""
    reads, writes = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of threads that pytest-xdist has and the child has not
        child = os.fork()
    if not child:
        try:
            signal.alarm(60)
            os.write(writes, json.dumps([function(), None]).encode())
        except BaseException:  # noqa: BLE001 - whatever it is, the parent has to know
            os.write(writes, json.dumps([None, traceback.format_exc()]).encode())
        finally:
            os._exit(0)
    os.close(writes)
    with open(reads, "rb") as told:
        text = told.read()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert text, f"the child ended with {status} and told nothing"
    value, error = json.loads(text)
    assert error is None, error
    return value


def held() -> int:
    """Bytes of data that this process has by now: a fork of a test process begins with more than a kernel does."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmData:"))


@pytest.fixture
def in_child() -> Callable[[Callable[[], Told]], Told]:
    return fork


@pytest.fixture(params=["root", "root that may not mount", "ordinary user"])
def as_user(request: pytest.FixtureRequest) -> Callable[[], None]:
    """To be called in a child: makes it the user that the test is about."""
    root = os.geteuid() == 0
    if request.param != "ordinary user" and not root:
        pytest.skip("only root can see what root's kernels are like")

    def become() -> None:
        if root and request.param == "ordinary user":
            identity.become(ORDINARY)
            limits.let_look(True)  # as it is for a process that was started by that user
        if request.param == "root that may not mount":  # as in most containers
            header, rights = struct.pack("=Ii", 0x20080522, 0), ctypes.create_string_buffer(24)
            call("capget", header, rights)
            effective, permitted, *others = struct.unpack("=6I", rights.raw)
            mask = ~(1 << limits.SYS_ADMIN)
            call("capset", header, struct.pack("=6I", effective & mask, permitted & mask, *others))

    return become


@pytest.fixture
def closed(request: pytest.FixtureRequest) -> bool:
    """Whether the interpreter lies where the user who makes the kernel's root folder cannot enter."""
    other = os.geteuid() == 0 and request.node.callspec.params["as_user"] != "root"
    return other and not all(folder.stat().st_mode & 0o001 for folder in Path(os.__file__).parents)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user of the machine can enter; pytest's own are for one."""
    with tempfile.TemporaryDirectory(prefix="spatialclaw-test-", dir="/tmp") as name:
        Path(name).chmod(0o755)
        yield Path(name)
