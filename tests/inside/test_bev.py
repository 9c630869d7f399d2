"""Top views: every form in which cells give what is to be drawn, and positions that are those of the room."""

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spatial_agent.errors import FrameError, ToolError
from spatial_agent.inside.tools.bev import camera_view, place, render
from spatial_agent.inside.tools.reconstruct import Reconstruct
from spatial_agent.inside.tools.sam3 import SAM3
from tests.inside.made_masks import made
from tests.inside.scene import BOXES, SIZE, Scene

SCENE = Scene()
IMAGES = SCENE.inputs()
SAM = SAM3(SCENE, [IMAGES], 100)
RECON = Reconstruct(SCENE, 8)(IMAGES)
ONE = Reconstruct(SCENE, 8)(IMAGES[1])
RED, BLUE = SAM.segment_video_by_text("red box"), SAM.segment_video_by_text("blue box")
BOTH = SAM.segment_video_by_text(["red box", "blue box"])


def names(masks: Any = None, **how: Any) -> list[str]:
    return [thing.name for thing in place(RECON, masks, **how)[0]]


def places(description: str) -> dict[str, list[float]]:
    """World positions by name."""
    found = re.findall(r"\d+ (.*?): .*world \((\S+), (\S+), (\S+)\)", description)
    return {name: [float(x), float(y), float(z)] for name, x, y, z in found}


def test_masks_in_every_form() -> None:
    for given_masks in (BOTH, [RED, BLUE], (RED, BLUE), RED + BLUE, [RED, None, BLUE], [[RED], [BLUE]]):
        assert names(given_masks) == ["red box", "blue box"]
    assert names(prompts=["red box", "blue box"]) == ["red box", "blue box"]
    assert names(prompts={"left": "red box"}) == ["left"]
    assert names({"left": RED, "right": BLUE}) == names([RED, BLUE], labels=["left", "right"]) == ["left", "right"]
    assert names({"boxes": BOTH}) == names({"boxes": [RED, BLUE]}) == ["boxes 0", "boxes 1"]
    assert names(RED, labels="one") == ["one"]
    assert names() == []


def test_labels_are_for_each_object_each_prompt_or_each_thing(capsys: pytest.CaptureFixture[str]) -> None:
    boxes = SAM.segment_video_by_text(["box", "door"])
    assert names(boxes) == ["box", "box"]
    assert names(boxes, labels=["a", "b", "c"]) == ["a", "b"]
    assert names(boxes, labels=["crate", "gate"]) == ["crate 0", "crate 1"]
    assert names([boxes, RED], labels=["many", "one"]) == ["many 0", "many 1", "one"]
    assert "labels" not in capsys.readouterr().out
    assert names(boxes, labels=["a", "b", "c", "d"]) == ["box", "box"]
    assert "got 4 labels for 3 things" in capsys.readouterr().out


def test_arrays_of_masks_need_to_know_their_frame() -> None:
    flat, stack = RED.get_mask(10), BOTH[10]
    expected = places(ONE.render_bev(RED).description)["red box"]
    plain = np.asarray(flat)
    for way in (
        RECON.render_bev({"it": flat}),
        ONE.render_bev({"it": plain}),
        ONE.render_bev({"it": plain.astype(np.uint8) * 255}),
        ONE.render_bev({"it": plain[None, None]}),
        render(RECON, {"it": plain}, None, None, 0.1, None, True, frame=IMAGES[1]),
    ):
        assert places(way.description) == {"it": pytest.approx(expected, abs=0.011)}
    assert names(stack) == ["mask", "mask"] and names(stack, labels=["a", "b"]) == ["a", "b"]
    with pytest.raises(
        FrameError, match=r"does not say its frame\n.*\n  type: recon.render_bev\(masks=mask, frame=0\)"
    ):
        RECON.render_bev(plain)
    with pytest.raises(FrameError, match=r"shape \(3, 1, 120, 160\)\n.*never paired by list position"):
        RECON.render_bev(np.asarray(RED.masks))
    with pytest.raises(FrameError, match="mask of 9x9 pixels for frame 10 of 160x120"):
        ONE.render_bev(np.ones((9, 9), dtype=bool))
    with pytest.raises(FrameError, match=r"got a mask of frame 0, the reconstruction has frames 10"):
        ONE.render_bev(RED.get_mask(0))
    for wrong in ("box", 3, np.zeros(5), [RED, "box"], IMAGES[0], RECON.depth[0]):
        with pytest.raises(ToolError, match=r"to draw\n  expected: masks, a list of them or a dict by name"):
            RECON.render_bev(wrong)


