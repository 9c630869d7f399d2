import io
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from PIL import Image

from spatial_agent.errors import ToolError
from spatial_agent.inside.framed import FrameArray, FrameId
from spatial_agent.inside.pictures import collect
from spatial_agent.inside.show import encode, images_of_open_figures, make_show
from spatial_agent.inside.tools.reconstruct import Reconstruct
from spatial_agent.inside.tools.sam3 import SAM3
from spatial_agent.inside.visual import VisualFeedback
from tests.inside.scene import Scene

mpl.use("Agg")
RED = Image.new("RGB", (40, 30), "red")
BLUE = Image.new("RGB", (40, 30), "blue")
Captured = pytest.CaptureFixture[str]


def labels(*args: Any, label: Any = "") -> list[str]:
    return [caption for _, caption, _ in collect(args, "show", label)]


def test_the_forms_that_models_write() -> None:
    frame = Scene().inputs()[1]
    assert labels(frame) == ["frame 10"]
    assert labels(frame, RED) == labels([frame, RED]) == ["frame 10", ""]
    assert labels([[frame, RED], [BLUE]]) == ["frame 10", "", ""]
    assert labels([(RED, "a"), (BLUE, "b")]) == labels({"a": RED, "b": BLUE}) == ["a", "b"]
    assert labels(RED, "a", BLUE, "b") == ["a", "b"]
    assert labels(image for image in (RED, None, BLUE)) == ["", ""]
    assert labels(None) == []
    assert labels(Scene().inputs()) == ["frame 0", "frame 10", "frame 20"]
    assert labels(np.zeros((2, 5, 5, 3), dtype=np.uint8)) == ["", ""]
    assert labels(("caption", RED)) == ["caption"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (([RED, BLUE], ["a", "b"]), ["a", "b"]),
        ((RED, BLUE, ["a", "b"]), ["a", "b"]),
        (([RED, BLUE], "both"), ["both (1/2)", "both (2/2)"]),
        (("a", RED, "b", BLUE), ["a", "b"]),
        ((["a", RED], ["b", BLUE]), ["a", "b"]),
        (([{"a": RED}, {"b": BLUE}],), ["a", "b"]),
        (([{"image": RED, "caption": "a"}, {"image": BLUE, "label": "b"}],), ["a", "b"]),
        (({"a": [RED, BLUE], "b": None},), ["a", "a"]),
        (([(RED, "a"), (None, "gone"), (BLUE, "b")],), ["a", "b"]),
        (([[(RED, "a"), (BLUE, "b")], [RED, BLUE]],), ["a", "b", "", ""]),
        ((np.array([RED, None, BLUE], dtype=object),), ["", ""]),
        (([np.zeros((4, 5)), np.ones((4, 5), dtype=bool)],), ["", ""]),
        ((np.zeros((3, 40, 50), dtype=bool),), ["", "", ""]),
    ],
    ids=range(13),
)
def test_captions_rows_dicts_and_arrays(given: tuple[Any, ...], expected: list[str]) -> None:
    assert labels(*given) == expected


def test_captions_are_bound_at_the_call() -> None:
    sent: list[str] = []
    show = make_show(lambda _image, label: sent.append(label))
    for name, image in (("a", RED), ("b", BLUE)):
        show(image, label=name)
    show(RED, "c")
    assert sent == ["a", "b", "c"]


def test_results_show_themselves(capsys: Captured) -> None:
    scene = Scene(frames=tuple(range(10)))
    sam3 = SAM3(scene, [scene.inputs()], 20)
    masks = sam3.segment_video_by_text("box")
    shown = labels(masks, RED)
    assert [label.split(":")[0] for label in shown] == [f"masks in frame {n}" for n in (0, 3, 6, 9)] + [""]
    assert "PerFrameMask of 10 frames and pictures 0, 3, 6, 9; type .visualize(frame)" in capsys.readouterr().out
    recon = Reconstruct(scene, 16)(scene.inputs()[:2])
    assert labels(recon[1]) == labels(recon.depth[1]) == ["frame 1"]
    assert labels(recon.depth) == ["PerFrameDepth of frame 0", "PerFrameDepth of frame 1"]
    assert labels(masks[3]) == labels(FrameArray.of(np.zeros((9, 9)), FrameId(1, 3))) * 2
    assert labels(VisualFeedback(RED, "a plan\nwith words")) == ["a plan"]


def test_figures_and_axes_are_shown_once_with_their_titles() -> None:
    import matplotlib.pyplot as plt

    figure, (left, right) = plt.subplots(1, 2)
    right.set_title("heights")
    assert labels(figure) == labels(left) == labels([left, right, figure]) == ["heights"]
    assert labels(left.plot([1, 2])) == labels(np.array([left, right])) == ["heights"]
    plt.close("all")


