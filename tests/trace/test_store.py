"""The record on disk: it only grows, survives being cut short, and says when it cannot be written."""

import json
from pathlib import Path

import pytest

from spatial_agent.errors import InputError, RecordError
from spatial_agent.trace.events import SCHEMA, Accepted, Ended, Usage
from spatial_agent.trace.store import LOG, Store, read_events, slug
from tests.trace.session import opened

OLD = (
    b'{"type":"Accepted","at":1.0,"step":1,"value":0.9,"reason":null,"evidence":{"unit":"m","frames":[],"points":{},'
    b'"spread":null,"scale":"measured by the capture","calls":[]}}\n'
)


def test_events_read_back_as_they_were(tmp_path: Path) -> None:
    store = Store(tmp_path)
    events = (opened(store), Ended(at=1, outcome="limit", answer=None, reason="x", usage=Usage()))
    for event in events:
        store.append(event)
    assert read_events(tmp_path) == events


def test_a_second_session_is_not_appended_to_the_first(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.append(opened(store))
    with pytest.raises(RecordError, match="holds a session already"):
        store.append(opened(store))
    assert len(read_events(tmp_path)) == 1


def test_a_last_line_cut_short_is_left_out_and_any_other_is_an_error(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.append(opened(store))
    log = tmp_path / LOG
    whole = log.read_bytes()
    log.write_bytes(whole + whole[:50])
    assert len(read_events(tmp_path)) == 1
    log.write_bytes(whole[:50] + b"\n" + whole)
    with pytest.raises(InputError, match="line 1"):
        read_events(tmp_path)


def test_a_trace_of_the_schema_before_is_read(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.append(opened(store))
    (tmp_path / LOG).write_bytes((tmp_path / LOG).read_bytes().replace(b'"schema":%d' % SCHEMA, b'"schema":1') + OLD)
    accepted = read_events(tmp_path)[-1]
    assert isinstance(accepted, Accepted)
    assert (accepted.value, accepted.evidence.value, accepted.evidence.frame) == (0.9, None, "input")


@pytest.mark.parametrize("value", [[1, 2], [1, 2, 3, 4], [1, 2, "3"], {"x": 1}])
def test_an_answer_of_no_known_kind_is_refused(tmp_path: Path, value: object) -> None:
    store = Store(tmp_path)
    store.append(opened(store))
    with (tmp_path / LOG).open("ab") as log:
        log.write(OLD.replace(b'"value":0.9', b'"value":' + json.dumps(value).encode()))
    with pytest.raises(InputError, match="line 2"):
        read_events(tmp_path)


def test_a_newer_schema_is_refused(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.append(opened(store))
    log = tmp_path / LOG
    log.write_bytes(log.read_bytes().replace(b'"schema":%d' % SCHEMA, b'"schema":%d' % (SCHEMA + 1)))
    with pytest.raises(InputError, match="Update spatialclaw"):
        read_events(tmp_path)


def test_the_same_image_is_kept_once(tmp_path: Path) -> None:
    store = Store(tmp_path)
    first, second = store.put(b"x", "image/png", "a"), store.put(b"x", "image/png", "b")
    assert store.path(first) == store.path(second)
    assert store.read(second) == b"x"


def test_a_folder_that_cannot_be_written_is_an_input_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    store = Store(tmp_path / "file" / "session")
    with pytest.raises(InputError, match="another folder"):
        store.put(b"x", "image/png")
    with pytest.raises(InputError, match="holds no"):
        read_events(tmp_path / "nothing")


def test_a_slug_is_a_file_name_and_no_two_questions_share_one() -> None:
    assert slug("How far?") != slug("How far!")
    assert slug("../../etc/passwd").count("/") == 0
    assert len(slug("x" * 500)) < 80
