"""Stage I, plan: a text-only session that never sees the images writes what to find out, and in which order."""

from __future__ import annotations

import time

from langgraph.runtime import Runtime

from spatial_agent.agent.state import Session, State
from spatial_agent.chat.protocol import Message, encodable
from spatial_agent.prompts.assemble import briefing
from spatial_agent.trace.events import Opened, Planned
from spatial_agent.trace.run import pick


async def plan(state: State, runtime: Runtime[Session]) -> State:
    """Ask for a plan."""
    session, opened = runtime.context, pick(state["events"], Opened)[0]
    began = time.monotonic()
    told = briefing(session.question, opened.media, references=session.references, sight=False, budget=session.budget)
    messages = [Message("system", (session.plan_prompt,)), Message("user", (told,))]
    reply = await session.chat.reply(messages, "plan")
    seconds = time.monotonic() - began
    text = encodable(reply.text).strip() or f"1. There is no plan: the reply was empty. {reply.note}".strip()
    return {"events": [Planned(at=session.clock(), text=text, usage=reply.usage, seconds=seconds)]}
