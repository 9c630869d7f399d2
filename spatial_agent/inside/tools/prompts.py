"""Text and box prompts in the forms that cells write them, brought into one form or refused."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spatial_agent.errors import FrameError, ToolError
from spatial_agent.inside.images import FrameImage
from spatial_agent.inside.located import Located
from spatial_agent.inside.notice import notice
from spatial_agent.inside.tools.arguments import numbers

Box = tuple[float, float, float, float]
SLACK = 2.0
"""Pixels by which a box or point may leave the image without a word."""
_CORNERS = (
    ("x0", "y0", "x1", "y1"),
    ("x1", "y1", "x2", "y2"),
    ("xmin", "ymin", "xmax", "ymax"),
    ("x_min", "y_min", "x_max", "y_max"),
    ("left", "top", "right", "bottom"),
)


def texts(prompts: object, call: str, *, split: bool = True) -> tuple[list[str], list[str] | None]:
    """Prompts as a list of strings, and the labels that a dict {label: prompt} gives them.

    A text with commas is several prompts, unless `split` is False.
    """
    if isinstance(prompts, Mapping) and prompts:
        named = [(str(label), text) for label, part in prompts.items() for text in texts(part, call)[0]]
        return [text for _, text in named], [label for label, _ in named]
    if isinstance(prompts, str):
        parts = [part.strip() for part in prompts.split(",") if part.strip()]
        if split and len(parts) > 1 and all(len(part.split()) <= 3 for part in parts):
            notice(f"{call}: the prompt {prompts!r} is read as {len(parts)} prompts {parts}; pass a list to say so")
            return parts, None
        prompts = [prompts.strip()]
    if isinstance(prompts, (list, tuple, set, frozenset, np.ndarray)):
        ordered = sorted(map(str, prompts)) if isinstance(prompts, (set, frozenset)) else np_list(prompts)
        found = [str(prompt).strip() for prompt in ordered if isinstance(prompt, str)]
        if found and len(found) == len(ordered) and all(found):
            return found, None
    raise ToolError(
        f"{call} got the prompt {prompts!r:.80}", "a short noun phrase, or a list of them", f'{call}(..., "chair")'
    )


def names(labels: object, defaults: Sequence[str], call: str) -> list[str]:
    """One label per prompt: those given, else the defaults; labels that do not fit are left out, with a notice."""
    if isinstance(labels, str):
        return [labels] if len(defaults) == 1 else [f"{labels} {number}" for number in range(len(defaults))]
    given = [] if labels is None else list(labels.values()) if isinstance(labels, Mapping) else np_list(labels)
    if not given:
        return list(defaults)
    if len(given) == len(defaults):
        return [str(label) for label in given]
    notice(f"{call} got {len(given)} labels for {len(defaults)} prompts; the labels are {list(defaults)} instead")
    return list(defaults)


def number(value: object, name: str, call: str) -> float:
    """A threshold as a plain number from 0 to 1."""
    array = numbers(value)
    found = float(array.item()) if array is not None and array.size == 1 else np.nan
    if not 0 <= found <= 1:
        raise ToolError(f"{call} got {name}={value!r:.80}", "one number from 0 to 1", f"{call}(..., {name}=0.3)")
    return found


def nothing(value: object) -> bool:
    """True for what says that there is no place: None, an empty list, all NaN, an answer that is not visible."""
    if isinstance(value, Located):
        return not value.visible
    if value is None or isinstance(value, str):
        return value is None or value.strip().lower().startswith("not visible")
    array = plain_numbers(value)
    return bool(np.isnan(array).all()) if array is not None else isinstance(value, Collection) and not len(value)


def plain_numbers(value: object) -> NDArray[np.float64] | None:
    """A float array of nested lists of numbers; None if anything else is in them."""
    return None if _has_words(value) else numbers(value)


def _has_words(value: object) -> bool:
    if isinstance(value, (list, tuple, set)):
        return any(_has_words(part) for part in value)
    return isinstance(value, (str, Mapping)) or (isinstance(value, np.ndarray) and value.dtype.kind in "US")


def np_list(value: object) -> list[Any]:
    """A list of a list, tuple, array or single value."""
    if isinstance(value, np.ndarray):
        return list(np.atleast_1d(value))
    return list(value) if isinstance(value, (list, tuple)) else [value]


def refuse_text(value: str, image: FrameImage, form: str, call: str) -> ToolError:
    """A text with numbers does not say whether they are pixels or 0 to 1000 across the image."""
    return ToolError(
        f"{call} got the text {value!r:.80}, which does not say whether its numbers are pixels or 0-1000",
        f"{form} in pixels, or what vlm.locate returned, unchanged",
        f"{call}(..., tools.Geometry.normalized_to_pixel({value!r:.80}, {image.width}, {image.height}))  # if 0-1000",
    )


def located_in(value: object) -> Located | None:
    """The first visible answer of vlm.locate in what was passed; its image is the one that the pixels are of."""
    if isinstance(value, Located):
        return value if value.visible else None
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        return next((found for part in value if (found := located_in(part)) is not None), None)
    return None


def image_of(answer: Located, image: FrameImage, call: str) -> FrameImage:
    """The image that an answer's pixels are of, if it is the prompt's frame or looks just like it."""
    theirs = answer.image
    if isinstance(theirs, FrameImage):
        if (theirs.video, theirs.frame_index) != (image.video, image.frame_index):
            raise FrameError(
                f"{call} got {image.description}, and an answer of vlm.locate about {theirs.description}",
                "an answer about the same frame",
                f"{call.replace('_video_', '_image_')}(InputImages.by_frame({theirs.frame_index}), ...)",
            )
        return theirs
    if theirs.size != image.size:
        raise ToolError(
            f"{call} got an answer of vlm.locate about a picture of {theirs.width}x{theirs.height}, which is no frame",
            "an answer about a frame or a crop of one",
            f"vlm.locate(InputImages.by_frame({image.frame_index}), ...)",
        )
    return image


def boxes(value: object, image: FrameImage, call: str) -> tuple[list[Box | None], list[str] | None]:
    """Boxes in pixels of the whole frame, None for what is nowhere, and the labels that a dict gives them.

    Numbers are pixels of `image`, which may be a crop.
    """
    found = _boxes(value, image, call)
    labels = [label for label, _ in found]
    return [box for _, box in found], None if "" in labels else labels


def _boxes(value: object, image: FrameImage, call: str) -> list[tuple[str, Box | None]]:
    if nothing(value):
        return [("", None)]
    if isinstance(value, Located):
        theirs = image_of(value, image, call)
        if not value.boxes:
            raise ToolError(
                f"{call} got boxes together with an answer of vlm.locate that is a point, {value.point}",
                "a box for each object, or a point for each",
                f"{call.replace('_by_box', '_by_points')}(...)",
            )
        return [("", _box(np.array(row, dtype=np.float64), theirs, call)) for row in value.boxes]
    if isinstance(value, str):
        raise refuse_text(value, image, "boxes [x0, y0, x1, y1]", call)
    if isinstance(value, Mapping):
        corners = _of_names(value)
        if corners is not None:
            return _boxes(corners, image, call)
        return [(str(label), box) for label, part in value.items() for _, box in _boxes(part, image, call)]
    array = plain_numbers(value)
    if array is None and isinstance(value, (list, tuple)):
        return [pair for part in value for pair in _boxes(part, image, call)]
    if array is None or (array.shape[-1:] != (4,) and array.shape != (2, 2)):
        given = repr(value) if array is None or array.size < 9 else f"an array of shape {array.shape}"
        raise ToolError(
            f"{call} got {given}",
            "boxes [x0, y0, x1, y1] in pixels of the image, one or a list of them",
            f"{call}(..., [0, 0, {image.width // 2}, {image.height}])",
        )
    return [("", None if np.isnan(row).all() else _box(row, image, call)) for row in array.reshape(-1, 4)]


def only_points(value: object) -> bool:
    """True for answers of vlm.locate that have points and no boxes."""
    if isinstance(value, Located):
        return bool(value.points) and not value.boxes
    parts = list(value.values()) if isinstance(value, Mapping) else value
    if not isinstance(parts, (list, tuple)) or located_in(parts) is None:
        return False
    return all(only_points(part) or nothing(part) for part in parts)


def _of_names(value: Mapping[Any, Any]) -> Any:
    """The box that a dict spells out; None if its keys are labels."""
    for name in ("box", "bbox"):
        if name in value:
            return value[name]
    for corners in _CORNERS:
        if all(name in value for name in corners):
            return [value[name] for name in corners]
    return None


def _box(row: NDArray[np.float64], image: FrameImage, call: str) -> Box | None:
    """One box in pixels of the whole frame; None, with a notice, where it has no pixel of the image."""
    width, height = image.size
    given = f"{call} got the box [{', '.join(f'{value:g}' for value in row)}]"
    if not np.isfinite(row).all():
        raise ToolError(given, "four finite numbers", f"{call}(..., [0, 0, {width // 2}, {height}])")
    if np.abs(row).max() <= 1:
        notice(f"{given}, which is smaller than a pixel; it is read as parts of the {width}x{height} image")
        row = row * (width, height, width, height)
    x0, y0, x1, y1 = (float(value) for value in row)
    if x1 < x0 or y1 < y0:
        swapped = min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)
        corners = f"[{', '.join(f'{value:g}' for value in swapped)}]"
        if x0 + x1 <= width and y0 + y1 <= height:
            sized = f"[{x0:g}, {y0:g}, {x0 + x1:g}, {y0 + y1:g}] if x, y, width, height"
            notice(f"{given}, which may mean two boxes: type {corners} if these are two corners, or {sized}")
            return None
        notice(f"{given}, whose corners are swapped; it is read as {corners}")
        x0, y0, x1, y1 = swapped
    cut = (max(x0, 0.0), max(y0, 0.0), min(x1, float(width)), min(y1, float(height)))
    if cut[0] >= cut[2] or cut[1] >= cut[3]:
        empty = x0 == x1 or y0 == y1
        advice = f"from 0-1000 numbers type tools.Geometry.normalized_to_pixel(box, {width}, {height})"
        notice(f"{given}, which {'has no area' if empty else f'is outside the {width}x{height} image; {advice}'}")
        return None
    if max(abs(a - b) for a, b in zip(cut, (x0, y0, x1, y1), strict=True)) > SLACK:
        notice(f"{given}, which leaves the {width}x{height} image; it is cut at the edge")
    return image.box_to_frame(cut)
