from typing import Any

import numpy as np

from spatial_agent.inside.counting import counted
from spatial_agent.inside.tools.reconstruct import Reconstruct
from tests.inside.scene import Scene

SCENE = Scene(frames=tuple(range(0, 45, 3)))  # frame 3 is at position 1, and position 3 is frame 9
IMAGES = SCENE.inputs()
RECON = Reconstruct(SCENE, 64)(IMAGES)


def test_a_count_over_frames_means_the_frame_in_any_result() -> None:
    raw: Any = RECON.extrinsics.camera_poses
    for frames in (RECON.frame_indices, RECON, IMAGES, list(IMAGES)):
        for count, item in counted(frames):
            frame = getattr(item, "frame_index", item)
            assert raw[count].frame_index == RECON.depth[count].frame_index == frame
            assert IMAGES[count].frame_index == frame


def test_it_counts_as_enumerate_does() -> None:
    for things in ("abc", [], [1.5, None], RECON.frame_indices, np.arange(3)):
        assert list(counted(things)) == list(enumerate(things))
    assert list(counted(RECON.frame_indices, start=1)) == list(enumerate(RECON.frame_indices, 1))
    count, _ = next(counted(RECON.frame_indices, start=1))
    assert type(count) is int
    assert [[10, 20, 30][count] for count, _ in counted(RECON.frame_indices[:3])] == [10, 20, 30]
