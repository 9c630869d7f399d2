"""Other processes, programs and the network: what a cell must not reach or start."""

from __future__ import annotations

import _thread
import ctypes
import errno
import os
import signal
import socket
import sys
from pathlib import Path

from spatial_agent.sandbox.attempts.attempt import Attempt, Stopped
from spatial_agent.sandbox.confine import Plan
from spatial_agent.sandbox.decoys import SHARED, Decoys
from spatial_agent.sandbox.syscalls import call

_CLONE_NEWUSER = 0x10000000
_PTRACE_SEIZE = 0x4206


def _list_processes(_: Decoys, __: Plan) -> str:
    others = [entry for entry in Path("/proc").iterdir() if entry.name.isdigit() and entry.name != str(os.getpid())]
    if not others:
        raise Stopped("none but its own is there")
    return f"{len(others)} were found"


def _read_environment(decoys: Decoys, _: Plan) -> str:
    return f"{len(Path(f'/proc/{decoys.process}/environ').read_bytes())} bytes were read"


def _send_signal(decoys: Decoys, _: Plan) -> str:
    os.kill(decoys.process, signal.SIGCONT)  # does no harm
    return "it was sent"


def _read_memory(decoys: Decoys, _: Plan) -> str:
    # A copy of the process that this one is a copy of, too: what was there before has the same address in both.
    taken = ctypes.create_string_buffer(8)
    here = (ctypes.c_size_t * 2)(ctypes.addressof(taken), len(taken))
    there = (ctypes.c_size_t * 2)(id(SHARED), len(taken))
    return f"{call('process_vm_readv', decoys.process, here, 1, there, 1, 0)} bytes were read"


def _trace(decoys: Decoys, _: Plan) -> str:
    call("ptrace", _PTRACE_SEIZE, decoys.process, None, None)
    return "it is traced"


def _start_program(_: Decoys, __: Plan) -> str:
    # Its arguments are at an address where nothing is: what would start it comes back to tell.
    return _execute(sys.executable, 1, errno.EFAULT)


def _start_own_program(_: Decoys, plan: Plan) -> str:
    file = Path(plan.scratch) / "program"  # an empty one: what would start it comes back to tell that it is none
    os.close(os.open(file, os.O_CREAT | os.O_WRONLY, 0o755))
    try:
        return _execute(str(file), None, errno.ENOEXEC)
    finally:
        file.unlink()


def _execute(path: str, arguments: int | None, accepted: int) -> str:
    try:
        call("execve", os.fsencode(path), arguments, None)
    except OSError as problem:
        if problem.errno != accepted:
            raise
    return "nothing kept it from starting"


def _fork(_: Decoys, __: Plan) -> str:
    process = os.fork()
    if process == 0:
        os._exit(0)
    os.waitpid(process, 0)
    return "a process was started"


def _start_thread(_: Decoys, __: Plan) -> str:
    running = _thread.allocate_lock()
    running.acquire()
    _thread.start_new_thread(running.release, ())
    running.acquire()
    return "a thread ran"


def _connect_tcp(decoys: Decoys, _: Plan) -> str:
    return _connected(socket.AF_INET, decoys.tcp)


def _send_udp(decoys: Decoys, _: Plan) -> str:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        return f"{sender.sendto(b'probe', decoys.udp)} bytes were sent"


def _connect_path(decoys: Decoys, _: Plan) -> str:
    return _connected(socket.AF_UNIX, decoys.path)


def _connect_abstract(decoys: Decoys, _: Plan) -> str:
    return _connected(socket.AF_UNIX, decoys.abstract)


def _connected(family: socket.AddressFamily, address: str | tuple[str, int]) -> str:
    with socket.socket(family) as client:
        client.settimeout(1)
        client.connect(address)
    return "it was connected"


def _enter_namespace(_: Decoys, __: Plan) -> str:
    call("unshare", _CLONE_NEWUSER)
    return "it was made"


PROCESSES = (
    Attempt("list the processes of this machine", "good", _list_processes),
    Attempt("read the environment of another process", "good", _read_environment),
    Attempt("send a signal to another process", "basic", _send_signal),
    Attempt("read the memory of another process", "basic", _read_memory),
    Attempt("trace another process", "basic", _trace),
    Attempt("start a program", "basic", _start_program),
    Attempt("start a program of its own making", "basic", _start_own_program),
    Attempt("fork without leave", "basic", _fork),
    Attempt("connect to a server", "basic", _connect_tcp),
    Attempt("send a datagram", "basic", _send_udp),
    Attempt("connect to a unix socket with a path", "basic", _connect_path),
    Attempt("connect to a unix socket without a path", "basic", _connect_abstract),
)
NAMESPACE = Attempt("make a namespace of users", "basic", _enter_namespace)
"""In such a namespace it would be root before much of the kernel's code, and it cannot leave one."""
THREAD = Attempt("start a thread", "basic", _start_thread)
"""A process that has a second thread, if only for a moment more, cannot make a namespace of users."""
