"""Laws that every shipped capture keeps, checked on its files alone."""

from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from tests.captures.shipped import CAPTURES, NAMES, Capture, Floats, Frame, read

ROUNDING = 0.001
"""Metres; the depth images count millimetres, which unprojects to at most 0.7 mm."""
AGREE, THROUGH = 0.96, 0.01
"""Shares of pixels; edges and what comes out from behind something make up the rest."""


SHARED = {
    "living_room": {
        "lamp": {"floor lamp", "pendant lamp"},
        "table": {"coffee table", "dining table"},
        "vase": {"vase of flowers", "white vase"},
    }
}
"""Words for several kinds of things."""


@pytest.fixture(scope="module", params=NAMES)
def capture(request: pytest.FixtureRequest) -> Capture:
    return read(request.param)


def test_both_rooms_ship_and_are_small() -> None:
    assert NAMES == ["kitchen", "living_room"]
    assert sum(path.stat().st_size for path in CAPTURES.rglob("*.*")) < 10_000_000


def test_the_listed_files_are_the_files_there(capture: Capture) -> None:
    listed = {"transforms.json", "scene.json", "questions.json"}
    for record in capture.transforms["frames"]:
        for key, mode in (("file_path", "RGB"), ("depth_file_path", "I;16"), ("instance_file_path", "L")):
            listed.add(record[key])
            with Image.open(capture.folder / record[key]) as image:
                assert (image.mode, image.size) == (mode, (capture.transforms["w"], capture.transforms["h"]))
    assert {path.relative_to(capture.folder).as_posix() for path in capture.folder.rglob("*.*")} == listed


def test_the_camera_is_held_upright_inside_the_room(capture: Capture) -> None:
    poses = np.array([frame.T_world_cam for frame in capture.frames])
    rotations, eyes = poses[:, :3, :3], poses[:, :3, 3]
    unit = np.tile(np.eye(3), (len(poses), 1, 1))
    np.testing.assert_allclose(rotations @ rotations.swapaxes(1, 2), unit, atol=1e-7)
    assert np.all(np.linalg.det(rotations) > 0)
    assert np.all(rotations[:, 2, 1] < -0.9), "image rows must run down in the world"
    low, high = (np.array(capture.scene["room"][end]) for end in ("min", "max"))
    assert np.all((eyes > low + 0.5) & (eyes < high - 0.5))
    assert min(frame.depth[frame.depth > 0].min() for frame in capture.frames) > 0.5
    times = [record["timestamp"] for record in capture.transforms["frames"]]
    np.testing.assert_allclose(times, np.arange(len(times)) / capture.transforms["fps"])


def off_plane(capture: Capture, shift: tuple[float, float] = (0.0, 0.0)) -> tuple[float, float]:
    """The largest distance in metres of a floor pixel from z = 0, and of a wall pixel from its wall."""
    width, depth, _ = capture.scene["room"]["max"]
    floor = capture.find("floor")["id"]
    walls = [item["id"] for item in capture.every("wall")]
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
    objects = [item for item in capture.scene["objects"] if "motion" not in item]
    numbers = np.array([item["id"] for item in objects])
    low = np.array([item["box"]["min"] for item in objects]) - 2 * ROUNDING
    high = np.array([item["box"]["max"] for item in objects]) + 2 * ROUNDING
    for frame in capture.frames:
        points = capture.points(frame)
        ids = np.where(frame.depth > 0, frame.ids, 0)
        seen = np.isin(numbers, ids)
        for axis in range(3):
            least = ndimage.minimum(points[..., axis], ids, numbers[seen])
            most = ndimage.maximum(points[..., axis], ids, numbers[seen])
            assert np.all(np.array(least) >= low[seen, axis]) and np.all(np.array(most) <= high[seen, axis])


def test_ids_are_named_and_pixels_are_counted(capture: Capture) -> None:
    for item in capture.scene["objects"]:
        named = capture.transforms["instances"][str(item["id"])]
        assert named == {"label": item["label"], "synonyms": item["synonyms"]}
        counts = {str(k): int((f.ids == item["id"]).sum()) for k, f in enumerate(capture.frames)}
        assert item["frames"] == {k: n for k, n in counts.items() if n}
    shown = {int(n) for frame in capture.frames for n in np.unique(frame.ids)} - {0}
    assert shown <= {int(n) for n in capture.transforms["instances"]}


def test_a_name_means_one_kind_of_thing_or_all_that_a_person_calls_so(capture: Capture) -> None:
    meanings: dict[str, set[str]] = {}
    for named in capture.transforms["instances"].values():
        for name in (named["label"], *named["synonyms"]):
            meanings.setdefault(name, set()).add(named["label"])
    shared = {name: labels for name, labels in meanings.items() if len(labels) > 1}
    assert shared == SHARED.get(capture.folder.name, {})


def test_only_the_view_outside_has_no_depth(capture: Capture) -> None:
    (outside,) = [int(k) for k, v in capture.transforms["instances"].items() if v["label"] == "outside"]
    for frame in capture.frames:
        np.testing.assert_array_equal(frame.depth == 0, (frame.ids == outside) | (frame.ids == 0))


def carried_over(
    capture: Capture, first: Frame, second: Frame
) -> tuple[Floats, Floats, NDArray[np.uint8], NDArray[np.uint8]]:
    """What stands still in one frame, projected into another: expected and actual depth, expected and actual ids."""
    t, moving = capture.transforms, [item["id"] for item in capture.moving()]
    still = (first.depth > 0) & ~np.isin(first.ids, moving)
    ids = first.ids[still]
    x, y, z = ((capture.points(first)[still] - second.T_world_cam[:3, 3]) @ second.T_world_cam[:3, :3]).T
    ahead = z > 0.1
    x, y, z, ids = x[ahead], y[ahead], z[ahead], ids[ahead]
    u = np.floor(x / z * t["fl_x"] + t["cx"]).astype(int)
    v = np.floor(y / z * t["fl_y"] + t["cy"]).astype(int)
    inside = (u >= 0) & (u < t["w"]) & (v >= 0) & (v < t["h"])
    u, v, z, ids = u[inside], v[inside], z[inside], ids[inside]
    kept = ~np.isin(second.ids[v, u], moving) & (second.depth[v, u] > 0)
    return z[kept], second.depth[v, u][kept], ids[kept], second.ids[v, u][kept]


def test_neighbouring_frames_agree_about_what_stands_still(capture: Capture) -> None:
    for first, second in pairwise(capture.frames):
        expected, actual, ids, there = carried_over(capture, first, second)
        assert len(expected) > 40_000
        assert np.mean(np.abs(actual - expected) < 0.02) > AGREE
        assert np.mean(ids == there) > AGREE
        assert np.mean(actual > expected + 0.05) < THROUGH, "hardly anything that was seen is looked through"
