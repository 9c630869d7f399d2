"""`SpatialClaw`: ask a question about media, get a `Run`."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from spatial_agent.agent.loop import loop
from spatial_agent.agent.opening import open_session, opened_event
from spatial_agent.agent.run import ran_event
from spatial_agent.agent.state import Session, step_of
from spatial_agent.answers.question import Question, read_question
from spatial_agent.budget import Budget
from spatial_agent.chat.protocol import Chat
from spatial_agent.config.settings import load_model
from spatial_agent.errors import LimitReached, RecordError, ServiceError, SpatialClawError
from spatial_agent.inputs.media import Medium, open_media
from spatial_agent.kernel.session import sweep
from spatial_agent.perception.backends.recorded import Recorded
from spatial_agent.perception.protocol import Perception
from spatial_agent.trace.events import AnyEvent, Ended, Outcome, Ran
from spatial_agent.trace.notebook import write_notebook
from spatial_agent.trace.run import Run, pick
from spatial_agent.trace.store import Store, session_folder

_log = logging.getLogger("spatial_agent")


class SpatialClaw:
    """Answers spatial questions about photos, views and videos by writing code.

        claw = SpatialClaw()
        run = claw.run("How far is the heater from the door, in metres?", "living_room")
        run.answer, run.outcome, run.evidence, run.folder

    `chat`: a backbone, or the name or path of a model file. `perception`: what sees depth and things; `recorded` goes
    by what a capture recorded. `budget`: the limits of one question. `runs`: the folder that keeps the traces.
    """

    def __init__(
        self,
        chat: Chat | str = "offline",
        *,
        perception: Perception | None = None,
        budget: Budget | None = None,
        runs: Path | str = "runs",
        seed: int = 0,
    ) -> None:
        self._chat = _backbone(chat) if isinstance(chat, str) else chat
        self._perception = perception or Recorded()
        self._budget = budget or Budget()
        self._runs = Path(runs)
        sweep()
        self._seed = seed

    def run(
        self,
        question: str | Question,
        media: Medium | Sequence[Medium],
        *,
        references: Sequence[Medium] = (),
        folder: Path | None = None,
    ) -> Run:
        """Answer a question and wait for it; works inside a notebook too. Raises InputError for bad media."""
        work = self.arun(question, media, references=references, folder=folder)
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return asyncio.run(work)
        return _in_a_thread(work)

    async def arun(
        self,
        question: str | Question,
        media: Medium | Sequence[Medium],
        *,
        references: Sequence[Medium] = (),
        folder: Path | None = None,
    ) -> Run:
        """Answer a question. Raises InputError for bad media; every other ending is the `Run`'s outcome."""
        folder = folder or session_folder(self._runs, _words(question))
        events = [event async for event in self.stream(question, media, references=references, folder=folder)]
        return Run(tuple(events), folder)

    async def stream(
        self,
        question: str | Question,
        media: Medium | Sequence[Medium],
        *,
        references: Sequence[Medium] = (),
        folder: Path | None = None,
    ) -> AsyncGenerator[AnyEvent, None]:
        """The events of a session, each as soon as it is in the trace; the last is always `Ended`."""
        asked = read_question(question) if isinstance(question, str) else question
        frames = await asyncio.to_thread(open_media, media)
        extra = (await asyncio.to_thread(open_media, references))[0] if references else None
        store = Store(folder or session_folder(self._runs, asked.text))
        session = open_session(asked, frames, extra, self._chat, self._perception, self._budget, self._seed, store)
        opened = await asyncio.to_thread(opened_event, session, self._perception, self._seed)
        events: asyncio.Queue[AnyEvent | None] = asyncio.Queue()
        work = asyncio.create_task(_work(session, opened, events))
        over = False
        try:
            while (event := await events.get()) is not None:
                over = isinstance(event, Ended)
                yield event
            await work  # what kept an event out of the trace, a full disk for example, is raised here
        finally:
            if not over:
                work.cancel()
            await asyncio.wait([work])


def _words(question: str | Question) -> str:
    return question if isinstance(question, str) else question.text


def _backbone(name: str) -> Chat:
    """The backbone that a model file describes; its module is loaded only when it is used."""
    file = load_model(name)
    if file.backend == "offline":
        from spatial_agent.offline.policy import OfflineChat

        return OfflineChat()
    from spatial_agent.chat.openai import OpenAIChat

    return OpenAIChat(
        file.model or "",
        base_url=file.base_url or "",
        api_key=file.api_key(),
        name=file.name,
        sees_images=file.sees_images,
        settings=file.settings,
    )


async def _work(session: Session, opened: AnyEvent, queue: asyncio.Queue[AnyEvent | None]) -> None:
    """Run the loop; this is the one place where events enter the trace."""
    log: list[AnyEvent] = []

    def record(event: AnyEvent) -> None:
        session.store.append(event)
        log.append(event)
        queue.put_nowait(event)

    wall = asyncio.timeout(session.budget.wall_seconds)
    try:
        record(opened)
        session.start_kernel()
        async with wall:
            await _run_loop(session, log, record)
    except asyncio.CancelledError:
        _record_end(session, log, record, "infra_error", "the session was interrupted")
        raise
    except RecordError:
        raise
    except Exception as problem:  # noqa: BLE001 - the sample's border: what fails here ends this session and no other
        if isinstance(problem, TimeoutError) and wall.expired():
            problem = LimitReached(f"the limit of {session.budget.wall_seconds:g} s was reached without an answer")
        _record_end(session, log, record, *_outcome(problem))
    finally:
        try:
            await session.close()
            await asyncio.to_thread(_write_notebook, log, session.store)
        finally:
            queue.put_nowait(None)


def _write_notebook(log: list[AnyEvent], store: Store) -> None:
    if not log:
        return
    try:
        write_notebook(log, store)
    except OSError as problem:  # the log is the record, and it is whole; the notebook is a view of it
        _log.warning("the notebook of %s could not be written: %s", store.folder, problem)


async def _run_loop(session: Session, log: list[AnyEvent], record: Callable[[AnyEvent], None]) -> None:
    limit = 5 * session.budget.max_steps + 10  # of graph steps: the loop ends itself long before
    updates = loop().astream({"events": list(log)}, {"recursion_limit": limit}, context=session, stream_mode="updates")
    async for update in updates:
        for new in update.values():
            for event in (new or {}).get("events", ()):
                record(event)


def _outcome(problem: Exception) -> tuple[Outcome, str]:
    """What a session that was ended by an exception came to, and why."""
    if isinstance(problem, LimitReached):
        return "limit", str(problem)
    if isinstance(problem, ServiceError | TimeoutError | ConnectionError):
        return "infra_error", str(problem) or f"a service failed: {type(problem).__name__}"
    if isinstance(problem, SpatialClawError):
        return "agent_error", str(problem)
    _log.error("a session ended by an error of ours", exc_info=problem)
    return "agent_error", f"{type(problem).__name__}: {problem}"


def _record_end(
    session: Session, log: list[AnyEvent], record: Callable[[AnyEvent], None], outcome: Outcome, reason: str
) -> None:
    """Record the end of a session that did not come to its own, and what its running cell had done by then."""
    if unfinished := session.kernel.unfinished():
        record(ran_event(session, step_of({"events": log}), unfinished, sum(len(r.images) for r in pick(log, Ran))))
    record(Ended(at=session.clock(), outcome=outcome, answer=None, reason=reason, usage=session.usage(log)))


def _in_a_thread(work: Coroutine[Any, Any, Run]) -> Run:
    """Run a coroutine to its end where an event loop is running already, as in a notebook."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(asyncio.run, work).result()
