"""The prompts: whole, in step with what is switched on, and the same for all questions of a kind."""

import re

import pytest

from spatial_agent.answers.question import Question
from spatial_agent.budget import Budget
from spatial_agent.prompts.assemble import PLAN, WRITE, briefing, section, system_prompt
from spatial_agent.prompts.catalogue import EYES, HANDS, VLM
from spatial_agent.prompts.tool_docs import Page
from spatial_agent.trace.events import Media


def prompt(sections: tuple[str, ...] = WRITE, **switches: object) -> str:
    values = {"eyes": True, "sight": True, "video": True, "budget": Budget()} | switches
    return system_prompt(sections, **values)  # type: ignore[arg-type]


def media(**fields: object) -> Media:
    values = {
        "name": "secret.mp4", "kind": "video", "frames": 24, "size": (640, 480), "seconds": 11.5, "fps": 2.0,
        "rendered": True, "key_frames": (0, 12, 23), "pictures": (), "numbers": (0, 23),
    } | fields  # fmt: skip
    return Media(**values)  # type: ignore[arg-type]


@pytest.mark.parametrize("eyes", [True, False])
@pytest.mark.parametrize("sight", [True, False])
@pytest.mark.parametrize("sections", [WRITE, PLAN])
def test_no_gap_is_left_in_any_combination(sections: tuple[str, ...], sight: bool, eyes: bool) -> None:
    text = prompt(sections, eyes=eyes, sight=sight)
    assert not re.search(r"\{\{|\{%|\}\}|%\}|\n{4,}|Undefined", text)


def test_what_is_off_is_not_documented() -> None:
    assert "segment_video_by_text" in prompt()
    assert "segment_video_by_text" not in prompt(eyes=False)
    assert "`tools.SAM3` are off" in prompt(eyes=False)
    assert not re.search(r"\brecon\b|\bmasks\.[a-z_]+\(", prompt(eyes=False))
    assert "ask_with_thinking" in prompt()
    assert "ask_with_thinking" not in prompt(sight=False)


@pytest.mark.parametrize("page", (*EYES, *HANDS, VLM), ids=lambda page: page.name)
def test_every_public_method_of_a_tool_is_in_the_prompt(page: Page) -> None:
    text = prompt()
    assert page.members
    for doc in page.members:
        assert doc.call in text or re.search(rf"\.{doc.name}\b", text)
    for doc in page.described:
        assert f"{doc.call}`: {doc.text}" in text


def test_a_prompt_is_not_much_longer_than_it_has_to_be() -> None:
    assert len(prompt()) < 22_000
    assert len(prompt(PLAN)) < 13_500


def test_the_planner_is_told_of_tools_without_their_arguments() -> None:
    assert "- `segment_image_by_text`: Masks of" in prompt(PLAN)
    assert "- `segment_image_by_text(image, prompt, " in prompt(WRITE)


def test_the_budget_is_told() -> None:
    assert "you have 7" in prompt(budget=Budget(max_steps=7))
    assert "A cell has 5 s" in prompt(budget=Budget(cell_seconds=5))


@pytest.mark.parametrize("sections", [WRITE, PLAN])
def test_a_limit_of_time_is_told_where_there_is_one(sections: tuple[str, ...]) -> None:
    assert "There are 20 s for the whole question" in prompt(sections, budget=Budget(wall_seconds=20))
    assert "for the whole question" not in prompt(sections)


@pytest.mark.parametrize("may_abstain", [True, False])
def test_the_last_turn_is_asked_for_one_line_in_the_form_of_the_answer(may_abstain: bool) -> None:
    question = Question("Which?", "choice", ("a", "b"), may_abstain=may_abstain)
    text = section("conclude", limit="all 30 steps were used", question=question)
    assert text.startswith("## Time is up\nAll 30 steps were used;")
    assert "Answer: <one letter of A, B>\n" in text
    assert ("Answer: cannot tell" in text) == may_abstain
    assert ("must be answered" in text) == (not may_abstain)
    assert "in world coordinates" in section("conclude", limit="x", question=Question("Where?", "point"))


def test_a_briefing_says_what_is_there_what_is_asked_and_in_which_form() -> None:
    question = Question("Which is nearer?", "choice", ("the sofa", "the lamp"), may_abstain=False)
    text = briefing(question, [media()], references=0, sight=True, budget=Budget())
    for words in ("24 frames of a video", "2 frames per second", "640 x 480", "frames 0, 12, 23", "A. the sofa",
                  "one letter of A, B", "must be answered"):  # fmt: skip
        assert words in text
    assert "secret" not in text


def test_several_videos_are_numbered_and_blind_backbones_are_told_of_no_pictures() -> None:
    text = briefing(
        Question("?x"),
        [media(), media(kind="images", frames=1, fps=None, seconds=None)],
        references=2,
        sight=False,
        budget=Budget(),
    )
    assert "InputImages_1: 24 frames" in text
    assert "InputImages_2: 1 photo," in text
    assert "RefImages: 2 reference images" in text
    assert "You see" not in text


def test_vlm_sessions_have_prompts_of_their_own() -> None:
    assert "Not visible" in section("locate")
    assert "cannot be determined" in section("ask")
