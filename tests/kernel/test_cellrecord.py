"""What a kernel may say about a cell: whatever it says, the trusted side gets a record of bounded size or a KernelError."""

import asyncio
import math
import socket
import tracemalloc
from collections.abc import Callable
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spatial_agent import framing, wire
from spatial_agent.budget import Budget
from spatial_agent.errors import KernelError
from spatial_agent.kernel import cellrecord
from spatial_agent.kernel.cellrecord import CellRecord
from spatial_agent.kernel.channel import Channel
from spatial_agent.kernel.images import MAX_IMAGE_BYTES
from spatial_agent.kernel.protocol import Status
from spatial_agent.trace.events import Submission
from tests.kernel.made_images import frame_header, jpeg, picture, png


def done(**fields: Any) -> wire.Done:
    plain: dict[str, Any] = {
        "request": 1,
        "error": None,
        "error_line": None,
        "error_in": None,
        "reached": None,
        "echo": None,
    }
    return wire.Done(**plain | {"variables": (), "dropped": 0} | fields)


def submitted(**fields: Any) -> wire.Submitted:
    plain: dict[str, Any] = {"value": 1, "reason": None, "unit": None, "frames": (), "points": {}, "spread": None}
    return wire.Submitted(**plain | fields)


@pytest.mark.parametrize(
    "data",
    [png(60_000, 60_000), jpeg(frame_header(65_000, 65_000)), picture() + bytes(MAX_IMAGE_BYTES)],
    ids=["pixels of a PNG", "pixels of a JPEG", "bytes"],
)
def test_an_image_over_a_limit_is_dropped_and_counted_and_the_cell_goes_on(data: bytes) -> None:
    record = CellRecord(Budget())
    record.take(wire.Shown(data, "large"))
    record.take(wire.Shown(picture(), "small"))
    result = record.result("ok", 0.1)
    assert ([image.label for image in result.images], result.images_dropped) == (["small"], 1)


def test_what_is_no_image_breaks_the_protocol() -> None:
    with pytest.raises(KernelError, match="neither PNG nor JPEG"):
        CellRecord(Budget()).take(wire.Shown(b"not an image", ""))


def test_the_images_of_a_cell_are_limited_in_number_and_in_all(monkeypatch: pytest.MonkeyPatch) -> None:
    record = CellRecord(Budget(shown_per_cell=2))
    for number in range(5):
        record.take(wire.Shown(picture(), str(number)))
    assert (len(record.result("ok", 0.1).images), record.result("ok", 0.1).images_dropped) == (2, 3)
    monkeypatch.setattr(cellrecord, "MAX_SHOWN_BYTES", 3 * len(picture()))
    record = CellRecord(Budget())
    for number in range(5):
        record.take(wire.Shown(picture(), str(number)))
    assert (len(record.result("ok", 0.1).images), record.result("ok", 0.1).images_dropped) == (3, 2)


def test_output_that_is_over_the_limit_is_counted_on_this_side_too() -> None:
    record = CellRecord(Budget(output_bytes=10))
    for _ in range(3):
        record.take(wire.Output("stdout", "\u20ac\u20ac"))  # six bytes
    record.done(done(dropped=-5))
    result = record.result("ok", 0.1)
    assert (result.stdout, result.dropped) == ("\u20ac\u20ac", 12)


def test_the_last_answer_of_a_cell_that_ends_counts() -> None:
    record = CellRecord(Budget())
    record.take(submitted(value=1))
    record.take(submitted(value=2))
    assert record.result("timeout", 0.1).submission is None
    ended = record.result("ok", 0.1).submission
    assert ended is not None
    assert ended.value == 2


def test_numbers_that_nothing_measures_are_left_out() -> None:
    record = CellRecord(Budget())
    points = {"good": (1.0, 2.0, 3.0), "nan": (math.nan, 0.0, 0.0), "huge": (1e300, 0.0, 0.0)}
    record.take(submitted(value=[math.inf, 1.5], points=points, spread=1e300))
    record.done(done(error_line=-3, reached=2**62, dropped=2**62))
    result = record.result("ok", 0.1)
    assert result.submission is not None
    assert (result.submission.points, result.submission.spread) == ({"good": (1.0, 2.0, 3.0)}, None)
    assert result.submission.value == ["inf", 1.5]
    assert (result.error_line, result.reached) == (None, None)
    assert result.dropped <= cellrecord.LARGEST


def test_the_limit_that_stopped_a_cell_is_named() -> None:
    record = CellRecord(Budget())
    record.done(done(error="KeyboardInterrupt: the cell was stopped."), "ran longer than 60 s")
    assert (record.error or "").endswith("It ran longer than 60 s; its variables are kept.")


