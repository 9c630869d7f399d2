"""`ScriptedChat`: a backbone that says what it is told to, for tests, benchmarks and replays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from spatial_agent.chat.protocol import Job, Message, Reply
from spatial_agent.errors import ServiceError
from spatial_agent.trace.events import Usage


class ScriptedChat:
    """Gives its replies in order, for each job apart, and keeps what it was sent.

    `replies` are those of the job `write`; other jobs (`plan`, `locate`, `ask`) are given by name. A plan that is not
    given is a short one; any other reply that runs out is a ServiceError.
    """

    name = "scripted"
    note = "replies given beforehand; no model was asked"
    scripted = True

    def __init__(self, replies: Sequence[str], *, sees_images: bool = False, **jobs: Sequence[str]) -> None:
        self.sees_images = sees_images
        self._left: Mapping[str, list[str]] = {"write": list(replies), **{job: list(r) for job, r in jobs.items()}}
        self.asked: list[tuple[Job, tuple[Message, ...]]] = []

    async def reply(self, messages: Sequence[Message], job: Job) -> Reply:
        """The next reply of this job."""
        self.asked.append((job, tuple(messages)))
        left = self._left.get(job, [])
        if not left and job == "plan" and "plan" not in self._left:
            left = ["1. Do what the script says."]
        if not left:
            raise ServiceError(f"The script has no reply left for the job `{job}`; give one reply more.")
        text = left.pop(0)
        return Reply(text, Usage(sum(len(m.text) for m in messages) // 4, len(text) // 4, 1))
