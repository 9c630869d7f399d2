"""`OpenAIChat` against a server that speaks the true protocol: replies, pictures, and every way to fail."""

import json
from pathlib import Path

import pytest

from spatial_agent import ScriptedChat, ServiceError, SpatialClaw
from spatial_agent.chat.openai import OpenAIChat
from spatial_agent.chat.protocol import Message, Picture
from spatial_agent.offline.policy import OfflineChat
from spatial_agent.trace.events import Observed, Planned, Wrote
from spatial_agent.trace.run import pick
from tests.chat.server import KEY, Server, serving

HELLO = [Message("system", ("be brief",)), Message("user", ("hello",))]


def chat(server: Server, **options: object) -> OpenAIChat:
    settings: dict[str, object] = {"base_url": server.url, "api_key": KEY, "retries": 0} | options
    return OpenAIChat("a-model", **settings)  # type: ignore[arg-type]


async def test_a_reply_comes_with_its_usage_and_settings_go_by_job() -> None:
    with serving(ScriptedChat(["hi"])) as server:
        reply = await chat(server, settings={"write": {"temperature": 0.5, "extra_body": {"top_k": 20}}}).reply(
            HELLO, "write"
        )
    assert (reply.text, reply.usage.input_tokens, reply.usage.output_tokens, reply.usage.calls) == ("hi", 10, 5, 1)
    sent = server.requests[0]
    assert (sent["model"], sent["temperature"], sent["top_k"]) == ("a-model", 0.5, 20)
    assert sent["messages"][1] == {"role": "user", "content": "hello"}


async def test_pictures_travel_between_texts_in_their_order() -> None:
    brain = ScriptedChat(["hi"])
    parts = ("look", Picture(b"\x89PNG", "image/png"), "and", Picture(b"\xff\xd8", "image/jpeg"))
    with serving(brain) as server:
        await chat(server).reply([Message("user", parts)], "write")
    assert brain.asked[0][1][0].parts == parts


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (404, "`model` and `base_url`"),
        (400, "answered 400"),
        (500, "answered 500"),
        (b'{"choices": []}', "without a message"),
        (b'{"choices": [{}]}', "without a message"),
        (b'{"choices": 5}', "without a message"),
        (b'{"unexpected": 1}', "without a message"),
        (b'{"choices": [{"message": {"content": [1]}}]}', "no text but a list"),
        (b"not json", "no reply"),
    ],
)
async def test_a_server_in_trouble_is_a_service_error_that_says_where_to_look(trouble: int | bytes, words: str) -> None:
    with serving(ScriptedChat(["never"])) as server:
        server.troubles = [trouble]
        with pytest.raises(ServiceError, match=words):
            await chat(server).reply(HELLO, "write")


async def test_a_server_that_counts_no_tokens_is_no_reason_to_stop() -> None:
    with serving(ScriptedChat([])) as server:
        server.troubles = [b'{"choices": [{"message": {"content": "hi"}}], "usage": {}}']
        reply = await chat(server).reply(HELLO, "write")
    assert (reply.text, reply.usage.input_tokens, reply.usage.calls) == ("hi", 0, 1)


async def test_a_wrong_key_is_named_by_its_place_and_never_shown() -> None:
    with serving(ScriptedChat(["never"])) as server, pytest.raises(ServiceError, match="environment var") as problem:
        await chat(server, api_key="sk-wrong").reply(HELLO, "write")
    assert "sk-wrong" not in str(problem.value)


async def test_an_overloaded_server_is_asked_again() -> None:
    with serving(ScriptedChat(["at last"])) as server:
        server.troubles = [429, 503]
        assert (await chat(server, retries=3).reply(HELLO, "write")).text == "at last"
    assert len(server.requests) == 3


async def test_nobody_there_is_said_at_once() -> None:
    with pytest.raises(ServiceError, match="cannot be reached"):
        await OpenAIChat("m", base_url="http://127.0.0.1:9/v1", retries=0).reply(HELLO, "write")


def test_over_the_wire_and_in_process_are_the_same_session(tmp_path: Path) -> None:
    question = "How far is the heater from the door, in metres?"
    here = SpatialClaw(OfflineChat()).run(question, "living_room", folder=tmp_path / "here")
    with serving(OfflineChat()) as server:
        wired = chat(server, sees_images=False)
        there = SpatialClaw(wired).run(question, "living_room", folder=tmp_path / "there")
        again = SpatialClaw(wired).run(question, "living_room", folder=tmp_path / "again")
    assert here.answer == there.answer == again.answer
    for kind, field in ((Planned, "text"), (Wrote, "reply")):
        assert [getattr(e, field) for e in pick(here.events, kind)] == [
            getattr(e, field) for e in pick(there.events, kind)
        ]
    assert len(pick(here.events, Observed)) == len(pick(there.events, Observed))
    assert KEY not in (tmp_path / "there/trace.jsonl").read_text() + (tmp_path / "there/trace.ipynb").read_text()


def test_a_server_that_goes_away_ends_the_session_with_a_whole_trace(tmp_path: Path) -> None:
    with serving(ScriptedChat([], plan=["1. look"])) as server:
        server.troubles = [b'{"choices": [{"index": 0, "message": {"role": "assistant", "content": "1. look"}}]}', 500]
        run = SpatialClaw(chat(server)).run("What?", "living_room", folder=tmp_path)
    assert (run.outcome, run.exit_code) == ("infra_error", 3)
    assert [json.loads(line)["type"] for line in (tmp_path / "trace.jsonl").read_text().splitlines()] == [
        "Opened",
        "Planned",
        "Ended",
    ]
