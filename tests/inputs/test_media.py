"""What a person has at hand, well-formed or not, becomes frames or a clear refusal."""

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from spatial_agent.errors import InputError
from spatial_agent.inputs.media import open_media, shipped_captures

LIVING_ROOM = shipped_captures()["living_room"]


def saved(path: Path, image: Image.Image, **options: object) -> Path:
    image.save(path, **options)  # type: ignore[arg-type]
    return path


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    """A copy of the first two frames of the shipped capture, to be spoiled."""
    folder = tmp_path / "walk"
    said = json.loads((LIVING_ROOM / "transforms.json").read_text())
    said["frames"] = said["frames"][:2]
    for shot in said["frames"]:
        for key in ("file_path", "depth_file_path", "instance_file_path"):
            (folder / shot[key]).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(LIVING_ROOM / shot[key], folder / shot[key])
    (folder / "transforms.json").write_text(json.dumps(said, indent=1))
    return folder


def turned(path: Path) -> None:
    image = Image.open(path)
    image.load()
    exif = image.getexif()
    exif[0x0112] = 3
    image.save(path, exif=exif)


def scaled_pose(folder: Path) -> None:
    shots = json.loads((folder / "transforms.json").read_text())["frames"]
    shots[1]["transform_matrix"] = (2 * np.array(shots[1]["transform_matrix"])).tolist()
    change(folder, frames=shots)


def change(folder: Path, **fields: object) -> None:
    file = folder / "transforms.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | fields, indent=1))


def test_photos_are_one_set_upright_and_never_enlarged(tmp_path: Path) -> None:
    turned = Image.new("RGB", (40, 20), "red")
    exif = turned.getexif()
    exif[0x0112] = 6
    paths = [saved(tmp_path / "a.jpg", turned, exif=exif), saved(tmp_path / "b.png", Image.new("RGB", (2000, 1000)))]
    (photos,) = open_media([str(path) for path in paths])
    assert photos.kind == "images"
    assert photos.sizes == ((20, 40), (768, 384))
    assert photos.pixels(0).shape == (40, 20, 3)
    assert photos.pixels(1).shape == (384, 768, 3)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "L", "P", "CMYK", "I;16", "1"])
def test_every_kind_of_pixel_becomes_rgb(tmp_path: Path, mode: str) -> None:
    if mode == "I;16":
        image = Image.fromarray(np.full((8, 8), 40000, np.uint16))
    else:
        image = Image.new("RGBA" if mode == "RGBA" else "L", (8, 8), (0, 0, 0, 0) if mode == "RGBA" else 0).convert(
            mode
        )
    suffix = "tif" if mode in ("CMYK", "LA") else "png"
    (photos,) = open_media(saved(tmp_path / f"x.{suffix}", image))
    pixels = photos.pixels(0)
    assert (pixels.shape, pixels.dtype) == ((8, 8, 3), np.uint8)
    if mode == "RGBA":
        assert (pixels == 255).all()  # what is transparent is white
    if mode == "I;16":
        assert (pixels == 40000 >> 8).all()


def test_images_in_memory_are_media_too() -> None:
    (photos,) = open_media([Image.new("RGB", (30, 20)), np.zeros((20, 30, 3), np.uint8)])
    assert photos.sizes == ((30, 20), (30, 20))


def test_the_shipped_capture_is_a_video_with_a_sensor() -> None:
    (video,) = open_media("living_room")
    assert (video.kind, len(video), video.rendered, video.fps) == ("video", 24, True, 2.0)
    assert video.sensor is not None
    assert video.sensor.depth(0).dtype == np.uint16
    assert {label.label for label in video.sensor.labels.values()} >= {"radiator heater", "door", "sofa"}


def test_poses_and_principal_point_are_converted(capture: Path) -> None:
    (video,) = open_media(str(capture))
    assert video.sensor is not None
    said = json.loads((capture / "transforms.json").read_text())
    camera = video.sensor.intrinsics(0)
    assert (camera.cx, camera.cy) == (said["cx"] - 0.5, said["cy"] - 0.5)
    opengl = np.array(said["frames"][0]["transform_matrix"])
    opencv = video.sensor.T_input_cam(0)
    np.testing.assert_allclose(opencv[:, 0], opengl[:, 0])
    np.testing.assert_allclose(opencv[:3, 1:3], -opengl[:3, 1:3])
    np.testing.assert_allclose(opencv[:, 3], opengl[:, 3])


