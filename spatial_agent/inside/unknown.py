"""What helps after an error: the names that there are, the call with its parameters, the limit that was reached."""

from __future__ import annotations

import difflib
import inspect
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from types import ModuleType
from typing import Any

from spatial_agent.inside.limits import Limits

LIMITS = "__limits__"
"""The name under which a namespace holds its kernel's limits."""
OURS = "spatial_agent"
NAMED = 40
"""Names that are listed at most."""
CLOSE = 0.6
"""How alike two names are that may have been mixed up, from 0 to 1."""
_WRONG_CALL = re.compile(r"([\w.<>]+)\(\) (?:missing|takes|got) ")
_WRONG_USE = re.compile(r"'(\w+)' object (?:is not (?:callable|subscriptable|iterable)|does not support)")


class Names:
    """What a cell's names stand for, and which of it is ours or a user's tool."""

    def __init__(self, namespace: Mapping[str, Any]) -> None:
        tools = namespace.get("tools")
        self._tools: dict[str, Any] = dict(vars(tools)) if type(tools).__module__.startswith(OURS) else {}
        self._namespace = namespace
        self._packages = {OURS} | {type(tool).__module__.partition(".")[0] for tool in self._tools.values()}

    def ours(self, module: str | None) -> bool:
        """Whether a module is part of our package or of one that brings a tool."""
        return (module or "").partition(".")[0] in self._packages

    def help_with(self, problem: BaseException) -> str:
        """Lines to put below an error's message; empty when it is about nothing of ours."""
        if isinstance(problem, AttributeError):
            return self._attribute(problem.obj, problem.name or "")
        if isinstance(problem, ModuleNotFoundError):
            return self._module((problem.name or "").partition(".")[0])
        if isinstance(problem, NameError):
            return self._name(problem.name or "")
        if isinstance(problem, TypeError):
            called, used = _WRONG_CALL.match(str(problem)), _WRONG_USE.match(str(problem))
            return self._call(called.group(1)) if called else self._use(used.group(1)) if used else ""
        return ""

    def limit_of(self, problem: BaseException) -> str:
        """A line to put below the message of an error that a limit of the kernel has caused; empty after another."""
        limits = self._namespace.get(LIMITS)
        return _lines(limits.expected(problem)) if isinstance(limits, Limits) else ""

    def _attribute(self, thing: object, name: str) -> str:
        if not name or not self.ours(type(thing).__module__):
            return ""
        close = difflib.get_close_matches(name, _public(dir(thing)), 1, CLOSE)
        place, known = self._spoken(type(thing), thing)
        call = f"{place if known is thing else ''}.{close[0]}" if close else ""
        return _lines(f"one of {self._listed(type(thing), thing, name)}", call)

    def _module(self, name: str) -> str:
        if name in self._namespace or name in self._tools:
            return _lines("no import: it is ready as a name", name if name in self._namespace else f"tools.{name}")
        return _lines("numpy, scipy, matplotlib, PIL and the standard library; perception is in tools.* and vlm.*")

    def _name(self, name: str) -> str:
        """After a NameError: a tool or one of its functions, written without its owner."""
        if name in self._tools:
            return _lines("", f"tools.{name}")
        for place, thing in [*self._of_tools(), ("vlm", self._namespace.get("vlm"))]:
            function = getattr(type(thing), name, None)
            if inspect.isfunction(function) and not name.startswith("_"):
                return _lines("", f"{place}.{name}{_parameters(function)}")
        return ""

    def _call(self, qualified: str) -> str:
        """After a wrong call: the parameters of the function of this qualified name, if it is ours."""
        root, owner, name = qualified.partition(".")[0], *qualified.rpartition(".")[::2]
        own = self._namespace.get(root)
        if (
            (inspect.isclass(own) or inspect.isfunction(own))
            and own.__qualname__ == root
            and not self.ours(own.__module__)
        ):
            return ""  # the cell's own, whatever of ours has the same name
        if name == "__init__":
            return next((_lines("", f"{kind.__name__}{_parameters(kind)}") for kind in self._kinds(owner)), "")
        for place, thing in self._places():
            whole = inspect.isfunction(thing)
            function = thing if whole else getattr(type(thing), name, None)
            if inspect.isfunction(function) and function.__qualname__ == qualified and self.ours(function.__module__):
                return _lines("", place + ("" if whole or name == "__call__" else f".{name}") + _parameters(function))
        methods = [getattr(kind, name, None) for kind in self._kinds(owner)]
        return next((_lines("", f".{name}{_parameters(method)}") for method in methods if callable(method)), "")

    def _use(self, name: str) -> str:
        """After an object was used as what it is not: what it has."""
        for kind in self._kinds(name):
            place, thing = self._spoken(kind)
            return _lines(f"{place} followed by one of {self._listed(kind, thing)}")
        return ""

    def _of_tools(self) -> list[tuple[str, Any]]:
        return [(f"tools.{name}", tool) for name, tool in self._tools.items()]

    def _places(self) -> list[tuple[str, Any]]:
        """What a cell has a name for, and the tools; no modules, some of which load when they are looked at."""
        named = [(name, value) for name, value in self._namespace.items() if not name.startswith("_")]
        return [(name, value) for name, value in named if not issubclass(type(value), ModuleType)] + self._of_tools()

    def _kinds(self, name: str) -> list[type]:
        """The classes of ours that bear a name; none when a cell has made one of that name."""
        own = self._namespace.get(name)
        if inspect.isclass(own) and not self.ours(own.__module__):
            return []
        found = [vars(module).get(name) for key, module in list(sys.modules.items()) if self.ours(key)]
        return [kind for kind in found if inspect.isclass(kind) and self.ours(kind.__module__)]

    def _spoken(self, kind: type, thing: object = None) -> tuple[str, Any]:
        """The object, or one of its class, by the name that the cell has for it; else the name of the class."""
        known = [(name, value) for name, value in self._places() if isinstance(value, kind)]
        same = [(name, value) for name, value in known if value is thing]
        return (same or known or [(kind.__name__, None)])[0]

    def _listed(self, kind: type, thing: object, wanted: str = "") -> str:
        """What we gave an object, in the order of the alphabet; of too many names, those most like `wanted`."""
        bases = [base for base in kind.__mro__ if self.ours(base.__module__)]
        names = _public({name for base in bases for name in vars(base)} | set(getattr(thing, "__dict__", {})))
        if len(names) > NAMED:
            names = sorted(names, key=lambda name: -difflib.SequenceMatcher(None, wanted, name).ratio())[:NAMED]
        return ", ".join(f".{name}" for name in sorted(names))


def _parameters(function: Callable[..., Any]) -> str:
    """The parameters of a function, as in "(image, label='')"."""
    parameters = [
        parameter.replace(annotation=inspect.Parameter.empty)
        for parameter in inspect.signature(function).parameters.values()
        if parameter.name != "self" and parameter.kind is not inspect.Parameter.VAR_KEYWORD
    ]
    return str(inspect.Signature(parameters))


def _public(names: Iterable[str]) -> list[str]:
    return [name for name in names if not name.startswith("_")]


def _lines(expected: str, call: str = "") -> str:
    lines = [f"  expected: {expected}" if expected else "", f"  type: {call}" if call else ""]
    return "\n".join(line for line in lines if line)
