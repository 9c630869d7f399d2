import io
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from PIL import Image

from spatial_agent.inside.show import encode, flatten, images_of_open_figures, make_show
from tests.inside.scene import Scene

mpl.use("Agg")
RED = Image.new("RGB", (40, 30), "red")
BLUE = Image.new("RGB", (40, 30), "blue")


def labels(*args: Any, label: Any = "") -> list[str]:
    return [text for _, text in flatten(args, label)]


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


def test_a_label_names_one_or_counts_many() -> None:
    images = Scene().inputs()[:2]
    assert labels(images[0], label="left") == ["left"]
    assert labels(images, label="views") == ["views (1/2): frame 0", "views (2/2): frame 10"]
    assert labels(images, label=["a", "b"]) == ["a", "b"]


def sent_by(**how: Any) -> list[tuple[bytes, str]]:
    sent: list[tuple[bytes, str]] = []
    show = make_show(lambda image, label: sent.append((image, label)))
    show(*how.pop("args", ()), **how)
    return sent


def test_show_takes_the_keywords_that_models_use() -> None:
    assert [text for _, text in sent_by(image=RED, label="x")] == ["x"]
    assert [text for _, text in sent_by(args=(RED,), title="t")] == ["t"]
    assert [text for _, text in sent_by(images=[RED, BLUE], labels=["a", "b"])] == ["a", "b"]
    with pytest.raises(TypeError, match="colour="):
        sent_by(args=(RED,), colour="red")
    with pytest.raises(TypeError, match="int is no image"):
        sent_by(args=(7,))


def test_showing_nothing_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert sent_by(args=(None, [])) == []
    assert "no image" in capsys.readouterr().out


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
