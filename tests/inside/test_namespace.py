"""The libraries that a cell finds ready."""

from collections.abc import Awaitable, Callable

from spatial_agent.kernel.protocol import CellResult


async def test_every_library_works_and_is_the_one_that_an_import_gives(
    run_cells: Callable[..., Awaitable[list[CellResult]]],
) -> None:
    first, second = await run_cells(
        "import sys\nprint('scipy.stats' in sys.modules, 'numpy' in sys.modules)",
        "print(optimize.linear_sum_assignment([[1, 2], [2, 1]])[1], signal.find_peaks([0, 1, 0])[0])\n"
        "from scipy.optimize import minimize\nimport scipy.signal\n"
        "print(minimize is optimize.minimize is scipy.optimize.minimize, scipy.signal is signal)\n"
        "print(spatial.KDTree, ndimage.label, plt.figure, Image.open, scipy.stats.norm.cdf(0))",
    )
    assert first.stdout == "False True\n", "what few cells need is not imported before it is used"
    assert second.error is None
    assert second.stdout.startswith("[0 1] [1]\nTrue True\n")
