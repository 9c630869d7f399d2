"""Which frames a video file holds, when each is shown and from where it can be decoded; found without decoding.

Frames are numbered from 0 in the order in which they are shown. In a file with B-frames that is not the order in which
they are stored; their presentation time stamps (pts) say what it is. Streams without usable stamps (raw H.264, H.264 in
AVI, MPEG-1 and -2 program streams) are numbered by counting what the decoder gives.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import islice, pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.stream import Discard, Stream
from av.video.stream import VideoStream
from numpy.typing import NDArray

from spatial_agent.errors import InputError

FILLED_IN = ("mpeg",)
"""FFmpeg's names of formats that stamp only some frames; what it fills in for the others differs after a seek."""
BEGIN_ANYWHERE = ("mpegts",)
"""Formats of broadcasts and recorders, which begin and stop in the middle of things."""
STATE_LENGTH = ("matroska,webm", "flv", "mxf")
"""Formats that say at their beginning how long they last, and that end without a word where they are cut."""
MISSING = (0.5, 0.01)
"""Seconds, and share of the stated length, that may be missing at the end: writers round it, or count a pause."""
VP8_SHOWN = 0x10
"""The bit of a VP8 frame's first byte that is 0 in frames that only others are built on (RFC 6386, 9.1)."""
PROBED = 32
"""So many frames are decoded to see whether time stamps rise, where there is reason to doubt it."""


@dataclass(frozen=True)
class Timeline:
    """The frames of a video stream, by frame number."""

    stamps: NDArray[np.int64]
    """Presentation time of each frame in units of `unit`, strictly rising; just 0, 1, 2 ... if frames are counted."""
    places: NDArray[np.int64]
    """For each frame, how many packets are stored before its own."""
    entries: Mapping[int, int]
    """The frames, rising, from which all later ones can be decoded, 0 among them, and the time to decode each."""
    unit: Fraction
    """Seconds."""
    counted: bool
    """True where the stream has no time stamps and frames can only be counted from its beginning."""

    def __len__(self) -> int:
        """Number of frames."""
        return len(self.stamps)

    @cached_property
    def depth(self) -> int:
        """How many packets must be read beyond a frame's number before it can be shown."""
        first = int(self.places.min())
        return int((np.maximum.accumulate(self.places - first) - np.arange(len(self))).max())

    def start(self, frame: int) -> int:
        """The nearest frame, this one or an earlier one, at which decoding can start."""
        return self._starts[bisect_right(self._starts, frame) - 1]

    @cached_property
    def _starts(self) -> tuple[int, ...]:
        return tuple(self.entries)

    def number(self, stamp: int | None) -> int | None:
        """The frame that is shown at a time stamp, if the stream has stamps and there is one."""
        if stamp is None or self.counted:
            return None
        frame = int(np.searchsorted(self.stamps, stamp))
        return frame if frame < len(self.stamps) and self.stamps[frame] == stamp else None

    def times(self) -> tuple[float, ...]:
        """Seconds of each frame from the first one."""
        seconds = (self.stamps - self.stamps[0]) * float(self.unit)
        return tuple(seconds.tolist())


def read_timeline(path: Path, container: InputContainer, stream: VideoStream) -> Timeline:
    """Go through the packets of a stream once. Raises InputError for a file that is cut short or holds no frame.

    Left out are frames that an edit list hides and those in front of the first key frame, which cannot be decoded.
    """
    packets = _read(path, container, stream)
    stamps = [packet.pts for packet in packets if packet.pts is not None]
    stamped = len(stamps) == len(packets) == len(set(stamps)) and container.format.name not in FILLED_IN
    if not stamped or (_reorders(stream) and stamps == sorted(stamps) and not _rises(container, stream)):
        rate = stream.average_rate or stream.guessed_rate or Fraction(25)
        count = np.arange(sum(not packet.hidden for packet in packets))
        _check_shown(path, len(count))
        return Timeline(count, count, {0: 0}, 1 / rate, counted=True)
    stored = np.array(stamps, np.int64)
    keys = [place for place, packet in enumerate(packets) if packet.key] or [0]
    first = keys[0] if container.format.name in BEGIN_ANYWHERE else 0
    shown = [int(n) for n in np.argsort(stored) if stored[n] >= stored[first] and not packets[n].hidden]
    _check_shown(path, len(shown))
    entries = {n: packets[place].entry for n, place in enumerate(shown) if packets[place].key or not n}
    return Timeline(stored[shown], np.array(shown), entries, stream.time_base or Fraction(1), counted=False)


