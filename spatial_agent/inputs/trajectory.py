"""Lists of files and poses by time stamp, as the TUM RGB-D benchmark writes them, and how they are brought together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation, Slerp

from spatial_agent.errors import InputError


class Row(NamedTuple):
    """A file and when it was taken, in seconds of the recording's clock."""

    seconds: float
    file: Path


@dataclass(frozen=True)
class Trajectory:
    """Poses by time."""

    seconds: NDArray[np.float64]
    """(N,), rising."""
    positions: NDArray[np.float64]
    """(N, 3), metres."""
    rotations: Rotation
    """N rotations, camera to world."""

    def pose(self, seconds: float, max_gap: float) -> NDArray[np.float64] | None:
        """Camera-to-world (4, 4) at a time; None if no pose was taken within `max_gap` seconds of it.

        Between two poses the position is interpolated linearly and the rotation along the shortest arc (slerp);
        beyond the first and the last it is theirs.
        """
        if np.abs(self.seconds - seconds).min() > max_gap:
            return None
        at = float(np.clip(seconds, self.seconds[0], self.seconds[-1]))
        after = int(np.clip(np.searchsorted(self.seconds, at), 1, max(1, len(self.seconds) - 1)))
        T = np.eye(4)
        if len(self.seconds) == 1:
            T[:3, :3], T[:3, 3] = self.rotations[0].as_matrix(), self.positions[0]
            return T
        around = slice(after - 1, after + 1)
        T[:3, :3] = Slerp(self.seconds[around], self.rotations[around])(at).as_matrix()
        T[:3, 3] = [np.interp(at, self.seconds[around], axis) for axis in self.positions[around].T]
        return T


def pair(first: Sequence[float], second: Sequence[float], max_gap: float) -> dict[int, int]:
    """Pairs of times at most `max_gap` apart, the closest first, each time used once: places in `first` and `second`."""
    times, order = np.asarray(second), np.argsort(second)
    sorted_times = times[order]
    candidates = []
    for here, seconds in enumerate(first):
        low, high = np.searchsorted(sorted_times, [seconds - max_gap, seconds + max_gap], side="left")
        near = order[low : min(high + 1, len(order))]
        candidates += [(gap, here, int(there)) for there in near if (gap := abs(times[there] - seconds)) <= max_gap]
    pairs, taken = dict[int, int](), set[int]()
    for _, here, there in sorted(candidates):
        if here not in pairs and there not in taken:
            pairs[here] = there
            taken.add(there)
    return pairs


def read_listing(file: Path) -> list[Row]:
    """The rows of an `rgb.txt` or `depth.txt`, by rising time. Raises InputError, naming the line."""
    rows = list[Row]()
    for number, words in _lines(file):
        seconds = _numbers(words[:1], file, number)[0]
        path = file.parent / " ".join(words[1:])
        if len(words) < 2 or not path.resolve().is_relative_to(file.parent.resolve()) or not path.is_file():
            raise InputError(
                f"{file}, line {number}: {' '.join(words[1:])[:200]!r} is no file in {file.parent}. A line is: timestamp "
                "file. Copy the whole folder."
            )
        if rows and seconds <= rows[-1].seconds:
            raise InputError(
                f"{file}, line {number}: the time {words[0]} does not rise; the row before is of {rows[-1].seconds:.6f} s. "
                "Sort the lines by time, each time once."
            )
        rows.append(Row(seconds, path))
    return rows


def read_trajectory(file: Path) -> Trajectory:
    """The poses of a `groundtruth.txt`, by rising time. Raises InputError for a line that is no pose."""
    rows = []
    for number, words in _lines(file):
        row = _numbers(words, file, number)
        if len(row) != 8 or not 0.99 < np.linalg.norm(row[4:]) < 1.01:
            raise InputError(
                f"{file}, line {number}: {' '.join(words)[:200]!r} is no pose. A line is: timestamp tx ty tz qx qy qz qw, "
                "with a quaternion of length 1."
            )
        rows.append(row)
    table = np.array(rows)
    _, once = np.unique(table[:, 0], return_index=True)
    table = table[once]
    return Trajectory(table[:, 0], table[:, 1:4], Rotation.from_quat(table[:, 4:]))


def _lines(file: Path) -> Iterator[tuple[int, list[str]]]:
    """The words of each line that is no comment, with its number from 1; at least one line."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise InputError(
            f"There is no file {file}. Copy the whole recording, or name its images alone: '{file.parent}/rgb/*.png'."
        ) from None
    except (OSError, UnicodeDecodeError) as problem:
        raise InputError(f"{file} cannot be read: {problem}.") from None
    rows = [(k, line.split()) for k, line in enumerate(text.splitlines(), 1) if line.strip() and line[0] != "#"]
    if not rows:
        raise InputError(f"{file} lists nothing. Copy the whole recording.")
    yield from rows


def _numbers(words: Sequence[str], file: Path, number: int) -> list[float]:
    try:
        values = [float(word) for word in words]
    except ValueError:
        values = []
    if not values or not np.isfinite(values).all():
        raise InputError(f"{file}, line {number}: {' '.join(words)[:200]!r} holds what is no finite number.")
    return values
