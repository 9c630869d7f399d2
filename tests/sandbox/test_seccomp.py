import ctypes
import errno
import mmap
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from spatial_agent.sandbox import allowed, seccomp
from spatial_agent.sandbox.syscalls import call, machine, numbers

try:
    HERE = machine()
except OSError:
    pytest.skip("this machine has no table", allow_module_level=True)

Told = Any
InChild = Callable[[Callable[[], Told]], Told]
PAGE = 4096


def said(attempt: Callable[[], object]) -> str:
    """The name of the error that it gives, or `done`."""
    try:
        attempt()
    except OSError as problem:
        return errno.errorcode[problem.errno or 0]
    except RuntimeError as problem:
        return str(problem)
    return "done"


def mapped(length: int, flags: int, descriptor: int = -1, protection: int = mmap.PROT_READ) -> int:
    return call("mmap", None, length, protection, flags, descriptor, 0)


def test_every_call_that_is_not_listed_is_refused(in_child: InChild) -> None:
    listed = {*allowed.PLAIN, *allowed.CHECKED, *allowed.PRETENDED, *allowed.UNSUPPORTED, *allowed.ABSENT}
    refused = sorted(numbers(HERE).keys() - listed)

    def attempts() -> Told:
        seccomp.install(notify=False)
        return {name: said(lambda name=name: call(name, *[-1] * 6)) for name in refused}

    assert len(refused) > 150
    assert in_child(attempts) == dict.fromkeys(refused, "EPERM")


def test_absent_calls_are_missing_and_so_are_calls_that_this_release_does_not_know(in_child: InChild) -> None:
    def attempts() -> Told:
        seccomp.install(notify=False)
        libc = ctypes.CDLL(None, use_errno=True)
        assert libc.syscall(numbers(HERE)[allowed.NEWEST] + 1) == -1
        later = errno.errorcode[ctypes.get_errno()]
        return sorted({said(lambda name=name: call(name, *[-1] * 6)) for name in allowed.ABSENT} | {later})

    assert in_child(attempts) == ["ENOSYS"]


def test_files_have_no_attributes(in_child: InChild, tmp_path: Path) -> None:
    def attempts() -> Told:
        seccomp.install(notify=False)
        return [said(lambda: os.listxattr(tmp_path)), said(lambda: os.setxattr(tmp_path, "user.name", b"value"))]

    assert in_child(attempts) == ["ENOTSUP"] * 2
    assert os.listxattr(tmp_path) == []


