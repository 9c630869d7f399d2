"""Questions to a fresh session of the vision-language model, about images only."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, NamedTuple, ParamSpec, TypeVar

from PIL import Image

from spatial_agent import wire
from spatial_agent.errors import ToolError
from spatial_agent.inside.host import Host
from spatial_agent.inside.located import Located, located
from spatial_agent.inside.pictures import Picture, collect
from spatial_agent.inside.show import LONG_EDGE, fit, jpeg

Kind = Literal["locate", "ask"]
LOCATE_IMAGES = 8
ASK_IMAGES = 64
QUESTIONS = 32
"""Asked at once."""
MAX_BYTES = 24 * 2**20
"""Of all images of one message; beyond it they are sent smaller, or in several messages."""
_CALLS: dict[Kind, str] = {"locate": "vlm.locate", "ask": "vlm.ask_with_thinking"}

P = ParamSpec("P")
T = TypeVar("T")


def _also(**others: str) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Accept other names of parameters too."""

    def decorate(function: Callable[P, T]) -> Callable[P, T]:
        @functools.wraps(function)
        def called(*args: P.args, **keywords: P.kwargs) -> T:
            named: Any = {others.get(name, name): value for name, value in keywords.items()}
            return function(*args, **named)

        return called

    return decorate


class _Seen(NamedTuple):
    """What one question shows: the images as given, their captions, and their bytes."""

    sources: tuple[Image.Image, ...]
    captions: tuple[str, ...]
    pictures: tuple[bytes, ...]


class Vlm:
    """Questions to the vision-language model; each is a fresh session that sees only the images passed.

    Images carry their captions (frame numbers, or the captions you give as in show), so ask about frame numbers. A
    list of questions is asked at once, side by side, and gives a list of answers.
    """

    def __init__(self, host: Host) -> None:
        self._host = host

    @_also(image="visual_input", images="visual_input")
    def locate(self, visual_input: Any, question: str | Sequence[str]) -> Any:
        """A Located in pixels of the image: `.visible`, `.point`, `.box` (None where not seen), `.points`, `.boxes`.

        `.point` is (x, y), `.box` is (x0, y0, x1, y1). At most 8 images; `.images[k]` is about image k (from 1). Where
        a crop was given, `.frame_boxes` has pixels of the whole frame. It is also the reply as text,
        "120, 300, 480, 700" in 0-1000 coordinates or "Not visible".

        Example: vlm.locate(image, "the heater").box
        """
        texts, alone = _questions(question, "vlm.locate")
        seen = _look(visual_input, "vlm.locate", LOCATE_IMAGES)
        found = self._located([(seen, text) for text in texts])
        return found[0] if alone else found

    @_also(image="images", visual_input="images", pairs="images", question="questions")
    def locate_many(self, images: Any, questions: Any = None) -> list[Located]:
        """A list of Located, asked side by side: one question of each image, several of one, (image, question) pairs.

        At most 32 questions; as many images as questions go together one by one.

        Example: vlm.locate_many(InputImages[0:4], "the door")
        """
        tasks = _tasks(images, questions)
        looks: dict[int, _Seen] = {}
        for image, _ in tasks:
            if id(image) not in looks:
                looks[id(image)] = _look(image, "vlm.locate_many", LOCATE_IMAGES)
        return self._located([(looks[id(image)], text) for image, text in tasks])

    @_also(image="visual_input", images="visual_input")
    def ask_with_thinking(self, visual_input: Any, question: str | Sequence[str]) -> Any:
        """Answer in words to a question about one or more images, after thinking; at most 64 images.

        More images are thinned out evenly, with a printed line that names those kept.

        Example: vlm.ask_with_thinking(InputImages[0:4], "In which frames is the door open?")
        """
        texts, alone = _questions(question, "vlm.ask_with_thinking")
        seen = _look(visual_input, "vlm.ask_with_thinking", ASK_IMAGES)
        replies = self._replies("ask", [(seen, text) for text in texts])
        return replies[0] if alone else replies

    def _located(self, tasks: list[tuple[_Seen, str]]) -> list[Located]:
        replies = self._replies("locate", tasks)
        return [
            located(reply, seen.sources, seen.captions, verbatim="json" in text.lower())
            for reply, (seen, text) in zip(replies, tasks, strict=True)
        ]

    def _replies(self, kind: Kind, tasks: list[tuple[_Seen, str]]) -> list[str]:
        """The model's replies in order; what is asked twice is put once."""
        requests = [wire.AskModel(kind, text, seen.pictures, seen.captions) for seen, text in tasks]
        texts: dict[wire.AskModel, str] = {}
        for batch in _batches(list(dict.fromkeys(requests))):
            result, _ = self._host.ask(batch[0] if len(batch) == 1 else wire.AskModels(tuple(batch)))
            if not isinstance(result, wire.Text | wire.Texts):
                raise ToolError(f"{_CALLS[kind]} asked for text and got {type(result).__name__}")
            texts |= zip(batch, [result.text] if isinstance(result, wire.Text) else result.texts, strict=True)
        return [texts[request] for request in requests]

    def __repr__(self) -> str:
        return (
            "vlm: locate(visual_input, question), locate_many(images, questions), "
            "ask_with_thinking(visual_input, question)"
        )


