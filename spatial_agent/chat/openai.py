"""`OpenAIChat`: any server that speaks the chat completions protocol: vLLM, SGLang, llama.cpp, hosted models."""

from __future__ import annotations

import asyncio
import base64
import inspect
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, cast
from weakref import WeakKeyDictionary

import openai
from openai.resources.chat.completions import AsyncCompletions
from openai.types.chat import ChatCompletion, ChatCompletionMessageParam

from spatial_agent.chat.protocol import Job, Message, Picture, Reply
from spatial_agent.errors import InputError, ServiceError
from spatial_agent.trace.events import Usage

TIMEOUT_SECONDS = 600.0
RETRIES = 4
"""Of a request that was refused for load or lost on the way; the client waits longer each time."""


class OpenAIChat:
    """A model behind an OpenAI-compatible server.

    `model` is the server's name for it, `base_url` ends in /v1 (or what the server has instead). `settings` are
    sampling parameters by job, `{"write": {"temperature": 0.6, "max_tokens": 16384}}`; what the OpenAI protocol does
    not know goes under `extra_body`. The key is sent to the server and kept nowhere else.
    """

    def __init__(
        self,
        model: str,
        *,
        base_url: str,
        api_key: str | None = None,
        name: str | None = None,
        sees_images: bool = True,
        settings: Mapping[Job, Mapping[str, Any]] | None = None,
        timeout: float = TIMEOUT_SECONDS,
        retries: int = RETRIES,
    ) -> None:
        self.name = name or model
        self.note = f"the model {model} at {base_url}"
        self.sees_images = sees_images
        self._model = model
        self._base_url = base_url
        self._api_key = api_key
        self._settings = settings or {}
        _check(self._settings)
        self._timeout = timeout
        self._retries = retries
        # A client's connections belong to the event loop that opened them, and `SpatialClaw.run` makes a loop a call.
        self._clients: WeakKeyDictionary[asyncio.AbstractEventLoop, openai.AsyncOpenAI] = WeakKeyDictionary()

    async def reply(self, messages: Sequence[Message], job: Job) -> Reply:
        """The model's next turn. Raises ServiceError, saying what to look at, when there is none to be had."""
        try:
            completion = await self._client().chat.completions.create(
                model=self._model,
                messages=[_turn(message) for message in messages],
                **self._settings.get(job, {}),
            )
        except openai.APIStatusError as problem:
            raise ServiceError(self._refused(problem)) from problem
        except openai.APITimeoutError as problem:
            raise ServiceError(
                f"{self._base_url} did not reply within {self._timeout:g} s. Is it overloaded?"
            ) from problem
        except openai.APIConnectionError as problem:
            raise ServiceError(
                f"{self._base_url} cannot be reached ({problem.__cause__ or problem}). Is the server running, and is "
                "`base_url` in the model file right?"
            ) from problem
        except (openai.OpenAIError, ValueError) as problem:
            raise ServiceError(f"{self._base_url} sent something that is no reply: {problem}.") from problem
        return _read(completion, self._base_url)

    def _client(self) -> openai.AsyncOpenAI:
        loop = asyncio.get_running_loop()
        if loop not in self._clients:
            # A server without keys takes any; the client insists on one.
            self._clients[loop] = openai.AsyncOpenAI(
                api_key=self._api_key or "none",
                base_url=self._base_url,
                timeout=self._timeout,
                max_retries=self._retries,
            )
        return self._clients[loop]

    def _refused(self, problem: openai.APIStatusError) -> str:
        said = " ".join(str(problem.message).split())[:300]
        told = f"{self._base_url} answered {problem.status_code} to a request for `{self._model}`: {said}."
        if problem.status_code in (401, 403):
            return f"{told} Look at the key in the environment variable that the model file names."
        if problem.status_code == 404:
            return f"{told} Look at `model` and `base_url` in the model file."
        return told


def _check(settings: Mapping[Job, Mapping[str, Any]]) -> None:
    """Refuse a setting that the client does not take: found in a model file, not in the middle of a run."""
    known = set(inspect.signature(AsyncCompletions.create).parameters) - {"self", "model", "messages", "stream"}
    for job, names in settings.items():
        if unknown := sorted(set(names) - known):
            raise InputError(
                f"The settings of `{job}` have {', '.join(unknown)}, which the chat completions protocol does not know. "
                "Put what is the server's own under `extra_body`."
            )


@lru_cache(maxsize=256)
def _data_url(picture: Picture) -> str:
    """A picture as it travels; the history sends the same ones again with every step, so each is encoded once."""
    return f"data:{picture.media_type};base64,{base64.b64encode(picture.data).decode()}"


def _turn(message: Message) -> ChatCompletionMessageParam:
    """A message in the protocol's form: plain text where there are no pictures, which every server takes."""
    if all(isinstance(part, str) for part in message.parts):
        return cast(ChatCompletionMessageParam, {"role": message.role, "content": message.text})
    parts = [
        {"type": "text", "text": part}
        if isinstance(part, str)
        else {"type": "image_url", "image_url": {"url": _data_url(part)}}
        for part in message.parts
    ]
    return cast(ChatCompletionMessageParam, {"role": message.role, "content": parts})


def _read(completion: ChatCompletion, where: str) -> Reply:
    """Text and usage of a completion; the client does not check what a server sends against its own types."""
    try:
        content = completion.choices[0].message.content
        used = completion.usage
        usage = Usage(used.prompt_tokens or 0, used.completion_tokens or 0, 1) if used else Usage(calls=1)
    except (AttributeError, IndexError, TypeError) as problem:
        raise ServiceError(f"{where} sent a reply without a message. Is it a chat completions server?") from problem
    if not isinstance(content, str | None):
        raise ServiceError(f"{where} sent a message that is no text but a {type(content).__name__}.")
    return Reply(content or "", usage)
