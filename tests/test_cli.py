"""The command `spatialclaw`, as a person and as a program sees it."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from typer.testing import CliRunner, Result

from spatial_agent.cli import DEMO_QUESTION, app


def command(*given: str) -> Result:
    """Run the command in this process."""
    return CliRunner().invoke(app, given)


def test_help_and_version_need_nothing_heavy() -> None:
    code = (
        "import sys, spatial_agent.cli; "
        "print([m for m in ('numpy', 'langgraph', 'pydantic', 'rich.console', 'nbformat') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    assert command("--version").output.startswith("spatialclaw ")


@pytest.mark.parametrize("name", ["ask", "demo", "doctor", "replay", "run"])
def test_every_command_has_an_example(name: str) -> None:
    shown = command(name, "--help")
    assert shown.exit_code == 0
    assert f"Example: spatialclaw {name}" in shown.output


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (("ask", "How far?", "nowhere.png"), "nowhere.png"),
        (("ask", "How far?", "livingroom"), "living_room"),
        (("ask", " ", "living_room"), "The question is empty"),
        (("ask", "How far?", "living_room", "--model", "ofline"), "offline"),
        (("ask", "How far?", "living_room", "--choices", "left"), "2 to 26"),
        (("ask", "How far?", "living_room", "--perception", "sam"), "There is: dummy, noisy, none, recorded"),
        (("ask", "How far?", "living_room", "--max-wall", "soon"), "no duration"),
        (("ask", "How far?", "living_room", "--max-wall", ""), "no duration"),
        (("run", "room"), "rooms"),
        (("run", "rooms", "--perception", "noise"), "noisy"),
        (("run", "rooms", "--max-wall", "0"), "no duration"),
    ],
)
def test_wrong_input_is_one_message_and_exit_2(given: tuple[str, ...], told: str, tmp_path: Path) -> None:
    place = ("--work-dir", str(tmp_path)) if given[0] == "run" else ("--runs", str(tmp_path))
    shown = command(*given, *place)
    assert shown.exit_code == 2
    assert told in shown.stderr
    assert "Traceback" not in shown.output
    assert not list(tmp_path.iterdir())


def test_wrong_input_with_json_is_one_object(tmp_path: Path) -> None:
    shown = command("ask", "How far?", "nowhere.png", "--json", "--runs", str(tmp_path))
    told = json.loads(shown.stdout)
    assert set(told) == {"error", "exit_code"}
    assert (told["exit_code"], shown.exit_code) == (2, 2)


def test_the_demo_answers_in_json_and_the_trace_is_where_it_says(tmp_path: Path) -> None:
    shown = command("demo", "--json", "--runs", str(tmp_path))
    told = json.loads(shown.stdout)
    assert shown.exit_code == 0
    assert told["outcome"] == "answered"
    assert told["answer"] == pytest.approx(0.9, abs=0.03)
    assert (told["unit"], told["truth"]["right"], told["truth"]["answer"]) == ("m", True, 0.9)
    assert {"trace.jsonl", "trace.ipynb", "images"} <= {path.name for path in Path(told["trace"]).iterdir()}


def test_the_demo_shows_what_it_does(tmp_path: Path) -> None:
    shown = command("demo", "--runs", str(tmp_path))
    assert shown.exit_code == 0
    for part in (DEMO_QUESTION, "a rendered capture, no real room", "not a model", "Answer", "Truth         0.900 m"):
        assert part in shown.stdout
    assert "\x1b" not in shown.stdout


def test_an_abstention_says_so_and_ends_well(tmp_path: Path) -> None:
    choices = ("--choices", "cosy, with a view; bleak")
    shown = command("ask", "What is the mood of this room?", "living_room", *choices, "--json", "--runs", str(tmp_path))
    told = json.loads(shown.stdout)
    assert (told["outcome"], told["answer"], told["truth"], shown.exit_code) == ("gave_up", None, None, 0)
    assert told["reason"]
    assert (told["form"], told["choices"]) == ("choice", ["cosy, with a view", "bleak"])


def test_photos_and_no_perception_say_which_command_has_eyes(tmp_path: Path) -> None:
    photo = Path(__file__).parents[1] / "spatial_agent/captures/living_room/images/frame_00000.jpg"
    for given in ((str(photo),), ("living_room", "--perception", "none")):
        shown = command("ask", "How many chairs are there?", *given, "--runs", str(tmp_path))
        assert "living_room --perception recorded" in " ".join(shown.stdout.split())
        told = json.loads(command("ask", "How many?", *given, "--json", "--runs", str(tmp_path)).stdout)
        assert "living_room --perception recorded" in told["perception"]["note"]


@pytest.mark.slow
def test_noise_and_a_frame_of_reference_can_be_asked_for(tmp_path: Path) -> None:
    asked = ("ask", DEMO_QUESTION, "living_room", "--json", "--runs", str(tmp_path))
    more = ((), ("--perception", "noisy"), ("--frame", "world"))
    exact, noisy, levelled = (json.loads(command(*asked, *given).stdout) for given in more)
    assert "noise was ADDED" in noisy["perception"]["note"]
    assert noisy["answer"] == pytest.approx(0.9, abs=0.1)
    assert noisy["answer"] != exact["answer"]
    assert (exact["evidence"]["frame"], levelled["evidence"]["frame"]) == ("input", "world")
    heights = [exact["evidence"]["points"]["heater"][2], levelled["evidence"]["points"]["heater"][1]]
    assert heights[0] == pytest.approx(heights[1], abs=0.01), "the capture has z up, the levelled world y"


def test_a_limit_of_time_ends_in_time(tmp_path: Path) -> None:
    began = time.monotonic()
    shown = command("ask", DEMO_QUESTION, "living_room", "--max-wall", "0.5s", "--json", "--runs", str(tmp_path))
    assert time.monotonic() - began < 10
    told = json.loads(shown.stdout)
    assert "the limit of 0.5 s was near" in told["reason"]
    assert told["seconds"] < 3
    assert (told["outcome"], shown.exit_code) in {("gave_up", 0), ("limit", 4)}


def test_run_prints_one_object_and_progress_beside_it(tmp_path: Path) -> None:
    given = ("run", "rooms", "--sample-ids", "living_room/heater-door-closest", "--work-dir", str(tmp_path / "r"))
    shown = command(*given, "--json")
    told = json.loads(shown.stdout)
    assert (told["tried"], told["overall"]["scored"], told["exit_code"], shown.exit_code) == (1, 1, 0, 0)
    assert "living_room/heater-door-closest" in shown.stderr
    again = command(*given)
    assert "1 of them done before" in again.stderr
    assert "95 % interval" in again.stdout


@pytest.mark.parametrize(
    "ending",
    [
        signal.SIGTERM,
        pytest.param(signal.SIGINT, marks=pytest.mark.slow),
        pytest.param(signal.SIGHUP, marks=pytest.mark.slow),
    ],
)
def test_however_it_is_stopped_the_record_is_whole_and_nothing_is_left(tmp_path: Path, ending: signal.Signals) -> None:
    command = [sys.executable, "-m", "spatial_agent.cli", "demo", "--runs", str(tmp_path)]
    demo = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        end = time.monotonic() + 30
        while not (logs := list(tmp_path.rglob("trace.jsonl"))) or '"Wrote"' not in logs[0].read_text():
            assert time.monotonic() < end
            time.sleep(0.02)
        kernels = psutil.Process(demo.pid).children()
        demo.send_signal(ending)
        _, said = demo.communicate(timeout=30)
    finally:
        demo.kill()
    assert demo.returncode == 130
    assert said.startswith("spatialclaw: Stopped.")
    assert '"outcome":"infra_error"' in logs[0].read_text().splitlines()[-1]
    assert (logs[0].parent / "trace.ipynb").is_file()
    assert psutil.wait_procs(kernels, timeout=10)[1] == []
