"""Direct calls of the tools, with recorded perception, answer every question of the bank as the scene does."""

import asyncio
from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from questions.measures import ENOUGH, Asked, Choice
from questions.world import Array, Scene, View
from write_questions import BANK, TOLERANCE

from spatial_agent import wire
from spatial_agent.budget import Budget
from spatial_agent.errors import ToolError
from spatial_agent.inputs.media import open_media, shipped_captures
from spatial_agent.inside.images import InputImages
from spatial_agent.inside.tools.geometry import Geometry
from spatial_agent.inside.tools.mask import Mask
from spatial_agent.inside.tools.reconstruct import Reconstruct
from spatial_agent.inside.tools.sam3 import SAM3
from spatial_agent.kernel.gateway import Gateway
from spatial_agent.perception.backends.recorded import Recorded
from tests.captures.clouds import THROUGH, Clouds
from tests.conftest import blind, opening

ALL = [(capture, asked) for capture, bank in BANK.items() for asked in bank]


class Served:
    """A `Host` that is served by a gateway in the same process."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def ask(self, request: wire.Request) -> tuple[wire.Result, tuple[NDArray[Any], ...]]:
        result, arrays = asyncio.run(self._gateway.serve(request))
        if isinstance(result, wire.Failure):
            raise ToolError(result.message)
        return result, tuple(arrays)


class Measured(Clouds):
    """What the tools tell of a capture, moved from the world of the reconstruction to the input's own."""

    def __init__(self, capture: str, names: list[str]) -> None:
        media, budget = open_media(capture), Budget()
        host = Served(Gateway(media, None, Recorded(), blind, budget))
        told = opening(media, budget)
        images = InputImages(host, 1, told.videos[0], several=False)
        self.recon = Reconstruct(host, told.reconstruct_frames)(images)
        self.masks = SAM3(host, [images], told.segment_frames).segment_video_by_text(names)
        self._names = names
        self._areas: dict[int, dict[int, int]] = {number: {} for number in self.masks.object_ids}
        self._points: dict[int, dict[int, Array]] = {number: {} for number in self.masks.object_ids}
        for frame in self.recon.frame_indices:
            for number in self.masks.object_ids:
                if area := Mask.area(self.masks.get_mask(frame, number)):
                    points = self.masks.get_masked_points(self.recon, frame, number)
                    self._areas[number][frame] = area
                    self._points[number][frame] = Geometry.transform_points(points, self.recon.T_input_world)

    @property
    def frames(self) -> int:
        """How many frames there are."""
        return self.recon.num_frames

    def seen(self, name: str) -> Mapping[int, Array]:
        """Frame -> (K, 3) points under its masks."""
        return {frame: points for frame, points in self._points[self._only(name)].items() if len(points)}

    def count(self, name: str) -> int:
        """How many objects the prompt finds that fill enough pixels."""
        return sum(max(self._areas[number].values(), default=0) >= ENOUGH for number in self._objects(name))

    def moves(self, name: str) -> bool:
        """Whether some frame looks through most of what another shows of it."""
        points = [cloud[::11] for cloud in self.seen(name).values() if len(cloud) >= ENOUGH]
        world = [Geometry.transform_points(cloud, np.linalg.inv(self.recon.T_input_world)) for cloud in points]
        return any(self._gone(cloud, frame) > 0.5 for cloud in world for frame in self.recon.frame_indices)

    def pixels(self, name: str) -> Mapping[int, int]:
        """Frame -> the area of its mask."""
        return self._areas[self._only(name)]

    def view(self, frame: int) -> View:
        """The camera of a frame."""
        pose = self.recon.T_input_world @ self.recon.extrinsics[frame]
        return View(pose[:3, 3], pose[:3, 2])

    def _gone(self, points: Array, frame: int) -> float:
        """The share of points, in the reconstruction's world, that lie before what a frame sees."""
        pixels = self.recon.project(points, frame)  # NaN behind the camera
        pose, depth = self.recon.extrinsics[frame], self.recon.depth[frame]
        inside = np.all((pixels >= 0) & (pixels <= np.array(self.recon.sizes[frame]) - 1), axis=1)
        u, v = pixels[inside].round().astype(int).T
        ahead = (points[inside] - pose[:3, 3]) @ pose[:3, 2]
        return float(np.sum(depth[v, u] > ahead + THROUGH) / len(points))

    def _objects(self, name: str) -> list[int]:
        prompt = self._names.index(name)
        return [number for number, found_by in enumerate(self.masks.prompts) if found_by == prompt]

    def _only(self, name: str) -> int:
        (number,) = self._objects(name)
        return number


@cache
def measured(capture: str) -> Measured:
    names = {name: None for asked in BANK[capture] for name in asked.about.things}
    return Measured(capture, list(names))


def _first_of_its_kind(position: int) -> bool:
    kinds = [(capture, type(asked.about)) for capture, asked in ALL]
    return kinds.index(kinds[position]) == position


EACH = [
    pytest.param(
        capture, asked, id=f"{capture}/{asked.id}", marks=() if _first_of_its_kind(position) else pytest.mark.slow
    )
    for position, (capture, asked) in enumerate(ALL)
]


@pytest.mark.parametrize(("capture", "asked"), EACH)
def test_the_tools_give_the_answer(capture: str, asked: Asked) -> None:
    exact = asked.about.answer(Scene(shipped_captures()[capture]))
    found = asked.about.answer(measured(capture))
    if isinstance(exact, bool | Choice):
        assert found == exact
    else:
        assert found == pytest.approx(exact, rel=TOLERANCE)


@pytest.mark.parametrize("capture", BANK)
def test_the_world_of_the_reconstruction_stands_on_the_floor(capture: str) -> None:
    """Heights of the input are heights of the world, and the first camera looks to -Z."""
    recon, scene = measured(capture).recon, Scene(shipped_captures()[capture])
    np.testing.assert_allclose(recon.T_input_world[2], [0, 1, 0, 0], atol=1e-9)
    ahead = recon.extrinsics[0][:3, 2]
    assert ahead[2] < -0.9 and abs(ahead[0]) < 1e-9
    assert recon.extrinsics[0][1, 3] == pytest.approx(scene.view(0).eye[2])


@pytest.mark.parametrize(
    ("capture", "name"), [("living_room", "sofa"), ("kitchen", "window"), ("kitchen", "robot vacuum")]
)
def test_the_top_view_says_what_moves(capture: str, name: str) -> None:
    told = measured(capture).recon.render_bev(prompts=[name]).description
    assert ("moves from" in told) == Scene(shipped_captures()[capture]).moves(name)
