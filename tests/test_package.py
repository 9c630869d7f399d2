"""The package as a whole: its public names, its lock files, its layout."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import spatial_agent

ROOT = Path(__file__).parents[1]
SOURCES = sorted(path for folder in ("spatial_agent", "bench", "examples") for path in (ROOT / folder).rglob("*.py"))


def pins(name: str) -> set[str]:
    return set(re.findall(r"^[\w.-]+==\S+(?: ; .*?)?(?= \\)", (ROOT / name).read_text(), re.MULTILINE))


def test_every_public_name_can_be_had() -> None:
    for name in spatial_agent.__all__:
        assert getattr(spatial_agent, name).__name__ == name
    with pytest.raises(AttributeError):
        spatial_agent.nothing  # noqa: B018


def test_importing_the_package_loads_nothing_of_it() -> None:
    script = "import sys, spatial_agent; print([m for m in sys.modules if m.startswith('spatial_agent.')])"
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_lock_files_agree_are_hashed_and_name_no_index() -> None:
    everything = pins("requirements.lock")
    assert len(everything) > 80
    for name in ("requirements-core.lock", "requirements-bench.lock"):
        assert pins(name) < everything
    for name in ("requirements.lock", "requirements-core.lock", "requirements-bench.lock"):
        text = (ROOT / name).read_text()
        assert "index-url" not in text
        assert "://" not in text
        assert text.count("--hash=sha256:") >= len(pins(name))


def test_the_core_needs_no_torch() -> None:
    assert not [
        pin for pin in pins("requirements-core.lock") if pin.startswith(("torch", "nvidia", "pyarrow", "opencv"))
    ]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_and_functions_stay_small(path: Path) -> None:
    text = path.read_text()
    assert text.count("\n") <= 300
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno <= 60, node.name


def test_the_scripted_policy_stays_a_stand_in() -> None:
    """It is routing by category, the opposite of the agent's idea: it may not grow into the product."""
    files = (ROOT / "spatial_agent/offline").rglob("*.py")
    assert sum(path.read_text().count("\n") for path in files) <= 1200
