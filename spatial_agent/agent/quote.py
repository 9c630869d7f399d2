"""What a cell said, quoted for the backbone: it can neither end its quotation nor speak in another's name."""

from __future__ import annotations

import re

from spatial_agent.trace.clean import clean

_MARKERS = re.compile(
    r"<(?=[|｜][^\s<>|｜]{1,40}[|｜]>)"  # <|im_start|> and its kind
    r"|<(?=</?SYS>>)"
    r"|<(?=/?(?:\w+:)?(?:s|bos|eos|pad|unk|image|img|video|audio|think|thinking|tool_\w+|function_\w+|\w+_token"
    r"|start_of_\w+|end_of_\w+|system|user|assistant|human|observation)>)"
    r"|\[(?=/?(?:INST|IMG\w*|SYSTEM_PROMPT|TOOL_\w+|AVAILABLE_TOOLS)\])",
    re.IGNORECASE,
)
"""The first character of what chat templates write between turns. Some servers take it for their own wherever it is."""


def tame(text: str) -> str:
    """Clean text in which no marker of a chat template is whole: `<|im_start|>` becomes `< |im_start|>`."""
    return _MARKERS.sub(lambda found: f"{found[0]} ", clean(text))


def on_one_line(text: str) -> str:
    """The same in one line, within which nothing can begin a heading or a fence."""
    return " ".join(tame(text).split())


def fenced(text: str) -> str:
    """Text in a code fence that is longer than every run of backticks in it."""
    ticks = "`" * max(3, 1 + max(map(len, re.findall(r"`+", text)), default=0))
    return f"{ticks}\n{text}\n{ticks}"
