"""A recording in the TUM RGB-D layout: what belongs together by time, poses between poses, the lens taken out."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image
from scipy.spatial.transform import Rotation

from spatial_agent.errors import InputError, UnreadableFrame
from spatial_agent.frames import Intrinsics, unproject
from spatial_agent.inputs.lens import lens, straighten_colour, straighten_plane
from spatial_agent.inputs.media import open_media
from spatial_agent.inputs.trajectory import Trajectory, pair
from spatial_agent.inputs.tum import PUBLISHED
from spatial_agent.perception.backends.recorded import Recorded

START = 1305031102.175304
SIZE = (640, 480)
KINECT = "525 525 319.5 239.5\n"


def pose_at(seconds: float) -> tuple[np.ndarray[Any, Any], Rotation]:
    """A camera that moves at 0.5 m/s along x and turns at 20 degrees a second about its y."""
    return np.array([0.5 * seconds, 1.0, 2.0]), Rotation.from_euler("y", 20 * seconds, degrees=True)


def recording(
    folder: Path, *, frames: int = 6, depth_shift: float = 0.004, clock: float = 0.0, size: tuple[int, int] = SIZE
) -> Path:
    """Colour at 30 frames per second, depth a little later, poses at 100 a second on a clock of their own."""
    (folder / "rgb").mkdir(parents=True)
    (folder / "depth").mkdir()
    times = [k / 30 for k in range(frames)]
    colour, depth = ["# color images", "# timestamp filename"], ["# depth maps"]
    for k, seconds in enumerate(times):
        Image.new("RGB", size, (10 * k, 0, 0)).save(folder / f"rgb/{k}.png")
        Image.fromarray(np.full(size[::-1], 5000 + k, np.uint16)).save(folder / f"depth/{k}.png")
        colour.append(f"{START + seconds:.6f} rgb/{k}.png")
        depth.append(f"{START + seconds + depth_shift:.6f} depth/{k}.png")
    (folder / "rgb.txt").write_text("\n".join(colour))
    (folder / "depth.txt").write_text("\n".join(depth))
    rows = ["# timestamp tx ty tz qx qy qz qw"]
    for step in range(-3, int(100 * times[-1]) + 4):
        position, rotation = pose_at(step / 100)
        numbers = " ".join(f"{value:.6f}" for value in (*position, *rotation.as_quat()))
        rows.append(f"{START + clock + step / 100:.4f} {numbers}")
    (folder / "groundtruth.txt").write_text("\n".join(rows))
    return folder


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    return recording(tmp_path / "rgbd_dataset_freiburg3_desk")


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def turned(path: Path) -> None:
    image = Image.open(path)
    mark = image.getexif()
    mark[0x0112] = 3
    image.save(path, exif=mark)


def test_colour_depth_and_poses_are_brought_together_by_time(desk: Path) -> None:
    (video,) = open_media(desk)
    assert (video.kind, video.indices, video.fps, video.rendered) == (
        "video",
        tuple(range(6)),
        pytest.approx(30, rel=1e-3),
        False,
    )
    sensor = video.sensor
    assert sensor is not None
    np.testing.assert_allclose(video.times or (), np.arange(6) / 30, atol=1e-5)
    for frame in video.indices:
        assert int(video.pixels(frame)[0, 0, 0]) == 10 * frame
        assert sensor.depth(frame).dtype == np.uint16
        np.testing.assert_allclose(sensor.depth(frame) * sensor.depth_scale, (5000 + frame) / 5000)
        position, rotation = pose_at(frame / 30)
        np.testing.assert_allclose(sensor.T_input_cam(frame)[:3, 3], position, atol=1e-4)
        np.testing.assert_allclose(sensor.T_input_cam(frame)[:3, :3], rotation.as_matrix(), atol=1e-4)
    assert sensor.intrinsics(0) == Intrinsics(*PUBLISHED["3"][0], *SIZE)
    assert (sensor.up, sensor.floor) == (None, None)


async def test_a_recording_can_be_reconstructed_and_says_that_up_is_assumed(desk: Path) -> None:
    (video,) = open_media(desk, long_edge=320)
    found = await Recorded().reconstruct(video, (0, 3))
    assert (found.scale, [depth.shape for depth in found.depth]) == ("measured", [(240, 320)] * 2)
    assert "ASSUMED" in found.gravity.words
    assert "groundtruth.txt" in found.origin


def test_frames_keep_their_place_in_rgb_txt_when_some_have_no_depth(desk: Path) -> None:
    text = (desk / "depth.txt").read_text().splitlines()
    (desk / "depth.txt").write_text("\n".join(line for line in text if "depth/2.png" not in line))
    (video,) = open_media(desk)
    assert video.indices == (0, 1, 3, 4, 5)
    assert int(video.pixels(3)[0, 0, 0]) == 30
    assert video.size(5) == SIZE
    with pytest.raises(ValueError, match="no frame 2"):
        video.size(2)


def test_a_calibration_file_goes_before_the_published_values(desk: Path) -> None:
    (desk / "calibration.txt").write_text(KINECT)
    (video,) = open_media(desk)
    assert video.sensor is not None
    assert video.sensor.intrinsics(0) == Intrinsics(525, 525, 319.5, 239.5, *SIZE)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda f: change(f / "rgb.txt", "rgb/3.png", "rgb/33.png"), r"rgb\.txt, line 6: 'rgb/33\.png' is no file"),
        (lambda f: change(f / "rgb.txt", "rgb/3.png", "../../x.png"), "line 6"),
        (lambda f: change(f / "depth.txt", "130503", "x30503"), r"depth\.txt, line 2: .* no finite number"),
        (lambda f: (f / "depth.txt").write_text("# nothing\n"), r"depth\.txt lists nothing"),
        (lambda f: (f / "groundtruth.txt").unlink(), r"no file .*groundtruth\.txt.*rgb/\*\.png"),
        (lambda f: (f / "groundtruth.txt").write_text(f"{START} 0 0 0 0 0 0 2"), "line 1: .* no pose.*length 1"),
        (lambda f: (f / "groundtruth.txt").write_text(f"{START} 0 0 nan 0 0 0 1"), "line 1: .*no finite number"),
        (lambda f: (f / "groundtruth.txt").write_text(f"{START} 0 0 0 0 0 1"), "line 1: .* no pose"),
        (lambda f: (f / "calibration.txt").write_text("525 525 319.5"), "holds 3 numbers"),
        (lambda f: (f / "calibration.txt").write_text("525 525 319.5 239.5 640 480"), "holds 6 numbers.* 4, 8 or 9"),
        (lambda f: change(f / "rgb.txt", f"{START + 0.1:.6f}", f"{START:.6f}"), r"rgb\.txt, line 6: .* does not rise"),
        (lambda f: turned(f / "rgb/2.png"), r"2\.png is marked as turned"),
        (lambda f: Image.new("L", SIZE, 200).save(f / "depth/2.png"), r"2\.png holds pixels of the kind 'L'.*16 bits"),
        (lambda f: Image.new("F", SIZE, 2.5).save(f / "depth/2.png", format="TIFF"), "kind 'F'.*16 bits"),
        (lambda f: (f / "calibration.txt").write_text("a b c d"), "fx fy cx cy"),
        (lambda f: (f / "calibration.txt").write_text("260 260 160 120"), "does not belong to images of 640 x 480"),
        (lambda f: Image.new("I;16", (320, 240)).save(f / "depth/2.png"), "several sizes .320 x 240, 640 x 480."),
    ],
    ids=["missing", "outside", "time", "empty", "no poses", "length", "nan", "short", "few", "six", "falling", "turned", "8 bits", "float", "words", "size", "sizes"],
)  # fmt: skip
def test_a_spoiled_recording_is_refused_by_file_and_line(desk: Path, spoil: Any, words: str) -> None:
    spoil(desk)
    with pytest.raises(InputError, match=words):
        open_media(desk)


def test_intrinsics_that_are_not_known_are_asked_for(tmp_path: Path) -> None:
    kitchen = recording(tmp_path / "kitchen", frames=2)
    with pytest.raises(InputError, match=r"does not say freiburg1.*calibration\.txt in one line.*fx fy cx cy"):
        open_media(kitchen)
    with pytest.raises(InputError, match="does not say freiburg1"):  # the folders above say nothing of the camera
        open_media(recording(tmp_path / "freiburg3" / "mine", frames=2))
    small = recording(tmp_path / "rgbd_dataset_freiburg1_xyz", frames=2, size=(320, 240))
    with pytest.raises(InputError, match="320 x 240, not 640 x 480"):
        open_media(small)


def test_lists_that_begin_with_a_byte_order_mark_are_read(desk: Path) -> None:
    (desk / "calibration.txt").write_text(KINECT)
    for name in ("rgb.txt", "depth.txt", "groundtruth.txt", "calibration.txt"):
        (desk / name).write_text((desk / name).read_text(), encoding="utf-8-sig")
    assert len(open_media(desk)[0]) == 6


def test_clocks_that_differ_are_told_with_the_counts(tmp_path: Path) -> None:
    apart = recording(tmp_path / "freiburg3_a", depth_shift=7.0)
    with pytest.raises(InputError, match=r"of 6 images in rgb\.txt, 0 have one of the 6 depth maps within 0\.02 s"):
        open_media(apart)
    shifted = recording(tmp_path / "freiburg3_b", clock=100.0)
    with pytest.raises(InputError, match=r"6 have one of the 6 depth maps within 0\.02 s, and 0 a pose"):
        open_media(shifted)


def test_a_damaged_depth_map_names_its_frame(desk: Path) -> None:
    file = desk / "depth/4.png"
    file.write_bytes(file.read_bytes()[:60])
    (video,) = open_media(desk)
    assert video.sensor is not None
    with pytest.raises(UnreadableFrame, match=r"4\.png is damaged") as refusal:
        video.sensor.depth(4)
    assert refusal.value.frame == 4


@given(
    first=st.lists(st.floats(0, 2), max_size=20, unique=True),
    second=st.lists(st.floats(0, 2), max_size=20, unique=True),
)
def test_pairs_are_close_and_each_time_is_used_once(first: list[float], second: list[float]) -> None:
    pairs = pair(first, second, 0.02)
    assert len(set(pairs.values())) == len(pairs)
    assert all(abs(first[a] - second[b]) <= 0.02 for a, b in pairs.items())
    left = [(a, b) for a in range(len(first)) for b in range(len(second)) if a not in pairs and b not in pairs.values()]
    assert all(abs(first[a] - second[b]) > 0.02 for a, b in left)  # nothing that could be paired is left


@given(
    axis=arrays(float, 3, elements=st.floats(-1, 1)),
    speed=arrays(float, 3, elements=st.floats(-2, 2)),
    turn=st.floats(0, 3),
    at=st.floats(0, 1),
)
def test_steady_motion_is_interpolated_exactly(axis: Any, speed: Any, turn: float, at: float) -> None:
    assume(np.linalg.norm(axis) > 0.1)
    axis = axis / np.linalg.norm(axis)
    seconds = np.linspace(0, 1, 11)
    trajectory = Trajectory(seconds, seconds[:, None] * speed, Rotation.from_rotvec(seconds[:, None] * turn * axis))
    T = trajectory.pose(at, 0.06)
    assert T is not None
    np.testing.assert_allclose(T[:3, 3], at * speed, atol=1e-9)
    np.testing.assert_allclose(T[:3, :3], Rotation.from_rotvec(at * turn * axis).as_matrix(), atol=1e-9)


def test_outside_of_the_trajectory_there_is_no_pose() -> None:
    one = Trajectory(np.array([1.0]), np.array([[1.0, 2, 3]]), Rotation.from_quat([[0, 0, 0, 1.0]]))
    near = one.pose(1.01, 0.02)
    assert near is not None
    np.testing.assert_allclose(near[:3, 3], [1, 2, 3])
    assert one.pose(1.03, 0.02) is None


def seen_through_a_lens(camera: Intrinsics, distortion: Any, points: Any) -> Any:
    """Pixels of points in front of a camera with a lens, by the published formula, written out."""
    k1, k2, p1, p2, k3 = distortion
    x, y = points[..., 0] / points[..., 2], points[..., 1] / points[..., 2]
    r2 = x * x + y * y
    radial = 1 + k1 * r2 + k2 * r2 * r2 + k3 * r2 * r2 * r2
    return (
        camera.fx * (x * radial + 2 * p1 * x * y + p2 * (r2 + 2 * x * x)) + camera.cx,
        camera.fy * (y * radial + p1 * (r2 + 2 * y * y) + 2 * p2 * x * y) + camera.cy,
    )


@pytest.mark.parametrize("number", ["1", "2", "3"])
def test_without_the_lens_a_pixel_and_its_depth_are_where_the_point_is(number: str) -> None:
    (intrinsics, distortion) = PUBLISHED[number]
    camera = Intrinsics(*intrinsics, *SIZE)
    through = lens(camera, distortion)
    uv = np.array([[320.0, 240], [120, 90], [500, 400], [60, 430], [610, 30]])
    points = unproject(uv, np.array([2.0, 1.5, 3, 2.5, 1]), camera, np.eye(4))
    u, v = seen_through_a_lens(camera, distortion, points)
    rows, columns = uv[:, 1].astype(int), uv[:, 0].astype(int)
    np.testing.assert_allclose(through.u[rows, columns], u, atol=1e-9)
    np.testing.assert_allclose(through.v[rows, columns], v, atol=1e-9)
    colour = np.zeros((480, 640, 3), np.uint8)
    colour[..., 0] = np.arange(640)[None, :] * 255 / 640
    depth = np.arange(480 * 640, dtype=np.uint32).reshape(480, 640)
    straight = straighten_colour(colour, through)
    inside = (u > 0) & (u < 639) & (v > 0) & (v < 479)
    np.testing.assert_allclose(straight[rows, columns, 0][inside], u[inside] * 255 / 640, atol=1.5)
    values = straighten_plane(depth, through)[rows, columns][inside]
    np.testing.assert_allclose(values % 640, u[inside], atol=0.5)
    np.testing.assert_allclose(values // 640, v[inside], atol=0.5)


def test_a_lens_that_does_not_bend_changes_nothing() -> None:
    camera = Intrinsics(525, 525, 319.5, 239.5, *SIZE)
    through = lens(camera, (0, 0, 0, 0, 0))
    noise = np.random.default_rng(0).integers(0, 256, (480, 640, 3), dtype=np.uint8)
    assert (straighten_colour(noise, through)[:-1, :-1] == noise[:-1, :-1]).all()
    assert (straighten_plane(noise[..., 0], through) == noise[..., 0]).all()
    assert straighten_plane(noise[..., 0], through).dtype == np.uint8


def test_where_a_lens_model_folds_the_picture_nothing_was_seen() -> None:
    camera = Intrinsics(300, 300, 319.5, 239.5, *SIZE)
    through = lens(camera, (-0.3, 0, 0, 0, 0))
    r2 = ((np.arange(640) - 319.5) ** 2 + (np.arange(480)[:, None] - 239.5) ** 2) / 300**2
    beyond = r2 > 1 / 0.9  # where 1 + 3 k1 r2 is 0
    assert 0.1 < beyond.mean() < 0.5
    assert (straighten_plane(np.ones((480, 640), np.uint16), through)[beyond] == 0).all()
    assert (straighten_colour(np.full((480, 640, 3), 200, np.uint8), through)[beyond] == 0).all()
    assert (straighten_plane(np.ones((480, 640), np.uint16), through)[~beyond] == 1).all()


def test_freiburg1_is_straightened(tmp_path: Path) -> None:
    (video,) = open_media(recording(tmp_path / "rgbd_dataset_freiburg1_xyz", frames=2))
    assert video.sensor is not None
    depth = video.sensor.depth(1)
    assert set(np.unique(depth)) == {0, 5001}  # nothing is mixed; the lens saw nothing in the corners
    assert depth[0, 0] == 0
    assert (depth[100:380, 100:540] == 5001).all()
    assert (video.pixels(1)[0, 0] == 0).all()
