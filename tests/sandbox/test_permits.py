import errno
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from spatial_agent.sandbox import permits
from spatial_agent.sandbox.permits import Asked
from spatial_agent.sandbox.syscalls import machine

try:
    HERE = machine()
except OSError:
    pytest.skip("this machine has no table", allow_module_level=True)

WAIT_SECONDS = 30
CONFINED = """
import os, signal, socket, subprocess, sys
from spatial_agent.sandbox import seccomp

end = socket.socket(fileno=int(sys.argv[1]))
listener = seccomp.install(notify=True)
socket.send_fds(end, [b"-"], [listener])
os.close(listener)

def fork():
    try:
        child = os.fork()
    except OSError as problem:
        return problem.strerror
    if not child:
        os._exit(7)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
"""


class Child:
    """A confined process, and what its listener and its output say."""

    def __init__(self, process: subprocess.Popen[str], listener: int) -> None:
        self.process = process
        self.pid = process.pid
        self.listener = listener

    def asked(self) -> Asked | None:
        assert select.select([self.listener], [], [], WAIT_SECONDS)[0], "it did not ask"
        return permits.receive(self.listener)

    def line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()


@contextmanager
def confined(code: str) -> Iterator[Child]:
    ours, theirs = socket.socketpair()
    command = [sys.executable, "-I", "-u", "-c", CONFINED + code, str(theirs.fileno())]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, pass_fds=[theirs.fileno()]) as process:
        theirs.close()
        _, (listener,), _, _ = socket.recv_fds(ours, 1, 1)
        try:
            yield Child(process, listener)
        finally:
            process.kill()
            os.close(listener)
            ours.close()


def must(asked: Asked | None) -> Asked:
    assert asked is not None
    return asked


def test_one_permit_is_one_fork() -> None:
    with confined("for _ in range(3): print(fork())") as child:
        first = must(child.asked())
        assert first.pid == child.pid
        assert permits.allow(child.listener, first)
        assert child.line() == "7"
        for _ in range(2):
            permits.refuse(child.listener, must(child.asked()))
            assert child.line() == os.strerror(errno.EPERM)
        assert child.process.wait() == 0


def test_a_copy_asks_by_itself_and_under_its_own_number() -> None:
    with confined("child = os.fork(); print(f'{os.getpid()} {fork()}') if not child else os.wait()") as child:
        assert permits.allow(child.listener, must(child.asked()))
        copy = must(child.asked())
        assert copy.pid != child.pid
        permits.refuse(child.listener, copy)
        assert child.line() == f"{copy.pid} {os.strerror(errno.EPERM)}"


def test_a_permit_cannot_be_used_for_another_program() -> None:
    code = """
try:
    subprocess.run(["/bin/true"])
except OSError as problem:
    print(problem.strerror)
"""
    with confined(code) as child:
        assert child.line() == os.strerror(errno.EPERM)
        assert child.process.wait() == 0
        # The last process behind the filter has gone: nobody has asked and nobody can.
        assert child.asked() is None


def test_who_is_killed_while_it_waits_is_gone() -> None:
    with confined("fork()") as child:
        asked = must(child.asked())
        child.process.kill()
        child.process.wait()
        assert not permits.allow(child.listener, asked)
        permits.refuse(child.listener, asked)  # and that is no error


def test_who_is_interrupted_while_it_waits_takes_no_permit_along() -> None:
    code = """
def stop(*_):
    raise KeyboardInterrupt
signal.signal(signal.SIGINT, stop)
try:
    fork()
except KeyboardInterrupt:
    print("stopped")
"""
    with confined(code) as child:
        asked = must(child.asked())
        child.process.send_signal(signal.SIGINT)
        assert child.line() == "stopped"
        assert not permits.allow(child.listener, asked)


def test_a_signal_that_the_asker_has_put_off_does_not_cost_it_the_permit() -> None:
    code = """
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
print(fork())
"""
    with confined(code) as child:
        asked = must(child.asked())
        child.process.send_signal(signal.SIGINT)
        assert permits.allow(child.listener, asked)
        assert child.line() == "7"


def test_an_answer_is_given_once() -> None:
    with confined("print(fork())") as child:
        asked = must(child.asked())
        assert permits.allow(child.listener, asked)
        assert not permits.allow(child.listener, asked)
        assert child.line() == "7"


def test_without_anyone_to_ask_there_is_no_fork() -> None:
    code = "end.recv(1)\nprint(fork())"
    ours, theirs = socket.socketpair()
    command = [sys.executable, "-I", "-u", "-c", CONFINED + code, str(theirs.fileno())]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, pass_fds=[theirs.fileno()]) as process:
        theirs.close()
        _, (listener,), _, _ = socket.recv_fds(ours, 1, 1)
        os.close(listener)
        ours.sendall(b"x")
        assert process.communicate()[0] == f"{os.strerror(errno.ENOSYS)}\n"
    ours.close()


def test_a_signal_to_the_one_who_answers_does_not_stop_it() -> None:
    heard: list[int] = []
    before = signal.signal(signal.SIGALRM, lambda *_: heard.append(1))
    signal.setitimer(signal.ITIMER_REAL, 0.02, 0.02)
    try:
        with confined("import time; time.sleep(0.3); print(fork())") as child:
            asked = must(permits.receive(child.listener))  # waits in the call, without a poll before
            permits.refuse(child.listener, asked)
            assert child.line() == os.strerror(errno.EPERM)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert len(heard) > 1


def test_other_errors_are_told() -> None:
    reads, writes = os.pipe()
    with pytest.raises(OSError, match=os.strerror(errno.ENOTTY)):
        permits.receive(reads)
    os.close(reads)
    os.close(writes)
