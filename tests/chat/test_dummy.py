"""The dummy backbone replies in the form that is asked for, always alike, and says what it is."""

import json
import re

import pytest

from spatial_agent.agent.claw import SpatialClaw, open_backbone
from spatial_agent.chat.dummy import DummyChat
from spatial_agent.chat.protocol import Job, Message, Picture
from spatial_agent.interfaces.code import Reply, parse

CHAT = DummyChat()


async def said(question: str, job: Job = "locate", images: int = 1) -> str:
    parts: list[str | Picture] = []
    for number in range(images):
        parts += [f"Image {number + 1}: frame {7 * number + 5}", Picture(b"", "image/jpeg")]
    reply = await CHAT.reply([Message("system", ("-",)), Message("user", (*parts, question))], job)
    assert reply.usage.calls == 1
    assert reply.usage.output_tokens > 0
    return reply.text


@pytest.mark.parametrize(
    ("question", "count", "written"),
    [
        ("Where is the lamp? Give its box.", 4, r"\d+ \d+ \d+ \d+"),
        ("Where is the lamp?", 4, r"\d+ \d+ \d+ \d+"),
        ("Point at the lamp's switch.", 2, r"\d+ \d+"),
        ("The centre (x, y) of the lamp, please", 2, r"\d+ \d+"),
        ("lamp: x y", 2, r"\d+ \d+"),
        ("The bounding box of the lamp, not its centre point", 4, r"\d+ \d+ \d+ \d+"),
        ("The lamp as [x1, y1, x2, y2]", 4, r"\[\d+, \d+, \d+, \d+\]"),
        ("The lamp's box, separated by commas", 4, r"\d+, \d+, \d+, \d+"),
        ("The lamp's box as a JSON list", 4, r"\[\d+, \d+, \d+, \d+\]"),
        ("The lamp's box with coordinates from 0 to 1", 4, r"0\.\d+ 0\.\d+ 0\.\d+ 0\.\d+"),
    ],
)
async def test_a_place_comes_in_the_form_asked_for(question: str, count: int, written: str) -> None:
    text = await said(question)
    assert re.fullmatch(written, text), text
    numbers = [float(number) for number in re.findall(r"[\d.]+", text)]
    assert len(numbers) == count
    assert all(0 <= number <= 1000 for number in numbers)
    if count == 4:
        assert numbers[0] < numbers[2]
        assert numbers[1] < numbers[3]


async def test_json_has_the_keys_that_the_question_names() -> None:
    told = json.loads(await said('Reply as JSON: {"label": ..., "box": [x1, y1, x2, y2]}'))
    assert (list(told), len(told["box"]), "dummy" in told["label"]) == (["label", "box"], 4, True)
    assert list(json.loads(await said('Click the lamp. JSON: {"x": .., "y": ..}'))) == ["x", "y"]


async def test_each_of_several_images_gets_a_line_and_a_place_of_its_own() -> None:
    lines = (await said("Where is the lamp?", images=3)).splitlines()
    assert [line.partition(":")[0] for line in lines] == ["Image 1", "Image 2", "Image 3"]
    assert len({line.partition(":")[2] for line in lines}) == 3


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Is the lamp lit? Yes or no?", r"Yes\.?"),
        ("Are the two lamps alike?", r"Yes\.?"),
        ("How many lamps are there? Reply with a number.", r"\d+"),
        ("How far is the lamp from the sofa?", r"\d+"),
        ("Which is nearer?\nA. the lamp\nB. the sofa\nReply with the letter of the option.", "A"),
        ("Which of these frames shows the lamp best?", ".*frame 5"),
        ("Give the bounding box of the lamp.", r"\d+ \d+ \d+ \d+"),
        ('As JSON: {"colour": ...}', r'\{"colour": "dummy"\}'),
        ('As JSON: {"lamp": i, "seen": true, "why": "..."}', r'\{"lamp": 2, "seen": true, "why": "dummy"\}'),
        ("In which image is the lamp lit? Reply only with the number.", r"\d+"),
        ("How does it move? A. up B. down. End with the letter.", "A"),
        ("Describe the room.", ".*dummy.*"),
    ],
)
async def test_an_answer_comes_in_the_form_asked_for(question: str, answer: str) -> None:
    assert re.fullmatch(answer, await said(question, "ask"))


async def test_the_same_words_get_the_same_reply() -> None:
    assert await said("Where is the lamp?") == await said("Where is the lamp?")
    assert await said("Where is the lamp?") != await said("Where is the sofa?")


async def test_as_a_backbone_it_is_in_form_and_names_itself() -> None:
    plan, cell, last = [await said("?", job) for job in ("plan", "write", "conclude")]
    assert all("dummy" in text for text in (plan, cell, last))
    assert isinstance(parse(cell), Reply)
    assert last.startswith("Answer: cannot tell")


def test_a_session_with_both_stand_ins_abstains_and_names_them(tmp_path: object) -> None:
    run = SpatialClaw(open_backbone("dummy"), perception="dummy", runs=f"{tmp_path}").run(
        "How wide is the sofa?", "kitchen"
    )
    assert (run.outcome, run.answer) == ("gave_up", None)
    assert "dummy" in run.reason
    opened = run.opened
    assert (opened.backbone.name, opened.perception.name) == ("dummy", "dummy")
    assert "stand-in" in opened.backbone.note
    assert "stand-in" in opened.perception.note
