"""`docs/tools.md` is what the code says."""

import re

import pytest
from PIL import Image

from docs.make_tools import HERE, PICTURES, WIDTH, examples, results, written

LARGEST = 80 * 1024
"""Bytes of a picture."""


async def test_the_page_is_what_the_code_and_its_examples_give() -> None:
    given = await results([*examples(), *PICTURES.values()])
    assert (HERE / "tools.md").read_text() == written(given), "write it anew: .venv/bin/python docs/make_tools.py"
    assert all(given[cell].images for cell in PICTURES.values())


def test_every_picture_is_there_and_small_and_none_is_left_over() -> None:
    named = set(re.findall(r"\]\((tools/[^)]+)\)", (HERE / "tools.md").read_text()))
    there = {f"tools/{file.name}" for file in (HERE / "tools").iterdir()}
    assert named == there
    for name in named:
        assert (HERE / name).stat().st_size <= LARGEST
        with Image.open(HERE / name) as picture:
            assert picture.width <= WIDTH


async def test_an_example_that_fails_is_named() -> None:
    with pytest.raises(SystemExit, match=r"`recon\.nothing`(.|\n)*AttributeError"):
        await results(["recon.nothing"])
