"""A server on this machine that speaks the chat completions protocol and has any `Chat` for a brain."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from spatial_agent.chat.protocol import Chat, Message, Picture

KEY = "the-right-key"


class Server(ThreadingHTTPServer):
    """Answers with `brain`, or with the next of `troubles`: statuses to refuse requests with, or raw bytes to send."""

    daemon_threads = True

    def __init__(self, brain: Chat) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.brain = brain
        self.troubles: list[int | bytes] = []
        self.requests: list[dict[str, Any]] = []

    @property
    def url(self) -> str:
        """What a model file calls `base_url`."""
        return f"http://127.0.0.1:{self.server_port}/v1"


class Handler(BaseHTTPRequestHandler):
    """One request."""

    server: Server

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append(body)
        if self.path != "/v1/chat/completions":
            return self._send(404, {"error": {"message": f"no such path {self.path}"}})
        if self.headers["Authorization"] != f"Bearer {KEY}":
            return self._send(401, {"error": {"message": "wrong key"}})
        if self.server.troubles:
            trouble = self.server.troubles.pop(0)
            return (
                self._send(200, trouble)
                if isinstance(trouble, bytes)
                else self._send(trouble, {"error": {"message": "no"}})
            )
        messages = [_message(turn) for turn in body["messages"]]
        reply = asyncio.run(
            self.server.brain.reply(messages, "plan" if "write the plan" in messages[0].text else "write")
        )
        self._send(200, {
            "id": "1", "object": "chat.completion", "created": 0, "model": body["model"],
            "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": reply.text}}],
            "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15},
        })  # fmt: skip

    def _send(self, status: int, content: dict[str, Any] | bytes) -> None:
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _message(turn: dict[str, Any]) -> Message:
    content = turn["content"]
    parts = [content] if isinstance(content, str) else [_part(part) for part in content]
    return Message(turn["role"], tuple(parts))


def _part(part: dict[str, Any]) -> str | Picture:
    if part["type"] == "text":
        return str(part["text"])
    head, _, data = part["image_url"]["url"].partition(";base64,")
    return Picture(base64.b64decode(data), head.removeprefix("data:"))


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
