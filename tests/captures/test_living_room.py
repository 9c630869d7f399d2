"""Laws that the shipped capture `living_room` keeps, checked on its files alone."""

import json
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage
from scipy.spatial import cKDTree

Floats = NDArray[np.float64]
CAPTURE = Path(__file__).parents[2] / "spatial_agent" / "captures" / "living_room"
FRAMES = 24
ROUNDING = 0.001
"""Metres; the depth images count millimetres, which unprojects to at most 0.7 mm."""


@dataclass(frozen=True)
class Frame:
    depth: Floats
    """Metres along the camera's z, (h, w); 0 is unknown."""
    ids: NDArray[np.uint8]
    T_world_cam: Floats
    """Camera to world, (4, 4), OpenCV axes."""

    def mask(self, number: int) -> NDArray[np.bool_]:
        """Pixels of an instance whose depth is known."""
        known: NDArray[np.bool_] = (self.ids == number) & (self.depth > 0)
        return known


@dataclass(frozen=True)
class Capture:
    transforms: dict[str, Any]
    scene: dict[str, Any]
    frames: list[Frame]

    def find(self, label: str) -> dict[str, Any]:
        """The only object of scene.json with this label."""
        (found,) = [item for item in self.scene["objects"] if item["label"] == label]
        return dict(found)

    def points(self, frame: Frame, shift: tuple[float, float] = (0.0, 0.0)) -> Floats:
        """World points of all pixel centres, (h, w, 3); `shift` moves the principal point, in pixels."""
        t = self.transforms
        v, u = np.mgrid[0 : t["h"], 0 : t["w"]].astype(float)
        x = (u + 0.5 - t["cx"] - shift[0]) / t["fl_x"] * frame.depth
        y = (v + 0.5 - t["cy"] - shift[1]) / t["fl_y"] * frame.depth
        local = np.stack([x, y, frame.depth], axis=-1)
        world: Floats = local @ frame.T_world_cam[:3, :3].T + frame.T_world_cam[:3, 3]
        return world


@pytest.fixture(scope="module")
def capture() -> Capture:
    transforms = json.loads((CAPTURE / "transforms.json").read_text())
    scene = json.loads((CAPTURE / "scene.json").read_text())
    frames = []
    for record in transforms["frames"]:
        depth = np.asarray(Image.open(CAPTURE / record["depth_file_path"]))
        ids = np.asarray(Image.open(CAPTURE / record["instance_file_path"]))
        pose = np.array(record["transform_matrix"]) @ np.diag([1.0, -1.0, -1.0, 1.0])
        frames.append(Frame(depth * transforms["depth_unit_scale_factor"], ids, pose))
    return Capture(transforms, scene, frames)


def test_the_listed_files_are_the_files_there(capture: Capture) -> None:
    listed = {"transforms.json", "scene.json", "questions.json"}
    for record in capture.transforms["frames"]:
        for key, mode in (("file_path", "RGB"), ("depth_file_path", "I;16"), ("instance_file_path", "L")):
            listed.add(record[key])
            with Image.open(CAPTURE / record[key]) as image:
                assert (image.mode, image.size) == (mode, (capture.transforms["w"], capture.transforms["h"]))
    found = {path.relative_to(CAPTURE).as_posix() for path in CAPTURE.rglob("*.*")}
    assert found == listed
    assert len(capture.frames) == FRAMES


def test_it_is_small_enough_to_ship() -> None:
    assert sum(path.stat().st_size for path in CAPTURE.rglob("*.*")) < 5_000_000


