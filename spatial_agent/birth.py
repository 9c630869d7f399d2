"""How kernels are born, copied and counted: the messages of the zygote's, the supervisors' and the copies' sockets.

The zygote's and the supervisors' sockets keep the borders of messages (SOCK_SEQPACKET); descriptors ride along.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from spatial_agent.sandbox.level import Findings, Level

MAX_MESSAGE = 2**17
"""Bytes of one message on these sockets."""
Kind = Literal["worker", "jupyter"]


# --- agent process to zygote -----------------------------------------------------------------------------------------


class Birth(msgspec.Struct, frozen=True, tag=True):
    """Fork a kernel. With it: the supervisor's end of its socket, and the kernel's end of its own."""

    kind: Kind
    at_most: Level
    memory_bytes: int
    scratch_bytes: int
    scratch: str
    """How the path of its scratch folder is to begin, for levels at which a kernel sees the machine's own files."""


class Look(msgspec.Struct, frozen=True, tag=True):
    """Tell what the probes found. With it: the socket for the `Findings`."""

    at_most: Level


# --- agent process to supervisor -------------------------------------------------------------------------------------


class Permit(msgspec.Struct, frozen=True, tag=True):
    """Let process `pid` fork once."""

    pid: int


class Revoke(msgspec.Struct, frozen=True, tag=True):
    """Take back a permit of process `pid`."""

    pid: int


class Prune(msgspec.Struct, frozen=True, tag=True):
    """Kill the children of process `pid`, and orphans, that are not among `known`: forks that nobody has heard of."""

    pid: int
    known: tuple[int, ...]


# --- supervisor to agent process -------------------------------------------------------------------------------------


class Born(msgspec.Struct, frozen=True, tag=True):
    """The kernel's first process is confined and reads its socket."""

    pid: int
    level: Level
    note: str
    """Why it is no stronger level; empty where nothing is to be said."""
    scratch: str
    """Its scratch folder on this machine; empty where it has one that nobody else sees."""
    copies: bool
    """Whether it can be forked."""


class Stillborn(msgspec.Struct, frozen=True, tag=True):
    """No kernel came of it."""

    why: str
    threads: int = 1
    """Of the zygote; it cannot fork with more than one."""


# --- agent process to a kernel's process and back --------------------------------------------------------------------


class Copy(msgspec.Struct, frozen=True, tag=True):
    """Fork: the copy takes the descriptor that comes along for its socket, and says `Copied` there."""

    seed: int | None
    """For the copy's random generators; None where it is to draw the numbers that the original would have drawn."""


class Resume(msgspec.Struct, frozen=True, tag=True):
    """Copy `pid` has ended: say how."""

    pid: int


class Plug(msgspec.Struct, frozen=True, tag=True):
    """To a Jupyter kernel, before `Open`. With it: listening sockets for shell, IOPub, stdin, control and heartbeat."""

    key: bytes
    """That signs the messages of its clients."""
    shared: bool
    """Whether clients may run cells; else they only look on at those of the agent."""


class Copied(msgspec.Struct, frozen=True, tag=True):
    """A copy reads its socket."""

    pid: int
    """As the kernel's own processes count."""


class Resumed(msgspec.Struct, frozen=True, tag=True):
    """The original is there and can go on."""

    status: int | None
    """How the copy ended, as os.waitstatus_to_exitcode has it; None where that is not known."""


ToZygote = Birth | Look
FromZygote = Findings | Stillborn
ToSupervisor = Permit | Revoke | Prune
FromSupervisor = Born | Stillborn

encode = msgspec.msgpack.Encoder().encode
read_to_zygote = msgspec.msgpack.Decoder(ToZygote).decode
read_to_supervisor = msgspec.msgpack.Decoder(ToSupervisor).decode
read_from_supervisor = msgspec.msgpack.Decoder(FromSupervisor).decode
read_findings = msgspec.msgpack.Decoder(Findings).decode
