"""Exact access to the frames of a video file by their number: the picture asked for, or none.

A frame of most codecs is coded as a change to earlier ones, so that reading it means to go back to the key frame before
it and to decode forward. What cannot be decoded, and what rests on it up to the next key frame, is lost: a decoder would
fill such frames with something similar, and a wrong picture is worse than none. Damage that leaves a valid stream, a
single bit in the middle of a frame for example, cannot be told from intention: video has no checksums.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from spatial_agent.errors import InputError, UnreadableFrame
from spatial_agent.inputs.timeline import Timeline, read_timeline, stored

FORMATS = "mov,matroska,avi,mpegts,mpeg,flv,asf,ogg,h264,hevc,m4v,mpegvideo,mjpeg,gif,ivf,obu,mxf,dv,nut"
"""FFmpeg's demuxers of single video files. Its playlists, which name other files and addresses, are not among them."""

MAY_SKIP = ("mpeg4",)
"""Codecs in which a stored frame may say that there is no picture; in all others a missing one is damage."""


class Decoder:
    """The frames of one video file. Safe to use from several threads; the file is closed with the last reference.

    Raises InputError for a file that holds no video that can be decoded.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        container, self.stream = _open(path)
        weakref.finalize(self, container.close)
        self.timeline: Timeline = read_timeline(path, container, self.stream)
        self._file = _File(container, self.stream, self.timeline)
        self._run: _Run | None = None
        """Where the last frame came from; the next one often follows it."""
        self._lost: dict[int, int] = {}
        """By the number of a key frame: the place from which on the frames that rest on it are lost."""
        self._missing: set[int] = set()
        """Frames that were asked for and did not come."""

    def frame(self, number: int) -> VideoFrame:
        """The decoded picture of one frame. Raises UnreadableFrame."""
        with self._lock:
            try:
                picture = self._decoded(number)
            except FFmpegError:  # the file cannot be read any more
                picture = self._run = None
        if picture is None:
            raise UnreadableFrame(
                f"{self._path}: frame {number} cannot be decoded; the file is damaged there or shortly before. Copy the "
                "file again, or ask about a part that is whole.",
                number,
            )
        return picture

    def _decoded(self, number: int) -> VideoFrame | None:
        line = self.timeline
        start, place = line.start(number), int(line.places[number])
        if number in self._missing or (start in self._lost and self._lost[start] <= place):
            return None
        lost = dict[int, int]()
        for origin in (start, line.start(max(0, start - 1))):  # some key frames only begin to renew the picture
            if self._run is None or not start <= self._run.next <= number:
                self._run = _Run(self._file, origin)
            picture = self._run.frame(number)
            if picture is not None:
                return picture
            lost, self._run = self._run.lost, None
        if start in lost:
            self._lost[start] = lost[start]
        self._missing.add(number)
        return None


class _Run:
    """Decoding forward from one key frame."""

    def __init__(self, file: _File, origin: int) -> None:
        self._file = file
        self.next = origin
        """The least number that can still come."""
        self.lost: dict[int, int] = {}
        """As in Decoder: what this run found to be lost."""
        self._coming = file.pictures(origin, self.lost)

    def frame(self, number: int) -> VideoFrame | None:
        """The picture of a frame that can still come, if it and all that it rests on are whole."""
        for found, picture in self._coming:
            if self._file.stream.codec_context.name not in MAY_SKIP:
                for passed_over in range(self.next, found):
                    self._file.lose(passed_over, self.lost)
            self.next = found + 1
            if found >= number:
                return picture if found == number and not self._is_lost(number) else None
        return None

    def _is_lost(self, number: int) -> bool:
        place = self.lost.get(self._file.timeline.start(number))
        return place is not None and place <= self._file.timeline.places[number]


class _File(NamedTuple):
    """An open file. What it gives does not refer to the run that asks, so that a run's pictures go when it goes."""

    container: InputContainer
    stream: VideoStream
    timeline: Timeline

    def lose(self, number: int, lost: dict[int, int]) -> None:
        """Note that a frame is lost, and with it those stored after it that rest on the same key frame."""
        start, place = self.timeline.start(number), int(self.timeline.places[number])
        lost[start] = min(place, lost.get(start, place))

    def pictures(self, origin: int, lost: dict[int, int]) -> Iterator[tuple[int, VideoFrame]]:
        """Frames with their numbers, in the order of their numbers, from a key frame on to the end of the file."""
        context, line = self.stream.codec_context, self.timeline
        count = 0
        for packet in self._packets(origin):
            stored = count if line.counted else line.number(packet.pts if packet else None)
            try:
                pictures = context.decode(packet)
                broken = packet is not None and packet.is_corrupt
            except FFmpegError:
                pictures, broken = [], True
            # Nothing in front of `origin` is asked for, and what is stored behind it may need what was not read.
            if broken and stored is not None and origin <= stored < len(line):
                self.lose(stored, lost)
            for picture in pictures:
                number = count if line.counted else line.number(picture.pts)
                count += 1
                if number is None or not origin <= number < len(line):
                    continue
                if picture.is_corrupt:
                    self.lose(number, lost)
                yield number, picture

    def _packets(self, origin: int) -> Iterator[Packet[VideoStream] | None]:
        """The stored packets from a key frame, or from somewhere before it, to the end; then None."""
        line = self.timeline
        earlier = line.start(max(0, origin - 1))
        # Some formats are searched by the time of showing, others by the time of decoding.
        for goal in (int(line.stamps[origin]), line.entries[origin], line.entries[earlier], None):
            packets = self._demux(goal)
            before: list[Packet[VideoStream]] = []
            for packet in packets:
                before.append(packet)
                number = line.number(packet.pts)
                if line.counted or packet.is_discard or (number is not None and number <= origin):
                    yield from before
                    yield from packets
                    yield None
                    return
                if number is not None:
                    break  # it led too far

    def _demux(self, goal: int | None) -> Iterator[Packet[VideoStream]]:
        """Packets from a time stamp on, or from the beginning of the file."""
        try:
            self.container.seek(goal or 0, stream=self.stream, unsupported_byte_offset=goal is None)
        except FFmpegError:  # it cannot be searched that way
            return iter(())
        if not self.timeline.counted:  # else the decoder has to guess anew, and gives the first frames out of order
            self.stream.codec_context.reorder_depth = self.timeline.depth
        return stored(self.container, (self.stream,))


def _open(path: Path) -> tuple[InputContainer, VideoStream]:
    try:
        container = av.open(
            str(path.resolve()),
            container_options={"format_whitelist": FORMATS, "protocol_whitelist": "file"},
            metadata_errors="replace",
        )
    except (FFmpegError, OSError, ValueError) as problem:
        raise InputError(
            f"{path} is neither an image nor a video that can be read ({getattr(problem, 'strerror', problem)}). "
            f"If it plays elsewhere, convert it: ffmpeg -i {path.name} -pix_fmt yuv420p video.mp4"
        ) from None
    covers = [stream for stream in container.streams.video if stream.disposition & Disposition.attached_pic]
    videos = [stream for stream in container.streams.video if stream not in covers]
    if not videos:
        others = sorted({stream.type for stream in container.streams if stream not in covers})
        raise InputError(
            f"{path} holds no video, only {', '.join(others) or 'a picture'}. Name a file with a video in it."
        )
    stream = videos[0]
    if stream.codec_context is None:
        raise InputError(
            f"{path} is coded in a way that cannot be decoded here. Convert it: ffmpeg -i {path.name} -c:v libx264 video.mp4"
        )
    stream.thread_type = "SLICE"  # threads by frame would report a damaged packet at a later one
    return container, stream
