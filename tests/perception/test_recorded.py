"""`recorded` says what the capture says: at the frames' size, by words, by points, by boxes."""

import asyncio
import gc
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from spatial_agent.errors import ToolError, UnreadableFrame
from spatial_agent.frames import Frames, project, unproject
from spatial_agent.inputs.media import open_media
from spatial_agent.perception.backends.recorded import Ids, Recorded
from spatial_agent.perception.gravity import Direction, world_of
from spatial_agent.perception.protocol import Segmentation

RECORDED = Recorded()


@pytest.fixture(scope="module")
def room() -> Frames:
    return open_media("living_room")[0]


@pytest.fixture(scope="module")
def small() -> Frames:
    return open_media("living_room", long_edge=320)[0]


def masks(found: Segmentation, frame: int) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    position = found.frames.index(frame)
    (width, height), packed = found.sizes[position], found.packed[position]
    return np.unpackbits(packed, axis=1, count=width * height).reshape(-1, height, width).astype(bool)


def ids(room: Frames, frame: int) -> Ids:
    assert room.sensor is not None
    assert room.sensor.instances is not None
    return room.sensor.instances(frame)


async def test_depth_keeps_its_dtype_and_the_floor_is_at_zero(room: Frames) -> None:
    found = await RECORDED.reconstruct(room, (0, 5))
    assert [depth.dtype for depth in found.depth] == [np.uint16, np.uint16]
    assert ([depth.shape for depth in found.depth], found.scale) == ([(480, 640)] * 2, "measured")
    assert room.sensor is not None
    floor = next(n for n, label in room.sensor.labels.items() if label.label == "floor")
    for k, frame in enumerate((0, 5)):
        v, u = np.nonzero(ids(room, frame) == floor)
        z = found.depth[k][v, u] * found.depth_scale
        points = unproject(np.stack([u, v], -1).astype(float), z, found.intrinsics[k], found.T_world_cam[k])
        assert np.abs(points[:, 1]).max() < 0.002


async def test_a_smaller_frame_is_the_same_world(room: Frames, small: Frames) -> None:
    large, little = await RECORDED.reconstruct(room, (3,)), await RECORDED.reconstruct(small, (3,))
    assert little.depth[0].shape == (240, 320)
    uv = np.array([[100.0, 150.0], [200.0, 60.0]])
    z = little.depth[0][[150, 60], [100, 200]] * little.depth_scale
    points = unproject(uv, z, little.intrinsics[0], little.T_world_cam[0])
    back, _ = project(points, large.intrinsics[0], large.T_world_cam[0])
    np.testing.assert_allclose(back, uv * 2 + 0.5, atol=1e-6)


def levelled(room: Frames, up: Direction | None = None, floor: float | None = None) -> Frames:
    """The same capture, saying something else, or nothing, of where up is."""
    assert room.sensor is not None
    return replace(room, sensor=replace(room.sensor, up=up, floor=floor))


async def test_up_and_floor_that_the_capture_does_not_give_are_fitted(room: Frames) -> None:
    given, fitted = await RECORDED.reconstruct(room, (3, 9)), await RECORDED.reconstruct(levelled(room), (3, 9))
    assert (given.gravity.method, fitted.gravity.method, fitted.gravity.floor) == ("given", "floor", True)
    assert fitted.gravity.quality > 0.7
    np.testing.assert_allclose(fitted.T_world_cam, given.T_world_cam, atol=0.02)
    of_input = [found.T_input_world @ found.T_world_cam for found in (given, fitted)]
    np.testing.assert_allclose(of_input[0], of_input[1], atol=1e-9)  # levelling moves no camera in the input's frame


@pytest.mark.parametrize("capture", ["living_room", "kitchen"])
def test_no_single_frame_of_a_capture_gives_a_false_up_or_a_false_floor(capture: str) -> None:
    (frames,) = open_media(capture)
    sensor = frames.sensor
    assert sensor is not None
    assert sensor.up is not None
    assert sensor.floor is not None
    claimed = 0
    for index in frames.indices:  # some of the kitchen show little but the table
        world = world_of(
            [sensor.depth(index)],
            [sensor.intrinsics(index)],
            sensor.T_input_cam(index)[None],
            depth_scale=sensor.depth_scale,
        )
        if world.gravity.method != "level camera":
            assert world.T_input_world[:3, 1] @ sensor.up > np.cos(np.radians(2))
        if world.gravity.floor:
            assert abs(world.T_input_world[:3, 3] @ sensor.up - sensor.floor) < 0.05
            claimed += 1
    assert claimed > 0.8 * len(frames)


