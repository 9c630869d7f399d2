"""What the tools of a cell cost on a long video: 64 frames of 768 x 576 pixels, with depth, cameras and masks.

    python bench/tools.py                          a table
    python bench/tools.py --json                   one JSON object
    python bench/tools.py --only "closest points"  one figure, as in the table

The room is made up: three boxes between four walls, and a camera that goes along them; depth in millimetres (uint16), as
a kernel gets it: mapped from a file, read-only. Each figure is taken in a process of its own: median and extremes of
several runs, and how much memory the runs added at their highest (VmHWM of that process, less what it held before; what
they touch of the mapped file counts). Needs Linux.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from made_up_room import BOXES, CAMERA, FRAMES, HEIGHT, WIDTH, Room, make, pose
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from spatial_agent.frames import unproject
from spatial_agent.inside.tools.closest import closest_points
from spatial_agent.perception.gravity import world_of

POINTS = 100_000
SAMPLE = 5_000
"""Points of each set that are few enough to be compared all with all."""

Work = Callable[[], object]


def first_map(room: Room) -> Work:
    """From asking for a reconstruction to the world points of one frame."""
    return lambda: room.reconstruction().points[0]


def all_maps(room: Room) -> Work:
    """The same for every frame, one after the other, as a loop over frames has them."""

    def work() -> None:
        recon = room.reconstruction()
        for frame in recon.frame_indices:
            assert recon.points[frame].shape == (HEIGHT, WIDTH, 3)

    return work


def all_maps_held(room: Room) -> Work:
    """The plain way: the points of all frames in one array, before the first is looked at."""
    v, u = np.mgrid[0:HEIGHT, 0:WIDTH]
    grid = np.stack([u, v], axis=-1)

    def work() -> object:
        metres = room.depth.astype(np.float32) / 1000
        return np.stack([unproject(grid, metres[f], CAMERA, pose(f)).astype(np.float32) for f in range(FRAMES)])

    return work


def ground(room: Room) -> Work:
    """Up and floor fitted to depth and poses, as for an input that gives neither."""
    cameras = (CAMERA,) * FRAMES
    poses = np.stack([pose(frame) for frame in range(FRAMES)])
    return lambda: world_of(room.depth, cameras, poses, depth_scale=0.001)


def sets(room: Room, count: int) -> list[NDArray[Any]]:
    """World points of the first and the last box, so many of each."""
    recon, masks = room.reconstruction(), room.masks()
    found = []
    for name in ("red box", "blue box"):
        points = np.concatenate([masks.get_masked_points(recon, frame, name) for frame in range(0, FRAMES, 4)])
        found.append(np.random.default_rng(0).permutation(points)[:count])
        assert len(found[-1]) == count, f"the {name} has {len(points)} points only"
    return found


def closest(room: Room) -> Work:
    """The closest pair of two sets of 100,000 points."""
    first, second = sets(room, POINTS)
    return lambda: closest_points(first, second)


def closest_all_pairs(room: Room) -> Work:
    """The plain way: every distance between two sets of 5,000 points, a 400th of the pairs."""
    first, second = sets(room, SAMPLE)
    return lambda: cdist(first, second).min()


def distance(room: Room) -> Work:
    """`masks.distance` of two boxes over all frames: taking the points, cleaning them, the closest pair."""
    recon, masks = room.reconstruction(), room.masks()
    red, blue = masks.select("red box"), masks.select("blue box")
    return lambda: red.distance(blue, recon)


def bev(room: Room) -> Work:
    """A top view with three boxes and the path of the camera."""
    recon, masks = room.reconstruction(), room.masks()
    return lambda: recon.render_bev(masks)


def novel_view(room: Room) -> Work:
    """The room seen from where no camera stood."""
    recon = room.reconstruction()
    return lambda: recon.render_view()


FIGURES: dict[str, Callable[[Room], Work]] = {
    "first point map": first_map,
    "all point maps": all_maps,
    "all point maps held": all_maps_held,
    "ground fit": ground,
    "closest points": closest,
    "closest points of a sample, all pairs": closest_all_pairs,
    "distance of two masks": distance,
    "top view": bev,
    "novel view": novel_view,
}


def memory(field: str) -> float:
    """A line of this process's status in megabytes: VmRSS, what it holds now, or VmHWM, the most it has held."""
    (line,) = [row for row in Path("/proc/self/status").read_text().splitlines() if row.startswith(field)]
    return int(line.split()[1]) / 1024


