"""Stage I, plan: a text-only session that never sees the images writes what to find out, and in which order."""

from __future__ import annotations

import time

from langgraph.runtime import Runtime

from spatial_agent.agent.state import Session, State
from spatial_agent.chat.protocol import Message
from spatial_agent.trace.events import Opened, Planned
from spatial_agent.trace.run import pick


async def plan(state: State, runtime: Runtime[Session]) -> State:
    """Ask for a plan."""
    session, opened = runtime.context, pick(state["events"], Opened)[0]
    began = time.monotonic()
    messages = [Message("system", (session.plan_prompt,)), Message("user", (opened.briefing,))]
    reply = await session.chat.reply(messages, "plan")
    seconds = time.monotonic() - began
    return {"events": [Planned(at=session.clock(), text=reply.text.strip(), usage=reply.usage, seconds=seconds)]}
