"""What a cell can use, as documentation: read from signatures and docstrings, for the prompt and for `docs/tools.md`.

A docstring begins with what the caller gets. Its last paragraph may be one line `Example: CALL`; each is run by a test.
"""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from types import FunctionType

EXAMPLE = "Example: "
OURS = "spatial_agent."
BUILDER = "of"
"""What a static method is called that makes an object of its class: not for cells, as class methods are not."""


@dataclass(frozen=True)
class Doc:
    """One name of a cell: how it is typed, what its docstring says, and an example of its use."""

    name: str
    call: str
    """The name with its parameters; for what is no call, the name alone."""
    paragraphs: tuple[str, ...]
    example: str | None

    @property
    def text(self) -> str:
        """The first paragraph."""
        return self.paragraphs[0]

    @property
    def is_call(self) -> bool:
        """Whether it is called or indexed, and not simply there."""
        return self.call != self.name

    @property
    def usage(self) -> str | None:
        """The example where it shows more than the call itself: another call in it, or what is done with its result."""
        if self.example is None:
            return None
        calls = sum(isinstance(node, ast.Call) for node in ast.walk(ast.parse(self.example)))
        return self.example if calls > 1 or not self.example.endswith(")") else None


@dataclass(frozen=True)
class Page:
    """A tool, a result or a function: under which name a cell has it, what it is, and what it has."""

    name: str
    kind: Callable[..., object]
    origin: str = ""
    """Where a cell gets it from; empty for what is simply there."""
    first: str = ""
    """Names of the members that the prompt describes, the most useful first; the others it only names. Empty: all."""

    @property
    def title(self) -> str:
        """Its name, and its class where that says more."""
        said = self.name.endswith(self.kind.__name__) or isinstance(self.kind, FunctionType)
        return self.name if said else f"{self.name}: {self.kind.__name__}"

    @cached_property
    def about(self) -> Doc:
        """The class or function itself."""
        return _doc(self.name, _call(self.name, self.kind), self.kind)

    @cached_property
    def members(self) -> tuple[Doc, ...]:
        """Public methods and properties, in the order of the code."""
        return tuple(_members(self.kind, self.name)) if isinstance(self.kind, type) else ()

    @cached_property
    def fields(self) -> tuple[Doc, ...]:
        """Attributes that have a docstring of their own: a string below the assignment."""
        return tuple(_fields(self.kind)) if isinstance(self.kind, type) else ()

    @property
    def described(self) -> list[Doc]:
        """Members that the prompt describes."""
        by_name = {doc.name: doc for doc in self.members}
        return [by_name[name] for name in self.first.split() or by_name]

    @property
    def named(self) -> list[Doc]:
        """Members that the prompt only names: those that neither it describes nor the docstring of the class mentions."""
        told = " ".join(self.about.paragraphs)
        return [doc for doc in self.members if doc not in self.described and not re.search(rf"\.{doc.name}\b", told)]


def _bases(kind: type) -> list[type]:
    """The class, and those of our own that it inherits from."""
    return [base for base in kind.__mro__ if base is kind or base.__module__.startswith(OURS)]


def _fields(kind: type) -> Iterator[Doc]:
    for base in _bases(kind):
        (tree,) = ast.parse(textwrap.dedent(inspect.getsource(base))).body
        assert isinstance(tree, ast.ClassDef)
        makers = [node.body for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "__init__"]
        for body in (tree.body, *makers):
            for target, below in pairwise(body):
                name, text = _target(target), _string(below)
                if name and text and not name.startswith("_"):
                    yield Doc(name, name, *_paragraphs(text))


def _members(kind: type, owner: str) -> Iterator[Doc]:
    seen = set[str]()
    foreign = [base for base in kind.__mro__ if base not in _bases(kind)]
    for base in _bases(kind):
        for name, member in vars(base).items():
            hidden = name in seen or name == BUILDER or (name.startswith("_") and name != "__getitem__")
            called = member.__func__ if isinstance(member, staticmethod) else member
            text = getattr(called, "__doc__", None)
            borrowed = any(text == getattr(getattr(other, name, None), "__doc__", None) for other in foreign)
            if text and not hidden and not borrowed and isinstance(called, FunctionType | property | cached_property):
                yield _doc(name, _call(owner if name == "__getitem__" else name, called), called)
            seen.add(name)


def _doc(name: str, call: str, documented: object) -> Doc:
    return Doc(name, call, *_paragraphs(inspect.getdoc(documented) or ""))


def _paragraphs(docstring: str) -> tuple[tuple[str, ...], str | None]:
    """The paragraphs of a docstring, each on one line, and its example."""
    paragraphs = [" ".join(paragraph.split()) for paragraph in inspect.cleandoc(docstring).split("\n\n")]
    example = paragraphs.pop().removeprefix(EXAMPLE) if paragraphs[-1].startswith(EXAMPLE) else None
    return tuple(paragraphs), example


def _call(name: str, called: object) -> str:
    """How it is typed: without annotations, and without parameters that only forgive another name."""
    if not isinstance(called, FunctionType):
        return name
    parameters = [
        parameter.replace(annotation=inspect.Parameter.empty)
        for parameter in inspect.signature(called).parameters.values()
        if parameter.name != "self"
        and not parameter.name.startswith("_")
        and parameter.kind is not inspect.Parameter.VAR_KEYWORD
    ]
    if called.__name__ == "__getitem__":
        return f"{name}[{parameters[0].name}]"
    return f"{name}{inspect.Signature(parameters)}"


def _target(node: ast.stmt) -> str | None:
    """The name that an assignment gives a value to: a field, or an attribute of self."""
    if not isinstance(node, ast.Assign | ast.AnnAssign):
        return None
    target = node.targets[0] if isinstance(node, ast.Assign) else node.target
    return getattr(target, "attr", None) or getattr(target, "id", None)


def _string(node: ast.stmt) -> str | None:
    value = node.value if isinstance(node, ast.Expr) else None
    return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else None
