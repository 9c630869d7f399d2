"""A cell that comes to a limit is told which, and what there is instead."""

import errno
import os
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from spatial_agent.budget import MIB, Budget
from spatial_agent.inside.cell import run_cell
from spatial_agent.inside.limits import Limits
from spatial_agent.inside.unknown import LIMITS
from spatial_agent.kernel.protocol import CellResult
from tests.conftest import kernel_over

RunCells = Callable[..., Awaitable[list[CellResult]]]
PROCESSES = "expected: cells start neither processes nor threads: write it as plain Python; numpy and scipy are ready"
FILES = "expected: cells read no files but their own: InputImages are the frames, and the scratch folder is the working folder"
NETWORK = "expected: cells have no network: models are reached through tools.* and vlm.*"
MEMORY = "expected: at most 512 MiB in this kernel"
SCRATCH = "expected: at most 8 MiB of files in the scratch folder"

MET = {
    "numpy": ("big = np.ones(10**9)", MEMORY),
    "python": ("big = bytearray(10**10)", MEMORY),
    "deep in a library": ("from scipy.spatial.distance import cdist\ncdist(np.ones((30_000, 3)), np.ones((30_000, 3)))", MEMORY),
    "thread": ("import threading\nthreading.Thread(target=print).start()", PROCESSES),
    "thread pool": (
        "from concurrent.futures import ThreadPoolExecutor\nlist(ThreadPoolExecutor(2).map(abs, [1]))",
        PROCESSES,
    ),
    "threads of a library": ("import scipy.fft\nscipy.fft.fft2(np.ones((64, 64)), workers=4)", PROCESSES),
    "threads of a tree": ("scipy.spatial.KDTree(np.ones((9, 3))).query(np.ones((99, 3)), workers=4)", PROCESSES),
    "process pool": (
        "from concurrent.futures import ProcessPoolExecutor\nlist(ProcessPoolExecutor(2).map(abs, [1]))",
        PROCESSES,
    ),
    "multiprocessing": ("import multiprocessing\nmultiprocessing.Process(target=print).start()", PROCESSES),
    "multiprocessing pool": ("from multiprocessing import Pool\nPool(2).map(abs, [1])", PROCESSES),
    "subprocess": ("import subprocess\nsubprocess.run(['ls'])", PROCESSES),
    "fork": ("import os\nos.fork()", PROCESSES),
    "spawn": ("import os\nos.posix_spawn('/bin/true', ['true'], {})", PROCESSES),
    "asyncio": ("import asyncio\nasyncio.run(asyncio.sleep(0))", PROCESSES),
    "socket": ("import socket\nsocket.socket()", NETWORK),
    "a file that is not there": ("Image.open('frame_0.jpg')", FILES),
    "a file of the machine": ("open('/etc/passwd').read()", FILES),
    "a folder of the machine": ("import os\nos.listdir('/home')", FILES),
    "writing elsewhere": ("np.save('/usr/x.npy', np.ones(3))", FILES),
    "too many files": ("held = [open(f'f{k}', 'w') for k in range(5000)]", "expected: fewer files open at once"),
}  # fmt: skip


@pytest.mark.parametrize(("cell", "words"), MET.values(), ids=MET.keys())
async def test_the_error_of_a_limit_names_it(cell: str, words: str) -> None:
    async with kernel_over(budget=Budget(memory_bytes=512 * MIB, cell_seconds=20)) as kernel:
        if kernel.level not in ("strong", "good") and words != MEMORY:
            pytest.skip(f"the sandbox is {kernel.level} here and refuses less: {kernel.note}")
        result, after = [await kernel.run(cell) for cell in (cell, "1 + 1")]
    assert result.status == "error", result
    assert words in (result.error or ""), result.error
    assert (result.error or "").splitlines()[-1].startswith("  expected: ")
    assert after.echo == "2"


async def test_a_full_scratch_folder_is_named_with_its_size() -> None:
    cell = "with open('big', 'wb') as file:\n    for _ in range(64): file.write(bytes(2**20))"
    async with kernel_over(budget=Budget(scratch_bytes=8 * MIB, cell_seconds=20)) as kernel:
        if kernel.level != "strong":
            pytest.skip(f"at {kernel.level} no file system keeps the scratch folder within its size: {kernel.note}")
        result = await kernel.run(cell)
    assert SCRATCH in (result.error or ""), result


def of_errno(number: int, filename: str | None = None) -> str:
    error = OSError(number, os.strerror(number), filename)

    def fail() -> None:
        raise error

    limits = {LIMITS: Limits(2**31, 2**28)}
    return run_cell("fail()", 1, {"fail": fail, **limits}).error or ""


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "at most 256 MiB of files"),
        (errno.EFBIG, "at most 256 MiB of files"),
        (errno.EDQUOT, "at most 256 MiB of files"),
        (errno.ENOMEM, "at most 2 GiB in this kernel"),
        (errno.EMFILE, "fewer files"),
    ],
)
def test_what_the_system_says_is_put_in_words(number: int, words: str) -> None:
    assert words in of_errno(number, "a")


@pytest.mark.parametrize(
    "cell",
    [
        "1 / 0",
        "raise OSError('mine')",
        "raise RuntimeError('x')",
        "[][1]",
        "raise PermissionError(1, 'no')",
        "int('a')",
    ],
)
def test_other_errors_are_left_alone(cell: str) -> None:
    assert "expected:" not in (run_cell(cell, 1, {LIMITS: Limits(2**31, 2**28)}).error or "")


def test_a_limit_that_another_error_was_raised_from_is_named_too() -> None:
    cell = "try:\n    raise MemoryError\nexcept MemoryError as problem:\n    raise ValueError('too large') from problem"
    assert "at most 2 GiB" in (run_cell(cell, 1, {LIMITS: Limits(2**31, 2**28)}).error or "")


def test_a_cell_that_spoils_the_limits_spoils_its_own_hint_only() -> None:
    namespace: dict[str, Any] = {LIMITS: "nothing"}
    assert "MemoryError" in (run_cell("raise MemoryError", 1, namespace).error or "")
