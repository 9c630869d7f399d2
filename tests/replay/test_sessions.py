"""Reading recorded sessions: what the two interfaces hold, and what is said of a line that is none."""

from pathlib import Path

import pytest

from spatial_agent.errors import InputError
from spatial_agent.replay.sessions import read_sessions
from tests.replay.cells import line, write


def test_steps_keep_their_numbers_and_their_marks(tmp_path: Path) -> None:
    steps = [
        {"step": "Step 0", "code": "a = 1", "reply": {}, "output": "", "feedback": "frames=[0, 4]"},
        {"step": 3, "code": "b = a", "condensed": True, "error": "KeyError: 4"},
        {"reply": {}},
    ]
    (session,) = read_sessions(write(tmp_path / "t.jsonl", [{**line("7", ()), "code": {"steps": steps}}]), "code")
    assert session.name == "ours/7"
    assert [(one.number, one.code, one.condensed) for one in session.steps] == [
        (0, "a = 1", False),
        (3, "b = a", True),
        (2, None, False),
    ]
    assert session.steps[0].feedback == "frames=[0, 4]"


def test_single_pass_is_one_cell(tmp_path: Path) -> None:
    lines = [{"dataset": "ours", "id": 5, "single_pass": {"Code": "x = 1", "Output": ""}}, line("b", ("y = 2",))]
    (session,) = read_sessions(write(tmp_path / "t.jsonl", lines), "single_pass")
    assert (session.id, [one.code for one in session.steps]) == ("5", ["x = 1"])


def test_a_byte_order_mark_is_no_part_of_the_first_line(tmp_path: Path) -> None:
    file = write(tmp_path / "t.jsonl", [line("b", ("y = 2",))])
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
    assert read_sessions(file, "code")[0].steps[0].code == "y = 2"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"id": "a"\n', r"line 1.*this is no recorded session"),
        ('\n{"code": {"steps": [{"code": 5}]}}\n', r"line 2.*Expected `str \| null`, got `int`.*steps\[0\]\.code"),
        ('{"media": {"frames": 0}}', r"line 1.*`frames` of `media` is not from 1"),
        ('{"media": {"frames": 99999999999}}', r"line 1.*`frames` of `media` is not from 1 to 1,000,000"),
        ('{"media": {"size": [99999, 480]}}', r"line 1.*at most 4096"),
        ('{"media": {"size": [640]}}', r"line 1.*\[width, height\]"),
        ('{"media": {"fps": -1}}', "line 1.*`fps`"),
        ('{"media": {"kind": "hologram"}}', "line 1.*hologram"),
        ('{"id": "a"}', "no session with cells of the interface code"),
        ("", "no session with cells"),
    ],
)
def test_a_line_that_is_no_session_is_named(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "t.jsonl"
    file.write_text(text)
    with pytest.raises(InputError, match=told):
        read_sessions(file, "code")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"There is no file .*none\.jsonl"):
        read_sessions(tmp_path / "none.jsonl", "code")
