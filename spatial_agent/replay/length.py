"""How long the input of a recorded session must have been: the largest frame that its cells name.

Goes by the source alone. Numbers are followed through simple assignments, lists, loops and ranges; what only a run can
tell counts for nothing.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

INPUT = re.compile(r"InputImages(?:_(\d{1,2}))?")
_FRAME_KEYWORDS = {"frame", "frames", "frame_indices", "start_frame", "prompt_frame_idx", "frame_index"}
_END_KEYWORDS = {"end_frame"}
_FRAME_CALLS = {"by_frame", "get_by_frame_index"}
_FIRST_TWO = {"linspace", "arange", "range"}
_SHOWN = re.compile(r"frames=\[([\d\s,.]+)\]")
UNPARSABLE = (SyntaxError, ValueError, RecursionError, MemoryError)
"""What parsing raises for what is no Python, has a null byte, or nests too deep."""
_MOST = 200_000
"""Larger numbers are no frames."""
_DEEP = 12
"""An expression that nests deeper says nothing."""


class Names:
    """The largest number that each name can stand for, by what is assigned to it; of each it is found out once."""

    def __init__(self, assigned: Mapping[str, list[ast.expr]]) -> None:
        self._assigned = assigned
        self._known: dict[str, int | None] = {}

    def most(self, name: str) -> int | None:
        """None where the source does not say, or says it by the name itself."""
        if name not in self._known:
            self._known[name] = None
            self._known[name] = _largest(self._assigned.get(name, ()), self, _DEEP)
        return self._known[name]


@dataclass
class Used:
    """What the cells of a session name."""

    largest: dict[int, int] = field(default_factory=dict)
    """For each video, counted from 1, the largest frame."""
    videos: int = 1
    references: int = 0
    tracks: bool = False
    """Segments a video."""

    def frame(self, number: int | None, video: int = 1) -> None:
        """Take note of a frame."""
        if number is not None and 0 <= number < _MOST:
            self.largest[video] = max(self.largest.get(video, 0), number)


def used_by(cells: Iterable[str], feedback: Iterable[str]) -> Used:
    """What cells name, and what was shown to them as the frames of their variables. What cannot be parsed is left out."""
    used, earlier = Used(), dict[str, list[ast.expr]]()
    for cell in cells:
        try:
            tree = ast.parse(cell)
        except UNPARSABLE:
            continue
        names = _assigned(tree)
        _Reader(used, Names(earlier | names)).read(tree)
        earlier |= names
    for text in feedback:
        for shown in _SHOWN.findall(text):
            used.frame(max((int(number) for number in re.findall(r"\d+", shown)), default=None))
    return used


class _Reader:
    def __init__(self, used: Used, names: Names) -> None:
        self._used = used
        self._names = names

    def read(self, tree: ast.AST) -> None:
        """Take note of everything that a cell names."""
        for node in ast.walk(tree):
            match node:
                case ast.Name(id=name):
                    self._name(name)
                case ast.Subscript(value=ast.Name(id=name)):
                    self._subscript(name, self._index(node.slice))
                case ast.Call():
                    self._call(node)
                case ast.Compare():
                    self._compare([node.left, *node.comparators])

    def _name(self, name: str) -> None:
        if found := INPUT.fullmatch(name):
            self._used.videos = max(self._used.videos, int(found[1] or 1))
        elif name == "RefImages":
            self._used.references = max(self._used.references, 1)

    def _subscript(self, name: str, largest: int | None) -> None:
        if found := INPUT.fullmatch(name):
            self._used.frame(largest, int(found[1] or 1))
        elif name == "RefImages":
            self._used.references = max(self._used.references, (largest or 0) + 1)

    def _call(self, node: ast.Call) -> None:
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        self._used.tracks |= name.startswith("segment_video")
        video = next((most(k.value, self._names) for k in node.keywords if k.arg == "video_index"), None) or 1
        for keyword in node.keywords:
            if keyword.arg in _FRAME_KEYWORDS:
                self._used.frame(most(keyword.value, self._names), video)
            elif keyword.arg in _END_KEYWORDS:
                end = most(keyword.value, self._names)
                self._used.frame(end and end - 1, video)
        if name in _FRAME_CALLS and node.args:
            self._used.frame(most(node.args[0], self._names), video)

    def _compare(self, sides: list[ast.expr]) -> None:
        if any(isinstance(side, ast.Attribute) and side.attr == "frame_index" for side in sides):
            for side in sides:
                self._used.frame(most(side, self._names))

    def _index(self, node: ast.expr) -> int | None:
        if isinstance(node, ast.Slice):
            stop = most(node.upper, self._names) if node.upper else None
            start = most(node.lower, self._names) if node.lower else None
            return max((n for n in (start, stop and stop - 1) if n is not None), default=None)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            back = most(node.operand, self._names)
            return back and back - 1
        return most(node, self._names)


def most(node: ast.expr, names: Names, depth: int = _DEEP) -> int | None:
    """The largest whole number that an expression can stand for, or hold; None where the source does not say."""
    if depth == 0:
        return None
    match node:
        case ast.Constant(value=int() as value) if not isinstance(value, bool):
            return value
        case ast.Name(id=name):
            return names.most(name)
        case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Set(elts=parts) | ast.Dict(values=parts):
            return _largest(parts, names, depth)
        case ast.BinOp():
            return _result(node, names, depth)
        case ast.IfExp(body=body, orelse=orelse):
            return _largest([body, orelse], names, depth)
        case ast.Subscript(value=value) | ast.Starred(value=value):
            return most(value, names, depth - 1)
        case ast.ListComp(elt=elt) | ast.GeneratorExp(elt=elt) | ast.SetComp(elt=elt):
            return most(elt, names, depth - 1)
        case ast.Call():
            return _called(node, names, depth)
        case _:
            return None


def _largest(nodes: Iterable[ast.expr], names: Names, depth: int) -> int | None:
    return max((n for node in nodes if (n := most(node, names, depth - 1)) is not None), default=None)


def _result(node: ast.BinOp, names: Names, depth: int) -> int | None:
    left, right = most(node.left, names, depth - 1), most(node.right, names, depth - 1)
    if left is None or right is None:
        return None
    match node.op:
        case ast.Add():
            return left + right
        case ast.Sub():
            return left - right
        case ast.Mult():
            return left * right
        case ast.FloorDiv() if right:
            return left // right
        case _:
            return None


def _called(node: ast.Call, names: Names, depth: int) -> int | None:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if name == "len":
        return None
    if name in ("items", "values", "tolist", "astype", "copy") and isinstance(node.func, ast.Attribute):
        return most(node.func.value, names, depth - 1)
    if name in _FIRST_TWO:
        end = _largest(node.args[:2], names, depth)
        return end - 1 if end is not None and name != "linspace" else end
    return _largest(node.args, names, depth)


def _assigned(tree: ast.AST) -> dict[str, list[ast.expr]]:
    """Names of a cell and everything that is assigned to each, or looped over."""
    found: dict[str, list[ast.expr]] = {}
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=targets, value=value):
                pairs = [(target, value) for target in targets]
            case ast.For(target=target, iter=value) | ast.comprehension(target=target, iter=value):
                pairs = [(target, value)]
            case ast.AnnAssign(target=target, value=ast.expr() as value) | ast.NamedExpr(target=target, value=value):
                pairs = [(target, value)]
            case _:
                continue
        for target, value in pairs:
            for name in _names_of(target):
                found.setdefault(name, []).append(value)
    return found


def _names_of(target: ast.expr) -> list[str]:
    return [node.id for node in ast.walk(target) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
