"""Whole commands over the wire: a backbone with eyes and nothing else, and every kind of trouble with its server."""

import asyncio
import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from spatial_agent import ScriptedChat, SpatialClaw
from spatial_agent.chat.openai import OpenAIChat, _data_url
from spatial_agent.chat.protocol import Job, Message, Picture, Reply
from spatial_agent.cli import app
from spatial_agent.trace.events import Ended, Misformed
from spatial_agent.trace.run import pick
from spatial_agent.trace.store import read_events
from tests.chat.server import KEY, Fault, Server, message, serving

CELL = "**Purpose**\nLook.\n\n**Reasoning**\nr\n\n**Next Goal**\ng\n\n**Code**\n```python\n{}\n```"
LOOK = CELL.format(
    "box = vlm.locate(InputImages[1], 'Where is the heater?')\nx0, y0, x1, y1 = map(int, box.split())\n"
    "show(InputImages[1].crop((x0 * 640 // 1000, y0 * 480 // 1000, x1 * 640 // 1000, y1 * 480 // 1000)), 'the heater')\n"
    "print(vlm.ask_with_thinking([InputImages[0], InputImages[3]], 'How many heaters?'))"
)
Command = Callable[..., Result]


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """`spatialclaw ask` with a model file for a server; the key is in the environment."""

    def run(server: Server, *given: str, **file: object) -> Result:
        model = {"backend": "openai", "name": "hosted", "model": "a-model", "base_url": server.url}
        (tmp_path / "hosted.json").write_text(json.dumps(model | {"api_key_env": "A_TEST_KEY"} | file))
        asked = ("ask", "How many heaters are there?", "living_room", "--model", str(tmp_path / "hosted.json"))
        return CliRunner().invoke(app, [*asked, "--runs", str(tmp_path / "runs"), *given])

    monkeypatch.setenv("A_TEST_KEY", KEY)
    monkeypatch.chdir(tmp_path)
    return run


def session(tmp_path: Path) -> Path:
    """The folder of the only session."""
    (log,) = tmp_path.glob("runs/*/sessions/*/trace.jsonl")
    assert (log.parent / "trace.ipynb").is_file()
    return log.parent


