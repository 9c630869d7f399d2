"""Stage II, write: the backbone replies with one cell."""

from __future__ import annotations

import time

from langgraph.runtime import Runtime

from spatial_agent.agent.state import Session, State, step_of
from spatial_agent.chat.protocol import encodable
from spatial_agent.interfaces.code import Problem, parse, view
from spatial_agent.trace.events import AnyEvent, Misformed, Wrote


async def write(state: State, runtime: Runtime[Session]) -> State:
    """Ask for the next cell."""
    session, step = runtime.context, step_of(state["events"]) + 1
    began = time.monotonic()
    reply = await session.chat.reply(view(state["events"], session.picture), "write")
    seconds = time.monotonic() - began
    text = encodable(reply.text)
    parsed = parse(text)
    event: AnyEvent
    if isinstance(parsed, Problem):
        problem = reply.note or parsed.text
        event = Misformed(
            at=session.clock(), step=step, reply=text, problem=problem, usage=reply.usage, seconds=seconds
        )
    else:
        event = Wrote(
            at=session.clock(),
            step=step,
            reply=text,
            purpose=parsed.purpose,
            reasoning=parsed.reasoning,
            goal=parsed.goal,
            code=parsed.code,
            usage=reply.usage,
            seconds=seconds,
        )
    return {"events": [event]}
