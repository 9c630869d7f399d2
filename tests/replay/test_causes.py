"""Whose fault a failure is: the rule of docs/replay.md, case by case."""

import ast
import io
import traceback
from typing import Any, Literal

import pytest

from spatial_agent.errors import FrameError, ToolError
from spatial_agent.kernel.protocol import CellResult
from spatial_agent.replay.causes import Verdict, judge, take_apart
from spatial_agent.replay.origin import Origin, Origins

MASK = 'm = tools.SAM3.segment_image_by_text(InputImages[0], "cup")\n'
SPOT = 'spot = vlm.locate(InputImages[0], "cup")\n'


def error(problem: BaseException, line: int, cell: int = 1) -> str:
    """The traceback of a cell that failed in a line, as a kernel words it."""
    return f'Traceback (most recent call last):\n  File "<cell {cell}>", line {line}, in <module>\n' + "".join(
        traceback.format_exception_only(problem)
    )


def verdict(code: str, problem: BaseException, where: Literal["cell", "tool"], earlier: str = "") -> Verdict:
    """What becomes of a cell whose last line raised."""
    ours, told = Origins(), Origins({"vlm"})
    cells = [ast.parse(cell) for cell in (earlier, code)]
    for cell in cells:
        ours.learn(cell)
        told.learn(cell)
    text = error(problem, code.rstrip("\n").count("\n") + 1, cell=2)
    return judge(CellResult(status="error", seconds=0.0, error=text, error_in=where), cells, ours, told)


@pytest.mark.parametrize(
    ("code", "problem", "cause"),
    [
        ("tools.SAM3.segment_image_by_box(InputImages[0], 7)", ToolError("7 is no box", "four numbers"), "form"),
        ("show(3.5)", TypeError("cannot show a float"), "form"),
        ("tools.Reconstruct(InputImages)", ToolError("got 90 frames; it takes at most 64"), "cap"),
        ("InputImages[99]", IndexError("there is no frame 99"), "frame"),
        ("tools.SAM3.segment_video_by_text(['cup'], prompt_frame_idx=900)", FrameError("frame 900"), "frame"),
        (f"{SPOT}tools.Geometry.normalized_to_pixel(spot, 640, 480)", ToolError("no four numbers in it"), "parsing"),
        (
            f"{MASK}tools.Geometry.euclidean_distance(m.get_centroid_3d(r), (0, 0, 0))",
            ToolError("got None"),
            "empty result",
        ),
    ],
)
def test_a_refusal_of_ours_is_the_apis(code: str, problem: BaseException, cause: str) -> None:
    found = verdict(code, problem, "tool")
    assert (found.outcome, found.cause) == ("failed_api", cause)


def test_results_that_cover_different_frames_leave_nothing_true_to_say() -> None:
    found = verdict(f"{MASK}c = m.get_centroid_3d(recon, frame=4)", FrameError("frame 4", "frames 0, 8"), "tool")
    assert (found.outcome, found.cause) == ("failed_cell", "frames that a result does not cover")
    assert found.message == "FrameError: frame 4\n  expected: frames 0, 8"


@pytest.mark.parametrize("between", ["\n    ", " "])
def test_a_counter_can_only_have_meant_a_place_in_the_list(between: str) -> None:
    code = f"for k, f in enumerate(recon.frame_indices):{between}c = recon.confidence[k]"
    found = verdict(code, FrameError("frame 1"), "tool")
    assert (found.outcome, found.cause) == ("failed_api", "frame")


