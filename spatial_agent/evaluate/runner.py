"""Running a benchmark: some samples at a time, each in a session of its own, each on the record as soon as it is done."""

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
import json
import logging
import time
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Protocol

from spatial_agent.agent.claw import SpatialClaw
from spatial_agent.budget import Budget
from spatial_agent.config.settings import load_dataset, load_model, load_perception
from spatial_agent.errors import InputError, RecordError, ServiceError, SpatialClawError
from spatial_agent.evaluate.record import Prediction, Record
from spatial_agent.evaluate.rooms import load_rooms
from spatial_agent.evaluate.samples import Loader, Sample, select
from spatial_agent.evaluate.scoring import score
from spatial_agent.evaluate.summary import Summary, summarize
from spatial_agent.sandbox.level import Level
from spatial_agent.trace.events import Outcome, Stand, Usage

BENCHMARKS: Mapping[str, Loader] = {"rooms": load_rooms}
_log = logging.getLogger("spatial_agent")


class Watch(Protocol):
    """Somebody who wants to know how a run goes."""

    def begin(self, folder: Path, samples: int, kept: int, sandbox: Stand) -> None:
        """So many samples were chosen, of which so many were done by an earlier command; and how cells are kept in."""
        ...

    def done(self, prediction: Prediction) -> None:
        """A sample has its line."""
        ...


def run_benchmark(
    dataset: str | Path,
    model: str | Path = "offline",
    *,
    work_dir: Path | str | None = None,
    limit: int | None = None,
    sample_ids: Sequence[str] = (),
    concurrency: int = 4,
    perception: str | Path | None = None,
    budget: Budget | None = None,
    seed: int = 0,
    min_sandbox: Level | None = None,
    watch: Watch | None = None,
) -> Summary:
    """Run a benchmark, or go on with it: samples that the folder has an outcome of are not run again.

    `dataset`, `model` and `perception` are shipped names or paths of files; without `perception` the dataset's file
    says what sees. `min_sandbox` is the least level at which cells are run, as `SpatialClaw` has it. Raises InputError
    before anything is run.
    """
    asked, backbone, budget = load_dataset(dataset), load_model(model), budget or Budget()
    sees = str(perception or asked.perception)
    every = tuple(BENCHMARKS[asked.benchmark]())
    chosen = select(every, limit=limit or asked.limit, ids=sample_ids)
    config = {
        "version": version("spatialclaw"),
        "benchmark": asked.benchmark,
        "samples_sha256": _digest(every),
        "perception": {"name": Path(sees).stem, **load_perception(sees).model_dump(mode="json")},
        "model": backbone.model_dump(mode="json"),
        "interface": "code",
        "budget": dataclasses.asdict(budget),
        "seed": seed,
    }
    claw = SpatialClaw(str(model), perception=sees, budget=budget, seed=seed, min_sandbox=min_sandbox)
    asyncio.run(claw.sandbox())
    began = time.monotonic()
    folder = Path(work_dir) if work_dir else Path("runs") / _name(asked.benchmark, backbone.name, Path(sees).stem)
    with Record(folder, config) as record:
        try:
            asyncio.run(evaluate(chosen, claw, record, concurrency=concurrency, watch=watch))
        finally:  # after Ctrl-C too: the summary says what there is
            known = {sample.id for sample in every}
            summary = summarize(
                [line for line in record.latest().values() if line.id in known],
                benchmark=asked.benchmark,
                model=backbone.name,
                samples=len(every),
                wall_seconds=time.monotonic() - began,
                folder=str(folder),
            )
            record.write_summary(summary.as_json())
    return summary


def _name(benchmark: str, model: str, perception: str) -> str:
    """Name of a run's folder; the usual perception is not in it."""
    return "-".join([benchmark, model, *([perception] if perception != "recorded" else [])])


async def evaluate(
    samples: Sequence[Sample], claw: SpatialClaw, record: Record, *, concurrency: int = 4, watch: Watch | None = None
) -> None:
    """Run the samples that the record has no outcome of, `concurrency` at a time."""
    done = record.done()
    left = [sample for sample in samples if sample.id not in done]
    if watch:
        watch.begin(record.folder, len(samples), len(samples) - len(left), await claw.sandbox())
    free = asyncio.Semaphore(max(1, concurrency))

    async def one(sample: Sample) -> None:
        async with free:
            prediction = await _predict(sample, claw, record)
        record.append(prediction)
        if watch:
            watch.done(prediction)

    try:
        async with asyncio.TaskGroup() as group:
            for sample in left:
                group.create_task(one(sample))
    except ExceptionGroup as problems:
        # A RecordError means that nothing more can be written down: the run is over.
        raise next((one for one in problems.exceptions if isinstance(one, RecordError)), problems) from None


async def _predict(sample: Sample, claw: SpatialClaw, record: Record) -> Prediction:
    """Run one sample; whatever happens in it becomes its line."""
    folder, began = record.new_session(sample.id), time.monotonic()
    try:
        run = await claw.arun(sample.question, sample.media, folder=folder)
    except RecordError:
        raise
    except (InputError, ServiceError) as problem:  # its media cannot be read: to be tried again when they can
        return _failed(sample, "infra_error", str(problem), began)
    except SpatialClawError as problem:
        return _failed(sample, "agent_error", str(problem), began)
    except Exception as problem:  # noqa: BLE001 - the sample's border: the other samples go on
        _log.exception("the sample %s failed", sample.id)
        return _failed(sample, "agent_error", f"{type(problem).__name__}: {problem}", began)
    scored = run.outcome != "infra_error"
    given = score(sample, run.answer)
    return Prediction(
        id=sample.id,
        group=sample.group,
        prediction=run.answer,
        target=sample.target,
        outcome=run.outcome,
        score=given.value if scored else None,
        why=given.why if scored else "not scored: a service or its media failed",
        usage=run.usage,
        steps=run.steps,
        seconds=round(run.seconds, 3),
        error=None if run.outcome == "answered" else run.reason,
        session=str(folder.relative_to(record.folder)),
        backbone=run.opened.backbone,
        perception=run.opened.perception,
        sandbox=run.opened.sandbox,
    )


def _failed(sample: Sample, outcome: Outcome, error: str, began: float) -> Prediction:
    """The line of a sample whose session could not be run."""
    scored = outcome != "infra_error"
    return Prediction(
        id=sample.id,
        group=sample.group,
        prediction=None,
        target=sample.target,
        outcome=outcome,
        score=0.0 if scored else None,
        why="no answer was given" if scored else "not scored: a service or its media failed",
        usage=Usage(),
        steps=0,
        seconds=round(time.monotonic() - began, 3),
        error=error,
        session=None,
    )


def _digest(samples: Sequence[Sample]) -> str:
    """A hash of what is asked and what counts as right."""
    asked = [(s.id, dataclasses.asdict(s.question), [str(m) for m in s.media], s.target, s.tolerance) for s in samples]
    return hashlib.sha256(json.dumps(asked).encode()).hexdigest()
