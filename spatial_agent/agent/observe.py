"""Stage IV, observe: what the backbone is told about its last reply."""

from __future__ import annotations

from langgraph.runtime import Runtime

from spatial_agent.agent.state import Session, State, step_of
from spatial_agent.budget import Budget
from spatial_agent.trace.events import Misformed, Observed, Ran
from spatial_agent.trace.run import pick

_STDERR_CHARS = 800
_MESSAGE_LINES = 3


async def observe(state: State, runtime: Runtime[Session]) -> State:
    """Describe what the last reply led to."""
    session, step, last = runtime.context, step_of(state["events"]), state["events"][-1]
    if isinstance(last, Ran):
        text, images = describe(last, session.budget, sight=session.chat.sees_images), last.images
    else:
        text, images = _misformed(pick(state["events"], Misformed)[-1]), ()
    text = f"{text}\n\n{_left(session.budget.max_steps - step, session.seconds_left)}"
    return {"events": [Observed(at=session.clock(), step=step, text=text, images=images)]}


def describe(ran: Ran, budget: Budget, *, sight: bool) -> str:
    """What came of a cell, in labelled parts; empty parts are left out."""
    parts = [
        ("Output", _clip(ran.stdout.rstrip(), budget.observation_chars)),
        ("Warnings", _clip(ran.stderr.rstrip(), _STDERR_CHARS)),
        ("Value of the last line", _clip(ran.echo or "", budget.observation_chars)),
        ("Error", _clip_error(ran.error or "", budget.observation_chars)),
        ("Variables", _clip("\n".join(f"{v.name}: {v.summary}" for v in ran.variables), budget.observation_chars)),
        ("Images", _images(ran, sight=sight)),
    ]
    body = [f"[{name}]\n{text}" for name, text in parts if text]
    if ran.dropped:
        body.append(f"[Note]\n{ran.dropped:,} bytes of output were dropped. Print less.")
    return "\n\n".join([_headline(ran), *body])


def _headline(ran: Ran) -> str:
    where = f" at line {ran.error_line}" if ran.error_line else ""
    return (
        f"## Step {ran.step}: "
        + {
            "ok": f"the cell ran in {ran.seconds:.2g} s",
            "error": f"the cell failed{where}; what it did before that is kept",
            "refused": "the cell was not run",
            "timeout": "the cell was killed, and ALL variables are gone; a fresh kernel is ready",
            "stopped": "the cell was stopped before its end",
            "died": "the kernel died, and ALL variables are gone; a fresh kernel is ready",
        }[ran.status]
    )


def _images(ran: Ran, *, sight: bool) -> str:
    if not ran.images and not ran.images_dropped:
        return ""
    names = "; ".join(f"{k}: {blob.label or 'no label'}" for k, blob in enumerate(ran.images, start=1))
    text = f"{len(ran.images)} {'attached' if sight else 'kept for the record'}: {names}"
    return text + (f" ({ran.images_dropped} more were over the limit and left out)" if ran.images_dropped else "")


def _misformed(event: Misformed) -> str:
    problem = event.problem if event.reply.strip() else "It was empty."  # why it was is for people
    return (
        f"## Step {event.step}: the reply was not in the form asked for, and nothing was run\n\n{problem} "
        f"Reply with the sections **Purpose**, **Reasoning**, **Next Goal** and **Code**."
    )


def _left(steps: int, seconds: float | None) -> str:
    """What is left of the limits; of time only where it is limited."""
    if steps <= 0:
        return "No steps are left."
    time = "" if seconds is None else f" and {seconds:.{0 if seconds >= 10 else 1}f} s"
    return f"1 step{time} is left: answer with it." if steps == 1 else f"{steps} steps{time} are left."


def _clip_error(text: str, longest: int) -> str:
    """A traceback with its middle left out where it is too long; the message at its end is whole where it fits.

    Where it does not, its last three lines are: what was given, what was expected, what to type.
    """
    lines = text.splitlines(keepends=True)
    frames = [number for number, line in enumerate(lines) if line.startswith("  File ")]
    after = range(frames[-1] + 1 if frames else 0, len(lines))
    begin = next((number for number in after if not lines[number].startswith(" ")), 0)
    parts = (sum(map(len, lines[begin:])), sum(map(len, lines[-_MESSAGE_LINES:])))
    return _clip(text, longest, next((size for size in parts if size <= longest), 0))


def _clip(text: str, longest: int, whole: int = 0) -> str:
    """A text with its middle left out where it is too long; at least the last `whole` characters are kept.

    The end says more than the beginning.
    """
    if len(text) <= longest:
        return text
    tail = max(longest - longest // 4, whole)
    head = longest - tail
    return f"{text[:head]}\n... {len(text) - longest:,} characters left out ...\n{text[-tail:]}"
