"""Where the values of a cell's names come from: from our names, or out of the cell's own hands.

Goes by the source of all cells of a session together, without regard to order and scope: a name that ever held a value
of ours counts as one that does.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from enum import IntEnum

OURS = frozenset(
    {"InputImages", "RefImages", "Metadata", "tools", "vlm", "show", "ReturnAnswer", "feedback"}
    | {"Reconstruct", "SAM3", "Geometry", "Mask", "Time", "Graph", "Draw"}
)
"""Names that the interface promises, `InputImages_1..N` besides."""
_SAME = frozenset(
    {"list", "tuple", "set", "dict", "sorted", "reversed", "enumerate", "zip", "iter", "next", "filter", "map"}
    | {"float", "int", "str", "min", "max", "array", "asarray", "stack", "vstack", "concatenate"}
)
"""Functions whose result is what they were given, or holds it."""
_GATHER = frozenset({"append", "extend", "add", "insert", "update", "setdefault"})


class Origin(IntEnum):
    """How near a value is to ours; of several the nearest counts."""

    OWN = 0
    """The cell's own."""
    COMPUTED = 1
    """Computed from a value of ours."""
    GATHERED = 2
    """A list or the like, made by the cell, that holds values of ours."""
    OURS = 3
    """What a call of ours returned, or a part of it."""


class Origins:
    """Origins of the names of a session, as far as its cells are known; `roots` are the names taken as ours."""

    def __init__(self, roots: Iterable[str] = OURS) -> None:
        self._roots = frozenset(roots)
        self._trees: list[ast.Module] = []
        self._names: dict[str, Origin] = {}
        self._functions: dict[str, ast.FunctionDef] = {}
        self.counters: set[str] = set()
        """Names that count: the first of `enumerate`, and those that go over a `range`."""

    def learn(self, tree: ast.Module) -> None:
        """Take a further cell into account."""
        self._trees.append(tree)
        self._functions |= {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        while self._pass():
            pass

    def of(self, node: ast.AST | None) -> Origin:
        """The origin of an expression's value."""
        match node:
            case ast.Name(id=name):
                ours = name in self._roots or (name.startswith("InputImages_") and "InputImages" in self._roots)
                return Origin.OURS if ours else self._names.get(name, Origin.OWN)
            case ast.Attribute(value=value, attr=attr):
                return max(self.of(value), self._names.get(f".{attr}", Origin.OWN))
            case ast.Starred(value=value) | ast.NamedExpr(value=value):
                return self.of(value)
            case ast.Subscript(value=value):
                return _element(self.of(value))
            case ast.Call():
                return self._called(node)
            case ast.IfExp(body=body, orelse=orelse):
                return max(self.of(body), self.of(orelse))
            case ast.BoolOp(values=values):
                return max(map(self.of, values))
            case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Set(elts=parts) | ast.Dict(values=parts):
                return self._gathered(parts)
            case ast.ListComp(elt=part) | ast.SetComp(elt=part) | ast.GeneratorExp(elt=part) | ast.DictComp(value=part):
                return self._gathered([part])
            case ast.Lambda(body=body):
                return self.of(body)
            case ast.expr():
                parts = [part for part in ast.walk(node) if isinstance(part, ast.Name)]
                return min(Origin.COMPUTED, max(map(self.of, parts), default=Origin.OWN))
            case _:
                return Origin.OWN

    def touched(self, node: ast.AST) -> Origin:
        """The nearest origin of anything that is named in an expression or a statement."""
        return max(
            (self.of(part) for part in ast.walk(node) if isinstance(part, ast.Name | ast.Attribute | ast.Call)),
            default=Origin.OWN,
        )

    def _called(self, node: ast.Call) -> Origin:
        given = max(
            (self.of(part) for part in (*node.args, *(keyword.value for keyword in node.keywords))), default=Origin.OWN
        )
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        method = self.of(node.func.value) if isinstance(node.func, ast.Attribute) else Origin.OWN
        if method == Origin.GATHERED:  # segs.get("x"), segs.items()
            return Origin.OURS if name in ("get", "pop") else Origin.GATHERED
        if method != Origin.OWN:
            return method
        if isinstance(node.func, ast.Name) and name in self._functions:
            return self._names.get(f"{name}()", Origin.OWN)
        if isinstance(node.func, ast.Name) and (self.of(node.func) != Origin.OWN):
            return self.of(node.func)
        return given if name in _SAME else min(Origin.COMPUTED, given)

    def _gathered(self, parts: Iterable[ast.expr | None]) -> Origin:
        inside = max(map(self.of, parts), default=Origin.OWN)
        return min(Origin.GATHERED, inside)

    def _pass(self) -> bool:
        """Go over all cells once; says whether anything was new."""
        before = dict(self._names)
        for tree in self._trees:
            for node in ast.walk(tree):
                self._note(node)
        return before != self._names

    def _note(self, node: ast.AST) -> None:
        match node:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    self._bind(target, self.of(value))
            case ast.AugAssign(target=target, value=value) | ast.AnnAssign(target=target, value=value):
                self._bind(target, self.of(value))
            case ast.NamedExpr(target=target, value=value):
                self._bind(target, self.of(value))
            case ast.For(target=target, iter=value) | ast.comprehension(target=target, iter=value):
                self._bind(target, _element(self.of(value)))
                self._count(target, value)
            case ast.FunctionDef(name=name):
                returned = (part.value for part in ast.walk(node) if isinstance(part, ast.Return))
                self._raise(f"{name}()", max(map(self.of, returned), default=Origin.OWN))
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=attr), args=args) if attr in _GATHER:
                self._raise(name, self._gathered(args))
            case ast.Call(func=ast.Name(id=name)) if name in self._functions:
                self._pass_on(node, self._functions[name])
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                for alias in names:
                    if alias.name in self._roots:
                        self._raise(alias.asname or alias.name, Origin.OURS)

    def _bind(self, target: ast.expr, origin: Origin) -> None:
        match target:
            case ast.Name(id=name):
                self._raise(name, origin)
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                for part in parts:
                    self._bind(part, _element(origin))
            case ast.Starred(value=value):
                self._bind(value, origin)
            case ast.Attribute(attr=attr):  # whatever object it is of
                self._raise(f".{attr}", origin)
            case ast.Subscript(value=ast.Name(id=name)):
                self._raise(name, min(Origin.GATHERED, origin))

    def _count(self, target: ast.expr, value: ast.expr) -> None:
        match target, value:
            case ast.Name(id=name), ast.Call(func=ast.Name(id="range")):
                self.counters.add(name)
            case ast.Tuple(elts=[ast.Name(id=name), *_]), ast.Call(func=ast.Name(id="enumerate")):
                self.counters.add(name)

    def _pass_on(self, call: ast.Call, function: ast.FunctionDef) -> None:
        """Bind a function's parameters to what it is called with."""
        parameters = [argument.arg for argument in (*function.args.posonlyargs, *function.args.args)]
        for name, value in zip(parameters, call.args, strict=False):
            self._raise(name, self.of(value))
        for keyword in call.keywords:
            if keyword.arg:
                self._raise(keyword.arg, self.of(keyword.value))

    def _raise(self, name: str, origin: Origin) -> None:
        self._names[name] = max(origin, self._names.get(name, Origin.OWN))


def _element(origin: Origin) -> Origin:
    return Origin.OURS if origin == Origin.GATHERED else origin
