"""The system calls that cells may make; every other one is refused with EPERM.

Traced on x86_64 with `strace -f` from a worker that ran cells over numpy, scipy (linalg, optimize, signal, ndimage,
spatial, stats, sparse, integrate), matplotlib (2-D, 3-D, text, png, pdf, svg), Pillow (six formats), tools, locks,
clocks, random numbers, sqlite3, archives, temporary files, np.save/load/memmap, timers and a fork: what it called after
its first message, less sockets, threads and other programs, which cells are not to have. Added to that: what glibc or
musl of another age or machine calls for the same purpose. A name that a machine lacks is left out there.
"""

from __future__ import annotations

from typing import Final, NamedTuple

INT: Final = 2**32 - 1
"""Mask of an argument that the kernel itself cuts to 32 bits."""
WHOLE: Final = 2**64 - 1
"""Mask of a pointer, or of a word that has to be exactly the value."""


class Check(NamedTuple):
    """What an argument has to be: `argument & mask` is one of `values`."""

    argument: int
    """Counted from 0."""
    values: tuple[int, ...]
    """Each below 2**32."""
    mask: int = INT


# Files: which ones is decided by the mounts and by Landlock, at the call that opens or names one. Not here: `truncate`,
# which Landlock knows only since Linux 6.2, and all that it never asks about (owners, attributes, links to elsewhere).
_FILES = """
    read readv pread64 write writev pwrite64 lseek close close_range dup dup2 dup3 fsync fdatasync ftruncate
    sendfile copy_file_range stat lstat fstat newfstatat statx statfs fstatfs access faccessat faccessat2
    readlink readlinkat getdents64 getcwd chdir fchdir mkdir mkdirat rmdir unlink unlinkat rename renameat
"""
# Memory of this process, which RLIMIT_DATA and RLIMIT_AS count.
_MEMORY = "munmap mprotect mremap brk msync"
# SIGINT has to reach a cell, and a cell may set itself an alarm; sending signals is something else.
_SIGNALS = """
    rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending rt_sigsuspend rt_sigtimedwait sigaltstack pause
    setitimer getitimer alarm restart_syscall
"""
# Clocks are read and waited for, never set.
_TIME = "clock_gettime clock_getres gettimeofday time times nanosleep clock_nanosleep poll ppoll select pselect6"
# What a process may know of itself and of the machine, and how it and its copies begin, end and are waited for.
_PROCESS = """
    getpid getppid gettid getuid geteuid getgid getegid getresuid getresgid getgroups getpgrp getrusage getrlimit
    uname sysinfo getcpu getrandom sched_yield sched_getaffinity rseq set_robust_list set_tid_address
    wait4 waitid exit exit_group
"""
# Only the sockets that the process was born with or was sent. Descriptors come from the agent process by recvmsg.
_SOCKETS = "sendmsg recvmsg recvfrom shutdown"

PLAIN: Final = tuple(f"{_FILES} {_MEMORY} {_SIGNALS} {_TIME} {_PROCESS} {_SOCKETS}".split())
"""Allowed with any arguments."""

# A Jupyter kernel goes on with the sockets, epoll instances and threads of ZeroMQ and asyncio.
_THREADED = """
    accept accept4 getsockname getpeername getsockopt setsockopt epoll_create1 epoll_ctl epoll_wait epoll_pwait
    eventfd2 timerfd_create timerfd_settime timerfd_gettime pipe2 membarrier sched_getscheduler sched_getparam
"""
THREADED: Final = tuple(_THREADED.split())
"""Allowed, in addition, to a process that has threads, with any arguments."""

