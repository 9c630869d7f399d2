"""Videos that are cut short, or odd inside, are refused in words; no frame of them is passed off as another."""

from collections.abc import Sequence
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.frame import VideoFrame

from spatial_agent.errors import InputError, UnreadableFrame
from spatial_agent.inputs.media import open_media
from tests.inputs.films import H264, SIZE, film, number, overwritten

VP8 = {"g": "30", "deadline": "realtime", "cpu-used": "8"}
CODECS = {"cut.mkv": "libx264", "cut.flv": "libx264", "cut.mxf": "mpeg2video"}
PACKET = 188
"""Bytes of a packet of an MPEG transport stream."""


@pytest.mark.parametrize("name", CODECS)
def test_a_film_shorter_than_it_says_is_refused(tmp_path: Path, name: str) -> None:
    path = film(tmp_path / name, CODECS[name], rate=25, options={"g": "12"})
    assert len(open_media(path)[0]) == 70
    with av.open(str(path)) as container:
        boundary = next(packet.pos for k, packet in enumerate(container.demux(video=0)) if k == 40)
    path.write_bytes(path.read_bytes()[:boundary])
    with pytest.raises(InputError, match=rf"{name} is damaged or cut short.*should last 2\.[89] s.*-c copy rest\.mkv"):
        open_media(path)


def test_a_matroska_film_that_breaks_off_at_a_wiped_packet_is_refused(tmp_path: Path) -> None:
    path = film(tmp_path / "whole.mkv")
    with pytest.raises(
        InputError, match=r"after 40 frames comes the end of the file at 1\.\d s, and it should last 2\.3 s"
    ):
        open_media(overwritten(path, 40, tmp_path / "wiped.mkv"))


def with_sound(path: Path, seconds: float) -> Path:
    """One second of pictures, and of silence as long as asked for."""
    with av.open(str(path), "w") as container:
        picture = container.add_stream("libx264", rate=30)
        picture.width, picture.height, picture.pix_fmt = *SIZE, "yuv420p"
        sound = container.add_stream("aac", rate=44100, layout="mono")
        for _ in range(30):
            container.mux(picture.encode(VideoFrame(*SIZE, "yuv420p")))
        container.mux(picture.encode())
        for k in range(int(seconds * 44100 / 1024)):
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
            frame.sample_rate, frame.pts = 44100, 1024 * k
            container.mux(sound.encode(frame))
        container.mux(sound.encode())
    return path


@pytest.mark.parametrize("name", ["song.mkv", "song.flv"])
def test_sound_may_go_on_after_the_picture(tmp_path: Path, name: str) -> None:
    assert len(open_media(with_sound(tmp_path / name, 5))[0]) == 30


def test_a_stream_that_begins_in_the_middle_of_a_file_is_passed_over(tmp_path: Path) -> None:
    path = film(tmp_path / "late.ts")
    content = bytearray(path.read_bytes())
    begins = [k for k in range(len(content) // 2 // PACKET * PACKET, len(content), PACKET) if content[k + 1] == 0x41]
    content[begins[0] + 2] = 222  # the packet that begins a frame is now of a stream of its own
    path.write_bytes(content)
    (video,) = open_media(path)
    assert len(video) == 69
    assert number(video.pixels(0)) == 0


def test_a_film_of_which_no_frame_is_shown_is_refused(tmp_path: Path) -> None:
    path = film(tmp_path / "hidden.ivf", "libvpx", frames=2, options=VP8)
    content = bytearray(path.read_bytes())
    for start in frame_starts(content):
        content[start] &= ~0x10
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"hidden\.ivf: every one of its frames is marked as hidden"):
        open_media(path)


def frame_starts(content: bytes | bytearray) -> Sequence[int]:
    """Where the frames of an IVF file begin: behind a header of 32 bytes, each after its size and time in 12."""
    starts, at = list[int](), 32
    while at < len(content):
        starts.append(at + 12)
        at += 12 + int.from_bytes(content[at : at + 4], "little")
    return starts


def test_a_picture_of_another_size_is_refused_by_its_number(tmp_path: Path) -> None:
    first = film(tmp_path / "a.ts", frames=30)
    second = film(tmp_path / "b.ts", frames=30, size=(192, 192), stamps=[2000 + 33 * k for k in range(30)])
    (tmp_path / "both.ts").write_bytes(first.read_bytes() + second.read_bytes())
    (video,) = open_media(tmp_path / "both.ts")
    assert number(video.pixels(10)) == 10
    with pytest.raises(
        UnreadableFrame, match=r"frame 45 has another size than frame 0, 192 x 192 .* 192 x 96"
    ) as refusal:
        video.pixels(45)
    assert refusal.value.frame == 45


def test_colours_that_cannot_be_converted_are_refused_by_frame(tmp_path: Path) -> None:
    path = film(tmp_path / "odd.mp4", frames=3, options=H264 | {"x264-params": "colormatrix=YCgCo"})
    (video,) = open_media(path)
    with pytest.raises(UnreadableFrame, match=r"pixels of frame 1 cannot be converted to RGB .*-pix_fmt yuv420p"):
        video.pixels(1)


def test_photos_one_behind_the_other_are_a_video(tmp_path: Path) -> None:
    path = film(tmp_path / "clip.mjpeg", "mjpeg", pixels="yuvj420p", format="mjpeg", frames=20)
    (video,) = open_media(path)
    assert (video.kind, [number(video.pixels(frame)) for frame in video.indices]) == ("video", list(range(20)))