def test_the_camera_walks_upright_through_the_room(capture: Capture) -> None:
    poses = np.array([frame.T_world_cam for frame in capture.frames])
    rotations, eyes = poses[:, :3, :3], poses[:, :3, 3]
    np.testing.assert_allclose(rotations @ rotations.swapaxes(1, 2), np.tile(np.eye(3), (FRAMES, 1, 1)), atol=1e-7)
    assert np.all(np.linalg.det(rotations) > 0)
    assert np.all(rotations[:, 2, 1] < -0.9), "image rows must run down in the world"
    low, high = (np.array(capture.scene["room"][end]) for end in ("min", "max"))
    assert np.all((eyes > low + 0.5) & (eyes < high - 0.5))
    steps = np.linalg.norm(np.diff(eyes, axis=0), axis=1)
    assert steps.min() > 0.08 and steps.max() < 0.30
    assert min(frame.depth[frame.depth > 0].min() for frame in capture.frames) > 0.5
    times = [record["timestamp"] for record in capture.transforms["frames"]]
    np.testing.assert_allclose(times, np.arange(FRAMES) / capture.transforms["fps"])


def off_plane(capture: Capture, shift: tuple[float, float] = (0.0, 0.0)) -> tuple[float, float]:
    """The largest distance in metres of a floor pixel from z = 0, and of a wall pixel from its wall."""
    width, depth, _ = capture.scene["room"]["max"]
    floor = capture.find("floor")["id"]
    walls = [item["id"] for item in capture.scene["objects"] if item["label"] == "wall"]
    worst_floor, worst_wall = 0.0, 0.0
    for frame in capture.frames:
        points = capture.points(frame, shift)
        heights = points[frame.mask(floor), 2] - capture.transforms["floor"]
        worst_floor = max(worst_floor, float(np.abs(heights).max(initial=0)))
        x, y = points[np.isin(frame.ids, walls)][:, :2].T
        nearest = np.min(np.abs([x, x - width, y, y - depth]), axis=0)
        worst_wall = max(worst_wall, float(nearest.max(initial=0)))
    return worst_floor, worst_wall


def test_floor_and_walls_are_where_they_should_be(capture: Capture) -> None:
    assert max(off_plane(capture)) < ROUNDING


def test_half_a_pixel_would_show(capture: Capture) -> None:
    """The law above can fail: a principal point that is half a pixel off breaks it, in either direction."""
    assert off_plane(capture, (0.5, 0.0))[1] > 2 * ROUNDING
    assert off_plane(capture, (0.0, 0.5))[0] > 2 * ROUNDING


def test_every_visible_pixel_lies_in_its_objects_box(capture: Capture) -> None:
    objects = capture.scene["objects"]
    numbers = [item["id"] for item in objects]
    low = np.array([item["box"]["min"] for item in objects]) - 0.002
    high = np.array([item["box"]["max"] for item in objects]) + 0.002
    for frame in capture.frames:
        points = capture.points(frame)
        ids = np.where(frame.depth > 0, frame.ids, 0)
        seen = np.isin(numbers, ids)
        shown = np.array(numbers)[seen]
        for axis in range(3):
            least = ndimage.minimum(points[..., axis], ids, shown)
            most = ndimage.maximum(points[..., axis], ids, shown)
            assert np.all(np.array(least) >= low[seen, axis]) and np.all(np.array(most) <= high[seen, axis])


def test_ids_are_named_and_pixels_are_counted(capture: Capture) -> None:
    for item in capture.scene["objects"]:
        named = capture.transforms["instances"][str(item["id"])]
        assert named == {"label": item["label"], "synonyms": item["synonyms"]}
        counts = {str(k): int((f.ids == item["id"]).sum()) for k, f in enumerate(capture.frames)}
        assert item["frames"] == {k: n for k, n in counts.items() if n}
    shown = {int(n) for frame in capture.frames for n in np.unique(frame.ids)} - {0}
    assert shown <= {int(n) for n in capture.transforms["instances"]}


def test_only_the_view_outside_has_no_depth(capture: Capture) -> None:
    (outside,) = [int(k) for k, v in capture.transforms["instances"].items() if v["label"] == "outside"]
    for frame in capture.frames:
        np.testing.assert_array_equal(frame.depth == 0, (frame.ids == outside) | (frame.ids == 0))


