"""`recorded` says what the capture says: at the frames' size, by words, by points, by boxes."""

import numpy as np
import pytest
from PIL import Image

from spatial_agent.errors import ToolError
from spatial_agent.frames import Frames, project, unproject
from spatial_agent.inputs.media import open_media
from spatial_agent.perception.backends.recorded import Recorded
from spatial_agent.perception.protocol import Segmentation

RECORDED = Recorded()


@pytest.fixture(scope="module")
def room() -> Frames:
    return open_media("living_room")[0]


@pytest.fixture(scope="module")
def small() -> Frames:
    return open_media("living_room", long_edge=320)[0]


def masks(found: Segmentation, frame: int) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    width, height = found.size
    packed = found.packed[found.frames.index(frame)]
    return np.unpackbits(packed, axis=1, count=width * height).reshape(-1, height, width).astype(bool)


def ids(room: Frames, frame: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    assert room.sensor is not None
    assert room.sensor.instances is not None
    return room.sensor.instances(frame)


async def test_depth_keeps_its_dtype_and_the_floor_is_at_zero(room: Frames) -> None:
    found = await RECORDED.reconstruct(room, (0, 5))
    assert (found.depth.dtype, found.depth.shape, found.scale) == (np.uint16, (2, 480, 640), "measured")
    assert room.sensor is not None
    floor = next(n for n, label in room.sensor.labels.items() if label.label == "floor")
    for k, frame in enumerate((0, 5)):
        v, u = np.nonzero(ids(room, frame) == floor)
        z = found.depth[k][v, u] * found.depth_scale
        points = unproject(np.stack([u, v], -1).astype(float), z, found.intrinsics[k], found.T_world_cam[k])
        assert np.abs(points[:, 1]).max() < 0.002


async def test_a_smaller_frame_is_the_same_world(room: Frames, small: Frames) -> None:
    large, little = await RECORDED.reconstruct(room, (3,)), await RECORDED.reconstruct(small, (3,))
    assert little.depth.shape == (1, 240, 320)
    uv = np.array([[100.0, 150.0], [200.0, 60.0]])
    z = little.depth[0][[150, 60], [100, 200]] * little.depth_scale
    points = unproject(uv, z, little.intrinsics[0], little.T_world_cam[0])
    back, _ = project(points, large.intrinsics[0], large.T_world_cam[0])
    np.testing.assert_allclose(back, uv * 2 + 0.5, atol=1e-6)


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
