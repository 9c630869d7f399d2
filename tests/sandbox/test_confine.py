import errno
import importlib
import importlib.util
import mmap
import os
import select
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from spatial_agent.sandbox import identity, limits, namespaces, seccomp
from spatial_agent.sandbox.confine import Plan, confine, prepare, surround
from spatial_agent.sandbox.level import Level, at_least
from spatial_agent.sandbox.libraries import PACKAGE, entries, libraries, unreadable
from tests.sandbox.conftest import MIB, held

Child = Callable[[Callable[[], Any]], Any]
Inside = Callable[[Callable[[], Any]], Any]
UNCONFINED = "cannot be confined so here: "


def tried(action: Callable[[], object]) -> str:
    """The name of the error that an action ends with; "done" when it ends with none."""
    try:
        action()
    except MemoryError:
        return "MemoryError"
    except OSError as problem:
        return errno.errorcode[problem.errno or 0]
    return "done"


@pytest.fixture(params=["strong", "good", "basic"])
def level(request: pytest.FixtureRequest) -> Level:
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def plan(level: Level, open_folder: Path, request: pytest.FixtureRequest) -> Plan:
    prepare(libraries())
    scratch = open_folder / "scratch"
    scratch.mkdir(mode=0o700)
    if os.geteuid() == 0 and request.node.callspec.params.get("as_user") == "ordinary user":
        os.chown(scratch, 61_000, 61_000)
    return Plan(level, held() + 256 * MIB, 4 * MIB, namespaces.SCRATCH if level == "strong" else str(scratch))


@pytest.fixture
def inside(plan: Plan, in_child: Child, as_user: Callable[[], None]) -> Inside:
    """What a function returns in a process that is confined by the plan."""

    def run(function: Callable[[], Any]) -> Any:
        def first() -> Any:
            try:
                confine(plan, libraries())
            except OSError as problem:
                return f"{UNCONFINED}{problem}"
            return [function()]

        def supervisor() -> Any:
            as_user()
            try:
                surround(plan, libraries())
            except PermissionError as problem:
                return f"{UNCONFINED}{problem}"
            return in_child(first)

        said = in_child(supervisor)
        if isinstance(said, str):
            pytest.skip(said)
        return said[0]

    return run


def status(pid: int) -> dict[str, list[str]]:
    rows = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {name: values.split() for name, _, values in (row.partition(":") for row in rows)}


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")  # of the threads of pytest-xdist
def test_it_has_given_up_everything_and_dies_with_its_parent(plan: Plan, as_user: Callable[[], None]) -> None:
    ready, told = os.pipe()
    asleep, held = os.pipe()
    root = os.geteuid() == 0
    if not (supervisor := os.fork()):
        with suppress(BaseException):
            as_user()
            surround(plan, libraries())
            if not os.fork():
                signal.alarm(60)
                with suppress(OSError):
                    confine(plan, libraries())
                    os.write(told, b"!")
                    os.close(held)
                    os.read(asleep, 1)  # for ever, or until the test gives up
                os._exit(0)
            os.close(told)
            os.wait()
        os._exit(0)
    os.close(told)
    try:
        if not os.read(ready, 1):
            pytest.skip(f"level {plan.level} cannot be had here")
        [kernel] = psutil.Process(supervisor).children()
        now = status(kernel.pid)
        assert "0" not in now["Uid"] + now["Gid"]
        assert not root or now["Groups"] == [] or now["Uid"][0] == str(os.geteuid())
        assert [int(now[name][0], 16) for name in ("CapInh", "CapPrm", "CapEff", "CapAmb")] == [0] * 4
        assert (now["NoNewPrivs"], now["Seccomp"]) == (["1"], ["2"])
        assert now["NSpid"][1:] == (["1"] if plan.level == "strong" else [])
        assert Path(f"/proc/{kernel.pid}/mem").stat().st_uid == 0  # closed to its own user, and no core is dumped
        assert kernel.memory_info().rss > 0
        process = os.pidfd_open(kernel.pid)
        os.kill(supervisor, signal.SIGKILL)
        gone, _, _ = select.select([process], [], [], 30)
        os.close(process)
        assert gone, "it outlived its supervisor"
    finally:
        os.close(held)
        os.kill(supervisor, signal.SIGKILL)
        os.waitpid(supervisor, 0)
        os.close(ready)
        os.close(asleep)


