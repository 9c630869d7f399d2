"""Files: what a cell must not read, change or use up."""

from __future__ import annotations

import os
from pathlib import Path

from spatial_agent.sandbox.attempts.attempt import Attempt, Stopped
from spatial_agent.sandbox.confine import Plan
from spatial_agent.sandbox.decoys import Decoys

MIB = 2**20


def _read_file(decoys: Decoys, _: Plan) -> str:
    return f"{len(decoys.file.read_bytes())} bytes were read"


def _read_users(_: Decoys, __: Plan) -> str:
    return f"{len(Path('/etc/passwd').read_bytes())} bytes were read"


def _read_package(_: Decoys, __: Plan) -> str:
    return f"{len(Path(__file__).read_bytes())} bytes were read"


def _follow_link(decoys: Decoys, plan: Plan) -> str:
    link = Path(plan.scratch) / "link"
    link.symlink_to(decoys.file)
    try:
        return f"{len(link.read_bytes())} bytes were read"
    finally:
        link.unlink()


def _list_folder(decoys: Decoys, _: Plan) -> str:
    return f"{len(list(decoys.folder.iterdir()))} names were read"


def _make_file(decoys: Decoys, _: Plan) -> str:
    (decoys.folder / "made").write_bytes(b"")
    return "a file was made"


def _change_file(decoys: Decoys, _: Plan) -> str:
    with decoys.file.open("r+b") as file:
        file.write(b"A")
    return "it was changed"


def _truncate_file(decoys: Decoys, _: Plan) -> str:
    os.truncate(decoys.file, 3)
    return "it was cut off"


def _touch_file(decoys: Decoys, _: Plan) -> str:
    os.utime(decoys.file, (1, 1))  # the sandbox may say yes to this and do nothing
    if decoys.file.stat().st_mtime != 1:
        raise Stopped("nothing was changed")
    return "its times were changed"


def _remove_file(decoys: Decoys, _: Plan) -> str:
    decoys.file.rename(decoys.folder / "moved")
    (decoys.folder / "moved").rename(decoys.file)
    return "it was moved away and back"


def _see_file(decoys: Decoys, _: Plan) -> str:
    return f"it is there, with {decoys.file.stat().st_size} bytes"


def _fill_scratch(_: Decoys, plan: Plan) -> str:
    files = [Path(plan.scratch) / f"fill-{k}" for k in range(5)]
    block, blocks = bytes(MIB), plan.scratch_bytes // (4 * MIB) + 1
    try:
        for file in files:
            with file.open("wb") as out:
                for _each in range(blocks):
                    out.write(block)
    finally:
        for file in files:
            file.unlink(missing_ok=True)
    return f"{5 * blocks} MiB were written where {plan.scratch_bytes / MIB:.0f} are allowed"


FILES = (
    Attempt("read a file of the user", "good", _read_file),
    Attempt("read /etc/passwd", "good", _read_users),
    Attempt("read this program's source", "good", _read_package),
    Attempt("follow a link out of its scratch folder", "good", _follow_link),
    Attempt("list a folder", "good", _list_folder),
    Attempt("make a file outside its scratch folder", "good", _make_file),
    Attempt("change a file of the user", "good", _change_file),
    Attempt("cut off a file of the user", "good", _truncate_file),
    Attempt("change the times of a file of the user", "good", _touch_file),
    Attempt("rename a file of the user", "good", _remove_file),
    Attempt("tell that a file of the user is there", "strong", _see_file),
    Attempt("overfill its scratch folder", "strong", _fill_scratch),
)
