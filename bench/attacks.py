"""Attacks on the sandbox: each runs in a session of its own, among decoys, and is judged by what it brought about.

    python bench/attacks.py tests/attacks/attacks.jsonl                    held or not, one line each
    python bench/attacks.py tests/attacks/fresh.jsonl --level good --json  without namespaces; one JSON object
    python bench/attacks.py tests/attacks/attacks.jsonl --user 61000       as root: the same as an ordinary user

Each line of FILE is {"id": 1, "name": "...", "code": "...", "what_must_hold": "..."}; `code` is a cell, or a list:
the attack, and cells that come after it and answer nothing. In it {PORT} and {UDP} stand for ports on the loopback,
{SOCKET} and {ABSTRACT} for unix sockets, {HOME}, {TMP}, {OUTSIDE} and {FRAMES} for folders that cells must not reach,
{PID} for a process, {PIDS} for several.

An attack has held when no secret came back, no decoy was touched, this process and another session go on as before,
the record and what the model would be told are in order, and nothing is left when the session has closed. What the
attack prints about itself counts only for what nobody else could see. Exit code 0: all held; 1: some did not; 2: FILE
cannot be read or the level cannot be had here. Needs Linux.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

from attack.reading import read
from attack.sessions import Attack, Verdict, grounds

from spatial_agent.errors import InputError, KernelError
from spatial_agent.sandbox.level import Level


async def run(attacks: Sequence[Attack], level: Level) -> list[Verdict]:
    """Run one after the other, with a line on stderr for each. Raises KernelError, and InputError below `level`."""
    verdicts = []
    async with grounds(level) as ground:
        for attack in attacks:
            verdict = await ground.attempt(attack)
            verdicts.append(verdict)
            outcome = "FAILED: " + "; ".join(verdict.why) if verdict.why else "held"
            print(f"{attack.id!s:>4}  {attack.name}: {outcome}  ({verdict.seconds:.1f} s)", file=sys.stderr, flush=True)
    return verdicts


def summary(verdicts: Sequence[Verdict], level: Level) -> dict[str, object]:
    """The figures as one JSON object."""
    failed = [{"id": v.attack.id, "name": v.attack.name, "why": "; ".join(v.why)} for v in verdicts if v.why]
    held = len(verdicts) - len(failed)
    return {"held": held, "of": len(verdicts), "failed": failed, "level": level, "user": os.getuid()}


def as_user(user: int) -> int:
    """Run the same command again as an ordinary user, who must be able to read the interpreter and this file."""
    position = sys.argv.index("--user") if "--user" in sys.argv else None
    arguments = [
        a for k, a in enumerate(sys.argv[1:], start=1) if position is None or k not in (position, position + 1)
    ]
    arguments = [argument for argument in arguments if not argument.startswith("--user=")]
    environment = {"PATH": os.environ.get("PATH", os.defpath), "HOME": "/", "LANG": "C.UTF-8"}
    command = [sys.executable, str(Path(__file__).resolve()), *arguments]
    try:
        return subprocess.run(command, check=False, env=environment, user=user, group=user, extra_groups=[]).returncode
    except PermissionError as problem:
        print(
            f"attacks: --user {user}: {problem}. Run as root, with a Python that this user can read.", file=sys.stderr
        )
        return 2


def main() -> int:
    """Read the command line, run, print; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, metavar="FILE", help="attacks, one JSON object a line")
    parser.add_argument(
        "--level", choices=get_args(Level)[2:], default="strong", help="of the sandbox (default strong)"
    )
    parser.add_argument("--only", metavar="ID", action="append", help="one attack of FILE; may be given several times")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--user", type=int, metavar="UID", help="run as this user (needs root)")
    arguments = parser.parse_args()
    try:
        attacks = read(arguments.file.resolve())
        if arguments.only:
            attacks = [attack for attack in attacks if str(attack.id) in arguments.only]
        if not attacks:
            raise InputError(f"{arguments.file} has no attack {', '.join(arguments.only)}.")
        if arguments.user is not None and arguments.user != os.getuid():
            return as_user(arguments.user)
        figures = summary(asyncio.run(run(attacks, arguments.level)), arguments.level)
    except (InputError, KernelError) as problem:
        print(f"attacks: {problem}", file=sys.stderr)
        return 2
    if arguments.json:
        print(json.dumps(figures, indent=2))
    else:
        print(f"{figures['held']} of {figures['of']} held at level {figures['level']}, user {figures['user']}")
    return 1 if figures["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
