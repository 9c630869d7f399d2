"""What `vlm.locate` returns: places in the image that was given, and still a text for those who parse it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from PIL import Image

from spatial_agent.errors import ToolError
from spatial_agent.inside.images import FrameImage
from spatial_agent.inside.notice import notice
from spatial_agent.inside.places import Place, numbers_of, read_places, written

Point = tuple[float, float]
Box = tuple[float, float, float, float]
NOT_VISIBLE = "Not visible"
_ABSENT = re.compile(r"[\W_]*+not visible\b", re.IGNORECASE)
_SAID_ABSENT = re.compile(
    r"\b(?:no|not|cannot|can't|isn't|aren't) (?:\w{1,12} ){0,2}(?:visible|present|seen|see)\b", re.IGNORECASE
)
_CUE = re.compile(r"\bimage\s{0,3}#?(\d{1,3})\s{0,3}(?:\([^()\n]{0,80}\)\s?)?\*{0,2}\s?:", re.IGNORECASE)


def _kept(name: str) -> Any:
    """The method of `str` of this name, giving a text of the same kind."""
    method = getattr(str, name)

    def kept(self: str, *args: Any) -> NumberText:
        return NumberText(method(self, *args))

    kept.__name__ = name
    return kept


class NumberText(str):
    """A text about places that splits into bare numbers, whichever of spaces and commas it is split at.

    Not a place in it: an empty list. What str methods make of it does so too.
    """

    def split(self, sep: str | None = None, maxsplit: Any = -1) -> list[Any]:
        """The bare numbers as texts, at spaces or commas; at anything else the parts of the text."""
        if maxsplit < 0 and (sep is None or (sep and not sep.strip(" ,"))):
            return numbers_of(self)
        return [NumberText(part) for part in super().split(sep, maxsplit)]

    replace, translate = _kept("replace"), _kept("translate")
    strip, lstrip, rstrip = _kept("strip"), _kept("lstrip"), _kept("rstrip")
    lower, upper = _kept("lower"), _kept("upper")
    removeprefix, removesuffix = _kept("removeprefix"), _kept("removesuffix")


class Located(NumberText):
    """Where something is, in pixels of the image given: `.visible`, `.point`, `.box`, `.points`, `.boxes`.

    `.point` is (x, y), the middle of the box where a box was replied, and `.box` is (x0, y0, x1, y1); each is None
    where there is none. `.points` and `.boxes` list them all. Of several images `.images[k]` (from 1) is where it is
    in image k, and the rest is about the first image in which it is visible. `.normalized` has the numbers as replied,
    0 to 1000 across the image, and `.raw` the reply. Asked about a crop, `.frame_points` and `.frame_boxes` are pixels
    of the whole frame.

    It is also the reply as a str, for code that parses it: one point or box reads "120, 300, 480, 700" whatever its
    markup was, so that eval and re.findall work, and split() or split(",") give the bare numbers. Without coordinates
    split gives [] and the words stay: `"Not visible" in answer`, ==, startswith and truth are those of the text.
    """

    image: Image.Image
    """The image that the pixels are of."""
    raw: str
    """The reply as it came."""
    normalized: list[Place]
    """Numbers of each place, 0 to 1000 across the image, as replied."""
    points: list[Point]
    """(x, y) of each point, in pixels of the image."""
    boxes: list[Box]
    """(x0, y0, x1, y1) of each box, in pixels of the image."""
    _each: dict[int, Located] | None = None

    @property
    def visible(self) -> bool:
        """True when the reply says where it is."""
        return bool(self.points or self.boxes)

    @property
    def box(self) -> Box | None:
        """The first box, or None."""
        return self.boxes[0] if self.boxes else None

    @property
    def point(self) -> Point | None:
        """The first point, else the middle of the first box, or None."""
        if self.points or not self.boxes:
            return self.points[0] if self.points else None
        x0, y0, x1, y1 = self.boxes[0]
        return (x0 + x1) / 2, (y0 + y1) / 2

    @property
    def images(self) -> dict[int, Located]:
        """For each image, counted from 1 in the order given: where it is there."""
        return {1: self} if self._each is None else self._each

    @property
    def frame_points(self) -> list[Point]:
        """`.points` in pixels of the whole frame; the same unless a crop was given."""
        frame = self._frame()
        return [frame.to_frame(*point) for point in self.points]

    @property
    def frame_boxes(self) -> list[Box]:
        """`.boxes` in pixels of the whole frame; the same unless a crop was given."""
        frame = self._frame()
        return [(*frame.to_frame(*box[:2]), *frame.to_frame(*box[2:])) for box in self.boxes]

    def _frame(self) -> FrameImage:
        if isinstance(self.image, FrameImage):
            return self.image
        raise ToolError(
            f"vlm.locate was asked about a {type(self.image).__name__}, which is no frame and no crop of one",
            "a FrameImage; pixels of any other picture are in .points and .boxes",
            'vlm.locate(InputImages[0].crop((0, 0, 200, 200)), "the lamp").frame_boxes',
        )

    def __repr__(self) -> str:
        """The text, and the first place in pixels."""
        place, name = (self.box, "box") if self.boxes else (self.point, "point")
        pixels = f" ({name} {', '.join(f'{value:.4g}' for value in place)} in pixels)" if place else ""
        return str.__repr__(self) + pixels

    @classmethod
    def _of(cls, reply: str, image: Image.Image, name: str, *, verbatim: bool = False) -> Located:
        """What a reply says about one image; `name` is how notices call it."""
        places, text = _places(reply, name)
        found = cls(reply if verbatim else text)
        found.image, found.raw, found.normalized = image, reply, places
        pixels = [_pixels(place, image.size) for place in places]
        found.points = [place for place in pixels if len(place) == 2]
        found.boxes = [place for place in pixels if len(place) == 4]
        return found


def located(reply: str, images: Sequence[Image.Image], captions: Sequence[str], *, verbatim: bool = False) -> Located:
    """What a reply says about these images; where it needs a word, a notice says so.

    `verbatim`: the text stays the reply as it came, as one who asked for JSON wants to read it.
    """
    if verbatim and len(images) == 1:
        return Located._of(reply, images[0], f"vlm.locate in {captions[0]}", verbatim=True)
    names = [f"vlm.locate in {caption}" for caption in captions]
    if len(images) == 1:
        only = _CUE.match(reply.lstrip(" *"))
        return Located._of(reply.lstrip(" *")[only.end() :] if only else reply, images[0], names[0])
    parts = _by_image(reply, len(images))
    each = {
        number: Located._of(parts.get(number, NOT_VISIBLE), image, name)
        for number, (image, name) in enumerate(zip(images, names, strict=True), start=1)
    }
    seen = [number for number, one in each.items() if one.visible]
    first = each[seen[0]] if seen else each[1]
    if seen and _CUE.search(reply):
        where = ", ".join(f"image {number} ({captions[number - 1]})" for number in seen)
        notice(f"vlm.locate: visible in {where}; .images[k] says where in image k, the rest is about image {seen[0]}")
    found = Located(first)
    vars(found).update(vars(first), raw=reply, _each=each)
    return found


def _by_image(reply: str, count: int) -> dict[int, str]:
    """The part of a reply about each image; what names none is about the first."""
    cues = [cue for cue in _CUE.finditer(reply) if 1 <= int(cue.group(1)) <= count]
    if not cues:
        if read_places(reply).places and not _ABSENT.match(reply):
            notice(f"vlm.locate: the reply does not say which of the {count} images it means; image 1 is assumed")
        return {1: reply}
    ends = [*(cue.start() for cue in cues[1:]), len(reply)]
    parts: dict[int, str] = {}
    for cue, end in zip(cues, ends, strict=True):
        number = int(cue.group(1))
        parts[number] = f"{parts.get(number, '')}\n{reply[cue.end() : end]}".strip(" \n;*-")
    return parts


def _places(reply: str, name: str) -> tuple[list[Place], str]:
    """Places in 0..1000 and the text that stands for the reply."""
    text = reply.strip()
    if _ABSENT.match(text):
        return [], NOT_VISIBLE + text[text.lower().index("not visible") + len(NOT_VISIBLE) :].replace("**", "")
    places, prose = read_places(text)
    if not places:
        return [], _without_places(text, name)
    values = [value for place in places for value in place]
    if all(0 <= value <= 1 for value in values) and any(isinstance(value, float) for value in values):
        notice(f"{name}: the reply has fractions ({_short(text)}); they are taken times 1000")
        places, prose = [tuple(round(value * 1000, 3) for value in place) for place in places], False
    elif min(values) < 0 or max(values) > 1000:
        notice(f"{name}: {_short(text)} leaves 0..1000 and is cut at the edge; they may be pixels: compare .raw")
    if len(places) > 1:
        notice(f"{name}: {len(places)} places; .boxes and .points list them, .box and .point are the first")
    return places, text if prose else "\n".join(", ".join(map(written, _ordered(place))) for place in places)


def _without_places(text: str, name: str) -> str:
    """The text of a reply that has no coordinates; words for "nothing" become "Not visible"."""
    plain = text.strip("`\"'.! \n").lower()
    if plain in ("none", "null", "n/a", "no") or not any(map(str.isalnum, text)):
        return NOT_VISIBLE
    if _SAID_ABSENT.search(text):
        return f"{NOT_VISIBLE}: {text}"
    notice(f"{name}: the reply has no coordinates: {_short(text)}; .visible is False")
    return text


def _ordered(place: Place) -> Place:
    """A box from its top left to its bottom right corner, whichever corners were named."""
    if len(place) == 2:
        return place
    x0, y0, x1, y1 = place
    return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


def _pixels(place: Place, size: tuple[int, int]) -> Any:
    """Pixels of 0-1000 numbers: 0 is the first pixel and 1000 the last."""
    last = [float(size[position % 2] - 1) for position in range(len(place))]
    inside = [min(max(value, 0), 1000) for value in _ordered(place)]
    return tuple(round(value / 1000 * end, 2) for value, end in zip(inside, last, strict=True))


def _short(text: str) -> str:
    words = " ".join(text[:400].split())
    return repr(words if len(words) <= 80 else f"{words[:80]}...")
