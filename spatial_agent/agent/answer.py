"""Stage V, answer: a submitted answer is held against the form asked for; the steps are held against their limit."""

from __future__ import annotations

from langgraph.runtime import Runtime

from spatial_agent.agent.accept import accept, rejected
from spatial_agent.agent.conclude import time_up
from spatial_agent.agent.state import Session, State, step_of
from spatial_agent.errors import AnswerError
from spatial_agent.trace.events import AnyEvent, Ran
from spatial_agent.trace.run import pick


async def answer(state: State, runtime: Runtime[Session]) -> State:
    """Accept or reject what was submitted; say so when the steps are used up."""
    session, events, step = runtime.context, state["events"], step_of(state["events"])
    ran = [event for event in pick(events, Ran) if event.step == step]
    new: list[AnyEvent] = []
    if ran and (submission := ran[0].submission):
        try:
            return {"events": accept(session, events, submission)}
        except AnswerError as problem:
            new.append(rejected(session, step, submission, problem))
    if step >= session.budget.max_steps:
        new.append(time_up(session, "the only step was used" if step == 1 else f"all {step} steps were used"))
    return {"events": new}
