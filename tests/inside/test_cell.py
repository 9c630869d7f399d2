"""Running one cell, without a process around it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatial_agent.inside.cell import ECHO_CHARS, Meter, Output, run_cell
from spatial_agent.inside.variables import MOST, Watch, summarize


def test_the_value_of_the_last_expression_is_echoed_and_none_is_not() -> None:
    namespace: dict[str, Any] = {}
    assert run_cell("x = 1\nx + 1", 1, namespace).echo == "2"
    assert run_cell("x = 2", 2, namespace).echo is None
    assert run_cell("None", 3, namespace).echo is None
    assert run_cell("", 4, namespace).echo is None


def test_long_values_are_cut_and_say_so() -> None:
    echo = run_cell("bytes(100000)", 1, {}).echo
    assert echo is not None
    assert len(echo) < ECHO_CHARS + 50
    assert "characters)" in echo


def test_a_traceback_shows_lines_of_cells_only_and_keeps_the_cause() -> None:
    namespace: dict[str, Any] = {}
    run_cell("def f(x):\n    return 1 / x", 1, namespace)
    finished = run_cell(
        "try:\n    f(0)\nexcept ZeroDivisionError as e:\n    raise ValueError('bad') from e", 2, namespace
    )
    assert finished.error_line == 4
    assert finished.error is not None
    assert "return 1 / x" in finished.error
    assert "direct cause" in finished.error
    assert __file__ not in finished.error


@pytest.mark.parametrize(
    "raised", ["SystemExit(3)", "KeyboardInterrupt", "BaseException('x')", "Exception('multi\\nline')"]
)
def test_nothing_that_a_cell_raises_gets_out(raised: str) -> None:
    finished = run_cell(f"raise {raised}", 1, {})
    assert finished.error is not None
    assert finished.error_line == 1


def test_multi_line_messages_stay_whole() -> None:
    assert "line" in (run_cell("raise ValueError('multi\\nline')", 1, {}).error or "")


@given(st.lists(st.text()), st.integers(0, 200))
def test_what_is_kept_and_what_is_dropped_add_up(texts: list[str], limit: int) -> None:
    meter = Meter(limit)
    kept = [meter.take(text) for text in texts]
    assert sum(len(k.encode(errors="replace")) for k in kept) <= max(limit, 0) * 4
    assert all(text.startswith(k) for text, k in zip(texts, kept, strict=True))
    if not meter.dropped:
        assert kept == texts


def test_output_is_sent_in_pieces() -> None:
    sent: list[str] = []
    output = Output(sent.append, Meter(10**6))
    print("a" * 5000, file=output)
    assert sent == []
    print("b" * 5000, file=output)
    output.flush()
    assert "".join(sent) == "a" * 5000 + "\n" + "b" * 5000 + "\n"


class Rude(list[int]):
    """A list that does not say how long it is."""

    def __len__(self) -> int:
        raise RuntimeError


def test_summaries_survive_rude_objects_and_are_few() -> None:
    namespace: dict[str, Any] = {"a": 1}
    watch = Watch(namespace)
    namespace |= {"rude": Rude()} | {f"x{k}": k for k in range(100)}
    changes = watch.changes()
    assert len(changes) == MOST
    assert changes[0].summary == "Rude (its repr raised RuntimeError)"
    assert watch.changes() == ()


@pytest.mark.parametrize(
    ("value", "summary"),
    [
        (1.5, "float = 1.5"),
        (None, "None"),
        ("x", "str = 'x'"),
        ([1, 2], "list of 2 = [1, 2]"),
        (lambda: 1, "function <lambda>()"),
    ],
)
def test_summaries(value: object, summary: str) -> None:
    assert summarize(value) == summary


@pytest.mark.parametrize(
    ("code", "line", "reached"),
    [
        ("x = 1\ny = 1 / 0\nz = 2", 2, 2),
        ("def f():\n    return 1 / 0\nx = 1\nf()\ny = 2", 2, 4),
        ("for k in range(3):\n    print(1 / (1 - k))\n    x = k\ny = 2", 2, 3),
        ("a = 1; b = max(1,\n    1 / 0,\n    3)\nc = 1", 2, 3),
        ("@(1 / 0)\ndef f():\n    pass\nx = 1", 1, 3),
    ],
)
def test_what_ran_is_told_by_statements(code: str, line: int, reached: int) -> None:
    finished = run_cell(code, 1, {})
    assert (finished.error_line, finished.reached) == (line, reached)
