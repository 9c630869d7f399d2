"""What attacks go for, all of it made up: secrets, files, listeners, a process. And what became of it."""

from __future__ import annotations

import base64
import contextlib
import fcntl
import hashlib
import os
import re
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import psutil
from PIL import Image

FRAMES = 3
WINDOW = 8
"""Characters of a secret that betray it."""


def photo(number: int) -> Image.Image:
    """A made-up photo: a slope of grey, another one each time."""
    return Image.linear_gradient("L").resize((64, 48)).rotate(90 * number).convert("RGB")


class Decoys:
    """Things of the calling user that a cell must not reach; use `decoys()`."""

    def __init__(self, folder: Path, left: contextlib.ExitStack) -> None:
        self.folder = folder
        self.home, self.outside, self.frames, self.temporary = (
            folder / name for name in ("home", "outside", "frames", "tmp")
        )
        places = ("environment", "dotenv", "private-key", "other-session", "process", "memory", "neighbour")
        self.secrets = {place: secrets.token_hex(24) for place in places}
        self._fill_folders()
        self.tcp, self.udp, self.path, self.abstract = (left.enter_context(end) for end in self._listeners())
        self.process = subprocess.Popen(["sleep", "86400"], env={"SOME_API_KEY": self.shown("process")})
        left.callback(self._end)
        self._files = self._look_at_files()
        self._standing = standing(self.process.pid)

    def shown(self, place: str) -> str:
        """A secret as it stands there; attacks look for the words before it."""
        return f"decoy-{place}-{self.secrets[place]}"

    def _fill_folders(self) -> None:
        for folder in (self.home / ".ssh", self.outside, self.frames, self.temporary):
            folder.mkdir(parents=True)
        (self.home / ".env").write_text(f"OPENAI_API_KEY={self.shown('dotenv')}\n")
        (self.home / ".ssh" / "id_rsa").write_text(f"-----BEGIN KEY-----\n{self.shown('private-key')}\n")
        (self.outside / "other_session.json").write_text(f'{{"answer": "{self.shown("other-session")}"}}\n')
        photo(FRAMES).save(self.outside / "other_session.png")
        for number in range(FRAMES):
            photo(number).save(self.frames / f"{number}.png")
        # Everybody may read and change them, so that nothing but the sandbox keeps a cell away.
        for path in (self.folder, *self.folder.rglob("*")):
            path.chmod(0o777 if path.is_dir() else 0o666)

    def _listeners(self) -> Iterator[socket.socket]:
        kinds = (socket.AF_INET, socket.SOCK_STREAM), (socket.AF_INET, socket.SOCK_DGRAM)
        for family, kind in (*kinds, (socket.AF_UNIX, socket.SOCK_STREAM), (socket.AF_UNIX, socket.SOCK_STREAM)):
            yield socket.socket(family, kind | socket.SOCK_NONBLOCK)

    def open(self) -> None:
        """Begin to listen."""
        addresses: tuple[str | tuple[str, int], ...] = (
            ("127.0.0.1", 0),
            ("127.0.0.1", 0),
            str(self.folder / "agent.sock"),
            f"\0{self.folder.name}",
        )
        for listener, address in zip(self._all_listeners(), addresses, strict=True):
            listener.bind(address)
            if listener.type == socket.SOCK_STREAM:
                listener.listen(16)
        (self.folder / "agent.sock").chmod(0o777)
        self._files = self._look_at_files()

    def _all_listeners(self) -> tuple[socket.socket, ...]:
        return self.tcp, self.udp, self.path, self.abstract

    def _end(self) -> None:
        self.process.kill()
        self.process.wait()

    def fill(self, code: str, pids: str) -> str:
        """An attack's code with the places and numbers of the decoys; `pids` of processes it must not touch."""
        places = {
            "PORT": str(self.tcp.getsockname()[1]),
            "UDP": str(self.udp.getsockname()[1]),
            "OUTSIDE": str(self.outside),
            "FRAMES": str(self.frames),
            "HOME": str(self.home),
            "TMP": str(self.temporary),
            "SOCKET": str(self.folder / "agent.sock"),
            "ABSTRACT": self.folder.name,
            "PID": str(self.process.pid),
            "PIDS": pids,
        }
        return re.sub(r"\{([A-Z]+)\}", lambda found: places.get(found[1], found[0]), code)

    def trouble(self) -> list[str]:
        """What has happened to the decoys since the last look."""
        happened = [*self._connections(), *self._changes()]
        if self.process.poll() is not None:
            happened.append(f"the decoy process has ended with status {self.process.returncode}")
            self.process = subprocess.Popen(["sleep", "86400"], env={"SOME_API_KEY": self.shown("process")})
            self._standing = standing(self.process.pid)
        elif (now := standing(self.process.pid)) != self._standing:
            changed = [f"{name}: {now[name]}" for name in now if now[name] != self._standing[name]]
            happened.append(f"the decoy process was changed ({', '.join(changed)})")
            self._standing = now
        return happened

    def _connections(self) -> Iterator[str]:
        for listener, what in zip(self._all_listeners(), ("TCP", "UDP", "unix", "abstract unix"), strict=True):
            with contextlib.suppress(BlockingIOError):
                while True:
                    if listener.type == socket.SOCK_STREAM:
                        listener.accept()[0].close()
                    else:
                        listener.recv(1)
                    yield f"the {what} listener heard from somebody"

    def _changes(self) -> Iterator[str]:
        before, self._files = self._files, self._look_at_files()
        for name in sorted(before.keys() | self._files.keys()):
            if before.get(name) != self._files.get(name):
                did = "made" if name not in before else "removed" if name not in self._files else "changed"
                yield f"the file {name} was {did}"

    def _look_at_files(self) -> dict[str, tuple[object, ...]]:
        paths = (self.folder, *self.folder.rglob("*"))
        found = {str(path.relative_to(self.folder)): path for path in paths}
        return {name: _file(path) for name, path in found.items() if not name.startswith("tmp")}

    def leftovers(self) -> list[str]:
        """What lies in the folder for temporary files."""
        return sorted(path.name for path in self.temporary.iterdir())


