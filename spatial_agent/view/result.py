"""A finished session as one JSON object."""

from __future__ import annotations

from typing import Any

import msgspec

from spatial_agent.trace.events import Accepted
from spatial_agent.trace.run import Run, pick
from spatial_agent.trace.words import in_words


def as_json(run: Run, truth: dict[str, Any] | None = None) -> dict[str, Any]:
    """Plain values of what a caller wants to know; `truth` is there where the capture's record has the question."""
    opened, evidence = run.opened, run.evidence
    unit = (evidence.unit if evidence else None) or opened.unit
    told: dict[str, Any] = {
        "answer": run.answer,
        "in_words": in_words(run.answer, unit, opened.choices),
        "outcome": run.outcome,
        "reason": run.reason,
        "explanation": next((accepted.reason for accepted in pick(run.events, Accepted)), None),
        "form": opened.form,
        "choices": opened.choices,
        "unit": unit,
        "evidence": evidence,
        "truth": truth,
        "steps": run.steps,
        "usage": run.usage,
        "seconds": round(run.seconds, 3),
        "trace": str(run.folder),
        "backbone": opened.backbone,
        "perception": opened.perception,
        "sandbox": opened.sandbox,
        "exit_code": run.exit_code,
    }
    plain: dict[str, Any] = msgspec.to_builtins(told)
    return plain
