"""Requests that only a worker that lies can send: numbers that point nowhere, and more of them than anybody needs."""

import pytest

from spatial_agent import wire
from spatial_agent.errors import ToolError
from spatial_agent.kernel.requests import MAX_PIXEL, MAX_POINTS, check_prompts
from tests.conftest import photos

FAR = float(MAX_PIXEL) * 2


@pytest.mark.parametrize(
    "request_",
    [
        wire.SegmentPoints(1, (0,), 0, (((FAR, 1.0, 1),),)),
        wire.SegmentPoints(1, (0,), 0, (((1.0, 1.0, 2**60),),)),
        wire.SegmentPoints(1, (0,), 0, (((1.0, 1.0, 1),) * (MAX_POINTS // 2 + 1),) * 2),
        wire.SegmentBoxes(1, (0,), 0, ((0.0, 0.0, -FAR, 1.0),)),
        wire.SegmentText(1, (0,), ("x",), 1e300),
    ],
)
def test_prompts_that_point_nowhere_are_refused(request_: wire.SegmentPoints) -> None:
    with pytest.raises(ToolError):
        check_prompts(request_, photos()[0])


def test_honest_prompts_pass() -> None:
    check_prompts(wire.SegmentPoints(1, (0,), 0, (((1.0, 2.0, 1), (3.0, 4.0, 0)),) * 100), photos()[0])
    check_prompts(wire.SegmentBoxes(1, (0,), 0, ((-5.0, 0.0, 70.0, 50.0),)), photos()[0])
