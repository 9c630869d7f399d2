"""Which questions the policy takes for which kind, and what it takes for the things."""

import pytest

from spatial_agent.answers.question import Question
from spatial_agent.chat.protocol import Message
from spatial_agent.offline.policy import KINDS
from spatial_agent.offline.session import Asked, Task, read_briefing
from tests.offline.chats import brief

CLOSEST, CENTRES, NEARER = KINDS.values()

HEATER_DOOR = [
    "How far is the heater from the door?",
    "how far is the heater from the door",
    "How far is the heater away from the door, in metres?",
    "How far away is the heater from the door?",
    "How far away from the heater is the door?",
    "How far from the heater is the door in centimeters?",
    "How far apart are the heater and the door?",
    "How far are the heater and the door from each other?",
    "How far are the heater and the door apart, in cm?",
    "How far is it from the heater to the door?",
    "How close is the heater to the door?",
    "Measured from the closest point of each object, what is the distance between the heater and the door, in metres?",
    "Measuring from the closest point of each object, what is the distance between the heater and the door (in meters)?",
    "What is the distance between the heater and the door, measured from the closest points?",
    "What is the distance between the closest points of the heater and the door?",
    "What is the shortest distance from the heater to the door?",
    "what's the gap between the heater and the door",
    "How much space is there between the heater and the door?",
    "How many metres are there between the heater and the door?",
    "How many centimetres is the heater from the door?",
    "Estimate the distance of the heater from the door in feet.",
    "Please tell me how far the clearance is: what is the clearance between the heater and the door?",
    "distance between heater and door",
    "Distance from the heater to the door in cm",
    "What is the minimum distance between the heater and the door in this video?",
    "In the living room, how far is the heater from the door, at their closest points?",
    "Look at the video. How far is the heater from the door? Give your answer in inches.",
    "What is the heater-to-door distance?",
]
HEATER_DOOR_CENTRES = [
    "What is the distance between the centres of the heater and the door?",
    "What is the distance between the centers of the heater and the door, in metres?",
    "What is the distance between the centroids of the heater and the door?",
    "What is the distance between the middles of the heater and the door?",
    "What is the distance from the centre of the heater to the centre of the door?",
    "What is the distance between the center of the heater and the center of the door in cm?",
    "What is the distance between the middle of the heater and the middle of the door?",
    "How far is the centre of the heater from the centre of the door?",
    "How far is the centroid of the heater from the centroid of the door, in metres?",
    "How far is the heater from the door, centre to centre?",
    "How far is the heater from the door, measured from centre to centre?",
    "How far is the heater from the door, center-to-center?",
    "How far is the heater from the door, measured between their centres?",
    "Measured between the centers of both objects, how far is the heater from the door?",
    "Measured from the centre of each object, what is the distance between the heater and the door?",
    "What is the centre-to-centre distance between the heater and the door?",
    "What is the centroid distance between the heater and the door?",
    "What is the distance between the heater's centre and the door's centre?",
    "How far apart are the centres of the heater and the door?",
    "How far apart are the midpoints of the heater and the door in feet?",
    "How far is it from the center of the heater to the center of the door?",
    "What is the distance between the center points of the heater and the door?",
    "How many centimetres are there between the centres of the heater and the door?",
    "what's the gap between the centres of the heater and the door",
    "centroid-to-centroid, what is the distance from the heater to the door?",
]
LAMP_SOFA_DOOR = [
    ("Is the lamp or the sofa closer to the door?", False),
    ("Is the lamp or the sofa nearer to the door?", False),
    ("Which is nearer to the door, measured from the closest points: A. the lamp B. the sofa?", False),
    ("Which is nearer to the door: A. the lamp B. the sofa", False),
    ("Which is closer to the door? A) the lamp B) the sofa", False),
    ("Which of these is nearest to the door? A. lamp B. sofa", False),
    ("Which object is closest to the door?\nA. lamp\nB. sofa", False),
    ("Which is closer to the door, the lamp or the sofa?", False),
    ("What is closer to the door, the lamp or the sofa?", False),
    ("Which one is nearer to the door: the lamp or the sofa?", False),
    ("Which is nearer to the door, measured from the closest points, the lamp or the sofa?", False),
    ("Between the lamp and the sofa, which is closer to the door?", False),
    ("Of the lamp and the sofa, which is nearer to the door?", False),
    ("Which of the lamp and the sofa is nearer to the door?", False),
    ("Which, the lamp or the sofa, is nearer to the door?", False),
    ("Is the door closer to the lamp or the sofa?", False),
    ("Is the door closer to the lamp or to the sofa?", False),
    ("Is the door nearer to the lamp or the sofa?", False),
    ("The lamp or the sofa: which is nearer to the door?", False),
    ("Is the lamp closer to the door than the sofa?", False),
    ("Is the lamp farther from the door than the sofa?", True),
    ("Which is farther from the door, the lamp or the sofa?", True),
    ("Which is further away from the door: A. the lamp B. the sofa", True),
    ("Which object is the farthest from the door? A. lamp B. sofa", True),
    ("Is the lamp or the sofa more distant from the door?", True),
    ("Is the door farther from the lamp or the sofa?", True),
    ("Which is furthest from the door, the lamp or the sofa?", True),
]
NOT_KNOWN = [
    "How tall is the door?",
    "How high is the door?",
    "How many chairs are there in this room?",
    "Is the sofa left of the lamp?",
    "Is the sofa to the left or to the right of the lamp?",
    "How far did the camera move?",
    "How far is the camera from the door?",
    "How far is the door from me?",
    "How far is it?",
    "How far apart are the two chairs?",
    "How far is the heater from the centre of the door?",
    "What is the distance from the centre of the heater to the closest point of the door?",
    "How far is the top of the heater from the floor?",
    "What is the horizontal distance between the heater and the door?",
    "What is the distance travelled by the cart between the door and the heater?",
    "What is the average distance between the chairs and the table?",
    "What is the largest distance between the heater and the door?",
    "Is the distance between the heater and the door more than one metre?",
    "How much farther is the sofa from the door than the lamp?",
    "Which object is closest to the door?",
    "Which is closer to the camera, the lamp or the sofa?",
    "Which is closer to me? A. lamp B. sofa",
    "Which is the second closest to the door: the lamp, the sofa or the chair?",
    "Which is taller, the lamp or the door?",
    "Is the lamp or the sofa closer to the sofa?",
    "Which appears first: A. lamp B. sofa",
    "What colour is the sofa?",
    "How far is the heater from the heater?",
    "qwertz uiop",
    "???",
    "distance",
    "how far is",
    "closer to",
]


