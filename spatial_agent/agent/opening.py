"""Opening a session: the kernel's namespace, the prompts, and the first event of the log."""

from __future__ import annotations

import dataclasses
import io
import math
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version

from PIL import Image

from spatial_agent import wire
from spatial_agent.agent.state import Session
from spatial_agent.agent.vlm import ask
from spatial_agent.answers.question import Question
from spatial_agent.budget import Budget
from spatial_agent.chat.protocol import Chat
from spatial_agent.errors import InputError, UnreadableFrame
from spatial_agent.frames import Frames, Rgb, spread
from spatial_agent.kernel.gateway import Gateway
from spatial_agent.kernel.session import WorkerKernel
from spatial_agent.perception.protocol import Perception
from spatial_agent.prompts.assemble import PLAN, WRITE, briefing, system_prompt
from spatial_agent.sandbox.level import Level
from spatial_agent.trace.events import SCHEMA, Frame, Media, Opened, Stand, Usage
from spatial_agent.trace.store import Store

OPENING_SHARE = 0.25
"""Of the limit of time; when it is gone, the backbone is shown no more than the frames that it has by then."""
BLIND = "nothing to go by: no depth came with this input, and this version has no model to estimate it"
EYES = (
    'For depth, poses and masks, ask about an RGB-D capture: spatialclaw ask "How far is the sofa from the door, in '
    'metres?" living_room --perception recorded'
)


def open_session(
    question: Question,
    media: tuple[Frames, ...],
    references: Frames | None,
    chat: Chat,
    perception: Perception,
    budget: Budget,
    seed: int,
    store: Store,
    frame: Frame,
    least: Level,
) -> Session:
    """Everything that the stages use; nothing is started or written yet.

    Raises InputError for a question that asks for a point of media in which there is no telling where anything is.
    """
    spent: list[Usage] = []
    gateway = Gateway(media, references, perception, lambda request: ask(chat, request, spent.append), budget)
    eyes = any(perception.sees(frames) for frames in media)
    if question.form == "point" and not eyes:
        raise InputError(
            "The question asks for a point, and nothing can be reconstructed that it could be a point of: "
            f"{_no_eyes(media, perception)}. Ask about an RGB-D capture with --perception recorded, or for another form "
            "of answer with --form text."
        )
    kernel = WorkerKernel(gateway, namespace(media, references, budget, seed, eyes=eyes), least=least)
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
        frame=frame,
    )


def namespace(
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
        scratch_bytes=budget.scratch_bytes,
        reconstruct_frames=budget.reconstruct_frames,
        segment_frames=budget.segment_frames,
        eyes=eyes,
    )


def shown_media(session: Session) -> tuple[Media, ...]:
    """What is told of the media, with the frames that the backbone is shown. Raises UnreadableFrame."""
    return tuple(_media(session, frames) for frames in session.media)


def opened_event(
    session: Session, perception: Perception, seed: int, media: tuple[Media, ...], sandbox: Stand
) -> Opened:
    """The first event: the question, the media, who does what, and every word that the backbone is told first."""
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
        perception=Stand(perception.name, perception.note if session.eyes else _blind(session, perception)),
        sandbox=sandbox,
        seed=seed,
        budget=dataclasses.asdict(session.budget),
        system_prompt=session.system_prompt,
        briefing=briefing(
            question, media, references=session.references, sight=chat.sees_images, budget=session.budget
        ),
    )


def _blind(session: Session, perception: Perception) -> str:
    """Why perception tells nothing in this session, what is left to look with, and what to type for more."""
    left = "only show and vlm can look at it"
    if not session.chat.sees_images:
        left = f"the backbone {session.chat.name} reads text only, so nothing here can look at the input"
    return f"{_no_eyes(session.media, perception)}; {left}. {EYES}"


def _no_eyes(media: Sequence[Frames], perception: Perception) -> str:
    return perception.note if any(frames.sensor for frames in media) else BLIND


def _media(session: Session, frames: Frames) -> Media:
    encoded = _key_frames(session, frames)
    return Media(
        name=frames.name,
        kind=frames.kind,
        frames=len(frames),
        size=frames.sizes[0],
        seconds=frames.times[-1] - frames.times[0] if frames.times else None,
        fps=frames.fps,
        rendered=frames.rendered,
        key_frames=tuple(encoded),
        pictures=tuple(session.store.put(data, "image/jpeg", f"frame {i}") for i, data in encoded.items()),
        numbers=(frames.indices[0], frames.indices[-1]),
    )


def _key_frames(session: Session, frames: Frames) -> dict[int, bytes]:
    """The frames that are shown, encoded, before anything is written.

    A damaged one of a video is left out, and so are those behind the first when the time for it is over.
    """
    encoded: dict[int, bytes] = {}
    damage: UnreadableFrame | None = None
    wall = session.budget.wall_seconds or math.inf
    for frame in spread(frames.indices, session.budget.key_frames):
        if encoded and session.clock() > OPENING_SHARE * wall:
            break
        try:
            encoded[frame] = _jpeg(frames.pixels(frame))
        except UnreadableFrame as problem:
            if frames.kind != "video":
                raise
            damage = problem
    if damage and not encoded:
        raise damage
    return encoded


def _jpeg(pixels: Rgb) -> bytes:
    data = io.BytesIO()
    Image.fromarray(pixels).save(data, "JPEG", quality=90)
    return data.getvalue()
