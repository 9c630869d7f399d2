"""Stage IV, observe: what the backbone is told about its last reply."""

from __future__ import annotations

from langgraph.runtime import Runtime

from spatial_agent.agent.quote import fenced, on_one_line, tame
from spatial_agent.agent.run import SESSION_IMAGE_BYTES
from spatial_agent.agent.state import Session, State, step_of
from spatial_agent.budget import MIB, Budget
from spatial_agent.kernel.cellrecord import MAX_SHOWN_BYTES
from spatial_agent.kernel.images import MAX_IMAGE_BYTES, MAX_PIXELS
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
    """What came of a cell, in labelled parts; empty parts are left out, and what the cell said is quoted."""
    longest = budget.observation_chars
    parts = [
        ("Output", _clip(tame(ran.stdout).rstrip(), longest)),
        ("Warnings", _clip(tame(ran.stderr).rstrip(), _STDERR_CHARS)),
        ("Value of the last line", _clip(tame(ran.echo or ""), longest)),
        ("Error", _clip_error(tame(ran.error or ""), longest)),
        ("Variables", _clip(tame("\n".join(f"{v.name}: {v.summary}" for v in ran.variables)), longest)),
    ]
    body = [f"[{name}]\n{fenced(text)}" for name, text in parts if text]
    body += [f"[Images]\n{images}" for images in (_images(ran, budget, sight=sight),) if images]
    body += [f"[Note]\n{note}" for note in _notes(ran, budget)]
    return "\n\n".join([_headline(ran), *body])


def _headline(ran: Ran) -> str:
    where = f" at line {ran.error_line}" if ran.error_line else ""
    variables = "; variables are as before this cell"
    if ran.kept != "before":
        variables = ", and ALL variables are gone; a fresh kernel is ready"
    return (
        f"## Step {ran.step}: "
        + {
            "ok": f"the cell ran in {_seconds(ran)}",
            "error": f"the cell failed{where}; what it did before that is kept",
            "refused": "the cell was not run",
            "timeout": f"the cell was killed after {_seconds(ran)}{variables}",
            "stopped": "the cell was stopped before its end",
            "died": f"the kernel died{variables}",
        }[ran.status]
    )


def _seconds(ran: Ran) -> str:
    return f"{ran.seconds:.0f} s" if ran.seconds >= 10 else f"{ran.seconds:.2g} s"


def _notes(ran: Ran, budget: Budget) -> list[str]:
    """What limits took away, and which limits."""
    dropped = (
        f"{ran.dropped:,} bytes of output were dropped: a cell may write {_size(budget.output_bytes)}. Print less."
    )
    lost = f"No copy of the variables was there to go back to: {on_one_line(ran.note)}."
    return [dropped] * bool(ran.dropped) + [lost] * bool(ran.note)


def _size(count: int) -> str:
    return f"{count / MIB:g} MiB" if count >= MIB else f"{count:,} bytes"


def _images(ran: Ran, budget: Budget, *, sight: bool) -> str:
    if not ran.images and not ran.images_dropped:
        return ""
    names = "; ".join(f"{k}: {on_one_line(blob.label) or 'no label'}" for k, blob in enumerate(ran.images, start=1))
    text = f"{len(ran.images)} {'attached' if sight else 'kept for the record'}{f': {names}' if names else ''}"
    if not ran.images_dropped:
        return text
    return (
        f"{text}\nLeft out: {ran.images_dropped} more. A cell may show {budget.shown_per_cell} images, a session "
        f"{budget.shown_per_session}, each of at most {MAX_PIXELS / 1e6:g} million pixels and {_size(MAX_IMAGE_BYTES)}, a "
        f"cell's together of {_size(MAX_SHOWN_BYTES)} and a session's of {_size(SESSION_IMAGE_BYTES)}."
    )


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