def asked(question: str | Question) -> Asked:
    return read_briefing([Message("user", (brief(question),))])


def things(task: Task | None) -> str:
    """The first item of the plan, which names the things."""
    assert task is not None
    return task.plan.partition("\n")[0].lower()


def kind_of(question: str | Question) -> str | None:
    return next((name for name, read in KINDS.items() if read(asked(question))), None)


@pytest.mark.parametrize("question", HEATER_DOOR)
def test_closest_points(question: str) -> None:
    assert "heater" in things(CLOSEST(asked(question)))
    assert "how far the heater is from the door," in things(CLOSEST(asked(question)))
    assert CENTRES(asked(question)) is None and NEARER(asked(question)) is None


@pytest.mark.parametrize("question", HEATER_DOOR_CENTRES)
def test_centres(question: str) -> None:
    assert "how far the heater is from the door," in things(CENTRES(asked(question)))
    assert CLOSEST(asked(question)) is None and NEARER(asked(question)) is None


@pytest.mark.parametrize(("question", "far"), LAMP_SOFA_DOOR)
def test_nearer(question: str, far: bool) -> None:
    word = "farthest from" if far else "nearest to"
    assert f"which is {word} the door: the lamp or the sofa" in things(NEARER(asked(question)))
    assert CLOSEST(asked(question)) is None and CENTRES(asked(question)) is None


@pytest.mark.parametrize("question", NOT_KNOWN)
def test_other_questions_are_not_taken_for_a_known_kind(question: str) -> None:
    assert kind_of(question) is None


@pytest.mark.parametrize(
    ("question", "first"),
    [
        (
            "How far is the black and white chair from the tall floor lamp?",
            "the black and white chair is from the tall floor lamp",
        ),
        (
            "What is the distance between the black and white chair and the desk?",
            "the black and white chair is from the desk",
        ),
        ("How far is the TV stand from Anna's desk?", "the TV stand is from the Anna's desk"),
        ("How far is the sofa from the centre table?", "the sofa is from the centre table"),
    ],
)
def test_names_of_several_words(question: str, first: str) -> None:
    task = CLOSEST(asked(question))
    assert task is not None and first in task.plan


@pytest.mark.parametrize(
    "question",
    [
        Question("Which is nearer to the door?", "choice", ("the lamp", "the sofa", "the rug")),
        Question("Of the lamp, the sofa and the rug, which is closest to the door?"),
        Question("Which is closest to the door: the lamp, the sofa, or the rug?"),
    ],
)
def test_three_to_choose_from(question: Question) -> None:
    assert "nearest to the door: the lamp or the sofa or the rug" in things(NEARER(asked(question)))


def test_several_videos_are_not_known() -> None:
    two = read_briefing([Message("user", (brief("How far is the heater from the door?", videos=2),))])
    assert two == Asked()


@pytest.mark.parametrize(
    ("question", "unit"),
    [
        ("How far is the heater from the door?", "m"),
        ("How far is the heater from the door, in centimetres?", "cm"),
        ("What is the distance in mm between the heater and the door?", "mm"),
        ("How many centimeters is the heater from the door?", "cm"),
        ("How far is the heater from the door, in feet?", "ft"),
        ("How far is the heater from the door (in inches)?", "in"),
    ],
)
def test_units(question: str, unit: str) -> None:
    assert things(CLOSEST(asked(question))).split(", between")[0].endswith(f"in {unit}")