def check_no_key(folder: Path) -> None:
    """No file holds a key, a good one or a wrong one."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    for file in files:
        data = file.read_bytes()
        assert KEY.encode() not in data, file
        assert b"sk-wrong" not in data, file


def test_a_backbone_with_eyes_answers_without_any_perception(tmp_path: Path, command: Command) -> None:
    brain = ScriptedChat(
        [LOOK, CELL.format("show(InputImages[2])"), CELL.format("ReturnAnswer(1, frames=[1])")],
        sees_images=True,
        locate=["500 500 750 900"],
        ask=["One."],
    )
    before = _data_url.cache_info()
    with serving(brain) as server:
        shown = command(server, "--perception", "none", "--json")
    encoded = _data_url.cache_info()
    told = json.loads(shown.stdout)
    assert (told["outcome"], told["answer"], shown.exit_code) == ("answered", 1.0, 0)
    assert told["perception"]["name"] == "none"
    assert "living_room --perception recorded" in told["perception"]["note"]
    assert told["evidence"]["calls"] == ["AskModel x 2"]
    assert told["usage"] == {"input_tokens": 60, "output_tokens": 30, "calls": 6}
    assert [job for job, _ in brain.asked] == ["plan", "write", "locate", "ask", "write", "write"]
    for job, messages in brain.asked:
        assert "segment_video_by_text" not in messages[0].text
        assert any(isinstance(part, Picture) for m in messages for part in m.parts) == (job != "plan")
    sent = [part for _, messages in brain.asked for m in messages for part in m.parts if isinstance(part, Picture)]
    assert len(sent) > len(set(sent)), "the history sends pictures again"
    assert encoded.misses - before.misses == len(set(sent)), "and each is encoded once"
    check_no_key(tmp_path / "runs")


@pytest.mark.parametrize(
    ("prepare", "file", "words"),
    [
        ({"always": Fault(500)}, {}, ["answered 500", "see its log"]),
        ({"always": Fault(404)}, {"model": "another"}, ["404 to a request for `another`", "`model` and `base_url`"]),
        ({"always": Fault(429)}, {}, ["answered 429", "with less --concurrency"]),
        ({"eyes": False}, {}, ["answered 400", '"sees_images": false']),
        ({"always": Fault(body=b"<html>", content_type="text/html")}, {}, ["no chat completion: '<html>'", "/v1"]),
        ({"always": Fault(body=b'{"choices": []}')}, {}, ["without a message"]),
        ({}, {"api_key_env": "A_WRONG_KEY"}, ["answered 401", "set A_WRONG_KEY to a good one"]),
        ({}, {"api_key_env": None}, ["answered 401", '"api_key_env": "MY_KEY"']),
    ],
    ids=["500", "unknown model", "overloaded", "no eyes", "HTML", "no choices", "wrong key", "no key"],
)
def test_trouble_with_a_server_is_exit_3_with_what_to_do_and_a_whole_trace(
    tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch, prepare: dict[str, object], file: dict[str, object],
    words: list[str],
) -> None:  # fmt: skip
    monkeypatch.setenv("A_WRONG_KEY", "sk-wrong")
    with serving(ScriptedChat([CELL.format("1")])) as server:
        for name, value in prepare.items():
            setattr(server, name, value)
        shown = command(server, **file)
    assert shown.exit_code == 3
    assert "a service failed" in shown.stdout
    said = " ".join(shown.stdout.split())
    for part in (server.url, *words):
        assert part in said
    events = read_events(session(tmp_path))
    assert isinstance(events[-1], Ended)
    assert (events[-1].outcome, events[-1].answer) == ("infra_error", None)
    check_no_key(tmp_path / "runs")


def test_a_server_that_is_too_slow_is_left_in_time_for_the_last_turn(tmp_path: Path, command: Command) -> None:
    class Slow(ScriptedChat):
        async def reply(self, messages: Sequence[Message], job: Job) -> Reply:
            await asyncio.sleep(30 if job == "write" else 0)
            return await super().reply(messages, job)

    with serving(Slow([], conclude=["Answer: 2"])) as server:
        shown = command(server, "--max-wall", "4s", "--json")
    told = json.loads(shown.stdout)
    assert (told["outcome"], told["answer"], shown.exit_code) == ("gave_up", 2.0, 0)
    assert told["evidence"]["fallback"] == "the limit of 4 s was near: answered with what was known by then"
    assert told["seconds"] <= 4
    assert [request["messages"][-1]["role"] for request in server.requests] == ["user"] * 3
    assert "## Time is up" in json.dumps(server.requests[-1]["messages"][-1])
    assert len(server.requests[-1]["messages"]) == len(server.requests[-2]["messages"]), "no two of one role in a row"


def test_a_server_that_is_not_there_is_exit_3(tmp_path: Path) -> None:
    chat = OpenAIChat("m", base_url="http://127.0.0.1:9/v1", retries=0)
    run = SpatialClaw(chat, runs=tmp_path / "runs").run("How many?", "living_room")
    assert (run.outcome, run.exit_code) == ("infra_error", 3)
    assert "cannot be reached" in run.reason
    assert "curl http://127.0.0.1:9/v1/models" in run.reason
    assert read_events(session(tmp_path)) == run.events


def test_a_missing_key_is_exit_2_before_anything_is_asked(tmp_path: Path, command: Command) -> None:
    with serving(ScriptedChat([])) as server:
        shown = command(server, api_key_env="A_KEY_THAT_IS_NOT_SET")
    assert shown.exit_code == 2
    assert "set A_KEY_THAT_IS_NOT_SET in the environment or in a file .env" in shown.stderr
    assert server.requests == []
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize("ending", ["\n", "\r\n", " "])
def test_the_line_break_that_a_file_of_a_key_ends_in_is_no_part_of_it(
    tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    monkeypatch.setenv("A_TEST_KEY", KEY + ending)
    with serving(ScriptedChat([CELL.format("ReturnAnswer(1)")])) as server:
        shown = command(server, "--perception", "none", "--json")
    assert (json.loads(shown.stdout)["answer"], shown.exit_code) == (1.0, 0)
    check_no_key(tmp_path / "runs")


@pytest.mark.parametrize("bad", ["sk-wrong\nX: y", "sk-wrong\u2019", "sk- wrong", "sk-wrong\x00"])
def test_a_key_that_no_header_takes_is_exit_2_and_not_shown(
    tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch, bad: str
) -> None:
    monkeypatch.setattr("os.environ", {**os.environ, "A_TEST_KEY": bad})
    with serving(ScriptedChat([])) as server:
        shown = command(server)
    assert shown.exit_code == 2
    assert "The key in A_TEST_KEY has a space, a line break or a character that is not ASCII" in shown.stderr
    assert "wrong" not in shown.output
    assert server.requests == []
    assert not (tmp_path / "runs").exists()


def test_an_overload_that_passes_and_an_empty_message_cost_no_answer(tmp_path: Path, command: Command) -> None:
    with serving(ScriptedChat([CELL.format("ReturnAnswer(1)")])) as server:
        server.faults = [Fault(429), message("1. look"), Fault(503), message(None, "length")]
        shown = command(server, "--json")
    assert (json.loads(shown.stdout)["answer"], shown.exit_code) == (1.0, 0)
    (empty,) = pick(read_events(session(tmp_path)), Misformed)
    assert empty.problem.startswith(f"{server.url} sent an empty message (finish_reason length)")
    assert "Raise `max_tokens` of `write`" in empty.problem
    assert "It was empty." in json.dumps(server.requests[-1])
    assert "max_tokens" not in json.dumps(server.requests[-1]["messages"])
