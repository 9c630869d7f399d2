"""`SpatialClaw`: ask a question about media, get a `Run`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, get_args

from spatial_agent.agent.kept import in_words
from spatial_agent.agent.opening import open_session, opened_event, shown_media
from spatial_agent.agent.recording import record_session
from spatial_agent.agent.state import Session
from spatial_agent.answers.question import Question, read_question
from spatial_agent.budget import Budget
from spatial_agent.chat.dummy import DummyChat
from spatial_agent.chat.protocol import Chat, is_scripted
from spatial_agent.config.settings import load_model, load_perception
from spatial_agent.errors import InputError, KernelError
from spatial_agent.frames import Frames
from spatial_agent.inputs.media import Medium, open_media
from spatial_agent.kernel.nursery import nursery, sweep
from spatial_agent.perception.backends.blind import Blind
from spatial_agent.perception.backends.dummy import Dummy
from spatial_agent.perception.backends.recorded import Recorded
from spatial_agent.perception.noise import SensorNoise
from spatial_agent.perception.protocol import Perception
from spatial_agent.sandbox.least import FOR_A_MODEL, require
from spatial_agent.sandbox.level import LEVELS, Level
from spatial_agent.trace.events import AnyEvent, Ended, Frame, Opened, Stand
from spatial_agent.trace.run import Run
from spatial_agent.trace.store import Store, session_folder


class SpatialClaw:
    """Answers spatial questions about photos, views and videos by writing code.

        claw = SpatialClaw()
        run = claw.run("How far is the heater from the door, in metres?", "living_room")
        run.answer, run.outcome, run.evidence, run.folder

    `chat`: a backbone, or the name or path of a model file. `perception`: what sees depth and things, or the name or
    path of a perception file; `recorded` goes by what a capture recorded, `noisy` adds a sensor's noise, `none` sees
    nothing, `dummy` makes everything up. `budget`: the limits of one question. `frame`: where points are given out, in
    the `input`'s own frame of reference or in the levelled `world` of the reconstruction. `runs`: the folder that keeps
    the traces. `seed`: of the random generators in cells and of noise. `min_sandbox`: the least level, `strong`, `good`,
    `basic` or `weak`, at which cells are run; without it `good`, and `weak` for a scripted chat.
    """

    def __init__(
        self,
        chat: Chat | str = "offline",
        *,
        perception: Perception | str = "recorded",
        budget: Budget | None = None,
        frame: Frame = "input",
        runs: Path | str = "runs",
        seed: int = 0,
        min_sandbox: Level | None = None,
    ) -> None:
        self._chat = open_backbone(chat) if isinstance(chat, str) else chat
        self._perception = open_perception(perception, seed) if isinstance(perception, str) else perception
        self._budget = budget or Budget()
        if frame not in get_args(Frame):
            raise InputError(f"There is no frame of reference {frame!r}. There is: {', '.join(get_args(Frame))}.")
        self._frame = frame
        if min_sandbox is not None and min_sandbox not in LEVELS:
            raise InputError(f"There is no sandbox level {min_sandbox!r}. There is: {', '.join(LEVELS)}.")
        self._least: Level = min_sandbox or ("weak" if is_scripted(self._chat) else FOR_A_MODEL)
        self._runs = Path(runs)
        sweep()
        self._seed = seed

    async def sandbox(self) -> Stand:
        """How well cells are kept in here. Raises InputError below the least level, KernelError where none can run."""
        found = await nursery().findings()
        require(self._least, found.level, found.note)
        return in_words(found.level, found.note)

    async def _suffices(self) -> None:
        """Raises InputError below the least level, before anything is run or written."""
        if self._least != "weak":
            with suppress(KernelError):  # which is for the session to tell, when its own kernel cannot start either
                await self.sandbox()

    def run(
        self,
        question: str | Question,
        media: Medium | Sequence[Medium],
        *,
        references: Sequence[Medium] = (),
        folder: Path | None = None,
    ) -> Run:
        """Answer a question and wait for it; works inside a notebook too. Raises InputError for bad media.

        A limit of time is kept by the session, whose events say when it ended. A thread that still decodes or
        reconstructs by then cannot be stopped: this returns when it is done, `arun` and `stream` do not wait for it.
        """
        work = self.arun(question, media, references=references, folder=folder)
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return asyncio.run(work)
        return _in_a_thread(work)

    async def arun(
        self,
        question: str | Question,
        media: Medium | Sequence[Medium],
        *,
        references: Sequence[Medium] = (),
        folder: Path | None = None,
    ) -> Run:
        """Answer a question. Raises InputError for bad media; every other ending is the `Run`'s outcome."""
        asked = _read(question)
        folder = folder or session_folder(self._runs, asked.text)
        events = [event async for event in self.stream(asked, media, references=references, folder=folder)]
        return Run(tuple(events), folder)

    async def stream(
        self,
        question: str | Question,
        media: Medium | Sequence[Medium],
        *,
        references: Sequence[Medium] = (),
        folder: Path | None = None,
    ) -> AsyncGenerator[AnyEvent, None]:
        """The events of a session, each as soon as it is in the trace; the last is always `Ended`."""
        asked, began = _read(question), time.monotonic()
        frames, _ = await asyncio.gather(asyncio.to_thread(open_media, media), self._suffices())
        extra = await asyncio.to_thread(_open_references, references) if references else None
        store = Store(folder or session_folder(self._runs, asked.text))
        session = open_session(
            asked,
            frames,
            extra,
            self._chat,
            self._perception,
            self._budget,
            self._seed,
            store,
            self._frame,
            self._least,
        )
        session.began = began  # a limit of time is for all of it, the media too
        opened = await self._open(session)
        events: asyncio.Queue[AnyEvent | None] = asyncio.Queue()
        work = asyncio.create_task(record_session(session, opened, events))
        over = False
        try:
            while (event := await events.get()) is not None:
                over = isinstance(event, Ended)
                yield event
            await work  # what kept an event out of the trace, a full disk for example, is raised here
        finally:
            if not over:
                work.cancel()
            await asyncio.wait([work])

    async def _open(self, session: Session) -> Opened:
        """The first event, with the kernel up or on its way. What is raised here is raised before anything is run."""
        session.start_kernel()
        try:
            media = await asyncio.to_thread(shown_media, session)
            opened = opened_event(session, self._perception, self._seed, media, await session.sandbox())
        except BaseException:
            await session.close()
            raise
        session.opening_seconds = session.clock()
        return opened


