"""Frame n of a video file is frame n, whatever the container, the codec, the order of access or the damage."""

import gc
import os
import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from av.stream import Disposition

from spatial_agent.errors import InputError, UnreadableFrame
from spatial_agent.frames import Frames
from spatial_agent.inputs.media import open_media
from tests.inputs.films import H264, SIZE, film, number, overwritten

MPEG4 = {"bf": "2", "g": "12"}
VP9 = {"g": "30", "deadline": "realtime", "cpu-used": "8", "lag-in-frames": "12", "auto-alt-ref": "1"}
KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "h264.mp4": ("libx264", {}),
    "h264.mkv": ("libx264", {}),
    "h264.ts": ("libx264", {}),
    "h264.avi": ("libx264", {}),
    "raw.h264": ("libx264", {"format": "h264"}),
    "open_gop.mp4": ("libx264", {"options": H264 | {"bf": "3", "x264-params": "open-gop=1"}}),
    "rolling.mp4": ("libx264", {"options": {"bf": "0", "x264-params": "intra-refresh=1:keyint=30"}}),
    "fragments.mp4": ("libx264", {"container": {"options": {"movflags": "frag_keyframe+empty_moov"}}}),
    "hevc.mp4": ("libx265", {"options": {"x265-params": "log-level=none:keyint=30:bframes=3"}}),
    "mpeg4.mp4": ("mpeg4", {"options": MPEG4}),
    "mpeg4.avi": ("mpeg4", {"options": MPEG4}),
    "mpeg2.mpg": ("mpeg2video", {"options": MPEG4}),
    "vp9.webm": ("libvpx-vp9", {"options": VP9}),
    "vp8.webm": ("libvpx", {"options": VP9 | {"lag-in-frames": "16"}}),
    "motion.avi": ("mjpeg", {"pixels": "yuvj420p"}),
    "drawing.gif": ("gif", {"pixels": "rgb8", "rate": 25}),
}


def opened(path: Path) -> Frames:
    (frames,) = open_media(path)
    return frames


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("films")
    for name, (codec, settings) in KINDS.items():
        film(folder / name, codec, **settings)
    return folder


@pytest.mark.parametrize("name", KINDS)
def test_every_frame_is_the_one_asked_for_in_any_order(films: Path, name: str) -> None:
    video = opened(films / name)
    assert (video.kind, video.indices, video.sizes[0]) == ("video", tuple(range(70)), SIZE)
    shuffled = random.Random(0).sample(video.indices, 30)
    for frame in (*shuffled, *video.indices, *reversed(video.indices[:40]), *video.indices[::7]):
        assert number(video.pixels(frame)) == frame
    assert video.times is not None
    rate = 25 if name.endswith((".gif", ".h264")) else 30  # a raw stream does not say its rate
    np.testing.assert_allclose(video.times, np.arange(70) / rate, atol=1e-3)
    assert video.fps == pytest.approx(rate, rel=1e-3)


def test_frames_of_uneven_length_keep_their_times(tmp_path: Path) -> None:
    stamps = np.cumsum([0, *random.Random(1).choices((20, 40, 200, 1000), k=59)]).tolist()
    for name in ("uneven.mp4", "uneven.mkv"):
        video = opened(film(tmp_path / name, frames=60, stamps=stamps))
        assert video.times is not None
        np.testing.assert_allclose(video.times, np.array(stamps) / 1000, atol=1e-6)
        assert video.fps == pytest.approx(59 / video.times[-1])
        assert [number(video.pixels(frame)) for frame in reversed(video.indices)] == list(reversed(range(60)))


@pytest.mark.parametrize("name", ["late.mp4", "late.mkv", "late.ts"])
def test_a_first_time_stamp_that_is_not_zero_is_no_gap(tmp_path: Path, name: str) -> None:
    video = opened(film(tmp_path / name, frames=40, stamps=[5000 + 40 * k for k in range(40)]))
    assert video.times is not None
    np.testing.assert_allclose(video.times, 0.04 * np.arange(40), atol=1e-6)
    assert [number(video.pixels(frame)) for frame in (39, 0, 20)] == [39, 0, 20]


def test_what_an_edit_list_cuts_off_is_not_a_frame(tmp_path: Path) -> None:
    stamps = [40 * (k - 10) for k in range(60)]  # ten frames before zero, which the muxer cuts by an edit list
    path = film(
        tmp_path / "cut.mp4", frames=60, stamps=stamps, container={"options": {"avoid_negative_ts": "disabled"}}
    )
    with av.open(str(path)) as container:
        played = [number(frame.to_ndarray(format="rgb24")) for frame in container.decode(video=0)]
    video = opened(path)
    assert len(played) < 60
    assert [number(video.pixels(frame)) for frame in reversed(video.indices)] == list(reversed(played))


