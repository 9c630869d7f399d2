"""The filter's program, run by an interpreter of BPF for both machines, against the rules in words."""

import errno
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatial_agent.sandbox import allowed
from spatial_agent.sandbox.seccomp import ALLOW, ERRNO, NOTIFY, program
from spatial_agent.sandbox.syscalls import MACHINES, numbers

EPERM, ENOSYS, EOPNOTSUPP, SUCCESS = (ERRNO | number for number in (errno.EPERM, errno.ENOSYS, errno.EOPNOTSUPP, 0))
AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
I386, ARM, X32 = 0x40000003, 0x40000028, 0x40000000
HIGH = 1 << 32
WORDS = st.one_of(st.integers(0, 2**64 - 1), st.integers(0, 64), st.sampled_from([HIGH, 0x21, 0x22, 0x3D0F00]))
MODES = {"forks": (True, False), "no forks": (False, False), "threads": (False, True)}


def verdict(
    name: str,
    *arguments: int,
    machine: str = "x86_64",
    mode: str = "forks",
    audit: int | None = None,
    number: int | None = None,
) -> int:
    """What the program returns for a call."""
    notify, threads = MODES[mode]
    number = numbers(machine)[name] if number is None else number
    words = [*arguments, *[0] * (6 - len(arguments))]
    data = struct.pack("=IIQ6Q", number, AUDIT[machine] if audit is None else audit, 0xDEAD, *words)
    code = list(struct.iter_unpack("=HBBI", program(machine, notify=notify, threads=threads)))
    at, value = 0, 0
    while True:
        instruction, when, otherwise, operand = code[at]
        at += 1
        match instruction:
            case 0x20:
                (value,) = struct.unpack_from("=I", data, operand)
            case 0x54:
                value &= operand
            case 0x15:
                at += when if value == operand else otherwise
            case 0x25:
                at += when if value > operand else otherwise
            case 0x35:
                at += when if value >= operand else otherwise
            case 0x06:
                return operand
            case _:
                pytest.fail(f"instruction {instruction:#x} is none that the program needs")


machines = pytest.mark.parametrize("machine", MACHINES)
modes = pytest.mark.parametrize("mode", MODES)


@machines
@modes
def test_every_call_of_the_tables_gets_what_the_lists_say(machine: str, mode: str) -> None:
    plain = {*allowed.PLAIN, *(allowed.THREADED if mode == "threads" else ())}
    for name in numbers(machine):
        if name in allowed.CHECKED or name in allowed.FORKS or name in allowed.THREADED_CHECKED:
            continue
        expected = EPERM
        if name in plain:
            expected = ALLOW
        elif name in allowed.PRETENDED:
            expected = SUCCESS
        elif name in allowed.UNSUPPORTED:
            expected = EOPNOTSUPP
        elif name in allowed.ABSENT:
            expected = ENOSYS
        assert verdict(name, machine=machine, mode=mode) == expected, name
        assert verdict(name, *[2**64 - 1] * 6, machine=machine, mode=mode) == expected, name


@machines
@modes
def test_calls_that_would_reach_out_of_the_sandbox_are_refused_by_name(machine: str, mode: str) -> None:
    refused = """
        kill tkill tgkill rt_sigqueueinfo rt_tgsigqueueinfo pidfd_open pidfd_getfd pidfd_send_signal ptrace
        process_vm_readv process_vm_writev process_madvise kcmp memfd_create memfd_secret shmget shmat msgget semget
        mq_open mount umount2 pivot_root move_mount open_tree fsopen unshare setns execve execveat vfork
        io_uring_setup io_uring_enter bpf perf_event_open keyctl add_key userfaultfd symlink symlinkat link linkat mknod
        mknodat chown fchown fchownat truncate setrlimit personality sched_setaffinity setpriority seccomp
        landlock_create_ruleset chroot capset setuid setgid setresuid setgroups socket connect bind listen
        sendmmsg prctl splice name_to_handle_at open_by_handle_at signalfd4 inotify_init1 flock sethostname
        remap_file_pages mlock mbind setsid setpgid timer_create syslog reboot init_module kexec_load swapon creat
    """
    names = numbers(machine).keys() & set(refused.split())
    assert len(names) > 75
    assert {name: verdict(name, machine=machine, mode=mode) for name in names} == dict.fromkeys(names, EPERM)


