"""What the five stages share: the graph's state, and the session that they work in."""

from __future__ import annotations

import asyncio
import operator
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, TypedDict

from spatial_agent.agent.kept import in_words
from spatial_agent.answers.question import Question
from spatial_agent.budget import Budget
from spatial_agent.chat.protocol import Chat, Picture
from spatial_agent.errors import KernelError
from spatial_agent.frames import Frames
from spatial_agent.kernel.gateway import Gateway
from spatial_agent.kernel.protocol import CellResult
from spatial_agent.kernel.session import WorkerKernel
from spatial_agent.trace.events import AnyEvent, Blob, Ended, Frame, Stand, TimeUp, Usage
from spatial_agent.trace.run import total_usage
from spatial_agent.trace.store import Store


class State(TypedDict):
    """State of the graph: the log of the session and nothing beside it."""

    events: Annotated[list[AnyEvent], operator.add]


@dataclass
class Session:
    """One question at work: what the stages use and do not own."""

    question: Question
    media: tuple[Frames, ...]
    chat: Chat
    gateway: Gateway
    kernel: WorkerKernel
    store: Store
    budget: Budget
    system_prompt: str
    plan_prompt: str
    eyes: bool
    """Perception can tell something about this input."""
    frame: Frame
    """The frame of reference in which points are given out."""
    spent: list[Usage]
    """Tokens of `vlm` calls so far."""
    began: float = field(default_factory=time.monotonic)
    opening_seconds: float = 0.0
    """What the media took to be read and shown, and the kernel to start; it counts against the limit of time."""
    _starting: asyncio.Task[None] | None = None

    def start_kernel(self) -> None:
        """Have the kernel come up while the media are made ready."""
        self._starting = asyncio.create_task(self.kernel.start())

    async def sandbox(self) -> Stand:
        """How well the kernel keeps cells in, once it is up. Raises InputError where that is not well enough."""
        if self._starting is None:
            raise RuntimeError("start_kernel comes first")
        await asyncio.wait([self._starting], timeout=self.seconds_left)
        try:
            if self._starting.done():
                self._starting.result()
                return in_words(self.kernel.level, self.kernel.note)
            return Stand("unknown", "the kernel was not up when the time was")
        except KernelError as problem:  # which ends the session when the first cell is to run
            return Stand("unknown", f"no kernel: {problem}")

    async def run_cell(self, code: str) -> CellResult:
        """Run a cell as soon as the kernel is up; raises KernelError when it did not come up."""
        if self._starting is not None:
            await self._starting
        return await self.kernel.run(code)

    async def close(self) -> None:
        """End the kernel, whether it is up or on its way."""
        if self._starting is not None:
            self._starting.cancel()
            await asyncio.wait([self._starting])
        await self.kernel.close()

    @property
    def references(self) -> int:
        """How many reference images there are."""
        return len(self.gateway.references) if self.gateway.references else 0

    def clock(self) -> float:
        """Seconds since the session began."""
        return time.monotonic() - self.began

    @property
    def seconds_left(self) -> float | None:
        """Until cells have to end, so that the last turn has its reserve; None without a limit."""
        wall = self.budget.wall_seconds
        return None if wall is None else max(0.0, wall - self.budget.reserve_seconds - self.clock())

    @property
    def last_seconds(self) -> float | None:
        """For the last turn: what is left, and its reserve where the opening used that up too; None without a limit."""
        wall = self.budget.wall_seconds
        if wall is None:
            return None
        return max(0.0, max(wall, self.opening_seconds + self.budget.reserve_seconds) - self.clock())

    def picture(self, blob: Blob) -> Picture | None:
        """An image of the record, for a backbone that sees."""
        return Picture(self.store.read(blob), blob.media_type) if self.chat.sees_images else None

    def usage(self, events: Sequence[AnyEvent]) -> Usage:
        """Tokens of the session so far."""
        return sum(self.spent, total_usage(events))


def step_of(events: Sequence[AnyEvent]) -> int:
    """Number of the step that the last reply of the backbone began; 0 before the first."""
    return max((event.step for event in events if hasattr(event, "step")), default=0)


def over(state: State) -> bool:
    """Say whether the session has come to its end, or to a limit: then only the last turn is left."""
    return any(isinstance(event, Ended | TimeUp) for event in state["events"])
