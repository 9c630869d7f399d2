"""Stage III, run: the cell is checked, then run in the kernel."""

from __future__ import annotations

from collections.abc import Sequence

from langgraph.runtime import Runtime

from spatial_agent.agent.state import Session, State
from spatial_agent.budget import MIB
from spatial_agent.kernel.check import check
from spatial_agent.kernel.protocol import CellResult
from spatial_agent.trace.events import Blob, Ran, Wrote
from spatial_agent.trace.run import pick

SESSION_IMAGE_BYTES = 256 * MIB
"""Of all images that the cells of one session show; beyond it they are counted and dropped."""


async def run(state: State, runtime: Runtime[Session]) -> State:
    """Run the cell that was written last."""
    session, wrote = runtime.context, pick(state["events"], Wrote)[-1]
    refusal = check(wrote.code)
    if refusal is None:
        event = ran_event(session, wrote.step, await session.run_cell(wrote.code), pick(state["events"], Ran))
    else:
        event = Ran(at=session.clock(), step=wrote.step, status="refused", error=refusal)
    return {"events": [event]}


def ran_event(session: Session, step: int, result: CellResult, before: Sequence[Ran]) -> Ran:
    """The record of a cell; what the cells before it have shown counts towards the limits of the session."""
    shown = [blob for event in before for blob in event.images]
    shown_bytes, kept = sum(blob.size for blob in shown), list[Blob]()
    for image in result.images[: max(0, session.budget.shown_per_session - len(shown))]:
        shown_bytes += len(image.data)
        if shown_bytes > SESSION_IMAGE_BYTES:
            break
        kept.append(session.store.put(image.data, image.media_type, image.label))
    return Ran(
        at=session.clock(),
        step=step,
        status=result.status,
        stdout=result.stdout,
        stderr=result.stderr,
        error=result.error,
        error_line=result.error_line,
        error_in=result.error_in,
        reached=result.reached,
        echo=result.echo,
        variables=result.variables,
        dropped=result.dropped,
        images=tuple(kept),
        images_dropped=result.images_dropped + len(result.images) - len(kept),
        calls=result.calls,
        submission=result.submission,
        seconds=result.seconds,
        kept=result.kept,
        note=result.note,
    )
