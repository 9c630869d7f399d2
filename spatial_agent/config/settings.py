"""Model files and dataset files: what they may say, and how a name becomes one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from pydantic import Field

from spatial_agent.config.files import Strict, nearest, read_json
from spatial_agent.errors import InputError

SHIPPED = Path(__file__).parent


class ModelFile(Strict):
    """A backbone, as a file in `config/model/` describes it."""

    backend: Literal["offline"]
    """`offline`: the scripted policy that needs no model, no key and no network."""
    name: str
    """What tables and traces call it."""
    api_key_env: str | None = None
    """Name of the environment variable that holds the key; the key itself is written nowhere."""


class DatasetFile(Strict):
    """A benchmark and how to run it, as a file in `config/dataset/` describes it."""

    benchmark: Literal["rooms"]
    """`rooms`: questions with exact answers about the rendered captures that come with the package."""
    perception: Literal["recorded"] = "recorded"
    limit: int | None = Field(default=None, ge=1)
    """The first so many questions only."""


def load_model(name: str | Path) -> ModelFile:
    """The model file of a shipped name or a path; checks that its key is set. Raises InputError."""
    model = read_json(_find(name, "model"), ModelFile)
    if model.api_key_env and not os.environ.get(model.api_key_env):
        raise InputError(
            f"The model `{model.name}` needs a key: set {model.api_key_env} in the environment or in a file .env "
            f"(see .env.example). To run without any key, use the model `offline`."
        )
    return model


def load_dataset(name: str | Path) -> DatasetFile:
    """The dataset file of a shipped name or a path. Raises InputError."""
    return read_json(_find(name, "dataset"), DatasetFile)


def _find(name: str | Path, kind: Literal["model", "dataset"]) -> Path:
    path = Path(name)
    if path.is_file():
        return path
    shipped = {file.stem: file for file in (SHIPPED / kind).glob("*.json")}
    # A path such as spatial_agent/config/model/NAME.json works from any folder, not only from the repository's root.
    if path.stem in shipped and (path.suffix == ".json" or str(path) == path.stem) and not path.is_absolute():
        return shipped[path.stem]
    raise InputError(f"There is no {kind} `{name}`.{nearest(path.stem, shipped)}")
