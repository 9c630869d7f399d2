"""A session as a notebook: every cell with what it printed, raised and showed, in the order in which it happened."""

from __future__ import annotations

import base64
import io
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import nbformat
from PIL import Image

from spatial_agent.trace.clean import clean
from spatial_agent.trace.events import (
    Accepted,
    AnyEvent,
    Blob,
    Concluded,
    Ended,
    Evidence,
    Misformed,
    Opened,
    Planned,
    Ran,
    Rejected,
    TimeUp,
    Wrote,
)
from spatial_agent.trace.run import pick
from spatial_agent.trace.store import Store
from spatial_agent.trace.words import FRAMES, form_in_words, in_words, scale_in_words

NOTEBOOK = "trace.ipynb"
ROW, ROWS, WIDTH, GAP = 4, 2, 240, 6
"""The frames of each video that are shown as its contact sheet, and their size in pixels."""

Cell = dict[str, Any]
Output = dict[str, Any]


def write_notebook(events: Sequence[AnyEvent], store: Store) -> Path:
    """Write `trace.ipynb` into the session's folder and return its path. Works for an unfinished session too."""
    opened = pick(events, Opened)[0]
    cells = [_title(events)]
    cells += [_media(opened, store)] if any(m.pictures for m in opened.media) else []
    outcomes = {event.step: event for event in pick(events, Ran)}
    for event in events:
        match event:
            case Planned():
                cells.append(_markdown("plan", f"## Plan\n\n{_prose(event.text)}"))
            case Wrote():
                cells.append(_markdown(f"step-{event.step}", _intent(event)))
                cells.append(_code(event, outcomes.get(event.step), store))
            case Misformed():
                cells.append(_markdown(f"step-{event.step}", _misformed(event)))
            case Rejected():
                cells.append(_markdown(f"step-{event.step}-rejected", f"**Not accepted**\n\n{_fence(event.text)}"))
            case TimeUp():
                cells.append(_markdown("time-up", f"## Time is up: {_prose(event.limit)}"))
            case Concluded():
                cells.append(_markdown("last-turn", f"The last turn:\n\n{_fence(event.reply)}"))
            case _:
                pass
    cells.append(_markdown("answer", _ending(events)))
    notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": _METADATA, "cells": cells}
    nbformat.validate(notebook)
    path = store.folder / NOTEBOOK
    path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


_METADATA = {
    "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
    "language_info": {"name": "python"},
}


def _title(events: Sequence[AnyEvent]) -> Cell:
    opened = pick(events, Opened)[0]
    rows = [("Answer form", form_in_words(opened)), *_result(events)]
    parts = (("Backbone", opened.backbone), ("Perception", opened.perception), ("Sandbox", opened.sandbox))
    rows += [(part, f"{stand.name} - {stand.note}") for part, stand in parts]
    rows += [("Recorded by", f"SpatialClaw {opened.version}, {opened.started}, seed {opened.seed}")]
    table = "\n".join(f"| **{name}** | {_in_table(text)} |" for name, text in rows)
    return _markdown("question", f"# {_prose(opened.question)}\n\n| | |\n|---|---|\n{table}")


def _result(events: Sequence[AnyEvent]) -> list[tuple[str, str]]:
    rows = [("Answer", _answer(events))]
    for accepted in pick(events, Accepted)[-1:]:
        rows += _evidence(accepted.evidence)
    for ended in pick(events, Ended)[-1:]:
        tokens = f"{ended.usage.input_tokens:,} tokens in, {ended.usage.output_tokens:,} out"
        replies = len(pick(events, Wrote)) + len(pick(events, Misformed))
        rows[:0] = [("Outcome", f"{ended.outcome}: {ended.reason}")]
        rows += [("Cost", f"{replies} steps, {ended.at:.1f} s, {tokens}")]
    return rows


