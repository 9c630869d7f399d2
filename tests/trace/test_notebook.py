"""`trace.ipynb`: what happened, in order, safe to open."""

import base64
import json
import re
from pathlib import Path
from typing import Any

import msgspec
import nbformat
from nbconvert import HTMLExporter

from spatial_agent.trace.notebook import write_notebook
from spatial_agent.trace.run import Run
from spatial_agent.trace.store import Store
from tests.trace.session import concluded, cut_short, finished, picture, ran, wrote


def written(run: Run) -> dict[str, Any]:
    return json.loads(write_notebook(run.events, Store(run.folder)).read_text())


def cells(run: Run, kind: str) -> list[dict[str, Any]]:
    return [cell for cell in written(run)["cells"] if cell["cell_type"] == kind]


def words(run: Run) -> str:
    return "\n".join(cell["source"] for cell in cells(run, "markdown"))


def test_is_a_valid_notebook_in_the_sessions_folder(tmp_path: Path) -> None:
    run = finished(tmp_path)
    path = write_notebook(run.events, Store(run.folder))
    assert path == tmp_path / "trace.ipynb"
    nbformat.validate(nbformat.read(path, as_version=4))


def test_every_cell_is_there_in_order_with_its_code(tmp_path: Path) -> None:
    run = finished(tmp_path)
    assert [cell["execution_count"] for cell in cells(run, "code")] == [1, 2, 4, 5]
    assert cells(run, "code")[0]["source"].startswith("frames = InputImages[:6]")


def test_title_names_the_answer_its_evidence_and_who_did_what(tmp_path: Path) -> None:
    title = cells(finished(tmp_path), "markdown")[0]["source"]
    for part in ("0.904 m", "answered", "a scripted policy, not a model", "UNSANDBOXED", "0.006 m", "(5.561, 3.963"):
        assert part in title


def test_a_cells_outputs_are_real_ones(tmp_path: Path) -> None:
    outputs = cells(finished(tmp_path), "code")[0]["outputs"]
    kinds = [(output["output_type"], output.get("name")) for output in outputs]
    assert kinds[:2] == [("stream", "stdout"), ("stream", "stderr")]
    assert ("execute_result", None) in kinds
    image = next(o["data"]["image/png"] for o in outputs if "image/png" in o.get("data", {}))
    assert base64.b64decode(image) == picture("crimson")
    assert "SegmentText" in json.dumps(outputs)
    assert "Reconstruction of 6 frames" in json.dumps(outputs)


def test_a_failed_cell_has_its_error(tmp_path: Path) -> None:
    error = next(o for o in cells(finished(tmp_path), "code")[1]["outputs"] if o["output_type"] == "error")
    assert (error["ename"], error["evalue"]) == ("NameError", "name 'heater_frames' is not defined")
    assert error["traceback"][0] == "Traceback (most recent call last):"


def test_malformed_replies_and_rejections_are_shown_as_such(tmp_path: Path) -> None:
    text = words(finished(tmp_path))
    assert "Step 3: a reply that was not in form" in text
    assert "````text\nLet me measure:\n```python" in text
    assert "**Not accepted**" in text


def test_a_session_cut_short_says_how_it_ended(tmp_path: Path) -> None:
    assert "No answer: limit" in words(cut_short(tmp_path, "limit", "all 30 steps were used without an answer"))


def test_an_answer_of_the_last_turn_is_called_a_fallback(tmp_path: Path) -> None:
    text = words(concluded(tmp_path, (1.0, 2.0, 3.0)))
    assert "## Time is up: the limit of 20 s was near" in text
    assert "```text\nAnswer: 0.9 m\nIt was <b>printed</b>.\n```" in text
    assert "| **Given by** | a fallback: the limit of 20 s was near: answered" in text
    assert "| **Points are in** | the input's own frame of reference |" in text
    assert "## Answer: (1.000, 2.000, 3.000) m" in text


def test_a_log_without_an_end_is_written_too(tmp_path: Path) -> None:
    run = cut_short(tmp_path, "limit", "")
    path = write_notebook(run.events[:3], Store(run.folder))
    assert "the session was cut off" in path.read_text()
    assert nbformat.read(path, as_version=4).cells[-2].outputs == []


def test_what_cells_and_models_write_cannot_act(tmp_path: Path) -> None:
    run = finished(tmp_path)
    bad = "<script>alert(1)</script> ![x](https://example.org/p.png) a < b"
    said = [
        msgspec.structs.replace(wrote(7, 9.0, bad, "pass"), reasoning=bad),
        ran(7, 9.1, stdout="\x1b[2J\x1b]0;title\x07red\x1b[31m", error="\x1b[31mValueError: x", status="error"),
    ]
    path = write_notebook([*run.events[:-1], *said, run.events[-1]], Store(run.folder))
    cells = json.loads(path.read_text())["cells"]
    step = next(cell["source"] for cell in cells if cell["id"] == "step-7")
    assert "<script" not in step
    assert "![x]" not in step
    assert "a < b" in step
    assert "\x1b" not in json.dumps([c.get("outputs") for c in cells]).encode().decode("unicode_escape")


def test_jupyter_renders_it_with_its_images(tmp_path: Path) -> None:
    run = finished(tmp_path)
    path = write_notebook(run.events, Store(run.folder))
    html, _ = HTMLExporter().from_filename(str(path))
    shown = [base64.b64decode(data) for data in re.findall(r"data:image/png;base64,([A-Za-z0-9+/=]+)", html)]
    assert picture("crimson") in shown, "what a cell showed"
    assert "data:image/jpeg;base64," in html, "the contact sheet of the input"
    assert "NameError" in html
