"""The answer with what it rests on, how it compares with the truth, or why there is none."""

from __future__ import annotations

from collections.abc import Sequence

from spatial_agent.trace.events import Accepted, Ended, Evidence, Value
from spatial_agent.trace.words import FRAMES, in_words, scale_in_words
from spatial_agent.view.page import Page

_COLOUR = {"gave_up": "yellow", "limit": "yellow"}
_WORDS = {
    "gave_up": "the agent abstained",
    "limit": "a limit was reached",
    "agent_error": "our side failed",
    "infra_error": "a service failed",
}


def show(page: Page, event: Accepted, choices: Sequence[str]) -> None:
    """An accepted answer and its evidence. An abstention is shown when the session ends."""
    if event.value is None:
        return
    found = event.evidence
    page.gap()
    colour = "yellow" if found.fallback else "green"
    page.heading("Answer", in_words(event.value, found.unit, choices), style=f"bold {colour}")
    if found.fallback:
        page.detail("fallback", found.fallback, style="yellow")
    if isinstance(event.value, tuple):
        page.detail("", f"x, y, z in {FRAMES[found.frame]}")
    if event.reason:
        page.detail("reason", event.reason)
    for label, text in _evidence(found):
        page.detail(label, text)


def _evidence(found: Evidence) -> list[tuple[str, str]]:
    rows = {
        "spread": in_words(found.spread, found.unit) if found.spread is not None else "",
        "points": _points(found),
        "frames": ", ".join(map(str, found.frames)),
        "scale": scale_in_words(found),
        "gravity": found.gravity or "",
        "tools": ", ".join(found.calls),
    }
    return [(label, text) for label, text in rows.items() if text]


def _points(found: Evidence) -> str:
    if not found.points:
        return ""
    width = max(len(name) for name in found.points)
    rows = [f"{name:<{width}}" + "".join(f"{x:>9.3f}" for x in xyz) for name, xyz in found.points.items()]
    return "\n".join([*rows, f"x, y, z in {FRAMES[found.frame]}"])


def truth(page: Page, expected: Value, right: bool | None, why: str, unit: str | None, choices: Sequence[str]) -> None:
    """The true answer beside the given one."""
    page.gap()
    page.heading("Truth", in_words(expected, unit, choices))
    if right is not None:
        page.detail("right" if right else "wrong", why, tone="bold green" if right else "bold red")


def none(page: Page, event: Ended) -> None:
    """A session without an answer."""
    page.gap()
    colour = _COLOUR.get(event.outcome, "red")
    page.heading("No answer", _WORDS.get(event.outcome, event.outcome), style=f"bold {colour}")
    page.detail("because", event.reason)
