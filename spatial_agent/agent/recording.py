"""Running a session and writing down what happens: the one place where events enter the trace."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from spatial_agent.agent.conclude import conclude, record_stopped
from spatial_agent.agent.loop import loop
from spatial_agent.agent.state import Session
from spatial_agent.errors import RecordError, ServiceError, SpatialClawError
from spatial_agent.trace.events import AnyEvent, Ended, Outcome
from spatial_agent.trace.notebook import write_notebook
from spatial_agent.trace.run import pick
from spatial_agent.trace.store import Store

_log = logging.getLogger("spatial_agent")
_NOTEBOOKS = ThreadPoolExecutor(1, "notebook")
"""A thread of their own: no session waits at its end for what another one reads or reconstructs."""


async def record_session(session: Session, opened: AnyEvent, queue: asyncio.Queue[AnyEvent | None]) -> None:
    """Run the loop to its end, put each event into the trace and then into `queue`, and None behind the last.

    However the session ends, its last event is an `Ended`; only a RecordError, when the trace cannot be written, and
    a cancellation go up.
    """
    log: list[AnyEvent] = []

    def record(event: AnyEvent) -> None:
        session.store.append(event)
        log.append(event)
        queue.put_nowait(event)

    try:
        record(opened)
        await _run_loop(session, log, record)
        if not pick(log, Ended):
            await conclude(session, log, record)
    except asyncio.CancelledError:
        _record_end(session, log, record, "infra_error", "the session was interrupted")
        raise
    except RecordError:
        raise
    except Exception as problem:  # noqa: BLE001 - the sample's border: what fails here ends this session and no other
        _record_end(session, log, record, *_outcome(problem))
    finally:
        ending = asyncio.create_task(_close(session, log))
        try:
            await asyncio.shield(ending)
        except asyncio.CancelledError:  # whoever waited is gone; what was begun is ended all the same
            await asyncio.wait([ending])
            raise
        finally:
            queue.put_nowait(None)


async def _close(session: Session, log: list[AnyEvent]) -> None:
    await session.close()
    await asyncio.get_running_loop().run_in_executor(_NOTEBOOKS, _write_notebook, log, session.store)


def _write_notebook(log: list[AnyEvent], store: Store) -> None:
    if not log:
        return
    try:
        write_notebook(log, store)
    except OSError as problem:  # the log is the record, and it is whole; the notebook is a view of it
        _log.warning("the notebook of %s could not be written: %s", store.folder, problem)


async def _run_loop(session: Session, log: list[AnyEvent], record: Callable[[AnyEvent], None]) -> None:
    """Run the five stages up to an answer or a limit; whatever goes on when the time is nearly up is stopped."""
    limit = 5 * session.budget.max_steps + 10  # of graph steps: the loop ends itself long before
    updates = loop().astream({"events": list(log)}, {"recursion_limit": limit}, context=session, stream_mode="updates")
    wall = asyncio.timeout(session.seconds_left)
    try:
        async with wall:
            async for update in updates:
                for new in update.values():
                    for event in (new or {}).get("events", ()):
                        record(event)
    except TimeoutError:
        if not wall.expired():
            raise


def _outcome(problem: Exception) -> tuple[Outcome, str]:
    """What a session that was ended by an exception came to, and why."""
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
    if pick(log, Ended):
        return  # it had come to its own end, and nobody waited for the news
    record_stopped(session, log, record)
    record(Ended(at=session.clock(), outcome=outcome, answer=None, reason=reason, usage=session.usage(log)))
