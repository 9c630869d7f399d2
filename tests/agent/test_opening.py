"""The first event of a session: what the backbone is told and shown of the input."""

from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest

from spatial_agent.agent.opening import open_session, opened_event, shown_media
from spatial_agent.answers.question import read_question
from spatial_agent.budget import Budget
from spatial_agent.chat.scripted import ScriptedChat
from spatial_agent.errors import UnreadableFrame
from spatial_agent.frames import Frames, Rgb
from spatial_agent.perception.backends.recorded import Recorded
from spatial_agent.trace.events import Opened, Stand
from spatial_agent.trace.store import Store

NUMBERS = (3, 4, 6, 9)
"""Some frames of a film are not there, as in a folder where depth is missing for some."""


def film(damaged: tuple[int, ...] = ()) -> Frames:
    def pixels(frame: int) -> Rgb:
        if frame in damaged:
            raise UnreadableFrame(f"frame {frame} of film.mp4 is damaged", frame)
        return np.full((48, 64, 3), frame, np.uint8)

    return Frames("film.mp4", "video", NUMBERS, ((64, 48),) * 4, pixels)


def opened(frames: Frames, folder: Path, seconds: float = 0.0, **settings: Any) -> Opened:
    """The event of a session that began so many seconds ago."""
    asked, chat, perception = read_question("What moves?"), ScriptedChat([], sees_images=True), Recorded()
    session = open_session(
        asked, (frames,), None, chat, perception, Budget(**settings), 0, Store(folder), "input", "weak"
    )
    session.began -= seconds
    return opened_event(session, perception, 0, shown_media(session), Stand("strong", "behind walls"))


def test_frame_numbers_are_those_of_the_input_and_gaps_are_said(tmp_path: Path) -> None:
    assert "frame numbers 3 to 9 with gaps" in opened(film(), tmp_path).briefing


def test_a_damaged_key_frame_of_a_video_is_left_out(tmp_path: Path) -> None:
    event = opened(film(damaged=(4,)), tmp_path)
    assert event.media[0].key_frames == (3, 6, 9)
    assert "You see frames 3, 6, 9." in event.briefing
    assert [blob.label for blob in event.media[0].pictures] == ["frame 3", "frame 6", "frame 9"]


def test_when_a_share_of_the_time_is_gone_no_more_than_the_first_frame_is_shown(tmp_path: Path) -> None:
    late = opened(film(damaged=(3,)), tmp_path, seconds=6, wall_seconds=20)
    assert late.media[0].key_frames == (4,)
    assert "You see frames 4." in late.briefing
    assert opened(film(), tmp_path, seconds=4, wall_seconds=20).media[0].key_frames == NUMBERS
    assert opened(film(), tmp_path, seconds=1000).media[0].key_frames == NUMBERS


@pytest.mark.parametrize(("damaged", "kind"), [(NUMBERS, "video"), ((4,), "images")])
def test_a_damaged_photo_or_a_video_of_damaged_frames_is_refused(
    tmp_path: Path, damaged: tuple[int, ...], kind: Literal["images", "video"]
) -> None:
    with pytest.raises(UnreadableFrame, match="is damaged"):
        opened(replace(film(damaged), kind=kind), tmp_path)
    assert not list(tmp_path.rglob("*.jpg"))
