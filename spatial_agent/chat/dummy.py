"""`DummyChat`: a backbone that makes its replies up, well-formed and always the same, and says so."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence

from spatial_agent.chat.protocol import Job, Message, Picture, Reply
from spatial_agent.trace.events import Usage

Numbers = tuple[int, ...]
_PLAN = "1. Nothing is planned: the backbone is the dummy, which knows nothing."
_WRITE = """**Purpose**
End the session.

**Reasoning**
The backbone is the dummy: it looks at nothing and cannot tell anything.

**Next Goal**
None.

**Code**
```python
ReturnAnswer(None, reason="the backbone is the dummy, a stand-in that looks at nothing")
```"""
_CONCLUDE = "Answer: cannot tell\n\nThe backbone is the dummy, a stand-in that looks at nothing."
_FREE = "dummy: a made-up reply, no model looked at the {count}."
_KEYS = re.compile(r"""["'](\w+)["']\s*:""")
_SLOTS = re.compile(r"""["'](\w+)["']\s*:\s*(["'\[{]|[^,}\s]*)""")
_NUMBER = re.compile(r"<?(?:int(?:eger)?|float|num(?:ber)?|count|idx|index|[a-z]|[\d.]*\d)>?", re.IGNORECASE)
_BOX = re.compile(r"\b(?:bounding[ -]?box(?:es)?|bbox|box|x[_ ]?(?:0|1|min)|corners?)\b", re.IGNORECASE)
_POINT = re.compile(r"\b(?:points?|pixel|centre|center|click|coordinates?|x,?\s*y)\b", re.IGNORECASE)
_UNIT = re.compile(r"\b0(?:\.0)?\s*(?:-|–|to|and)\s*1(?:\.0)?\b|\[0,\s*1\]", re.IGNORECASE)
_FORMS: tuple[tuple[str, str], ...] = (
    (r"\byes\s*(?:or|/|,)\s*no\b|\byes/no\b", "Yes"),
    (r"\b(?:option'?s?'?|single|one|the) letter\b|\bletter of\b|\bwhich option\b|\bA[.):]\s", "A"),
    (r"\bhow many\b|\bhow much\b|\bhow (?:far|long|tall|wide|high|big|deep|heavy)\b|\bcount\b|\bnumber\b", "2"),
    (r"\bin (?:meters?|metres?|cm|centimet)|\bestimate\b", "2"),
    (r"^\W*(?:is|are|does|do|did|can|has|have|was|were)\b", "Yes."),
)


class DummyChat:
    """Answers in the form that is asked for, out of nothing: for tests and for replays of cells that ask about images.

    A reply depends on the words of the question and on the number of images alone. Where something is, it invents; as
    the backbone of a session, it abstains at once.
    """

    name = "dummy"
    note = "a stand-in that makes up its replies; no model was asked, so no answer means anything"
    sees_images = True
    scripted = True

    async def reply(self, messages: Sequence[Message], job: Job) -> Reply:
        """The reply to the last message."""
        text = self._text(messages, job)
        return Reply(text, Usage(sum(len(m.text) for m in messages) // 4, 1 + len(text) // 4, 1))

    def _text(self, messages: Sequence[Message], job: Job) -> str:
        parts = messages[-1].parts
        question = next((part for part in reversed(parts) if isinstance(part, str)), "")
        images = sum(isinstance(part, Picture) for part in parts)
        if job == "locate":
            return _located(question, images)
        if job == "ask":
            captions = [part for part in parts[:-1] if isinstance(part, str)]
            return _answered(question, images, captions)
        return {"plan": _PLAN, "write": _WRITE}.get(job, _CONCLUDE)


def _located(question: str, images: int) -> str:
    if images < 2:
        return _place(question, 1)
    return "\n".join(f"Image {number}: {_place(question, number)}" for number in range(1, images + 1))


def _place(question: str, image: int) -> str:
    """A box or a point in 0-1000 (or 0-1, if that is asked for), in the lower middle of the image."""
    x, y, width, height = _invented(question, image)
    point_only = _POINT.search(question) and not _BOX.search(question)
    numbers: Numbers = (x, y) if point_only else (x - width, y - height, x + width, y + height)
    if _UNIT.search(question):
        written = [f"{number / 1000:.3f}" for number in numbers]
    else:
        written = [str(number) for number in numbers]
    if re.search(r"\bjson\b", question, re.IGNORECASE):
        return _as_json(question, numbers, "point" if point_only else "box")
    if re.search(r"\[\s*x", question, re.IGNORECASE):
        return f"[{', '.join(written)}]"
    return (", " if "comma" in question.lower() else " ").join(written)


def _as_json(question: str, numbers: Numbers, kind: str) -> str:
    """An object with the keys that the question names, else a plain list."""
    keys = list(dict.fromkeys(_KEYS.findall(question)))
    if not keys:
        return json.dumps(list(numbers))
    left = list(numbers)
    single = [key for key in keys if re.fullmatch(r"[xy]_?(?:\d|min|max|c|center|centre)?", key)]
    values = {key: left.pop(0) for key in single if left}
    return json.dumps({key: values.get(key, list(numbers) if _names_place(key) else f"dummy {kind}") for key in keys})


def _names_place(key: str) -> bool:
    return re.search(r"box|point|cent|coord|position|location", key, re.IGNORECASE) is not None


def _answered(question: str, images: int, captions: Sequence[str]) -> str:
    if _BOX.search(question) or re.search(r"\(\s*x", question):
        return _located(question, images)
    if re.search(r"\bjson\b", question, re.IGNORECASE):
        return json.dumps({key: _slot(value) for key, value in _SLOTS.findall(question)} or {"answer": "dummy"})
    if re.search(r"\bonly (?:with )?(?:the|a|one) (?:number|integer|index)\b", question, re.IGNORECASE):
        return "2"
    if re.search(r"\bwhich\b.{0,40}\b(?:frames?|images?|indices|index)\b|\bframe ind", question, re.IGNORECASE):
        named = re.search(r"(\d+)\D*$", captions[0]) if captions else None
        return f"dummy: frame {named[1] if named else 0}"
    for asked, answer in _FORMS:
        if re.search(asked, question, re.IGNORECASE | re.MULTILINE):
            return answer
    return _FREE.format(count=f"{images} image{'s' * (images != 1)}")


def _slot(asked: str) -> str | int | bool:
    """A value for a key of an object, of the kind that the question's own sample of it has."""
    if _NUMBER.fullmatch(asked):
        return 2
    return True if asked.lower() in ("true", "false", "bool") else "dummy"


def _invented(question: str, image: int) -> Numbers:
    """Middle, half width and half height of a box."""
    taken = hashlib.sha256(f"{image}\0{question}".encode(errors="replace")).digest()
    return 350 + taken[0] * 300 // 255, 500 + taken[1] * 200 // 255, 60 + taken[2] % 80, 60 + taken[3] % 100
