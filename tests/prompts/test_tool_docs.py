"""Documentation from code: what of a docstring and of a signature is shown, and what is not."""

from dataclasses import dataclass
from functools import cached_property, wraps
from typing import Any

import pytest

from spatial_agent.prompts.tool_docs import Doc, Page


class Base:
    """Not asked for."""

    def inherited(self) -> int:
        """From the base."""
        return 1

    def twice(self) -> int:
        """Hidden by the one below."""
        return 1


class Tool(Base):
    """What it is,
    over two lines.

    More of it.

    Example: tool.measure(3)
    """

    def __init__(self, unit: str) -> None:
        self.unit = unit
        """Unit of lengths."""
        self.silent = unit

    def measure(self, size: float, *, unit: str = "m", _old: Any = None, **aliases: Any) -> str:
        """The size in words.

        A second paragraph.

        Example: tool.measure(2, unit="m")
        """
        return f"{size} {unit}"

    @staticmethod
    def still(first: int, *rest: int) -> int:
        """Works without a tool."""
        return first

    @classmethod
    def of_unit(cls, unit: str) -> "Tool":
        """Builds one."""
        return cls(unit)

    @staticmethod
    def of(unit: str) -> "Tool":
        """Builds one too."""
        return Tool(unit)

    @property
    def length(self) -> float:
        """In metres."""
        return 1.0

    @cached_property
    def area(self) -> float:
        """In square metres."""
        return 1.0

    def silence(self) -> None: ...

    def twice(self) -> int:
        """The same, twice."""
        return 2

    def _private(self) -> None:
        """Not for cells."""

    def __getitem__(self, frame: int) -> int:
        """Value in a frame."""
        return frame


PAGE = Page("tool", Tool)


def test_a_class_is_told_by_its_paragraphs_and_its_example() -> None:
    assert PAGE.about == Doc("tool", "tool", ("What it is, over two lines.", "More of it."), "tool.measure(3)")
    assert PAGE.title == "tool: Tool"
    assert Page("tools.Tool", Tool).title == "tools.Tool"


def test_members_are_public_and_documented_and_their_calls_have_no_types_and_no_aliases() -> None:
    assert [doc.call for doc in PAGE.members] == [
        "measure(size, *, unit='m')", "still(first, *rest)", "length", "area", "twice()", "tool[frame]",
    ]  # fmt: skip
    measure = PAGE.members[0]
    assert measure.text == "The size in words."
    assert measure.paragraphs[1:] == ("A second paragraph.",)
    assert measure.example == 'tool.measure(2, unit="m")'
    assert {doc.name: doc.text for doc in PAGE.members}["twice"] == "The same, twice."


def test_the_prompt_describes_what_comes_first_and_names_the_rest() -> None:
    chosen = Page("tool", Tool, first="length measure")
    assert [doc.name for doc in chosen.described] == ["length", "measure"]
    assert [doc.name for doc in chosen.named] == ["still", "area", "twice", "__getitem__"]
    assert (PAGE.described, PAGE.named) == (list(PAGE.members), [])


@pytest.mark.parametrize(
    ("example", "shown"),
    [("a.f(b[1], 2)", False), ("a.f(b).side", True), ("a.f(b.g())", True), ("x = a.f(b)", False), ("a[1]", True)],
)
def test_an_example_is_shown_where_it_says_more_than_the_call(example: str, shown: bool) -> None:
    assert Doc("f", "f(x)", ("Text.",), example).usage == (example if shown else None)
    assert Doc("f", "f(x)", ("Text.",), None).usage is None


def test_attributes_and_fields_are_read_from_the_strings_below_them() -> None:
    @dataclass
    class Record:
        """Two fields."""

        size: float
        """In metres."""
        bare: int = 0

    assert [(doc.name, doc.text) for doc in PAGE.fields] == [("unit", "Unit of lengths.")]
    assert [(doc.name, doc.text) for doc in Page("record", Record).fields] == [("size", "In metres.")]


def test_bases_outside_the_package_are_not_gone_through() -> None:
    assert "inherited" not in {doc.name for doc in PAGE.members}  # tests are outside, as a user's package is
    masks = Page("masks", type("Ours", (Tool,), {"__doc__": "x", "__module__": "spatial_agent.x"}))
    assert masks.members == ()


def test_what_only_repeats_the_class_that_a_type_builds_on_is_left_out() -> None:
    class Text(str):
        """A text."""

        @wraps(str.upper)
        def upper(self) -> str:
            return self

        def lower(self) -> str:
            """Text in which nothing is large."""
            return self

    assert [doc.name for doc in Page("text", Text).members] == ["lower"]


def test_a_function_is_a_page_of_its_own() -> None:
    def show(*images: Any, label: str = "", **aliases: Any) -> None:
        """Show pictures.

        Example: show(image)
        """

    page = Page("show", show)
    assert page.about == Doc("show", "show(*images, label='')", ("Show pictures.",), "show(image)")
    assert (page.title, page.members, page.fields) == ("show", (), ())
