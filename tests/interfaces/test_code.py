"""The action format `code`: what replies are read as, and what history is made of a log."""

import ast
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatial_agent.chat.protocol import Picture
from spatial_agent.interfaces.code import Problem, Reply, canonical, parse, view
from spatial_agent.trace.events import (
    AnyEvent,
    Blob,
    Misformed,
    Observed,
    Planned,
    Ran,
    Rejected,
    Submission,
    Usage,
    Wrote,
)
from spatial_agent.trace.store import Store
from tests.trace.session import opened

FENCED = "```python\nx = 1\n```"


def reply(
    code: str = FENCED, headings: tuple[str, ...] = ("**Purpose**", "**Reasoning**", "**Next Goal**", "**Code**")
) -> str:
    bodies = ("p", "r", "g", code)
    return "\n\n".join(f"{heading}\n{body}" for heading, body in zip(headings, bodies, strict=True))


@pytest.mark.parametrize(
    "headings",
    [
        ("**Purpose**", "**Reasoning**", "**Next Goal**", "**Code**"),
        ("**Purpose:**", "**Reasoning:**", "**Next Goal:**", "**Code:**"),
        ("**Purpose**:", "**Reasoning**:", "**Next_Goal**:", "**Code**:"),
        ("## Purpose", "## Reasoning", "## Next goal", "## Code"),
        ("### **Purpose**", "### **Reasoning**", "### **Next Goal**", "### **Code**"),
        ("Purpose:", "Reasoning:", "Next Goal:", "Code:"),
    ],
)
def test_headings_of_many_kinds_are_read(headings: tuple[str, ...]) -> None:
    assert parse(reply(headings=headings)) == Reply("p", "r", "g", "x = 1\n")


def test_text_behind_a_heading_on_its_line_belongs_to_the_section() -> None:
    text = "**Purpose**: look\n**Reasoning**: why\n**Next Goal**: on\n**Code**:\n" + FENCED
    assert parse(text) == Reply("look", "why", "on", "x = 1\n")


def test_several_fences_are_one_cell_and_tags_do_not_matter() -> None:
    parsed = parse(reply("```py\na = 1\n```\nand\n~~~\nb = 2\n~~~"))
    assert isinstance(parsed, Reply)
    assert parsed.code == "a = 1\n\nb = 2\n"


def test_fences_and_headings_inside_the_code_stay_in_it() -> None:
    code = 'text = """\n**Code**\n"""\nprint("```")'
    parsed = parse(reply(f"```python\n{code}\n```"))
    assert isinstance(parsed, Reply)
    assert parsed.code.strip() == code


def test_what_editors_and_models_do_to_fences_does_not_matter() -> None:
    assert parse(reply().replace("\n", "\r\n")) == Reply("p", "r", "g", "x = 1\n")
    assert parse(reply("```python title=a.py\nx = 1\n```")) == Reply("p", "r", "g", "x = 1\n")
    assert parse(reply("  ```ipython\n  x = 1\n  ```")) == Reply("p", "r", "g", "x = 1\n")
    assert isinstance(parse(reply().replace("r\n", "about the <think> tag\n")), Reply)
    assert parse(reply("```python\nx = 1\n```\n```text\nnot code\n```")) == Reply("p", "r", "g", "x = 1\n")


def test_words_that_only_begin_like_a_heading_are_none() -> None:
    text = reply().replace("r\n", "**Code-level check** first\n**Purpose of it**\n")
    parsed = parse(text)
    assert isinstance(parsed, Reply)
    assert parsed.code == "x = 1\n"


def test_a_reply_of_tags_or_of_absurd_length_is_a_problem() -> None:
    for text in ("<think>" * 12_000, "```a\n" * 20_000, "x" * 1_000_000, "**Code**\n" * 10_000):
        assert isinstance(parse(text), Problem)


def test_a_draft_in_unfinished_thinking_is_not_run() -> None:
    assert isinstance(parse(f"<think>maybe\n{reply()}"), Problem)


