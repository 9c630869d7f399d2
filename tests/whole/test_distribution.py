"""The project as it is handed out: its wheel, its README, its benchmark and its examples."""

import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from spatial_agent.inputs.media import open_media
from spatial_agent.kernel.protocol import CellResult

ROOT = Path(__file__).parents[2]
RunCells = Callable[..., Awaitable[list[CellResult]]]
pytestmark = pytest.mark.slow


def run(*command: str, cwd: Path = ROOT) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_wheel_brings_everything_that_is_no_code(tmp_path: Path) -> None:
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path))
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    package = ROOT / "spatial_agent"
    data = [path for path in package.rglob("*") if path.suffix in (".json", ".md", ".jpg", ".png", ".typed", ".sh")]
    assert len(data) > 80
    assert {str(path.relative_to(ROOT)) for path in data} <= names
    assert not [name for name in names if name.startswith(("tests/", "examples/", "bench/"))]


def python_of_the_readme() -> list[str]:
    return re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)


async def test_the_cell_of_the_readme_gives_what_it_says(run_cells: RunCells) -> None:
    (block,) = [block for block in python_of_the_readme() if "SpatialClaw" not in block]
    lines = block.strip().splitlines()
    said = {number: line.partition("  # ")[2] for number, line in enumerate(lines)}
    for number in (2, 4):
        result = (await run_cells("\n".join(lines[: number + 1]), media=open_media("living_room")))[-1]
        assert (result.echo or "").strip("'").startswith(said[number].removesuffix(" ..."))
    assert (await run_cells(block, media=open_media("living_room")))[-1].error is None


def test_the_python_of_the_readme_runs_as_it_stands(tmp_path: Path) -> None:
    (block,) = [block for block in python_of_the_readme() if "SpatialClaw" in block]
    shown = run(sys.executable, "-c", block + "print(run)", cwd=tmp_path)
    assert re.match(r"Run\(outcome='answered', answer=0\.9", shown)


def test_every_path_that_the_documents_name_is_there() -> None:
    for document in (ROOT / "README.md", *(ROOT / "docs").glob("*.md"), ROOT / "examples/captures/README.md"):
        for target in re.findall(r"\]\(([^)#:]+)\)", document.read_text()):
            assert (document.parent / target).exists(), f"{document.name} names {target}"


def test_the_benchmark_prints_its_figures() -> None:
    figures = json.loads(run(sys.executable, "bench/loop.py", "--json", "--sessions", "2"))
    assert figures.keys() >= {"first_cell_ms", "step_overhead_ms", "samples_per_minute", "machine"}
    assert figures["samples_per_minute"].keys() == {"1", "4"}


def test_the_examples_run(tmp_path: Path) -> None:
    for example in sorted((ROOT / "examples").glob("[0-9]*.py")):
        assert "answered" in run(sys.executable, str(example), cwd=tmp_path)
