"""A session as one JSON object, and errors as exits."""

import json
from pathlib import Path

import pytest

from spatial_agent.errors import InputError, ServiceError
from spatial_agent.view.failure import reported
from spatial_agent.view.result import as_json
from tests.trace.session import concluded, cut_short, finished


def test_a_finished_session_as_plain_values(tmp_path: Path) -> None:
    told = json.loads(json.dumps(as_json(finished(tmp_path), {"answer": 0.9, "right": True})))
    assert (told["answer"], told["outcome"], told["form"], told["unit"]) == (0.9041, "answered", "number", "m")
    assert told["evidence"]["points"]["door"] == [5.561, 3.963, 0.744]
    assert told["truth"]["right"] is True
    assert (told["in_words"], told["explanation"]) == ("0.904 m", None)
    assert (told["steps"], told["usage"]["input_tokens"], told["trace"]) == (5, 11800, str(tmp_path))
    assert told["backbone"]["note"] == "a scripted policy, not a model"
    assert told["exit_code"] == 0


def test_a_fallback_and_a_point_as_plain_values(tmp_path: Path) -> None:
    told = json.loads(json.dumps(as_json(concluded(tmp_path, (1.0, 2.0, 3.0), frame="world"))))
    assert (told["answer"], told["outcome"], told["exit_code"]) == ([1.0, 2.0, 3.0], "gave_up", 0)
    assert (told["evidence"]["value"], told["evidence"]["frame"]) == ([1.0, 2.0, 3.0], "world")
    assert (told["evidence"]["scale"], told["evidence"]["scale_from"]) == ("estimated", "a model")
    assert told["evidence"]["fallback"] == told["reason"]


def test_a_session_without_an_answer_says_so(tmp_path: Path) -> None:
    told = as_json(cut_short(tmp_path, "limit", "all 30 steps were used"))
    assert (told["answer"], told["evidence"], told["truth"], told["exit_code"]) == (None, None, None, 4)


@pytest.mark.parametrize(
    ("problem", "code"),
    [(InputError("no such file"), 2), (ServiceError("no reply"), 3), (KeyboardInterrupt(), 130)],
)
def test_errors_become_a_message_and_an_exit_code(
    capsys: pytest.CaptureFixture[str], problem: BaseException, code: int
) -> None:
    with pytest.raises(SystemExit) as left, reported():
        raise problem
    shown = capsys.readouterr()
    assert left.value.code == code
    assert shown.out == ""
    assert shown.err.startswith("spatialclaw: ")
    assert shown.err.count("\n") == 1


def test_with_json_the_error_is_one_object_on_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit), reported(as_json=True):
        raise InputError("no such file")
    shown = capsys.readouterr()
    assert json.loads(shown.out) == {"error": "no such file", "exit_code": 2}
    assert "no such file" in shown.err


def test_a_bug_keeps_its_traceback() -> None:
    with pytest.raises(ZeroDivisionError), reported():
        raise ZeroDivisionError


def test_a_folder_that_cannot_be_used_is_the_users_to_change(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SystemExit) as left, reported():
        (tmp_path / "file" / "runs").mkdir()
    assert left.value.code == 2
