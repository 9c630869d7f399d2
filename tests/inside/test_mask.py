import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from spatial_agent.errors import ToolError
from spatial_agent.inside.tools.mask import Mask
from spatial_agent.inside.tools.sam3 import SAM3
from tests.inside.scene import Scene

MASKS = arrays(bool, (6, 9))


@given(MASKS, MASKS)
def test_iou_is_symmetric_and_between_0_and_1(a: np.ndarray, b: np.ndarray) -> None:
    overlap = Mask.iou(a, b)
    assert 0 <= overlap <= 1
    assert overlap == Mask.iou(b, a)
    assert Mask.iou(a, a) == (1.0 if a.any() else 0.0)
    assert Mask.area(Mask.intersection(a, b)) + Mask.area(Mask.union(a, b)) == Mask.area(a) + Mask.area(b)


@given(MASKS)
def test_boxes_are_tight_and_hold_the_centre(mask: np.ndarray) -> None:
    box, centre = Mask.bounding_box(mask), Mask.centroid(mask)
    if box is None or centre is None:
        assert not mask.any()
        assert Mask.mask_to_bbox(mask) is centre is None
        return
    x0, y0, x1, y1 = box
    assert mask[y0 : y1 + 1, x0 : x1 + 1].sum() == mask.sum()
    assert mask[y0].any() and mask[:, x0].any() and mask[y1].any() and mask[:, x1].any()
    assert x0 <= centre[0] <= x1
    assert Mask.mask_to_bbox(mask).tolist() == list(box)  # type: ignore[union-attr]


@given(st.sampled_from([bool, np.uint8, np.int64, np.float32]), st.sampled_from([1, 255]))
def test_any_non_zero_value_counts_once(dtype: type, value: int) -> None:
    mask = np.zeros((4, 5))
    mask[1:3, 2] = value
    assert Mask.area(mask.astype(dtype)) == Mask.area(mask.tolist()) == Mask.area(mask[None]) == 2
    assert Mask.centroid(mask.astype(dtype)) == (2, 1.5)
    assert Mask.centroids([mask, mask * 0]) == [(2, 1.5), None]


def test_masks_of_one_object_in_one_frame_are_a_mask() -> None:
    scene = Scene()
    sam = SAM3(scene, [scene.inputs()], 9)
    one = sam.segment_image_by_text(scene.inputs()[1], "red box")
    assert Mask.area(one) == Mask.area(one.get_mask()) > 100
    assert Mask.iou(one, one[10]) == 1


def test_what_is_no_mask_is_refused() -> None:
    scene = Scene()
    masks = SAM3(scene, [scene.inputs()], 9).segment_video_by_text("box")
    with pytest.raises(
        ToolError, match=r"of 2 objects in 3 frames\n.*\n  type: tools.Mask.area\(masks.get_mask\(0, 0\)\)"
    ):
        Mask.area(masks)
    with pytest.raises(ToolError, match=r"shape \(2, 120, 160\)"):
        Mask.area(masks[0])
    with pytest.raises(ToolError, match=r"Mask.centroid got None\n  expected: one mask \(H, W\)"):
        Mask.centroid(None)
    with pytest.raises(ToolError, match=r"Mask.centroid got None"):
        Mask.centroids(None)
    with pytest.raises(ToolError, match=r"Mask.area got an array of shape"):
        Mask.area([[1, 0], [1]])
    with pytest.raises(ToolError, match="one size"):
        Mask.iou(np.ones((2, 2)), np.ones((2, 3)))
