"""Arguments in the ways that cells write them: other names for a keyword, and images before the prompts."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from spatial_agent.errors import ToolError
from spatial_agent.inside.images import FrameImage, InputImages, SeveralInputs

P = ParamSpec("P")
R = TypeVar("R")


def takes(frames_first: str = "", /, **other_names: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let a method be called with other names for its keywords: `takes(labels="label")` reads labels= as label=.

    Images as the first positional argument are the argument `frames_first`. A call that does not fit is a ToolError
    that ends with the docstring's example.
    """

    def decorate(method: Callable[P, R]) -> Callable[P, R]:
        signature = inspect.signature(method)
        known = list(signature.parameters)[1:]
        name = f"tools.{method.__qualname__}"
        example = (inspect.getdoc(method) or "").partition("Example: ")[2]

        @functools.wraps(method)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            positional: list[Any] = list(args)
            given: dict[str, Any] = {}
            if frames_first and len(positional) > 1 and _are_images(positional[1]):
                given[frames_first] = positional.pop(1)
            for word, value in kwargs.items():
                argument = word if word in known else other_names.get(word, word)
                if argument in given:
                    raise ToolError(f"{name} got {argument} twice", f"{argument} once", example)
                given[argument] = value
            try:
                bound = signature.bind(*positional, **given)
            except TypeError as problem:
                raise ToolError(f"{name}: {problem}", f"the arguments {', '.join(known)}", example) from None
            return method(*bound.args, **bound.kwargs)

        return call

    return decorate


def _are_images(value: object) -> bool:
    if isinstance(value, (FrameImage, InputImages, SeveralInputs)):
        return True
    return isinstance(value, (list, tuple)) and bool(value) and all(isinstance(part, FrameImage) for part in value)
