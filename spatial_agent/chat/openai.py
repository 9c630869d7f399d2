"""`OpenAIChat`: any server that speaks the chat completions protocol: vLLM, SGLang, llama.cpp, hosted models."""

from __future__ import annotations

import asyncio
import base64
import inspect
import itertools
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from json import JSONDecodeError
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
LOOK_SECONDS = 10.0
"""For a look at which models a server has."""
_KEY = re.compile(r"[!-~]+")
"""What a header can carry and a message can be cleared of: printable ASCII without spaces."""
_NO_EYES = re.compile(r"\b(?:images?|image_url|vision|multi-?modal|mmproj)\b", re.IGNORECASE)
"""What servers speak of when a model without eyes is sent a picture."""


class OpenAIChat:
    """A model behind an OpenAI-compatible server.

    `model` is the server's name for it, `base_url` ends in /v1 (or what the server has instead). `settings` are
    sampling parameters by job, `{"write": {"temperature": 0.6, "max_tokens": 16384}}`; what the OpenAI protocol does
    not know goes under `extra_body`. The key is sent to the server and kept nowhere else; `api_key_env`, the variable
    that it came from, is for messages.
    """

    def __init__(
        self,
        model: str,
        *,
        base_url: str,
        api_key: str | None = None,
        api_key_env: str | None = None,
        name: str | None = None,
        sees_images: bool = True,
        settings: Mapping[Job, Mapping[str, Any]] | None = None,
        timeout: float = TIMEOUT_SECONDS,
        retries: int = RETRIES,
    ) -> None:
        self.name = name or model
        self.note = f"the model {model} at {base_url}"
        self.sees_images = sees_images
        self.model = model
        self._base_url = base_url
        self._api_key = _read_key(api_key, api_key_env)
        self._api_key_env = api_key_env
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
                model=self.model, messages=_turns(messages), **self._settings.get(job, {})
            )
        except (openai.OpenAIError, ValueError) as problem:
            pictures = any(isinstance(part, Picture) for message in messages for part in message.parts)
            raise self._failure(problem, self._timeout, pictures=pictures) from problem
        return _read(completion, self._base_url, job)

    async def served(self) -> tuple[str, ...]:
        """Names of the models that the server lists: whether it is there, and takes the key. Raises ServiceError."""
        client = self._client().with_options(max_retries=0, timeout=LOOK_SECONDS)
        try:
            return tuple([model.id async for model in client.models.list()])
        except (openai.OpenAIError, ValueError) as problem:
            raise self._failure(problem, LOOK_SECONDS) from problem
        except (AttributeError, TypeError) as problem:  # what the client makes of a page that is no list of models
            raise ServiceError(_no_completion(self._base_url, str(problem))) from problem

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

    def _failure(
        self, problem: openai.OpenAIError | ValueError, seconds: float, *, pictures: bool = False
    ) -> ServiceError:
        """What went wrong with a request, in words that say what to do about it."""
        if isinstance(problem, openai.APIStatusError):
            return ServiceError(self._refused(problem, pictures=pictures))
        if isinstance(problem, openai.APITimeoutError):
            return ServiceError(
                f"{self._base_url} did not reply within {seconds:g} s. Is it overloaded? Try again, with less "
                "--concurrency."
            )
        if isinstance(problem, openai.APIConnectionError):
            return ServiceError(
                f"{self._base_url} cannot be reached ({self._hidden(str(problem.__cause__ or problem))}). Is the server running, and is "
                f"`base_url` in the model file right? See what it says: curl {self._base_url.rstrip('/')}/models"
            )
        said = problem.doc if isinstance(problem, JSONDecodeError) else str(problem)
        return ServiceError(_no_completion(self._base_url, self._hidden(said)))

    def _refused(self, problem: openai.APIStatusError, *, pictures: bool) -> str:
        """What a refusal means, and what to do about it."""
        said, status = self._hidden(str(problem.message)), problem.status_code
        told = f"{self._base_url} answered {status} to a request for `{self.model}`: {said}."
        if status in (401, 403):
            if self._api_key_env:
                return f"{told} It does not take the key: set {self._api_key_env} to a good one, in the environment or .env."
            if self._api_key:
                return f"{told} It does not take the `api_key` that was given."
            return f'{told} It wants a key: name its variable in the model file ("api_key_env": "MY_KEY") and set that.'
        if status == 404:
            models = f"{self._base_url.rstrip('/')}/models"
            return f"{told} Look at `model` and `base_url` in the model file; what the server has: curl {models}"
        if pictures and _NO_EYES.search(said):
            return f'{told} If the model reads text only, put "sees_images": false into the model file.'
        if status == 429:
            return f"{told} Too many requests, or a quota is used up. Try again later, with less --concurrency."
        if status >= 500:
            return f"{told} Something failed in the server: see its log, and try again."
        return f"{told} Look at `settings` in the model file, and whether the conversation fits the model's context."

    def _hidden(self, said: str) -> str:
        """A server's words in one line, without the key, should it repeat what it was sent."""
        plain = " ".join(said.split())
        if self._api_key:
            for written in (self._api_key, repr(self._api_key)[1:-1]):
                plain = plain.replace(written, "(the key)")
        return plain[:300].rstrip(" .")


