"""Writes a capture: images, depth, instance ids, transforms.json (nerfstudio's layout) and scene.json."""

import json
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import mitsuba as mi
import numpy as np
from camera import OPENGL_FROM_OPENCV, Intrinsics
from exact import look
from meshes import Array
from PIL import Image
from scene import Scene, mitsuba_description
from truth import scene_truth

mi.set_variant("llvm_ad_rgb")

FRAMES_PER_SECOND = 2.0
DEPTH_UNIT = 0.001
"""Metres per unit of the 16-bit depth images."""


def frame_files(number: int) -> dict[str, str]:
    """A frame's files relative to the capture, under their keys in transforms.json."""
    return {
        "file_path": f"images/frame_{number:05d}.jpg",
        "depth_file_path": f"depth/frame_{number:05d}.png",
        "instance_file_path": f"instances/frame_{number:05d}.png",
    }


def transforms(scene: Scene, poses: Sequence[Array], intrinsics: Intrinsics) -> dict[str, Any]:
    """The contents of transforms.json: nerfstudio's keys and, from "fps" to "instances", our own."""
    cx, cy = intrinsics.corner_principal_point
    frames = []
    for number, pose in enumerate(poses):
        matrix = np.round(pose @ OPENGL_FROM_OPENCV, 9) + 0.0
        files = frame_files(number)
        frames.append({**files, "transform_matrix": matrix.tolist(), "timestamp": number / FRAMES_PER_SECOND})
    return {
        "camera_model": "OPENCV",
        "w": intrinsics.width,
        "h": intrinsics.height,
        "fl_x": round(intrinsics.focal, 9),
        "fl_y": round(intrinsics.focal, 9),
        "cx": cx,
        "cy": cy,
        **dict.fromkeys(("k1", "k2", "p1", "p2"), 0.0),
        "fps": FRAMES_PER_SECOND,
        "kind": "video",
        "depth_unit_scale_factor": DEPTH_UNIT,
        "up": [0, 0, 1],
        "floor": 0.0,
        "source": "rendered with Mitsuba 3 (no real room)",
        "instances": {str(i.id): {"label": i.label, "synonyms": list(i.synonyms)} for i in scene.instances},
        "frames": frames,
    }


class Studio:
    """A scene loaded into Mitsuba, and the folder its frames go to."""

    def __init__(self, scene: Scene, out: Path, intrinsics: Intrinsics) -> None:
        self.scene, self.out, self.intrinsics = scene, out, intrinsics
        for folder in ("images", "depth", "instances"):
            (out / folder).mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as meshes:
            # optimize=False: merged shapes would lose the names that carry the instance ids
            self.loaded = mi.load_dict(mitsuba_description(scene, Path(meshes)), optimize=False)
        self.hidden = [i.id for i in scene.instances if i.kind == "outside"]

    def has(self, number: int) -> bool:
        """Whether all files of a frame are there."""
        return all((self.out / name).exists() for name in frame_files(number).values())

    def write_frame(self, number: int, pose: Array, samples: int) -> float:
        """Render and write one frame; returns the seconds it took."""
        from photograph import photograph  # after the variant is set

        started = time.perf_counter()
        self._show(number)
        view = look(self.loaded, pose, self.intrinsics)
        # A real sensor measures nothing through a window, so neither does this one.
        depth = np.where(np.isin(view.ids, self.hidden), 0.0, view.depth)
        colour = photograph(self.loaded, pose, self.intrinsics, samples=samples, seed=1000 + number)
        files = frame_files(number)
        millimetres = np.round(depth / DEPTH_UNIT).astype(np.uint16)
        Image.fromarray(millimetres).save(self.out / files["depth_file_path"], optimize=True)
        Image.fromarray(view.ids).save(self.out / files["instance_file_path"], optimize=True)
        Image.fromarray(colour).save(self.out / files["file_path"], quality=90)
        return time.perf_counter() - started

    def _show(self, number: int) -> None:
        """Move what moves to where it is in a frame."""
        loaded = mi.traverse(self.loaded)
        for instance in self.scene.instances:
            if instance.motion:
                for key, _, mesh in instance.in_frame(number).shapes():
                    loaded[f"{key}.vertex_positions"] = mesh.vertices.astype(np.float32).ravel()
                    loaded[f"{key}.vertex_normals"] = mesh.normals.astype(np.float32).ravel()
        loaded.update()

    def write_transforms(self, poses: Sequence[Array]) -> None:
        """transforms.json for all frames, rendered yet or not."""
        _write_json(self.out / "transforms.json", transforms(self.scene, poses, self.intrinsics))

    def write_truth(self, count: int) -> None:
        """scene.json, its visible pixels counted in the written instance images."""
        ids = {}
        for number in range(count):
            with Image.open(self.out / frame_files(number)["instance_file_path"]) as image:
                ids[number] = np.asarray(image)
        _write_json(self.out / "scene.json", scene_truth(self.scene, ids))


def _write_json(path: Path, content: dict[str, Any]) -> None:
    """One line per innermost list or record: readable, and small differences stay small."""
    lines = []
    for key, value in content.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            rows = ",\n".join("    " + json.dumps(row) for row in value)
            lines.append(f'  "{key}": [\n{rows}\n  ]')
        elif isinstance(value, dict) and value and all(isinstance(v, dict) for v in value.values()):
            rows = ",\n".join(f"    {json.dumps(k)}: {json.dumps(v)}" for k, v in value.items())
            lines.append(f'  "{key}": {{\n{rows}\n  }}')
        else:
            lines.append(f'  "{key}": {json.dumps(value)}')
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n")
