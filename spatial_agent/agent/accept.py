"""Taking an answer: in the form asked for, in the frame of reference asked for, with what it rests on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from spatial_agent.agent.quote import tame
from spatial_agent.agent.state import Session, step_of
from spatial_agent.answers.forms import coerce, unit_of
from spatial_agent.errors import AnswerError
from spatial_agent.kernel.gateway import World
from spatial_agent.trace.events import Accepted, AnyEvent, Ended, Evidence, Point, Ran, Rejected, Submission, Value
from spatial_agent.trace.run import pick

SUBMITTED = "an answer in the form asked for was submitted"
_SCALES = ("unknown", "estimated", "measured")


def accept(
    session: Session,
    events: Sequence[AnyEvent],
    submission: Submission,
    why: str = SUBMITTED,
    *,
    fallback: bool = False,
) -> list[AnyEvent]:
    """The last events of a session that ends with this answer, or with this abstention.

    `why` becomes the reason of the end. `fallback`: no cell that ran to its end submitted it; the outcome is then
    `gave_up`, and the evidence says why. Raises AnswerError where the answer has another form than the one asked for.
    """
    value = coerce(session.question, submission.value, submission.unit)
    if isinstance(value, tuple):
        value = _moved(value, _only_world(session), session)
    evidence = _evidence(session, events, submission, value, why if fallback and value is not None else None)
    accepted = Accepted(
        at=session.clock(), step=step_of(events), value=value, reason=submission.reason, evidence=evidence
    )
    ended = Ended(
        at=session.clock(),
        outcome="gave_up" if value is None or fallback else "answered",
        answer=value,
        reason=why if value is not None else submission.reason or "the agent abstained",
        usage=session.usage(events),
    )
    return [accepted, ended]


def rejected(session: Session, step: int, submission: Submission, problem: AnswerError) -> Rejected:
    """The record of an answer that was not taken, and what the backbone is told about it."""
    text = f"[Answer not accepted]\n{tame(str(problem)[:1000])}"
    return Rejected(at=session.clock(), step=step, submission=submission, text=text)


def _only_world(session: Session) -> World:
    """The world that points are in. Raises AnswerError where there is none, or more than one."""
    worlds = tuple(session.gateway.worlds.values())
    if len(worlds) == 1:
        return worlds[0]
    if not worlds:
        raise AnswerError(
            "A point was submitted, and nothing has been reconstructed that it could be a point of. Take it from "
            "tools.Reconstruct(...) and submit [x, y, z] in world coordinates."
        )
    raise AnswerError(
        f"A point was submitted, and {len(worlds)} worlds were reconstructed, of several videos or of other frames each "
        "time: there is no telling which one is meant. A point can be given in a session with one reconstruction."
    )


def _moved(point: Point, world: World, session: Session) -> Point:
    """A world point in the frame of reference asked for."""
    if session.frame == "world":
        return point
    T: NDArray[np.float64] = world.T_input_world
    x, y, z = T[:3, :3] @ np.array(point) + T[:3, 3]
    return float(x), float(y), float(z)


def _evidence(
    session: Session, events: Sequence[AnyEvent], submission: Submission, value: Value, fallback: str | None
) -> Evidence:
    worlds = tuple(session.gateway.worlds.values())
    calls = Counter(call.name for ran in pick(events, Ran) for call in ran.calls if call.failure is None)
    return Evidence(
        value=value,
        unit="m" if isinstance(value, tuple) else unit_of(session.question, submission.value, submission.unit),
        frames=tuple(f for f in submission.frames if any(frames.has(f) for frames in session.media)),
        # Points do not say which video's world they are in: of several there is no telling where they lie.
        points={name: _moved(point, worlds[0], session) for name, point in submission.points.items()}
        if len(worlds) == 1
        else {},
        frame=session.frame,
        spread=submission.spread,
        scale=min((world.scale for world in worlds), key=_SCALES.index, default=None),
        scale_from="; ".join(dict.fromkeys(world.origin for world in worlds)) or None,
        gravity="; ".join(dict.fromkeys(world.gravity for world in worlds)) or None,
        calls=tuple(f"{name} x {count}" for name, count in sorted(calls.items())),
        fallback=fallback,
    )