CASES = [
    (ALLOW, "mmap", (0, 4096, 3, 0x22)),  # private, anonymous
    (ALLOW, "mmap", (0, 4096, 3, 0x20022)),  # as a stack
    (ALLOW, "mmap", (0, 4096, 1, 0x01, 5)),  # a file, shared
    (ALLOW, "mmap", (0, 4096, 1, 0x802, 5)),  # a library
    (EPERM, "mmap", (0, 4096, 3, 0x21)),
    (EPERM, "mmap", (0, 4096, 3, 0x23)),
    (EPERM, "mmap", (0, 4096, 3, 0x4021 | HIGH)),
    (EPERM, "mmap", (0, 4096, 3, 0x122)),  # grows down
    (EPERM, "mmap", (0, 4096, 3, 0x40022)),  # huge pages
    (EPERM, "mmap", (0, 4096, 3, 0x28)),  # droppable
    (ALLOW, "fcntl", (3, 1030, 0)),
    (ALLOW, "fcntl", (3, 6, 0xFFFF00000000)),
    (EPERM, "fcntl", (3, 8, 1)),  # F_SETOWN
    (EPERM, "fcntl", (3, 15, 1)),  # F_SETOWN_EX
    (EPERM, "fcntl", (3, 10, 9)),  # F_SETSIG
    (EPERM, "fcntl", (3, 1024, 1)),  # F_SETLEASE
    (EPERM, "fcntl", (3, 1026, 1)),  # F_NOTIFY
    (EPERM, "fcntl", (3, 1031, 2**20)),  # F_SETPIPE_SZ
    (EPERM, "fcntl", (3, 1033, 1)),  # F_ADD_SEALS
    (ALLOW, "ioctl", (3, 0x5401)),
    (ALLOW, "ioctl", (3, 0x5401 | HIGH)),  # the kernel reads 32 bits
    (EPERM, "ioctl", (3, 0x5412)),  # TIOCSTI
    (EPERM, "ioctl", (3, 0x541C)),  # TIOCLINUX
    (EPERM, "ioctl", (3, 0x5452)),  # FIOASYNC
    (ALLOW, "prlimit64", (0, 7, 0, 0x7FFF00000000)),
    (EPERM, "prlimit64", (0, 7, 0x7FFF00000000, 0)),  # all of its low half is zero
    (EPERM, "prlimit64", (0, 7, 8, 0)),
    (EPERM, "prlimit64", (1, 7, 0, 8)),
    (ALLOW, "sendto", (3, 1, 1, 0, 0, 0)),
    (EPERM, "sendto", (3, 1, 1, 0, HIGH, 16)),
    (EPERM, "sendto", (3, 1, 1, 0, 16, 16)),
    (ALLOW, "openat", (0xFFFFFF9C, 1, 0o2000000)),
    (ALLOW, "openat", (0xFFFFFF9C, 1, 0o1101, 0o666)),  # write, create, truncate
    (EPERM, "openat", (0xFFFFFF9C, 1, 0o1000)),  # read, truncate
    (EPERM, "openat", (0xFFFFFF9C, 1, 0o1003)),
    (ALLOW, "renameat2", (3, 1, 3, 1, 1)),
    (EPERM, "renameat2", (3, 1, 3, 1, 4)),  # leaves a device behind
    (ALLOW, "madvise", (4096, 4096, 14)),
    (EPERM, "madvise", (4096, 4096, 100)),  # MADV_HWPOISON
    (EPERM, "madvise", (4096, 4096, 12)),  # MADV_MERGEABLE
    (ALLOW, "futex", (1, 0x80 | 0x100 | 9)),
    (EPERM, "futex", (1, 6)),  # FUTEX_LOCK_PI
    (EPERM, "futex", (1, 0x80 | 12)),  # FUTEX_CMP_REQUEUE_PI
]


@machines
@modes
@pytest.mark.parametrize(("expected", "name", "arguments"), CASES)
def test_arguments_decide(machine: str, mode: str, expected: int, name: str, arguments: tuple[int, ...]) -> None:
    assert verdict(name, *arguments, machine=machine, mode=mode) == expected


