import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatial_agent import wire
from spatial_agent.errors import FrameError, ToolError
from spatial_agent.inside.tools.time import Time
from tests.inside.scene import Scene

FRAMES = tuple(range(0, 300, 3))
UNEVEN = wire.Video(FRAMES, ((8, 8),) * 100, tuple(frame / 30 + 0.001 * (frame % 2) for frame in FRAMES), 30.0, True)
TIME = Time([UNEVEN])


@given(st.sampled_from(FRAMES))
def test_there_and_back_is_the_same_frame(frame: int) -> None:
    assert TIME.seconds_to_frame(TIME.frame_to_seconds(frame)) == frame
    assert TIME.get_frame_at_time(np.float32(TIME.frame_to_seconds(np.int64(frame)))) == frame


@given(st.floats(-5, 20))
def test_a_time_gives_a_frame_that_there_is(seconds: float) -> None:
    frame = TIME.seconds_to_frame(seconds)
    assert frame in FRAMES
    if 0 <= seconds <= 9.9:
        assert abs(TIME.frame_to_seconds(frame) - seconds) <= 0.052


def test_ranges_and_frames_between() -> None:
    assert TIME.frame_range_to_seconds(0, 60) == pytest.approx(2)
    assert TIME.frame_to_seconds(1) == pytest.approx(0.101 / 3)
    with pytest.raises(
        FrameError, match=r"frame 1000\n  expected: a frame from 0 to 297\n  type: tools.Time.frame_to_seconds\(297\)"
    ):
        TIME.frame_to_seconds(1000)


def test_outside_the_video_it_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert TIME.seconds_to_frame(99) == 297
    assert "outside the video" in capsys.readouterr().out


def test_no_frame_rate_is_ever_guessed() -> None:
    photos = Time([Scene().video(photos=True)])
    for call in (photos.frame_to_seconds, photos.seconds_to_frame, photos.get_frame_at_time):
        with pytest.raises(ToolError, match="no frame rate is known"):
            call(0)
    slow = wire.Video(FRAMES, ((8, 8),) * 100, tuple(frame / 15 for frame in FRAMES), 15.0, True)
    two = Time([slow, UNEVEN])
    with pytest.raises(ToolError, match=r"no video_index, and there are 2 videos\n.*\n  type: .*video_index=1"):
        two.frame_to_seconds(3)
    assert two.frame_to_seconds(60, video_index=2) == 2
    with pytest.raises(ToolError, match=r"video_index=3\n  expected: the number of a video, 1 to 2"):
        two.frame_to_seconds(3, 3)


def test_numbers_in_every_form() -> None:
    for frame in (60, np.int64(60), np.float32(60), np.array(60), 60.0, np.array([60])):
        assert TIME.frame_to_seconds(frame) == 2  # type: ignore[arg-type]
    for seconds in (2, 2.0, np.float16(2), np.array([2.0])):
        assert TIME.seconds_to_frame(seconds) == 60  # type: ignore[arg-type]
    for wrong in (60.5, "60", None, [1, 2]):
        with pytest.raises(ToolError, match=r"frame_to_seconds got frame=.*\n  expected: a whole number"):
            TIME.frame_to_seconds(wrong)  # type: ignore[arg-type]
    for wrong in (np.nan, "2", None):
        with pytest.raises(ToolError, match=r"seconds=.*\n  expected: a finite number"):
            TIME.seconds_to_frame(wrong)  # type: ignore[arg-type]


def test_an_image_knows_its_video() -> None:
    scene = Scene(videos=2)
    two = Time([scene.video(), UNEVEN])
    assert two.frame_to_seconds(scene.inputs(1)[1]) == 1  # type: ignore[arg-type]
    with pytest.raises(ToolError, match="got no video_index"):
        two.frame_to_seconds(10)


def test_of_several_videos_a_frame_has_a_time_where_all_agree() -> None:
    short = wire.Video(tuple(range(90)), ((8, 8),) * 90, tuple(frame / 30 for frame in range(90)), 30.0, True)
    long = wire.Video(tuple(range(120)), ((8, 8),) * 120, tuple(frame / 30 for frame in range(120)), 30.0, True)
    assert Time([short, long]).frame_to_seconds(60) == 2.0
    with pytest.raises(ToolError, match="video_index"):
        Time([short, UNEVEN]).frame_to_seconds(61)
