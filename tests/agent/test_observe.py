"""What the backbone reads about a cell that failed: the end of the message is never cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatial_agent.agent.observe import describe
from spatial_agent.budget import Budget
from spatial_agent.errors import ToolError
from spatial_agent.inside.cell import run_cell
from spatial_agent.trace.events import Ran

HINT = ["ToolError: recon.points got frame 7", "  expected: one of 0, 10, 20", "  type: recon.points[10]"]


def told(error: str, longest: int) -> str:
    ran = Ran(at=0.0, step=1, status="error", error=error)
    return describe(ran, Budget(observation_chars=longest), sight=True).partition("[Error]\n")[2]


@given(st.integers(0, 60), st.integers(0, 300), st.integers(150, 900))
def test_the_three_lines_of_a_tools_error_are_whole_however_long_the_traceback_is(
    frames: int, width: int, longest: int
) -> None:
    trace = [f'  File "<cell 1>", line {n}, in f\n    {"x" * width}' for n in range(frames + 1)]
    error = "\n".join(["Traceback (most recent call last):", *trace, *HINT])
    text = told(error, longest)
    assert text.endswith("\n".join(HINT))
    assert len(text) <= max(longest + 60, len(error) if len(error) <= longest else 0)


def test_a_long_message_is_whole_where_it_fits_and_keeps_its_end_where_it_does_not() -> None:
    message = "ValueError: " + "\n".join(f"line {n}" for n in range(100))
    error = 'Traceback\n  File "<cell 1>", line 1, in f\n    ' + "x" * 2000 + "\n" + message
    assert told(error, 1000).endswith(message)
    assert told(error, 200).endswith("line 97\nline 98\nline 99")
    assert len(told("ValueError: " + "y" * 10_000, 1000)) < 1100


@pytest.mark.parametrize("depth", [1, 40])
def test_a_real_tool_error_arrives_with_the_call_to_type(depth: int) -> None:
    def fail() -> None:
        raise ToolError("f got 1", "2", "f(2)")

    code = "".join(f"def f{n}():\n    f{n - 1}()  # {'x' * 90}\n" for n in range(1, depth + 1)) + f"f{depth}()"
    finished = run_cell(code, 1, {"f0": fail})
    assert told(finished.error or "", 1200).endswith("ToolError: f got 1\n  expected: 2\n  type: f(2)")
    assert finished.error_in == "tool"
