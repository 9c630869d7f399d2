"""What masks measure in the shipped captures is what the scenes say; test_oracle.py asks the questions of the bank."""

from functools import cache

import numpy as np
import pytest

from spatial_agent.budget import Budget
from spatial_agent.inputs.media import open_media
from spatial_agent.inside.images import InputImages
from spatial_agent.inside.masks import PerFrameMask
from spatial_agent.inside.tools.reconstruct import Reconstruct
from spatial_agent.inside.tools.reconstruction import Reconstruction
from spatial_agent.inside.tools.sam3 import SAM3
from spatial_agent.kernel.gateway import Gateway
from spatial_agent.perception.backends.recorded import Recorded
from tests.captures.shipped import read
from tests.captures.test_oracle import Served
from tests.conftest import blind, opening

THINGS = {
    "living_room": ("radiator heater", "door", "sofa", "bookshelf", "sideboard", "dining table", "television"),
    "kitchen": ("door", "fridge", "table", "shelf", "sink", "robot vacuum"),
}
PAIRS = [
    ("living_room", "radiator heater", "door"),
    ("living_room", "sofa", "bookshelf"),
    ("living_room", "sideboard", "dining table"),
    pytest.param("kitchen", "door", "fridge", marks=pytest.mark.slow),
    pytest.param("kitchen", "table", "sink", marks=pytest.mark.slow),
]
LONGEST = [
    ("living_room", "door"),
    ("living_room", "sofa"),
    ("living_room", "bookshelf"),
    ("living_room", "sideboard"),
    ("living_room", "television"),
    pytest.param("kitchen", "table", marks=pytest.mark.slow),
    pytest.param("kitchen", "shelf", marks=pytest.mark.slow),
]


@cache
def seen(capture: str) -> tuple[Reconstruction, PerFrameMask]:
    """Every third frame, and those that show the heater and the door best."""
    media, budget = open_media(capture), Budget()
    host = Served(Gateway(media, None, Recorded(), blind, budget))
    told = opening(media, budget)
    images = InputImages(host, 1, told.videos[0], several=False)
    frames = sorted({*images.frame_indices[::3], 0, 1, 2, 3, 4, 22, 23})
    chosen = [image for image in images if image.frame_index in frames]
    recon = Reconstruct(host, told.reconstruct_frames)(chosen)
    sam = SAM3(host, [images], told.segment_frames)
    return recon, sam.segment_video_by_text(list(THINGS[capture]), frame_indices=frames)


def test_heater_and_door_are_90_cm_apart_and_their_middles_158_cm() -> None:
    recon, masks = seen("living_room")
    distance = masks.distance(masks, recon, "radiator heater", "door")
    assert distance == pytest.approx(0.900, abs=0.01)
    assert "m between radiator heater (frame " in str(distance)
    heater, door = masks.centroid(recon, "radiator heater"), masks.centroid(recon, "door")
    assert np.linalg.norm(heater - door) == pytest.approx(1.581, abs=0.02)


@pytest.mark.parametrize(("capture", "a", "b"), PAIRS)
def test_distances_are_those_of_the_scene(capture: str, a: str, b: str) -> None:
    recon, masks = seen(capture)
    exact = read(capture).distance(a, b)["closest"]
    assert masks.distance(masks, recon, a, b) == pytest.approx(exact, abs=0.05)
    assert masks.select(a).distance(masks.select(b), recon) == masks.distance(masks, recon, a, b)


@pytest.mark.parametrize(("capture", "name"), LONGEST)
def test_sizes_are_those_of_the_scene(capture: str, name: str) -> None:
    recon, masks = seen(capture)
    assert masks.size(recon, name).longest == pytest.approx(max(read(capture).find(name)["size"]), rel=0.03)


@pytest.mark.slow
def test_only_what_moves_has_a_way() -> None:
    recon, masks = seen("kitchen")
    moving = {name: masks.trajectory(recon, name).moving for name in THINGS["kitchen"]}
    assert moving == {name: name == "robot vacuum" for name in THINGS["kitchen"]}
    steps = {state["frame"]: state["centroid"] for state in read("kitchen").find("robot vacuum")["motion"]}
    path = masks.trajectory(recon, "robot vacuum")
    first, last = path.frame_indices[0], path.frame_indices[-1]
    exact = np.linalg.norm(np.subtract(steps[last], steps[first]))
    assert np.linalg.norm(path.displacement) == pytest.approx(exact, abs=0.15)
