"""A user's tool, from an installed package to the documentation and the namespace of a cell."""

import subprocess
import sys
from pathlib import Path

TOOL = '''
class Gaze:
    """Where people look."""

    def angle(self, a, b):
        """Degrees between two gazes."""
        return 42
'''
SCRIPT = """
from spatial_agent import wire
from spatial_agent.budget import Budget
from spatial_agent.prompts.assemble import WRITE, system_prompt
print("tools.Gaze" in (text := system_prompt(WRITE, eyes=True, sight=True, video=True, budget=Budget())))
print("Degrees between two gazes." in text)
from spatial_agent.inside.namespace import build
video = wire.Video((0,), ((4, 4),), None, None, False)
names = build(wire.Open((video,), 0, 0, 1, 1, 1, 1, 1, True), None, print)
print(eval("tools.Gaze.angle(1, 2) + Gaze.angle(1, 2)", names))
"""


def installed(folder: Path, *, entry: str = "my_lab_gaze:Gaze", source: str = TOOL) -> Path:
    """A package as pip leaves it: a module, and metadata with an entry point."""
    (folder / "my_lab_gaze.py").write_text(source)
    info = folder / "my_lab_gaze-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: my-lab-gaze\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[spatial_agent.tools]\ngaze = {entry}\n")
    return folder


def run(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", SCRIPT], check=False, env={"PYTHONPATH": str(folder)}, capture_output=True, text=True
    )


def test_a_tool_is_documented_and_callable(tmp_path: Path) -> None:
    result = run(installed(tmp_path))
    assert result.stdout.split() == ["True", "True", "84"], result.stderr


def test_a_broken_tool_is_refused_by_name(tmp_path: Path) -> None:
    for number, broken in enumerate(({"source": "1/0"}, {"entry": "my_lab_gaze:nothing"}, {"source": "Gaze = 3"})):
        folder = tmp_path / str(number)
        folder.mkdir()
        result = run(installed(folder, **broken))
        assert "InputError: The tool plugin `gaze` (my_lab_gaze:" in result.stderr


def test_a_taken_name_is_refused(tmp_path: Path) -> None:
    for name in ("SAM3", "show"):
        folder = tmp_path / name
        folder.mkdir()
        source = TOOL.replace("Gaze", name)
        assert "rename it" in run(installed(folder, entry=f"my_lab_gaze:{name}", source=source)).stderr
