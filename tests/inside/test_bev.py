import re
from typing import Any

import numpy as np
import pytest

from spatial_agent.errors import FrameError, ToolError
from spatial_agent.inside.masks import PerFrameMask
from spatial_agent.inside.tools.bev import camera_view
from spatial_agent.inside.tools.reconstruct import Reconstruct
from spatial_agent.inside.tools.sam3 import SAM3
from tests.inside.scene import SIZE, Scene

SCENE = Scene()
IMAGES = SCENE.inputs()
SAM = SAM3(SCENE, [IMAGES], 100)
RECON = Reconstruct(SCENE, 8)(IMAGES)
RED, BLUE = SAM.segment_video_by_text("red box"), SAM.segment_video_by_text("blue box")


def names(**how: Any) -> list[str]:
    lines = RECON.render_bev(**how).description.splitlines()
    return [match[1] for line in lines if (match := re.match(r"\d+ (.*?): (right|moves)", line))]


def test_masks_in_every_form() -> None:
    both = SAM.segment_video_by_text(["red box", "blue box"])
    assert (
        names(masks=both)
        == names(masks=[RED, BLUE])
        == names(prompts=["red box", "blue box"])
        == ["red box", "blue box"]
    )
    assert (
        names(masks={"left": RED, "right": BLUE})
        == names(masks=[RED, BLUE], labels=["left", "right"])
        == ["left", "right"]
    )
    assert names(masks={"boxes": both}) == ["boxes 0", "boxes 1"]
    assert names() == []
    for wrong in (np.zeros((2, *SIZE)), [np.zeros(SIZE)], "box"):
        with pytest.raises(ToolError, match="needs a PerFrameMask, a list of them or a dict"):
            RECON.render_bev(masks=wrong)  # type: ignore[arg-type]


def test_positions_are_those_of_the_room() -> None:
    text = RECON.render_bev(BLUE, ref_frame=0).description
    found = re.search(r"right ([+-]\S+), forward ([+-]\S+); world \((\S+), (\S+), (\S+)\)", text)
    assert found
    right, forward, x, _, z = map(float, found.groups())
    assert 0.6 <= x <= 1.4
    assert -3.25 <= z <= -2.55
    assert (right, forward) == pytest.approx((x + 0.4, 2.2 - z), abs=0.02)
    assert "in m." in text


def test_frames_are_paired_by_number_never_by_position() -> None:
    last = Reconstruct(SCENE, 8)(IMAGES[2])
    here = SAM.segment_video_by_text("red box").get_centroid_3d(last, 20)
    assert here is not None
    found = re.search(r"world \((\S+), (\S+), (\S+)\)", last.render_bev(RED).description)
    assert found
    assert [float(text) for text in found.groups()] == pytest.approx(here, abs=0.02)
    with pytest.raises(FrameError, match=r"masks cover frames 0, the reconstruction covers frames 20; they share none"):
        last.render_bev(SAM.segment_image_by_text(IMAGES[0], "red box"))
    with pytest.raises(FrameError, match="no frame 1"):
        RECON.render_bev(RED, ref_frame=1)


def test_an_object_without_points_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    view = RECON.render_bev([RED, SAM.segment_video_by_text("door")])
    assert "door: no position" in view.description
    assert "no position for door" in capsys.readouterr().out


def test_an_object_that_moves_is_said_to_move() -> None:
    stack = np.zeros((3, 1, SIZE[1], SIZE[0]), dtype=bool)
    for position, x in enumerate((20, 70, 120)):
        stack[position, 0, 95:105, x : x + 8] = True
    packed = np.packbits(stack.reshape(3, 1, -1), axis=2)
    walker = PerFrameMask([0, 10, 20], SIZE, packed, ["cat"], [0.9])
    assert "0 cat: moves from right" in RECON.render_bev(walker).description
    assert "moves" not in RECON.render_bev([RED, BLUE]).description


def test_any_camera_can_be_laid_flat() -> None:
    for axis in ([0.0, -1.0, 0.0], [0.3, -0.9, 0.1], [0, 0, -1.0]):
        pose = np.eye(4)
        pose[:3, 2] = np.array(axis) / np.linalg.norm(axis)
        pose[:3, 1] = np.cross(pose[:3, 2], [1.0, 0.0, 0.0])
        recon = Reconstruct(SCENE, 8)(IMAGES[0])
        recon.extrinsics._poses[0] = pose
        view = camera_view(recon, 0)
        assert np.linalg.norm(view.forward) == pytest.approx(1)
        assert view.right @ view.forward == pytest.approx(0)
        assert np.cross(view.right, view.forward)[1] == pytest.approx(1)