def _file(path: Path) -> tuple[object, ...]:
    """Everything about a file that a cell might change."""
    about = path.lstat()
    if path.is_symlink():
        return str(path.readlink()), about.st_uid
    if not path.is_file():
        return (about.st_mode, about.st_uid)
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            locked = False
        except BlockingIOError:
            locked = True
        digest = hashlib.sha256(file.read()).hexdigest()
    return digest, about.st_mode, about.st_uid, about.st_nlink, about.st_mtime_ns, tuple(os.listxattr(path)), locked


def standing(pid: int) -> dict[str, object]:
    """What others might change about a process without ending it."""
    process = psutil.Process(pid)
    limits = (psutil.RLIMIT_AS, psutil.RLIMIT_CPU, psutil.RLIMIT_NOFILE, psutil.RLIMIT_NPROC, psutil.RLIMIT_CORE)
    with process.oneshot():
        return {
            "stopped": process.status() in (psutil.STATUS_STOPPED, psutil.STATUS_TRACING_STOP),
            "nice": process.nice(),
            "I/O priority": process.ionice(),
            "cores": process.cpu_affinity(),
            "limits": [process.rlimit(limit) for limit in limits],
            "scheduler": os.sched_getscheduler(pid),
            "killed first": Path(f"/proc/{pid}/oom_score_adj").read_text().strip(),
        }


class Known(NamedTuple):
    """Something that must not come back from a cell, and the ways in which it could be written."""

    name: str
    forms: tuple[bytes, ...]


def written(name: str, secret: str) -> Known:
    """Any piece of a secret: as text, backwards, in hexadecimal, in base64, or as a list of numbers."""
    raw = secret.encode()
    pieces = [raw[at : at + WINDOW] for at in range(0, len(raw) - WINDOW + 1, WINDOW // 2)]
    forms = [*pieces, *(piece[::-1] for piece in pieces), *(piece.hex().encode() for piece in pieces)]
    forms += [base64.b64encode(raw[at : at + 12]) for at in range(len(raw) - 12)]  # at every alignment
    forms += [" ".join(map(str, piece)).encode() for piece in pieces]
    return Known(name, tuple(forms))


@contextlib.contextmanager
def decoys() -> Iterator[Decoys]:
    """Make them and put them in this process's environment; take them away at the end.

    To be entered before any kernel's process is started. Raises OSError.
    """
    with contextlib.ExitStack() as left:
        folder = Path(tempfile.mkdtemp(prefix="spatialclaw-attacks-"))
        left.callback(shutil.rmtree, folder, ignore_errors=True)
        made = Decoys(folder, left)
        made.open()
        cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
        left.callback(_put_back, dict(os.environ))
        os.environ |= {
            "SOME_API_KEY": made.shown("environment"),
            "HOME": str(made.home),
            "TMPDIR": str(made.temporary),
            "XDG_CACHE_HOME": cache,
        }
        tempfile.tempdir = None
        yield made


def _put_back(environment: dict[str, str]) -> None:
    os.environ.clear()
    os.environ |= environment
    tempfile.tempdir = None
