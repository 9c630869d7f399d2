"""The example package that brings a tool, installed as a user would, into an environment of its own."""

import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[1] / "examples/02_your_own_tool"


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment that has everything of this one, and the example's package."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False, symlinks=True)
    (site,) = folder.glob("lib/python3*/site-packages")
    (site / "outer.pth").write_text(f"import site; site.addsitedir({sysconfig.get_paths()['purelib']!r})\n")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*command, "--disable-pip-version-check", "--target", site, EXAMPLE], check=True)
    return folder / "bin/python"


def test_an_installed_tool_is_in_the_prompt_and_in_cells(python: Path, tmp_path: Path) -> None:
    done = subprocess.run([python, EXAMPLE / "ask.py"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout.startswith("True, answered; tools.Reach is in the prompt;"), done.stdout + done.stderr


@pytest.mark.slow
def test_without_the_package_the_cell_is_told_that_there_is_no_such_tool(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, EXAMPLE / "ask.py"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert "Install it: .venv/bin/pip install" in done.stderr
    (trace,) = tmp_path.glob("runs/*/sessions/*/trace.jsonl")
    assert "there is no tools.Reach; there are tools.Draw, tools.Geometry" in trace.read_text()


def test_a_wrong_call_says_what_to_type(python: Path) -> None:
    code = "from arm_reach import Reach; Reach().share([1, 2, 3], [0, 0, 0])"
    done = subprocess.run([python, "-c", code], capture_output=True, text=True, check=False)
    assert "it takes (N, 3) points, at least one, and a (3,) shoulder: type tools.Reach" in done.stderr
