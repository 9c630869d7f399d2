"""Stage IV, observe: what the backbone is told about its last reply."""

from __future__ import annotations

from langgraph.runtime import Runtime

from spatial_agent.agent.state import Session, State, step_of
from spatial_agent.budget import Budget
from spatial_agent.trace.events import Misformed, Observed, Ran
from spatial_agent.trace.run import pick

_STDERR_CHARS = 800


async def observe(state: State, runtime: Runtime[Session]) -> State:
    """Describe what the last reply led to."""
    session, step, last = runtime.context, step_of(state), state["events"][-1]
    left = session.budget.max_steps - step
    if isinstance(last, Ran):
        text, images = describe(last, left, session.budget, sight=session.chat.sees_images), last.images
    else:
        text, images = _misformed(pick(state["events"], Misformed)[-1], left), ()
    return {"events": [Observed(at=session.clock(), step=step, text=text, images=images)]}


def describe(ran: Ran, left: int, budget: Budget, *, sight: bool) -> str:
    """The observation of a cell, in labelled parts; empty parts are left out."""
    parts = [
        ("Output", _clip(ran.stdout.rstrip(), budget.observation_chars)),
        ("Warnings", _clip(ran.stderr.rstrip(), _STDERR_CHARS)),
        ("Value of the last line", _clip(ran.echo or "", budget.observation_chars)),
        ("Error", _clip(ran.error or "", budget.observation_chars)),
        ("Variables", _clip("\n".join(f"{v.name}: {v.summary}" for v in ran.variables), budget.observation_chars)),
        ("Images", _images(ran, sight=sight)),
    ]
    body = [f"[{name}]\n{text}" for name, text in parts if text]
    if ran.dropped:
        body.append(f"[Note]\n{ran.dropped:,} bytes of output were dropped. Print less.")
    return "\n\n".join([_headline(ran), *body, _steps(left)])


def _headline(ran: Ran) -> str:
    where = f" at line {ran.error_line}" if ran.error_line else ""
    return (
        f"## Step {ran.step}: "
        + {
            "ok": f"the cell ran in {ran.seconds:.2g} s",
            "error": f"the cell failed{where}; what it did before that is kept",
            "refused": "the cell was not run",
            "timeout": "the cell was killed, and ALL variables are gone; a fresh kernel is ready",
            "stopped": "the session ended while the cell ran",
            "died": "the kernel died, and ALL variables are gone; a fresh kernel is ready",
        }[ran.status]
    )


def _images(ran: Ran, *, sight: bool) -> str:
    if not ran.images and not ran.images_dropped:
        return ""
    names = "; ".join(f"{k}: {blob.label or 'no label'}" for k, blob in enumerate(ran.images, start=1))
    text = f"{len(ran.images)} {'attached' if sight else 'kept for the record'}: {names}"
    return text + (f" ({ran.images_dropped} more were over the limit and left out)" if ran.images_dropped else "")


def _misformed(event: Misformed, left: int) -> str:
    return (
        f"## Step {event.step}: the reply was not in the form asked for, and nothing was run\n\n{event.problem} "
        f"Reply with the sections **Purpose**, **Reasoning**, **Next Goal** and **Code**.\n\n{_steps(left)}"
    )


def _steps(left: int) -> str:
    if left <= 0:
        return "No steps are left."
    return "1 step is left: answer with it." if left == 1 else f"{left} steps are left."


def _clip(text: str, longest: int) -> str:
    """A text with its middle left out where it is too long; the end says more than the beginning."""
    if len(text) <= longest:
        return text
    head = longest // 4
    tail = longest - head
    return f"{text[:head]}\n... {len(text) - longest:,} characters left out ...\n{text[-tail:]}"
