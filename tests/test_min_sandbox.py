"""The least sandbox: what is refused below it, before anything is run, and what runs anywhere."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from spatial_agent import InputError, ScriptedChat, SpatialClaw
from spatial_agent.cli import app
from spatial_agent.entrypoints import run as entrypoint
from spatial_agent.kernel import nursery as nurseries
from spatial_agent.kernel.nursery import Nursery
from tests.replay.cells import line, write

ASK = ("ask", "How far is the heater from the door, in metres?", "living_room")
CELL = "**Purpose**\nAnswer.\n\n**Reasoning**\n-\n\n**Next Goal**\n-\n\n**Code**\n```python\nReturnAnswer(1.0)\n```"


class Model(ScriptedChat):
    """A backbone that does not say that its cells came with it."""

    scripted = False


@pytest.fixture(scope="module")
def basic() -> Iterator[Nursery]:
    """What a machine without Landlock and namespaces has."""
    nursery = Nursery("basic")
    yield nursery
    nursery.close()


@pytest.fixture(autouse=True)
def _here(basic: Nursery, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every session of this module has its kernels from there."""
    monkeypatch.setitem(nurseries._shared, ("strong", "worker"), basic)
    monkeypatch.delenv("SPATIALCLAW_MIN_SANDBOX", raising=False)


def command(*given: str) -> Result:
    return CliRunner().invoke(app, given)


def test_a_models_cells_are_not_run_below_good(tmp_path: Path) -> None:
    for chat, least in ((Model([CELL]), None), (Model([CELL]), "strong"), (ScriptedChat([CELL]), "good")):
        claw = SpatialClaw(chat, runs=tmp_path, min_sandbox=least)  # type: ignore[arg-type]
        with pytest.raises(InputError, match="--min-sandbox basic"):
            claw.run(ASK[1], "living_room")
        assert chat.asked == []
    assert list(tmp_path.iterdir()) == []


def test_what_is_asked_for_or_scripted_runs_anywhere(tmp_path: Path) -> None:
    for chat, least in ((Model([CELL]), "basic"), (ScriptedChat([CELL]), None)):
        run = SpatialClaw(chat, runs=tmp_path, min_sandbox=least).run(ASK[1], "living_room")  # type: ignore[arg-type]
        assert (run.outcome, run.opened.sandbox.name) == ("answered", "basic")
        assert "can READ" in run.opened.sandbox.note


def test_there_are_four_levels() -> None:
    with pytest.raises(InputError, match="There is: weak, basic, good, strong"):
        SpatialClaw(min_sandbox="god")  # type: ignore[arg-type]


def test_the_command_says_what_there_is_and_the_ways_out(tmp_path: Path) -> None:
    given = (*ASK, "--min-sandbox", "good", "--runs", str(tmp_path))
    shown = command(*given)
    assert shown.exit_code == 2
    for part in ("level good at least", "here it is basic", "spatialclaw doctor", "Landlock", "--min-sandbox basic"):
        assert part in shown.stderr
    told = json.loads(command(*given, "--json").stdout)
    assert (set(told), told["exit_code"]) == ({"error", "exit_code"}, 2)
    assert list(tmp_path.iterdir()) == []


def test_the_environment_may_say_it(tmp_path: Path) -> None:
    asked = ["demo", "--runs", str(tmp_path)]
    assert CliRunner().invoke(app, asked, env={"SPATIALCLAW_MIN_SANDBOX": "strong"}).exit_code == 2


def test_the_demo_runs_and_names_its_sandbox(tmp_path: Path) -> None:
    shown = command("demo", "--json", "--runs", str(tmp_path))
    told = json.loads(shown.stdout)
    assert (told["outcome"], told["sandbox"]["name"]) == ("answered", "basic")
    assert "sandbox basic: " in shown.stderr


def test_a_benchmark_is_refused_before_its_folder_is_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = tmp_path / "run"
    shown = command("run", "rooms", "--limit", "1", "--min-sandbox", "good", "--work-dir", str(place))
    assert (shown.exit_code, place.exists()) == (2, False)
    with pytest.raises(SystemExit) as left:
        entrypoint.main(["--dataset", "rooms", "--model", "offline", "--min_sandbox", "good", "--work_dir", str(place)])
    assert (left.value.code, place.exists()) == (2, False)
    assert "--min-sandbox basic" in capsys.readouterr().err
    begun = command("run", "rooms", "--limit", "1", "--work-dir", str(place))
    assert (begun.exit_code, "sandbox basic: " in begun.stderr) == (0, True)


def test_cells_of_others_are_not_replayed_below_good(tmp_path: Path) -> None:
    sessions = write(tmp_path / "sessions.jsonl", [line("one", ("a = 1",))])
    refused = command("replay", str(sessions))
    assert refused.exit_code == 2
    assert "level good at least" in refused.stderr
    replayed = command("replay", str(sessions), "--min-sandbox", "basic")
    assert (replayed.exit_code, "sandbox basic: " in replayed.stderr) == (0, True)


def test_the_doctor_ends_with_2_below_it_and_shows_every_probe(tmp_path: Path) -> None:
    shown = command("doctor", "--min-sandbox", "good", "--runs", str(tmp_path))
    assert shown.exit_code == 2
    lines = [line.split() for line in shown.output.splitlines()]
    assert ["sandbox", "broken", "basic:"] in [line[:3] for line in lines]
    assert ["open", "read", "a", "file", "of", "the", "user"] in [line[:7] for line in lines]
    assert ["stopped", "start", "a", "program", "EPERM"] in lines
    given = json.loads(command("doctor", "--json", "--min-sandbox", "basic", "--runs", str(tmp_path)).stdout)
    part = next(part for part in given["parts"] if part["part"] == "sandbox")
    assert (part["state"], part["sandbox"]["level"], given["exit_code"]) == ("limited", "basic", 0)
    assert "Landlock" in part["improve"]
    assert part["kernel_ms"] > 0
    probes = {probe["name"]: probe for probe in part["sandbox"]["probes"]}
    assert (probes["read /etc/passwd"]["holds"], probes["trace another process"]["holds"]) == (False, True)
