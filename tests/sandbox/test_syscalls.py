import ctypes
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from spatial_agent.sandbox import syscalls
from spatial_agent.sandbox.syscalls import call, numbers

try:
    HERE = syscalls.machine()
except OSError:
    pytest.skip("this machine has no table", allow_module_level=True)

HEADERS = {
    "x86_64": Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
    "aarch64": Path("/usr/include/asm-generic/unistd.h"),
}


@pytest.mark.parametrize("machine", syscalls.MACHINES)
def test_the_numbers_are_those_of_the_systems_headers(machine: str) -> None:
    if not HEADERS[machine].exists():
        pytest.skip(f"{HEADERS[machine]} is not here")
    text = HEADERS[machine].read_text()
    headers = {name: int(number) for name, number in re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)", text)}
    table = numbers(machine)
    in_both = table.keys() & headers.keys()
    assert len(in_both) > 240
    assert {name: table[name] for name in in_both} == {name: headers[name] for name in in_both}
    assert {name for name in table.keys() - headers.keys() if table[name] <= max(headers.values())} <= {"newfstatat"}


def test_no_number_stands_for_two_calls() -> None:
    for machine in syscalls.MACHINES:
        assert len(set(numbers(machine).values())) == len(numbers(machine))


def test_a_result_comes_back() -> None:
    assert call("getpid") == os.getpid()
    assert call("getppid") == os.getppid()


def test_whole_numbers_are_passed_with_all_their_bits(tmp_path: Path) -> None:
    with (tmp_path / "far").open("wb") as file:
        assert call("lseek", file.fileno(), 2**33 + 1, os.SEEK_SET) == 2**33 + 1


def test_structures_and_arrays_are_passed_by_address() -> None:
    class Time(ctypes.Structure):
        _fields_ = (("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long))

    time, random = Time(), (ctypes.c_char * 16)()
    call("clock_gettime", 0, time)
    assert call("getrandom", random, len(random), 0) == len(random)
    assert time.seconds > 0
    assert any(bytes(random))


def test_a_failure_is_an_error_with_its_number_and_the_calls_name() -> None:
    with pytest.raises(FileNotFoundError, match="openat"):
        call("openat", -100, b"/no/such/file", os.O_RDONLY)
    with pytest.raises(OSError, match="close: Bad file descriptor"):
        call("close", 10**6)


def test_a_call_that_the_machine_lacks_is_an_error() -> None:
    with pytest.raises(OSError, match=f"no_such_call: Function not implemented.*{HERE}"):
        call("no_such_call")


@pytest.mark.parametrize("name", ["riscv64", "i686", "armv7l"])
def test_another_machine_is_an_error_that_names_it(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    here = os.uname()
    monkeypatch.setattr(os, "uname", lambda: type(here)((*here[:4], name)))
    with pytest.raises(OSError, match=name):
        syscalls.machine.__wrapped__()


def test_no_new_privileges_cannot_be_taken_back(in_child: Callable[[Callable[[], Any]], Any]) -> None:
    def set_it() -> tuple[int, ...]:
        before = call("prctl", 39, 0, 0, 0, 0)
        syscalls.no_new_privileges()
        after = call("prctl", 39, 0, 0, 0, 0)
        syscalls.no_new_privileges()
        return before, after, call("prctl", 39, 0, 0, 0, 0)

    assert in_child(set_it) == [0, 1, 1]
