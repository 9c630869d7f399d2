"""Whole sessions against observations made by hand: every reply is in form, and follows from what was observed."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spatial_agent.answers.question import Form, Question
from spatial_agent.chat.protocol import Message
from spatial_agent.interfaces.code import Reply, parse
from spatial_agent.offline.policy import KINDS
from tests.offline.chats import (
    APART,
    HALVES,
    SEEN,
    SIZES,
    STILL,
    TWO,
    Talk,
    apart,
    brief,
    cell,
    find,
    measure,
    reason,
    say,
    submitted,
)

HEATER = "How far is the heater from the door, in metres?"


def test_a_distance_takes_five_steps_that_build_on_each_other() -> None:
    talk = Talk(HEATER)
    assert "heater" in talk.plan and len(talk.plan.split()) <= 120
    assert '["heater", "door"]' in cell(talk.last) and "show(" in cell(talk.last)
    gather = talk.prints(seen=SEEN, scale="measured")
    assert "heater: 3 frames, mostly [6, 5, 4]" in gather and '{"heater": [6, 5, 4], "door": [2, 3]}' in cell(gather)
    two_ways = talk.prints(sizes=SIZES, moves=STILL)
    assert "door 0.9 x 2.1 x 0.1" in two_ways and "KDTree" in cell(two_ways)
    check_cell = talk.prints(measured=APART)
    assert "points 0.9, between centres 1.7" in check_cell and "does not speak of centres" in check_cell
    last = talk.prints(checked=HALVES)
    assert "The check says 0.91 and 0.89" in last
    value, given = submitted(last)
    assert value == 0.9
    assert given["unit"] == "m" and given["spread"] == 0.01 and given["frames"] == [2, 3, 4, 5, 6]
    assert set(given["points"]) == {"heater", "door"}
    for reply in talk.replies:
        cell(reply)


def test_what_moves_has_no_one_distance() -> None:
    talk = Talk(HEATER)
    talk.prints(seen=SEEN, scale="measured")
    assert "the heater moves" in reason(talk.prints(sizes=SIZES, moves={"heater": 0.9, "door": 0.0}))


def test_an_empty_mask_is_tried_with_other_words() -> None:
    talk = Talk("How far is the old brass lamp by the window from the door?")
    again = talk.prints(seen={"old brass lamp by the window": [], "door": [find(0, 2)]}, scale="measured")
    assert '["old brass lamp", "brass lamp", "lamp", "door"]' in cell(again)
    assert "Nothing was found for 'old brass lamp by the window'" in again
    found = {"old brass lamp": [], "brass lamp": [], "lamp": [find(0, 4)], "door": [find(1, 2, 3)]}
    talk.prints(seen=found, scale="measured")
    name = "old brass lamp by the window"
    talk.prints(sizes={name: [1, 1, 1], "door": [1, 1, 1]}, moves={name: 0.0, "door": 0.0})
    talk.prints(measured={f"{name} to door": apart(1, 2)})
    last = talk.prints(checked=[])
    assert submitted(last)[1]["reason"].startswith(
        "'old brass lamp by the window' was found as 'lamp'; Between closest"
    )


@pytest.mark.parametrize(
    ("question", "seen", "words"),
    [
        ("Is the armchair or the tall lamp closer to the door?", {"armchair": [], "door": [find(0, 2)]}, "'armchair'"),
        ("How many dining chairs are there?", {"dining chair": []}, "'dining chair'"),  # other words count other things
        (HEATER, {**SEEN, "heater": [find(0, 6), find(2, 5)]}, "2 things are called 'heater'"),
        (HEATER, {"heater": [find(1, 6)], "door": [find(2, 6)]}, "same thing"),
    ],
)
def test_what_is_not_clear_is_not_answered(question: str, seen: Any, words: str) -> None:
    assert words in reason(Talk(question).prints(seen=seen, scale="measured"))


def test_a_clearly_better_find_is_taken() -> None:
    seen = {**SEEN, "heater": [find(2, 5, score=0.4), find(0, 6, score=0.9)]}
    assert 'objects, frames = {"heater": 0, "door": 1}' in cell(Talk(HEATER).prints(seen=seen, scale="measured"))


def test_without_scale_there_are_no_metres_but_an_order() -> None:
    assert "no scale" in reason(measure(Talk(HEATER), APART, HALVES, scale="unknown"))
    order = Talk("Is the sofa or the lamp closer to the door?")
    assert submitted(measure(order, TWO, [TWO], scale="unknown"))[0] == "lamp"
    assert "estimated" in submitted(measure(Talk(HEATER), APART, HALVES, scale="estimated"))[1]["reason"]


def test_a_failed_step_is_written_again_simpler_then_given_up() -> None:
    talk = Talk(HEATER)
    talk.prints(seen={**SEEN, "door": [find(1, *range(12))]}, scale="measured")
    tries = [cell(reply) for reply in (talk.last, talk.fails(), talk.fails())]
    assert '"door": [0, 1, 2, 3, 4' in tries[0] and '"door": [0, 1, 2, 3]' in tries[1] and '"door": [0]' in tries[2]
    assert "ValueError: no points" in talk.last and "simpler" in talk.last
    assert "each time" in reason(talk.fails()) and "no points" in reason(talk.last)


def test_a_missing_line_is_a_failure() -> None:
    talk = Talk(HEATER)
    assert "InputImages[::2]" in cell(talk.prints(other=1))
    assert "InputImages[::4]" in cell(talk.observe("## Step 2: the reply was not in the form asked for"))
    assert "each time" in reason(talk.observe("nonsense"))


def test_after_a_kill_it_begins_again_with_less() -> None:
    talk = Talk(HEATER)
    talk.prints(seen=SEEN, scale="measured")
    talk.prints(sizes=SIZES, moves=STILL)
    again = talk.dies()
    assert "tools.Reconstruct" in cell(again) and "begin again" in again and "ALL variables are gone" in again
    talk.prints(seen={**SEEN, "door": [find(1, *range(12))]}, scale="measured")
    assert '"door": [0, 1, 2, 3]}' in cell(talk.last)


NO_DEPTH = (
    "spatial_agent.errors.ToolError: tools.Reconstruct.Reconstruct was called, but perception has nothing to go by in "
    "this session: there is no depth; type show(...) or vlm.ask_with_thinking(...) to look at the images instead"
)
NO_LABELS = "spatial_agent.errors.ToolError: This capture has depth and poses but no labelled instances; segment with x"


@pytest.mark.parametrize(
    ("error", "lack"), [(NO_DEPTH, "there is no depth and there are no labels"), (NO_LABELS, "there are no labels")]
)
def test_what_no_cell_can_mend_ends_at_once(error: str, lack: str) -> None:
    assert reason(Talk(HEATER).fails(error)) == (
        f"{lack} to go by, and the scripted policy cannot see: give an RGB-D capture with labels, or name a "
        "model that sees images (--model)"
    )


def test_several_videos_are_said_to_be_too_many() -> None:
    talk = Talk("How tall is the door?", videos=2)
    told = "the scripted policy takes one video or set of photos at a time; 2 were given"
    assert reason(talk.last) == told and told in talk.plan


@pytest.mark.parametrize("question", ["What colour is the door?", "Is the sofa left of the lamp?", "asdf"])
def test_other_questions_are_not_answered(question: str) -> None:
    talk = Talk(question)
    assert all(kind in reason(talk.last) for kind in KINDS) and len(KINDS) == 10
    assert len(reason(talk.last)) < 300
    rejected = talk.observe(
        "## Step 1: the cell ran in 0.1 s\n\n29 steps are left.\n\n[Answer not accepted]\nSubmit a number."
    )
    assert reason(rejected) == reason(talk.replies[0])


def test_where_an_answer_is_required_it_still_makes_none_up() -> None:
    talk = Talk(Question("What colour is the door?", "text", may_abstain=False))
    assert submitted(talk.last)[0] is None and "required" in talk.last


def conclude(talk: Talk) -> list[str]:
    """The last words, when the time is up."""
    end = "## Time is up\nThe limit of 20 s was near; no cell can run any more. Answer: <a number, in m>"
    return say([*talk.messages, Message("assistant", (talk.last,)), Message("user", (end,))], "conclude").splitlines()


def test_the_last_words_are_what_was_measured_by_then() -> None:
    talk = Talk(HEATER)
    assert conclude(talk) == ["Answer: cannot tell", "Nothing was measured yet."]
    talk.prints(seen=SEEN, scale="measured")
    talk.prints(sizes=SIZES, moves=STILL)
    assert conclude(talk)[0] == "Answer: cannot tell"
    talk.prints(measured=APART)
    assert conclude(talk)[0] == "Answer: 0.9" and conclude(talk)[1].endswith("It was not checked.")
    talk.prints(checked=HALVES)
    assert conclude(talk)[0] == "Answer: 0.9" and "not checked" not in conclude(talk)[1]
    assert conclude(Talk("What colour is it?"))[0] == "Answer: cannot tell"


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("Is the lamp closer to the door than the sofa?", "yes"),
        ("Which is nearer to the door: A. the sofa B. the lamp", "B"),
    ],
)
def test_the_last_words_have_the_form_asked_for(question: str, words: str) -> None:
    talk = Talk(question)
    measure(talk, TWO, [TWO])
    assert conclude(talk)[0] == f"Answer: {words}"


def test_the_same_messages_get_the_same_reply() -> None:
    talk = Talk(HEATER)
    measure(talk, APART, HALVES)
    assert say(talk.messages) == say(list(talk.messages)) == talk.last


WORDS = (
    "|how far is|the|lamp|door|from|to|closer|or|between|centre of|A.|B.|?|,|and|in cm|left|frame 3|move|higher|first"
)
TEXT = st.text() | st.lists(st.sampled_from(WORDS.split("|")), max_size=12).map(" ".join)
KEYS = st.sampled_from(["heater", "door", "object", "score", "heater to door", "closest"])
LINES = st.recursive(st.none() | st.floats() | st.text(max_size=5), lambda x: st.lists(x) | st.dictionaries(KEYS, x))


@given(TEXT, st.sampled_from(("number", "yes-no", "text")), st.lists(st.text(), max_size=3))
def test_any_text_gets_a_reply_in_form(question: str, form: Form, observed: list[str]) -> None:
    texts = [brief(Question(question, form)) if question.strip() else question]
    messages = [Message("user", (text,)) for text in [*texts, *observed]]
    cell(say(messages))
    assert say(messages, "plan").startswith("1. ") and say(messages, "conclude").startswith("Answer: ")


@settings(max_examples=50)
@given(
    st.lists(
        st.dictionaries(st.sampled_from(["seen", "scale", "sizes", "moves", "measured", "checked"]), LINES), max_size=4
    )
)
def test_any_line_is_survived(lines: list[dict[str, Any]]) -> None:
    talk = Talk(HEATER)
    for line in lines:
        talk.prints(**line)
        assert isinstance(parse(talk.last), Reply)