def test_a_stack_of_masks_of_several_frames_knows_them() -> None:
    whole = places(RECON.render_bev(RED).description)["red box"]
    over_frames = np.stack([RED[frame] for frame in (20, 0, 10)])
    assert places(RECON.render_bev({"it": over_frames}).description) == {"it": whole}
    two = np.stack([RED.get_mask(10), BOTH.get_mask(20, "blue box")])
    drawn = places(RECON.render_bev(two, labels=["red", "blue"]).description)
    assert drawn["red"] == places(ONE.render_bev(RED).description)["red box"]
    assert drawn["blue"] == places(RECON.render_bev({"it": BOTH.get_mask(20, "blue box")}).description)["it"]


def test_points_boxes_and_ways_are_drawn_too(capsys: pytest.CaptureFixture[str]) -> None:
    low, high = BOXES["blue box"]
    lamp = [0.5, 1.0, -2.0]
    view = RECON.render_bev(
        {
            "lamp": np.array(lamp),
            "list": lamp,
            "whole": [1, 0, -2],
            "cloud": BLUE.points(RECON),
            "box": BLUE.size(RECON),
            "none": None,
        }
        | {"unknown": np.full(3, np.nan), "way": RED.trajectory(RECON), "red": RED}
    )
    found = places(view.description)
    assert list(found) == ["lamp", "list", "whole", "cloud", "box", "way", "red"]
    assert found["lamp"] == found["list"] == lamp
    for name in ("cloud", "box"):
        assert found[name] == pytest.approx((low + high) / 2, abs=0.05)
    assert "unknown: no position: none of its points is known" in view.description
    assert "none is None and is left out" in capsys.readouterr().out


def test_positions_are_those_of_the_room() -> None:
    for ref_frame in (10, IMAGES[1], RECON.frame_indices.index(10)):
        text = RECON.render_bev([RED, BLUE], ref_frame=ref_frame).description
        assert "the camera of frame 10, in m." in text
        eye = SCENE.pose(10)[:3, 3]
        for name, (low, high) in BOXES.items():
            x, _, z = (low + high) / 2
            assert places(text)[name] == pytest.approx((low + high) / 2, abs=0.06)
            found = re.search(rf"{name}: right ([+-]\S+), forward ([+-]\S+);", text)
            assert found
            assert [float(part) for part in found.groups()] == pytest.approx((x - eye[0], eye[2] - z), abs=0.06)
    assert re.search(r"red box: .*; seen size 0\.8\d by 0\.[56]\d, 0\.[78]\d high", text)
    with pytest.raises(FrameError, match=r"frame 1, .*\n.*0, 10, 20"):
        RECON.render_bev(RED, ref_frame=1)


@settings(max_examples=6)
@given(st.sets(st.sampled_from([0, 1, 2]), min_size=1), st.sets(st.sampled_from([0, 1, 2]), min_size=1))
def test_frames_are_paired_by_number_whatever_frames_there_are(segmented: set[int], reconstructed: set[int]) -> None:
    masks = SAM.segment_video_by_text("red box", frame_indices=[10 * frame for frame in segmented])
    recon = Reconstruct(SCENE, 8)([IMAGES[frame] for frame in reconstructed])
    common = sorted(10 * frame for frame in segmented & reconstructed)
    if not common:
        with pytest.raises(
            FrameError, match=r"searched in frames .*, the reconstruction has .*\n.*\n  type: tools.SAM3"
        ):
            recon.render_bev(masks)
        return
    alone = SAM.segment_video_by_text("red box", frame_indices=common)
    expected = alone.centroid(recon, conf_threshold=0.1)
    assert places(recon.render_bev(masks).description)["red box"] == pytest.approx(expected, abs=0.011)


