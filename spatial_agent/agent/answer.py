"""Stage V, answer: a submitted answer is held against the form asked for; the limits are held against the log."""

from __future__ import annotations

from collections import Counter

import numpy as np
from langgraph.runtime import Runtime

from spatial_agent.agent.state import Session, State, step_of
from spatial_agent.answers.forms import Value, coerce
from spatial_agent.errors import AnswerError
from spatial_agent.trace.events import Accepted, AnyEvent, Ended, Evidence, Outcome, Ran, Rejected, Submission
from spatial_agent.trace.run import pick


async def answer(state: State, runtime: Runtime[Session]) -> State:
    """Accept or reject what was submitted; end the session with an answer or at a limit."""
    session, step = runtime.context, step_of(state)
    ran = [event for event in pick(state["events"], Ran) if event.step == step]
    submission = ran[0].submission if ran else None
    new: list[AnyEvent] = []
    if submission is not None:
        try:
            value = coerce(session.question, submission.value)
        except AnswerError as problem:
            text = f"[Answer not accepted]\n{problem}"
            new.append(Rejected(at=session.clock(), step=step, submission=submission, text=text))
        else:
            return {"events": _accept(session, state, submission, value)}
    if over := _limit(session, step):
        new.append(_end(session, state, "limit", None, over))
    return {"events": new}


def _accept(session: Session, state: State, submission: Submission, value: Value) -> list[AnyEvent]:
    evidence = _evidence(session, state, submission)
    accepted = Accepted(
        at=session.clock(), step=step_of(state), value=value, reason=submission.reason, evidence=evidence
    )
    if value is None:
        return [accepted, _end(session, state, "gave_up", None, submission.reason or "the agent abstained")]
    return [accepted, _end(session, state, "answered", value, "an answer in the form asked for was submitted")]


def _end(session: Session, state: State, outcome: Outcome, value: Value, reason: str) -> Ended:
    usage = session.usage(state["events"])
    return Ended(at=session.clock(), outcome=outcome, answer=value, reason=reason, usage=usage)


def _limit(session: Session, step: int) -> str | None:
    wall = session.budget.wall_seconds
    if step >= session.budget.max_steps:
        return f"all {session.budget.max_steps} steps were used without an answer"
    if wall is not None and session.clock() >= wall:
        return f"the limit of {wall:g} s was reached without an answer"
    return None


def _evidence(session: Session, state: State, submission: Submission) -> Evidence:
    found = session.gateway.reconstructions
    T = found[-1].T_input_world if found else np.eye(4)
    points = {name: tuple((T[:3, :3] @ np.array(p) + T[:3, 3]).tolist()) for name, p in submission.points.items()}
    calls = Counter(call.name for ran in pick(state["events"], Ran) for call in ran.calls if call.failure is None)
    return Evidence(
        unit=submission.unit or session.question.unit,
        frames=submission.frames,
        points=points,
        spread=submission.spread,
        scale=f"{found[-1].scale}: {found[-1].origin}" if found else None,
        calls=tuple(f"{name} x {count}" for name, count in sorted(calls.items())),
    )
