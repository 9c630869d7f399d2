"""The names that a cell finds ready."""

from collections.abc import Awaitable, Callable

from spatial_agent.kernel.protocol import CellResult
from tests.conftest import photos


async def test_every_library_works_and_is_the_one_that_an_import_gives(
    run_cells: Callable[..., Awaitable[list[CellResult]]],
) -> None:
    (result,) = await run_cells(
        "print(optimize.linear_sum_assignment([[1, 2], [2, 1]])[1], signal.find_peaks([0, 1, 0])[0])\n"
        "from scipy.optimize import minimize\nimport scipy.signal\n"
        "print(minimize is optimize.minimize is scipy.optimize.minimize, scipy.signal is signal)\n"
        "import matplotlib.pyplot\nfrom matplotlib import pyplot\nprint(pyplot is matplotlib.pyplot is plt)\n"
        "print(spatial.KDTree, ndimage.label, plt.figure, Image.open, scipy.stats.norm.cdf(0))",
    )
    assert result.error is None
    assert result.stdout.startswith("[0 1] [1]\nTrue True\nTrue\n")


FORMS = """
import tools, vlm, feedback
import tools as t
from tools import SAM3 as Segmenter
from tools.SAM3 import segment_image_by_text, segment_video_by_box
from tools.Geometry import normalized_to_pixel
from PIL import Image, ImageDraw
print(t is tools, tools.SAM3 is SAM3 is Segmenter, segment_image_by_text == SAM3.segment_image_by_text)
print([eval(name) is vars(tools)[name] for name in ("Reconstruct", "Geometry", "Mask", "Time", "Graph", "Draw")])
print(feedback.show is show, feedback.ask_vlm == vlm.ask_with_thinking, InputImages_1 is InputImages)
ImageDraw.Draw(InputImages[0].copy()).point((1, 1))
"""


async def test_tools_are_found_under_every_name_that_cells_use(
    run_cells: Callable[..., Awaitable[list[CellResult]]],
) -> None:
    first, second, third = await run_cells(
        FORMS, "SAM3 = tools = InputImages_1 = feedback = 3", "print(tools.SAM3 is SAM3, feedback.show is show)"
    )
    assert first.error is None
    assert first.stdout.splitlines() == [
        "True True True",
        "[True, True, True, True, True, True]",
        "True True True",
    ]
    assert second.error is None
    assert "[note] tools, feedback, InputImages_1 had been assigned to" in third.stdout
    assert third.stdout.endswith("False True\n")  # a cell's own SAM3 stays; the tool is tools.SAM3


async def test_a_wrong_name_of_a_tool_is_told_the_right_one(
    run_cells: Callable[..., Awaitable[list[CellResult]]],
) -> None:
    cells = await run_cells("tools.segment_image_by_text", "tools.Sam3(1, 2)", "from tools import Depth", "tools.x")
    errors = [cell.error or "" for cell in cells]
    assert errors[0].endswith("  type: tools.SAM3.segment_image_by_text")
    assert "there is no tools.Sam3; there are tools.Draw, tools.Geometry" in errors[1]
    assert errors[1].endswith("  type: tools.SAM3")
    assert "cannot import name 'Depth'" in errors[2]
    assert "type:" not in errors[3], "nothing is like it"


async def test_several_videos_have_numbered_names(run_cells: Callable[..., Awaitable[list[CellResult]]]) -> None:
    counted, refused = await run_cells(
        "print(len(InputImages_1), len(InputImages_2), InputImages_2[0].video)",
        "InputImages[0]",
        media=(*photos(2), *photos(3)),
    )
    assert counted.stdout == "2 3 2\n"
    assert "there are 2 videos here" in (refused.error or "")
    assert (refused.error or "").endswith("  type: InputImages_1[0]")
