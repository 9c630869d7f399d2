"""Views of the made-up room from where its cameras stood, and from where none did."""

import re
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from spatial_agent.errors import FrameError, ToolError
from spatial_agent.inside.overlay import colour_of
from spatial_agent.inside.tools.geometry import Geometry
from spatial_agent.inside.tools.reconstruct import Reconstruct, Reconstruction
from spatial_agent.inside.tools.sam3 import SAM3
from spatial_agent.inside.visual import VisualFeedback
from tests.inside.scene import BOXES, Scene, look_at

SCENE = Scene()
IMAGES = SCENE.inputs()
RECON = Reconstruct(SCENE, 8)(IMAGES)
MASKS = SAM3(SCENE, [IMAGES], 8).segment_video_by_text(["red box", "blue box"])
SMALL = (640, 480)
UNSEEN = ((202, 202, 206), (182, 182, 188))


def pixels(view: VisualFeedback) -> NDArray[np.int16]:
    return np.asarray(view.image).astype(np.int16)


def unseen(view: VisualFeedback) -> NDArray[np.bool_]:
    shown = pixels(view)
    return np.asarray(sum((shown == colour).all(axis=-1) for colour in UNSEEN), dtype=bool)


def coverage(view: VisualFeedback) -> float:
    found = re.search(r"coverage (\d+) %", view.description)
    assert found
    return int(found[1]) / 100


def spots(view: VisualFeedback) -> dict[int, NDArray[np.float64]]:
    """Middle (x, y) of the pixels of each object: where the picture has the colour of its outline."""
    found = {}
    for number in range(2):
        rows, columns = np.nonzero((pixels(view) == colour_of(number)).all(axis=-1))
        low = columns > 0.25 * view.width  # the legend shows the colours too
        found[number] = np.array([np.median(columns[low]), np.median(rows[low])])
    return found


@pytest.mark.parametrize("sizes", [{}, {0: (90, 120), 10: (320, 240)}])
@pytest.mark.parametrize("frame", [0, 10, 20])
def test_from_a_frames_own_camera_its_pixels_are_seen_again(frame: int, sizes: dict[int, tuple[int, int]]) -> None:
    scene = Scene(sizes=sizes)
    recon = Reconstruct(scene, 8)(scene.inputs())
    view = recon.render_view(frame, cameras=False)
    assert view.size == recon.sizes[frame]
    error = np.abs(pixels(view) - scene.trace(frame)[2].astype(np.int16)).max(axis=-1)
    sure = np.asarray(recon.confidence[frame]) > 0.1
    assert sure.mean() > 0.9
    assert (error[sure] <= 1).mean() > 0.99


def test_from_another_pose_it_is_what_a_camera_there_would_see() -> None:
    eye, target = (0.5, 1.3, 1.6), (0.2, 1.0, -3.0)
    there = Scene(frames=(0,))
    there.pose = lambda frame: look_at(eye, target)  # type: ignore[method-assign]
    view = RECON.render_view(look_at(eye, target), cameras=False)
    error = np.abs(pixels(view) - there.trace(0)[2].astype(np.int16)).max(axis=-1)
    assert np.median(error[~unseen(view)]) <= 6
    assert coverage(view) > 0.8


def test_what_no_frame_saw_is_shown_and_said_to_be_unseen() -> None:
    turned = look_at((0.0, 1.5, 1.0), (0.0, 1.5, 9.0))
    view = RECON.render_view(turned, cameras=False)
    assert coverage(view) == 0
    assert unseen(view).all()
    for pose in ("top", look_at((0.5, 1.3, 1.6), (2.0, 1.0, -3.0))):
        view = RECON.render_view(pose, cameras=False)
        assert coverage(view) == pytest.approx(1 - unseen(view).mean(), abs=0.02)


def test_the_sky_is_unseen() -> None:
    scene = Scene(sky=True)
    recon = Reconstruct(scene, 8)(scene.inputs())
    view = recon.render_view(10, cameras=False)
    assert unseen(view)[scene.ceiling(10)].mean() > 0.9


def test_surfaces_seen_from_their_back_are_plain_and_named() -> None:
    low, _ = BOXES["blue box"]
    behind_the_box = look_at((1.0, 0.6, low[2] - 0.7), (1.0, 0.6, 0.0))
    view = RECON.render_view(behind_the_box, cameras=False)
    assert "surfaces seen from their back" in view.description
    assert tuple(pixels(view)[60, 80]) == (96, 104, 118)


def test_sides_are_those_of_the_first_camera() -> None:
    seen = {
        side: spots(RECON.render_view(side, MASKS, size=SMALL, cameras=False)) for side in ("top", "behind", "front")
    }
    for side in ("top", "behind"):  # red stands to the left of blue, and blue farther away
        assert seen[side][0][0] < seen[side][1][0] - 30
    assert seen["top"][1][1] < seen["top"][0][1] - 20
    assert seen["front"][0][0] > seen["front"][1][0] + 30
    right = spots(RECON.render_view("from the right", MASKS, size=SMALL, cameras=False))
    left = spots(RECON.render_view("left", MASKS, size=SMALL, cameras=False))
    assert left[0][0] > left[1][0] + 10  # seen from the left, what is near to the camera is to the right
    assert right[0][0] < right[1][0] - 10