@pytest.mark.parametrize(
    ("code", "problem", "cause"),
    [
        (f"{SPOT}x = float(spot)", ValueError("could not convert string to float: '1 2 3 4'"), "parsing"),
        (f"{SPOT}parts = spot.split(',')\ny = parts[1]", IndexError("list index out of range"), "parsing"),
        (f"{SPOT}import ast\nbox = ast.literal_eval(spot)", SyntaxError("invalid syntax"), "parsing"),
        (f"{MASK}c = m.get_centroid_3d(r)\nd = c - 1", TypeError("unsupported operand: 'NoneType' and 'int'"), "empty result"),
        (f"{MASK}p = m.get_masked_points(r)\nlow = np.min(p[p[:, 1] > 2], axis=0)", ValueError("zero-size array"), "empty result"),
        (f"{MASK}all_p = []\nfor p in [m.points(r)]:\n    if len(p):\n        all_p.append(p)\nnp.concatenate(all_p)",
         ValueError("need at least one array to concatenate"), "empty result"),
        (f"{MASK}parts = [one for one in m]", TypeError("'PerFrameMask' object is not iterable"), "form"),
        (f"{MASK}area = m.pixels", AttributeError("'PerFrameMask' object has no attribute 'pixels'"), "form"),
        (f"{MASK}first = m.frame_indices[9]", IndexError("list index out of range"), "frame"),
        (f"{SPOT}found = re.findall(r'[0-9]+', spot)\nfirst = found[3]", IndexError("list index out of range"), "parsing"),
        (f"{SPOT}a, b = [int(n) for n in re.findall(r'[0-9]+', spot)]", ValueError("not enough values to unpack"), "parsing"),
        (f"{MASK}seen = [p for p in m.points(r) if p[1] > 9]\nseen[0]", IndexError("list index out of range"), "empty result"),
        (f"{MASK}class T:\n    pass\nT.p = m.get_centroid_3d(r)\nT.p + 1", TypeError("unsupported: 'NoneType' and 'int'"), "empty result"),
        (f"{MASK}x = 1; m.fly()", AttributeError("'PerFrameMask' object has no attribute 'fly'"), "form"),
        (f"{MASK}if x: m.fly()", AttributeError("'PerFrameMask' object has no attribute 'fly'"), "form"),
        ("feedback.note('x')", NameError("name 'feedback' is not defined"), "form"),
        ("from tools import SAM3", ModuleNotFoundError("No module named 'tools'"), "form"),
        ("import scipy", ModuleNotFoundError("No module named 'scipy'"), "form"),
    ],
)  # fmt: skip
def test_what_breaks_on_a_value_of_ours_is_the_apis(code: str, problem: BaseException, cause: str) -> None:
    found = verdict(code, problem, "cell")
    assert (found.outcome, found.cause) == ("failed_api", cause)


@pytest.mark.parametrize(
    ("code", "problem", "cause"),
    [
        ("print(total)", NameError("name 'total' is not defined"), "unknown name"),
        ("import sklearn", ModuleNotFoundError("No module named 'sklearn'"), "import"),
        ("from scipy.spatial import cdist", ImportError("cannot import name 'cdist' from 'scipy.spatial'"), "import"),
        ("names = ['cup', 'jug']\nnames[2]", IndexError("list index out of range"), "index of its own list"),
        (f"{MASK}found = {{'cup': m}}\nfound['jug']", KeyError("jug"), "index of its own list"),
        (f"{MASK}views = [InputImages[0]]\nviews[1]", IndexError("list index out of range"), "index of its own list"),
        ("rate = 3 / 0", ZeroDivisionError("division by zero"), "its own arithmetic"),
        (
            f"{MASK}n = m.num_objects - 1\nrate = 3 / (n * 2)",
            ZeroDivisionError("division by zero"),
            "its own arithmetic",
        ),
        ("raise ValueError('nothing seen')", ValueError("nothing seen"), "its own check"),
        ("assert 1 > 2", AssertionError(), "its own check"),
        (f"{MASK}if not m.num_objects: raise ValueError('nothing')", ValueError("nothing"), "its own check"),
        ("while True: pass", KeyboardInterrupt(), "cell too slow"),
    ],
)
def test_what_has_nothing_to_do_with_us_is_the_cells(code: str, problem: BaseException, cause: str) -> None:
    found = verdict(code, problem, "cell")
    assert (found.outcome, found.cause) == ("failed_cell", cause)


def test_a_helper_of_the_cells_own_is_looked_into() -> None:
    helper = "def middle(box):\n    x0, x1 = box\n    return (x0 + x1) / 2\n"
    ours, told = Origins(), Origins({"vlm"})
    cells = [ast.parse(cell) for cell in (helper, "a = middle((1, 2, 3))", f"{SPOT}a = middle(spot.split())")]
    for k, expected in ((2, "failed_cell"), (3, "failed_api")):
        for origins in (ours, told):
            for cell in cells[:k]:
                origins.learn(cell)
        text = (
            f'Traceback (most recent call last):\n  File "<cell {k}>", line {k - 1}, in <module>\n'
            '  File "<cell 1>", line 2, in middle\nValueError: too many values to unpack (expected 2)'
        )
        result = CellResult(status="error", seconds=0.0, error=text, error_in="cell")
        assert judge(result, cells[:k], ours, told).outcome == expected