def test_what_has_no_position_is_named_and_the_rest_is_drawn(capsys: pytest.CaptureFixture[str]) -> None:
    view = RECON.render_bev([RED, SAM.segment_video_by_text("door")])
    assert "door: no position: no pixels with known depth" in view.description
    assert "door is not drawn" in capsys.readouterr().out
    early = SAM.segment_image_by_text(IMAGES[0], "blue")
    view = ONE.render_bev([RED, early])
    assert "blue: no position: searched in frames 0, the reconstruction has 10" in view.description
    assert list(places(view.description)) == ["red box"]
    told = capsys.readouterr().out
    assert "masks of frames 0, 20 are left out, which the reconstruction does not have" in told
    assert "blue is not drawn: searched in frames 0" in told
    assert list(places(ONE.render_bev(RED + early).description)) == ["red box"]
    with pytest.raises(FrameError, match="blue searched in frames 0, the reconstruction has 10"):
        ONE.render_bev(early)


def test_masks_of_another_video_are_refused() -> None:
    two = Scene(videos=2)
    other = SAM3(two, [two.inputs(1), two.inputs(2)], 100).segment_video_by_text("red box", video_index=2)
    for masks in (other, [RED, other], other.get_mask(0)):
        with pytest.raises(FrameError, match="video 2"):
            RECON.render_bev(masks)


def test_an_object_that_moves_is_said_to_move() -> None:
    stacks = {}
    for frame, x in zip(RECON.frame_indices, (20, 70, 120), strict=True):
        stacks[frame] = np.zeros((1, SIZE[1], SIZE[0]), dtype=bool)
        stacks[frame][0, 95:105, x : x + 8] = True
    cat = made(stacks, ["cat"])
    view = RECON.render_bev(cat, ego_trajectory=False)
    assert "0 cat: moves from right" in view.description
    assert places(view.description)["cat"] == pytest.approx(cat.trajectory(RECON)[20], abs=0.011)
    assert "moves" not in RECON.render_bev([RED, BLUE]).description


def test_each_thing_is_drawn_in_its_own_colour_where_it_is() -> None:
    """Right of the middle of the picture there is more blue where the blue box is, and red is to the left."""
    pixels = np.asarray(RECON.render_bev([RED, BLUE], ego_trajectory=False).image).astype(int)
    reddish = (pixels[..., 0] > pixels[..., 2] + 40) & (pixels[..., 1] < 215)
    blueish = (pixels[..., 2] > pixels[..., 0] + 40) & (pixels[..., 1] < 215)
    upper = slice(0, pixels.shape[0] * 6 // 10)
    assert np.nonzero(reddish[upper])[1].mean() + 100 < np.nonzero(blueish[upper])[1].mean()


def test_any_camera_can_be_laid_flat() -> None:
    for axis in ([0.0, -1.0, 0.0], [0.3, -0.9, 0.1], [0, 0, -1.0]):
        pose = np.eye(4)
        pose[:3, 2] = np.array(axis) / np.linalg.norm(axis)
        pose[:3, 1] = np.cross(pose[:3, 2], [1.0, 0.0, 0.0])
        for roll in (0.0, 1.0, 3.0):
            turn = np.array([[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]])
            recon = Reconstruct(SCENE, 8)(IMAGES[0])
            recon.extrinsics._poses[0] = pose
            recon.extrinsics._poses[0][:3, :3] = pose[:3, :3] @ turn
            view = camera_view(recon, 0)
            assert np.linalg.norm(view.forward) == pytest.approx(1)
            assert view.right @ view.forward == pytest.approx(0)
            assert np.cross(view.right, view.forward)[1] == pytest.approx(1)
    assert "camera of frame 0: right +0.00, forward +0.00" in recon.render_bev().description
