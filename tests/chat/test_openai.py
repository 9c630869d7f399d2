"""`OpenAIChat` against a server that speaks the true protocol: replies, pictures, and every way to fail."""

import asyncio
import json
from pathlib import Path

import httpx
import openai
import pytest

from spatial_agent import Budget, ScriptedChat, ServiceError, SpatialClaw
from spatial_agent.chat.openai import OpenAIChat
from spatial_agent.chat.protocol import Message, Picture
from spatial_agent.offline.policy import OfflineChat
from spatial_agent.trace.events import Concluded, Observed, Planned, Wrote
from spatial_agent.trace.run import pick
from tests.chat.server import KEY, Fault, Server, message, refusal, serving

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
    ("fault", "words"),
    [
        (Fault(404), ["answered 404", "`model` and `base_url`", "curl http://127.0.0.1:", "/v1/models"]),
        (Fault(400), ["answered 400", "`settings` in the model file"]),
        (Fault(429), ["answered 429", "with less --concurrency"]),
        (Fault(500), ["answered 500", "see its log"]),
        (Fault(body=b'{"choices": []}'), ["without a message", "ends in /v1"]),
        (Fault(body=b'{"choices": [{}]}'), ["without a message"]),
        (Fault(body=b'{"choices": 5}'), ["without a message"]),
        (Fault(body=b'{"unexpected": 1}'), ["without a message"]),
        (message([1]), ["no text but a list"]),
        (Fault(body=b"not json"), ["no chat completion: 'not json'", "ends in /v1"]),
        (
            Fault(body=b"<html>hi</html>", content_type="text/html"),
            ["no chat completion: '<html>hi</html>'", "ends in /v1"],
        ),
    ],
)
async def test_a_server_in_trouble_is_a_service_error_that_says_where_to_look(fault: Fault, words: list[str]) -> None:
    with serving(ScriptedChat(["never"])) as server:
        server.faults = [fault]
        with pytest.raises(ServiceError) as problem:
            await chat(server).reply(HELLO, "write")
    for part in (server.url, *words):
        assert part in str(problem.value)


async def test_a_server_that_counts_no_tokens_is_no_reason_to_stop() -> None:
    with serving(ScriptedChat([])) as server:
        server.faults = [Fault(body=b'{"choices": [{"message": {"content": "hi"}}], "usage": {}}')]
        reply = await chat(server).reply(HELLO, "write")
    assert (reply.text, reply.usage.input_tokens, reply.usage.calls) == ("hi", 0, 1)


@pytest.mark.parametrize(
    ("finish_reason", "words"), [("length", "Raise `max_tokens` of `write`"), ("stop", "the model said nothing")]
)
async def test_an_empty_message_is_an_empty_reply_that_says_why(finish_reason: str, words: str) -> None:
    with serving(ScriptedChat([])) as server:
        server.faults = [message(None, finish_reason)]
        reply = await chat(server).reply(HELLO, "write")
    assert (reply.text, reply.usage.input_tokens) == ("", 10)
    assert words in reply.note
    assert server.url in reply.note


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"api_key": "sk-wrong"}, "does not take the `api_key`"),
        ({"api_key": "sk-wrong", "api_key_env": "MY_KEY"}, "set MY_KEY to a good one, in the environment or .env"),
        ({"api_key": None}, '"api_key_env": "MY_KEY"'),
    ],
)
async def test_a_wrong_key_is_named_by_its_place_and_never_shown(options: dict[str, str | None], words: str) -> None:
    with serving(ScriptedChat(["never"])) as server, pytest.raises(ServiceError) as problem:
        await chat(server, **options).reply(HELLO, "write")  # the server repeats what it was sent
    assert words in str(problem.value)
    assert "sk-wrong" not in str(problem.value)


async def test_a_server_without_eyes_is_told_from_one_that_does_not_like_the_request() -> None:
    picture = Picture(b"\xff\xd8", "image/jpeg")
    with serving(ScriptedChat(["hi"])) as server:
        server.eyes = False
        with pytest.raises(ServiceError, match='put "sees_images": false into the model file'):
            await chat(server).reply([Message("user", ("look", picture))], "write")
        server.faults = [refusal(400, "too many tokens")]
        with pytest.raises(ServiceError) as problem:
            await chat(server).reply([Message("user", ("look",))], "write")
    assert "sees_images" not in str(problem.value)


