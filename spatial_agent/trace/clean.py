"""Text of untrusted origin without what a terminal would obey and a reader would not see."""

from __future__ import annotations

import json
import re

import msgspec

_SEQUENCE = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c\n]*(?:\x07|\x1b\\|\x9c)?"  # OSC, DCS, SOS, PM, APC
    r"|\x1b[ -/]*[0-~]?"
)
"""Control sequences as ECMA-48 builds them; of those with a text, one that is not closed ends with its line."""
_LINE_END = re.compile(r"\r\n|[\x0b\x0c\x85\u2028\u2029]")
_AT_END = re.compile(r"(?<!\r)\r++(?=\n|\Z)")
_REWRITTEN = re.compile(r"^[^\n]*\r(?=[^\n])", re.MULTILINE)
_UNSEEN = re.compile(
    "[\x00-\x08\x0d-\x1f\x7f-\x9f"  # C0 but tab and line feed, DEL, C1
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
    "\ud800-\udfff]"
)
"""Controls; characters that take no room, with which a text can hide another; marks that reorder what is read; and
halves of surrogate pairs, which no file can hold. Unicode 16: Default_Ignorable_Code_Point, bidirectional controls."""


def clean(text: str) -> str:
    """The text as a terminal would have left it, in characters that are seen; of Unicode's controls, tabs and line feeds.

    Control sequences are taken out whole. Of a line that a carriage return rewrites, as a progress bar does, the last
    state is kept.
    """
    text = _LINE_END.sub("\n", _SEQUENCE.sub("", text))
    return _UNSEEN.sub("", _REWRITTEN.sub("", _AT_END.sub("", text)))


def in_ascii(value: object) -> str:
    """A record as one line of JSON in which what a terminal would obey is escaped; numbers that are none are null."""
    return json.dumps(msgspec.json.decode(msgspec.json.encode(value)))
