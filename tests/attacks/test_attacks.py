"""Attacks on real sessions, each judged by what it brought about; `bench/attacks.py` runs the same from a shell."""

import dataclasses
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from bench.attack.reading import read
from bench.attack.sessions import LIMITS, Attack, Ground, grounds
from spatial_agent.errors import InputError

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
LISTED, FRESH = read(HERE / "attacks.jsonl"), read(HERE / "fresh.jsonl")
ORDINARY = 61_000
"""A user without rights, whom nobody else is."""
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="sandboxes are made of Linux's parts")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ground(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Ground]:
    """Decoys and a neighbour at level strong, for all attacks of this file."""
    tmp_path_factory.getbasetemp()  # made now: while there are decoys, temporary files lie among them
    try:
        async with grounds("strong", dataclasses.replace(LIMITS, cell_seconds=1.0)) as made:
            yield made
    except InputError as problem:
        pytest.skip(f"level strong cannot be had here: {problem}")


def _named(attack: Attack) -> str:
    return f"{attack.id} {attack.name}"


def _slowly(attack: Attack) -> object:
    return pytest.param(attack, marks=pytest.mark.slow)


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("attack", [*LISTED, *map(_slowly, FRESH)], ids=_named)
async def test_an_attack_has_no_effect(ground: Ground, attack: Attack) -> None:
    assert (await ground.attempt(attack)).why == ()


def _bench(file: Path, *options: str) -> dict[str, Any]:
    """The bench in a process of its own; skips where the level cannot be had or the user cannot run it."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "bench" / "attacks.py"), str(file), "--json", *options],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode == 2:
        pytest.skip(f"not here: {done.stderr.strip()}")
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures


@pytest.mark.slow
@pytest.mark.parametrize("user", ["root", "ordinary"])
@pytest.mark.parametrize("level", ["strong", "good"])
@pytest.mark.parametrize("file", ["attacks.jsonl", "fresh.jsonl"])
def test_attacks_hold_at_both_levels_for_every_user(file: str, level: str, user: str) -> None:
    if os.getuid() != 0 and user == "root":
        pytest.skip("only root can run as root")
    if os.getuid() == 0 and user == "ordinary" and not _readable_by_others(Path(sys.executable).resolve()):
        pytest.skip(f"an ordinary user cannot read {Path(sys.executable).resolve()}, the Python of this environment")
    options = ["--user", str(ORDINARY)] if os.getuid() == 0 and user == "ordinary" else []
    figures = _bench(HERE / file, "--level", level, *options)
    failed = {attack["name"]: attack["why"] for attack in figures["failed"]}
    if level == "good":  # where the room of a scratch folder is only looked at now and then
        failed = {name: why for name, why in failed.items() if not name.startswith("disk quota")}
    assert failed == {}
    assert figures["of"] == len(read(HERE / file))


def _readable_by_others(path: Path) -> bool:
    return all(folder.stat().st_mode & 0o005 == 0o005 for folder in (path, *path.parents))


def test_a_file_that_holds_no_attacks_is_refused_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "notes.jsonl").write_text('{"id": 1}\n')
    with pytest.raises(InputError, match="line 1 is no attack"):
        read(tmp_path / "notes.jsonl")
    command = [sys.executable, "bench/attacks.py", str(tmp_path / "none.jsonl")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert "cannot be read" in done.stderr


def test_the_listed_and_the_fresh_attacks_are_all_there() -> None:
    assert (len(LISTED), len(FRESH)) == (41, 118)
    assert len({attack.name for attack in (*LISTED, *FRESH)}) == 159
