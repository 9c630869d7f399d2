"""Pictures with captions, out of whatever a cell passes to `show` and `vlm`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from spatial_agent.frames import spread
from spatial_agent.inside.notice import frames_text, notice
from spatial_agent.inside.per_frame import PerFrame
from spatial_agent.inside.visual import VisualFeedback, as_pil, figure_of, label_of

RESULT_FRAMES = 4
"""Frames of a result that are pictured."""
STACK = 16
"""Up to so many layers of an array (N, H, W) are pictures of their own."""
_CAPTION_KEYS = {"caption", "label", "title", "text"}


class Picture(NamedTuple):
    """An RGB picture, its caption, and what it was made of."""

    image: Image.Image
    caption: str
    source: Any


def collect(given: object, call: str, label: Any = "", limit: int = 64) -> list[Picture]:
    """The pictures in what was passed to `call`: single, nested lists, generators, (image, "caption"), dicts, results.

    None is skipped, and one notice says how often; `label` names all, or one by one. A picture without a caption gets
    its own description. More than `limit` are thinned out evenly, before any is opened, with a notice that names those
    kept. ToolError names what is no image.
    """
    walk = _Walk(call)
    found = walk.row(given if isinstance(given, (list, tuple)) else [given])
    walk.tell(len(found))
    if label is not None and not np.iterable(label):
        label = str(label)
    if label is not None and not isinstance(label, str):
        names = [str(name) for name in label]
        if len(names) > len(found):
            notice(f"{call} got {len(names)} captions for {len(found)} images; the others are left out")
        names += [""] * len(found)
        found = [(value, name or caption) for (value, caption), name in zip(found, names, strict=False)]
    elif label:
        found = _named_alike(found, str(label))
    kept = spread(tuple(range(len(found))), limit)
    chosen = [(found[position][0], found[position][1] or label_of(found[position][0])) for position in kept]
    if len(kept) < len(found):
        these = ", ".join(
            caption or f"image {position + 1}" for position, (_, caption) in zip(kept, chosen, strict=True)
        )
        notice(f"{call} got {len(found)} images and takes {limit}; evenly spaced, these are: {these}")
    return [Picture(as_pil(value), caption, value) for value, caption in chosen]


_Found = list[tuple[Any, str]]


def _named_alike(found: _Found, label: str) -> _Found:
    """One label for all: the only picture bears it alone, several are counted."""
    if len(found) == 1:
        return [(found[0][0], label)]
    named = []
    for number, (value, caption) in enumerate(found, 1):
        own = caption or label_of(value)
        named.append((value, f"{label} ({number}/{len(found)})" + (f": {own}" if own else "")))
    return named


class _Walk:
    """Goes through what was passed, and remembers what is no picture."""

    def __init__(self, call: str) -> None:
        self._call = call
        self._skipped = 0
        self._loose: list[str] = []
        self._figures: list[Any] = []

    def tell(self, found: int) -> None:
        """Print what was skipped, if anything was."""
        if self._skipped:
            notice(f"{self._call}: {self._skipped} of {self._skipped + found} images given are None and are skipped")
        if self._loose:
            texts = ", ".join(repr(text[:60]) for text in self._loose[:3])
            notice(f'{self._call}: {texts} is no caption of an image; type {self._call}(image, "caption"), or print it')

    def row(self, parts: Iterable[Any]) -> _Found:
        """Pictures of a row; a text names what comes before it, or, at the start, what comes after it."""
        row: _Found = []
        last, ahead, skipped = 0, "", False  # where the last part's pictures begin; a text that waits for pictures
        for part in parts:
            texts = _texts(part)
            group = row[last:] if isinstance(part, str) else row[len(row) - len(texts) :]
            if not texts:
                skipped = part is None
                if new := self.walk(part):
                    last = len(row)
                    row += [(value, caption or ahead) for value, caption in new]
                    ahead = ""
            elif skipped:
                skipped = False  # the caption of a picture that is None
            elif group and len(group) >= len(texts) and not any(caption for _, caption in group):
                pairs = zip(group, texts, strict=False)
                row[len(row) - len(group) :] = (
                    _named_alike(group, part)
                    if isinstance(part, str)
                    else [(value, text) for (value, _), text in pairs]
                )
            elif isinstance(part, str):
                self._loose += [ahead] if ahead else []
                ahead = str(part)
            else:
                self._loose += texts
        self._loose += [ahead] if ahead else []
        return row

    def walk(self, value: Any) -> _Found:
        """Pictures in one value."""
        if value is None:
            self._skipped += 1
            return []
        if isinstance(value, np.ndarray):
            return self._array(value)
        if isinstance(value, (Image.Image, str, bytes)):
            return [(value, "")]
        if hasattr(value, "visualize") or isinstance(value, PerFrame):
            return _of_result(value, self._call)
        if isinstance(value, Mapping):
            return self._mapping(value)
        figure = figure_of(value)
        if figure is not None:
            new = not any(figure is known for known in self._figures)
            self._figures.append(figure)
            return [(figure, "")] if new else []
        if not isinstance(value, VisualFeedback) and isinstance(getattr(value, "image", None), Image.Image):
            return [(value.image, "")]  # what recon[frame] is
        return self.row(value) if isinstance(value, Iterable) else [(value, "")]

    def _array(self, array: np.ndarray[Any, Any]) -> _Found:
        stack = array.ndim == 3 and array.shape[2] not in (1, 3, 4) and array.shape[0] <= STACK
        if array.dtype == object or array.ndim == 4 or stack:
            return self.row(list(array))
        return [(array, "")]

    def _mapping(self, given: Mapping[Any, Any]) -> _Found:
        """Pictures by their captions; {"image": x, "caption": "..."} is one picture."""
        if "image" in given and set(given) - {"image"} <= _CAPTION_KEYS:
            caption = next((str(text) for key, text in given.items() if key != "image"), "")
            return self.row([given["image"], caption] if caption else [given["image"]])
        pairs = [(name, self.walk(part)) for name, part in given.items()]
        return [(value, caption or str(name)) for name, found in pairs for value, caption in found]


def _texts(part: object) -> list[str]:
    """The captions that a part of a row is; [] when it is no caption."""
    if isinstance(part, str):
        return [str(part)]
    if isinstance(part, (list, tuple)) and part and all(isinstance(text, str) for text in part):
        return [str(text) for text in part]
    return []


def _of_result(value: Any, call: str) -> _Found:
    """Pictures of a tool's result, of a few of its frames."""
    frames = tuple(getattr(value, "frame_indices", ()))
    if not frames:
        return [(value.visualize(), "")]
    kept = spread(frames, RESULT_FRAMES)
    if len(kept) < len(frames):
        notice(
            f"{call} got a {type(value).__name__} of {len(frames)} frames and pictures {frames_text(kept)}; "
            + ("type .visualize(frame) for another" if hasattr(value, "visualize") else "type [frame] for another")
        )
    if hasattr(value, "visualize"):
        return [(value.visualize(frame), "") for frame in kept]
    return [(value[frame], f"{type(value).__name__} of frame {frame}") for frame in kept]