def take(name: str, folder: Path, runs: int) -> dict[str, float]:
    """One figure, in this process."""
    work = FIGURES[name](Room(folder))
    ctypes.CDLL(None).malloc_trim(0)  # what was freed since must not serve the runs unseen
    Path("/proc/self/clear_refs").write_text("5")  # VmHWM counts from here
    before, taken = memory("VmRSS"), []
    for _ in range(runs):
        began = time.perf_counter()
        work()
        taken.append((time.perf_counter() - began) * 1000)
    return {
        "median_ms": statistics.median(taken),
        "min_ms": min(taken),
        "max_ms": max(taken),
        "first_ms": taken[0],
        "added_mb": memory("VmHWM") - before,
    }


def measure(names: list[str], runs: int) -> dict[str, Any]:
    """Every figure in a process of its own, and what they say together."""
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder))
        figures = {}
        for name in names:
            command = [sys.executable, __file__, "--one", name, "--folder", folder, "--runs", str(runs)]
            figures[name] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    return {
        "machine": f"{platform.machine()}, {psutil.cpu_count()} cores, Python {platform.python_version()}, "
        f"NumPy {np.__version__}",
        "load_average": round(psutil.getloadavg()[0], 2),
        "input": f"{FRAMES} frames, {WIDTH} x {HEIGHT}, {len(BOXES)} objects",
        "runs": runs,
        "figures": figures,
        "ratios": ratios(figures),
    }


def ratios(figures: dict[str, Any]) -> dict[str, float]:
    """How the tools compare with the plain way, where both were measured."""
    found = {}
    if {"first point map", "all point maps", "all point maps held"} <= figures.keys():
        held = figures["all point maps held"]
        found["held over one by one, memory"] = held["added_mb"] / figures["all point maps"]["added_mb"]
        found["held over one by one, time"] = held["median_ms"] / figures["all point maps"]["median_ms"]
        found["held over first map, time"] = held["median_ms"] / figures["first point map"]["median_ms"]
    if {"closest points", "closest points of a sample, all pairs"} <= figures.keys():
        pairs = figures["closest points of a sample, all pairs"]["median_ms"] * (POINTS / SAMPLE) ** 2
        found["all pairs (from the sample) over closest points, time"] = pairs / figures["closest points"]["median_ms"]
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--only", choices=FIGURES, help="measure this figure only")
    parser.add_argument("--runs", type=int, default=5, help="runs of each figure (default 5)")
    parser.add_argument("--one", choices=FIGURES, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(take(arguments.one, arguments.folder, arguments.runs)))
        return
    found = measure([arguments.only] if arguments.only else list(FIGURES), arguments.runs)
    print(json.dumps(found, indent=2) if arguments.json else table(found))


def table(found: dict[str, Any]) -> str:
    """The figures in rows."""
    rows = [f"{found['machine']}; load {found['load_average']}; {found['input']}; {found['runs']} runs"]
    for name, one in found["figures"].items():
        times = f"{one['median_ms']:9.1f} ms ({one['min_ms']:.1f} to {one['max_ms']:.1f})"
        rows.append(f"{name:40} {times:34} {one['added_mb']:8.1f} MB")
    return "\n".join([*rows, *(f"{name:56} {ratio:8.1f}" for name, ratio in found["ratios"].items())])


if __name__ == "__main__":
    main()
