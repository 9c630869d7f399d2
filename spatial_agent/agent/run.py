"""Stage III, run: the cell is checked, then run in the kernel."""

from __future__ import annotations

from langgraph.runtime import Runtime

from spatial_agent.agent.state import Session, State
from spatial_agent.kernel.check import check
from spatial_agent.kernel.protocol import CellResult
from spatial_agent.trace.events import Ran, Wrote
from spatial_agent.trace.run import pick


async def run(state: State, runtime: Runtime[Session]) -> State:
    """Run the cell that was written last."""
    session, wrote = runtime.context, pick(state["events"], Wrote)[-1]
    refusal = check(wrote.code)
    if refusal is None:
        shown = sum(len(event.images) for event in pick(state["events"], Ran))
        event = ran_event(session, wrote.step, await session.run_cell(wrote.code), shown)
    else:
        event = Ran(at=session.clock(), step=wrote.step, status="refused", error=refusal)
    return {"events": [event]}


def ran_event(session: Session, step: int, result: CellResult, shown: int) -> Ran:
    """The record of a cell; `shown` images were kept before it."""
    kept = result.images[: max(0, session.budget.shown_per_session - shown)]
    return Ran(
        at=session.clock(),
        step=step,
        status=result.status,
        stdout=result.stdout,
        stderr=result.stderr,
        error=result.error,
        error_line=result.error_line,
        reached=result.reached,
        echo=result.echo,
        variables=result.variables,
        dropped=result.dropped,
        images=tuple(session.store.put(image.data, image.media_type, image.label) for image in kept),
        images_dropped=result.images_dropped + len(result.images) - len(kept),
        calls=result.calls,
        submission=result.submission,
        seconds=result.seconds,
    )