_OPEN_FLAGS = (0o0, 0o1, 0o2, 0o1001, 0o1002)
_OPEN_MASK = 0o1003
CHECKED: Final[dict[str, tuple[Check, ...]]] = {
    # O_TRUNC only with the right to write: before Linux 6.2 Landlock lets O_RDONLY | O_TRUNC empty what may be read.
    "openat": (Check(2, _OPEN_FLAGS, _OPEN_MASK),),
    "open": (Check(1, _OPEN_FLAGS, _OPEN_MASK),),
    # RENAME_NOREPLACE or nothing: RENAME_WHITEOUT makes a device.
    "renameat2": (Check(4, (0, 1)),),
    # MAP_SHARED, MAP_PRIVATE or MAP_SHARED_VALIDATE of a file, or private anonymous memory. RLIMIT_DATA counts neither
    # MAP_SHARED | MAP_ANONYMOUS nor MAP_GROWSDOWN; MAP_HUGETLB takes from a pool of the whole machine.
    "mmap": (Check(3, (0x01, 0x02, 0x03, 0x22), 0x4012F),),
    # NORMAL, RANDOM, SEQUENTIAL, WILLNEED, DONTNEED, FREE, HUGEPAGE, NOHUGEPAGE: what allocators and numpy ask for.
    "madvise": (Check(2, (0, 1, 2, 3, 4, 8, 14, 15)),),
    # WAIT, WAKE, WAIT_BITSET, WAKE_BITSET, private or not, by either clock: all that locks need.
    "futex": (Check(1, (0, 1, 9, 10), INT & ~0x180),),
    # DUPFD, GETFD, SETFD, GETFL, SETFL, GETLK, SETLK, SETLKW, OFD_GETLK, OFD_SETLK, OFD_SETLKW, DUPFD_CLOEXEC,
    # GET_SEALS; never an owner, a signal, a lease or a notification, by which a descriptor reaches other processes.
    "fcntl": (Check(1, (0, 1, 2, 3, 4, 5, 6, 7, 36, 37, 38, 1030, 1034)),),
    # TCGETS, TCGETS2 (both for isatty), FIONBIO, FIONREAD, FIOCLEX, FIONCLEX.
    "ioctl": (Check(1, (0x5401, 0x802C542A, 0x5421, 0x541B, 0x5451, 0x5450)),),
    # Its own group; aarch64 has no getpgrp.
    "getpgid": (Check(0, (0,)),),
    # Its own limits, read only.
    "prlimit64": (Check(0, (0,)), Check(2, (0,), WHOLE)),
    # To whom the socket is connected, and to nobody else.
    "sendto": (Check(4, (0,), WHOLE),),
}
"""Allowed when every check holds."""

FORKS: Final[dict[str, tuple[Check, ...]]] = {
    # CLONE_CHILD_CLEARTID | CLONE_CHILD_SETTID | SIGCHLD as glibc forks; SIGCHLD as musl does.
    "clone": (Check(0, (0x01200011, 0x11), WHOLE),),
    "fork": (),
}
"""Forks, each of which somebody else has to permit."""

THREADED_CHECKED: Final[dict[str, tuple[Check, ...]]] = {
    # CLONE_VM | FS | FILES | SIGHAND | THREAD | SYSVSEM | SETTLS | PARENT_SETTID | CHILD_CLEARTID, as glibc starts a
    # thread; with CLONE_DETACHED, which means nothing, as musl does.
    "clone": (Check(0, (0x003D0F00, 0x007D0F00), WHOLE),),
    # AF_UNIX: how asyncio wakes a loop from another thread.
    "socketpair": (Check(0, (1,)),),
}
"""Allowed, in addition, to a process that has threads, when every check holds."""

# Landlock does not ask about modes and times, so these would reach files outside of the scratch folder; and shutil.copy,
# tarfile or Path.touch must not fail for the sake of either. ZeroMQ aborts when it cannot set a thread's priority.
_PRETENDED = "chmod fchmod fchmodat fchmodat2 utime utimes futimesat utimensat sched_setscheduler"
PRETENDED: Final = tuple(_PRETENDED.split())
"""Answered with success, and nothing is done."""

# Nor about extended attributes. shutil.copy2 takes it for an answer that a file system has none.
_ATTRIBUTES = """
    getxattr lgetxattr fgetxattr listxattr llistxattr flistxattr setxattr lsetxattr fsetxattr
    removexattr lremovexattr fremovexattr
"""
UNSUPPORTED: Final = tuple(_ATTRIBUTES.split())
"""Answered with EOPNOTSUPP."""

# A filter cannot read the arguments of the first two; the others nobody needs yet. Libraries then use the older call.
ABSENT: Final = ("clone3", "openat2", "futex_wait", "futex_wake", "futex_requeue", "futex_waitv", "epoll_pwait2")
"""Answered with ENOSYS, as an older Linux does."""

NEWEST: Final = "mseal"
"""The last call of the tables; later ones are answered with ENOSYS as well."""
