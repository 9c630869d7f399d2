"""A made-up room with exact answers: two boxes on the floor, seen by posed pinhole cameras."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spatial_agent import wire
from spatial_agent.errors import ToolError
from spatial_agent.frames import Intrinsics, unproject
from spatial_agent.inside.images import InputImages

SIZE = (160, 120)
CAMERA = Intrinsics(120.0, 120.0, 79.5, 59.5, *SIZE)
ROOM = (np.array([-3.0, 0.0, -4.0]), np.array([3.0, 2.6, 3.0]))
BOXES = {
    "red box": (np.array([-1.3, 0.0, -2.6]), np.array([-0.5, 0.8, -2.0])),
    "blue box": (np.array([0.6, 0.0, -3.2]), np.array([1.4, 1.2, -2.6])),
}
COLOURS = np.array([[205, 198, 186], [190, 60, 52], [58, 92, 180]], dtype=np.float64)
FRAMES = (0, 10, 20)
GRAVITY = wire.Gravity("given", 1.0, True, "given by the room")
T_INPUT_WORLD = np.array([[0.0, 0, 1, 2], [1, 0, 0, -1], [0, 1, 0, 0.5], [0, 0, 0, 1]])


def look_at(position: Sequence[float], target: Sequence[float]) -> NDArray[np.float64]:
    """Camera-to-world pose of a level camera at `position` that looks at `target`."""
    eye = np.array(position, dtype=np.float64)
    forward = np.array(target) - eye
    forward /= np.linalg.norm(forward)
    right = np.cross(forward, [0.0, 1.0, 0.0])
    right /= np.linalg.norm(right)
    pose = np.eye(4)
    pose[:3, :3] = np.stack([right, np.cross(forward, right), forward], axis=1)
    pose[:3, 3] = eye
    return pose


@dataclass
class Scene:
    """A `Host` that answers from the room itself; `asked` holds every request."""

    frames: tuple[int, ...] = FRAMES
    videos: int = 1
    asked: list[wire.Request] = field(default_factory=list)
    scale: Any = "measured"
    answer: str = "120 300 480 700"
    sizes: dict[int, tuple[int, int]] = field(default_factory=dict)
    """Sizes of frames that are not of `SIZE`."""
    sky: bool = False
    """True: the room has no ceiling, and depth there is rubbish."""
    gravity: wire.Gravity = GRAVITY

    def size(self, frame: int) -> tuple[int, int]:
        """(width, height) of a frame."""
        return self.sizes.get(frame, SIZE)

    def camera(self, frame: int) -> Intrinsics:
        """The same lens for every frame: 67 degrees across the longer side."""
        width, height = self.size(frame)
        focal = CAMERA.fx / SIZE[0] * max(width, height)
        return Intrinsics(focal, focal, (width - 1) / 2, (height - 1) / 2, width, height)

    def pose(self, frame: int) -> NDArray[np.float64]:
        """The camera goes from left to right and keeps looking to the far wall."""
        along = self.frames.index(frame) / max(1, len(self.frames) - 1)
        return look_at((along * 1.2 - 0.4, 1.5, 2.2 - 0.4 * along), (along * 1.2 - 0.4, 1.1, -3.0))

    def video(self, frames: tuple[int, ...] | None = None, *, photos: bool = False) -> wire.Video:
        """The record that the kernel gets."""
        chosen = self.frames if frames is None else frames
        times = None if photos else tuple(frame / 10 for frame in chosen)
        return wire.Video(chosen, tuple(map(self.size, chosen)), times, None if photos else 10.0, not photos)

    def inputs(self, number: int = 1) -> InputImages:
        """InputImages of one of the videos (all show the same room)."""
        return InputImages(self, number, self.video(), several=self.videos > 1)

    def trace(self, frame: int) -> tuple[NDArray[np.float32], NDArray[np.uint8], NDArray[np.uint8]]:
        """Exact depth (H, W), object numbers (H, W) and colours (H, W, 3) of one frame."""
        pose, camera = self.pose(frame), self.camera(frame)
        v, u = np.mgrid[0 : camera.height, 0 : camera.width]
        rays = np.stack([(u - camera.cx) / camera.fx, (v - camera.cy) / camera.fy, np.ones(u.shape)], -1)
        rays = rays @ pose[:3, :3].T
        depth = _slabs(pose[:3, 3], rays, ROOM)[1]
        ids = np.zeros(depth.shape, dtype=np.uint8)
        for number, box in enumerate(BOXES.values(), 1):
            near, far = _slabs(pose[:3, 3], rays, box)
            hit = (near < far) & (near > 0) & (near < depth)
            depth, ids = np.where(hit, near, depth), np.where(hit, np.uint8(number), ids)
        shade = 0.55 + 0.45 * np.sin(3 * (pose[:3, 3] + rays * depth[..., None])).mean(axis=-1, keepdims=True) ** 2
        return depth.astype(np.float32), ids, (COLOURS[ids] * shade).astype(np.uint8)

    def ask(self, request: wire.Request) -> tuple[wire.Result, tuple[NDArray[Any], ...]]:
        """Answer a request exactly."""
        self.asked.append(request)
        match request:
            case wire.GetFrame(frame=frame):
                return _pixels(self.trace(frame)[2])
            case wire.GetReference(position=position):
                return _pixels(np.full((20, 30, 3), 40 * position, dtype=np.uint8))
            case wire.Reconstruct(frames=frames):
                return self._geometry(frames)
            case wire.AskModel():
                return wire.Text(self.answer), ()
            case wire.AskModels(questions=questions):
                return wire.Texts((self.answer,) * len(questions)), ()
            case wire.SegmentText(frames=frames, prompts=prompts):
                return self._masks(frames, [self._named(prompt) for prompt in prompts])
            case wire.SegmentPoints(frames=frames, prompt_frame=frame, objects=objects):
                ids = self.trace(frame)[1]
                return self._masks(frames, [[int(ids[round(o[0][1]), round(o[0][0])])] for o in objects])
            case wire.SegmentBoxes(frames=frames, prompt_frame=frame, boxes=boxes):
                ids = self.trace(frame)[1]
                return self._masks(frames, [[_fills(ids, box)] for box in boxes])
        raise ToolError(f"the scene cannot answer {request!r}")

    @staticmethod
    def _named(prompt: str) -> list[int]:
        return [number for number, name in enumerate(BOXES, 1) if prompt in name]

    def ceiling(self, frame: int) -> NDArray[np.bool_]:
        """(H, W) where the ceiling is seen, or the sky if there is none."""
        depth = self.trace(frame)[0]
        v, u = np.mgrid[0 : depth.shape[0], 0 : depth.shape[1]]
        points = unproject(np.stack([u, v], -1), depth, self.camera(frame), self.pose(frame))
        above: NDArray[np.bool_] = points[..., 1] > ROOM[1][1] - 1e-3
        return above

    def _geometry(self, frames: tuple[int, ...]) -> tuple[wire.Result, tuple[NDArray[Any], ...]]:
        depths = [(self.trace(frame)[0] * 1000).round().astype(np.uint16) for frame in frames]
        levels = [np.full(depth.shape, 255, dtype=np.uint8) for depth in depths]
        above = [self.ceiling(frame) if self.sky else np.zeros(0, dtype=bool) for frame in frames]
        for depth, level, sky in zip(depths, levels, above, strict=True):
            depth[:4, :4] = 0
            level[:, -8:] = 25
            if self.sky:
                depth[sky] = 65535
        arrays = tuple(np.concatenate([part.ravel() for part in parts]) for parts in (depths, levels, above))
        result = wire.Geometry(
            frames=frames,
            sizes=tuple(map(self.size, frames)),
            depth=wire.Array(0, "uint16", arrays[0].shape),
            depth_scale=0.001,
            confidence=wire.Array(1, "uint8", arrays[1].shape),
            sky=wire.Array(2, "bool", arrays[2].shape) if self.sky else None,
            intrinsics=tuple((k.fx, k.fy, k.cx, k.cy) for k in map(self.camera, frames)),
            T_world_cam=tuple(tuple(self.pose(frame).ravel().tolist()) for frame in frames),
            T_input_world=tuple(T_INPUT_WORLD.ravel().tolist()),
            scale=self.scale,
            origin="computed from the made-up room",
            gravity=self.gravity,
        )
        return result, arrays

    def _masks(self, frames: tuple[int, ...], found: list[list[int]]) -> tuple[wire.Result, tuple[NDArray[Any], ...]]:
        slots = [(prompt, number) for prompt, numbers in enumerate(found) for number in (numbers or [0])]
        ids = [self.trace(frame)[1] for frame in frames]
        bits = [np.packbits(((one == number) & (number > 0)).ravel()) for one in ids for _, number in slots]
        packed = np.concatenate(bits)
        scores = tuple(0.0 if number == 0 else 1.0 - 0.1 * number for _, number in slots)
        result = wire.Masks(
            frames=frames,
            prompts=tuple(prompt for prompt, _ in slots),
            scores=scores,
            sizes=tuple(map(self.size, frames)),
            packed=wire.Array(0, "uint8", packed.shape),
        )
        return result, (packed,)


def _slabs(
    eye: NDArray[np.float64], rays: NDArray[np.float64], box: tuple[NDArray[np.float64], NDArray[np.float64]]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Where each ray enters and leaves an axis-parallel box, in multiples of the ray."""
    with np.errstate(divide="ignore"):
        a, b = (box[0] - eye) / rays, (box[1] - eye) / rays
    return np.minimum(a, b).max(axis=-1), np.maximum(a, b).min(axis=-1)


def _fills(ids: NDArray[np.uint8], box: tuple[float, float, float, float]) -> int:
    """The object that overlaps the box best."""
    inside = np.zeros(ids.shape, dtype=bool)
    inside[round(box[1]) : round(box[3]), round(box[0]) : round(box[2])] = True
    overlap = [0.2] + [float((inside & (ids == n)).sum() / (inside | (ids == n)).sum()) for n in (1, 2)]
    return int(np.argmax(overlap))


def _pixels(array: NDArray[np.uint8]) -> tuple[wire.Result, tuple[NDArray[Any], ...]]:
    array.flags.writeable = False
    return wire.Pixels(wire.Array(0, "uint8", array.shape)), (array,)
