"""The loop: plan, then write, run, observe and answer until there is an answer or a limit is reached.

At a limit `conclude.py` has the last word.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

from langgraph.graph import START, StateGraph
from langgraph.graph.state import CompiledStateGraph

from spatial_agent.agent.answer import answer
from spatial_agent.agent.observe import observe
from spatial_agent.agent.plan import plan
from spatial_agent.agent.run import run
from spatial_agent.agent.state import Session, State, over
from spatial_agent.agent.write import write
from spatial_agent.trace.events import Misformed


@lru_cache
def loop() -> CompiledStateGraph[State, Session, State, State]:
    """The five stages."""
    graph = StateGraph(State, context_schema=Session)
    graph.add_node("plan", plan)
    graph.add_node("write", write)
    graph.add_node("run", run)
    graph.add_node("observe", observe)
    graph.add_node("answer", answer)

    graph.add_edge(START, "plan")
    graph.add_edge("plan", "write")
    graph.add_conditional_edges("write", _after_write)
    graph.add_edge("run", "observe")
    graph.add_edge("observe", "answer")
    graph.add_conditional_edges("answer", _after_answer)
    return graph.compile()


def _after_write(state: State) -> Literal["run", "observe"]:
    """A malformed reply is observed and never run."""
    return "observe" if isinstance(state["events"][-1], Misformed) else "run"


def _after_answer(state: State) -> Literal["write", "__end__"]:
    return "__end__" if over(state) else "write"