def test_a_stored_picture_that_is_never_shown_is_not_a_frame(films: Path, tmp_path: Path) -> None:
    with av.open(str(films / "vp8.webm")) as container:
        hidden = bytes(next(p for k, p in enumerate(container.demux(video=0)) if k == 20))
    content = (films / "vp8.webm").read_bytes()
    assert content.count(hidden) == 1
    changed = content.replace(hidden, bytes([hidden[0] & ~0x10]) + hidden[1:])
    video = opened(written(tmp_path / "hidden.webm", changed))
    expected = [k for k in range(70) if k != 20]
    assert [number(video.pixels(frame)) for frame in reversed(video.indices)] == expected[::-1]


@pytest.mark.parametrize(
    ("rotation", "upright"),
    [
        ((-90,), lambda image: np.rot90(image, -1)),
        ((90,), lambda image: np.rot90(image)),
        ((180,), lambda image: np.rot90(image, 2)),
        ((0, True), lambda image: image[:, ::-1]),
        ((0, False, True), lambda image: image[::-1]),
    ],
    ids=["clockwise", "counterclockwise", "upside down", "mirrored", "flipped"],
)
def test_a_phones_rotation_mark_turns_the_picture(tmp_path: Path, rotation: tuple[Any, ...], upright: Any) -> None:
    plain = opened(film(tmp_path / "plain.mp4", frames=3))
    turned = opened(film(tmp_path / "turned.mp4", frames=3, rotation=rotation))
    for frame in turned.indices:
        expected = upright(plain.pixels(frame))
        assert turned.size(frame) == (expected.shape[1], expected.shape[0])
        assert (turned.pixels(frame) == expected).all()


def test_pixels_that_are_not_square_are_made_so_without_enlarging(tmp_path: Path) -> None:
    wide = film(tmp_path / "wide.mp4", frames=2, sample_aspect_ratio=Fraction(4, 3))
    tall = film(tmp_path / "tall.mp4", frames=2, sample_aspect_ratio=Fraction(2, 3))
    assert opened(wide).size(0) == (192, 72)
    assert opened(tall).size(1) == (128, 96)


@pytest.mark.parametrize("size", [(193, 97), (201, 99)])
def test_odd_sizes_are_kept(tmp_path: Path, size: tuple[int, int]) -> None:
    video = opened(film(tmp_path / "odd.webm", "libvpx-vp9", frames=4, size=size, options=VP9))
    assert video.size(0) == size
    assert video.pixels(3).shape == (size[1], size[0], 3)


def test_a_large_film_is_made_smaller_and_never_written_to(tmp_path: Path) -> None:
    film(tmp_path / "large.mp4", frames=4, size=(1536, 768))
    (video,) = open_media(tmp_path / "large.mp4", long_edge=384)
    assert video.pixels(2).shape == (192, 384, 3)
    with pytest.raises(ValueError, match="read-only"):
        video.pixels(2)[:] = 0


def test_colours_come_back_in_both_ranges(tmp_path: Path) -> None:
    for name, pixels in (("limited.mp4", "yuv420p"), ("full.mp4", "yuvj420p")):
        video = opened(film(tmp_path / name, frames=2, pixels=pixels))
        assert abs(int(video.pixels(0)[40, 100, 1]) - 90) <= 3
        assert abs(int(video.pixels(0)[-8, 8, 1]) - 235) <= 3


@pytest.mark.parametrize(
    "name", ["h264.mp4", "open_gop.mp4", "hevc.mp4", "mpeg4.mp4", "h264.ts", "h264.avi", "motion.avi"]
)
def test_a_damaged_frame_is_refused_by_its_number_and_no_other_is_wrong(films: Path, tmp_path: Path, name: str) -> None:
    video = opened(overwritten(films / name, 40, tmp_path / name))
    refused, times = set(), video.times or ()
    for frame in (*random.Random(2).sample(video.indices, 40), *video.indices):
        try:
            shown = number(video.pixels(frame))
        except UnreadableFrame as problem:
            assert problem.frame == frame
            assert f"frame {frame} cannot be decoded" in str(problem)
            assert name in str(problem)
            refused.add(frame)
        else:
            assert shown == round(times[frame] * 30)  # MPEG-TS loses the whole packet, and no number is left for it
    assert refused
    if name != "h264.avi":  # its frames are counted, and behind the damage the count is not known
        assert refused <= set(range(27, 61))  # up to the next key frame