async def test_neighbours_of_one_role_travel_as_one_turn() -> None:
    brain = ScriptedChat(["hi"])
    with serving(brain) as server:
        await chat(server).reply([*HELLO, Message("user", ("and you?",))], "write")
    assert server.requests[0]["messages"][1:] == [{"role": "user", "content": "hello\n\nand you?"}]


async def test_an_overloaded_server_is_asked_again() -> None:
    with serving(ScriptedChat(["at last"])) as server:
        server.faults = [Fault(429), Fault(503)]
        assert (await chat(server, retries=3).reply(HELLO, "write")).text == "at last"
    assert len(server.requests) == 3


@pytest.mark.parametrize("key", ["sk-wrong", r"sk-wrong\\'\""])
async def test_a_client_that_repeats_what_it_cannot_send_shows_no_key(key: str) -> None:
    """h11, for one, shows a header that it refuses as Python writes it."""
    told = openai.APIConnectionError(request=httpx.Request("GET", "http://127.0.0.1"))
    told.__cause__ = ValueError(f"Illegal header value {f'Bearer {key}'.encode()!r}")
    said = str(OpenAIChat("m", base_url="http://127.0.0.1:9/v1", api_key=key)._failure(told, 1.0))
    assert "Illegal header value" in said
    assert "sk-wrong" not in said


async def test_nobody_there_is_said_at_once() -> None:
    with pytest.raises(ServiceError, match="cannot be reached"):
        await OpenAIChat("m", base_url="http://127.0.0.1:9/v1", retries=0).reply(HELLO, "write")


@pytest.mark.parametrize(
    "steps", [pytest.param(30, id="to the answer"), pytest.param(3, id="to the last turn", marks=pytest.mark.slow)]
)
def test_over_the_wire_and_in_process_are_the_same_session(tmp_path: Path, steps: int) -> None:
    question, budget = "How far is the heater from the door, in metres?", Budget(max_steps=steps, key_frames=1)
    here = SpatialClaw(OfflineChat(), budget=budget).run(question, "living_room", folder=tmp_path / "here")
    with serving(OfflineChat()) as server:
        wired = chat(server, sees_images=False)
        there = SpatialClaw(wired, budget=budget).run(question, "living_room", folder=tmp_path / "there")
    assert here.answer == there.answer
    assert here.answer == pytest.approx(0.9, abs=0.03)
    assert here.outcome == there.outcome == ("answered" if steps == 30 else "gave_up")
    for kind, field in ((Planned, "text"), (Wrote, "reply"), (Concluded, "reply")):
        assert [getattr(e, field) for e in pick(here.events, kind)] == [
            getattr(e, field) for e in pick(there.events, kind)
        ]
    assert len(pick(here.events, Observed)) == len(pick(there.events, Observed))
    assert KEY not in (tmp_path / "there/trace.jsonl").read_text() + (tmp_path / "there/trace.ipynb").read_text()


def test_a_backbone_serves_in_one_event_loop_after_another() -> None:
    with serving(ScriptedChat(["one", "two"])) as server:
        wired = chat(server)
        replies = [asyncio.run(wired.reply(HELLO, "write")).text for _ in range(2)]
    assert replies == ["one", "two"]


def test_a_server_that_goes_away_ends_the_session_with_a_whole_trace(tmp_path: Path) -> None:
    with serving(ScriptedChat([], plan=["1. look"])) as server:
        server.faults = [message("1. look"), Fault(500)]
        run = SpatialClaw(chat(server)).run("What?", "living_room", folder=tmp_path)
    assert (run.outcome, run.exit_code) == ("infra_error", 3)
    assert [json.loads(line)["type"] for line in (tmp_path / "trace.jsonl").read_text().splitlines()] == [
        "Opened",
        "Planned",
        "Ended",
    ]
