"""A video of many frames through the kernel: all of it is there, and what is not looked at is not decoded."""

import time
from pathlib import Path

import pytest

from spatial_agent import Budget, ScriptedChat, SpatialClaw
from spatial_agent.frames import Frames, spread
from spatial_agent.inputs.media import open_media
from spatial_agent.trace.events import Opened
from tests.conftest import kernel_over
from tests.inputs.films import film, number

COUNT = 1500


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return film(tmp_path_factory.mktemp("long") / "long.mp4", frames=COUNT)


@pytest.fixture(scope="module")
def video(path: Path) -> Frames:
    return open_media(path)[0]


async def test_a_cell_reaches_every_frame_by_position_number_slice_and_time(video: Frames) -> None:
    shows = (
        "def shown(image):\n"
        "    row = np.asarray(image)[8].mean(axis=1)\n"
        "    return sum(1 << bit for bit in range(12) if row[bit * 16 + 8] > 128)\n"
        "[shown(InputImages[k]) for k in (1234, 7, -1)] + [shown(InputImages.by_frame(900))]"
    )
    cells = [
        "len(InputImages), len(Metadata.frame_indices), InputImages.frame_indices[-1], Metadata.fps",
        shows,
        "[len(InputImages[::100]), InputImages[100:1400:300].frame_indices]",
        "[tools.Time.seconds_to_frame(40.0), tools.Time.frame_to_seconds(1200)]",
        "sum(InputImages.by_frame(k).frame_index for k in range(len(InputImages)))",
    ]
    async with kernel_over((video,)) as kernel:
        echoes = [(await kernel.run(cell)).echo for cell in cells]
    assert echoes == [
        f"({COUNT}, {COUNT}, {COUNT - 1}, 30.0)",
        f"[1234, 7, {COUNT - 1}, 900]",
        "[15, [100, 400, 700, 1000, 1300]]",
        "[1200, 40.0]",
        str(sum(range(COUNT))),
    ]


async def test_a_session_opens_with_key_frames_from_all_over_the_video(path: Path, tmp_path: Path) -> None:
    claw = SpatialClaw(ScriptedChat(["plan"]), budget=Budget())
    events = claw.stream("How many rooms are there?", path, folder=tmp_path / "session")
    opened = await anext(events)
    await events.aclose()
    assert isinstance(opened, Opened)
    (media,) = opened.media
    assert (media.frames, media.kind, media.size) == (COUNT, "video", (192, 96))
    assert media.key_frames == spread(tuple(range(COUNT)), 32)
    assert media.seconds == pytest.approx((COUNT - 1) / 30)


def test_opening_a_video_decodes_one_frame_of_it(path: Path) -> None:
    (video,) = open_media(path)
    began = time.perf_counter()
    for frame in video.indices:
        assert number(video.pixels(frame)) == frame
    all_of_it = time.perf_counter() - began
    began = time.perf_counter()
    open_media(path)
    assert time.perf_counter() - began < all_of_it / 4


def test_sizes_are_found_without_a_search(video: Frames) -> None:
    assert {video.size(frame) for frame in (0, 700, COUNT - 1)} == {(192, 96)}
    for missing in (-1, COUNT):
        with pytest.raises(ValueError, match=f"there is no frame {missing}; there are 0 to {COUNT - 1}"):
            video.size(missing)
