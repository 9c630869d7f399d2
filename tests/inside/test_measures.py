"""Points, middles, sizes and distances of masked objects, in a room whose answers are known."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import cKDTree

from spatial_agent.errors import FrameError, ToolError
from spatial_agent.inside.answer import make_return_answer
from spatial_agent.inside.overlay import grow
from spatial_agent.inside.tools.nearby import nearby
from spatial_agent.inside.tools.reconstruct import Reconstruct
from spatial_agent.inside.tools.sam3 import SAM3
from tests.inside.made_masks import made
from tests.inside.scene import BOXES, SIZE, Scene

SCENE = Scene()
IMAGES = SCENE.inputs()
SAM = SAM3(SCENE, [IMAGES], 100)
RECON = Reconstruct(SCENE, 8)(IMAGES)
MASKS = SAM.segment_video_by_text(["box", "door"])
FEW = Reconstruct(SCENE, 8)(IMAGES[:2])
PIXEL = 0.04
"""What a pixel is wide on the boxes, metres."""


def test_points_lie_on_the_boxes_in_every_frame() -> None:
    for number, (low, high) in enumerate(BOXES.values()):
        for frame in (None, 0, IMAGES[1], [0, 20]):
            points = MASKS.points(RECON, number, frame)
            inside = ((points > low - 0.01) & (points < high + 0.01)).all(axis=1)
            assert inside.all() and len(points) > 100
            assert points.dtype == np.float32 and points.shape[1] == 3
    both = MASKS.points(RECON, [0, 1])
    assert len(both) == pytest.approx(len(MASKS.points(RECON, 0)) + len(MASKS.points(RECON, 1)), rel=0.01)


def test_centre_and_size_are_those_of_the_boxes() -> None:
    for number, (low, high) in enumerate(BOXES.values()):
        box = MASKS.size(RECON, number)
        assert box is not None
        width, height, depth = high - low
        assert (box.width, box.height, box.depth) == pytest.approx((width, height, depth), abs=1.5 * PIXEL)
        assert MASKS.centroid(RECON, number) == pytest.approx((low + high) / 2, abs=PIXEL)
        assert np.array_equal(MASKS.centroid(RECON, number), box.centre)


def test_the_centroid_of_one_frame_is_the_median_of_what_it_shows(capsys: pytest.CaptureFixture[str]) -> None:
    points = RECON.points[10][MASKS.get_mask(10, 1)]
    sure = RECON.confidence[10][MASKS.get_mask(10, 1)] > 0.3
    assert MASKS.get_centroid_3d(RECON, frame=10, object=1) == pytest.approx(
        np.nanmedian(points[sure], axis=0), abs=1e-6
    )
    assert MASKS.get_masked_points(RECON, frame=10).shape == (int(MASKS[10][0].sum()), 3)
    assert capsys.readouterr().out == ""
    assert np.array_equal(MASKS.get_centroid_3d(RECON, object=1), MASKS.centroid(RECON, 1))
    assert "got no frame and pools all that masks and reconstruction share: 0, 10, 20" in capsys.readouterr().out
    pooled = MASKS.get_masked_points(RECON)
    assert len(pooled) == sum(len(MASKS.get_masked_points(RECON, frame)) for frame in RECON.frame_indices)
    one = SAM.segment_image_by_text(IMAGES[1], "blue")
    assert one.get_centroid_3d(RECON) == pytest.approx(MASKS.get_centroid_3d(RECON, 10, 1))


def test_the_distance_knows_its_points_frames_and_unit(capsys: pytest.CaptureFixture[str]) -> None:
    """The near sides of the boxes are 1.1 m apart, and share one line across."""
    for distance in (
        MASKS.distance(MASKS, RECON, 0, 1),
        SAM.segment_video_by_text("red box").distance(SAM.segment_video_by_text("blue box"), RECON),
    ):
        assert distance is not None
        assert 1.1 - 0.005 < distance < 1.1 + 2 * PIXEL
        assert np.linalg.norm(distance.points[0] - distance.points[1]) == pytest.approx(distance)
        for point, (low, high), frame in zip(distance.points, BOXES.values(), distance.frames, strict=True):
            assert ((point > low - 0.01) & (point < high + 0.01)).all() and frame in RECON.frame_indices
        assert (distance.unit, distance.scale) == ("m", "measured")
        assert type(distance * 2) is float and f"{distance:.1f}" == "1.1"
    assert str(distance).startswith(
        f"{float(distance):.3f} m between red box (frame {distance.frames[0]}) and blue box"
    )
    assert capsys.readouterr().out == ""
    back = MASKS.distance(MASKS, RECON, 1, 0)
    assert back == distance and np.array_equal(back.points[::-1], distance.points)


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1), st.sampled_from([0.0, 0.3, 1.0, 5.0]), st.booleans())
def test_thinning_out_keeps_the_closest_pair(seed: int, gap: float, flat: bool) -> None:
    random = np.random.default_rng(seed)
    a, b = random.random((2500, 3)), random.random((3000, 3)) * random.random(3)
    a[:, 0] *= 0 if flat else 1
    b += gap * random.standard_normal(3)
    rows, columns = nearby(a, b)
    exact = cKDTree(b).query(a)[0].min()
    assert cKDTree(b[columns]).query(a[rows])[0].min() == exact


def test_a_distance_can_be_the_answer() -> None:
    sent: list[Any] = []
    distance = MASKS.distance(MASKS, RECON, 0, 1)
    make_return_answer(sent.append)(distance)
    assert type(sent[0].value) is float and sent[0].value == distance


def test_a_distance_of_one_moment_takes_both_there() -> None:
    distance = MASKS.distance(MASKS, RECON, 0, 1, frame=20)
    assert distance is not None and distance.frames == (20, 20)
    pooled = MASKS.distance(MASKS, RECON, 0, 1)
    assert pooled is not None and pooled <= distance


def test_lengths_of_unknown_scale_are_units() -> None:
    scene = Scene(scale="unknown")
    distance = MASKS.distance(MASKS, Reconstruct(scene, 8)(scene.inputs()), 0, 1)
    assert distance is not None and (distance.unit, distance.scale) == ("units", "unknown")
    assert " units between box 0 (frame" in str(distance)


def test_rims_that_lie_on_the_background_and_strays_are_left_out() -> None:
    """Masks a pixel too wide, with a spot on the far wall."""
    stacks = {}
    for frame in RECON.frame_indices:
        wide = SCENE.trace(frame)[1] == 2
        wide = grow(wide, 1)
        wide[20:24, 30:34] = True
        stacks[frame] = wide[None]
    masks, (low, high) = made(stacks, ["blue box"]), BOXES["blue box"]

    def outside(points: Any) -> float:
        return float(((points < low - 3 * PIXEL) | (points > high + 3 * PIXEL)).any(axis=1).mean())

    assert outside(masks.get_masked_points(RECON)) > 0.05
    assert outside(masks.points(RECON)) < 0.002
    assert masks.centroid(RECON) == pytest.approx((low + high) / 2, abs=2 * PIXEL)


def test_thin_things_keep_their_points() -> None:
    """A line of one pixel on the wall has no inside."""
    stack = np.zeros((1, SIZE[1], SIZE[0]), dtype=bool)
    stack[0, 30, 40:120] = True
    assert len(made({0: stack}, ["rod"]).points(RECON)) == 80


def test_nothing_found_is_none_with_its_reason(capsys: pytest.CaptureFixture[str]) -> None:
    assert MASKS.get_centroid_3d(RECON, 0, object="door") is None
    assert "door in frame 0: its mask is empty there; it is seen in frames none; None is" in capsys.readouterr().out
    assert MASKS.get_masked_points(RECON, 0, "door").shape == (0, 3)
    assert MASKS.get_centroid_3d(RECON, 0, 0, conf_threshold=1.0) is None
    assert "has confidence > 1; lower conf_threshold" in capsys.readouterr().out
    assert MASKS.points(RECON, "door").shape == (0, 3)
    assert "no points of door in frames 0, 10, 20: its mask is empty there" in capsys.readouterr().out
    assert MASKS.distance(MASKS, RECON, 0, "door") is None
    assert MASKS.distance(MASKS, RECON, "door", 1) is None
    assert capsys.readouterr().out.count("None is returned") == 2
    assert MASKS.centroid(RECON, "door") is None
    assert MASKS.size(RECON, "door") is None
    assert MASKS.centroid(RECON, 0, conf_threshold=1.0) is None
    unknown = np.zeros((1, SIZE[1], SIZE[0]), dtype=bool)
    unknown[0, :4, :4] = True
    capsys.readouterr()
    assert made({0: unknown}, ["hole"]).centroid(RECON) is None
    assert "none of its pixels has known depth" in capsys.readouterr().out
    nothing = MASKS.select("lamp")
    assert nothing.centroid(RECON) is None
    assert nothing.points(RECON).shape == (0, 3)
    assert "there are no objects in these masks" in capsys.readouterr().out


def test_frames_are_paired_by_number_and_only_if_both_have_them(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(FrameError) as problem:
        MASKS.get_centroid_3d(FEW, 20)
    given, expected, call = str(problem.value).splitlines()
    assert "frame 20 is not in the reconstruction; box 0 was searched in frames 0, 10, 20" in given
    assert expected == "  expected: a frame of both: 0, 10"
    assert call == "  type: masks.get_centroid_3d(..., frame=10)"
    with pytest.raises(FrameError, match="not in either"):
        MASKS.get_masked_points(RECON, 1)
    one = SAM.segment_image_by_text(IMAGES[2], "box")
    for measure in (one.points, one.centroid, one.size, one.trajectory, one.get_masked_points, one.get_centroid_3d):
        with pytest.raises(
            FrameError, match=r"searched in frames 20, the reconstruction has frames 0, 10, and they share"
        ):
            measure(FEW)
    assert np.array_equal(MASKS.get_centroid_3d(FEW, 20, match="nearest"), MASKS.get_centroid_3d(RECON, 10))
    assert "frame 20 is not in masks and reconstruction; frame 10 is taken, the nearest" in capsys.readouterr().out
    with pytest.raises(ToolError, match='"exact" or "nearest"'):
        MASKS.get_centroid_3d(FEW, 20, match="close")
    last = MASKS.centroid(Reconstruct(SCENE, 8)(IMAGES[2]))
    assert np.array_equal(one.centroid(RECON), last)


def test_objects_that_were_searched_elsewhere_are_measured_in_their_own_frames() -> None:
    red, blue = SAM.segment_image_by_text(IMAGES[0], "red"), SAM.segment_image_by_text(IMAGES[2], "blue")
    both = red + blue
    distance = both.distance(both, RECON, "red", "blue")
    assert distance is not None and distance.frames == (0, 20)
    assert np.array_equal(both.centroid(RECON, "blue"), blue.centroid(RECON))
    assert both.centroid(FEW, "red") is not None
    with pytest.raises(FrameError, match="blue was searched in frames 20"):
        both.centroid(FEW, "blue")


def test_other_videos_sizes_and_things_are_refused() -> None:
    two = Scene(videos=2)
    other = Reconstruct(two, 8)(two.inputs(2))
    for measure in (MASKS.points, MASKS.centroid, MASKS.size, MASKS.trajectory, MASKS.get_centroid_3d):
        with pytest.raises(FrameError, match="masks are of video 1, the reconstruction is of video 2"):
            measure(other)
        with pytest.raises(
            ToolError, match=r"got a PerFramePointMap where a Reconstruction is needed\n.*\n  type: recon ="
        ):
            measure(RECON.points)
    with pytest.raises(FrameError, match="got frame 10 of video 2, the masks are of video 1"):
        MASKS.centroid(RECON, frame=two.inputs(2)[1])
    small = made({0: np.ones((1, 8, 8), dtype=bool)}, ["x"])
    with pytest.raises(FrameError, match="mask of frame 0 is 8x8 pixels, its reconstruction 160x120"):
        small.get_masked_points(RECON, 0)
    with pytest.raises(ToolError, match=r"got a Reconstruction as other\n.*\n  type: masks.distance\(other, recon\)"):
        MASKS.distance(RECON, MASKS)
    with pytest.raises(ToolError, match="got box 0 as both objects"):
        MASKS.distance(MASKS, RECON)
