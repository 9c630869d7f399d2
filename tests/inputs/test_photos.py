"""Image files, folders and patterns of them: read upright in RGB, or refused by name with what to do."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from spatial_agent.errors import InputError, UnreadableFrame
from spatial_agent.inputs import pictures
from spatial_agent.inputs.media import open_media, shipped_captures
from tests.inputs.films import film

LIVING_ROOM = shipped_captures()["living_room"]


def grey(value: int, size: tuple[int, int] = (24, 16)) -> Image.Image:
    return Image.new("RGB", size, (value, value, value))


def shots(folder: Path, *names: str) -> Path:
    """Image files, each in the grey of its place in `names`."""
    folder.mkdir(parents=True, exist_ok=True)
    for value, name in enumerate(names):
        grey(10 * value).save(folder / name)
    return folder


def test_a_folder_is_a_set_in_the_order_of_the_numbers_in_the_names(tmp_path: Path) -> None:
    folder = shots(tmp_path / "walk", "IMG_2.png", "IMG_10.png", "IMG_1.png")
    (folder / "notes.txt").write_text("x")
    (folder / "._IMG_1.png").write_bytes(b"x")  # what macOS leaves behind
    (photos,) = open_media(str(folder))
    assert (photos.name, photos.kind, photos.indices) == ("walk", "images", (0, 1, 2))
    assert [int(photos.pixels(index)[0, 0, 0]) for index in photos.indices] == [20, 0, 10]


def test_a_pattern_is_what_the_shell_would_have_made_of_it(tmp_path: Path) -> None:
    folder = shots(tmp_path / "walk", "b10.png", "b9.png", "a.png", "c.jpg")
    (by_pattern,) = open_media(f"{folder}/*.png")
    (one_by_one,) = open_media([str(folder / name) for name in ("a.png", "b9.png", "b10.png")])
    assert len(by_pattern) == 3
    assert all((by_pattern.pixels(k) == one_by_one.pixels(k)).all() for k in range(3))
    with pytest.raises(InputError, match=r"No file matches the pattern .*\*\.webp"):
        open_media(f"{folder}/*.webp")
    with pytest.raises(InputError, match="There is no folder"):
        open_media(f"{tmp_path}/missing/*.png")


def test_videos_captures_and_folders_come_in_their_order_and_all_photos_last(tmp_path: Path) -> None:
    folder = shots(tmp_path / "walk", "a.png", "b.png")
    loose = shots(tmp_path / "loose", "one.png", "two.png")
    clip = film(tmp_path / "clip.mp4", frames=4)
    media = open_media([str(loose / "one.png"), str(clip), str(folder), "living_room", str(loose / "two.png")])
    assert [frames.name for frames in media] == ["clip.mp4", "walk", "living_room", "one.png, two.png"]
    assert [frames.kind for frames in media] == ["video", "images", "video", "images"]


def test_a_transforms_file_names_its_capture(tmp_path: Path) -> None:
    (capture,) = open_media(LIVING_ROOM / "transforms.json")
    assert (capture.name, len(capture)) == ("living_room", 24)


def test_images_beside_a_captures_own_are_not_passed_over(tmp_path: Path) -> None:
    folder = tmp_path / "walk"
    shutil.copytree(LIVING_ROOM, folder)
    grey(0).save(folder / "extra.jpg")
    with pytest.raises(
        InputError, match=r"holds 1 image \(extra\.jpg\) beside those of its transforms\.json"
    ) as refusal:
        open_media(folder)
    assert f"{folder}/transforms.json" in str(refusal.value)
    assert len(open_media(folder / "transforms.json")[0]) == 24
    assert len(open_media(f"{folder}/*.jpg")[0]) == 1


@pytest.mark.parametrize("name", ["b.heic", "clip.mov", "raw.dng", "clip.mjpeg"])
def test_a_folder_is_read_whole_or_not_at_all(tmp_path: Path, name: str) -> None:
    folder = shots(tmp_path / "walk", "a.jpg", "c.png")
    (folder / name).write_bytes(b"x")
    (folder / f".{name}").write_bytes(b"x")
    with pytest.raises(InputError, match=rf"holds {name} beside 2 images") as refusal:
        open_media(folder)
    patterns = [f"{folder}/*.jpg", f"{folder}/*.png"]
    assert all(f"'{pattern}'" in str(refusal.value) for pattern in patterns)
    assert len(open_media(patterns)[0]) == 2


def test_a_folder_of_nothing_but_heic_photos_says_how_to_convert_them(tmp_path: Path) -> None:
    heic(tmp_path / "IMG_1.heic")
    with pytest.raises(InputError, match=r"heif-convert IMG_1\.heic IMG_1\.jpg"):
        open_media(tmp_path)


def test_every_kind_of_image_counts_in_a_folder(tmp_path: Path) -> None:
    folder = shots(tmp_path / "walk", "a.gif", "b.jp2", "c.ppm", "d.pgm", "e.jfif")
    assert len(open_media(folder)[0]) == 5
    several(folder / "a.gif", "GIF")
    with pytest.raises(InputError, match=r"a\.gif holds 3 pictures"):
        open_media(folder)


def test_a_folder_without_images_says_what_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"holds no images .*transforms\.json.*rgb\.txt"):
        open_media(tmp_path)
    film(tmp_path / "clip.mp4", frames=3)
    with pytest.raises(InputError, match=r"holds videos \(clip\.mp4\), no images"):
        open_media(tmp_path)


@contextmanager
def somebody_else() -> Iterator[None]:
    """Without the rights of root."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_an_unreadable_folder_is_named() -> None:
    with tempfile.TemporaryDirectory() as place:  # pytest's own folders are closed to other users
        Path(place).chmod(0o755)
        folder = shots(Path(place) / "locked", "a.png")
        folder.chmod(0)
        try:
            for medium in (folder, folder / "a.png"):
                with somebody_else(), pytest.raises(InputError, match="cannot be read: Permission denied"):
                    open_media(medium)
        finally:
            folder.chmod(0o755)


