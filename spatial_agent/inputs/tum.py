"""A folder of the TUM RGB-D benchmark, or in its layout (ETH3D SLAM and others): colour, depth and poses by time.

`rgb.txt` and `depth.txt` list "timestamp file" and `groundtruth.txt` "timestamp tx ty tz qx qy qz qw": the pose of the
colour camera's optical centre in the frame of the motion capture system (Sturm et al., A benchmark for the evaluation of
RGB-D SLAM systems, IROS 2012). Depth is 16 bits, 5000 to the metre, 0 where unknown, and registered to colour 1:1.

A colour image is a frame if depth and a pose lie within 0.02 s of it; its number is its place in `rgb.txt`. The direction
of gravity and the floor are not part of the format, so they are unknown.

Lenses. The published calibrations of freiburg1 and freiburg2 have distortion: at half the way to a corner it moves a pixel
by 2 %. Depth lies pixel on pixel over the distorted colour, so both are straightened alike, colour bilinear, depth by the
nearest pixel; then the published pinhole holds for both. ORB-SLAM2 (Mur-Artal and Tardos, T-RO 2017) uses these values in
the same sense, point by point. The benchmark's authors advise the simpler way, a pinhole of 525 525 319.5 239.5 without
straightening; a `calibration.txt` with these four numbers does that. freiburg3 is straightened already.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from spatial_agent.errors import InputError
from spatial_agent.frames import Frames, Intrinsics, Rgb, Sensor, fit_size
from spatial_agent.inputs.lens import Distortion, lens, straighten_colour, straighten_plane
from spatial_agent.inputs.pictures import (
    check_sixteen_bits,
    check_unturned,
    of_frame,
    read_plane,
    read_rgb,
    resized,
    upright_size,
)
from spatial_agent.inputs.trajectory import pair, read_listing, read_trajectory

MAX_GAP = 0.02
"""Seconds between things that are taken to belong together; the benchmark's own tools use the same."""
DEPTH_SCALE = 1 / 5000
CALIBRATION = "calibration.txt"
_LINE = "fx fy cx cy, or fx fy cx cy d0 d1 d2 d3 [d4]"
_NO_LENS: Distortion = (0.0, 0.0, 0.0, 0.0, 0.0)
PUBLISHED: dict[str, tuple[tuple[float, float, float, float], Distortion]] = {
    "1": ((517.3, 516.5, 318.6, 255.3), (0.2624, -0.9531, -0.0054, 0.0026, 1.1633)),
    "2": ((520.9, 521.0, 325.1, 249.7), (0.2312, -0.7849, -0.0033, -0.0001, 0.9172)),
    "3": ((535.4, 539.2, 320.1, 247.6), _NO_LENS),
}
"""fx fy cx cy and d0 ... d4 of the colour cameras freiburg1, 2 and 3, for 640 x 480 pixels, from the benchmark's page."""
PUBLISHED_SIZE = (640, 480)


class Shot(NamedTuple):
    """A frame: colour, depth and the pose of the camera."""

    colour: Path
    depth: Path
    seconds: float
    T_input_cam: NDArray[np.float64]


def is_tum(folder: Path) -> bool:
    """Say whether a folder lists colour and depth images in the benchmark's way."""
    return (folder / "rgb.txt").is_file() and (folder / "depth.txt").is_file()


def open_tum(folder: Path, *, long_edge: int) -> Frames:
    """The frames of a folder that have depth and a pose. Raises InputError, naming file and line."""
    shots = _shots(folder)
    indices = tuple(shots)
    sizes = {upright_size(path) for shot in shots.values() for path in (shot.colour, shot.depth)}
    if len(sizes) > 1:
        raise InputError(
            f"{folder}: images and depth maps have several sizes ({', '.join(f'{w} x {h}' for w, h in sorted(sizes))}). "
            "They must lie pixel on pixel; keep one size."
        )
    (native,) = sizes
    for shot in shots.values():
        check_unturned(shot.colour)
        check_unturned(shot.depth)
        check_sixteen_bits(shot.depth)
    camera, distortion = _camera(folder, native)
    through = lens(camera, distortion) if any(distortion) else None
    size = fit_size(native, long_edge)
    start = shots[indices[0]].seconds
    times = tuple(shot.seconds - start for shot in shots.values())

    @lru_cache(maxsize=32)
    def pixels(index: int) -> Rgb:
        with of_frame(index):
            colour = read_rgb(shots[index].colour, native)
        return resized(colour if through is None else straighten_colour(colour, through), size)

    @lru_cache(maxsize=64)
    def depth(index: int) -> NDArray[Any]:
        with of_frame(index):
            plane = read_plane(shots[index].depth)
        return plane if through is None else straighten_plane(plane, through)

    return Frames(
        name=folder.name,
        kind="video",
        indices=indices,
        sizes=(size,) * len(indices),
        pixels=pixels,
        times=times,
        fps=_rate(times),
        sensor=Sensor(
            depth=depth,
            depth_scale=DEPTH_SCALE,
            intrinsics=lambda _: camera,
            T_input_cam=lambda index: shots[index].T_input_cam,
            origin="depth measured by the capture's RGB-D camera, poses from its groundtruth.txt",
        ),
    )


