"""The `dummy` makes everything up, but what it makes up agrees with itself."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from spatial_agent.agent.claw import open_perception
from spatial_agent.errors import InputError
from spatial_agent.frames import Frames, Rgb, Size, project, unproject
from spatial_agent.perception.backends.dummy import Dummy
from spatial_agent.perception.protocol import Reconstruction, Segmentation

DUMMY = Dummy()


def unseen(frame: int) -> Rgb:
    raise AssertionError(f"the dummy looked at frame {frame}")


def clip(count: int = 40, size: Size = (160, 120)) -> Frames:
    return Frames("clip", "video", tuple(range(count)), (size,) * count, unseen, fps=30.0)


def masks(found: Segmentation, frame: int) -> NDArray[np.bool_]:
    position = found.frames.index(frame)
    (width, height), packed = found.sizes[position], found.packed[position]
    return np.unpackbits(packed, axis=1, count=width * height).reshape(-1, height, width).astype(bool)


def points(recon: Reconstruction, k: int, uv: NDArray[np.intp]) -> NDArray[np.float64]:
    z = recon.depth[k][uv[:, 1], uv[:, 0]].astype(float) * recon.depth_scale
    return unproject(uv.astype(float), z, recon.intrinsics[k], recon.T_world_cam[k]).astype(float)


@pytest.mark.parametrize("size", [(160, 120), (90, 160)])
async def test_what_one_frame_sees_lies_where_another_sees_it(size: Size) -> None:
    recon = await DUMMY.reconstruct(clip(size=size), (3, 20, 39))
    uv = np.argwhere(~recon.sky[0])[::7, ::-1] if recon.sky else np.empty((0, 2), int)
    world = points(recon, 0, uv)
    for k in (1, 2):
        there, z = project(world, recon.intrinsics[k], recon.T_world_cam[k])
        at = np.rint(there).astype(int)
        inside = ((at >= 1) & (at < np.array(size) - 1)).all(axis=1)
        assert inside.mean() > 0.4
        seen = recon.depth[k][at[inside, 1], at[inside, 0]].astype(float)
        hidden = seen < 0.97 * z[inside]  # by something nearer
        far = np.abs(seen / z[inside] - 1) > 0.03
        assert (far & ~hidden).mean() < 0.03  # at edges a pixel falls on the thing beside
        assert hidden.mean() < 0.15


async def test_the_world_is_level_with_the_floor_at_zero_and_the_first_camera_looks_to_minus_z() -> None:
    recon = await DUMMY.reconstruct(clip(), (0, 39))
    bottom = points(recon, 0, np.array([[20, 119], [80, 119], [140, 119]]))
    assert np.abs(bottom[:, 1]).max() < 0.01
    assert (recon.T_world_cam[0, :3, 2] @ [0, 0, -1] > 0.98, recon.T_world_cam[0, 1, 3] > 1) == (True, True)
    assert np.allclose(recon.T_world_cam[0, [0, 2], 3], 0)
    assert (recon.gravity.floor, recon.scale) == (True, "estimated")
    assert "dummy" in recon.origin
    assert "dummy" in recon.gravity.words


async def test_depth_is_an_estimators() -> None:
    recon = await DUMMY.reconstruct(clip(), (0,))
    assert recon.confidence is not None
    assert recon.sky is not None
    depth, confidence, sky = recon.depth[0], recon.confidence[0], recon.sky[0]
    assert (depth.dtype, confidence.dtype, sky.dtype) == (np.float16, np.uint8, np.bool_)
    assert 0 < sky.mean() < 0.2
    assert (depth[sky] == 0).all()
    assert (depth[~sky] > 0).all()
    assert (confidence[sky] == 0).all()
    assert confidence[~sky].min() > 127


async def test_the_same_question_gets_the_same_answer_and_another_input_another_world() -> None:
    for again in (Dummy(), DUMMY):
        one, two = [await dummy.reconstruct(clip(), (5, 6)) for dummy in (DUMMY, again)]
        assert np.array_equal(one.depth[1], two.depth[1])
        found = [await dummy.segment_text(clip(), (5,), ["a lamp"], 0.3) for dummy in (DUMMY, again)]
        assert np.array_equal(found[0].packed[0], found[1].packed[0])
    longer = await DUMMY.reconstruct(clip(41), (5,))
    assert not np.array_equal(one.depth[0], longer.depth[0])


@settings(max_examples=15)
@given(prompts=st.lists(st.text(max_size=12), min_size=1, max_size=3), threshold=st.floats(0, 1))
async def test_every_prompt_is_found_in_every_frame_and_stands_where_depth_says(
    prompts: list[str], threshold: float
) -> None:
    frames = (0, 17, 39)
    found = await DUMMY.segment_text(clip(), frames, prompts, threshold)
    recon = await DUMMY.reconstruct(clip(), frames)
    assert set(found.prompts) == set(range(len(prompts)))
    assert found.labels == tuple(prompts[k] for k in found.prompts)
    assert all(threshold <= score <= 1 for score in found.scores)
    for number in range(len(found.prompts)):
        middles = []
        for k, frame in enumerate(frames):
            mask = masks(found, frame)[number]
            assert mask.sum() >= 20
            middles.append(np.median(points(recon, k, np.argwhere(mask)[:, ::-1]), axis=0))
        assert np.ptp(middles, axis=0).max() < 0.5


BOX = st.tuples(st.integers(0, 120), st.integers(0, 90), st.integers(10, 39), st.integers(10, 29))


@settings(max_examples=25)
@given(BOX)
async def test_a_mask_fills_its_box(box: tuple[int, int, int, int]) -> None:
    x, y, width, height = box
    found = await DUMMY.segment_boxes(clip(), (10, 11), 10, [(x, y, x + width, y + height)])
    rows, columns = np.nonzero(masks(found, 10)[0])
    assert np.abs(np.array([columns.min(), columns.max()]) - [x, x + width]).max() <= 1
    assert np.abs(np.array([rows.min(), rows.max()]) - [y, y + height]).max() <= 1
    assert len(rows) > 0.75 * width * height
    assert masks(found, 11)[0].any()
    assert found.prompts == (0,)


async def test_a_box_beyond_the_image_or_of_no_size_is_no_error() -> None:
    boxes = [(-20.0, -20.0, 30.0, 30.0), (50.0, 50.0, 50.0, 50.0), (90.0, 60.0, 40.0, 20.0), (400.0, 0.0, 500.0, 9.0)]
    seen = masks(await DUMMY.segment_boxes(clip(), (0,), 0, boxes), 0).sum(axis=(1, 2))
    assert (seen[:3] > 0).all()
    assert seen[3] == 0


PIXEL = st.tuples(st.integers(0, 159), st.integers(0, 119))


@settings(max_examples=25)
@given(on=st.lists(PIXEL, min_size=1, max_size=3), beside=PIXEL)
async def test_a_mask_holds_its_points_and_none_beside(on: list[tuple[int, int]], beside: tuple[int, int]) -> None:
    near = any(abs(beside[0] - x) <= 1 and abs(beside[1] - y) <= 1 for x, y in on)
    prompt = [(float(x), float(y), 1) for x, y in on] + ([] if near else [(*map(float, beside), 0)])
    (mask,) = masks(await DUMMY.segment_points(clip(), (4,), 4, [prompt]), 4)
    assert all(mask[y, x] for x, y in on)
    assert near or not mask[beside[1], beside[0]]


async def test_a_point_beside_that_lies_outside_of_the_image_takes_nothing_away() -> None:
    prompts: list[list[tuple[float, float, int]]] = [[(60.0, 50.0, 1)], [(60.0, 50.0, 1), (-9.0, -9.0, 0)]]
    alone, beside = masks(await DUMMY.segment_points(clip(), (4,), 4, prompts), 4)
    assert np.array_equal(alone, beside)


async def test_depth_is_a_number_in_images_of_any_shape() -> None:
    recon = await DUMMY.reconstruct(clip(1, (4096, 3)), (0,))  # its outermost rays all but miss the floor
    assert np.isfinite(recon.depth[0]).all()


async def test_images_of_several_sizes_keep_their_sizes() -> None:
    sizes = ((160, 120), (90, 120), (64, 48))
    photos = Frames("photos", "images", (0, 1, 2), sizes, unseen)
    recon = await DUMMY.reconstruct(photos, (0, 1, 2))
    assert [depth.shape[::-1] for depth in recon.depth] == list(sizes)
    assert [(k.width, k.height) for k in recon.intrinsics] == list(sizes)
    found = await DUMMY.segment_text(photos, (0, 1, 2), ["chair"], 0.5)
    assert found.sizes == sizes
    assert all(masks(found, frame).any(axis=(1, 2)).all() for frame in (0, 1, 2))


def test_it_is_opened_by_its_name_says_what_it_is_and_takes_no_noise(tmp_path: object) -> None:
    opened = open_perception("dummy", seed=0)
    assert isinstance(opened, Dummy)
    assert opened.sees(clip())
    assert "made up" in opened.note or "makes up" in opened.note
    file = f"{tmp_path}/noisy-dummy.json"
    with open(file, "w") as written:
        written.write('{"backend": "dummy", "depth_noise": 0.1}')
    with pytest.raises(InputError, match="`dummy` has no depth"):
        open_perception(file, seed=0)
