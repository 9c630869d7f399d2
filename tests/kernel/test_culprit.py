"""Whose code raised, as it reaches the trusted side."""

import pytest

from spatial_agent import wire
from spatial_agent.budget import Budget
from spatial_agent.kernel.cellrecord import CellRecord
from tests.conftest import kernel_over


async def test_whose_error_it_is_comes_with_the_result() -> None:
    async with kernel_over() as kernel:
        cells = ["1 / 0", "vlm.locate(InputImages[0])", "1", "raise KeyboardInterrupt"]
        results = [await kernel.run(cell) for cell in cells]
    assert [result.error_in for result in results] == ["cell", "tool", None, "cell"]
    assert "  type: vlm.locate(visual_input, question)" in (results[1].error or "")


@pytest.mark.parametrize("status", ["timeout", "died"])
def test_a_cell_that_was_killed_has_no_culprit(status: str) -> None:
    record = CellRecord(Budget())
    record.take(wire.Output("stdout", "x"))
    assert record.result(status, 1.0).error_in is None  # type: ignore[arg-type]
