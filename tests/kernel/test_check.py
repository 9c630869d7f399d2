"""The check before a cell runs: what it refuses, with what advice, and what it must let pass."""

import pytest

from spatial_agent.kernel.check import check


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("import os", "InputImages"),
        ("from subprocess import run", "plain Python"),
        ("x = 1\nimport socket.foo", "Line 2"),
        ("x = eval('1')", "literal_eval"),
        ("open('a')", "io.BytesIO"),
        ("import torch", "tools."),
        ("def f(:", "SyntaxError"),
        ("x = 1\x00", "null byte"),
        ("return 1", "outside function"),
        ("x = " + "-" * 100_000 + "1", "simpler cell"),
        ("x = '\ud83d'", "cannot be read"),
        ("!ls", "SyntaxError"),
    ],
)
def test_what_cannot_work_is_refused_with_the_way_out(code: str, words: str) -> None:
    refusal = check(code)
    assert refusal is not None
    assert words in refusal


@pytest.mark.parametrize(
    "code",
    [
        "import re\nre.compile('a')",
        "frame.eval('x')",
        "print('please open(the door) and eval(it)')  # import os",
        "import io\nio.BytesIO()",
        "from matplotlib.path import Path\nPath([(0, 0)])",
        "img.save",
        "import numpy as np, scipy.spatial, time, warnings, typing, dataclasses",
        "",
    ],
)
def test_honest_code_passes(code: str) -> None:
    assert check(code) is None


def test_every_finding_is_named_once_in_the_order_of_the_lines() -> None:
    refusal = check("import sys\nopen('x')\nimport os\nimport os")
    assert refusal is not None
    assert [line.split(":")[0] for line in refusal.splitlines()] == ["Line 1", "Line 2", "Line 3", "Line 4"]