def _read_key(given: str | None, env: str | None) -> str | None:
    """The key without the line break that files end in. Raises InputError, without the key, for one no header takes."""
    key = (given or "").strip()
    if key and not _KEY.fullmatch(key):
        raise InputError(
            f"The key in {env or '`api_key`'} has a space, a line break or a character that is not ASCII, which no key "
            "has. Copy it again."
        )
    return key or None


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


def _turns(messages: Sequence[Message]) -> list[ChatCompletionMessageParam]:
    """Messages in the protocol's form. Neighbours of one role are joined: some chat templates refuse two in a row."""
    same = itertools.groupby(messages, key=lambda message: message.role)
    return [_turn(Message(role, tuple(part for message in some for part in message.parts))) for role, some in same]


def _turn(message: Message) -> ChatCompletionMessageParam:
    """Plain text where there are no pictures, which every server takes."""
    if all(isinstance(part, str) for part in message.parts):
        return cast(ChatCompletionMessageParam, {"role": message.role, "content": message.text})
    parts = [
        {"type": "text", "text": part}
        if isinstance(part, str)
        else {"type": "image_url", "image_url": {"url": _data_url(part)}}
        for part in message.parts
    ]
    return cast(ChatCompletionMessageParam, {"role": message.role, "content": parts})


def _read(completion: ChatCompletion | str, where: str, job: Job) -> Reply:
    """Text and usage of a completion; the client does not check what a server sends against its own types."""
    if isinstance(completion, str):  # what the client makes of a page that is no JSON
        raise ServiceError(_no_completion(where, completion))
    try:
        choice, used = completion.choices[0], completion.usage
        content = choice.message.content
        usage = Usage(used.prompt_tokens or 0, used.completion_tokens or 0, 1) if used else Usage(calls=1)
    except (AttributeError, IndexError, TypeError) as problem:
        raise ServiceError(
            f"{where} sent a reply without a message. Is it a chat completions server, and `base_url` in the model file "
            "right? It usually ends in /v1."
        ) from problem
    if not isinstance(content, str | None):
        raise ServiceError(
            f"{where} sent a message that is no text but a {type(content).__name__}. Is it a chat completions server?"
        )
    return Reply(content or "", usage, "" if content else _why_empty(where, str(choice.finish_reason), job))


def _why_empty(where: str, finish_reason: str, job: Job) -> str:
    told = f"{where} sent an empty message (finish_reason {finish_reason})"
    if finish_reason == "length":
        return f"{told}: all its tokens went into thinking. Raise `max_tokens` of `{job}` in the model file's settings."
    return f"{told}: the model said nothing."


def _no_completion(where: str, said: str) -> str:
    return (
        f"{where} sent something that is no chat completion: {' '.join(said.split())[:120]!r}. Is `base_url` in the model "
        "file right? It usually ends in /v1."
    )
