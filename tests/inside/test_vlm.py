import io

import numpy as np
import pytest
from PIL import Image

from spatial_agent import wire
from spatial_agent.errors import ToolError
from spatial_agent.inside.tools.geometry import Geometry
from spatial_agent.inside.vlm import Vlm
from tests.inside.scene import Scene


def test_images_go_with_their_frame_numbers() -> None:
    scene = Scene()
    frame = scene.inputs()[1]
    answer = Vlm(scene).locate(visual_input=frame, question="Where is the red box?")
    request = scene.asked[-1]
    assert isinstance(request, wire.AskModel)
    assert (request.kind, request.captions, answer) == ("locate", ("frame 10",), "120 300 480 700")
    assert Image.open(io.BytesIO(request.images[0])).size == (160, 120)
    assert len(Geometry.normalized_to_pixel(answer, frame)) == 4


def test_the_forms_of_show_and_captions_of_ones_own() -> None:
    scene = Scene()
    picture = Image.fromarray(np.zeros((900, 1400, 3), dtype=np.uint8))
    Vlm(scene).ask_with_thinking([(picture, "map"), scene.inputs()[0].crop((0, 0, 9, 9)), picture], "What?")
    request = scene.asked[-1]
    assert isinstance(request, wire.AskModel)
    assert request.captions == ("map", "frame 0, crop x 0..8, y 0..8", "image 3")
    assert Image.open(io.BytesIO(request.images[0])).size == (1024, 658)


def test_too_many_images_are_thinned_evenly(capsys: pytest.CaptureFixture[str]) -> None:
    scene = Scene(frames=tuple(range(15)))
    Vlm(scene).locate(scene.inputs(), "Where?")
    request = scene.asked[-1]
    assert isinstance(request, wire.AskModel)
    assert request.captions == tuple(f"frame {n}" for n in range(0, 15, 2))
    assert "got 15 images and takes 8; evenly spaced, it sees: frame 0, frame 2" in capsys.readouterr().out


def test_a_question_needs_words_and_images() -> None:
    with pytest.raises(ToolError, match="no image"):
        Vlm(Scene()).locate([], "Where?")
    with pytest.raises(ToolError, match="question ''"):
        Vlm(Scene()).locate(Scene().inputs()[0], "")
    with pytest.raises(TypeError, match="int is no image"):
        Vlm(Scene()).ask_with_thinking(7, "What?")


def test_many_detailed_images_still_fit_one_message() -> None:
    scene = Scene()
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 255, (1000, 1000, 3), dtype=np.uint8))
    Vlm(scene).ask_with_thinking([noise] * 40, "What?")
    request = scene.asked[-1]
    assert isinstance(request, wire.AskModel)
    assert sum(map(len, request.images)) < wire.MAX_MESSAGE * 0.9
