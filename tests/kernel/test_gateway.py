"""The gateway against requests that no honest worker sends, and what it keeps on the record."""

import asyncio
import dataclasses
import math

import numpy as np
import pytest

from spatial_agent import wire
from spatial_agent.budget import Budget
from spatial_agent.errors import InputError, ServiceError
from spatial_agent.frames import Frames, Rgb
from spatial_agent.inputs.media import open_media
from spatial_agent.kernel.gateway import Gateway
from spatial_agent.perception.backends.recorded import Recorded
from tests.conftest import blind, photos

JPEG = bytes.fromhex("ffd8ffc0000b080001000101011100ffda0000")
"""The header of a picture of one pixel."""


ROOM = Gateway(open_media("living_room"), None, Recorded(), blind, Budget())


def gateway(media: tuple[Frames, ...] | None = None, **settings: object) -> Gateway:
    videos = media or open_media("living_room")
    return Gateway(videos, None, Recorded(), blind, Budget(**settings))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "request_",
    [
        wire.GetFrame(0, 0),
        wire.GetFrame(2, 0),
        wire.GetFrame(1, 24),
        wire.GetReference(0),
        wire.Reconstruct(1, ()),
        wire.Reconstruct(1, (0, 0)),
        wire.Reconstruct(1, tuple(range(-1, 3))),
        wire.SegmentText(1, (0,), (), 0.3),
        wire.SegmentText(1, (0,), ("x",) * 101, 0.3),
        wire.SegmentText(1, (0,), ("x",), math.nan),
        wire.SegmentBoxes(1, (0,), 99, ((0.0, 0.0, 1.0, 1.0),)),
        wire.SegmentBoxes(1, (0,), 0, ((0.0, 0.0, math.inf, 1.0),)),
        wire.SegmentPoints(1, (0,), 0, ((),) * 101),
        wire.SegmentText(1, (0,), ("x" * 501,), 0.3),
        wire.AskModel("ask", "?", (), ()),
        wire.AskModel("ask", "?", (JPEG,), ()),
        wire.AskModel("ask", "?", (b"no picture",), ("a",)),
        wire.AskModel("ask", "x" * 20_001, (JPEG,), ("a",)),
    ],
)
async def test_what_cannot_be_served_is_a_failure_and_no_crash(request_: wire.Request) -> None:
    result, arrays = await gateway().serve(request_)
    assert isinstance(result, wire.Failure)
    assert arrays == ()


async def test_limits_on_frames_hold_whatever_the_worker_thinks() -> None:
    result, _ = await gateway(reconstruct_frames=2).serve(wire.Reconstruct(1, (0, 1, 2)))
    assert isinstance(result, wire.Failure)
    assert "at most 2" in result.message
    for unknown in (wire.Reconstruct(1, (-1,) * 300_000), wire.SegmentText(1, (-1,) * 300_000, ("x",), 0.3)):
        result, _ = await gateway().serve(unknown)
        assert isinstance(result, wire.Failure)
        assert len(result.message) < 200  # what a worker sends comes back to it in no message of any length