def test_modes_and_times_are_not_changed_and_that_is_no_error(in_child: InChild, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("x")
    before = file.stat()

    def change() -> Told:
        seccomp.install(notify=False)
        file.chmod(0o777)
        os.utime(file, (1, 1))
        with file.open() as opened:
            os.fchmod(opened.fileno(), 0o4777)

    in_child(change)
    after = file.stat()
    assert stat.S_IMODE(after.st_mode) == stat.S_IMODE(before.st_mode)
    assert after.st_mtime_ns == before.st_mtime_ns


def test_other_processes_are_out_of_reach(in_child: InChild) -> None:
    with subprocess.Popen(["sleep", "60"]) as other:
        watch = os.pidfd_open(other.pid)

        def attempts() -> Told:
            seccomp.install(notify=False)
            return [
                said(lambda: os.kill(other.pid, signal.SIGKILL)),
                said(lambda: os.killpg(0, signal.SIGKILL)),
                said(lambda: signal.pidfd_send_signal(watch, signal.SIGKILL)),
                said(lambda: os.sched_setaffinity(other.pid, {0})),
                said(lambda: os.setpriority(os.PRIO_PROCESS, other.pid, 19)),
            ]

        assert in_child(attempts) == ["EPERM"] * 5
        assert other.poll() is None
        os.close(watch)
        other.kill()


def test_nothing_else_can_be_started(in_child: InChild) -> None:
    def attempts() -> Told:
        seccomp.install(notify=False)
        return [
            said(os.fork),
            said(lambda: os.execv("/bin/true", ["true"])),
            said(lambda: os.posix_spawn("/bin/true", ["true"], {})),
            said(lambda: subprocess.run(["/bin/true"], check=False)),
            said(threading.Thread(target=print).start),
        ]

    assert in_child(attempts) == ["EPERM"] * 4 + ["can't start new thread"]


def test_memory_that_no_limit_counts_is_refused_and_shared_arrays_are_not(in_child: InChild) -> None:
    sealed = os.memfd_create("array", os.MFD_ALLOW_SEALING)
    os.write(sealed, bytes(PAGE))

    def attempts() -> Told:
        seccomp.install(notify=False)
        both = mmap.PROT_READ | mmap.PROT_WRITE
        private, grows_down = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, 0x100
        return [
            said(lambda: mmap.mmap(-1, PAGE)),
            said(lambda: mapped(PAGE, 0x03 | mmap.MAP_ANONYMOUS, protection=both)),
            said(lambda: mapped(PAGE, private | grows_down, protection=both)),
            said(lambda: os.memfd_create("more")),
            len(mmap.mmap(-1, PAGE, flags=private)),
            len(mmap.mmap(sealed, 0, access=mmap.ACCESS_READ)),
        ]

    assert in_child(attempts) == ["EPERM"] * 4 + [PAGE] * 2
    os.close(sealed)


def test_a_socket_is_used_but_none_is_made(in_child: InChild, tmp_path: Path) -> None:
    ours, theirs = socket.socketpair()
    inet = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    def attempts() -> Told:
        seccomp.install(notify=False)
        theirs.sendall(b"by send")
        theirs.recv(10)
        return [
            said(socket.socket),
            said(socket.socketpair),
            said(lambda: inet.sendto(b"x", ("127.0.0.1", 9))),
            said(lambda: inet.connect(("127.0.0.1", 9))),
            said(lambda: theirs.getsockopt(socket.SOL_SOCKET, socket.SO_TYPE)),
        ]

    ours.sendall(b"go on")
    assert in_child(attempts) == ["EPERM"] * 5
    assert ours.recv(10) == b"by send"
    for end in (ours, theirs, inet):
        end.close()


def test_a_thread_is_what_a_threaded_kernel_may_have_and_all_it_may_start(in_child: InChild) -> None:
    def attempts() -> Told:
        ready, go, found = threading.Event(), threading.Event(), []

        def earlier() -> None:
            ready.set()
            go.wait()
            found.append(said(socket.socket))

        before = threading.Thread(target=earlier)
        before.start()
        ready.wait()
        assert seccomp.install(notify=False, threads=True) is None
        go.set()
        before.join()
        after = threading.Thread(target=lambda: found.append(said(socket.socket)))
        after.start()
        after.join()
        return [*found, said(os.fork), said(lambda: subprocess.run(["/bin/true"], check=False))]

    assert in_child(attempts) == ["EPERM"] * 4


def test_a_second_filter_cannot_be_added_by_a_cell(in_child: InChild) -> None:
    def attempts() -> Told:
        seccomp.install(notify=False)
        return said(lambda: seccomp.install(notify=False))

    assert in_child(attempts) == "EPERM"


def test_where_an_outer_filter_listens_already_that_is_an_error(in_child: InChild) -> None:
    allow_all = ctypes.create_string_buffer(seccomp._INSTRUCTION.pack(*seccomp._return(seccomp.ALLOW)), 8)

    def attempts() -> Told:
        seccomp.no_new_privileges()
        call("seccomp", 1, 8, seccomp._Program(1, ctypes.addressof(allow_all)))
        return [said(lambda: seccomp.install(notify=True)), said(lambda: seccomp.install(notify=False))]

    assert in_child(attempts) == ["EBUSY", "done"]


def test_permits_and_threads_exclude_each_other() -> None:
    with pytest.raises(ValueError, match="threads"):
        seccomp.install(notify=True, threads=True)


@pytest.mark.skipif(HERE != "x86_64", reason="only x86_64 has a second and a third way in")
def test_the_doors_of_older_programs_are_shut(in_child: InChild) -> None:
    def short_pointers() -> Told:
        seccomp.install(notify=False)
        libc = ctypes.CDLL(None, use_errno=True)
        return libc.syscall(0x40000000 + numbers(HERE)["getpid"]), ctypes.get_errno()

    def interrupt_80(confined: bool) -> Callable[[], Told]:
        def getpid() -> Told:
            page = mmap.mmap(-1, PAGE, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, mmap.PROT_READ | mmap.PROT_WRITE | 4)
            page.write(bytes.fromhex("53 b814000000 cd80 5b c3"))  # push rbx; mov eax, 20; int 0x80; pop rbx; ret
            if confined:
                seccomp.install(notify=False)
            return ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))()

        return getpid

    assert in_child(short_pointers) == [-1, errno.EPERM]
    if in_child(interrupt_80(False)) <= 0:
        pytest.skip("this kernel has no 32-bit calls")
    assert in_child(interrupt_80(True)) == -errno.EPERM


def test_an_interrupt_still_reaches_a_cell() -> None:
    cell = """
import signal, sys, time
from spatial_agent.sandbox import seccomp
seccomp.install(notify=False)
try:
    print("ready", flush=True)
    time.sleep(60)
except KeyboardInterrupt:
    signal.signal(signal.SIGALRM, lambda *_: print("alarm", flush=True))
    signal.setitimer(signal.ITIMER_REAL, 0.01)
    signal.pause()
"""
    command = [sys.executable, "-I", "-c", cell]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        child.send_signal(signal.SIGINT)
        assert child.stdout.read() == "alarm\n"
        assert child.wait() == 0
