"""What a session is run on: what its record says of the input, else what its cells and its question let assume."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from spatial_agent.errors import InputError
from spatial_agent.replay.media import Assumed, assume, open_input
from spatial_agent.replay.sessions import Recorded, read_sessions
from tests.replay.cells import line, write


def recorded(folder: Path, cell: str = "show(InputImages[5])", **more: Any) -> Recorded:
    (session,) = read_sessions(write(folder / "one.jsonl", [line("a", (cell,), **more)]), "code")
    return session


def lengths(assumed: Assumed) -> tuple[int, ...]:
    return tuple(len(frames) for frames in assumed.frames)


def test_a_record_without_media_is_as_long_as_its_cells_need(tmp_path: Path) -> None:
    assert assume(recorded(tmp_path)) == Assumed(
        "images", ((0, 1, 2, 3, 4, 5),), None, ((640, 480),), 0, recorded=False
    )
    assert lengths(assume(recorded(tmp_path, "show(InputImages)"))) == (4,)
    assert lengths(assume(recorded(tmp_path, "show(InputImages)", question="In the video?"))) == (32,)
    assert lengths(assume(recorded(tmp_path, "InputImages_2[8]"))) == (4, 9)


@pytest.mark.parametrize(
    ("cell", "question"),
    [("tools.SAM3.segment_video_by_text(['dog'])", "?"), ("pass", "What does the dog do in the video?")],
)
def test_it_is_a_video_if_it_is_tracked_through_or_spoken_of(tmp_path: Path, cell: str, question: str) -> None:
    found = assume(recorded(tmp_path, cell, question=question))
    assert (found.kind, found.fps) == ("video", 30.0)


def test_what_the_record_says_of_its_media_is_so(tmp_path: Path) -> None:
    media = {"kind": "video", "frames": 90, "fps": 10, "size": [320, 240], "refs": 2}
    assumed, (video,), references = open_input(recorded(tmp_path, media=media), None)
    assert assumed == Assumed("video", (tuple(range(90)),), 10.0, ((320, 240),), 2, recorded=True)
    assert (len(video), video.times and video.times[89], video.sizes[0]) == (90, 8.9, (320, 240))
    assert references is not None
    assert len(references) == 2
    media = {"kind": "images", "frames": [2, 3], "size": [[64, 48], [48, 64]]}
    several = assume(recorded(tmp_path, "show(InputImages_2[0])", media=media))
    assert (lengths(several), several.size) == ((2, 3), ((64, 48), (48, 64)))
    _, (sampled,), _ = open_input(recorded(tmp_path, media={"kind": "video", "frames": [0, 30, 90]}), None)
    assert (sampled.indices, sampled.times, sampled.pixels(90).shape) == ((0, 30, 90), (0.0, 1.0, 3.0), (480, 640, 3))


def test_a_video_without_frames_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"ours/a: .* no frames"):
        assume(recorded(tmp_path, "show(InputImages_2[0])", media={"frames": [3, 0]}))


def test_made_up_pictures_are_always_the_same_and_each_another(tmp_path: Path) -> None:
    pictures = []
    for _ in range(2):
        _, (video,), _ = open_input(recorded(tmp_path, media={"kind": "video", "frames": 5000}), None)
        pictures.append([video.pixels(frame) for frame in (0, 1, 4999)])
    assert all(np.array_equal(one, two) for one, two in zip(*pictures, strict=True))
    assert pictures[0][0].shape == (480, 640, 3)
    assert not np.array_equal(pictures[0][0], pictures[0][2])


def test_key_frames_are_spread_over_the_length(tmp_path: Path) -> None:
    (tmp_path / "keys/ours/a").mkdir(parents=True)
    for number in range(3):
        Image.new("RGB", (80, 60), (100 * number, 0, 0)).save(tmp_path / f"keys/ours/a/{number}.jpg", quality=95)
    assumed, (video,), _ = open_input(
        recorded(tmp_path, "InputImages[10]", question="In the video?"), tmp_path / "keys"
    )
    assert (lengths(assumed), assumed.key_frames, video.sizes[10]) == ((11,), 3, (80, 60))
    reds = [int(video.pixels(frame)[30, 40, 0]) for frame in (0, 2, 5, 8, 10)]
    assert [round(red, -2) for red in reds] == [0, 0, 100, 200, 200]
    few, (photos,), _ = open_input(recorded(tmp_path, "InputImages[0]"), tmp_path / "keys")
    assert (lengths(few), few.kind) == ((3,), "images")
    assert round(int(photos.pixels(1)[30, 40, 0]), -2) == 100


def test_key_frames_of_another_folder_are_not_to_be_had(tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir()
    with pytest.raises(InputError, match="outside"):
        open_input(recorded(tmp_path, dataset="..", id=".."), tmp_path / "keys")
    with pytest.raises(InputError, match="null character"):
        open_input(recorded(tmp_path, id="a\0b"), tmp_path / "keys")
