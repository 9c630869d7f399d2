"""The check before a cell runs: what it refuses, with what advice, and what it must let pass."""

import pytest

from spatial_agent.kernel.check import check


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("import os\nos.listdir('.')", "Line 2: `os.listdir` is not available in cells. Cells reach neither files"),
        ("import os as o, sys\no.system('ls')", "Line 2: `o.system`"),
        ("import os.path\nos.remove('a')", "Line 2: `os.remove`"),
        ("from os import path, walk", "from os import walk"),
        ("import glob\nglob.glob('*.jpg')", "InputImages"),
        ("import threading\nthreading.Thread(target=print)", "plain Python"),
        ("from subprocess import run", "plain Python"),
        ("from multiprocessing import Pool", "plain Python"),
        ("import multiprocessing as mp\nmp.Pool(4)", "Line 2: `mp.Pool`"),
        ("try:\n    import torch\nfinally:\n    x = 1", "Line 2: `import torch`"),
        ("try:\n    import torch\nexcept ValueError:\n    x = 1", "Line 2: `import torch`"),
        ("try:\n    open('a')\nexcept ImportError:\n    x = 1", "Line 2: `open(...)`"),
        ("x = 1\nimport socket.foo", "Line 2"),
        ("open('a')", "io.BytesIO"),
        ("answer = input('?')", "Nobody is there"),
        ("breakpoint()", "Print what"),
        ("import torch", "tools."),
        ("from spatial_agent.inside.masks import PerFrameMask", "nothing needs an import"),
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
        "box = eval('1, 2, 3, 4')\nexec('x = 1')\ncompile('1', '', 'eval')\n__import__('re')",
        "frame.eval('x')",
        "print('please open(the door) and eval(it)')  # import os",
        "import io\nio.BytesIO()\nfrom io import BytesIO",
        "import sys, inspect, gc, importlib, builtins\nprint(sys.version)",
        "import os\nos.path.join('a', 'b')\nos.environ.get('x')",
        "import os, glob, threading",
        "import os.path as p\nfrom os.path import join\nfrom os import path\np.sep",
        "import threading\nthreading.Lock()",
        "def open(box):\n    return box\nopen(1)",
        "glob = [1]\nglob.count(1)",
        "def f(open):\n    return open(1)\n(lambda input: input(2))(abs)",
        "from contextlib import closing as open\nopen(1)",
        "try:\n    import torch\nexcept ImportError:\n    torch = None",
        "try:\n    from socket import socket\nexcept (ValueError, ModuleNotFoundError):\n    pass",
        "try:\n    import subprocess\nexcept:\n    pass",
        "import multiprocessing\nmultiprocessing.cpu_count()\nimport os\nos.name",
        "from matplotlib.path import Path\nPath([(0, 0)])",
        "img.save",
        "import numpy as np, scipy.spatial, time, warnings, typing, dataclasses",
        "",
    ],
)
def test_honest_code_passes(code: str) -> None:
    assert check(code) is None


def test_every_finding_is_named_once_in_the_order_of_the_lines() -> None:
    refusal = check("import shutil\nopen('x')\nimport pty\nimport pty; open('a'); open('b')")
    assert refusal is not None
    assert [line.split(":")[0] for line in refusal.splitlines()] == ["Line 1", "Line 2", "Line 3", "Line 4", "Line 4"]
