"""A run's folder: what is kept, what is refused."""

import json
from pathlib import Path
from typing import Any

import pytest

from spatial_agent.errors import InputError
from spatial_agent.evaluate.record import CONFIG, PREDICTIONS, Prediction, Record
from spatial_agent.trace.events import Outcome, Usage

CONFIGURATION = {"version": "0.1.0", "model": {"name": "offline"}, "seed": 0}


def line(sample: str, outcome: Outcome = "answered", prediction: float | None = 1.0) -> Prediction:
    """One try of a sample."""
    score = None if outcome == "infra_error" else 1.0
    nothing: dict[str, Any] = {"why": "", "usage": Usage(), "steps": 1, "seconds": 0.1, "error": None, "session": None}
    return Prediction(id=sample, group="g", prediction=prediction, target=1.0, outcome=outcome, score=score, **nothing)


def test_the_last_line_of_a_sample_counts_and_infra_errors_are_tried_again(tmp_path: Path) -> None:
    with Record(tmp_path, CONFIGURATION) as record:
        record.append(line("a", "infra_error"))
        record.append(line("b", "infra_error"))
        record.append(line("a", "limit", None))
        record.append(line("c"))
    with Record(tmp_path, CONFIGURATION) as record:
        assert set(record.done()) == {"a", "c"}
        assert record.latest()["b"].outcome == "infra_error"
    assert len((tmp_path / PREDICTIONS).read_text().splitlines()) == 4, "nothing is deleted"


def test_a_half_written_last_line_is_survived(tmp_path: Path) -> None:
    with Record(tmp_path, CONFIGURATION) as record:
        record.append(line("a"))
    file = tmp_path / PREDICTIONS
    file.write_bytes(file.read_bytes() + b'{"id":"b","group":"g","predi')
    with Record(tmp_path, CONFIGURATION) as record:
        assert set(record.done()) == {"a"}
        record.append(line("b"))
    with Record(tmp_path, CONFIGURATION) as record:
        assert set(record.done()) == {"a", "b"}


def test_another_configuration_is_refused_and_named(tmp_path: Path) -> None:
    with Record(tmp_path, CONFIGURATION):
        pass
    other = CONFIGURATION | {"model": {"name": "gpt"}}
    with pytest.raises(InputError, match=r"model.name was 'offline' and is now 'gpt'"), Record(tmp_path, other):
        pass
    with Record(tmp_path, dict(reversed(CONFIGURATION.items()))):
        pass
    assert json.loads((tmp_path / CONFIG).read_text())["config"] == CONFIGURATION


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / CONFIG).write_text("[]")
    with pytest.raises(InputError, match="not a run's configuration"), Record(tmp_path, CONFIGURATION):
        pass


def test_two_processes_do_not_share_a_folder(tmp_path: Path) -> None:
    with (
        Record(tmp_path, CONFIGURATION),
        pytest.raises(InputError, match="Another process"),
        Record(tmp_path, CONFIGURATION),
    ):
        pass
    with Record(tmp_path, CONFIGURATION):
        pass


def test_each_try_has_a_folder_of_its_own(tmp_path: Path) -> None:
    record = Record(tmp_path, CONFIGURATION)
    first = record.new_session("room/a")
    first.mkdir(parents=True)
    second = record.new_session("room/a")
    assert second != first
    assert second.parent == tmp_path / "sessions"
    assert record.new_session("room/b").name != first.name
