"""What the doctor says of a machine, and the exit code that scripts go by."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from spatial_agent import ScriptedChat
from spatial_agent.cli import app
from spatial_agent.doctor import Finding, examine
from tests.chat.server import KEY, Server, refusal, serving

PARTS = ["python", "environment", "backbone", "perception", "kernel", "sandbox", "disk"]


def doctor(*given: str) -> Result:
    return CliRunner().invoke(app, ["doctor", *given])


def findings(model: str = "offline", perception: str = "recorded", runs: Path = Path("runs")) -> dict[str, Finding]:
    return {finding.part: finding for finding in examine(model, perception, runs)}


def backbone(folder: Path, server: Server | str, **file: object) -> Finding:
    """What is said of a server's model file."""
    url = server if isinstance(server, str) else server.url
    said = {"backend": "openai", "name": "hosted", "model": "a-model", "base_url": url, "api_key_env": "A_TEST_KEY"}
    (folder / "hosted.json").write_text(json.dumps(said | file))
    found = (finding for finding in examine(str(folder / "hosted.json"), "recorded", folder))
    return next(finding for finding in found if finding.part == "backbone")


def test_without_anything_each_part_says_what_it_is_and_what_improves_it(tmp_path: Path) -> None:
    done = doctor("--json", "--runs", str(tmp_path / "runs"))
    said = json.loads(done.stdout)
    assert [part["part"] for part in said["parts"]] == PARTS
    level = said["parts"][PARTS.index("sandbox")]["sandbox"]["level"]
    assert {part["part"]: part["state"] for part in said["parts"]} | {"disk": ""} == {
        "python": "good", "environment": "good", "backbone": "limited", "perception": "limited", "kernel": "good",
        "sandbox": "good" if level in ("good", "strong") else "limited", "disk": "",
    }  # fmt: skip
    assert all(part["improve"] for part in said["parts"] if part["state"] != "good")
    assert done.exit_code == said["exit_code"] == 0
    assert not (tmp_path / "runs").exists()  # looking leaves nothing behind


def test_people_get_a_line_a_part(tmp_path: Path) -> None:
    done = doctor("--runs", str(tmp_path))
    assert [line.split()[0] for line in done.output.splitlines() if not line.startswith(" ")] == PARTS
    assert "better      spatialclaw doctor --model gemini-3-pro" in done.output


def test_what_is_broken_has_its_exit_code() -> None:
    done = doctor("--json", "--model", "nothing", "--perception", "nothing", "--runs", "/proc/runs")
    broken = {found["part"]: found for found in json.loads(done.stdout)["parts"] if found["state"] == "broken"}
    assert {part: found["exit_code"] for part, found in broken.items()} == {"backbone": 2, "perception": 2, "disk": 2}
    assert "There is no model `nothing`" in broken["backbone"]["says"]
    assert "There is no perception `nothing`" in broken["perception"]["says"]
    assert "/proc (traces) cannot be written" in broken["disk"]["says"]
    assert done.exit_code == 2


def test_a_server_is_asked_for_its_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_TEST_KEY", KEY)
    with serving(ScriptedChat([])) as server:
        good, other = backbone(tmp_path, server), backbone(tmp_path, server, model="another")
        assert (good.state, good.improve) == ("good", "")
        assert other.state == "limited"
        assert "another is not among them: a-model" in other.says
        assert not server.requests  # nothing that costs

        server.always = refusal(500, "out of memory")
        assert "out of memory" in backbone(tmp_path, server).says
        monkeypatch.setenv("A_TEST_KEY", "sk-wrong")
        refused = backbone(tmp_path, server)
        assert (refused.state, refused.exit_code) == ("broken", 3)
        assert "set A_TEST_KEY to a good one" in refused.says
    gone = backbone(tmp_path, server.url)
    assert (gone.state, gone.exit_code) == ("broken", 3)
    assert "cannot be reached" in gone.says


def test_a_missing_key_is_named(tmp_path: Path) -> None:
    missing = backbone(tmp_path, "http://127.0.0.1:9/v1", api_key_env="NO_SUCH_KEY_IS_SET")
    assert (missing.state, missing.exit_code) == ("broken", 2)
    assert "NO_SUCH_KEY_IS_SET" in missing.says
