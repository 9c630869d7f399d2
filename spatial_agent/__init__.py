"""SpatialClaw answers spatial questions about photos, multi-view sets and videos by writing code.

    from spatial_agent import SpatialClaw

    run = SpatialClaw().run("How far is the heater from the door, in metres?", "captures/room")
    run.answer, run.outcome, run.evidence, run.folder

Names are loaded when they are first used: a kernel process imports this package too and must stay small.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spatial_agent.agent.claw import SpatialClaw
    from spatial_agent.answers.question import Question, read_question
    from spatial_agent.budget import Budget
    from spatial_agent.chat.scripted import ScriptedChat
    from spatial_agent.errors import InputError, ServiceError, SpatialClawError
    from spatial_agent.trace.run import Run

_HOMES = {
    "Budget": "spatial_agent.budget",
    "InputError": "spatial_agent.errors",
    "Question": "spatial_agent.answers.question",
    "Run": "spatial_agent.trace.run",
    "ScriptedChat": "spatial_agent.chat.scripted",
    "ServiceError": "spatial_agent.errors",
    "SpatialClaw": "spatial_agent.agent.claw",
    "SpatialClawError": "spatial_agent.errors",
    "read_question": "spatial_agent.answers.question",
}

__all__ = [
    "Budget",
    "InputError",
    "Question",
    "Run",
    "ScriptedChat",
    "ServiceError",
    "SpatialClaw",
    "SpatialClawError",
    "read_question",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - any of the names above
    """Load a public name."""
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'spatial_agent' has no attribute {name!r}")


def __dir__() -> list[str]:
    """The public names."""
    return __all__