def test_thinking_is_left_out() -> None:
    assert parse(f"<think>**Code** no</think>{reply()}") == Reply("p", "r", "g", "x = 1\n")
    assert parse(f"still thinking</think>\n{reply()}") == Reply("p", "r", "g", "x = 1\n")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "**Purpose**"),
        ("just words", "**Code**"),
        (reply().replace("**Reasoning**", "Why"), "**Reasoning**"),
        (reply("no fence at all"), "no ```python fence"),
        (reply("```python\nx = 1"), "cut off"),
        (reply().replace("**Purpose**\np", "**Purpose**\n"), "**Purpose**"),
    ],
)
def test_what_is_missing_is_named(text: str, words: str) -> None:
    parsed = parse(text)
    assert isinstance(parsed, Problem)
    assert words in parsed.text


@given(st.text())
def test_any_text_is_a_reply_or_a_problem(text: str) -> None:
    assert isinstance(parse(text), Reply | Problem)


_PLAIN = st.text(alphabet=st.characters(codec="ascii", exclude_characters="`~#*:\r\x00<"), min_size=1).filter(str.strip)


@given(_PLAIN.filter(lambda t: not any(w in t.lower() for w in ("purpose", "reasoning", "goal", "code"))))
def test_a_canonical_reply_reads_back_as_itself(words: str) -> None:
    code = f"x = {words!r}\n"
    ast.parse(code)
    assert parse(canonical(words.strip(), "r", "g", code)) == Reply(words.strip(), "r", "g", code)


@pytest.fixture
def session(tmp_path: Path) -> list[AnyEvent]:
    image = Blob("0" * 64, "image/png", 1, "a")
    usage = Usage()
    return [
        opened(Store(tmp_path)),
        Planned(at=1, text="1. look", usage=usage, seconds=1),
        Wrote(at=2, step=1, reply="", purpose="p", reasoning="why", goal="g", code="a = 1\nb = 1 / 0\nc\n", usage=usage, seconds=1),
        Ran(at=3, step=1, status="error", error="ZeroDivisionError", error_line=2, reached=2),
        Observed(at=3, step=1, text="failed", images=(image,)),
        Misformed(at=4, step=2, reply="no form", problem="?", usage=usage, seconds=1),
        Observed(at=4, step=2, text="say it in form"),
        Wrote(at=5, step=3, reply="", purpose="p", reasoning="why", goal="g", code="c = 3\n", usage=usage, seconds=1),
        Ran(at=5, step=3, status="ok"),
        Observed(at=6, step=3, text="fine"),
        Rejected(at=6, step=3, submission=Submission(None), text="not accepted"),
    ]  # fmt: skip


def picture(blob: Blob) -> Picture:
    return Picture(b"", blob.media_type)


def test_turns_alternate_and_begin_with_the_system(session: list[AnyEvent]) -> None:
    roles = [message.role for message in view(session, picture)]
    assert roles == ["system", "user", "assistant", "user", "assistant", "user", "assistant", "user"]


def test_a_failed_step_is_condensed_and_a_good_one_is_not(session: list[AnyEvent]) -> None:
    messages = view(session, picture)
    failed, good = messages[2].text, messages[6].text
    assert "why" not in failed
    assert "b = 1 / 0" in failed
    assert "\nc\n" not in failed
    assert "why" in good


def test_what_was_sent_once_never_changes(session: list[AnyEvent]) -> None:
    events = session
    sent: list[list[str]] = []
    for end, event in enumerate(events):
        if isinstance(event, Wrote | Misformed):
            sent.append([message.text for message in view(events[:end], picture)])
    final = [message.text for message in view(events, picture)]
    for prefix in sent:
        assert final[: len(prefix)] == prefix


def test_a_backbone_without_eyes_gets_no_pictures(session: list[AnyEvent]) -> None:
    parts = [part for message in view(session, lambda _: None) for part in message.parts]
    assert all(isinstance(part, str) for part in parts)
    assert any(isinstance(part, Picture) for message in view(session, picture) for part in message.parts)
