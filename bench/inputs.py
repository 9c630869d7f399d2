"""What a long video costs: opening it, one frame anywhere, frames in a row, the key frames of a session, memory.

    python bench/inputs.py                     a table
    python bench/inputs.py --json              one JSON object
    python bench/inputs.py --file long.mp4     keep the film in a file and use it again

The film is made here once: ten minutes of 1920 x 1080 at 30 frames per second, H.264 with B-frames and a key frame every
60, about 10 Mbit/s, a grainy scene that moves. Each frame shows its own number in sixteen squares, which is checked for
every frame that is read: a wrong frame ends the benchmark. Making it takes minutes; it is kept in the temp folder.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterable
from fractions import Fraction
from pathlib import Path
from typing import Self

import av
import numpy as np
import psutil
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from spatial_agent.frames import Frames, spread
from spatial_agent.inputs.media import open_media

FRAMES, WIDTH, HEIGHT, RATE = 18_000, 1920, 1080, 30
BITS = 16
SQUARE = WIDTH // BITS
KEY_FRAMES = 32


def make(path: Path) -> float:
    """Write the film; seconds that it took."""
    began = time.monotonic()
    random_numbers = np.random.default_rng(0)
    relief = gaussian_filter(random_numbers.standard_normal((HEIGHT, 2 * WIDTH)), 6, mode="wrap")
    once = (relief / np.abs(relief).max() * 80 + 120).astype(np.uint8)
    scene = np.hstack([once, once[:, :WIDTH]])
    grain = random_numbers.integers(0, 25, (2 * HEIGHT, 2 * WIDTH), dtype=np.uint8)
    plane = np.full((HEIGHT * 3 // 2, WIDTH), 128, np.uint8)
    unfinished = path.with_suffix(".part.mp4")
    with av.open(str(unfinished), "w") as container:
        stream = container.add_stream("libx264", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.options = {"preset": "superfast", "crf": "26", "bf": "2", "g": "60"}
        stream.time_base = Fraction(1, RATE)
        for number in range(FRAMES):
            left = number * 3 % (2 * WIDTH)
            x, y = random_numbers.integers(0, WIDTH), random_numbers.integers(0, HEIGHT)
            np.add(scene[:, left : left + WIDTH], grain[y : y + HEIGHT, x : x + WIDTH], out=plane[:HEIGHT])
            bits = number >> np.arange(BITS) & 1
            plane[:SQUARE].reshape(SQUARE, BITS, SQUARE)[:] = np.where(bits, 220, 30)[None, :, None]
            frame = av.VideoFrame.from_ndarray(plane, format="yuv420p")
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    unfinished.rename(path)
    return time.monotonic() - began


def check(pixels: NDArray[np.uint8], number: int) -> None:
    """End the benchmark if a frame does not show the number it was asked for by."""
    width = pixels.shape[1]
    side = width // BITS
    row = pixels[side // 4 : side * 3 // 4].mean(axis=(0, 2)).reshape(BITS, side)[:, side // 4 : side * 3 // 4]
    shown = sum(1 << bit for bit, value in enumerate(row.mean(axis=1)) if value > 128)
    if shown != number:
        raise SystemExit(f"asked for frame {number}, got frame {shown}")


def milliseconds(work: Callable[[], object]) -> float:
    """How long a call takes."""
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def read(video: Frames, numbers: Iterable[int]) -> list[float]:
    """Milliseconds of each of these frames, in this order, each checked."""
    taken = []
    for number in numbers:
        taken.append(milliseconds(lambda number=number: video.pixels(number)))  # type: ignore[misc]
        check(video.pixels(number), number)
    return taken


def spread_of(values: list[float]) -> dict[str, float]:
    """Median and extremes."""
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


class Peak:
    """The most memory that this process held while a block ran, in megabytes."""

    def __enter__(self) -> Self:
        self.megabytes, self._over = 0.0, threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def _watch(self) -> None:
        process = psutil.Process()
        while not self._over.wait(0.02):
            self.megabytes = max(self.megabytes, process.memory_info().rss / 2**20)

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()


def forgotten(path: Path) -> None:
    """Ask the system to drop its copy of the file from memory, as if it had not been read for long."""
    with path.open("rb") as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def measure(path: Path, repeats: int) -> dict[str, object]:
    """All figures."""
    made = None if path.is_file() else make(path)
    before = psutil.Process().memory_info().rss / 2**20
    open_media(path)  # loads FFmpeg
    with Peak() as peak:
        cold = []
        for _ in range(repeats):
            forgotten(path)
            cold.append(milliseconds(lambda: open_media(path)))
        warm = [milliseconds(lambda: open_media(path)) for _ in range(repeats)]
        first = [milliseconds(lambda: open_media(path)[0].pixels(0)) for _ in range(repeats)]
        keys = []
        for _ in range(repeats):
            (video,) = open_media(path)
            keys.append(sum(read(video, spread(video.indices, KEY_FRAMES))))
        (video,) = open_media(path)
        anywhere = read(video, random.Random(0).sample(range(FRAMES), 50))
        in_a_row = read(video, range(9000, 9600))
    return {
        "machine": f"{platform.machine()}, {psutil.cpu_count()} cores, Python {platform.python_version()}, PyAV {av.__version__}",
        "load_average": round(psutil.getloadavg()[0], 2),
        "film": f"{FRAMES} frames, {WIDTH} x {HEIGHT}, {path.stat().st_size / 2**20:.0f} MB, seen at "
        f"{video.sizes[0][0]} x {video.sizes[0][1]}",
        "film_made_in_s": made,
        "open_ms_not_in_memory": spread_of(cold),
        "open_ms": spread_of(warm),
        "open_and_first_frame_ms": spread_of(first),
        "key_frames_32_ms": spread_of(keys),
        "frame_anywhere_ms": spread_of(anywhere),
        "frame_in_a_row_ms": spread_of(in_a_row),
        "frames_in_a_row_per_second": 1000 / statistics.mean(in_a_row),
        "peak_memory_mb": peak.megabytes,
        "memory_before_mb": before,
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--file", type=Path, help="where the film is kept (default: the temp folder)")
    parser.add_argument("--repeats", type=int, default=5, help="times that a film is opened for a figure (default 5)")
    arguments = parser.parse_args()
    path = arguments.file or Path(tempfile.gettempdir()) / "spatialclaw-bench-ten-minutes.mp4"
    figures = measure(path, arguments.repeats)
    if arguments.json:
        print(json.dumps(figures, indent=2))
        return
    for name, value in figures.items():
        shown = ", ".join(f"{k} {v:.1f}" for k, v in value.items()) if isinstance(value, dict) else value
        print(f"{name.replace('_', ' '):28} {shown}")


if __name__ == "__main__":
    main()
