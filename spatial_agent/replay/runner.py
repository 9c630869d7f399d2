"""Running recorded cells in our kernel: a fresh one for each session, and what became of each cell."""

from __future__ import annotations

import ast
import asyncio
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from spatial_agent.agent.opening import namespace
from spatial_agent.agent.vlm import ask
from spatial_agent.budget import Budget
from spatial_agent.chat.protocol import Chat
from spatial_agent.kernel.check import check
from spatial_agent.kernel.gateway import Gateway
from spatial_agent.kernel.session import WorkerKernel
from spatial_agent.perception.protocol import Perception
from spatial_agent.replay.causes import Verdict, judge, unknown_name
from spatial_agent.replay.length import UNPARSABLE
from spatial_agent.replay.media import Assumed, open_input
from spatial_agent.replay.origin import Origins
from spatial_agent.replay.sessions import Recorded, Step
from spatial_agent.sandbox.least import FOR_A_MODEL
from spatial_agent.sandbox.level import Level

AT_ONCE = 2
SEED = 0
LACKING = "needs a missing cell"


@dataclass(frozen=True)
class Replayed:
    """What became of one step."""

    step: Step
    verdict: Verdict
    seconds: float = 0.0
    """Of the cell's own computing."""


@dataclass(frozen=True)
class Session:
    """One session and what became of its steps."""

    recorded: Recorded
    media: Assumed
    steps: tuple[Replayed, ...]


@dataclass(frozen=True)
class Report:
    """All sessions, and who stood in for models."""

    sessions: tuple[Session, ...]
    perception: tuple[str, str]
    """Name and note."""
    chat: tuple[str, str]

    @property
    def steps(self) -> tuple[Replayed, ...]:
        """Of all sessions."""
        return tuple(step for session in self.sessions for step in session.steps)

    def outcomes(self) -> Counter[str]:
        """Steps by outcome."""
        return Counter(step.verdict.outcome for step in self.steps)

    def causes(self) -> Counter[str]:
        """Steps by cause."""
        return Counter(step.verdict.cause for step in self.steps if step.verdict.cause)


async def replay(
    sessions: Sequence[Recorded],
    perception: Perception,
    chat: Chat,
    folder: Path | None = None,
    done: Callable[[Session], None] = lambda session: None,
    least: Level = FOR_A_MODEL,
) -> Report:
    """Run sessions, two at a time. `folder` holds their key frames; `done` is told of each session as it ends.

    Raises InputError for key frames that cannot be read and for a sandbox below `least`, ServiceError and KernelError as a session does.
    """
    side_by_side = asyncio.Semaphore(AT_ONCE)

    async def run(recorded: Recorded) -> Session:
        async with side_by_side:
            session = await _session(recorded, perception, chat, folder, least)
        done(session)
        return session

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(run(recorded)) for recorded in sessions]
    except ExceptionGroup as problems:  # not except*, whose one exception some releases of 3.11 wrap in a group again
        raise problems.exceptions[0] from None
    return Report(tuple(task.result() for task in tasks), (perception.name, perception.note), (chat.name, chat.note))


async def _session(
    recorded: Recorded, perception: Perception, chat: Chat, folder: Path | None, least: Level
) -> Session:
    assumed, videos, references = await asyncio.to_thread(open_input, recorded, folder)
    budget = Budget()
    gateway = Gateway(videos, references, perception, lambda request: ask(chat, request, lambda usage: None), budget)
    eyes = any(perception.sees(frames) for frames in videos)
    kernel = WorkerKernel(gateway, namespace(videos, references, budget, SEED, eyes=eyes), least=least)
    try:
        await kernel.start()
        history = _History(kernel)
        steps = [await history.run(step) for step in recorded.steps]
    finally:
        await kernel.close()
    return Session(recorded, assumed, tuple(steps))


@dataclass
class _History:
    """A kernel, and what is known of the cells before the next."""

    kernel: WorkerKernel
    cells: list[ast.Module] = field(default_factory=list)
    """Those that were run, as the kernel counts them."""
    whole: set[str] = field(default_factory=set)
    """Names that cells assign which ran to their end."""
    gap: str = ""
    """Why a name may be missing: the last step that did not run whole, or is not whole, or is not on record."""
    last: int | None = None
    """Number of the last step."""
    ours: Origins = field(default_factory=Origins)
    told: Origins = field(default_factory=lambda: Origins({"vlm"}))

    async def run(self, step: Step) -> Replayed:
        """Check a step, run it, and judge what became of it."""
        if step.number > (0 if self.last is None else self.last + 1):
            self.gap = f"step {step.number - 1}, which is not on record"
        self.last = step.number
        replayed = await self._run(step)
        if replayed.verdict.outcome != "ran" and replayed.verdict.cause != LACKING:
            self.gap = f"step {step.number}, which did not run to its end"
        elif step.condensed:
            self.gap = f"step {step.number}, of which only the beginning is on record"
        return replayed

    async def _run(self, step: Step) -> Replayed:
        if not step.code or not step.code.strip():
            return Replayed(step, Verdict("incomplete", "no code", "the record has no code of this step"))
        try:
            with warnings.catch_warnings(action="ignore"):
                tree = ast.parse(step.code)
                compile(tree, "<cell>", "exec")
        except UNPARSABLE as problem:
            told = f"{type(problem).__name__}: {problem}"
            if isinstance(problem, SyntaxError):
                told = f"SyntaxError: {problem.msg} (line {problem.lineno})"
            if step.condensed:
                return Replayed(step, Verdict("incomplete", "cut inside a statement", told))
            return Replayed(step, Verdict("failed_cell", "syntax", told))
        if refusal := check(step.code):
            return Replayed(step, Verdict("refused", "not available in cells", refusal))
        return await self._run_whole(step, step.code, tree)

    async def _run_whole(self, step: Step, code: str, tree: ast.Module) -> Replayed:
        self.cells.append(tree)
        self.ours.learn(tree)
        self.told.learn(tree)
        result = await self.kernel.run(code)
        verdict = judge(result, self.cells, self.ours, self.told)
        if verdict.cause == "unknown name":
            verdict = self._missing(verdict, tree)
        if result.status == "ok":
            self.whole |= _stored(tree)
        elif result.kept == "nothing":
            self.whole = set()
        return Replayed(step, verdict, result.seconds)

    def _missing(self, verdict: Verdict, tree: ast.Module) -> Verdict:
        """A name that no cell which ran has made: incomplete if a cell that did not run, or not whole, may have made it."""
        name = unknown_name(verdict.message)
        if name is None or not self.gap or name in self.whole | _stored(tree):
            return verdict
        told = f"{verdict.message} (see {self.gap})"
        return replace(verdict, outcome="incomplete", cause=LACKING, message=told)


def _stored(tree: ast.AST) -> set[str]:
    """Names that a cell makes."""
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    names |= {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names |= {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
    return names
