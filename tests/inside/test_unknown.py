"""Errors about our own names: whose they are, and what they say to type instead."""

import re
from typing import Any

import pytest

from spatial_agent import wire
from spatial_agent.inside.cell import Finished, run_cell
from spatial_agent.inside.namespace import build
from tests.inside.scene import Scene

SCENE = Scene()
OPEN = wire.Open((SCENE.video(),), 2, 0, 10**9, 10**6, 10**8, 16, 100, True)


class Gaze:
    """A user's tool."""

    def angle(self, eye: float, target: float) -> float:
        """Angle between two numbers."""
        return eye / target


def run(code: str, **names: Any) -> Finished:
    namespace = build(OPEN, SCENE, lambda _message: None)
    vars(namespace["tools"])["Gaze"] = Gaze()
    run_cell("recon = tools.Reconstruct(InputImages)\nseg = tools.SAM3.segment_image_by_text(image := InputImages[0], 'red box')", 1, namespace)  # fmt: skip
    return run_cell(code, 2, namespace | names)


@pytest.mark.parametrize(
    "code",
    [
        "vlm.locate(InputImages[0])",
        "vlm.locate(InputImages[0], 'x', colour=3)",
        "def ask():\n    return vlm.locate()\nask()",
        "show(InputImages[0], colour='red')",
        "ReturnAnswer()",
        "ReturnAnswer({1})",
        "tools.Geometry.euclidean_distance([1, 2])",
        "tools.Reconstruct(InputImages[0], fps=3)",
        "recon.points[99]",
        "recon.points[10][seg.get_mask(0)]",
        "recon.camera_matrix",
        "seg.maks",
        "recon.gravity.up",
        "InputImages[99]",
        "RefImages[9]",
        "Metadata['fps']",
        "vlm('where?')",
        "tools.Nothing",
        "tools.Gaze.angle(1, 0)",
        "tools.Gaze.angle(1)",
        "tools.Gaze.angel(1, 0)",
        "sorted([1], key=lambda _: tools.Gaze.angle(1, 0))",
        "eval('recon.camera_matrix')",
    ],
)
def test_what_a_tool_raises_and_how_it_is_misused_is_a_tools_error(code: str) -> None:
    assert run(code).error_in == "tool"


@pytest.mark.parametrize(
    "code",
    [
        "1 / 0",
        "foo",
        "import cv2",
        "float(vlm.ask_with_thinking(InputImages[0], 'How far?'))",
        "np.linalg.inv(np.zeros((2, 2)))",
        "recon.points[0] + np.zeros((7, 9, 3))",
        "recon.points[0] @ np.zeros((7, 9))",
        "recon.points[0][10**6]",
        "np.concatenate([recon.points[0], np.zeros(3)])",
        "[1].foo",
        "len(3)",
        "def locate(a):\n    pass\nlocate()",
        "class Vlm:\n    def locate(self, a):\n        pass\nVlm().locate()",
        "class Vlm:\n    pass\nVlm()()",
        "def show(image):\n    pass\nshow()",
        "SAM4.segment()",
        "raise ValueError('mine')",
        "raise KeyboardInterrupt",
        "raise SystemExit",
        "eval('1 +')",
        "exec('raise TypeError(\"x\")')",
        "def f(:",
        "np.apply_along_axis(lambda row: 1 / 0, 0, [[1]])",
    ],
)
def test_what_goes_wrong_in_the_cells_own_code_is_the_cells(code: str) -> None:
    assert run(code).error_in == "cell"


def test_a_cell_that_ends_well_has_no_culprit() -> None:
    assert run("x = recon.points[0]").error_in is None


def test_an_error_whose_message_fails_is_the_cells() -> None:
    assert run("class E(Exception):\n    def __str__(self):\n        raise RuntimeError\nraise E").error_in == "cell"


@pytest.mark.parametrize(
    ("code", "line"),
    [
        ("vlm.locate(InputImages[0])", "  type: vlm.locate(visual_input, question)"),
        ("vlm.locate_many()", "  type: vlm.locate_many(images, questions=None)"),
        ("ReturnAnswer(1, certainty=2)", "  type: ReturnAnswer(answer, reason=None, *, unit=None, frames=None, "),
        ("tools.Gaze.angle(1)", "  type: tools.Gaze.angle(eye, target)"),
        ("seg.get_mask(1, 2, 3, 4)", "  type: seg.get_mask(frame=None, object=0)"),
        ("[seg][0].get_maks(1)", "  type: seg.get_mask"),
        ("tools.SAM3.segment_image_by_text(InputImages[0], 'box').get_maks(1)", "  type: .get_mask"),
        ("recon.extrinsic", "  type: recon.extrinsics"),
        ("vlm.ask_with_thinkin", "  type: vlm.ask_with_thinking"),
        ("locate(InputImages[0], 'x')", "  type: vlm.locate(visual_input, question)"),
        ("angle(1, 2)", "  type: tools.Gaze.angle(eye, target)"),
        ("Gaze.angle(1, 2)", "  type: tools.Gaze"),
        ("something_else(1, 2)", "NameError: name 'something_else' is not defined"),
        ("import tools", "  type: tools"),
        ("from Gaze import angle", "  type: tools.Gaze"),
        ("import cv2", "  expected: numpy, scipy, matplotlib, PIL and the standard library; "),
        ("Metadata['fps']", "  expected: Metadata followed by one of .duration_sec, .fps, "),
        ("vlm('x')", "  expected: vlm followed by one of .ask_with_thinking, .locate, .locate_many"),
        ("vlm.nothing_like_it", "  expected: one of .ask_with_thinking, .locate, .locate_many"),
        ("RefImages[9]", "  type: RefImages[0]"),
    ],
)
def test_the_last_line_says_what_to_type(code: str, line: str) -> None:
    error = run(code).error or ""
    assert error.splitlines()[-1].startswith(line), error


def test_our_errors_come_without_their_module_and_with_all_their_lines() -> None:
    error = run("recon.points[99]").error or ""
    assert re.search(r"^FrameError: .*99.*\n  expected: .*\n  type: ", error, re.MULTILINE)
    assert "spatial_agent" not in error
    assert re.search(
        r"^NoReference: RefImages\[9\]\n  expected: .* 0 to 1", run("RefImages[9]").error or "", re.MULTILINE
    )


def test_an_object_that_cannot_be_looked_at_costs_no_message() -> None:
    class Rude:
        def __getattribute__(self, name: str) -> Any:
            raise RuntimeError

    assert "name 'Gaze' is not defined" in (run("Gaze.angle(1, 2)", rude=Rude()).error or "")
    assert "missing 1 required" in (run("vlm.locate(InputImages[0])", rude=Rude()).error or "")


def test_a_wrong_call_deep_inside_is_not_answered_with_a_signature() -> None:
    class Broken:
        def call(self) -> None:
            self.inner()  # type: ignore[call-arg]

        def inner(self, a: int) -> None:
            pass

    finished = run("f()", f=lambda: Broken().call())
    assert "type:" not in (finished.error or "")