def stored(container: InputContainer, streams: Sequence[Stream]) -> Iterator[Packet[Any]]:
    """The packets of some streams, in the order of storage, from where the container stands to its end."""
    try:
        yield from (packet for packet in container.demux(*streams) if packet.size)
    except IndexError:  # after the last packet PyAV stumbles over streams that began in the middle of the file
        return


class _Packet(NamedTuple):
    pts: int | None
    dts: int | None
    key: bool
    corrupt: bool
    hidden: bool
    """To be decoded, as others rest on it, and not to be shown."""

    @property
    def entry(self) -> int:
        """When it is to be decoded, as far as the file says."""
        return next((stamp for stamp in (self.dts, self.pts) if stamp is not None), 0)


def _read(path: Path, container: InputContainer, stream: VideoStream) -> list[_Packet]:
    """The packets of a stream in the order of storage, at least one."""
    length = (container.duration or 0) / 1e6 if container.format.name in STATE_LENGTH else 0.0
    read = tuple(container.streams) if length else (stream,)  # sound may last longer than the picture
    for other in container.streams:
        other.discard = Discard.default if other in read else Discard.all
    packets, last = list[_Packet](), 0.0
    end, vp8 = "", stream.codec_context.name in ("vp8", "libvpx")
    try:
        for packet in stored(container, read):
            last = max(last, _seconds(packet))
            if packet.stream_index == stream.index:
                hidden = packet.is_discard or (vp8 and not memoryview(packet)[0] & VP8_SHOWN)
                packets.append(_Packet(packet.pts, packet.dts, packet.is_keyframe, packet.is_corrupt, hidden))
    except FFmpegError as problem:
        end = problem.strerror or "unreadable"
    for other in read:
        other.discard = Discard.default if other is stream else Discard.all
    while packets and packets[-1].corrupt:  # the file stops in the middle of a packet
        packets.pop()
        end = "" if container.format.name in BEGIN_ANYWHERE else "the end of the file"
    listed = sum(1 for entry in stream.index_entries if entry.size)
    if listed > len(packets) and not end and container.format.name not in BEGIN_ANYWHERE:
        end = f"the end of the file, which lists {listed}"
    if not end and length - last > max(MISSING[0], MISSING[1] * length):
        end = f"the end of the file at {last:.1f} s, and it should last {length:.1f} s"
    if end or not packets:
        raise InputError(
            f"{path} is damaged or cut short: after {len(packets)} frames comes {end or 'nothing'}. Copy the file again, or "
            f"keep what is left of it: ffmpeg -i {path.name} -c copy rest.mkv"
        )
    return packets


def _seconds(packet: Packet[Any]) -> float:
    """When a packet ends, as far as it says so."""
    begin = packet.dts if packet.pts is None else packet.pts
    return 0.0 if begin is None else float((begin + (packet.duration or 0)) * (packet.time_base or 0))


def _check_shown(path: Path, frames: int) -> None:
    if not frames:
        raise InputError(
            f"{path}: every one of its frames is marked as hidden. Convert it: ffmpeg -i {path.name} video.mkv"
        )


def _reorders(stream: VideoStream) -> bool:
    return stream.codec_context.reorder_depth > 0


def _rises(container: InputContainer, stream: VideoStream) -> bool:
    """Decode the first frames: are they given in the order of their stamps? AVI stamps frames in storage order."""
    try:
        container.seek(0, stream=stream)
        stamps = [frame.pts for frame in islice(container.decode(stream), PROBED)]
    except (FFmpegError, IndexError):  # the latter as in `stored`: the file is at its end
        return False
    return all(a is not None and b is not None and a < b for a, b in pairwise(stamps))
