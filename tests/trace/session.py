"""A finished session made by hand: a good cell, a failed one, a malformed reply, a rejected answer, an answer."""

from __future__ import annotations

import io
from pathlib import Path

import msgspec
from PIL import Image, ImageDraw

from spatial_agent.trace.events import (
    SCHEMA,
    Accepted,
    AnyEvent,
    Concluded,
    Ended,
    Evidence,
    Frame,
    Media,
    Misformed,
    Observed,
    Opened,
    Outcome,
    Planned,
    Ran,
    Rejected,
    Stand,
    Submission,
    TimeUp,
    ToolCall,
    Usage,
    Value,
    Variable,
    Wrote,
)
from spatial_agent.trace.run import Run
from spatial_agent.trace.store import Store

QUESTION = (
    "Measured from the closest point of each object, what is the distance between the heater and the door, in metres?"
)
PLAN = """1. Asked: the shortest distance between the surfaces of the heater and the door, in metres.
2. Reconstruct the frames, segment both objects, take their points in world coordinates, find the closest pair.
3. The heater may be seen in other frames than the door: points of one reconstruction can be compared directly.
4. Check: the same from another set of frames."""
SEGMENT = """frames = InputImages[:6]
recon = tools.Reconstruct.Reconstruct(frames)
seg = tools.SAM3.segment_video_by_text(frames, ["heater", "door"])
for k, label in enumerate(seg.labels):
    seen = [f for f in seg.frame_indices if seg.get_mask(frame=f, object=k).any()]
    print(f"{label}: frames {seen}")
show(seg.visualize(frames[1]), label="heater in frame 1")
len(seg.labels)
"""
MEASURE = """from scipy.spatial import cKDTree

heater = np.concatenate([seg.get_masked_points(recon, frame=f, object=0) for f in heater_frames])
door = np.concatenate([seg.get_masked_points(recon, frame=f, object=1) for f in (2, 3, 4)])  # the door is not in frame 1
"""
VAGUE = """heater = np.concatenate([seg.get_masked_points(recon, frame=f, object=0) for f in (0, 1)])
door = np.concatenate([seg.get_masked_points(recon, frame=f, object=1) for f in (2, 3, 4)])
gaps, nearest = cKDTree(door).query(heater)
ReturnAnswer("about a metre")
"""
ANSWER = """k = int(np.argmin(gaps))
distance = float(gaps[k])
print(f"closest points {distance:.3f} m apart")
ReturnAnswer(distance, unit="m", frames=[0, 1, 2, 3, 4],
             points={"heater": heater[k], "door": door[nearest[k]]}, spread=0.006)
"""


def picture(colour: str = "teal") -> bytes:
    """PNG bytes of a small picture."""
    image = Image.new("RGB", (768, 576), "ivory")
    ImageDraw.Draw(image).rectangle((200, 150, 500, 480), fill=colour)
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def opened(store: Store) -> Opened:
    """A question about a rendered capture."""
    pictures = tuple(store.put(picture(colour), "image/png", colour) for colour in ("teal", "gold", "plum", "navy"))
    room = Media("living_room", "video", 40, (768, 576), 20.0, 2.0, True, (0, 10, 20, 30), pictures)
    return Opened(
        at=0.0,
        schema=SCHEMA,
        version="0.1.0",
        started="2026-11-22T20:00:00+00:00",
        question=QUESTION,
        form="number",
        choices=(),
        unit="m",
        may_abstain=True,
        media=(room,),
        interface="code",
        backbone=Stand("offline", "a scripted policy, not a model"),
        perception=Stand("recorded", "depth, poses and labels as the capture recorded them; no perception model ran"),
        sandbox=Stand("weak", "cells run UNSANDBOXED, with the rights of whoever started this"),
        seed=0,
        budget={"max_steps": 30},
        system_prompt="You answer questions about space.",
        briefing=f"## Question\n{QUESTION}",
    )


def wrote(step: int, at: float, purpose: str, code: str) -> Wrote:
    """A reply in form."""
    return Wrote(
        at=at,
        step=step,
        reply=f"**Purpose**\n{purpose}",
        purpose=purpose,
        reasoning="Both objects stand at walls, and depth is measured, so points in world coordinates can be compared.",
        goal="Use the points to find the closest pair.",
        code=code,
        usage=Usage(2100, 180, 1),
        seconds=0.2,
    )


def ran(step: int, at: float, **given: object) -> Ran:
    """A cell that did nothing, with changes."""
    nothing = {
        "at": at,
        "step": step,
        "status": "ok",
        "stdout": "",
        "stderr": "",
        "error": None,
        "error_line": None,
        "echo": None,
        "variables": (),
        "dropped": 0,
        "images": (),
        "images_dropped": 0,
        "calls": (),
        "submission": None,
        "seconds": 0.4,
    }
    return msgspec.convert(msgspec.to_builtins(nothing | given), Ran)