def _read(question: str | Question) -> Question:
    return read_question(question) if isinstance(question, str) else question


def _open_references(references: Sequence[Medium]) -> Frames:
    """Reference images, which are one set. Raises InputError for a second."""
    first, *others = open_media(references)
    if others:
        raise InputError(
            f"Reference images are one set, and {1 + len(others)} were given: {first.name}, {others[0].name}"
            f"{', ...' if others[1:] else ''}. Give image files, or one folder of them."
        )
    return first


def open_backbone(name: str) -> Chat:
    """The backbone that a model file describes; its module is loaded only when it is used."""
    file = load_model(name)
    if file.backend == "offline":
        from spatial_agent.offline.policy import OfflineChat

        return OfflineChat()
    if file.backend == "dummy":
        return DummyChat()
    from spatial_agent.chat.openai import OpenAIChat

    return OpenAIChat(
        file.model or "",
        base_url=file.base_url or "",
        api_key=file.api_key(),
        api_key_env=file.api_key_env,
        name=file.name,
        sees_images=file.sees_images,
        settings=file.settings,
    )


def open_perception(name: str, seed: int) -> Perception:
    """The perception that a perception file describes."""
    file = load_perception(name)
    if file.backend == "none":
        return Blind()
    if file.backend == "dummy":
        return Dummy()
    noisy = file.depth_noise or file.dropouts
    return Recorded(SensorNoise(file.depth_noise, file.dropouts, seed) if noisy else None)


def _in_a_thread(work: Coroutine[Any, Any, Run]) -> Run:
    """Run a coroutine to its end where an event loop is running already, as in a notebook."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(asyncio.run, work).result()
