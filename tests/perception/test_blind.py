"""`none`: sees nothing of anything, and says so to whoever asks all the same."""

from collections.abc import Awaitable, Callable

import pytest

from spatial_agent.errors import ToolError
from spatial_agent.inputs.media import open_media
from spatial_agent.perception.backends.blind import Blind

(ROOM,) = open_media("living_room")
BLIND = Blind()


def test_it_sees_no_input() -> None:
    assert not BLIND.sees(ROOM)


@pytest.mark.parametrize(
    ("call", "prompts"),
    [
        (BLIND.reconstruct, ()),
        (BLIND.segment_text, (["door"], 0.5)),
        (BLIND.segment_points, (0, [[(1, 2, 1)]])),
        (BLIND.segment_boxes, (0, [(0, 0, 9, 9)])),
    ],
    ids=["reconstruct", "text", "points", "boxes"],
)
async def test_a_call_that_comes_all_the_same_is_refused(
    call: Callable[..., Awaitable[object]], prompts: tuple[object, ...]
) -> None:
    with pytest.raises(ToolError, match=r"switched off .* Use show"):
        await call(ROOM, [0], *prompts)