def test_two_frames_agree_about_the_depth(capture: Capture) -> None:
    first, second = capture.frames[0], capture.frames[1]
    t = capture.transforms
    points = capture.points(first)[first.depth > 0]
    x, y, z = ((points - second.T_world_cam[:3, 3]) @ second.T_world_cam[:3, :3]).T
    ahead = z > 0.1
    u = np.floor(x[ahead] / z[ahead] * t["fl_x"] + t["cx"]).astype(int)
    v = np.floor(y[ahead] / z[ahead] * t["fl_y"] + t["cy"]).astype(int)
    inside = (u >= 0) & (u < t["w"]) & (v >= 0) & (v < t["h"])
    there, expected = second.depth[v[inside], u[inside]], z[ahead][inside]
    assert len(expected) > 100_000
    assert np.mean(np.abs(there - expected) < 0.01) > 0.9


def distance(capture: Capture, a: str, b: str) -> dict[str, Any]:
    pair = {capture.find(a)["id"], capture.find(b)["id"]}
    (row,) = [row for row in capture.scene["distances"] if {row["a"], row["b"]} == pair]
    return dict(row)


def test_heater_and_door_are_90_cm_apart(capture: Capture) -> None:
    row = distance(capture, "radiator heater", "door")
    assert row["closest"] == pytest.approx(0.900, abs=0.002)
    assert 1.45 < row["centroids"] < 1.60
    apart = np.linalg.norm(np.subtract(row["point_a"], row["point_b"]))
    assert apart == pytest.approx(row["closest"], abs=2e-4)


def test_their_distance_can_be_measured_from_frames_1_and_2(capture: Capture) -> None:
    heater, door = (capture.find(label)["id"] for label in ("radiator heater", "door"))
    on_heater = capture.points(capture.frames[1])[capture.frames[1].mask(heater)]
    on_door = capture.points(capture.frames[2])[capture.frames[2].mask(door)]
    assert min(len(on_heater), len(on_door)) > 5_000
    nearest = np.min(cKDTree(on_door).query(on_heater)[0])
    assert 0.88 < nearest < 0.94


def is_whole(frame: Frame, number: int) -> bool:
    """Whether an instance is in sight and does not touch the image's border."""
    shown = frame.ids == number
    border = shown[0].any() or shown[-1].any() or shown[:, 0].any() or shown[:, -1].any()
    return bool(shown.any() and not border)


def test_no_frame_shows_both_of_them_whole(capture: Capture) -> None:
    heater, door = (capture.find(label)["id"] for label in ("radiator heater", "door"))
    assert is_whole(capture.frames[1], heater) and not capture.frames[1].mask(door).any()
    assert is_whole(capture.frames[2], door) and not capture.frames[2].mask(heater).any()
    assert not any(is_whole(frame, heater) and is_whole(frame, door) for frame in capture.frames)


def test_the_closest_pair_of_visible_points_is_never_closer_than_the_truth(capture: Capture) -> None:
    """Seen surfaces are parts of the exact ones, so the images can only overestimate a distance."""
    labels = ["sofa", "coffee table", "potted plant", "bookshelf", "television", "dining table"]
    clouds = {}
    for label in labels:
        number = capture.find(label)["id"]
        clouds[label] = np.concatenate([capture.points(f)[f.mask(number)][::16] for f in capture.frames])
    for a, b in pairwise(labels):
        seen = np.min(cKDTree(clouds[a]).query(clouds[b])[0])
        assert seen > distance(capture, a, b)["closest"] - 0.002


MAJOR = ["sofa", "coffee table", "floor lamp", "potted plant", "bookshelf", "dining table", "television", "sideboard"]


@pytest.mark.parametrize("label", [*MAJOR, "pouf", "clock", "window", "radiator heater"])
def test_major_objects_are_whole_in_two_frames(capture: Capture, label: str) -> None:
    number = capture.find(label)["id"]
    assert sum(is_whole(frame, number) for frame in capture.frames) >= 2


def test_labels_say_how_many_there_are(capture: Capture) -> None:
    counts = Counter(item["label"] for item in capture.scene["objects"])
    assert (counts["radiator heater"], counts["door"], counts["dining chair"], counts["picture"]) == (1, 1, 2, 5)