async def test_frames_of_two_sizes_each_keep_their_own() -> None:
    whole, sensor = ROOM.videos[0], ROOM.videos[0].sensor
    assert sensor is not None
    halved = (whole.sizes[0][0] // 2, whole.sizes[0][1] // 2)
    mixed = dataclasses.replace(whole, sizes=(whole.sizes[0], halved, *whole.sizes[2:]))
    result, arrays = await gateway((mixed,)).serve(wire.Reconstruct(1, (0, 1)))
    assert isinstance(result, wire.Geometry)
    assert result.sizes == (whole.sizes[0], halved)
    pixels = [width * height for width, height in result.sizes]
    assert arrays[0].shape == (sum(pixels),)
    assert np.array_equal(arrays[0][: pixels[0]].reshape(halved[1] * 2, -1), sensor.depth(0))
    found, packed = await gateway((mixed,)).serve(wire.SegmentText(1, (0, 1), ("door",), 0.3))
    assert isinstance(found, wire.Masks)
    assert found.sizes == result.sizes
    assert packed[0].shape == (sum((count + 7) // 8 for count in pixels) * len(found.scores),)


def question(text: str) -> wire.AskModel:
    return wire.AskModel("locate", text, (JPEG,), ("frame 0",))


async def test_questions_put_at_once_are_answered_side_by_side_and_in_order() -> None:
    waiting: list[str] = []
    all_there = asyncio.Event()

    async def ask(request: wire.AskModel) -> str:
        waiting.append(request.question)
        if len(waiting) == 3:
            all_there.set()
        await all_there.wait()  # a gateway that asked one after the other would wait here for ever
        return request.question.upper()

    door = Gateway(ROOM.videos, None, Recorded(), ask, Budget(call_seconds=20))
    result, _ = await door.serve(wire.AskModels((question("a"), question("b"), question("c"))))
    assert result == wire.Texts(("A", "B", "C"))
    (call,) = door.take_calls()
    assert (call.name, call.detail) == ("AskModels", "3 questions at once: a")


@pytest.mark.parametrize("count", [0, 33])
async def test_no_question_and_too_many_at_once_are_refused(count: int) -> None:
    result, _ = await gateway().serve(wire.AskModels((question("a"),) * count))
    assert isinstance(result, wire.Failure)
    assert f"{count} questions" in result.message


async def test_one_question_that_fails_fails_them_all_with_its_reason() -> None:
    result, _ = await gateway().serve(wire.AskModels((question("a"), wire.AskModel("ask", "?", (), ()))))
    assert isinstance(result, wire.Failure)
    assert "0 images" in result.message

    async def ask(request: wire.AskModel) -> str:
        if request.question == "b":
            raise ServiceError("the backbone is down")
        await asyncio.sleep(20)
        return ""

    door = Gateway(ROOM.videos, None, Recorded(), ask, Budget(call_seconds=20))
    with pytest.raises(ServiceError, match="is down"):
        await door.serve(wire.AskModels((question("a"), question("b"))))


async def test_calls_are_on_the_record_and_frames_are_not() -> None:
    door = gateway()
    await door.serve(wire.GetFrame(1, 0))
    await door.serve(wire.SegmentText(1, (1, 2), ("door",), 0.3))
    await door.serve(wire.Reconstruct(1, (99,)))
    assert [(call.name, call.detail, call.failure is None) for call in door.take_calls()] == [
        ("SegmentText", "door in 2 frames", True),
        ("Reconstruct", "1 frame", False),
    ]


async def test_a_damaged_file_is_named_on_the_record_and_not_to_the_cell() -> None:
    def damaged(_frame: int) -> Rgb:
        raise InputError("/home/somebody/photo.jpg is damaged")

    (whole,) = photos(1)
    broken = Frames(whole.name, whole.kind, whole.indices, whole.sizes, damaged)
    result, _ = await gateway((broken,)).serve(wire.GetFrame(1, 0))
    assert isinstance(result, wire.Failure)
    assert "somebody" not in result.message


async def test_a_service_that_fails_ends_the_session() -> None:
    async def down(_request: wire.AskModel) -> str:
        raise ServiceError("nobody answers")

    door = Gateway(photos(), None, Recorded(), down, Budget())
    with pytest.raises(ServiceError):
        await door.serve(wire.AskModel("ask", "?", (JPEG,), ("a",)))


async def test_a_service_that_takes_too_long_by_itself_is_no_limit_of_ours() -> None:
    async def slow(_request: wire.AskModel) -> str:
        raise TimeoutError("read timed out")

    door = Gateway(photos(), None, Recorded(), slow, Budget())
    for request in (question("a"), wire.AskModels((question("a"), question("b")))):
        with pytest.raises(ServiceError, match="read timed out"):
            await door.serve(request)


async def test_questions_that_take_too_long_are_given_up_together() -> None:
    ended: list[str] = []

    async def slow(request: wire.AskModel) -> str:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append(request.question)
        return ""

    door = Gateway(photos(), None, Recorded(), slow, Budget(call_seconds=0.05))
    result, _ = await door.serve(wire.AskModels((question("a"), question("b"))))
    assert isinstance(result, wire.Failure)
    assert "took longer than 0.05 s" in result.message
    assert sorted(ended) == ["a", "b"]
    (call,) = door.take_calls()
    assert call.failure == result.message


async def test_worlds_are_kept_and_depth_is_not() -> None:
    door = gateway()
    await door.serve(wire.Reconstruct(1, (0, 1)))
    await door.serve(wire.Reconstruct(1, (2,)))
    ((key, world),) = door.worlds.items()
    assert key[0] == 1
    assert sum(np.asarray(part).size for part in world if not isinstance(part, str)) == 16
