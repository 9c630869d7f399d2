"""Scratch folders without a file system of their own: measured, whatever a cell does, and removed."""

import os
import sys
from pathlib import Path

import pytest

from spatial_agent.budget import MIB, Budget
from spatial_agent.kernel.nursery import SCRATCH, nursery, sweep
from spatial_agent.kernel.scratch import bytes_in
from spatial_agent.sandbox.removal import remove
from tests.conftest import kernel_over

DEEPER = """
import os, time
for _ in range(40):
    os.mkdir('d' * 200)
    os.chdir('d' * 200)
for number in range(4):
    with open(f'{number}', 'wb') as file: file.write(b'x' * 7 * 2**20)
time.sleep(1)
"""


async def test_files_are_measured_however_deep_they_lie() -> None:
    async with kernel_over(budget=Budget(scratch_bytes=8 * MIB), nursery=nursery("good")) as kernel:
        if kernel.level != "good":
            pytest.skip(f"level good cannot be had here: {kernel.note}")
        result = await kernel.run(DEEPER)
    assert "scratch folder" in (result.error or "")


def _deep(folder: Path, levels: int) -> None:
    here = os.open(folder, os.O_RDONLY)
    for _ in range(levels):
        os.mkdir("d", dir_fd=here)
        below = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(os.open("file", os.O_CREAT | os.O_WRONLY, dir_fd=here))
    os.close(here)


def test_a_folder_of_thousands_of_layers_is_removed(tmp_path: Path) -> None:
    folder = tmp_path / "deep"
    folder.mkdir()
    (folder / "link").symlink_to(tmp_path)
    (tmp_path / "kept").write_text("kept")
    _deep(folder, 5000)
    assert bytes_in(str(folder)) == sys.maxsize
    remove(str(folder))
    assert not folder.exists()
    assert (tmp_path / "kept").read_text() == "kept"


@pytest.mark.skipif(os.geteuid() == 0, reason="modes of files are nothing to root")
def test_a_folder_that_cannot_be_listed_is_over_the_limit_and_is_removed(tmp_path: Path) -> None:
    folder = tmp_path / "closed"
    (folder / "inner").mkdir(parents=True)
    (folder / "inner" / "file").write_text("x")
    (folder / "inner").chmod(0o300)
    assert bytes_in(str(folder)) == sys.maxsize
    remove(str(folder))
    assert not folder.exists()


def test_a_link_is_not_followed_when_a_folder_is_removed(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "file").write_text("kept")
    (tmp_path / "link").symlink_to(tmp_path / "mine")
    remove(str(tmp_path / "link"))
    assert (tmp_path / "mine" / "file").read_text() == "kept"


def test_what_killed_processes_left_is_swept_however_deep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    left = tmp_path / f"{SCRATCH}{2**22 + 1}-x"
    left.mkdir()
    _deep(left, 3000)
    sweep()
    assert not left.exists()
