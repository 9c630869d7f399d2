"""A server on this machine that speaks the chat completions protocol and has any `Chat` for a brain."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from spatial_agent.chat.protocol import Chat, Job, Message, Picture
from spatial_agent.prompts.assemble import section

KEY = "the-right-key"


@dataclass(frozen=True)
class Fault:
    """What is sent instead of a reply."""

    status: int = 200
    body: bytes = b'{"error": {"message": "no"}}'
    content_type: str = "application/json"


def message(content: object, finish_reason: str = "stop") -> Fault:
    """A completion with this for a message's content."""
    choice = {"index": 0, "finish_reason": finish_reason, "message": {"role": "assistant", "content": content}}
    return Fault(
        body=json.dumps({"choices": [choice], "usage": {"prompt_tokens": 10, "completion_tokens": 5}}).encode()
    )


def refusal(status: int, said: str) -> Fault:
    """An error with its words in the protocol's form."""
    return Fault(status, json.dumps({"error": {"message": said}}).encode())


class Server(ThreadingHTTPServer):
    """Answers with `brain`; before that with each of `faults`, and instead of it with `always`."""

    daemon_threads = True

    def __init__(self, brain: Chat) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.brain = brain
        self.faults: list[Fault] = []
        self.always: Fault | None = None
        self.eyes = True
        self.requests: list[dict[str, Any]] = []

    @property
    def url(self) -> str:
        """What a model file calls `base_url`."""
        return f"http://127.0.0.1:{self.server_port}/v1"


class Handler(BaseHTTPRequestHandler):
    """One request."""

    server: Server

    def do_GET(self) -> None:
        listed = {"object": "list", "data": [{"id": "a-model", "object": "model", "created": 0, "owned_by": "us"}]}
        found = Fault(body=json.dumps(listed).encode()) if self.path == "/v1/models" else refusal(404, "no such path")
        good = self.headers["Authorization"] == f"Bearer {KEY}"
        self._send((self.server.always or found) if good else refusal(401, "not a good key"))

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append(body)
        fault = self._fault(body)
        if fault is None:
            messages = [_message(turn) for turn in body["messages"]]
            reply = asyncio.run(self.server.brain.reply(messages, _job(messages)))
            fault = message(reply.text)
        self._send(fault)

    def _send(self, fault: Fault) -> None:
        self.send_response(fault.status)
        self.send_header("Content-Type", fault.content_type)
        self.send_header("Content-Length", str(len(fault.body)))
        self.send_header("Retry-After-Ms", "1")
        self.end_headers()
        self.wfile.write(fault.body)

    def _fault(self, body: dict[str, Any]) -> Fault | None:
        if self.path != "/v1/chat/completions":
            return refusal(404, f"no such path {self.path}")
        if self.headers["Authorization"] != f"Bearer {KEY}":
            return refusal(401, f"not a good key: {self.headers['Authorization']}")
        if not self.server.eyes and "image_url" in json.dumps(body["messages"]):
            return refusal(400, "image input is not supported by this model")
        return self.server.faults.pop(0) if self.server.faults else self.server.always

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _job(messages: list[Message]) -> Job:
    """What the reply is for, as the messages show it."""
    first, last = messages[0].text, messages[-1].text
    if "## Time is up" in last:
        return "conclude"
    if first == section("locate"):
        return "locate"
    return "ask" if first == section("ask") else "plan" if "write the plan" in first else "write"


def _message(turn: dict[str, Any]) -> Message:
    content = turn["content"]
    parts = [content] if isinstance(content, str) else [_part(part) for part in content]
    return Message(turn["role"], tuple(parts))


def _part(part: dict[str, Any]) -> str | Picture:
    if part["type"] == "text":
        return str(part["text"])
    head, _, data = part["image_url"]["url"].partition(";base64,")
    return Picture(base64.b64decode(data), head.removeprefix("data:"))  # type: ignore[arg-type]


@contextmanager
def serving(brain: Chat) -> Iterator[Server]:
    """The server, up until the block ends."""
    server = Server(brain)
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
