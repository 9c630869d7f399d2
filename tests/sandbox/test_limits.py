import errno
import fcntl
import mmap
import os
import resource
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from spatial_agent.sandbox import identity, limits
from spatial_agent.sandbox.descriptors import close_all_but, silence
from tests.sandbox.conftest import MIB, held

Child = Callable[[Callable[[], Any]], Any]
Become = Callable[[], None]


def capabilities(pid: int | str = "self") -> dict[str, int]:
    rows = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {row[3:6]: int(row.split()[1], 16) for row in rows if row.startswith("Cap")}


def test_memory_beyond_the_limit_is_a_memory_error_and_below_it_is_had(in_child: Child) -> None:
    def take() -> Any:
        limits.limit(held() + 256 * MIB, MIB)
        had = len(bytearray(64 * MIB))
        try:
            bytearray(2048 * MIB)
        except MemoryError:
            return had
        return "had it all"

    assert in_child(take) == 64 * MIB


def test_shared_memory_counts_too(in_child: Child) -> None:
    def take() -> Any:
        limits.limit(held() + 64 * MIB, MIB)
        try:
            mmap.mmap(-1, 8 * 2**30)
        except OSError as problem:
            return problem.errno
        return "had it"

    assert in_child(take) == errno.ENOMEM


def test_a_file_cannot_grow_beyond_its_limit(in_child: Child, tmp_path: Path) -> None:
    def write() -> Any:
        limits.limit(512 * MIB, MIB)
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        try:
            (tmp_path / "big").write_bytes(bytes(2 * MIB))
        except OSError as problem:
            return [problem.errno, (tmp_path / "big").stat().st_size]
        return "wrote it"

    assert in_child(write) == [errno.EFBIG, MIB]


def test_limits_cannot_be_raised_again_and_a_lower_one_of_the_machine_stays(in_child: Child) -> None:
    def change() -> Any:
        resource.setrlimit(resource.RLIMIT_NOFILE, (100, 100))
        limits.limit(512 * MIB, MIB)
        if os.geteuid() == 0:
            limits.bound_capabilities()
            identity.become(61_000)
        limits.drop_capabilities()
        with pytest.raises(ValueError, match="maximum"):
            resource.setrlimit(resource.RLIMIT_FSIZE, (MIB, 2 * MIB))
        return [resource.getrlimit(what) for what in (resource.RLIMIT_NOFILE, resource.RLIMIT_CORE)]

    assert in_child(change) == [[100, 100], [0, 0]]


def test_no_capability_is_left_or_can_be_had_again(in_child: Child, as_user: Become) -> None:
    def drop() -> Any:
        as_user()
        root = os.geteuid() == 0
        limits.bound_capabilities()
        limits.drop_capabilities()
        return [root, capabilities()]

    root, left = in_child(drop)
    assert left["Inh"] == left["Prm"] == left["Eff"] == left["Amb"] == 0
    assert left["Bnd"] == 0 or not root


def test_root_without_capabilities_is_refused_what_root_may(in_child: Child) -> None:
    if os.geteuid():
        pytest.skip("needs root")

    def drop() -> Any:
        limits.bound_capabilities()
        limits.drop_capabilities()
        try:
            os.setresuid(61_000, 61_000, 61_000)
        except PermissionError:
            return limits.holds(limits.SETUID)
        return "became another user"

    assert in_child(drop) is False


def test_the_process_dies_with_its_parent(in_child: Child) -> None:
    reads, writes = os.pipe()

    def parent() -> Any:
        me = os.getpid()
        child = os.fork()
        if not child:
            limits.die_with_parent(me)
            os.write(writes, str(os.getpid()).encode())
            time.sleep(60)
            os._exit(0)
        return os.read(reads, 20).decode()

    child = int(in_child(parent))
    deadline = time.monotonic() + 30
    while Path(f"/proc/{child}").exists() and "zombie" not in Path(f"/proc/{child}/status").read_text():
        assert time.monotonic() < deadline, "it outlived its parent"
        time.sleep(0.01)
    os.close(reads)
    os.close(writes)


def test_a_parent_that_is_gone_already_is_an_error(in_child: Child) -> None:
    def orphan() -> Any:
        try:
            limits.die_with_parent(os.getppid() + 1)
        except ProcessLookupError as problem:
            return str(problem)

    assert "has ended" in in_child(orphan)


def test_the_agent_still_sees_sizes_of_a_process_that_may_not_be_looked_at(in_child: Child, as_user: Become) -> None:
    """As the same user: status and statm are read and a signal gets through, memory and environment are not."""

    def look() -> Any:
        as_user()
        ready, told = os.pipe()
        child = os.fork()
        if not child:
            limits.let_look(False)
            os.write(told, b"!")
            time.sleep(60)
            os._exit(0)
        os.read(ready, 1)
        process = os.pidfd_open(child)
        seen = [bool(Path(f"/proc/{child}/{name}").read_text()) for name in ("status", "statm", "stat")]
        seen.append(os.listdir(f"/proc/{child}/task") == [str(child)])
        try:
            Path(f"/proc/{child}/environ").read_bytes()
            secret = "read"
        except PermissionError:
            secret = "refused"
        signal.pidfd_send_signal(process, signal.SIGKILL)
        return [seen, secret, os.geteuid(), os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])]

    seen, secret, user, ended = in_child(look)
    assert seen == [True] * 4
    assert ended == -signal.SIGKILL
    assert secret == ("read" if user == 0 else "refused")


def test_only_the_descriptors_named_stay_open(in_child: Child) -> None:
    def close() -> Any:
        kept = os.open("/dev/null", os.O_RDONLY)
        beyond = fcntl.fcntl(kept, fcntl.F_DUPFD, kept + 10)
        silence()
        close_all_but({int(name) for name in os.listdir("/proc/self/fd")} - {beyond})
        open_now = {int(name) for name in os.listdir("/proc/self/fd")}
        streams = [os.readlink(f"/proc/self/fd/{stream}") for stream in range(3)]
        return [beyond in open_now, kept in open_now, streams]

    assert in_child(close) == [False, True, ["/dev/null"] * 3]
