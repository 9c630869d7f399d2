"""Real sessions on the shipped captures: one of each kind from the bank."""

import asyncio
from collections.abc import Iterator

import pytest

from spatial_agent.agent.claw import SpatialClaw
from spatial_agent.evaluate.rooms import load_rooms
from spatial_agent.evaluate.samples import Sample
from spatial_agent.evaluate.scoring import score
from spatial_agent.trace.run import Run

FIRST, LAST = ({sample.group: sample for sample in samples} for samples in (load_rooms()[::-1], load_rooms()))
OF_A_KIND = {kind: (LAST if n % 2 else FIRST)[kind] for n, kind in enumerate(sorted(FIRST))}
"""One sample of each kind, of one capture and the other in turn."""


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Run]]:
    """All sessions, two at a time."""

    async def all_of_them() -> dict[str, Run]:
        claw, two = SpatialClaw(runs=tmp_path_factory.mktemp("runs")), asyncio.Semaphore(2)

        async def one(sample: Sample) -> Run:
            async with two:
                return await claw.arun(sample.question, sample.media[0])

        found = await asyncio.gather(*map(one, OF_A_KIND.values()))
        return dict(zip(OF_A_KIND, found, strict=True))

    yield asyncio.run(all_of_them())


@pytest.mark.parametrize("sample", OF_A_KIND.values(), ids=OF_A_KIND)
def test_one_of_each_kind_is_right_and_says_what_it_rests_on(sample: Sample, runs: dict[str, Run]) -> None:
    run = runs[sample.group]
    assert run.outcome == "answered"
    assert score(sample, run.answer).value == 1
    assert run.evidence is not None and run.evidence.frames


def test_there_are_ten_kinds() -> None:
    assert len(OF_A_KIND) == 10
