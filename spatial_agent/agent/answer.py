"""Stage V, answer: a submitted answer is held against the form asked for; the limits are held against the log."""

from __future__ import annotations

from collections import Counter

import numpy as np
from langgraph.runtime import Runtime

from spatial_agent.agent.state import Session, State, step_of
from spatial_agent.answers.forms import Value, coerce
from spatial_agent.errors import AnswerError
from spatial_agent.kernel.gateway import World
from spatial_agent.trace.events import Accepted, AnyEvent, Ended, Evidence, Outcome, Ran, Rejected, Submission
from spatial_agent.trace.run import pick

Point = tuple[float, float, float]


async def answer(state: State, runtime: Runtime[Session]) -> State:
    """Accept or reject what was submitted; end the session with an answer or at a limit."""
    session, step = runtime.context, step_of(state)
    ran = [event for event in pick(state["events"], Ran) if event.step == step]
    submission = ran[0].submission if ran else None
    new: list[AnyEvent] = []
    if submission is not None:
        try:
            value = coerce(session.question, submission.value, submission.unit)
        except AnswerError as problem:
            text = f"[Answer not accepted]\n{str(problem)[:1000]}"
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
    worlds = session.gateway.worlds
    # Points do not say which video's world they are in: with several there is no telling where they lie.
    points = _in_input(submission.points, *worlds.values()) if len(worlds) == 1 else {}
    calls = Counter(call.name for ran in pick(state["events"], Ran) for call in ran.calls if call.failure is None)
    return Evidence(
        unit=submission.unit or session.question.unit,
        frames=tuple(f for f in submission.frames if any(f in frames.indices for frames in session.media)),
        points=points,
        spread=submission.spread,
        scale="; ".join(sorted({_scale(world) for world in worlds.values()})) or None,
        calls=tuple(f"{name} x {count}" for name, count in sorted(calls.items())),
    )


def _scale(world: World) -> str:
    return world.origin if world.origin.startswith(world.scale) else f"{world.scale}: {world.origin}"


def _in_input(points: dict[str, Point], world: World) -> dict[str, Point]:
    """World points in the input's own frame of reference."""
    T = world.T_input_world
    moved = {name: T[:3, :3] @ np.array(point) + T[:3, 3] for name, point in points.items()}
    return {name: (float(x), float(y), float(z)) for name, (x, y, z) in moved.items()}
