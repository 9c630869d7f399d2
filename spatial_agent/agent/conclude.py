"""The end at a limit: what runs is stopped, and one last turn of the backbone says what is known by then."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence

from spatial_agent.agent.accept import accept, rejected
from spatial_agent.agent.observe import describe
from spatial_agent.agent.run import ran_event
from spatial_agent.agent.state import Session, step_of
from spatial_agent.answers.last_words import LastWords, read_last_words, without_remark
from spatial_agent.chat.protocol import encodable
from spatial_agent.errors import AnswerError, ServiceError
from spatial_agent.interfaces.code import view
from spatial_agent.prompts.assemble import section
from spatial_agent.trace.events import (
    AnyEvent,
    Concluded,
    Ended,
    Misformed,
    Observed,
    Planned,
    Ran,
    Rejected,
    Submission,
    TimeUp,
    Wrote,
)
from spatial_agent.trace.run import pick

Recorder = Callable[[AnyEvent], None]
"""Puts an event into the log and the trace."""


def time_up(session: Session, limit: str) -> TimeUp:
    """What the backbone is told when a limit has come; `limit` says which, as in "all 30 steps were used"."""
    return TimeUp(at=session.clock(), limit=limit, text=section("conclude", limit=limit, question=session.question))


async def conclude(session: Session, log: Sequence[AnyEvent], record: Recorder) -> None:
    """End a session that has come to a limit without an answer; `record` lets `log` grow.

    What the last cell had submitted counts first; from a cell that was stopped before its end it is a fallback. Else
    the backbone is asked, within what is left of the time; its answer ends the session as `gave_up`. Without an answer
    the outcome is `limit`. Raises what its service raises, and ServiceError where it has never replied: that says nothing
    about the question.
    """
    await session.close()  # whatever runs; nothing takes the processor from the last turn
    if not pick(log, TimeUp):
        record_stopped(session, log, record)
        limit = f"the limit of {session.budget.wall_seconds:g} s was near"
        if _take_submitted(session, log, record, limit):
            return
        record(time_up(session, limit))
    limit = pick(log, TimeUp)[-1].limit
    try:
        _take_said(session, log, record, limit, read_last_words(await _last_turn(session, log, record)))
    except AnswerError as problem:
        record(_no_answer(session, log, f"{limit}, and no answer could be taken from the last turn: {problem}"))
    except TimeoutError as problem:
        why = str(problem) or "no reply came in time"
        if not any(isinstance(event, Planned | Wrote | Misformed) for event in log):
            raise ServiceError(f"{limit}, and the backbone has not replied once: {session.chat.note}") from problem
        record(_no_answer(session, log, f"{limit}, and the last turn failed: {why}"))


def record_stopped(session: Session, log: Sequence[AnyEvent], record: Recorder) -> None:
    """Record what the cell that was running had done, if one was running and it is not on record."""
    step, result = step_of(log), session.kernel.unfinished()
    if result is None or any(ran.step == step for ran in pick(log, Ran)):
        return
    ran = ran_event(session, step, result, pick(log, Ran))
    record(ran)
    text = describe(ran, session.budget, sight=session.chat.sees_images)
    record(Observed(at=session.clock(), step=step, text=text, images=ran.images))


def _take_submitted(session: Session, log: Sequence[AnyEvent], record: Recorder, limit: str) -> bool:
    """End with what the cell of the last step had submitted and nobody has judged yet; False where there is none."""
    step = step_of(log)
    judged = any(rejection.step == step for rejection in pick(log, Rejected))
    last = next((ran for ran in pick(log, Ran) if ran.step == step and not judged), None)
    if last is None or last.submission is None:
        return False
    why = f"{limit}: the answer that the last cell had submitted counts"
    try:
        taken = accept(session, log, last.submission, why, fallback=last.status == "stopped")
    except AnswerError as problem:
        record(rejected(session, step, last.submission, problem))
        return False
    _record_all(record, taken)
    return True


def _take_said(session: Session, log: Sequence[AnyEvent], record: Recorder, limit: str, said: LastWords) -> None:
    """End with what the backbone said in its last turn. Raises AnswerError for another form than the one asked for."""
    if said.answer is not None:
        return _record_all(record, _accept_said(session, log, limit, said.answer, said.why or None))
    could_not = f"{limit}, and the agent could not tell{f': {said.why}' if said.why else ''}"
    if not session.question.may_abstain:
        return record(_no_answer(session, log, could_not))
    _record_all(record, accept(session, log, Submission(None, reason=could_not)))


def _accept_said(
    session: Session, log: Sequence[AnyEvent], limit: str, answer: str, reason: str | None
) -> list[AnyEvent]:
    """The end with an answer as it was written, or else without the remark behind it."""
    why = f"{limit}: answered with what was known by then"
    try:
        return accept(session, log, Submission(answer, reason=reason), why, fallback=True)
    except AnswerError:
        short = without_remark(session.question, answer)
        if short == answer:
            raise
    return accept(session, log, Submission(short, reason=reason), why, fallback=True)


async def _last_turn(session: Session, log: Sequence[AnyEvent], record: Recorder) -> str:
    began = time.monotonic()
    async with asyncio.timeout(session.last_seconds):
        reply = await session.chat.reply(view(log, session.picture), "conclude")
    text = encodable(reply.text)
    record(Concluded(at=session.clock(), reply=text, usage=reply.usage, seconds=time.monotonic() - began))
    if not text.strip():
        raise AnswerError(reply.note or "It is empty.")
    return text


def _no_answer(session: Session, log: Sequence[AnyEvent], reason: str) -> Ended:
    return Ended(at=session.clock(), outcome="limit", answer=None, reason=reason, usage=session.usage(log))


def _record_all(record: Recorder, events: Sequence[AnyEvent]) -> None:
    for event in events:
        record(event)
