"""A replay as people read it, and as one JSON object."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, get_args

from rich.console import Console
from rich.text import Text

from spatial_agent.replay.causes import Outcome
from spatial_agent.replay.media import Assumed
from spatial_agent.replay.runner import Replayed, Report, Session
from spatial_agent.trace.clean import clean

OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
_HEADS = {"ran": "ran", "refused": "refused", "failed_api": "api", "failed_cell": "cell", "incomplete": "incomplete"}
_TITLES: dict[Outcome, tuple[str, str]] = {
    "refused": ("refused by the check", "red"),
    "failed_api": ("failed because of the api", "red"),
    "failed_cell": ("failed by the cell's own fault", "yellow"),
    "incomplete": ("incomplete: the record lacks what they need", "dim"),
}


def as_json(report: Report, interface: str) -> dict[str, Any]:
    """Plain values."""
    outcomes = report.outcomes()
    return {
        "totals": {
            "steps": len(report.steps),
            **{outcome: outcomes[outcome] for outcome in OUTCOMES},
            "causes": dict(report.causes().most_common()),
        },
        "interface": interface,
        "perception": {"name": report.perception[0], "note": report.perception[1]},
        "chat": {"name": report.chat[0], "note": report.chat[1]},
        "sessions": [_session_as_json(session) for session in report.sessions],
    }


def _session_as_json(session: Session) -> dict[str, Any]:
    media, counts = session.media, [len(frames) for frames in session.media.frames]
    return {
        "dataset": session.recorded.dataset,
        "id": session.recorded.id,
        "media": {
            "kind": media.kind,
            "frames": counts[0] if len(counts) == 1 else counts,
            "fps": media.fps,
            "size": list(media.size[0]) if len(media.size) == 1 else [list(size) for size in media.size],
            "refs": media.refs,
            "assumed": not media.recorded,
            "key_frames": media.key_frames,
        },
        "steps": [
            {
                "step": one.step.number,
                "outcome": one.verdict.outcome,
                "cause": one.verdict.cause,
                "message": one.verdict.message or None,
                "statement": one.verdict.statement or None,
                "seconds": round(one.seconds, 3),
                "condensed": one.step.condensed,
            }
            for one in session.steps
        ],
    }


def counted(steps: Iterable[Replayed]) -> str:
    """Outcomes in a few words: `5 ran, 1 incomplete`."""
    outcomes = [step.verdict.outcome for step in steps]
    return ", ".join(f"{outcomes.count(one)} {one.replace('_', ' by the ')}" for one in OUTCOMES if one in outcomes)


def show_report(console: Console, report: Report, interface: str) -> None:
    """A line for each session, the causes with the exact messages, and who stood in for models."""
    count = len(report.sessions)
    _print(console, Text(f"{count} session{'s' * (count != 1)} of the interface {interface}", style="bold"))
    console.print()
    for line in _table(report):
        line.rstrip()
        console.print(line, soft_wrap=True, highlight=False)
    _show_causes(console, report)
    console.print()
    for label, (name, note) in (("perception", report.perception), ("chat", report.chat)):
        _print(console, Text(clean(f"{name} - {note}")), 2, Text(f"{label:<12}", style="dim"))


def _print(console: Console, text: Text, indent: int = 0, label: Text | None = None) -> None:
    """A line; on a terminal, what does not fit goes on below it, as far in."""
    label = label or Text()
    room = max(20, console.width - indent - label.cell_len)
    for number, piece in enumerate(text.wrap(console, room) if console.is_terminal else [text]):
        head = label if number == 0 else Text(" " * label.cell_len)
        piece.rstrip()
        console.print(Text.assemble(" " * indent, head, piece), soft_wrap=True, highlight=False)


def _table(report: Report) -> list[Text]:
    rows = [(clean(session.recorded.name), _medium(session.media), session.steps) for session in report.sessions]
    rows.append(("all", "", report.steps))
    name, medium = (max(len(row[column]) for row in rows) for column in (0, 1))
    heads = "".join(f"  {head:>{max(5, len(head))}}" for head in ("steps", *_HEADS.values()))
    lines = [Text(f"  {'':<{name}}  {'':<{medium}}{heads}", style="dim")]
    for label, shown, steps in rows:
        line = Text(f"  {label:<{name}}  ", style="bold" if label == "all" and not shown else "")
        line.append(f"{shown:<{medium}}", "dim")
        line.append(f"  {len(steps):>5}")
        for outcome, head in _HEADS.items():
            number = sum(step.verdict.outcome == outcome for step in steps)
            line.append(f"  {number or '-':>{max(5, len(head))}}", _tone(outcome, number))
        lines.append(line)
    return lines


def _tone(outcome: str, number: int) -> str:
    if not number:
        return "dim"
    return {"ran": "green", "refused": "red", "failed_api": "bold red", "failed_cell": "yellow"}.get(outcome, "")


def _medium(media: Assumed) -> str:
    one = "frame" if media.kind == "video" else "image"
    total = sum(map(len, media.frames))
    videos = f"{len(media.frames)} sets, " if len(media.frames) > 1 else ""
    return f"{videos}{total:,} {one}{'s' * (total != 1)}{'' if media.recorded else ', assumed'}"


def _show_causes(console: Console, report: Report) -> None:
    """By outcome and cause: each message once, with the steps that met it and the statement of the first of them."""
    for outcome, (title, tone) in _TITLES.items():
        found: dict[str, dict[str, list[tuple[str, str]]]] = {}
        for session in report.sessions:
            for step in session.steps:
                verdict = step.verdict
                if verdict.outcome == outcome:
                    messages = found.setdefault(verdict.cause or "", {})
                    where = f"{session.recorded.name} step {step.step.number}"
                    messages.setdefault(verdict.message, []).append((where, verdict.statement))
        if found:
            console.print()
            _print(console, Text(f"{title}: {report.outcomes()[outcome]}", style=tone))
        for cause, messages in sorted(found.items(), key=lambda pair: -sum(map(len, pair[1].values()))):
            _print(console, Text(f"{cause}: {sum(map(len, messages.values()))}", style="bold"), 2)
            for message, places in messages.items():
                for line in clean(message).splitlines():
                    _print(console, Text(line.lstrip()), 4 + len(line) - len(line.lstrip()))
                where = f"at {', '.join(place for place, _ in places)}{':' if places[0][1] else ''} "
                _print(console, Text.assemble((clean(where), "dim"), (clean(places[0][1]), "cyan")), 6)
