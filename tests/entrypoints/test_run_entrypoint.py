"""The published command: its flags, its messages, and a python that lacks our dependencies."""

import inspect
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from spatial_agent.entrypoints import run as entrypoint
from spatial_agent.evaluate.command import run_command

CONFIG = ("--dataset", "spatial_agent/config/dataset/rooms.json", "--model", "spatial_agent/config/model/offline.json")


def bare(root: Path, *given: str) -> subprocess.CompletedProcess[str]:
    """The command with a python that finds nothing but the standard library and the folder `root`."""
    command = [sys.executable, "-S", "-m", "spatial_agent.entrypoints.run", *given]
    home = {"PATH": os.environ["PATH"]}
    return subprocess.run(command, cwd=root, env=home, capture_output=True, text=True, check=False)


def test_every_flag_is_an_argument_of_the_library_or_accepted_without_effect() -> None:
    arguments = [name for name, _ in entrypoint.FLAGS.values() if name]
    assert set(arguments) <= set(inspect.signature(run_command).parameters)
    assert {flag for flag, (name, _) in entrypoint.FLAGS.items() if name is None} == {"--resume", "--executor_type"}


def test_runs_and_resumes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = [*CONFIG, "--work_dir", str(tmp_path / "r"), "--sample_ids", "living_room/heater-door-closest", "--resume"]
    assert entrypoint.main(given) == 0
    assert entrypoint.main(given) == 0
    assert "1 of them done before" in capsys.readouterr().err
    assert json.loads((tmp_path / "r" / "results_summary.json").read_text())["tried"] == 1


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ((*CONFIG, "--executor_type", "react"), "There is: code"),
        (("--dataset", "vsi", "--model", "offline"), "rooms"),
        (("--dataset", "rooms", "--model", "gpt"), "offline"),
        ((*CONFIG, "--limit", "0"), "at least 1"),
        ((*CONFIG, "--perception", "sam"), "There is no perception `sam`"),
        ((*CONFIG, "--max_wall", "soon"), "no duration"),
        ((*CONFIG, "--sample_ids", "nothing"), "no sample `nothing`"),
    ],
)
def test_wrong_input_is_one_message_and_exit_2(
    given: tuple[str, ...], told: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    with pytest.raises(SystemExit) as left:
        entrypoint.main([*given, "--work_dir", str(tmp_path / "r")])
    assert left.value.code == 2
    shown = capsys.readouterr().err
    assert told in shown
    assert shown.count("\n") == 1


def test_a_python_without_our_dependencies_goes_on_in_the_repositorys_own() -> None:
    if not (entrypoint.ROOT / ".venv" / "bin" / "python").exists():
        pytest.skip("this checkout has no .venv")
    done = bare(entrypoint.ROOT, "--dataset", "nothing", "--model", "offline")
    assert done.returncode == 2
    assert "There is no dataset `nothing`" in done.stderr


def test_without_any_environment_the_one_command_to_type_is_said(tmp_path: Path) -> None:
    for part in ("__init__.py", "entrypoints/__init__.py", "entrypoints/run.py"):
        (tmp_path / "spatial_agent" / part).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(entrypoint.ROOT / "spatial_agent" / part, tmp_path / "spatial_agent" / part)
    done = bare(tmp_path, *CONFIG)
    assert done.returncode == 2
    assert "bash spatial_agent/scripts/setup.sh" in done.stderr
    assert "Traceback" not in done.stderr
