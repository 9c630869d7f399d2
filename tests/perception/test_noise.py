"""Laws of the sensor noise that can be laid over a capture's exact depth."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from spatial_agent.errors import InputError
from spatial_agent.inputs.media import open_media
from spatial_agent.perception.backends.recorded import Recorded
from spatial_agent.perception.noise import SensorNoise

MILLIMETRES = 0.001
planes = arrays(np.uint16, (24, 32), elements=st.integers(0, 6000))


def wall(millimetres: int) -> np.ndarray[Any, np.dtype[np.uint16]]:
    return np.full((480, 640), millimetres, np.uint16)


@given(planes, st.integers(0, 99))
def test_no_noise_changes_nothing(depth: Any, frame: int) -> None:
    same = SensorNoise(depth=0, dropouts=0).added(depth, MILLIMETRES, frame)
    assert (same == depth).all()
    assert same.dtype == depth.dtype


@given(planes, st.floats(0, 0.2), st.floats(0, 1), st.sampled_from([np.uint16, np.float32, np.float16]))
def test_unknown_stays_unknown_and_known_stays_known_unless_dropped(
    depth: Any, sd: float, share: float, dtype: Any
) -> None:
    image = depth.astype(dtype)
    if dtype != np.uint16:
        image[0, :3] = np.nan
    noisy = SensorNoise(sd, share).added(image, MILLIMETRES, 3)
    known = np.isfinite(image) & (image > 0)
    assert noisy.dtype == image.dtype
    np.testing.assert_array_equal(noisy[~known], image[~known])
    assert (noisy[known] >= 0).all()
    assert (noisy[known] == 0).sum() == round(share * known.sum())


@pytest.mark.parametrize("sd", [0.0014, 0.01])
def test_the_standard_deviation_grows_with_the_square_of_the_depth(sd: float) -> None:
    for metres in (1, 2, 4):
        noisy = SensorNoise(sd, 0).added(wall(1000 * metres), MILLIMETRES, 0) * MILLIMETRES
        expected = np.hypot(sd * metres**2, MILLIMETRES / np.sqrt(12))  # and rounding to whole millimetres
        assert noisy.std() == pytest.approx(expected, rel=0.02)
        assert noisy.mean() == pytest.approx(metres, abs=0.001)


@pytest.mark.parametrize("share", [0.02, 0.1, 0.5])
def test_dropouts_have_the_share_asked_for_and_lie_in_blotches(share: float) -> None:
    missing = SensorNoise(0, share).added(wall(2000), MILLIMETRES, 0) == 0
    assert missing.mean() == pytest.approx(share, abs=1e-5)
    beside = (missing[:, 1:] & missing[:, :-1]).sum() / missing[:, 1:].sum()
    assert beside > share + 0.3  # far more often than if pixels dropped out one by one


def test_edges_drop_out_first() -> None:
    depth = wall(3000)
    depth[100:300, 200:400] = 1500
    missing = SensorNoise(0, 0.02).added(depth, MILLIMETRES, 0) == 0
    edge = np.zeros_like(missing)
    edge[97:303, 197:403] = True
    edge[104:296, 204:396] = False
    assert missing[edge].mean() > 5 * missing[~edge].mean()


def test_a_frame_has_the_same_noise_every_time_and_another_frame_has_another() -> None:
    noise = SensorNoise(0.005, 0.1, seed=7)
    first = noise.added(wall(2000), MILLIMETRES, 4)
    assert (noise.added(wall(2000), MILLIMETRES, 4) == first).all()
    for other in (
        noise.added(wall(2000), MILLIMETRES, 5),
        SensorNoise(0.005, 0.1, 8).added(wall(2000), MILLIMETRES, 4),
    ):
        assert (other != first).mean() > 0.5


def test_the_same_frame_number_of_another_capture_has_other_noise() -> None:
    here, there = (SensorNoise(0.005, 0).added(wall(depth), MILLIMETRES, 4).astype(float) for depth in (2000, 2001))
    assert abs(np.corrcoef((here - 2000).ravel(), (there - 2001).ravel())[0, 1]) < 0.02


async def test_recorded_gives_the_same_noise_in_any_company_and_says_so() -> None:
    (room,) = open_media("living_room")
    noisy, exact = Recorded(noise=SensorNoise(0.0014, 0.05)), Recorded()
    together = await noisy.reconstruct(room, (0, 3, 7))
    alone = await noisy.reconstruct(room, (3,))
    truth = await exact.reconstruct(room, (3,))
    (spoiled,), (plain,) = alone.depth, truth.depth
    assert together.depth[1].dtype == plain.dtype
    assert (together.depth[1] == spoiled).all()
    assert (spoiled != plain).mean() > 0.3
    assert (alone.T_world_cam == truth.T_world_cam).all()
    known = (spoiled > 0) & (plain > 0)
    error = (spoiled.astype(float) - plain)[known] * truth.depth_scale
    z = plain[known] * truth.depth_scale
    assert (error / z**2).std() == pytest.approx(0.0014, rel=0.1)
    for words in (noisy.note, together.origin):
        assert "noise was ADDED" in words
        assert "1.4 mm at 1 m" in words
    assert "ADDED" not in exact.note + truth.origin


@pytest.mark.parametrize("wrong", [(-0.1, 0), (float("nan"), 0), (0, 1.2), (0, -0.1), (0, 0, -1)])
def test_numbers_that_are_no_noise_are_refused(wrong: tuple[Any, ...]) -> None:
    with pytest.raises(InputError, match=r"depth=0\.0014"):
        SensorNoise(*wrong)