def _questions(given: object, call: str) -> tuple[list[str], bool]:
    """The questions, and whether it is one that was not in a list."""
    alone = isinstance(given, str)
    texts = [given] if isinstance(given, str) else list(given) if isinstance(given, Sequence) else []
    if not texts or not all(isinstance(text, str) and text.strip() for text in texts):
        raise ToolError(
            f"{call} got the question {given!r:.80}",
            "a question in words, or a list of them",
            f'{call}(InputImages[0], "the lamp on the desk")',
        )
    _check_count(len(texts), call, "questions[:32]")
    return [str(text) for text in texts], alone


def _check_count(count: int, call: str, cut: str) -> None:
    if count > QUESTIONS:
        raise ToolError(f"{call} got {count} questions", f"at most {QUESTIONS} at once", f"{call}(images, {cut})")


def _tasks(images: Any, questions: Any) -> list[tuple[Any, str]]:
    """Which image each question is about."""
    call = "vlm.locate_many"
    if questions is None:
        pairs = list(images) if isinstance(images, Sequence) and not isinstance(images, str) else []
        if not pairs or not all(isinstance(pair, (tuple, list)) and len(pair) == 2 for pair in pairs):
            raise ToolError(
                f"{call} got a {type(images).__name__} and no question",
                "(image, question) pairs, or images and a question",
                f'{call}(InputImages[0:4], "the lamp")',
            )
        images, questions = [image for image, _ in pairs], [text for _, text in pairs]
    texts, _ = _questions(questions, call)
    several = list(images) if isinstance(images, Sequence) and not isinstance(images, str) else [images]
    if len(several) == 1 or len(texts) == 1:
        count = max(len(several), len(texts))
        _check_count(count, call, "question" if len(texts) == 1 else "questions[:32]")
        several, texts = several * (count // max(1, len(several))), texts * (count // len(texts))
    if not several or len(several) != len(texts):
        raise ToolError(
            f"{call} got {len(several)} images and {len(texts)} questions",
            "as many questions as images, or one of either",
            f"{call}([(image, question) for image in images for question in questions])",
        )
    return list(zip(several, texts, strict=True))


def _look(given: object, call: str, limit: int) -> _Seen:
    """The images that a question shows, evenly thinned to the limit."""
    pictures = collect(given, call, limit=limit)
    if not pictures:
        raise ToolError(
            f"{call} got no image", "one image or several, as show takes them", f"{call}(InputImages[0], ...)"
        )
    captions = tuple(picture.caption or f"image {number}" for number, picture in enumerate(pictures, start=1))
    sources = tuple(one.source if isinstance(one.source, Image.Image) else one.image for one in pictures)
    return _Seen(sources, captions, _encoded(pictures))


def _encoded(pictures: list[Picture]) -> tuple[bytes, ...]:
    encoded = tuple(jpeg(fit(picture.image, LONG_EDGE)) for picture in pictures)
    if sum(map(len, encoded)) <= MAX_BYTES:
        return encoded
    return tuple(jpeg(fit(picture.image, LONG_EDGE // 2), 85) for picture in pictures)


def _batches(requests: list[wire.AskModel]) -> Iterator[list[wire.AskModel]]:
    """The requests in as many messages as their images need."""
    batch: list[wire.AskModel] = []
    size = 0
    for request in requests:
        own = sum(map(len, request.images))
        if batch and size + own > MAX_BYTES:
            yield batch
            batch, size = [], 0
        batch.append(request)
        size += own
    yield batch
