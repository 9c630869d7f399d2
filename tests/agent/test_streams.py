"""Sessions as a stream of events: left early, beside each other, inside a running event loop."""

import asyncio
import os
import tempfile
from pathlib import Path

import pytest

from spatial_agent import Budget, ScriptedChat, SpatialClaw
from spatial_agent.trace.events import Accepted, Ended, Observed, Opened, Planned, Ran, Wrote
from spatial_agent.trace.run import pick
from spatial_agent.trace.store import read_events
from tests.agent.script import cell

PHOTO = str(Path(__file__).parents[2] / "spatial_agent/captures/living_room/images/frame_00000.jpg")


async def test_it_runs_inside_a_running_event_loop(tmp_path: Path) -> None:
    run = SpatialClaw(ScriptedChat([cell("ReturnAnswer('x')")])).run("What?", PHOTO, folder=tmp_path)
    assert run.answer == "x"


async def test_events_stream_as_they_happen_and_leaving_early_ends_everything(tmp_path: Path) -> None:
    claw = SpatialClaw(ScriptedChat([cell("import time; time.sleep(60)")]))
    stream = claw.stream("What?", PHOTO, folder=tmp_path)
    seen = [type(await anext(stream)) for _ in range(3)]
    await asyncio.sleep(0.3)
    await stream.aclose()
    assert seen == [Opened, Planned, Wrote]
    last = read_events(tmp_path)[-1]
    assert isinstance(last, Ended)
    assert last.outcome == "infra_error"


async def test_sessions_at_the_same_time_have_folders_of_their_own(tmp_path: Path) -> None:
    claw = [SpatialClaw(ScriptedChat([cell("ReturnAnswer('x')")]), runs=tmp_path) for _ in range(2)]
    one, two = await asyncio.gather(*(each.arun("Same?", PHOTO) for each in claw))
    assert one.folder != two.folder
    assert len(read_events(one.folder)) == len(one.events)


async def test_leaving_at_the_end_leaves_the_end_as_it_was(tmp_path: Path) -> None:
    stream = SpatialClaw(ScriptedChat([cell("ReturnAnswer('x')")])).stream("What?", PHOTO, folder=tmp_path)
    async for event in stream:
        if isinstance(event, Ended):
            break
    await stream.aclose()
    assert [e.outcome for e in pick(read_events(tmp_path), Ended)] == ["answered"]
    assert (tmp_path / "trace.ipynb").is_file()


@pytest.mark.parametrize("kind", [Ran, Observed, Accepted])
async def test_leaving_just_before_the_end_leaves_one_end_and_nothing_else(tmp_path: Path, kind: type) -> None:
    stream = SpatialClaw(ScriptedChat([cell("ReturnAnswer('x')")])).stream("What?", PHOTO, folder=tmp_path)
    async for event in stream:
        if isinstance(event, kind):
            break
    await stream.aclose()
    events = read_events(tmp_path)
    assert len(pick(events, Ended)) == 1
    assert isinstance(events[-1], Ended)
    assert (tmp_path / "trace.ipynb").is_file()
    assert not list(Path(tempfile.gettempdir()).glob(f"spatialclaw-cell-{os.getpid()}-*"))


@pytest.mark.slow
async def test_one_noisy_session_does_not_hold_up_the_others(tmp_path: Path) -> None:
    gaps = []

    async def tick() -> None:
        last = asyncio.get_running_loop().time()
        while True:
            await asyncio.sleep(0.01)
            now = asyncio.get_running_loop().time()
            gaps.append(now - last)
            last = now

    ticking = asyncio.create_task(tick())
    noisy = ScriptedChat([cell("while True: ReturnAnswer(1)"), cell("ReturnAnswer('x')")])
    await SpatialClaw(noisy, budget=Budget(cell_seconds=3)).arun("What?", PHOTO, folder=tmp_path)
    ticking.cancel()
    assert max(gaps) < 2  # it was the whole limit of the cell when its messages were read without a pause