def test_files_outside_are_out_of_reach(inside: Inside, level: Level, open_folder: Path) -> None:
    for name in ("secret", "frame"):
        (open_folder / name).write_text("x")
        (open_folder / name).chmod(0o666)
    traces = [str(path / "METADATA") for path in libraries().hidden if path.is_dir()]
    names = [str(open_folder / "secret"), "/etc/passwd", str(PACKAGE / "__init__.py"), "/proc/self/status", *traces]

    def look() -> Any:
        reads = [tried(lambda name=name: Path(name).read_text()) for name in names]  # type: ignore[misc]
        writes = tried(lambda: (open_folder / "frame").write_text("forged"))
        return [reads, writes, tried(lambda: os.listdir(open_folder)), Path("own").write_text("mine")]

    reads, writes, lists, own = inside(look)
    assert own == 4
    if at_least(level, "good"):
        refusal = {"ENOENT"} if level == "strong" else {"EACCES"}
        assert {*reads, writes, lists} == refusal
        assert (open_folder / "frame").read_text() == "x"


@pytest.mark.parametrize("fresh", ["wsgiref.handlers", "PIL._imagingmorph"])
def test_libraries_not_yet_imported_can_be_unless_they_are_told_to_be_unreadable(
    inside: Inside, level: Level, closed: bool, fresh: str
) -> None:
    if fresh in sys.modules:
        pytest.skip(f"{fresh} is imported already in this test process")
    spec = importlib.util.find_spec(fresh)
    assert spec and spec.origin
    source = Path(spec.origin)

    def look() -> Any:
        missing = [str(path) for path in unreadable(libraries())]
        try:
            importlib.import_module(fresh)
            return [missing, True]
        except ImportError:
            return [missing, False]

    missing, imported = inside(look)
    assert imported or missing
    assert not (imported and any(source.is_relative_to(path) for path in missing))
    assert imported or closed or level != "strong"


def test_the_scratch_folder_does_not_fill_the_disk(inside: Inside, level: Level) -> None:
    def fill() -> Any:
        return [
            tried(lambda: Path("one").write_bytes(bytes(3 * MIB))),
            tried(lambda: Path("two").write_bytes(bytes(5 * MIB))),
        ]

    assert inside(fill) == ["done", "ENOSPC" if level == "strong" else "EFBIG"]


def test_memory_has_an_end_however_it_is_asked_for(inside: Inside) -> None:
    def take() -> Any:
        return [tried(lambda: bytearray(2**30)), tried(lambda: mmap.mmap(-1, 2**20)), len(bytearray(64 * MIB))]

    private, shared, modest = inside(take)
    assert private == "MemoryError"
    assert shared == "EPERM"  # RLIMIT_DATA does not count it
    assert modest == 64 * MIB


def test_nothing_is_executed_connected_signalled_or_forked(inside: Inside, plan: Plan) -> None:
    others = os.getpid()

    def act() -> Any:
        return [
            tried(lambda: os.execv("/bin/true", ["true"])),
            tried(lambda: os.kill(others, 0)),
            tried(socket.socket),
            tried(lambda: os.setresuid(0, 0, 0)),
            tried(lambda: limits.let_look(True)),
        ]

    executed, signalled, connected, became, looked = inside(act)
    assert executed in ("EPERM", "EACCES", "ENOENT")
    assert signalled in ("EPERM", "ESRCH")
    assert connected == became == looked == "EPERM"


@pytest.mark.parametrize("threads", [False, True])
def test_forks_are_told_of_unless_there_may_be_threads(in_child: Child, open_folder: Path, threads: bool) -> None:
    def fork() -> Any:
        listener = confine(Plan("basic", 256 * MIB, MIB, str(open_folder), threads), libraries())
        if listener is not None:
            os.close(listener)  # refuses whoever asks
        return [listener is not None, tried(os.fork)]

    told, forked = in_child(fork)
    assert told != threads
    assert forked == ("EPERM" if threads else "ENOSYS")


def test_kernels_of_root_are_strangers_to_each_other(in_child: Child) -> None:
    first, second = identity.slot(1000), identity.slot(1001)
    if first is None:
        pytest.skip("only root can become somebody else")
    assert first != second
    assert min(first, second or 0) >= 60_000


def test_level_weak_changes_nothing(in_child: Child) -> None:
    def look() -> Any:
        before = os.getresuid(), os.getcwd()
        plan = Plan("weak", MIB, MIB, "/nowhere")
        surround(plan, libraries())
        return confine(plan, libraries()) is None and before == (os.getresuid(), os.getcwd())

    assert in_child(look)


def test_a_layer_that_cannot_be_had_is_named(in_child: Child, open_folder: Path) -> None:
    def put_on() -> Any:
        try:
            confine(Plan("good", MIB, MIB, str(open_folder / "missing")), libraries())
        except OSError as problem:
            return [problem.errno, str(problem)]

    number, says = in_child(put_on)
    assert number == errno.ENOENT
    assert says.split()[2].strip("'") in ("user:", "scratch")


def test_what_is_the_same_for_every_kernel_is_worked_out_before(inside: Inside) -> None:
    def misses() -> list[int]:
        caches = (namespaces.layout, entries, seccomp.program)
        return [cache.cache_info().misses for cache in caches]

    before = misses()
    assert inside(misses) == before