async def test_whatever_frames_are_asked_for_they_lie_in_one_world(room: Frames) -> None:
    frames = levelled(room)
    early, late = await RECORDED.reconstruct(frames, (0, 1, 2)), await RECORDED.reconstruct(frames, (20, 2))
    assert (early.T_input_world == late.T_input_world).all()
    assert (early.T_world_cam[2] == late.T_world_cam[1]).all()
    turned = levelled(room, (0.0, 1.0, 0.0), 0.5)
    assert (await RECORDED.reconstruct(turned, (2,))).gravity.words == "up and floor are given by the input"


async def test_a_damaged_depth_image_stands_in_the_way_of_its_own_frame_only(room: Frames) -> None:
    frames = levelled(room)
    sensor = frames.sensor
    assert sensor is not None

    def depth(index: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint16]]:
        if index == 0:
            raise UnreadableFrame("depth.png is damaged", 0)
        return sensor.depth(index)

    broken = replace(frames, sensor=replace(sensor, depth=depth))
    found = await RECORDED.reconstruct(broken, (3, 9))
    assert (found.gravity.method, found.gravity.floor) == ("floor", True)
    whole = await RECORDED.reconstruct(frames, (3, 9))
    np.testing.assert_allclose(found.T_world_cam, whole.T_world_cam, atol=0.02)  # the first camera is still the first
    with pytest.raises(UnreadableFrame):
        await RECORDED.reconstruct(broken, (0, 3))


def test_an_input_that_is_gone_leaves_nothing_behind(room: Frames) -> None:
    perception = Recorded()
    frames = levelled(room)
    asyncio.run(perception.reconstruct(frames, (0,)))
    assert len(perception._worlds) == 1
    del frames
    gc.collect()
    assert not perception._worlds


async def test_words_find_labels_synonyms_articles_and_plurals(room: Frames) -> None:
    found = await RECORDED.segment_text(room, (1, 2), ["the heater", "Radiator heaters", "unicorn", "door"], 0.3)
    assert found.labels == ("the heater", "Radiator heaters", "unicorn", "door")
    assert found.prompts == (0, 1, 2, 3)
    assert found.scores == (1.0, 1.0, 0.0, 1.0)
    one, two = masks(found, 1), masks(found, 2)
    assert (one[0] == one[1]).all()
    assert one[0].sum() > 1000
    assert not one[2].any()
    assert two[3].sum() > 1000


async def test_every_instance_of_a_word_is_an_object(room: Frames) -> None:
    found = await RECORDED.segment_text(room, room.indices, ["dining chair", "door"], 0.3)
    assert found.labels == ("dining chair", "dining chair", "door")
    assert found.prompts == (0, 0, 1)


async def test_a_point_takes_what_it_is_on_and_a_box_what_fills_it(room: Frames) -> None:
    found = await RECORDED.segment_text(room, (1,), ["heater"], 0.3)
    mask = masks(found, 1)[0]
    rows, columns = np.nonzero(mask)
    inside = (float(columns[len(columns) // 2]), float(rows[len(rows) // 2]), 1)
    by_point = await RECORDED.segment_points(room, (0, 1), 1, [[inside]])
    box = (float(columns.min()), float(rows.min()), float(columns.max()), float(rows.max()))
    by_box = await RECORDED.segment_boxes(room, (0, 1), 1, [box])
    assert (masks(by_point, 1)[0] == mask).all()
    assert (masks(by_box, 1)[0] == mask).all()
    assert by_box.labels == ("radiator heater",)
    excluded = await RECORDED.segment_points(room, (1,), 1, [[inside, (*inside[:2], 0)]])
    assert not masks(excluded, 1).any()


async def test_plain_images_have_nothing_recorded() -> None:
    (photos,) = open_media(Image.new("RGB", (8, 8)))
    with pytest.raises(ToolError, match="plain images"):
        await RECORDED.reconstruct(photos, (0,))
    with pytest.raises(ToolError, match="plain images"):
        await RECORDED.segment_text(photos, (0,), ["x"], 0.3)
