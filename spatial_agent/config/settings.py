"""Model, dataset and perception files: what they may say, and how a name becomes one."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import Field, model_validator

from spatial_agent.config.files import Strict, nearest, read_json
from spatial_agent.errors import InputError

SHIPPED = Path(__file__).parent
ENVIRONMENT = Path(".env")
"""Read from the folder in which a command is started."""

EXTRAS = ("extra_headers", "extra_query", "extra_body")
"""Settings that put what they hold into a request as it is."""
# Tokens are units of text too: `stop_token_ids` and `max_tokens` hold no key.
_KEY = re.compile(
    r"auth(?!ors?\b)|keys?\b|token\b(?!-(?:ids?|budget|limit|count)\b)|secret|cookie|passw|credential", re.IGNORECASE
)


class ModelFile(Strict):
    """A backbone, as a file in `config/model/` describes it."""

    backend: Literal["offline", "openai", "dummy"]
    """`offline`: the scripted policy that needs no model, no key and no network. `openai`: any server that speaks
    the chat completions protocol. `dummy`: a stand-in that makes its replies up."""
    name: str = Field(pattern=r"^[\w.-]+$")
    """What tables, traces and folders call it."""
    model: str | None = None
    """The server's name for it."""
    base_url: str | None = None
    """Where the server is, with the /v1 at the end."""
    api_key_env: str | None = None
    """Name of the environment variable that holds the key; the key itself is written nowhere."""
    sees_images: bool = True
    """False for a model that reads text only: it is then sent no pictures."""
    settings: dict[Literal["plan", "write", "locate", "ask", "conclude"], dict[str, Any]] = Field(default_factory=dict)
    """Sampling parameters of the protocol for each job; what the protocol does not know goes under `extra_body`."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.backend == "openai" and not (self.model and self.base_url):
            raise ValueError("the backend `openai` needs `model` and `base_url`")
        address = urlsplit(self.base_url or "http://")
        if address.scheme not in ("http", "https"):
            raise ValueError(f"`base_url` is {self.base_url}; it begins with http:// or https://")
        if address.query or address.fragment:
            raise ValueError("`base_url` has a part behind ? or #; it ends in the path, which is usually /v1")
        names = [name for job, given in self.settings.items() for name in _extra_names(job, given)]
        if "@" in address.netloc or any(map(_names_a_key, names)):
            raise ValueError("a key is in the file; name the environment variable that holds it in `api_key_env`")
        return self

    def api_key(self) -> str | None:
        """The key, from the environment or from `.env`. Raises InputError when it is named and not set."""
        if self.api_key_env is None:
            return None
        key = (os.environ.get(self.api_key_env) or dotenv_values(ENVIRONMENT).get(self.api_key_env) or "").strip()
        if not key:
            raise InputError(
                f"The model `{self.name}` needs a key: set {self.api_key_env} in the environment or in a file .env "
                f"(see .env.example). To run without any key, use the model `offline`."
            )
        return key


def _extra_names(job: str, given: Mapping[str, Any]) -> Iterator[str]:
    """Every name in what a job's requests carry beside the protocol's own. Raises ValueError for what has no names."""
    for extra in EXTRAS:
        value = given.get(extra)
        if value is not None and not isinstance(value, dict):
            raise ValueError(f'`{extra}` of settings.{job} is no object; write {{"name": value}}')
        yield from _names(value)


def _names(value: object) -> Iterator[str]:
    """The names in a value, at any depth."""
    if isinstance(value, dict):
        yield from value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _names(part)


def _names_a_key(name: str) -> bool:
    """Whether keys go by this name, as by `x-api-key` and `accessToken`."""
    return _KEY.search(re.sub(r"(?<=[a-z0-9])(?=[A-Z])|_", "-", name)) is not None


class PerceptionFile(Strict):
    """What sees depth and things, as a file in `config/perception/` describes it."""

    backend: Literal["recorded", "none", "dummy"]
    """`recorded`: what a capture's own sensor and labels say. `none`: nothing; cells look with `show` and `vlm`. `dummy`:
    a stand-in that makes up depth, cameras and masks."""
    depth_noise: float = Field(default=0.0, ge=0)
    """Of `recorded`: standard deviation of depth in metres at a distance of one metre; it grows with the square."""
    dropouts: float = Field(default=0.0, ge=0, lt=1)
    """Of `recorded`: the share of pixels that have no depth."""

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        if self.backend != "recorded" and (self.depth_noise or self.dropouts):
            raise ValueError(f"the backend `{self.backend}` has no depth that `depth_noise` or `dropouts` could change")
        return self


class DatasetFile(Strict):
    """A benchmark and how to run it, as a file in `config/dataset/` describes it."""

    benchmark: Literal["rooms"]
    """`rooms`: questions with exact answers about the rendered captures that come with the package."""
    perception: str = "recorded"
    """Name or path of a perception file."""
    limit: int | None = Field(default=None, ge=1)
    """The first so many questions only."""


def load_model(name: str | Path) -> ModelFile:
    """The model file of a shipped name or a path. Raises InputError."""
    return read_json(_find(name, "model"), ModelFile)


def load_dataset(name: str | Path) -> DatasetFile:
    """The dataset file of a shipped name or a path. Raises InputError."""
    return read_json(_find(name, "dataset"), DatasetFile)


def load_perception(name: str | Path) -> PerceptionFile:
    """The perception file of a shipped name or a path. Raises InputError."""
    return read_json(_find(name, "perception"), PerceptionFile)


def _find(name: str | Path, kind: Literal["model", "dataset", "perception"]) -> Path:
    path = Path(name)
    if path.is_file():
        return path
    shipped = {file.stem: file for file in (SHIPPED / kind).glob("*.json")}
    # A path such as spatial_agent/config/model/NAME.json works from any folder, not only from the repository's root.
    if path.stem in shipped and (path.suffix == ".json" or str(path) == path.stem) and not path.is_absolute():
        return shipped[path.stem]
    raise InputError(f"There is no {kind} `{name}`.{nearest(path.stem, shipped)}")