def _steps(store: Store) -> list[AnyEvent]:
    shown = store.put(picture("crimson"), "image/png", "heater in frame 1")
    calls = (
        ToolCall("Reconstruct", "6 frames", 0.21),
        ToolCall("SegmentText", "heater, door in 6 frames", 0.08),
        ToolCall("AskModel", "1 images: Is that a heater?", 0.0, "the backbone sees no images"),
    )
    trail = "Traceback (most recent call last):\n  File \"<cell 2>\", line 3, in <module>\nNameError: name 'heater_frames' is not defined"
    vague = Submission("about a metre")
    return [
        wrote(1, 0.5, "Find in which frames the heater and the door are seen.", SEGMENT),
        ran(
            1,
            1.2,
            stdout="heater: frames [0, 1]\ndoor: frames [2, 3, 4]\n",
            stderr="UserWarning: 1 frame has no heater\n",
            echo="2",
            variables=(Variable("recon", "Reconstruction of 6 frames"), Variable("seg", "Segmentation of 2 objects")),
            images=(shown,),
            calls=calls,
        ),
        Observed(at=1.2, step=1, text="## Step 1: the cell ran in 0.4 s", images=(shown,)),
        wrote(2, 1.5, "Take the points of both objects in world coordinates.", MEASURE),
        ran(2, 1.8, status="error", error=trail, error_line=3),
        Observed(at=1.8, step=2, text="## Step 2: the cell failed at line 3"),
        Misformed(
            at=2.0,
            step=3,
            reply="Let me measure:\n```python\nprint(1)\n```",
            problem="The reply has no section **Purpose**.",
            usage=Usage(2500, 20, 1),
            seconds=0.1,
        ),
        Observed(at=2.0, step=3, text="## Step 3: the reply was not in the form asked for"),
        wrote(4, 2.2, "Take the points again, with the frames named.", VAGUE),
        ran(4, 2.6, stdout="Answer submitted: 'about a metre'\n", submission=vague),
        Rejected(at=2.6, step=4, submission=vague, text="[Answer not accepted]\nThe text submitted is no number."),
    ]


def finished(folder: Path) -> Run:
    """The whole session, with its images and its log in `folder`."""
    store = Store(folder)
    points = {"heater": (4.825, 4.482, 0.713), "door": (5.561, 3.963, 0.744)}
    evidence = Evidence(
        unit="m",
        frames=(0, 1, 2, 3, 4),
        points=points,
        spread=0.006,
        scale="measured",
        calls=("Reconstruct x 1", "SegmentText x 1"),
        value=0.9041,
        scale_from="measured by the capture, rendered with Mitsuba 3",
    )
    submission = Submission(0.9041, unit="m", frames=evidence.frames, points=points, spread=0.006)
    events = [
        opened(store),
        Planned(at=0.2, text=PLAN, usage=Usage(900, 120, 1), seconds=0.1),
        *_steps(store),
        wrote(5, 3.0, "Find the closest pair and answer.", ANSWER),
        ran(5, 3.3, stdout="closest points 0.904 m apart\nAnswer submitted: 0.9041\n", submission=submission),
        Accepted(at=3.3, step=5, value=0.9041, reason=None, evidence=evidence),
        ended(3.4, "answered", 0.9041, "an answer in the form asked for was submitted"),
    ]
    return _kept(store, events)


def concluded(folder: Path, value: Value = 0.9, *, frame: Frame = "input") -> Run:
    """A session whose time was up, and whose last turn gave the answer."""
    store, told = Store(folder), "the limit of 20 s was near: answered with what was known by then"
    evidence = Evidence(
        unit="m", frames=(), points={}, spread=None, scale="estimated", calls=("Reconstruct x 1",), value=value,
        frame=frame, scale_from="a model", fallback=told,
    )  # fmt: skip
    last = [
        ran(1, 15.0, status="stopped", stdout="so far 0.9\n"),
        TimeUp(at=15.0, limit="the limit of 20 s was near", text="## Time is up"),
        Concluded(at=17.0, reply="Answer: 0.9 m\nIt was <b>printed</b>.", usage=Usage(900, 12, 1), seconds=2.0),
        Accepted(at=17.0, step=1, value=value, reason="It was printed.", evidence=evidence),
        ended(17.0, "gave_up", value, told),
    ]
    return _kept(store, [opened(store), *_steps(store)[:1], *last])


def cut_short(folder: Path, outcome: Outcome, reason: str) -> Run:
    """A session that ended without an answer."""
    store = Store(folder)
    plan = Planned(at=0.2, text=PLAN, usage=Usage(900, 120, 1), seconds=0.1)
    return _kept(store, [opened(store), plan, *_steps(store)[:4], ended(9.0, outcome, None, reason)])


def ended(at: float, outcome: Outcome, answer: Value, reason: str) -> Ended:
    """The last event."""
    return Ended(at=at, outcome=outcome, answer=answer, reason=reason, usage=Usage(11800, 860, 6))


def _kept(store: Store, events: list[AnyEvent]) -> Run:
    for event in events:
        store.append(event)
    return Run(tuple(events), store.folder)
