"""Points and boxes in what a vision-language model wrote, in whatever way it wrote them."""

from __future__ import annotations

import re
from typing import NamedTuple

Place = tuple[float, ...]
"""x, y of a point, or x0, y0, x1, y1 of a box, as written."""

_NUMBER = r"(?<![\w.])[-+\u2212]?(?:\d{1,9}+(?:\.\d{1,20}+)?|\.\d{1,20}+)(?![\w%])"
_TOKEN = re.compile(
    r"""(?P<name>["']?\b[A-Za-z]\w{0,19}["']?\s{0,2}[:=])   # x1=  "bbox_2d":
    |(?P<quoted>"[^"\n]*")
    |(?P<tag></?\|?[A-Za-z_]{1,20}\|?>)                     # <box>  <|box_end|>
    |(?P<span>(?<![\w.])\d++(?:\.\d++)?[-\u2013]\d[\d.]*)   # 120-480: an interval, no coordinate
    |(?P<number>NUMBER)
    |(?P<word>\w+)
    |(?P<line>\n)
    |(?P<open>[(\[{])
    |(?P<close>[)\]}])
    |(?P<gap>[\s,;"']+?)
    |(?P<other>.)""".replace("NUMBER", _NUMBER),
    re.VERBOSE,
)
_COORDINATE = re.compile(r"([xy])(?:_?(?:min|max|[0-3]))?|left|top|right|bottom|w|h|width|height", re.IGNORECASE)
_MARKUP = re.compile(r"box|point|coord|json|label|bounding|corner|center|image", re.IGNORECASE)


class Reading(NamedTuple):
    """What a text says about places."""

    places: list[Place]
    prose: bool
    """True when it has words beside the numbers and their markup."""


def read_places(text: str) -> Reading:
    """The points and boxes of a text in their order; numbers that are neither are left out."""
    reader = _Reader()
    reader.read(text)
    return reader.end()


def written(value: float) -> str:
    """A number as a cell would type it: whole ones without a point."""
    return str(int(value)) if float(value).is_integer() else repr(value)


def numbers_of(text: str) -> list[str]:
    """The bare numbers of the places in a text; where there are no places and no letters, all its numbers."""
    places = read_places(text).places
    if places or any(map(str.isalpha, text)):
        return [written(value) for place in places for value in place]
    return [match.group().replace("\u2212", "-") for match in re.finditer(_NUMBER, text)]


class _Reader:
    """Takes a text piece by piece; numbers that stand side by side are one run, and a run is one or more places."""

    def __init__(self) -> None:
        self._places: list[Place] = []
        self._run: list[tuple[str, float]] = []
        self._name = ""
        self._depth = 0
        self._corners: list[Place] | None = None
        """After a word for a box: the corners that came as pairs; None elsewhere."""
        self._prose = False

    def read(self, text: str) -> None:
        for match in _TOKEN.finditer(text):
            self._take(match.lastgroup or "", match.group())

    def end(self) -> Reading:
        self._leave_box()
        return Reading(self._places, self._prose)

    def _take(self, kind: str, token: str) -> None:
        if kind == "number":
            plain = token.replace("\u2212", "-")
            self._run.append((self._name, float(plain) if "." in plain else int(plain)))
            self._name = ""
        elif kind == "name":
            self._take_name(token.strip("\"' :="))
        elif kind == "quoted" and not any(map(str.isalpha, token)):
            self.read(token[1:-1])
        elif kind in ("word", "quoted", "tag", "span"):
            self._take_word(token, markup=kind in ("quoted", "tag") or bool(_MARKUP.search(token)))
        elif kind == "line":
            if not self._depth and not (self._run and self._run[-1][0]):  # named numbers may stand below each other
                self._leave_box()
        elif kind in ("open", "close"):
            self._end_run()
            self._depth = max(0, self._depth + (1 if kind == "open" else -1))
        elif kind == "other":
            self._end_run()

    def _take_name(self, name: str) -> None:
        if not _COORDINATE.fullmatch(name):
            self._take_word(name, markup=True)
            return
        if any(name.lower() == known for known, _ in self._run):
            self._end_run()
        self._name = name.lower()

    def _take_word(self, word: str, *, markup: bool) -> None:
        self._leave_box()
        self._prose |= not markup
        if "box" in word.lower() and "/" not in word and "end" not in word.lower():
            self._corners = []

    def _end_run(self) -> None:
        run, self._run, self._name = self._run, [], ""
        values = tuple(value for _, value in run)
        if run and all(name for name, _ in run):
            self._add(_of_names(run))
        elif len(values) % 4 == 0:
            for start in range(0, len(values), 4):
                self._add(values[start : start + 4])
        elif len(values) % 2 == 0:
            for start in range(0, len(values), 2):
                self._add(values[start : start + 2])

    def _add(self, place: Place) -> None:
        if self._corners is None or len(place) != 2:
            self._places += [place] if place else []
            return
        self._corners.append(place)
        if len(self._corners) == 2:
            self._places.append(self._corners[0] + self._corners[1])
            self._corners = []

    def _leave_box(self) -> None:
        self._end_run()
        self._places += self._corners or []
        self._corners = None


def _of_names(run: list[tuple[str, float]]) -> Place:
    """The place that named numbers make; () if they make none."""
    xs = sorted(value for name, value in run if name[0] == "x" or name in ("left", "right"))
    ys = sorted(value for name, value in run if name[0] == "y" or name in ("top", "bottom"))
    width = [value for name, value in run if name in ("w", "width")]
    height = [value for name, value in run if name in ("h", "height")]
    if len(xs) == len(ys) == 2:
        return xs[0], ys[0], xs[1], ys[1]
    if len(xs) == len(ys) == len(width) == len(height) == 1:
        return xs[0], ys[0], xs[0] + width[0], ys[0] + height[0]
    return (xs[0], ys[0]) if len(xs) == len(ys) == 1 == len(run) / 2 else ()