def test_walls_and_ceiling_hide_nothing_from_afar() -> None:
    for side in ("top", "behind", "front", "left", "right"):
        view = RECON.render_view(side, MASKS, size=SMALL, cameras=False)
        assert "not in view" not in view.description


def test_cameras_are_drawn_and_numbered() -> None:
    with_cameras, without = RECON.render_view("top"), RECON.render_view("top", cameras=False)
    assert "cones are cameras with their frame numbers (0, 10, 20)" in with_cameras.description
    assert "cones" not in without.description
    assert (pixels(with_cameras) != pixels(without)).any(axis=-1).mean() > 0.001
    assert RECON.render_view().description.startswith("view of frames 0, 10, 20 from behind camera 0, looking down")


def test_masks_in_every_form() -> None:
    masks: Any
    expected = spots(RECON.render_view("top", MASKS, size=SMALL, cameras=False))
    one, two = (SAM3(SCENE, [IMAGES], 8).segment_video_by_text(name) for name in ("red box", "blue box"))
    for masks in ([one, two], {"left": one, "right": two}, [[one], None, two], [MASKS[10]]):
        found = spots(RECON.render_view("top", masks, size=SMALL, cameras=False))
        assert all(np.abs(found[number] - expected[number]).max() < 25 for number in (0, 1))
    assert "0 left: on" in RECON.render_view("top", {"left": one}).description
    assert "1 b: on" in RECON.render_view("top", MASKS, ["a", "b"]).description


def test_points_boxes_and_ways_are_drawn_where_they_are() -> None:
    low, high = BOXES["red box"]
    for thing in (list((low + high) / 2), MASKS.size(RECON), MASKS.trajectory(RECON)):
        view = RECON.render_view(10, {"it": thing}, cameras=False)
        rows, columns = np.nonzero((pixels(view) == colour_of(0)).all(axis=-1))
        pixel = RECON.project((low + high) / 2, 10)
        assert pixel is not None
        inside = columns > 45  # beside the legend
        assert np.array([np.median(columns[inside]), np.median(rows[inside])]) == pytest.approx(pixel, abs=12)
        assert "0 it: on" in view.description
    behind = RECON[10].position - RECON[10].forward
    assert "0 it: not in view" in RECON.render_view(10, {"it": behind}).description


def test_labels_that_do_not_fit_are_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    assert "0 red box: on" in RECON.render_view("top", MASKS, ["a", "b", "c"]).description
    assert "recon.render_view got 3 labels for 2 things" in capsys.readouterr().out


def test_a_picture_of_another_size_shows_the_same_and_stretches_nothing() -> None:
    small, wide = RECON.render_view(10, cameras=False), RECON.render_view(10, size=(480, 240), cameras=False)
    assert wide.size == (480, 240)
    middle = pixels(wide)[::2, 80:400:2]  # the picture itself is 320 pixels wide there
    error = np.abs(middle - pixels(small)).max(axis=-1)
    assert np.median(error) <= 4


@pytest.mark.parametrize(
    ("pose", "size", "error", "match"),
    [
        ("diagonal", None, ToolError, r"(?s)got pose='diagonal'.*'top', 'behind', 'front', 'left', 'right'"),
        ([0, 1, 2], None, ToolError, r"(?s)got a point as pose.*tools\.Geometry\.observer\(at, facing\)"),
        (np.zeros((2, 2)), None, ToolError, r"\(4, 4\)"),
        (7, None, FrameError, r"asked for frame 7"),
        ("top", (0, 5), ToolError, r"size=\(0, 5\)"),
        ("top", 640, ToolError, r"\(width, height\) in pixels"),
    ],
)
def test_what_is_no_view_is_refused(pose: object, size: object, error: type[Exception], match: str) -> None:
    with pytest.raises(error, match=match):
        RECON.render_view(pose, size=size)  # type: ignore[arg-type]


def test_masks_of_another_video_are_refused() -> None:
    two = Scene(videos=2)
    masks = SAM3(two, [two.inputs(1), two.inputs(2)], 8).segment_video_by_text("red box", video_index=2)
    with pytest.raises(FrameError, match=r"of video 2, the reconstruction is of video 1"):
        RECON.render_view("top", masks)
    with pytest.raises(ToolError, match=r"recon\.render_view got a int to draw"):
        RECON.render_view("top", 3)


def test_every_form_of_a_frames_pose() -> None:
    def same(recon: Reconstruction, pose: object) -> bool:
        return np.array_equal(pixels(recon.render_view(pose, cameras=False)), expected)

    expected = pixels(RECON.render_view(10, cameras=False))
    assert all(same(RECON, pose) for pose in (np.int64(10), RECON[10], IMAGES[1]))
    stand = Geometry.observer([0.2, 1.5, 2.0], [0.2, 1.5, -3.0])
    assert coverage(RECON.render_view(stand)) > 0.7
    assert coverage(RECON.render_view(RECON.extrinsics[10])) > 0.95