def test_a_label_names_one_or_counts_many(capsys: Captured) -> None:
    images = Scene().inputs()[:2]
    assert labels(images[0], label="left") == ["left"]
    assert labels(images, label="views") == ["views (1/2): frame 0", "views (2/2): frame 10"]
    assert labels(images, label=["a", "b"]) == ["a", "b"]
    assert labels(images, label=["a"]) == ["a", "frame 10"]
    assert capsys.readouterr().out == ""
    assert labels(images, label=["a", "b", "c"]) == ["a", "b"]
    assert "3 captions for 2 images" in capsys.readouterr().out
    assert labels(images, label=np.array(["a", "b"])) == ["a", "b"]
    assert labels(images[0], label=7) == ["7"]
    assert labels(images[0], label=None) == ["frame 0"]


def sent_by(**how: Any) -> list[tuple[bytes, str]]:
    sent: list[tuple[bytes, str]] = []
    show = make_show(lambda image, label: sent.append((image, label)))
    show(*how.pop("args", ()), **how)
    return sent


@pytest.mark.parametrize("name", ["label", "labels", "title", "titles", "caption", "captions"])
@pytest.mark.parametrize("images", ["image", "images", "visual_input"])
def test_show_takes_the_keywords_that_models_use(name: str, images: str) -> None:
    assert [text for _, text in sent_by(**{images: RED, name: "x"})] == ["x"]
    assert [text for _, text in sent_by(args=(RED,), **{name: "x"})] == ["x"]
    assert [text for _, text in sent_by(**{images: [RED, BLUE], name: ["a", "b"]})] == ["a", "b"]
    assert [text for _, text in sent_by(**{images: RED, name: None})] == [""]


def test_what_show_does_not_know_is_said_in_three_lines() -> None:
    with pytest.raises(ToolError, match=r"^show\(\) got colour=.*\n  expected: images and label=\n  type: show\(image"):
        sent_by(args=(RED,), colour="red")
    with pytest.raises(ToolError, match=r"^a int is no image\n  expected: .*\n  type: show\(InputImages\[0\]\)$"):
        sent_by(args=(7,))


def test_nothing_and_what_is_no_picture_is_said_in_one_note_each(capsys: Captured) -> None:
    assert sent_by(args=(None, [])) == []
    nothing = capsys.readouterr().out
    assert "show: 1 of 1 images given are None and are skipped" in nothing
    assert "show() got no image" in nothing
    assert len(sent_by(args=([RED, None, (None, "gone"), BLUE, None],))) == 2
    assert capsys.readouterr().out == "[note] show: 3 of 5 images given are None and are skipped\n"
    assert len(sent_by(args=("lonely", "words"))) == 0
    assert "show: 'lonely', 'words' is no caption of an image; type show(image" in capsys.readouterr().out
    assert [text for _, text in sent_by(args=(RED, "a", "b"))] == ["a"]
    assert "show: 'b' is no caption of an image" in capsys.readouterr().out


def test_drawings_go_as_png_photos_as_jpeg_and_none_is_too_long() -> None:
    random = np.random.default_rng(0)
    photo = Image.fromarray(random.integers(0, 255, (900, 1500, 3), dtype=np.uint8))
    assert encode(RED).startswith(b"\x89PNG")
    assert encode(photo).startswith(b"\xff\xd8")
    assert Image.open(io.BytesIO(encode(photo))).size == (1024, 614)


def test_open_figures_are_rendered_named_and_closed() -> None:
    import matplotlib.pyplot as plt

    plt.close("all")
    plt.plot([1, 2])
    plt.title("distance")
    plt.figure().suptitle("second")
    plt.figure()
    found = images_of_open_figures()
    assert [text for _, text in found] == ["distance", "second", "figure 3"]
    assert all(picture.mode == "RGB" for picture, _ in found)
    assert plt.get_fignums() == [] == images_of_open_figures()


def test_more_than_can_be_looked_at_are_thinned_before_any_is_opened(capsys: Captured) -> None:
    scene = Scene(frames=tuple(range(200)))
    sent: list[str] = []
    make_show(lambda _image, caption: sent.append(caption))(scene.inputs())
    assert len(sent) == len(scene.asked) == 64
    assert (sent[0], sent[-1]) == ("frame 0", "frame 199")
    assert "show got 200 images and takes 64; evenly spaced, these are: frame 0, frame 3" in capsys.readouterr().out
