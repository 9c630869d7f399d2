"""Model and dataset files, by name and by path, good and bad."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from spatial_agent.config.settings import SHIPPED, load_dataset, load_model, load_perception
from spatial_agent.errors import InputError

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    "name", ["offline", "spatial_agent/config/model/offline.json", str(SHIPPED / "model/offline.json")]
)
def test_a_model_is_found_by_name_and_by_path(name: str) -> None:
    assert load_model(name).name == "offline"


def test_every_shipped_file_is_valid_and_called_as_its_file() -> None:
    models = {file.stem: load_model(file).name for file in (SHIPPED / "model").glob("*.json")}
    datasets = {file.stem: load_dataset(file).benchmark for file in (SHIPPED / "dataset").glob("*.json")}
    assert models == {name: name for name in ("offline", "gemini-3-pro", "local", "dummy")}
    assert datasets == {"rooms": "rooms"}
    sees = {file.stem: load_perception(file) for file in (SHIPPED / "perception").glob("*.json")}
    assert {name: file.backend for name, file in sees.items()} == {
        "recorded": "recorded",
        "noisy": "recorded",
        "none": "none",
        "dummy": "dummy",
    }
    assert {name for name, file in sees.items() if file.depth_noise and file.dropouts} == {"noisy"}


def test_the_example_environment_names_every_key_that_model_files_read() -> None:
    named = set(re.findall(r"^#?\s*(\w+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    read = {load_model(file).api_key_env for file in (SHIPPED / "model").glob("*.json")} - {None}
    assert read <= named


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"backend": "offline",\n "name" "x"}', "line 2"),
        ('{"backend": "offlin", "name": "x"}', "backend"),
        ('{"backend": "offline"}', "name"),
        ('{"backend": "offline", "name": "x", "api_key_en": "K"}', "Did you mean api_key_env"),
        ("[]", "the whole file"),
    ],
)
def test_a_bad_file_is_refused_by_line_or_field(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "mine.json"
    file.write_text(text)
    with pytest.raises(InputError, match=re.escape(words)) as problem:
        load_model(file)
    assert "mine.json" in str(problem.value)


def test_an_unknown_name_suggests_the_nearest() -> None:
    with pytest.raises(InputError, match="Did you mean offline"):
        load_model("ofline")
    with pytest.raises(InputError, match="Did you mean rooms"):
        load_dataset("room")


def test_a_model_behind_a_server_must_say_where(tmp_path: Path) -> None:
    file = tmp_path / "mine.json"
    file.write_text('{"backend": "openai", "name": "mine"}')
    with pytest.raises(InputError, match="needs `model` and `base_url`"):
        load_model(file)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"base_url": "localhost:8000/v1"}, "begins with http:// or https://"),
        ({"base_url": "https://me:secret@example.org/v1"}, "a key is in the file"),
        ({"base_url": "https://example.org/v1?key=secret"}, "`base_url` has a part behind ? or #"),
        ({"settings": {"ask": {"extra_headers": {"Authorization": "Bearer secret"}}}}, "a key is in the file"),
        ({"settings": {"ask": {"extra_headers": {"Cookie": "secret"}}}}, "a key is in the file"),
        ({"settings": {"ask": {"extra_query": {"key": "secret"}}}}, "a key is in the file"),
        ({"settings": {"ask": {"extra_body": {"api_key": "secret"}}}}, "a key is in the file"),
        ({"settings": {"ask": {"extra_body": {"proxy": [{"accessToken": "secret"}]}}}}, "a key is in the file"),
        ({"settings": {"ask": {"extra_body": {"client_secret": "secret"}}}}, "a key is in the file"),
        ({"settings": {"ask": {"extra_headers": 5}}}, "`extra_headers` of settings.ask is no object"),
        ({"settings": {"ask": {"extra_body": ["secret"]}}}, "`extra_body` of settings.ask is no object"),
        ({"settings": {"think": {}}}, "settings.think"),
    ],
)
def test_a_model_file_with_a_key_or_a_bad_address_is_refused(
    tmp_path: Path, fields: dict[str, Any], words: str
) -> None:
    file = tmp_path / "mine.json"
    model = {"backend": "openai", "name": "mine", "model": "m", "base_url": "https://example.org/v1"}
    file.write_text(json.dumps(model | fields))
    with pytest.raises(InputError, match=re.escape(words)) as problem:
        load_model(file)
    assert "secret" not in str(problem.value).replace("client_secret", "")


def test_settings_that_only_sound_like_keys_are_fine(tmp_path: Path) -> None:
    names = ["max_tokens", "min_tokens", "stop_token_ids", "skip_special_tokens", "top_k", "thinking_token_budget"]
    extra = dict.fromkeys([*names, "return_tokens_as_token_ids", "eos_token_id", "authors"], 1)
    model = {"backend": "openai", "name": "mine", "model": "m", "base_url": "https://example.org/v1"}
    file = tmp_path / "mine.json"
    file.write_text(json.dumps(model | {"settings": {"ask": {"extra_body": {"chat_template_kwargs": extra} | extra}}}))
    assert load_model(file).settings["ask"]["extra_body"]["max_tokens"] == 1


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"backend": "none", "dropouts": 0.1}, "no depth that"),
        ({"backend": "recorded", "dropouts": 1}, "less than 1"),
        ({"backend": "recorded", "depth_noise": -1}, "greater than or equal to 0"),
        ({"backend": "sam3"}, "'recorded', 'none' or 'dummy'"),
        ({"backend": "recorded", "noise": 1}, "depth_noise"),
    ],
)
def test_a_bad_perception_file_is_refused(tmp_path: Path, fields: dict[str, Any], words: str) -> None:
    file = tmp_path / "mine.json"
    file.write_text(json.dumps(fields))
    with pytest.raises(InputError, match=re.escape(words)):
        load_perception(file)


def test_a_missing_key_ends_at_once_and_says_which(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GEMINI_API_KEY", raising=False)
    model = load_model("gemini-3-pro")
    with pytest.raises(InputError, match=r"set GEMINI_API_KEY .* use the model `offline`"):
        model.api_key()
    (tmp_path / ".env").write_text("GEMINI_API_KEY=from-the-file\n")
    assert model.api_key() == "from-the-file"
    monkeypatch.setenv("GEMINI_API_KEY", "from-the-environment\n")
    assert model.api_key() == "from-the-environment"
    assert load_model("offline").api_key() is None