@pytest.mark.parametrize(
    ("status", "where", "text", "expected"),
    [
        ("timeout", None, "The cell ran longer than 60 s and did not stop when asked.", ("failed_api", "tool too slow")),
        ("error", "tool", "KeyboardInterrupt: the cell was stopped.", ("failed_api", "tool too slow")),
        ("died", None, "The kernel process ended in the middle of this cell (exit status 1).", ("failed_api", "kernel ended")),
        ("error", "cell", "MemoryError", ("failed_api", "memory")),
        ("error", "cell", "numpy._core._exceptions._ArrayMemoryError: no room", ("failed_api", "memory")),
        ("error", None, "", ("failed_api", "form")),
    ],
)  # fmt: skip
def test_in_doubt_it_is_the_apis(status: Any, where: Any, text: str, expected: tuple[str, str]) -> None:
    result = CellResult(status=status, seconds=1.0, error=text, error_in=where)
    found = judge(result, [ast.parse("x = 1")], Origins(), Origins({"vlm"}))
    assert (found.outcome, found.cause) == expected


def test_an_error_of_ours_that_the_cell_raises_anew_is_the_apis() -> None:
    cell = f"{MASK}try:\n    m.fly()\nexcept Exception as problem:\n    raise RuntimeError('no') from problem"
    head = 'Traceback (most recent call last):\n  File "<cell 1>", line {}, in <module>\n'
    text = (
        f"{head.format(3)}AttributeError: 'PerFrameMask' object has no attribute 'fly'\n\nThe above exception was the direct "
        f"cause of the following exception:\n\n{head.format(5)}RuntimeError: no"
    )
    ours, tree = Origins(), ast.parse(cell)
    ours.learn(tree)
    result = CellResult(status="error", seconds=0.0, error=text, error_in="cell")
    found = judge(result, [tree], ours, Origins({"vlm"}))
    assert (found.outcome, found.cause, found.statement) == ("failed_api", "form", "m.fly()")
    text = text.replace("AttributeError", "spatial_agent.errors.FrameError")
    found = judge(CellResult(status="error", seconds=0.0, error=text, error_in="cell"), [tree], ours, Origins({"vlm"}))
    assert found.cause == "frames that a result does not cover"


def test_of_chained_exceptions_the_last_is_the_one() -> None:
    cell = "try:\n    a = {}['x']\nexcept KeyError:\n    b = 1 + None"
    report = io.StringIO()
    try:
        exec(compile(cell, "<cell 1>", "exec"))  # noqa: S102 - what a kernel does
    except TypeError as problem:
        problem.__traceback__ = problem.__traceback__ and problem.__traceback__.tb_next
        traceback.print_exception(problem, file=report)
    failure = take_apart(report.getvalue(), [ast.parse(cell)])
    assert (failure.kind, ast.unparse(failure.statement or ast.Pass())) == ("TypeError", "b = 1 + None")
    assert failure.message.startswith("TypeError: unsupported operand")


@pytest.mark.parametrize(
    ("code", "name", "origin"),
    [
        ("a = tools.Mask.area(x)", "a", Origin.OURS),
        ("a = InputImages_2[3].width", "a", Origin.OURS),
        ("a = [vlm.locate(i, q) for i in InputImages]", "a", Origin.GATHERED),
        ("b = [InputImages[0]]\nfor a in b:\n    pass", "a", Origin.OURS),
        ("b = {}\nb['k'] = InputImages[0]\na = b['k']", "a", Origin.OURS),
        ("b = {'k': recon}\na = b", "a", Origin.OWN),
        ("a = InputImages[0].width / 2", "a", Origin.COMPUTED),
        ("def f(x):\n    return x[0]\na = f(InputImages)", "a", Origin.OURS),
        ("def f(x):\n    return f(x - 1) if x else InputImages\na = f(3)", "a", Origin.OURS),
        ("a = [1, 2]", "a", Origin.OWN),
        ("import tools as t\na = t.SAM3", "a", Origin.OURS),
        (f"a = {' + '.join(['vlm.x'] * 2000)}", "a", Origin.COMPUTED),
        ("if (a := tools.Graph.plot([1])):\n    pass", "a", Origin.OURS),
    ],
)
def test_where_a_value_comes_from(code: str, name: str, origin: Origin) -> None:
    origins = Origins()
    origins.learn(ast.parse(code))
    assert origins.of(ast.Name(name, ast.Load())) == origin
