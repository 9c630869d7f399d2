"""Which frames a video file holds, when each is shown and from where it can be decoded; found without decoding.

Frames are numbered from 0 in the order in which they are shown. In a file with B-frames that is not the order in which
they are stored; their presentation time stamps (pts) say what it is. Streams without usable stamps (raw H.264, H.264 in
AVI, MPEG-1 and -2 program streams) are numbered by counting what the decoder gives.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import islice, pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Discard
from av.video.stream import VideoStream
from numpy.typing import NDArray

from spatial_agent.errors import InputError

FILLED_IN = ("mpeg",)
"""FFmpeg's names of formats that stamp only some frames; what it fills in for the others differs after a seek."""
BEGIN_ANYWHERE = ("mpegts",)
"""Formats of broadcasts and recorders, which begin and stop in the middle of things."""
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
        return Timeline(count, count, {0: 0}, 1 / rate, counted=True)
    stored = np.array(stamps, np.int64)
    keys = [place for place, packet in enumerate(packets) if packet.key] or [0]
    first = keys[0] if container.format.name in BEGIN_ANYWHERE else 0
    shown = [int(n) for n in np.argsort(stored) if stored[n] >= stored[first] and not packets[n].hidden]
    if not shown:
        raise InputError(f"{path}: its edit list hides every frame. Convert it: ffmpeg -i {path.name} video.mkv")
    entries = {n: packets[place].entry for n, place in enumerate(shown) if packets[place].key or not n}
    return Timeline(stored[shown], np.array(shown), entries, stream.time_base or Fraction(1), counted=False)


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
    for other in container.streams:
        other.discard = Discard.default if other is stream else Discard.all
    packets = list[_Packet]()
    end, vp8 = "", stream.codec_context.name in ("vp8", "libvpx")
    try:
        for packet in container.demux(stream):
            if packet.size:
                hidden = packet.is_discard or (vp8 and not memoryview(packet)[0] & VP8_SHOWN)
                packets.append(_Packet(packet.pts, packet.dts, packet.is_keyframe, packet.is_corrupt, hidden))
    except FFmpegError as problem:
        end = problem.strerror or "unreadable"
    while packets and packets[-1].corrupt:  # the file stops in the middle of a packet
        packets.pop()
        end = "" if container.format.name in BEGIN_ANYWHERE else "the end of the file"
    listed = sum(1 for entry in stream.index_entries if entry.size)
    if listed > len(packets) and not end and container.format.name not in BEGIN_ANYWHERE:
        end = f"the end of the file, which lists {listed}"
    if end or not packets:
        raise InputError(
            f"{path} is damaged or cut short: after {len(packets)} frames comes {end or 'nothing'}. Copy the file again, or "
            f"keep what is left of it: ffmpeg -i {path.name} -c copy rest.mkv"
        )
    return packets


def _reorders(stream: VideoStream) -> bool:
    return stream.codec_context.reorder_depth > 0


def _rises(container: InputContainer, stream: VideoStream) -> bool:
    """Decode the first frames: are they given in the order of their stamps? AVI stamps frames in storage order."""
    try:
        container.seek(0, stream=stream)
        stamps = [frame.pts for frame in islice(container.decode(stream), PROBED)]
    except FFmpegError:
        return False
    return all(a is not None and b is not None and a < b for a, b in pairwise(stamps))