def _shots(folder: Path) -> dict[int, Shot]:
    """By place in rgb.txt: the colour images that have depth and a pose."""
    colour, depth = read_listing(folder / "rgb.txt"), read_listing(folder / "depth.txt")
    trajectory = read_trajectory(folder / "groundtruth.txt")
    partners = pair([row.seconds for row in colour], [row.seconds for row in depth], MAX_GAP)
    poses = {index: pose for index in partners if (pose := trajectory.pose(colour[index].seconds, MAX_GAP)) is not None}
    if 2 * len(poses) < len(colour):
        raise InputError(
            f"{folder}: of {len(colour)} images in rgb.txt, {len(partners)} have one of the {len(depth)} depth maps within "
            f"{MAX_GAP:g} s, and {len(poses)} a pose of groundtruth.txt as well. The times of the three files are of "
            f"different clocks or recordings: they begin at {colour[0].seconds:.3f}, {depth[0].seconds:.3f} and "
            f"{trajectory.seconds[0]:.3f} s. Shift them to one clock, or name the images alone: '{folder}/rgb/*.png'."
        )
    return {
        index: Shot(colour[index].file, depth[partners[index]].file, colour[index].seconds, poses[index])
        for index in sorted(poses)
    }


def _camera(folder: Path, size: tuple[int, int]) -> tuple[Intrinsics, Distortion]:
    file = folder / CALIBRATION
    known = re.search(r"freiburg([123])", folder.resolve().name)
    if file.is_file():
        (fx, fy, cx, cy), distortion = _read_calibration(file)
    elif known and size == PUBLISHED_SIZE:
        (fx, fy, cx, cy), distortion = PUBLISHED[known[1]]
    else:
        why = (
            f"its images are {size[0]} x {size[1]}, not 640 x 480"
            if known
            else "its name does not say freiburg1, 2 or 3"
        )
        raise InputError(
            f"The intrinsics of {folder} are unknown: {why}. Write them to {file} in one line, in pixels: {_LINE}, the latter "
            "with distortion; for a Kinect of the first kind: 525 525 319.5 239.5"
        )
    width, height = size
    if not (min(fx, fy) > 0 and abs(cx - width / 2) < width / 4 and abs(cy - height / 2) < height / 4):
        raise InputError(
            f"{file} gives fx fy cx cy = {fx:g} {fy:g} {cx:g} {cy:g}, which does not belong to images of {width} x {height} "
            "pixels. Scale the four numbers to that size."
        )
    return Intrinsics(fx, fy, cx, cy, width, height), distortion


def _read_calibration(file: Path) -> tuple[tuple[float, float, float, float], Distortion]:
    try:
        words = file.read_text(encoding="utf-8-sig").split()
        numbers = [float(word) for word in words]
    except (OSError, ValueError) as problem:
        raise InputError(f"{file}: {problem}. Write one line of numbers: {_LINE}.") from None
    if len(numbers) not in (4, 8, 9) or not np.isfinite(numbers).all():
        raise InputError(f"{file} holds {len(numbers)} numbers. Write 4, 8 or 9 finite ones in a line: {_LINE}.")
    fx, fy, cx, cy, k1, k2, p1, p2, k3 = [*numbers, *_NO_LENS][:9]
    return (fx, fy, cx, cy), (k1, k2, p1, p2, k3)


def _rate(times: tuple[float, ...]) -> float | None:
    """Frames per second from the usual step; frames that were left out leave longer ones."""
    steps = np.diff(times)
    return float(1 / np.median(steps)) if len(steps) and np.median(steps) > 0 else None