TEXT = st.text(max_size=20)
NUMBER = st.floats() | st.integers(-(2**63), 2**64 - 1).map(float)
LINE = st.none() | st.integers(-(2**63), 2**63 - 1)
SCALAR = TEXT | st.booleans() | st.none() | st.floats() | st.integers(-(2**63), 2**63 - 1)
IMAGE = st.binary(max_size=60) | st.sampled_from([picture(), picture("JPEG"), png(9, 9), png(2**30, 2**30)])
MESSAGES = st.one_of(
    st.builds(wire.Output, st.sampled_from(["stdout", "stderr"]), TEXT),
    st.builds(wire.Shown, IMAGE, TEXT),
    st.builds(
        wire.Submitted,
        SCALAR | st.lists(SCALAR, max_size=120),
        st.none() | TEXT,
        st.none() | TEXT,
        st.lists(st.integers(-(2**63), 2**63 - 1), max_size=120).map(tuple),
        st.dictionaries(TEXT, st.tuples(NUMBER, NUMBER, NUMBER), max_size=10),
        st.none() | NUMBER,
    ),
    st.builds(
        wire.Done,
        request=st.integers(0, 3),
        error=st.none() | TEXT,
        error_line=LINE,
        error_in=st.sampled_from([None, "cell", "tool"]),
        reached=LINE,
        echo=st.none() | TEXT,
        variables=st.lists(st.builds(wire.Variable, TEXT, TEXT), max_size=150).map(tuple),
        dropped=st.integers(-(2**63), 2**63 - 1),
    ),
    st.builds(wire.Ready, st.just(("x",))),
    st.builds(wire.Call, st.integers(0, 9), st.builds(wire.GetReference, st.integers(0, 9))),
)


def stretched(value: Any, name: str = "") -> Any:
    """The same message with texts over every limit."""
    if isinstance(value, str):
        return value if name in ("stream", "error_in") else value * 3000
    if isinstance(value, msgspec.Struct):
        return type(value)(**{field: stretched(getattr(value, field), field) for field in value.__struct_fields__})
    if isinstance(value, dict):
        return {stretched(key): part for key, part in value.items()}
    return type(value)(map(stretched, value)) if isinstance(value, list | tuple) else value


async def read(data: bytes, each: Callable[[wire.FromKernel], None]) -> None:
    """Let a channel read these bytes to their end."""
    ours, theirs = socket.socketpair()
    channel = Channel(ours)
    theirs.setblocking(False)

    async def write() -> None:
        with theirs:
            await asyncio.get_running_loop().sock_sendall(theirs, data)

    writing = asyncio.create_task(write())
    try:
        with pytest.raises(KernelError):
            while True:
                each(await channel.receive())
    finally:
        channel.close()
        await asyncio.gather(writing, return_exceptions=True)


def _bounded(record: CellRecord, budget: Budget) -> None:
    """A result that JSON can hold, within its limits."""
    for status in get_args(Status):
        result = record.result(status, 0.1)
        assert len(result.stdout.encode()) + len(result.stderr.encode()) <= budget.output_bytes
        assert len(result.images) <= budget.shown_per_cell
        said = msgspec.json.encode({"v": result.variables, "s": result.submission, "e": result.error})
        assert len(said) < 12_000_000
        if result.submission is not None:  # what JSON does not know would come back as another answer
            again = msgspec.json.decode(msgspec.json.encode(result.submission), type=Submission)
            assert again.points == result.submission.points
            assert again.spread == result.submission.spread


@settings(max_examples=100)
@given(st.lists(MESSAGES, max_size=12), st.booleans(), st.booleans())
async def test_any_messages_in_any_order_give_a_bounded_record_or_a_kernel_error(
    messages: list[Any], ended: bool, long: bool
) -> None:
    budget = Budget(output_bytes=1000, shown_per_cell=2)
    record = CellRecord(budget)

    def take(message: wire.FromKernel) -> None:
        record.take(message)
        if isinstance(message, wire.Done):
            record.done(message, "ran longer than 1 s" if ended else "")

    sent = [stretched(message) if long else message for message in messages]
    await read(b"".join(framing.frame(message) for message in sent), take)
    _bounded(record, budget)


@settings(max_examples=100)
@given(st.binary(max_size=200), st.booleans())
async def test_any_bytes_give_a_kernel_error(data: bytes, framed: bool) -> None:
    record = CellRecord(Budget())
    await read(framing.LENGTH.pack(len(data)) + data if framed else data, record.take)
    _bounded(record, Budget())


@settings(max_examples=100)
@given(st.lists(MESSAGES, min_size=1, max_size=3), st.data())
async def test_a_message_that_was_damaged_on_its_way_gives_a_kernel_error(messages: list[Any], data: Any) -> None:
    sent = bytearray(b"".join(framing.frame(message) for message in messages))
    for _ in range(data.draw(st.integers(1, 4))):
        sent[data.draw(st.integers(0, min(len(sent), 400) - 1))] = data.draw(st.integers(0, 255))
    await read(bytes(sent), CellRecord(Budget()).take)


@pytest.mark.parametrize("depth", [1_000, 1_000_000])
async def test_a_message_of_endless_brackets_gives_a_kernel_error(depth: int) -> None:
    fields = {"type": "Output", "stream": "stdout", "text": "x"}
    body = b"\x84" + b"".join(msgspec.msgpack.encode(part) for pair in fields.items() for part in pair)
    body += msgspec.msgpack.encode("more") + b"\x91" * depth + b"\xc0"
    await read(framing.LENGTH.pack(len(body)) + body, CellRecord(Budget()).take)


def test_a_flood_takes_no_more_memory_than_the_limits_allow() -> None:
    record = CellRecord(Budget(output_bytes=100_000, shown_per_cell=2))
    data = picture()
    tracemalloc.start()
    try:
        for number in range(20_000):
            record.take(wire.Output("stdout", "a" * 50))
            record.take(wire.Shown(data, "x" * 100))
            record.take(submitted(value="b" * 100, frames=(number,)))
        used, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert used < 1_000_000


def test_more_messages_than_any_honest_cell_sends_break_the_protocol() -> None:
    record = CellRecord(Budget())
    with pytest.raises(KernelError, match="messages"):
        for _ in range(cellrecord.MAX_MESSAGES + 1):
            record.take(wire.Output("stdout", ""))
