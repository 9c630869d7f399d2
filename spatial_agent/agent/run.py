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
        event = _ran(session, wrote.step, await session.run_cell(wrote.code), _shown(state))
    else:
        event = Ran(at=session.clock(), step=wrote.step, status="refused", error=refusal)
    return {"events": [event]}


def _shown(state: State) -> int:
    return sum(len(event.images) for event in pick(state["events"], Ran))


def _ran(session: Session, step: int, result: CellResult, shown: int) -> Ran:
    kept = result.images[: max(0, session.budget.shown_per_session - shown)]
    return Ran(
        at=session.clock(),
        step=step,
        status=result.status,
        stdout=result.stdout,
        stderr=result.stderr,
        error=result.error,
        error_line=result.error_line,
        echo=result.echo,
        variables=result.variables,
        dropped=result.dropped,
        images=tuple(session.store.put(image.data, image.media_type, image.label) for image in kept),
        images_dropped=result.images_dropped + len(result.images) - len(kept),
        calls=result.calls,
        submission=result.submission,
        seconds=result.seconds,
    )
