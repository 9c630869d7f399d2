"""Which questions the policy takes for which kind, and what it takes for the things: no kind takes another's."""

import re

import pytest

from spatial_agent.answers.question import Question
from spatial_agent.chat.protocol import Message
from spatial_agent.offline.policy import KINDS
from spatial_agent.offline.session import Asked, read_briefing
from spatial_agent.offline.words import named_frames, unit_of
from tests.offline import wordings
from tests.offline.chats import brief

READ = dict(zip(wordings.KINDS_IN_ORDER, KINDS.values(), strict=True))
KNOWN = [
    *(("closest-point distance", text, "heater door") for text in wordings.CLOSEST),
    *(("centroid distance", text, "heater door") for text in wordings.CENTRES),
    *(("which is nearer", text, "least lamp sofa door") for text in wordings.NEARER),
    *(("which is nearer", text, "most lamp sofa door") for text in wordings.FARTHER),
    *(("direction", text, "stands sink faces door fridge") for text in wordings.DIRECTION),
    *(("direction", text, "camera fridge door frame") for text in wordings.FROM_CAMERA),
    *(("size", text, "fridge") for text in wordings.SIZE),
    *(("count", text, "chair") for text in wordings.COUNT),
    *(("height order", text, "clock kettle") for text in wordings.HIGHER),
    *(("camera motion", text, "camera frame") for text in wordings.CAMERA),
    *(("object motion", text, "cart") for text in wordings.MOTION),
    *(("order of appearance", text, "door fridge") for text in wordings.APPEARANCE),
]


def asked(question: str | Question) -> Asked:
    return read_briefing([Message("user", (brief(question),))])


def plan_of(kind: str, question: str | Question) -> str:
    """The first line of the plan, which says what is asked."""
    task = READ[kind](asked(question))
    assert task is not None
    return task.plan.partition("\n")[0].lower()


@pytest.mark.parametrize(("kind", "question", "words"), KNOWN)
def test_one_kind_takes_it_and_names_its_things(kind: str, question: str, words: str) -> None:
    assert [name for name, read in READ.items() if read(asked(question))] == [kind]
    said = re.findall(r"\w+", plan_of(kind, question))
    assert not set(words.split()) - set(said)


@pytest.mark.parametrize("question", wordings.NOT_KNOWN)
def test_other_questions_are_taken_by_none(question: str) -> None:
    assert not [name for name, read in READ.items() if read(asked(question))]


@pytest.mark.parametrize("kind", READ)
def test_several_videos_are_not_known(kind: str) -> None:
    text = brief(next(text for name, text, _ in KNOWN if name == kind), videos=2)
    assert READ[kind](read_briefing([Message("user", (text,))])) is None


@pytest.mark.parametrize(
    ("question", "unit"),
    [
        ("How far is the heater from the door?", "m"),
        ("How far is the heater from the door, in centimetres?", "cm"),
        ("What is the distance in mm between the heater and the door?", "mm"),
        ("How many centimeters is the heater from the door?", "cm"),
        ("How tall is the heater, in feet?", "ft"),
        ("How tall is the heater (in inches)?", "in"),
    ],
)
def test_units(question: str, unit: str) -> None:
    assert unit_of(question, asked(question).said)[0] == unit


@pytest.mark.parametrize(
    ("text", "frames", "rest"),
    [
        ("Did the camera turn between frame 3 and frame 9?", [3, 9], "Did the camera turn ?"),
        ("Did it move between frames 3 and 9?", [3, 9], "Did it move ?"),
        ("its position in the last frame from that in the first", [140, 100], "its position from that"),
        ("Between the start and the end of the video, did it move?", [100, 140], ", did it move?"),
        ("Does the first lamp move?", [], "Does the first lamp move?"),
    ],
)
def test_frames_that_are_named(text: str, frames: list[int], rest: str) -> None:
    assert named_frames(text, 100, 140) == (frames, rest)


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("How far is the black and white chair from the tall lamp?", "the black and white chair is from the tall lamp"),
        ("How far is the clock from the globe on top of the shelf?", "the clock is from the globe on top of the shelf"),
        ("How far is the TV stand from Anna's desk?", "the tv stand is from the anna's desk"),
        ("How far is the sofa from the centre table?", "the sofa is from the centre table"),
    ],
)
def test_names_of_several_words(question: str, words: str) -> None:
    assert words in plan_of("closest-point distance", question)