def test_captures_and_photos_together_are_videos_of_their_own(tmp_path: Path) -> None:
    photo = saved(tmp_path / "a.png", Image.new("RGB", (4, 4)))
    assert [frames.kind for frames in open_media([str(photo), "living_room"])] == ["video", "images"]


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda f: (f / "transforms.json").write_text('{"w": 640,\n "h": oops}'), "line 2"),
        (lambda f: change(f, fl_x="wide"), "fl_x"),
        (lambda f: change(f, frames=[]), "frames"),
        (lambda f: change(f, k1=0.1), "distortion"),
        (lambda f: change(f, w=100), "says w x h = 100"),
        (lambda f: (f / "depth/frame_00001.png").unlink(), "frame_00001.png"),
        (lambda f: change(f, frames=[{"file_path": "../x.jpg", "transform_matrix": np.eye(4).tolist()}]), "outside"),
        (lambda f: (f / "transforms.json").unlink(), "holds no images"),
        (lambda f: change(f, cx=float("nan")), "cx"),
        (lambda f: change(f, depth_unit_scale_factor=0), "depth_unit_scale_factor"),
        (lambda f: change(f, up=[0, 0, 0]), "no direction"),
        (lambda f: turned(f / "images/frame_00001.jpg"), "marked as turned"),
        (lambda f: scaled_pose(f), "must be a rotation"),
        (lambda f: change(f, fl_y=float("inf")), "fl_y"),
        (lambda f: Image.new("I;16", (1, 1)).save(f / "depth/frame_00001.png"), "1 x 1 pixels"),
        (
            lambda f: change(f, frames=[{"file_path": "x" * 5000, "transform_matrix": np.eye(4).tolist()}]),
            "no such file",
        ),
    ],
    ids=[
        "syntax",
        "type",
        "empty",
        "distortion",
        "size",
        "missing file",
        "escape",
        "no transforms",
        "nan",
        "scale",
        "up",
        "turned",
        "pose",
        "infinite",
        "depth size",
        "long name",
    ],
)
def test_a_spoiled_capture_is_refused_by_file_and_field(capture: Path, spoil: object, words: str) -> None:
    spoil(capture)  # type: ignore[operator]
    with pytest.raises(InputError, match=words):
        open_media(str(capture))


def test_poses_are_checked_where_there_is_no_depth_too(capture: Path) -> None:
    shots = json.loads((capture / "transforms.json").read_text())["frames"]
    bare = [{key: shot[key] for key in ("file_path", "transform_matrix")} for shot in shots]
    change(capture, frames=bare)
    (video,) = open_media(str(capture))
    assert video.sensor is None
    scaled_pose(capture)
    with pytest.raises(InputError, match="must be a rotation"):
        open_media(str(capture))


def test_bad_files_are_refused_by_name(tmp_path: Path) -> None:
    whole = saved(tmp_path / "whole.jpg", Image.effect_noise((200, 200), 90))
    cut, text = tmp_path / "cut.jpg", tmp_path / "text.png"
    cut.write_bytes(whole.read_bytes()[:2000])
    text.write_text("hello")
    for path, words in ((cut, "cut.jpg is damaged"), (text, "text.png is not an image"), (tmp_path, "text.png is not")):
        with pytest.raises(InputError, match=words):
            open_media(str(path))
    with pytest.raises(InputError, match="Did you mean living_room"):
        open_media("livingroom")
    with pytest.raises(InputError, match="No media"):
        open_media([])
    with pytest.raises(InputError, match="float64"):
        open_media(np.zeros((4, 4, 3)))  # type: ignore[arg-type]


def test_a_damaged_depth_file_is_found_when_it_is_needed(capture: Path) -> None:
    (capture / "depth/frame_00001.png").write_bytes((capture / "depth/frame_00000.png").read_bytes()[:500])
    (video,) = open_media(str(capture))
    assert video.sensor is not None
    with pytest.raises(InputError, match=r"frame_00001\.png"):
        video.sensor.depth(1)


def test_instance_numbers_above_255_stay_what_they_are(capture: Path) -> None:
    path = capture / "instances/frame_00000.png"
    ids = np.asarray(Image.open(path)).astype(np.uint16) + 300
    Image.fromarray(ids).save(path)
    (video,) = open_media(str(capture))
    assert video.sensor is not None
    assert video.sensor.instances is not None
    assert (video.sensor.instances(0) == ids).all()


def test_what_is_neither_file_nor_folder_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for odd, words in (
        (tmp_path / "pipe", "neither a file nor a folder"),
        ("x" * 5000, "no name of a file"),
    ):
        with pytest.raises(InputError, match=words):
            open_media(str(odd))


def test_an_empty_name_is_not_the_folder_that_one_is_in() -> None:
    with pytest.raises(InputError, match="has no name"):
        open_media("")