def test_only_the_first_photos_of_a_large_set_are_read_at_once(tmp_path: Path) -> None:
    folder = shots(tmp_path / "many", *(f"{k}.png" for k in range(40)))
    whole = (folder / "7.png").read_bytes()
    (folder / "7.png").write_bytes(whole[:45])
    (photos,) = open_media(folder)
    with pytest.raises(UnreadableFrame, match=r"7\.png is damaged") as refusal:
        photos.pixels(7)
    assert refusal.value.frame == 7
    assert int(photos.pixels(8)[0, 0, 0]) == 80


def exif(path: Path, orientation: int) -> Path:
    image = Image.new("RGB", (60, 40), "black")
    image.paste("white", (0, 0, 20, 20))
    mark = image.getexif()
    mark[0x0112] = orientation
    image.save(path, exif=mark, quality=95)
    return path


@pytest.mark.parametrize(
    ("orientation", "corner"),
    [(1, (0, 0)), (2, (0, -1)), (3, (-1, -1)), (4, (-1, 0)), (5, (0, 0)), (6, (0, -1)), (7, (-1, -1)), (8, (-1, 0))],
)
def test_every_exif_orientation_is_turned_upright(tmp_path: Path, orientation: int, corner: tuple[int, int]) -> None:
    (photo,) = open_media(exif(tmp_path / "x.jpg", orientation))
    assert photo.size(0) == ((60, 40) if orientation <= 4 else (40, 60))
    pixels = photo.pixels(0)
    assert pixels[corner].min() > 200
    others = [(r, c) for r in (0, -1) for c in (0, -1) if (r, c) != corner]
    assert max(pixels[other].max() for other in others) < 50


def test_an_image_in_memory_is_turned_upright_too(tmp_path: Path) -> None:
    path = exif(tmp_path / "x.jpg", 6)
    (from_file,) = open_media(path)
    with Image.open(path) as image:
        (in_memory,) = open_media(image)
    assert in_memory.sizes == from_file.sizes == ((40, 60),)
    assert (in_memory.pixels(0) == from_file.pixels(0)).all()
    path.write_bytes(path.read_bytes()[:-20])
    with Image.open(path) as image, pytest.raises(InputError, match="An image in memory is damaged or cut short"):
        open_media(image)


def test_a_large_jpeg_is_decoded_small_and_still_upright(tmp_path: Path) -> None:
    exif(tmp_path / "x.jpg", 6)
    image = Image.open(tmp_path / "x.jpg")
    large = image.resize((3000, 2000))
    large.save(tmp_path / "large.jpg", exif=image.getexif(), quality=95)
    (photo,) = open_media(tmp_path / "large.jpg", long_edge=300)
    assert photo.pixels(0).shape == (300, 200, 3)
    assert photo.pixels(0)[2, -3].min() > 200