def _answer(events: Sequence[AnyEvent]) -> str:
    opened, ended, accepted = pick(events, Opened)[0], pick(events, Ended), pick(events, Accepted)
    if not ended:
        return "none: the session was cut off"
    unit = accepted[-1].evidence.unit if accepted else opened.unit
    return in_words(ended[-1].answer, unit, opened.choices)


def _evidence(found: Evidence) -> list[tuple[str, str]]:
    points = [f"{name} ({', '.join(f'{x:.3f}' for x in xyz)})" for name, xyz in found.points.items()]
    rows = {
        "Given by": f"a fallback: {found.fallback}" if found.fallback else "",
        "Points": "; ".join(points),
        "Points are in": FRAMES[found.frame] if points or isinstance(found.value, tuple) else "",
        "Frames": ", ".join(map(str, found.frames)),
        "Spread": in_words(found.spread, found.unit) if found.spread is not None else "",
        "Scale": scale_in_words(found),
        "Tool calls": ", ".join(found.calls),
    }
    return [(name, text) for name, text in rows.items() if text]


def _media(opened: Opened, store: Store) -> Cell:
    parts, attached = ["## Input"], dict[str, dict[str, str]]()
    for number, media in enumerate(opened.media, start=1):
        what = f"{media.frames} {'frames of a video' if media.kind == 'video' else 'images'}"
        real = ", rendered: no real room" if media.rendered else ""
        parts.append(f"**{_prose(media.name)}**: {what}, {media.size[0]} x {media.size[1]}{real}")
        if media.pictures:
            every = -(-len(media.pictures) // (ROW * ROWS))
            parts.append(f"Frames {', '.join(map(str, media.key_frames[::every]))}:")
            parts.append(f"![frames](attachment:input{number}.jpg)")
            sheet = _sheet([store.read(blob) for blob in media.pictures[::every]])
            attached[f"input{number}.jpg"] = {"image/jpeg": base64.b64encode(sheet).decode("ascii")}
    return {**_markdown("media", "\n\n".join(parts)), "attachments": attached}


def _sheet(pictures: Sequence[bytes]) -> bytes:
    """Small copies of some pictures in rows, as one JPEG."""
    small = [Image.open(io.BytesIO(data)).convert("RGB") for data in pictures]
    for image in small:
        image.thumbnail((WIDTH, WIDTH))
    height = max(image.height for image in small)
    rows = -(-len(small) // ROW)
    sheet = Image.new("RGB", (min(ROW, len(small)) * (WIDTH + GAP) - GAP, rows * (height + GAP) - GAP), "white")
    for k, image in enumerate(small):
        sheet.paste(image, ((k % ROW) * (WIDTH + GAP), (k // ROW) * (height + GAP)))
    data = io.BytesIO()
    sheet.save(data, "JPEG", quality=88)
    return data.getvalue()


def _intent(wrote: Wrote) -> str:
    parts = [f"## Step {wrote.step}", f"**Purpose** {_prose(wrote.purpose)}"]
    parts += [f"**Reasoning** {_prose(wrote.reasoning)}"] if wrote.reasoning else []
    parts += [f"**Next goal** {_prose(wrote.goal)}"] if wrote.goal else []
    return "\n\n".join(parts)


def _misformed(event: Misformed) -> str:
    return (
        f"## Step {event.step}: a reply that was not in form\n\n{_prose(event.problem)} Nothing was run. "
        f"The reply was:\n\n{_fence(event.reply)}"
    )


def _ending(events: Sequence[AnyEvent]) -> str:
    ended = pick(events, Ended)
    if ended and ended[-1].answer is None:
        return f"## No answer: {ended[-1].outcome}\n\n{_prose(ended[-1].reason)}"
    return f"## Answer: {_prose(_answer(events))}"


def _code(wrote: Wrote, ran: Ran | None, store: Store) -> Cell:
    return {
        "cell_type": "code",
        "id": f"step-{wrote.step}-code",
        "metadata": {},
        "source": clean(wrote.code).rstrip("\n"),
        "execution_count": wrote.step if ran else None,
        "outputs": _outputs(ran, store) if ran else [],
    }


def _outputs(ran: Ran, store: Store) -> list[Output]:
    outputs = [_stream(name, getattr(ran, name)) for name in ("stdout", "stderr") if getattr(ran, name)]
    if ran.dropped:
        outputs.append(_stream("stderr", f"... {ran.dropped:,} bytes of output were dropped\n"))
    for number, blob in enumerate(ran.images, start=1):
        label = clean(blob.label) or f"image {number}"
        file = store.path(blob).relative_to(store.folder)
        outputs.append(_display({"text/markdown": f"*{_prose(label)}* ({file})", "text/plain": f"{label} ({file})"}))
        outputs.append(_display({blob.media_type: _base64(blob, store), "text/plain": f"<{label}>"}))
    if ran.error:
        name, text = _error(ran)
        trail = clean(ran.error).split("\n")
        outputs.append({"output_type": "error", "ename": name, "evalue": text, "traceback": trail})
    if ran.echo is not None:
        value = {"text/plain": clean(ran.echo)}
        outputs.append({**_display(value), "output_type": "execute_result", "execution_count": ran.step})
    return outputs + _record(ran)


def _stream(name: str, text: str) -> Output:
    return {"output_type": "stream", "name": name, "text": clean(text)}


def _display(data: dict[str, str]) -> Output:
    return {"output_type": "display_data", "data": data, "metadata": {}}


class _Error(NamedTuple):
    name: str
    text: str


def _error(ran: Ran) -> _Error:
    """Name and words of an exception from the last line of its traceback; of anything else, the status."""
    last = clean(ran.error or "").rstrip().rsplit("\n", 1)[-1]
    found = re.match(r"([A-Za-z_][\w.]*)(?:: (.*))?$", last)
    if ran.status == "error" and found:
        return _Error(found.group(1), found.group(2) or "")
    return _Error({"refused": "Refused", "timeout": "Timeout", "died": "KernelDied"}.get(ran.status, "Error"), last)


def _record(ran: Ran) -> list[Output]:
    """New variables and served tool calls, as one small list."""
    lines = [f"`{v.name}` {v.summary}" for v in ran.variables]
    calls = [
        f"{call.name}({call.detail}), {call.seconds:.2f} s" + (f", failed: {call.failure}" if call.failure else "")
        for call in ran.calls
    ]
    blocks = [("Variables", lines), ("Tool calls", calls)]
    said = [(title, [clean(line) for line in rows]) for title, rows in blocks if rows]
    if not said:
        return []
    markdown = "\n\n".join(f"{title}\n" + "".join(f"\n- {_prose(row)}" for row in rows) for title, rows in said)
    text = "\n".join(f"{title}\n" + "\n".join(f"  {row}" for row in rows) for title, rows in said)
    return [_display({"text/markdown": markdown, "text/plain": text})]


def _markdown(name: str, text: str) -> Cell:
    return {"cell_type": "markdown", "id": name, "metadata": {}, "source": text}


def _base64(blob: Blob, store: Store) -> str:
    return base64.b64encode(store.read(blob)).decode("ascii")


def _prose(text: str) -> str:
    """Markdown of somebody else: neither HTML, nor a picture to be fetched from elsewhere, gets through."""
    return re.sub(r"<(?=[A-Za-z/!?])", "&lt;", clean(text)).replace("![", "!\\[").strip()


def _in_table(text: str) -> str:
    """The same inside a table."""
    return _prose(text).replace("|", "\\|").replace("\n", " ")


def _fence(text: str) -> str:
    ticks = "`" * max(3, 1 + max((len(run) for run in re.findall(r"`+", text)), default=0))
    return f"{ticks}text\n{clean(text).rstrip()}\n{ticks}"
