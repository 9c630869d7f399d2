"""Every call that the prompt shows runs: examples of docstrings, and code between backticks in prose."""

import ast
import inspect
import re
from collections.abc import AsyncIterator
from functools import cache

import pytest
import pytest_asyncio

from docs.make_tools import Run, examples, kernel
from spatial_agent import wire
from spatial_agent.budget import Budget
from spatial_agent.prompts.assemble import PLAN, WRITE, system_prompt
from spatial_agent.prompts.catalogue import PAGES

SHARED = pytest.mark.asyncio(loop_scope="module")
LETTERS = """\
k, n, f, g, x, y = 1, 1, 1, 0, 320, 240
x0, y0, x1, y1 = 10, 10, 60, 60
p, q = point, point + 1
box = (10, 10, 60, 60)
question = "Where is the heater?"
images = InputImages[0:2]
"""
"""What the letters of the prose stand for."""
SIGNATURES = {call for page in PAGES for doc in page.members for call in (doc.call, f"{page.name}.{doc.call}")}
PROMPTS = [system_prompt(which, eyes=True, sight=True, video=True, budget=Budget()) for which in (WRITE, PLAN)]
SPANS = {span for text in PROMPTS for span in re.findall(r"`([^`\n]+)`", text)} - SIGNATURES
NAMES = {
    "InputImages", "Metadata", "image", "frame", "recon", "masks", "other", "point", "pose", "vlm", "tools", "show",
    "ReturnAnswer", "np", "plt", "math",
    "k", "n", "f", "g", "x", "y", "x0", "y0", "x1", "y1", "p", "q", "box", "question", "images",
}  # fmt: skip


def roots(span: str) -> set[str] | None:
    """The names that a piece of code begins from; None for what is no code."""
    try:
        tree = ast.parse(span)
    except SyntaxError:
        return None
    kinds = ast.Call | ast.Subscript | ast.Attribute | ast.BinOp
    if not any(isinstance(node, kinds) for node in ast.walk(tree)):
        return None
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


CODE = sorted(span for span in SPANS if roots(span) is not None and roots(span) <= NAMES)
MEMBERS = sorted({found[1] for span in SPANS if (found := re.match(r"\.(\w+)", span))})


@cache
def names_of(kind: type) -> set[str]:
    """What instances of a class have: methods, fields, and what it assigns to self."""
    ours = kind.__module__.startswith("spatial_agent")
    assigned = re.findall(r"\bself\.(\w+)\b[^=\n]*=", inspect.getsource(kind)) if ours else []
    return {*vars(kind), *inspect.get_annotations(kind), *assigned}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def run() -> AsyncIterator[Run]:
    """One kernel for all of them."""
    async with kernel() as cells:
        result = await cells(LETTERS)
        assert result.status == "ok", result.error
        yield cells


@SHARED
@pytest.mark.parametrize("example", examples())
async def test_an_example_runs(run: Run, example: str) -> None:
    result = await run(example)
    assert result.status == "ok", result.error


@SHARED
@pytest.mark.parametrize("span", CODE)
async def test_code_in_prose_runs(run: Run, span: str) -> None:
    result = await run(span)
    assert result.status == "ok", result.error


@pytest.mark.parametrize("name", MEMBERS)
def test_an_attribute_in_prose_is_there(name: str) -> None:
    kinds = [base for page in PAGES if isinstance(page.kind, type) for base in page.kind.__mro__] + [wire.Gravity]
    assert any(name in names_of(kind) for kind in kinds)


def test_prose_shows_calls_of_every_kind_of_tool() -> None:
    """A pattern that finds nothing would pass all of the above."""
    for part in ("show(", "vlm.", "ReturnAnswer(", "InputImages"):
        assert any(part in span for span in CODE)
