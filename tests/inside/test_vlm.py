import io
import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from spatial_agent import framing, wire
from spatial_agent.errors import ToolError
from spatial_agent.inside.located import Located
from spatial_agent.inside.tools.geometry import Geometry
from spatial_agent.inside.vlm import MAX_BYTES, Vlm
from tests.inside.scene import Scene


@dataclass
class Echo(Scene):
    """Answers every question with a point that depends on its first character, so that answers can be told apart."""

    def ask(self, request: wire.Request) -> tuple[wire.Result, tuple[NDArray[Any], ...]]:
        """One text for each question."""
        if isinstance(request, wire.AskModel):
            self.asked.append(request)
            return wire.Text(_point(request)), ()
        if isinstance(request, wire.AskModels):
            self.asked.append(request)
            return wire.Texts(tuple(map(_point, request.questions))), ()
        return super().ask(request)


def _point(question: wire.AskModel) -> str:
    return f"{ord(question.question[0])} {len(question.captions)}"


def questions(scene: Scene) -> list[wire.AskModel]:
    """Every question that reached the model, in order."""
    found: list[wire.AskModel] = []
    for request in scene.asked:
        found += request.questions if isinstance(request, wire.AskModels) else []
        found += [request] if isinstance(request, wire.AskModel) else []
    return found


def test_images_go_with_their_frame_numbers() -> None:
    scene = Scene()
    frame = scene.inputs()[1]
    answer = Vlm(scene).locate(visual_input=frame, question="Where is the red box?")
    (request,) = questions(scene)
    assert (request.kind, request.captions, answer) == ("locate", ("frame 10",), "120, 300, 480, 700")
    assert Image.open(io.BytesIO(request.images[0])).size == (160, 120)
    assert answer.box == pytest.approx(Geometry.normalized_to_pixel("120 300 480 700", frame), abs=0.01)


@pytest.mark.parametrize("name", ["visual_input", "image", "images"])
def test_images_may_be_passed_by_the_names_that_models_use(name: str) -> None:
    scene = Scene()
    ask: Any = Vlm(scene)
    assert isinstance(ask.locate(question="Where?", **{name: scene.inputs()[0]}), Located)
    assert ask.ask_with_thinking(question="What?", **{name: scene.inputs()}) == scene.answer
    assert len(ask.locate_many(question="Where?", **{name: scene.inputs()})) == 3


def test_the_forms_of_show_and_captions_of_ones_own() -> None:
    scene = Scene()
    picture = Image.fromarray(np.zeros((900, 1400, 3), dtype=np.uint8))
    Vlm(scene).ask_with_thinking([(picture, "map"), scene.inputs()[0].crop((0, 0, 9, 9)), picture], "What?")
    (request,) = questions(scene)
    assert request.captions == ("map", "frame 0, crop x 0..8, y 0..8", "image 3")
    assert Image.open(io.BytesIO(request.images[0])).size == (1024, 658)


def test_what_is_found_in_a_crop_is_known_in_the_frame() -> None:
    scene = Scene(answer="0 0 1000 1000")
    crop = scene.inputs()[1].crop((40, 30, 80, 60))
    answer = Vlm(scene).locate([crop], "the red box")
    assert answer.box == pytest.approx((0, 0, 39, 29))
    assert answer.frame_boxes[0] == pytest.approx((40, 30, 79, 59))


def test_too_many_images_are_thinned_evenly(capsys: pytest.CaptureFixture[str]) -> None:
    scene = Scene(frames=tuple(range(15)))
    Vlm(scene).locate(scene.inputs(), "Where?")
    (request,) = questions(scene)
    assert request.captions == tuple(f"frame {n}" for n in range(0, 15, 2))
    assert sum(isinstance(asked, wire.GetFrame) for asked in scene.asked) == 8  # what is left out is never opened
    assert "got 15 images and takes 8; evenly spaced, these are: frame 0, frame 2" in capsys.readouterr().out


def test_a_list_of_questions_is_asked_at_once_and_each_question_once() -> None:
    scene = Echo()
    answers = Vlm(scene).locate(scene.inputs()[0], ["a", "b", "a"])
    assert [answer.normalized for answer in answers] == [[(97, 1)], [(98, 1)], [(97, 1)]]
    assert [type(request) for request in scene.asked if not isinstance(request, wire.GetFrame)] == [wire.AskModels]
    assert [request.question for request in questions(scene)] == ["a", "b"]
    assert Vlm(scene).ask_with_thinking(scene.inputs(), ["c", "d"]) == ["99 3", "100 3"]
    assert len(Vlm(scene).locate(scene.inputs()[0], ["only"])) == 1