def several(path: Path, format: str) -> None:
    grey(0).save(path, format=format, save_all=True, append_images=[grey(90), grey(180)])


def heic(path: Path) -> None:
    path.write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0" + bytes(200))


REFUSED: dict[str, tuple[Callable[[Path], None], str]] = {
    "moving.webp": (lambda p: several(p, "WEBP"), r"moving\.webp holds 3 pictures.*ffmpeg"),
    "pages.tif": (lambda p: several(p, "TIFF"), r"pages\.tif holds 3 pictures"),
    "photo.heic": (heic, r"photo\.heic is not an image .*HEIC photo: convert it with `heif-convert photo\.heic photo\.jpg"),
    "photo.jpg": (heic, r"HEIC photo: convert it"),
    "raw.dng": (lambda p: grey(0).save(p, format="TIFF"), r"raw\.dng is a camera's raw file"),
    "float.tif": (lambda p: Image.fromarray(np.ones((4, 4), np.float32)).save(p), r"float\.tif holds pixels of the kind 'F'"),
    "lab.tif": (lambda p: Image.new("LAB", (4, 4)).save(p), r"lab\.tif holds pixels of the kind 'LAB'"),
    "deep.tif": (lambda p: Image.fromarray(np.full((4, 4), 70_000, np.int32)).save(p), "more than 16 bits"),
    "empty.jpg": (lambda p: p.write_bytes(b""), r"empty\.jpg is empty"),
    "drawing.svg": (lambda p: p.write_text("<svg/>"), r"drawing\.svg is neither an image nor a video"),
    "page.eps": (lambda p: p.write_text("%!PS-Adobe-3.0 EPSF-3.0\n"), r"page\.eps is neither an image nor a video"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_photo_is_refused_with_what_to_do(tmp_path: Path, name: str) -> None:
    make, words = REFUSED[name]
    make(tmp_path / name)
    with pytest.raises(InputError, match=words):
        open_media(tmp_path / name)


def test_a_picture_of_absurd_size_is_not_decoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    grey(0, (300, 200)).save(tmp_path / "x.png")
    for limit in (50_000, 20_000):  # Pillow warns of the first and refuses the second
        monkeypatch.setattr(pictures, "MAX_PIXELS", limit)
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limit)
        with pytest.raises(InputError, match=r"x\.png has more than"):
            open_media(tmp_path / "x.png")


def test_a_phones_jpeg_with_a_second_picture_behind_it_is_a_photo(tmp_path: Path) -> None:
    grey(90).save(tmp_path / "x.jpg", format="MPO", save_all=True, append_images=[grey(10)])
    (photo,) = open_media(tmp_path / "x.jpg")
    assert abs(int(photo.pixels(0)[0, 0, 0]) - 90) < 3


def test_a_still_gif_is_a_photo_and_a_moving_one_a_video(tmp_path: Path) -> None:
    grey(90).save(tmp_path / "still.gif")
    several(tmp_path / "moving.gif", "GIF")
    assert [frames.kind for frames in open_media([tmp_path / "still.gif", tmp_path / "moving.gif"])] == [
        "video",
        "images",
    ]


@pytest.mark.filterwarnings("ignore")  # Pillow warns of some of the damage
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_damaged_file_is_read_or_refused_and_nothing_else(tmp_path: Path, data: st.DataObject) -> None:
    name, format = data.draw(
        st.sampled_from([("x.jpg", "JPEG"), ("x.png", "PNG"), ("x.tif", "TIFF"), ("x.webp", "WEBP")])
    )
    exif(tmp_path / "seed.jpg", 6)
    with Image.open(tmp_path / "seed.jpg") as image:
        image.save(tmp_path / name, format=format, exif=image.getexif())
    content = bytearray((tmp_path / name).read_bytes())
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    (tmp_path / name).write_bytes(content[: data.draw(st.integers(1, len(content)))])
    try:
        (photo,) = open_media(tmp_path / name)
    except InputError as refusal:
        assert name in str(refusal)
    else:
        assert photo.pixels(0).shape == (*photo.size(0)[::-1], 3)
