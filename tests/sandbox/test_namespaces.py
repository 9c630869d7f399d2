import errno
import importlib
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from spatial_agent.sandbox import identity, limits, namespaces
from spatial_agent.sandbox.libraries import PACKAGE, Libraries, libraries

MIB = 2**20
Child = Callable[[Callable[[], Any]], Any]
Inside = Callable[..., Any]


def refused(action: Callable[[], object]) -> str:
    """The name of the error that an action ends with; "done" when it ends with none."""
    try:
        action()
    except OSError as problem:
        return errno.errorcode[problem.errno or 0]
    return "done"


@pytest.fixture
def inside(in_child: Child, as_user: Callable[[], None]) -> Inside:
    """What a function returns in process 1 of a new root, as a user who has no capability any more."""

    def run(function: Callable[[], Any], found: Libraries | None = None, scratch_bytes: int = 4 * MIB) -> Any:
        found = found or libraries()
        namespaces.layout(found)

        def supervisor() -> Any:
            as_user()
            owner = os.geteuid() or identity.slot(os.getpid())
            assert owner
            mounts = limits.holds(limits.SYS_ADMIN)
            if not mounts and owner != os.geteuid():
                identity.become(owner)
                limits.let_look(True)
            try:
                namespaces.leave(own_user=not mounts)
                namespaces.build_root(found, scratch_bytes, owner)
            except PermissionError as problem:
                return f"no namespaces here: {problem}"

            def first() -> Any:
                if os.geteuid() != owner:
                    identity.become(owner)
                limits.drop_capabilities()
                return [function()]

            return in_child(first)

        said = in_child(supervisor)
        if isinstance(said, str):
            pytest.skip(said)
        return said[0]

    return run


def test_it_is_alone(inside: Inside) -> None:
    def look() -> Any:
        name = os.uname()
        return [os.getpid(), os.getppid(), name.nodename, refused(lambda: os.kill(os.getppid() or 2, 0))]

    assert inside(look) == [1, 0, "kernel", "ESRCH"]


def test_nothing_but_libraries_devices_and_scratch_is_there(inside: Inside) -> None:
    def look() -> Any:
        tops = sorted(os.listdir("/"))
        folders = ["/etc", "/proc", "/sys", "/home", "/tmp", "/run", "/var", "/bin", "/usr/bin"]
        return [tops, [name for name in folders if os.path.exists(name) and os.listdir(name)], os.listdir("/dev")]

    tops, filled, devices = inside(look)
    expected = {path.parts[1] for path in libraries().readable} | {"dev", "scratch", ".hidden"}
    assert set(tops) == expected
    assert all(any(path.is_relative_to(name) for path in libraries().readable) for name in filled)
    assert sorted(devices) == ["null", "urandom", "zero"]


def test_this_package_is_gone_and_a_library_not_yet_imported_is_not(inside: Inside, closed: bool) -> None:
    fresh = next(name for name in ("PIL._imagingmorph", "wsgiref.handlers") if name not in sys.modules)

    def look() -> Any:
        try:
            importlib.import_module(fresh)
            imported = True
        except ModuleNotFoundError:
            imported = False
        own = [PACKAGE / "__init__.py", PACKAGE.parent / "pyproject.toml", *libraries().hidden]
        return [
            imported,
            [str(path) for path in own if path.is_file() and path.read_bytes()],
            [str(path) for path in own if path.is_dir() and os.listdir(path)],
        ]

    imported, files, folders = inside(look)
    assert files == folders == []
    if not imported and closed:
        pytest.skip("the interpreter lies in a folder that is closed to this user")
    assert imported


def test_what_is_hidden_in_a_library_is_covered(inside: Inside, open_folder: Path) -> None:
    (open_folder / "tools/.git").mkdir(parents=True)
    (open_folder / "tools/.git/config").write_text("x")
    (open_folder / "tools/.env").write_text("KEY=1")
    (open_folder / "tools/gaze.py").write_text("angle = 3")
    tools = open_folder / "tools"
    found = Libraries((tools,), (tools / ".env", tools / ".git"))

    def look() -> Any:
        return [
            sorted(os.listdir(tools)),
            (tools / ".env").read_text(),
            os.listdir(tools / ".git"),
            (tools / "gaze.py").read_text(),
            refused(lambda: (tools / "gaze.py").write_text("angle = 4")),
            refused(lambda: (tools / "new.py").write_text("")),
        ]

    assert inside(look, found) == [[".env", ".git", "gaze.py"], "", [], "angle = 3", "EROFS", "EROFS"]
    assert (tools / ".env").read_text() == "KEY=1"


