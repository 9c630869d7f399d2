import ctypes
import errno
import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from spatial_agent.sandbox import landlock
from spatial_agent.sandbox.syscalls import call

try:
    ABI = landlock.abi()
except OSError:
    ABI = 0
if not ABI:
    pytest.skip("this kernel has no Landlock, or this machine no table", allow_module_level=True)

Told = Any
InChild = Callable[[Callable[[], Told]], Told]
Become = Callable[[], None]
since = {
    abi: pytest.mark.skipif(abi > ABI, reason=f"Landlock {ABI} does not know it; {abi} does") for abi in (2, 3, 4, 6)
}


def said(attempt: Callable[[], object]) -> str:
    """The name of the error that it gives, or `done`."""
    try:
        attempt()
    except OSError as problem:
        return errno.errorcode[problem.errno or 0]
    return "done"


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder with things that everyone may read, change and run as far as the file system goes."""
    place = Path(tempfile.mkdtemp())
    for name in ("library", "library/deep", "outside", "scratch"):
        (place / name).mkdir()
    for name in ("library/module", "library/deep/data", "outside/secret", "outside/single"):
        (place / name).write_text(name)
    for path in (place, *place.rglob("*")):
        path.chmod(0o777)
    yield place
    shutil.rmtree(place)


def restrict(place: Path) -> None:
    landlock.restrict([place / "library", place / "outside" / "single"], [place / "scratch"])


def test_what_is_readable_can_be_read_and_nothing_else(in_child: InChild, as_user: Become, place: Path) -> None:
    def attempts() -> Told:
        as_user()
        restrict(place)
        return {
            "module": (place / "library" / "module").read_text(),
            "data": (place / "library" / "deep" / "data").read_text(),
            "single": (place / "outside" / "single").read_text(),
            "listed": sorted(os.listdir(place / "library")),
            "secret": said((place / "outside" / "secret").read_text),
            "list of the secret": said(lambda: os.listdir(place / "outside")),
            "passwd": said(Path("/etc/passwd").read_text),
            "around": said((place / "library" / ".." / "outside" / "secret").read_text),
        }

    assert in_child(attempts) == {
        "module": "library/module",
        "data": "library/deep/data",
        "single": "outside/single",
        "listed": ["deep", "module"],
        "secret": "EACCES",
        "list of the secret": "EACCES",
        "passwd": "EACCES",
        "around": "EACCES",
    }


def test_what_is_readable_cannot_be_changed(in_child: InChild, as_user: Become, place: Path) -> None:
    def attempts() -> Told:
        as_user()
        restrict(place)
        module, single = place / "library" / "module", place / "outside" / "single"
        return {
            said(lambda: module.write_text("x")),
            said(lambda: single.write_text("x")),
            said(module.unlink),
            said((place / "library" / "new").mkdir),
            said(lambda: (place / "library" / "new").write_text("x")),
            said(lambda: module.rename(place / "library" / "other")),
            said(lambda: shutil.rmtree(place / "library" / "deep")),
        }

    assert in_child(lambda: sorted(attempts())) == ["EACCES"]
    assert (place / "library" / "module").read_text() == "library/module"
    assert sorted(os.listdir(place / "library")) == ["deep", "module"]


@since[3]
def test_what_is_readable_cannot_be_emptied(in_child: InChild, as_user: Become, place: Path) -> None:
    module = place / "library" / "module"

    def attempts() -> Told:
        as_user()
        restrict(place)
        return [said(lambda: os.truncate(module, 0)), said(lambda: os.open(module, os.O_RDONLY | os.O_TRUNC))]

    assert in_child(attempts) == ["EACCES"] * 2
    assert module.read_text() == "library/module"


def test_in_scratch_files_are_made_changed_moved_and_removed(in_child: InChild, as_user: Become, place: Path) -> None:
    scratch = place / "scratch"

    def work() -> Told:
        as_user()
        restrict(place)
        (scratch / "a" / "b").mkdir(parents=True)
        file = scratch / "a" / "file"
        file.write_text("long text")
        os.truncate(file, 4)
        if ABI >= 2:  # before that nothing could be moved to another folder
            file = file.rename(scratch / "a" / "b" / "file")
        with tempfile.TemporaryFile(dir=scratch) as nameless:
            nameless.write(b"x")
        found = file.read_text()
        shutil.rmtree(scratch / "a")
        return found, os.listdir(scratch)

    assert in_child(work) == ["long", []]


def test_in_scratch_no_links_devices_sockets_or_pipes_are_made(in_child: InChild, as_user: Become, place: Path) -> None:
    scratch = place / "scratch"

    def attempts() -> Told:
        end = socket.socket(socket.AF_UNIX)
        as_user()
        restrict(place)
        (scratch / "file").write_text("x")
        return [
            said(lambda: os.symlink("/etc/passwd", scratch / "link")),
            said(lambda: os.mkfifo(scratch / "pipe")),
            said(lambda: os.mknod(scratch / "device", 0o20600, os.makedev(1, 3))) in ("EACCES", "EPERM"),
            said(lambda: end.bind(str(scratch / "socket"))),
            said(lambda: os.link(scratch / "file", place / "outside" / "link")) in ("EACCES", "EXDEV"),
            said(lambda: os.link(place / "outside" / "secret", scratch / "link")) in ("EACCES", "EXDEV"),
            sorted(os.listdir(scratch)),
        ]

    assert in_child(attempts) == ["EACCES", "EACCES", True, "EACCES", True, True, ["file"]]


def test_nothing_can_be_executed_not_even_what_can_be_written(in_child: InChild, as_user: Become, place: Path) -> None:
    def attempts() -> Told:
        as_user()
        copied = place / "scratch" / "true"
        shutil.copy("/bin/true", copied)
        landlock.restrict([Path("/")], [place / "scratch"])
        return [
            said(lambda: os.posix_spawn("/bin/true", ["true"], {})),
            said(lambda: os.posix_spawn(copied, ["true"], {})),
        ]

    assert in_child(attempts) == ["EACCES"] * 2


@since[4]
def test_no_tcp_port_is_bound_or_connected_to(in_child: InChild, as_user: Become, place: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def attempts() -> Told:
            as_user()
            restrict(place)
            return [
                said(lambda: socket.create_connection(server.getsockname())),
                said(lambda: socket.create_server(("127.0.0.1", 0))),
            ]

        assert in_child(attempts) == ["EACCES"] * 2


@since[6]
def test_no_signal_and_no_abstract_socket_reaches_a_process_outside(
    in_child: InChild, as_user: Become, place: Path
) -> None:
    name = f"\0spatial-agent-{os.getpid()}"
    with socket.socket(socket.AF_UNIX) as server, subprocess.Popen(["sleep", "60"]) as other:
        server.bind(name)
        server.listen()

        def attempts() -> Told:
            as_user()
            restrict(place)
            client = socket.socket(socket.AF_UNIX)
            child = os.fork()
            if not child:
                signal.pause()
            os.kill(child, signal.SIGKILL)  # inside
            os.waitpid(child, 0)
            return [said(lambda: client.connect(name)), said(lambda: os.kill(other.pid, signal.SIGKILL))]

        assert in_child(attempts) == ["EPERM"] * 2
        assert other.poll() is None
        other.kill()


def test_a_copy_is_kept_in_too_and_nobody_can_widen_it(in_child: InChild, as_user: Become, place: Path) -> None:
    def attempts() -> Told:
        as_user()
        restrict(place)
        landlock.restrict([], [])
        reads, writes = os.pipe()
        if not os.fork():
            found = said((place / "library" / "module").read_text)
            landlock.restrict([], [place / "scratch"])
            os.write(writes, f"{found} {said(lambda: (place / 'scratch' / 'x').write_text('x'))}".encode())
            os._exit(0)
        os.wait()
        return os.read(reads, 100).decode()

    assert in_child(attempts) == "EACCES EACCES"


def test_hundreds_of_entries_are_hundreds_of_rules(in_child: InChild, as_user: Become, place: Path) -> None:
    many = [place / "library" / str(number) for number in range(500)]
    for number, path in enumerate(many):
        path.mkdir() if number % 2 else path.write_text("")
    inside = [path / "file" for path in many[1::2]]
    for path in inside:
        path.write_text("x")

    def attempts() -> Told:
        as_user()
        landlock.restrict(many[:400], [place / "scratch"])
        return [said(path.read_bytes) for path in (*many[::2], *inside)]

    answers = in_child(attempts)
    assert answers[:200] == answers[250:450] == ["done"] * 200
    assert answers[200:250] == answers[450:] == ["EACCES"] * 50


def test_a_path_that_is_not_there_is_an_error_that_names_it(in_child: InChild, place: Path) -> None:
    def attempt() -> Told:
        with pytest.raises(FileNotFoundError, match="missing"):
            landlock.restrict([place / "missing"], [])
        return (place / "outside" / "secret").read_text(), len(os.listdir("/proc/self/fd"))

    before = in_child(lambda: len(os.listdir("/proc/self/fd")))
    assert in_child(attempt) == ["outside/secret", before]


def test_no_new_privileges_comes_with_it(in_child: InChild, place: Path) -> None:
    def attempt() -> Told:
        before = call("prctl", 39, 0, 0, 0, 0)
        restrict(place)
        return before, call("prctl", 39, 0, 0, 0, 0)

    assert in_child(attempt) == [0, 1]


def test_a_device_takes_no_command(in_child: InChild, place: Path) -> None:
    if ABI < 5:
        pytest.skip(f"Landlock {ABI} does not know it; 5 does")

    def attempt() -> Told:
        landlock.restrict([], [Path("/dev/null"), place / "scratch"])
        with open("/dev/null", "r+b", buffering=0) as null:
            null.write(b"x")
            libc = ctypes.CDLL(None, use_errno=True)
            return libc.ioctl(null.fileno(), ctypes.c_ulong(0x5412), b"x"), errno.errorcode[ctypes.get_errno()]

    assert in_child(attempt) == [-1, "EACCES"]


def test_of_a_listed_folder_the_names_can_be_read_and_no_more(in_child: InChild, as_user: Become, place: Path) -> None:
    def attempts() -> Told:
        as_user()
        landlock.restrict([place / "outside" / "single"], [], [place / "outside"])
        return {
            "names": sorted(os.listdir(place / "outside")),
            "single": (place / "outside" / "single").read_text(),
            "secret": said((place / "outside" / "secret").read_text),
            "other": said(lambda: os.listdir(place / "library")),
        }

    assert in_child(attempts) == {
        "names": ["secret", "single"], "single": "outside/single", "secret": "EACCES", "other": "EACCES",
    }  # fmt: skip