def test_a_damaged_first_frame_is_no_video(films: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not even the first frame"):
        open_media(overwritten(films / "h264.mp4", 0, tmp_path / "first.mp4"))


def test_threads_that_ask_at_the_same_time_get_their_own_frames(films: Path) -> None:
    video = opened(films / "h264.mp4")
    wanted = random.Random(3).choices(video.indices, k=120)
    with ThreadPoolExecutor(8) as pool:
        assert [number(pixels) for pixels in pool.map(video.pixels, wanted)] == wanted


def test_the_file_is_closed_with_the_last_reference(films: Path) -> None:
    def open_files() -> int:
        names = (os.path.realpath(f"/proc/self/fd/{fd}") for fd in os.listdir("/proc/self/fd"))
        return sum(name.endswith("h264.mp4") for name in names)

    gc.collect()
    before = open_files()
    video = opened(films / "h264.mp4")
    video.pixels(33)
    assert open_files() == before + 1
    del video
    assert open_files() == before


def test_the_kernel_process_never_loads_ffmpeg() -> None:
    code = "import sys, spatial_agent.inside.worker; sys.exit('av' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def sound(path: Path) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=44100, layout="mono")
        for k in range(4):
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
            frame.sample_rate, frame.pts = 44100, 1024 * k
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def cover(path: Path) -> Path:
    """A song with a picture."""
    with av.open(str(path), "w", format="mp4") as container:
        song = container.add_stream("aac", rate=44100, layout="mono")
        picture = container.add_stream("mjpeg", rate=1)
        picture.width, picture.height, picture.pix_fmt = 64, 48, "yuvj420p"
        picture.disposition = Disposition.attached_pic
        container.mux(picture.encode(av.VideoFrame(64, 48, "yuvj420p")))
        container.mux(picture.encode())
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        frame.sample_rate = 44100
        container.mux(song.encode(frame))
        container.mux(song.encode())
    return path


def written(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda folder, films: written(folder / "empty.mp4", ""), r"empty\.mp4 is empty"),
        (
            lambda folder, films: written(folder / "text.mp4", "hello\n" * 500),
            r"text\.mp4 is neither an image nor a video",
        ),
        (lambda folder, films: written(folder / "notes.txt", "hello\n" * 500), r"notes\.txt is neither an image nor a"),
        (lambda folder, films: sound(folder / "sound.mp4"), r"sound\.mp4 holds no video, only audio"),
        (lambda folder, films: cover(folder / "song.m4a"), r"song\.m4a holds no video, only audio"),
        (
            lambda folder, films: written(folder / "half.mp4", (films / "h264.mp4").read_bytes()[:3000]),
            r"half\.mp4 is neither an image nor a video",
        ),
        (
            lambda folder, films: written(folder / "list.m3u8", f"#EXTM3U\n#EXTINF:1,\n{films / 'h264.ts'}\n"),
            "neither an image nor a video",
        ),
        (
            lambda folder, films: written(folder / "list.mp4", f"ffconcat version 1.0\nfile {films / 'h264.mp4'}\n"),
            "neither an image nor a video",
        ),
    ],
    ids=["empty", "text", "any text", "audio", "cover", "half", "playlist", "concatenation"],
)
def test_what_is_no_video_is_refused_by_name(tmp_path: Path, films: Path, make: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        open_media(make(tmp_path, films))


def test_a_film_that_was_cut_short_is_refused_or_read_as_far_as_it_goes(films: Path, tmp_path: Path) -> None:
    front = film(tmp_path / "front.mp4", container={"options": {"movflags": "faststart"}})
    with pytest.raises(InputError, match=r"cut\.mp4 is damaged or cut short.*-c copy"):
        open_media(written(tmp_path / "cut.mp4", front.read_bytes()[: front.stat().st_size * 2 // 3]))
    with av.open(str(front)) as container:
        boundary = next(p.pos for k, p in enumerate(container.demux(video=0)) if k == 40)
    with pytest.raises(InputError, match="after 40 frames comes the end of the file, which lists 70"):
        open_media(written(tmp_path / "cut.mp4", front.read_bytes()[:boundary]))
    whole = (films / "h264.ts").read_bytes()
    video = opened(written(tmp_path / "cut.ts", whole[: len(whole) * 2 // 3]))
    assert 20 < len(video) < 70
    assert video.times is not None
    assert [number(video.pixels(frame)) for frame in video.indices] == [round(30 * t) for t in video.times]