def test_the_root_cannot_be_written_to_and_the_scratch_folder_can(inside: Inside) -> None:
    def write() -> Any:
        kept = Path("kept")
        kept.write_text("x")
        return [
            os.getcwd(),
            kept.stat().st_uid == os.geteuid() != 0,
            refused(lambda: Path("/new").write_text("")),
            refused(lambda: Path("/dev/new").write_text("")),
            refused(lambda: os.utime("/dev/null")),
            Path("/dev/null").write_text("gone"),
            os.statvfs("/scratch").f_flag & (os.ST_NODEV | os.ST_NOSUID | os.ST_NOEXEC | os.ST_RDONLY),
        ]

    flags = os.ST_NODEV | os.ST_NOSUID | os.ST_NOEXEC
    assert inside(write) == ["/scratch", True, "EROFS", "EROFS", "EROFS", 4, flags]


def test_the_scratch_folder_has_an_end_in_bytes_and_in_files(inside: Inside) -> None:
    def fill() -> Any:
        full = refused(lambda: Path("big").write_bytes(bytes(8 * MIB)))
        os.unlink("big")
        made = 0
        with suppress(OSError):
            while made < 100_000:
                os.close(os.open(str(made), os.O_CREAT | os.O_WRONLY))
                made += 1
        return [full, made]

    full, made = inside(fill)
    assert full == "ENOSPC"
    assert made < 100_000


def test_no_library_can_be_written_to_or_lends_its_owners_rights(inside: Inside) -> None:
    roots = [str(path) for path in libraries().readable]

    def look() -> Any:
        wanted = os.ST_RDONLY | os.ST_NOSUID | os.ST_NODEV
        return [root for root in roots if os.path.exists(root) and os.statvfs(root).f_flag & wanted != wanted]

    assert inside(look) == []


def test_no_network_is_there(inside: Inside) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    abstract = socket.socket(socket.AF_UNIX)
    abstract.bind(f"\0spatialclaw-test-{os.getpid()}")
    abstract.listen()
    port, name = listener.getsockname()[1], abstract.getsockname()

    def connect(family: int, kind: int, address: Any) -> str:
        with socket.socket(family, kind) as sock:
            return refused(lambda: sock.connect(address))

    def reach() -> Any:
        return [
            connect(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", port)),
            connect(socket.AF_INET, socket.SOCK_DGRAM, ("192.0.2.1", 9)),
            connect(socket.AF_UNIX, socket.SOCK_STREAM, name),
            [name for _, name in socket.if_nameindex() if name != "lo"],
        ]

    with listener, abstract:
        tcp, udp, unix, others = inside(reach)
    assert (tcp, udp, unix) == ("ENETUNREACH", "ENETUNREACH", "ECONNREFUSED")
    assert [name for name in others if not name.startswith(("tunl", "gre", "erspan", "ip", "sit", "teql"))] == []


def test_a_set_user_id_program_gives_nothing(inside: Inside, open_folder: Path) -> None:
    """The namespaces alone let it be executed: the mount has to take its power away."""
    if os.geteuid():
        pytest.skip("only root can make a file that is root's and set-user-id")
    subprocess.run(["cp", "/usr/bin/id", str(open_folder / "id")], check=True)
    (open_folder / "id").chmod(0o4755)
    folders = {Path("/lib64"), Path("/usr/lib64"), *(path for path in libraries().readable if "linux-gnu" in path.name)}
    found = Libraries((open_folder, *sorted(folder for folder in folders if folder.exists())), ())

    def execute() -> Any:
        return subprocess.run(
            [str(open_folder / "id"), "-u"], capture_output=True, text=True, check=True
        ).stdout.strip()

    assert inside(execute, found) not in ("", "0")


def test_the_machines_own_mounts_stay_as_they_were(inside: Inside) -> None:
    before = Path("/proc/self/mountinfo").read_text()
    inside(os.getpid)
    assert Path("/proc/self/mountinfo").read_text() == before
