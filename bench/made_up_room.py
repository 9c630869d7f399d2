"""A made-up room as a tool sees it: three boxes between four walls, 64 frames of a camera that goes along them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spatial_agent import wire
from spatial_agent.frames import Intrinsics
from spatial_agent.inside.images import InputImages
from spatial_agent.inside.masks import PerFrameMask
from spatial_agent.inside.tools.reconstruct import Reconstruct, Reconstruction
from spatial_agent.inside.tools.sam3 import SAM3

FRAMES, WIDTH, HEIGHT = 64, 768, 576
CAMERA = Intrinsics(560.0, 560.0, 383.5, 287.5, WIDTH, HEIGHT)
Corners = tuple[tuple[float, float, float], tuple[float, float, float]]
ROOM: Corners = ((-3.0, 0.0, -4.0), (3.0, 2.6, 3.0))
BOXES: dict[str, Corners] = {
    "red box": ((-1.9, 0.0, -2.6), (-0.9, 0.9, -1.9)),
    "green box": ((-0.3, 0.0, -3.4), (0.5, 1.6, -2.8)),
    "blue box": ((1.2, 0.0, -2.9), (2.2, 1.2, -2.2)),
}
COLOURS = np.array([[205, 198, 186], [190, 60, 52], [70, 150, 80], [58, 92, 180]], dtype=np.uint8)


def pose(frame: int) -> NDArray[np.float64]:
    """The camera of a frame, level: it goes to the right and turns a little."""
    along = frame / (FRAMES - 1)
    turn = 0.3 - 0.6 * along
    matrix = np.eye(4)
    matrix[:3, 0] = np.cos(turn), 0, -np.sin(turn)
    matrix[:3, 1] = 0, -1, 0
    matrix[:3, 2] = -np.sin(turn), 0, -np.cos(turn)
    matrix[:3, 3] = 1.6 * along - 0.8, 1.4, 2.2
    return matrix


def trace(frame: int) -> tuple[NDArray[np.uint16], NDArray[np.uint8]]:
    """Depth in millimetres and object numbers of one frame."""
    v, u = np.mgrid[0:HEIGHT, 0:WIDTH]
    eye = pose(frame)[:3, 3]
    rays = np.stack([(u - CAMERA.cx) / CAMERA.fx, (v - CAMERA.cy) / CAMERA.fy, np.ones(u.shape)], -1)
    rays = rays @ pose(frame)[:3, :3].T
    depth, numbers = crossed(eye, rays, ROOM)[1], np.zeros(u.shape, dtype=np.uint8)
    for number, box in enumerate(BOXES.values(), 1):
        near, far = crossed(eye, rays, box)
        hit = (near < far) & (near > 0) & (near < depth)
        depth[hit], numbers[hit] = near[hit], number
    return (depth * 1000).round().astype(np.uint16), numbers


def crossed(eye: NDArray[Any], rays: NDArray[Any], box: Corners) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Where each ray enters and leaves an upright box, in multiples of the ray."""
    with np.errstate(divide="ignore", invalid="ignore"):
        a, b = (np.array(box[0]) - eye) / rays, (np.array(box[1]) - eye) / rays
    return np.minimum(a, b).max(axis=-1), np.maximum(a, b).min(axis=-1)


def make(folder: Path) -> None:
    """Write depth and object numbers of all frames."""
    depth, numbers = zip(*map(trace, range(FRAMES)), strict=True)
    np.save(folder / "depth.npy", np.stack(depth))
    np.save(folder / "numbers.npy", np.stack(numbers))


class Room:
    """Answers what tools ask for, from the files."""

    def __init__(self, folder: Path) -> None:
        self.depth = np.load(folder / "depth.npy", mmap_mode="r")
        self.numbers = np.load(folder / "numbers.npy", mmap_mode="r")
        frames = tuple(range(FRAMES))
        video = wire.Video(frames, ((WIDTH, HEIGHT),) * FRAMES, tuple(f / 2 for f in frames), 2.0, True)
        self.images = InputImages(self, 1, video)

    def ask(self, request: wire.Request) -> tuple[wire.Result, tuple[NDArray[Any], ...]]:
        """What the agent process would send."""
        match request:
            case wire.GetFrame(frame=frame):
                return wire.Pixels(wire.Array(0, "uint8", (HEIGHT, WIDTH, 3))), (COLOURS[self.numbers[frame]],)
            case wire.Reconstruct(frames=frames):
                return self._geometry(frames)
            case wire.SegmentText(frames=frames, prompts=prompts):
                wanted = [list(BOXES).index(prompt) + 1 for prompt in prompts]
                flat = [np.packbits(self.numbers[f].reshape(-1) == number) for f in frames for number in wanted]
                packed = np.concatenate(flat)
                size = wire.Array(0, "uint8", packed.shape)
                sizes = ((WIDTH, HEIGHT),) * len(frames)
                return wire.Masks(frames, tuple(range(len(wanted))), (0.9,) * len(wanted), sizes, size), (packed,)
        raise NotImplementedError(f"this room cannot answer {request!r}")

    def _geometry(self, frames: tuple[int, ...]) -> tuple[wire.Result, tuple[NDArray[Any], ...]]:
        depth = self.depth[list(frames)] if len(frames) < FRAMES else self.depth
        result = wire.Geometry(
            frames=frames,
            sizes=((WIDTH, HEIGHT),) * len(frames),
            depth=wire.Array(0, "uint16", (depth.size,)),
            depth_scale=0.001,
            confidence=None,
            sky=None,
            intrinsics=((CAMERA.fx, CAMERA.fy, CAMERA.cx, CAMERA.cy),) * len(frames),
            T_world_cam=tuple(tuple(pose(frame).ravel().tolist()) for frame in frames),
            T_input_world=tuple(np.eye(4).ravel().tolist()),
            scale="measured",
            origin="computed from the made-up room",
            gravity=wire.Gravity("given", 1.0, True, "given by the room"),
        )
        return result, (depth.reshape(-1),)

    def reconstruction(self) -> Reconstruction:
        """Of all frames."""
        return Reconstruct(self, FRAMES)(self.images)

    def masks(self) -> PerFrameMask:
        """Of the three boxes in all frames."""
        return SAM3(self, [self.images], FRAMES).segment_video_by_text(list(BOXES))