def test_many_images_and_questions_go_together_in_every_form() -> None:
    scene = Echo()
    vlm, (a, b, c) = Vlm(scene), scene.inputs()
    together = {
        "pairs": vlm.locate_many([(a, "x"), (b, "y")]),
        "one by one": vlm.locate_many([a, b], ["x", "y"]),
        "one question": vlm.locate_many([a, b, c], "x"),
        "one image": vlm.locate_many(a, ["x", "y"]),
        "inputs": vlm.locate_many(scene.inputs(), ["x"]),
        "rows": vlm.locate_many([[a, b], c], ["x", "y"]),
    }
    points = {name: [answer.normalized[0] for answer in answers] for name, answers in together.items()}
    x, y = (ord("x"), 1), (ord("y"), 1)
    assert points["pairs"] == points["one by one"] == points["one image"] == [x, y]
    assert points["one question"] == points["inputs"] == [x, x, x]
    assert points["rows"] == [(ord("x"), 2), y]
    assert [answer.image for answer in together["one by one"]] == [a, b]
    assert [request.captions for request in questions(scene)][:4] == [("frame 0",), ("frame 10",)] * 2


@pytest.mark.parametrize(
    ("images", "asked", "said"),
    [
        ([0, 1], None, "a list and no question"),
        (0, None, "no question"),
        ([0, 1], ["x", "y", "z"], "2 images and 3 questions"),
        ([0] * 33, "x", "33 questions"),
        (0, ["x"] * 33, "33 questions"),
        (0, [], "question"),
        ([], "x", "0 images"),
    ],
)
def test_what_cannot_go_together_is_refused_with_the_call(images: Any, asked: Any, said: str) -> None:
    scene = Scene()
    given = [scene.inputs()[n] for n in images] if isinstance(images, list) else scene.inputs()[images]
    with pytest.raises(ToolError, match=rf"vlm.locate_many got .*{said}.*\n  expected: .*\n  type: vlm.locate_many\("):
        Vlm(scene).locate_many(given, asked)


def test_a_question_needs_words_and_images() -> None:
    with pytest.raises(ToolError, match=r"no image\n  expected: .*\n  type: vlm.locate\(InputImages"):
        Vlm(Scene()).locate([], "Where?")
    for question in ("", None, 3, ["x", " "]):
        with pytest.raises(ToolError, match=r"got the question .*\n  expected: .*\n  type: vlm.locate\("):
            Vlm(Scene()).locate(Scene().inputs()[0], question)  # type: ignore[arg-type]
    with pytest.raises(ToolError, match="int is no image"):
        Vlm(Scene()).ask_with_thinking(7, "What?")


def test_a_failure_is_an_error_and_never_an_answer() -> None:
    class Broken(Scene):
        def ask(self, request: wire.Request) -> tuple[wire.Result, tuple[NDArray[Any], ...]]:
            if isinstance(request, wire.AskModel | wire.AskModels):
                raise ToolError("the model gave up")
            return super().ask(request)

    scene = Broken()
    for call in (Vlm(scene).locate, Vlm(scene).ask_with_thinking, Vlm(scene).locate_many):
        with pytest.raises(ToolError, match="gave up"):
            call(scene.inputs()[0], ["Where?", "What?"])


def noise(seed: int) -> Image.Image:
    return Image.fromarray(np.random.default_rng(seed).integers(0, 255, (1000, 1000, 3), dtype=np.uint8))


def test_many_detailed_images_still_fit_one_message() -> None:
    scene = Scene()
    Vlm(scene).ask_with_thinking([noise(0)] * 40, "What?")
    (request,) = questions(scene)
    assert sum(map(len, request.images)) < framing.MAX_MESSAGE * 0.9


def test_many_questions_about_detailed_images_go_in_several_messages() -> None:
    scene = Echo()
    answers = Vlm(scene).ask_with_thinking([noise(n) for n in range(8)], [chr(97 + n) for n in range(6)])
    assert answers == [f"{97 + n} 8" for n in range(6)]
    sizes = [sum(sum(map(len, q.images)) for q in questions(Scene(asked=[request]))) for request in scene.asked]
    assert len(sizes) > 1
    assert max(sizes) <= MAX_BYTES


def test_who_asks_for_json_reads_json() -> None:
    scene = Scene(answer='{"bbox_2d": [120, 300, 480, 700]}')
    image = scene.inputs()[0]
    found = Vlm(scene).locate(image, "The red box, as JSON")
    assert json.loads(found)["bbox_2d"] == [120, 300, 480, 700]
    assert found.box == Vlm(scene).locate(image, "The red box").box is not None
    assert str(Vlm(scene).locate(image, "The red box")) == "120, 300, 480, 700"
