"""Where things are over time, and that only what leaves its place is said to move."""

import numpy as np
import pytest

from spatial_agent.inside.masks import PerFrameMask
from spatial_agent.inside.tools.reconstruct import Reconstruct
from spatial_agent.inside.tools.sam3 import SAM3
from tests.inside.made_masks import made
from tests.inside.scene import SIZE, Scene

SCENE = Scene(frames=(0, 10, 20, 30))
IMAGES = SCENE.inputs()
SAM = SAM3(SCENE, [IMAGES], 100)
RECON = Reconstruct(SCENE, 8)(IMAGES)


def cat() -> PerFrameMask:
    """A spot that crosses the floor; frame 20 does not show it."""
    stacks = {}
    for frame, x in {0: 20, 10: 70, 20: None, 30: 120}.items():
        stack = np.zeros((1, SIZE[1], SIZE[0]), dtype=bool)
        if x is not None:
            stack[0, 95:105, x : x + 8] = True
        stacks[frame] = stack
    return made(stacks, ["cat"])


def test_what_moves_has_a_way_in_frame_order() -> None:
    masks = cat()
    path = masks.trajectory(RECON)
    assert path.moving and path.frame_indices == [0, 10, 30] and path.unit == "m"
    for frame in path:
        assert path[frame] == pytest.approx(np.median(masks.get_masked_points(RECON, frame), axis=0), abs=1e-6)
        assert path[frame].frame_index == frame
    assert np.array_equal(np.asarray(path), path.positions) and path.positions.shape == (3, 3)
    assert np.allclose(path.displacement, path[30] - path[0])
    assert path.length == pytest.approx(np.linalg.norm(path[10] - path[0]) + np.linalg.norm(path[30] - path[10]))
    assert path.positions[:, 1] == pytest.approx(0, abs=0.02)
    assert "cat moves; frames 0, 10, 30" in repr(path)


def test_what_stands_still_does_not_move() -> None:
    for name in ("red box", "blue box"):
        path = SAM.segment_video_by_text(name).trajectory(RECON)
        assert not path.moving and path.frame_indices == [0, 10, 20, 30]
        assert "does not move" in repr(path)


def test_what_is_seen_in_parts_by_turns_does_not_move() -> None:
    """Of the far wall one end after the other is in the mask, as where an image ends, but no frame looks through it."""
    stacks = {}
    for frame in RECON.frame_indices:
        points = RECON.points[frame]
        shown = (points[..., 2] < -3.99) & (points[..., 1] > 1.5) & (np.abs(points[..., 0] - (frame / 10 - 1.5)) < 0.4)
        stacks[frame] = np.asarray(shown)[None]
    moved = made(stacks, ["picture"])
    assert moved.trajectory(RECON).moving
    whole = {frame: np.asarray(RECON.points[frame][..., 2] < -3.99)[None] for frame in RECON.frame_indices}
    assert not made(whole, ["wall"]).trajectory(RECON).moving


def test_measures_that_pool_a_moving_thing_say_so(capsys: pytest.CaptureFixture[str]) -> None:
    masks = cat()
    masks.centroid(RECON)
    told = capsys.readouterr().out
    assert "masks.centroid: cat moves, and this pools frames 0, 10, 30; type masks.centroid(..., frame=0)" in told
    masks.distance(SAM.segment_video_by_text("red box"), RECON)
    assert capsys.readouterr().out.count("cat moves") == 1
    masks.centroid(RECON, frame=10)
    SAM.segment_video_by_text("red box").centroid(RECON)
    assert "moves" not in capsys.readouterr().out


def test_what_is_never_seen_has_an_empty_way(capsys: pytest.CaptureFixture[str]) -> None:
    path = SAM.segment_video_by_text("door").trajectory(RECON)
    assert (len(path), path.moving, path.displacement, path.length) == (0, False, None, 0.0)
    assert path.positions.shape == (0, 3) and "no positions" in repr(path)
    assert "no frame shows door with known depth" in capsys.readouterr().out
