"""The same cells say the same in every kernel, to the letter."""

import dataclasses

import msgspec

from spatial_agent.inputs.media import open_media
from spatial_agent.kernel.protocol import CellResult
from tests.kernel.kernels import KINDS, run, started

SAME = (
    "x = 1\ny = [x] * 3\ny",
    "'text'",
    "np.arange(20).reshape(4, 5)",
    "x;",
    "def f(n):\n    return 1 / n\n\nf(0)",
    "undefined_name",
    "np.zerox(3)",
    "InputImages[99]",
    "tools.Reconstuct(InputImages)",
    "show(InputImages[0], 5, label='two')",
    "masks = tools.SAM3.segment_image_by_text(InputImages[0], 'heater')\nmasks",
    "def f(:\n    pass",
    "  indented = 1",
    "return 3",
    "await x",
    "a?",
    "for k in range(3):\n    print(k)",
    "import sys; sys.stderr.write('to stderr')",
    "print('x' * 2_000_000)",
    "raise KeyboardInterrupt",
    "try:\n    1 / 0\nexcept ZeroDivisionError as problem:\n    raise ValueError('told') from problem",
    "ReturnAnswer(object())",
    "ReturnAnswer([1.0, 2.0, 3.0], frames=[1], points={'a': [1, 2, 3]}, spread=0.1)",
    "random.random(), np.random.rand()",
    "sorted(name for name in globals() if not name.startswith('_'))",
)
IN_JUPYTER_ONLY = {"a?"}
"""IPython's own words; to the worker they are no Python."""


async def test_all_kernels_say_the_same_of_the_same_cells() -> None:
    said = {}
    for kind in KINDS:
        async with started(kind, media=open_media("living_room")) as kernel:
            said[kind] = await run(kernel, *SAME)
    for cell, *results in zip(SAME, *said.values(), strict=True):
        plain = [_untimed(result) for result in results]
        assert cell in IN_JUPYTER_ONLY or plain == plain[:1] * len(plain), cell


def _untimed(result: CellResult) -> CellResult:
    calls = tuple(msgspec.structs.replace(call, seconds=0.0) for call in result.calls)
    return dataclasses.replace(result, seconds=0.0, calls=calls)