FORK, MUSL_FORK, THREAD, VFORK, NEW_USER = 0x01200011, 0x11, 0x3D0F00, 0x4111, 0x10000011


@machines
@pytest.mark.parametrize("flags", [FORK, MUSL_FORK, THREAD, VFORK, NEW_USER, FORK | HIGH, THREAD | 0x10000000, 0])
def test_clone_is_a_fork_that_is_asked_for_or_a_thread_or_refused(machine: str, flags: int) -> None:
    asked = NOTIFY if flags in (FORK, MUSL_FORK) else EPERM
    assert verdict("clone", flags, machine=machine, mode="forks") == asked
    assert verdict("clone", flags, machine=machine, mode="no forks") == EPERM
    assert verdict("clone", flags, machine=machine, mode="threads") == (ALLOW if flags == THREAD else EPERM)


@given(machine=st.sampled_from(MACHINES), flags=WORDS)
def test_no_other_flags_of_clone_get_through(machine: str, flags: int) -> None:
    for mode in MODES:
        if verdict("clone", flags, machine=machine, mode=mode) != EPERM:
            assert flags in ((THREAD, THREAD | 0x400000) if mode == "threads" else (FORK, MUSL_FORK))


@given(st.sampled_from(MACHINES), st.sampled_from(sorted(allowed.CHECKED)), st.lists(WORDS, min_size=6, max_size=6))
def test_checked_calls_do_what_their_checks_say(machine: str, name: str, arguments: list[int]) -> None:
    if name not in numbers(machine):
        return
    holds = all(arguments[check.argument] & check.mask in check.values for check in allowed.CHECKED[name])
    assert verdict(name, *arguments, machine=machine) == (ALLOW if holds else EPERM)


@machines
def test_a_pair_of_sockets_is_for_threads_and_of_unix_sockets(machine: str) -> None:
    inet, unix = 2, 1
    assert verdict("socketpair", unix, machine=machine, mode="threads") == ALLOW
    assert verdict("socketpair", inet, machine=machine, mode="threads") == EPERM
    for mode in ("forks", "no forks"):
        assert verdict("socketpair", unix, machine=machine, mode=mode) == EPERM


def test_fork_of_its_own_is_asked_for_where_there_is_one() -> None:
    assert verdict("fork", mode="forks") == NOTIFY
    assert verdict("fork", mode="no forks") == EPERM
    assert verdict("fork", mode="threads") == EPERM


@machines
@modes
def test_other_machines_calls_are_refused(machine: str, mode: str) -> None:
    for audit in {*AUDIT.values(), I386, ARM} - {AUDIT[machine]}:
        for number in range(500):
            assert verdict("", machine=machine, mode=mode, audit=audit, number=number) == EPERM


@modes
def test_the_calls_of_processes_with_short_pointers_are_refused(mode: str) -> None:
    for number in (*range(500), 2**31, 2**32 - 1 - X32):
        assert verdict("", mode=mode, number=X32 + number) == EPERM


@machines
def test_calls_newer_than_the_tables_are_absent(machine: str) -> None:
    newest = numbers(machine)[allowed.NEWEST]
    assert newest == max(numbers(machine).values())
    assert verdict("", machine=machine, number=newest) == EPERM
    assert {verdict("", machine=machine, number=number) for number in range(newest + 1, newest + 200)} == {ENOSYS}


@machines
def test_numbers_that_no_table_names_are_refused(machine: str) -> None:
    named = set(numbers(machine).values())
    unnamed = [number for number in range(max(named)) if number not in named]
    assert unnamed
    assert {verdict("", machine=machine, number=number) for number in unnamed} == {EPERM}


def test_every_listed_name_is_one_that_the_tables_know_and_listed_once() -> None:
    known = {name for machine in MACHINES for name in numbers(machine)}
    listed = [*allowed.PLAIN, *allowed.THREADED, *allowed.CHECKED, *{**allowed.FORKS, **allowed.THREADED_CHECKED}]
    listed += [*allowed.PRETENDED, *allowed.UNSUPPORTED, *allowed.ABSENT]
    assert set(listed) <= known
    assert len(listed) == len(set(listed))
