"""Opening a session: the kernel's namespace, the prompts, and the first event of the log."""

from __future__ import annotations

import dataclasses
import io
from datetime import UTC, datetime
from importlib.metadata import version

from PIL import Image

from spatial_agent import wire
from spatial_agent.agent.state import Session
from spatial_agent.agent.vlm import ask
from spatial_agent.answers.question import Question
from spatial_agent.budget import Budget
from spatial_agent.chat.protocol import Chat
from spatial_agent.frames import Frames, Rgb, spread
from spatial_agent.kernel.gateway import Gateway
from spatial_agent.kernel.session import WorkerKernel
from spatial_agent.perception.protocol import Perception
from spatial_agent.prompts.assemble import PLAN, WRITE, briefing, system_prompt
from spatial_agent.trace.events import SCHEMA, Media, Opened, Stand, Usage
from spatial_agent.trace.store import Store

BLIND = "nothing to go by: no depth came with this input; only show and vlm can look at it"
SANDBOX = Stand("none", "cells run UNSANDBOXED: a plain worker process with the rights of whoever started this")


def open_session(
    question: Question,
    media: tuple[Frames, ...],
    references: Frames | None,
    chat: Chat,
    perception: Perception,
    budget: Budget,
    seed: int,
    store: Store,
) -> Session:
    """Everything that the stages use; nothing is started or written yet."""
    spent: list[Usage] = []
    gateway = Gateway(media, references, perception, lambda request: ask(chat, request, spent.append), budget)
    eyes = any(perception.sees(frames) for frames in media)
    kernel = WorkerKernel(gateway, _namespace(media, references, budget, seed, eyes=eyes))
    video = any(frames.kind == "video" for frames in media)
    sight = chat.sees_images
    return Session(
        question=question,
        media=media,
        chat=chat,
        gateway=gateway,
        kernel=kernel,
        store=store,
        budget=budget,
        system_prompt=system_prompt(WRITE, eyes=eyes, sight=sight, video=video, budget=budget),
        plan_prompt=system_prompt(PLAN, eyes=eyes, sight=sight, video=video, budget=budget),
        spent=spent,
        eyes=eyes,
    )


def _namespace(
    media: tuple[Frames, ...], references: Frames | None, budget: Budget, seed: int, *, eyes: bool
) -> wire.Open:
    """What a kernel may know: numbers about the input, no paths, no names, no question."""
    return wire.Open(
        videos=tuple(
            wire.Video(frames.indices, frames.sizes, frames.times, frames.fps, frames.kind == "video")
            for frames in media
        ),
        references=len(references) if references else 0,
        seed=seed,
        memory_bytes=budget.memory_bytes,
        output_bytes=budget.output_bytes,
        reconstruct_frames=budget.reconstruct_frames,
        segment_frames=budget.segment_frames,
        eyes=eyes,
    )


def opened_event(session: Session, perception: Perception, seed: int) -> Opened:
    """The first event: the question, the media, who does what, and every word that the backbone is told first."""
    media = tuple(_media(session, frames) for frames in session.media)
    question, chat = session.question, session.chat
    return Opened(
        at=0.0,
        schema=SCHEMA,
        version=version("spatialclaw"),
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        question=question.text,
        form=question.form,
        choices=question.choices,
        unit=question.unit,
        may_abstain=question.may_abstain,
        media=media,
        interface="code",
        backbone=Stand(chat.name, chat.note),
        perception=Stand(perception.name, perception.note if session.eyes else BLIND),
        sandbox=SANDBOX,
        seed=seed,
        budget=dataclasses.asdict(session.budget),
        system_prompt=session.system_prompt,
        briefing=briefing(
            question, media, references=session.references, sight=chat.sees_images, budget=session.budget
        ),
    )


def _media(session: Session, frames: Frames) -> Media:
    shown = spread(frames.indices, session.budget.key_frames)
    encoded = [_jpeg(frames.pixels(i)) for i in shown]  # a damaged frame is found before anything is written
    return Media(
        name=frames.name,
        kind=frames.kind,
        frames=len(frames),
        size=frames.sizes[0],
        seconds=frames.times[-1] - frames.times[0] if frames.times else None,
        fps=frames.fps,
        rendered=frames.rendered,
        key_frames=shown,
        pictures=tuple(
            session.store.put(data, "image/jpeg", f"frame {i}") for i, data in zip(shown, encoded, strict=True)
        ),
    )


def _jpeg(pixels: Rgb) -> bytes:
    data = io.BytesIO()
    Image.fromarray(pixels).save(data, "JPEG", quality=90)
    return data.getvalue()
