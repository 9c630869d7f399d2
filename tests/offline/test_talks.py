"""Whole sessions against observations made by hand: every reply is in form, and follows from what was observed."""

import ast
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spatial_agent.answers.question import Question, read_question
from spatial_agent.chat.protocol import Message
from spatial_agent.interfaces.code import Reply, parse
from spatial_agent.kernel.check import check
from spatial_agent.offline.policy import KINDS
from tests.offline.chats import Talk, brief, find, say

SEEN = {"heater": [find(0, 6, 5, 4)], "door": [find(1, 2, 3)]}
APART = {"closest": 0.9, "centroids": 1.7}
HALVES = [{"closest": 0.91, "centroids": 1.72}, {"closest": 0.89, "centroids": 1.69}]
SIZES = {"heater": [0.6, 0.8, 0.1], "door": [0.9, 2.1, 0.1], "sofa": [2.2, 0.8, 0.9]}
HEATER = "How far is the heater from the door, in metres?"


def cell(reply: str) -> str:
    """The code of a reply, which must be in form, pass the check and be short."""
    read = parse(reply)
    assert isinstance(read, Reply), read
    assert check(read.code) is None
    lines = read.code.splitlines()
    assert len(lines) <= 25 and all(len(line) <= 120 for line in lines if "reason=" not in line)
    return read.code


def submitted(reply: str) -> tuple[str, dict[str, Any]]:
    """What the last cell hands to ReturnAnswer: the answer as code, and its literal keywords."""
    call = next(
        n for n in ast.walk(ast.parse(cell(reply))) if isinstance(n, ast.Call) and ast.unparse(n.func) == "ReturnAnswer"
    )
    given = {k.arg: ast.literal_eval(k.value) for k in call.keywords if k.arg and not isinstance(k.value, ast.Name)}
    return ast.unparse(call.args[0]), given


def reason(reply: str) -> str:
    value, given = submitted(reply)
    assert value == "None"
    return str(given["reason"])


def measure(talk: Talk, *keys: str, scale: str = "measured", **apart: Any) -> str:
    """Answer all steps well; returns the last reply."""
    talk.prints(seen={**SEEN, "sofa": [find(2, 9, 8)], "lamp": [find(3, 8, 7)]}, scale=scale)
    talk.prints(sizes={**SIZES, "lamp": [0.4, 1.6, 0.4]})
    talk.prints(measured={key: apart.get(key[0], APART) for key in keys})
    return talk.prints(checked={key: HALVES if key[0] not in apart else [apart[key[0]]] * 2 for key in keys})


def test_a_distance_takes_five_steps_that_build_on_each_other() -> None:
    talk = Talk(HEATER)
    assert "heater" in talk.plan and len(talk.plan.split()) <= 120
    assert '["heater", "door"]' in cell(talk.last) and "show(" in cell(talk.last)
    gather = talk.prints(seen=SEEN, scale="measured")
    assert "heater: 3 frames, mostly [6, 5, 4]" in gather and '{"heater": [6, 5, 4], "door": [2, 3]}' in cell(gather)
    two_ways = talk.prints(sizes=SIZES)
    assert "door 0.9 x 2.1 x 0.1" in two_ways and "KDTree" in cell(two_ways)
    check_cell = talk.prints(measured={"heater to door": APART})
    assert "0.900 and 1.700" in check_cell and "does not speak of centres" in check_cell
    last = talk.prints(checked={"heater to door": HALVES})
    assert "0.910 and 0.890" in last
    value, given = submitted(last)
    assert value == "round(result['closest'], 3)"
    assert given == {"unit": "m", "spread": 0.01, "frames": [2, 3, 4, 5, 6]}
    for reply in talk.replies:
        cell(reply)


def test_centres_keep_the_other_measure() -> None:
    talk = Talk("What is the distance between the centres of the heater and the door, in cm?")
    value, given = submitted(measure(talk, "heater to door"))
    assert "The question again: it speaks of centres" in talk.replies[-2].replace("I read the", "The")
    assert value == "round(result['centroids'] * 100, 1)" and given["unit"] == "cm" and given["spread"] == 2.0


@pytest.mark.parametrize(
    ("question", "code"),
    [
        ("How far is the heater from the door, in cm?", "round(result['closest'] * 100, 1)"),
        ("How far is the heater from the door, in mm?", "round(result['closest'] * 1000, 0)"),
        ("How far is the heater from the door, in feet?", "round(result['closest'] * 3.2808, 2)"),
        ("What's the gap between the heater and the door?", "round(result['closest'], 3)"),
    ],
)
def test_units(question: str, code: str) -> None:
    assert submitted(measure(Talk(question), "heater to door"))[0] == code


def test_a_text_is_given_where_a_text_is_asked_for() -> None:
    asked = read_question("How far is the heater from the door?", form="text")
    value, _ = submitted(measure(Talk(asked), "heater to door"))
    assert eval(value, {"result": {"closest": 0.9}}) == "0.90 m"


NEAR, FAR = {"closest": 0.9, "centroids": 5.0}, {"closest": 1.5, "centroids": 2.0}


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Which is nearer to the door: A. the sofa B. the lamp", "'B'"),
        ("Which is nearer to the door: A. the lamp B. the sofa", "'A'"),
        ("Which is farther from the door: A. the lamp B. the sofa", "'B'"),
        ("Which is nearer to the door, measured between their centres: A. the lamp B. the sofa", "'B'"),
        ("Is the sofa or the lamp closer to the door?", "'lamp'"),
        ("Is the door closer to the sofa or the lamp?", "'lamp'"),
        ("Is the lamp closer to the door than the sofa?", "True"),
        ("Is the sofa closer to the door than the lamp?", "False"),
    ],
)
def test_letters_names_and_yes(question: str, answer: str) -> None:
    value, given = submitted(measure(Talk(question), "sofa to door", "lamp to door", s=FAR, l=NEAR))
    assert value == answer
    assert "unit" not in given and "sofa" in given["reason"] and "lamp" in given["reason"]


def test_a_small_margin_is_said() -> None:
    talk = Talk("Is the sofa or the lamp closer to the door?")
    talk.prints(seen={**SEEN, "sofa": [find(2, 9)], "lamp": [find(3, 8)]}, scale="measured")
    talk.prints(sizes={**SIZES, "lamp": [0.4, 1.6, 0.4]})
    talk.prints(measured={"sofa to door": APART, "lamp to door": {"closest": 0.905, "centroids": 1.0}})
    last = talk.prints(checked={"sofa to door": HALVES, "lamp to door": HALVES})
    assert "margin" in submitted(last)[1]["reason"]


def test_an_empty_mask_is_tried_with_other_words() -> None:
    talk = Talk("How far is the old brass lamp by the window from the door?")
    again = talk.prints(seen={"old brass lamp by the window": [], "door": [find(0, 2)]}, scale="measured")
    assert '["old brass lamp", "brass lamp", "lamp", "door"]' in cell(again)
    assert "Nothing was found for 'old brass lamp by the window'" in again
    found = {"old brass lamp": [], "brass lamp": [], "lamp": [find(0, 4)], "door": [find(1, 2)]}
    talk.prints(seen=found, scale="measured")
    talk.prints(sizes={"old brass lamp by the window": [1, 1, 1], "door": [1, 1, 1]})
    key = "old brass lamp by the window to door"
    talk.prints(measured={key: APART})
    last = talk.prints(checked={key: HALVES})
    assert submitted(last)[1]["reason"] == "'old brass lamp by the window' was found as 'lamp'"


def test_a_thing_without_other_words_is_given_up_at_once() -> None:
    seen = {"armchair": [], "tall lamp": [], "door": [find(0, 2)]}
    assert "'armchair'" in reason(
        Talk("Is the armchair or the tall lamp closer to the door?").prints(seen=seen, scale="measured")
    )


def test_what_stays_unfound_is_said() -> None:
    talk = Talk("How far are the lamps from the door?")
    again = talk.prints(seen={"lamps": [], "door": [find(0, 2)]}, scale="measured")
    assert '["lamp", "door"]' in cell(again)
    assert "'lamps'" in reason(talk.prints(seen={"lamp": [], "door": [find(0, 2)]}, scale="measured"))


@pytest.mark.parametrize(
    ("seen", "scale", "words"),
    [
        ({**SEEN, "heater": [find(0, 6), find(2, 5)]}, "measured", "2 things are called 'heater'"),
        ({"heater": [find(1, 6)], "door": [find(1, 6)]}, "measured", "same thing"),
    ],
)
def test_what_is_not_clear_is_not_answered(seen: Any, scale: str, words: str) -> None:
    assert words in reason(Talk(HEATER).prints(seen=seen, scale=scale))


def test_a_clearly_better_find_is_taken() -> None:
    seen = {**SEEN, "heater": [find(2, 5, score=0.4), find(0, 6, score=0.9)]}
    assert 'objects = {"heater": 0, "door": 1}' in cell(Talk(HEATER).prints(seen=seen, scale="measured"))


def test_without_scale_there_are_no_metres_but_an_order() -> None:
    assert "no scale" in reason(measure(Talk(HEATER), "heater to door", scale="unknown"))
    order = Talk("Is the sofa or the lamp closer to the door?")
    assert submitted(measure(order, "sofa to door", "lamp to door", s=FAR, l=NEAR, scale="unknown"))[0] == "'lamp'"
    assert "estimated" in submitted(measure(Talk(HEATER), "heater to door", scale="estimated"))[1]["reason"]


def test_a_failed_step_is_written_again_simpler_then_given_up() -> None:
    talk = Talk(HEATER)
    talk.prints(seen={**SEEN, "door": [find(1, *range(12))]}, scale="measured")
    frames = [re.search(r"frames = (.*)", cell(reply)) for reply in (talk.last, talk.fails(), talk.fails())]
    assert [len(ast.literal_eval(match[1])["door"]) for match in frames if match] == [12, 4, 1]
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
    talk.prints(sizes=SIZES)
    again = talk.dies()
    assert "tools.Reconstruct" in cell(again) and "begin again" in again and "ALL variables are gone" in again
    talk.prints(seen={**SEEN, "door": [find(1, *range(12))]}, scale="measured")
    assert '"door": [0, 1, 2, 3]}' in cell(talk.last)


@pytest.mark.parametrize("question", ["How tall is the door?", "Is the sofa left of the lamp?", "asdf"])
def test_other_questions_are_not_answered(question: str) -> None:
    talk = Talk(question)
    assert all(kind in reason(talk.last) for kind in KINDS)
    rejected = talk.observe(
        "## Step 1: the cell ran in 0.1 s\n\n29 steps are left.\n\n[Answer not accepted]\nSubmit a number."
    )
    assert reason(rejected) == reason(talk.replies[0])


def test_where_an_answer_is_required_it_still_makes_none_up() -> None:
    talk = Talk(Question("How tall is the door?", "number", unit="m", may_abstain=False))
    assert submitted(talk.last)[0] == "None" and "required" in talk.last


def test_the_same_messages_get_the_same_reply() -> None:
    talk = Talk(HEATER)
    measure(talk, "heater to door")
    assert say(talk.messages) == say(list(talk.messages)) == talk.last


WORDS = [
    "how far is",
    "the",
    "lamp",
    "door",
    "from",
    "to",
    "closer",
    "or",
    "between",
    "centre of",
    "A.",
    "B.",
    "?",
    ",",
    "and",
    "in cm",
]
TEXT = st.text() | st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join)
LINES = st.recursive(
    st.none() | st.floats() | st.text(max_size=5),
    lambda x: (
        st.lists(x)
        | st.dictionaries(st.sampled_from(["heater", "door", "object", "score", "heater to door", "closest"]), x)
    ),
)


@given(TEXT, st.lists(st.text(), max_size=3))
def test_any_text_gets_a_reply_in_form(question: str, observed: list[str]) -> None:
    texts = [brief(question)] if question.strip() else [question]
    messages = [Message("user", (text,)) for text in [*texts, *observed]]
    cell(say(messages))
    assert say(messages, "plan").startswith("1. ")


@given(st.lists(st.dictionaries(st.sampled_from(["seen", "scale", "sizes", "measured", "checked"]), LINES), max_size=4))
def test_any_line_is_survived(lines: list[dict[str, Any]]) -> None:
    talk = Talk(HEATER)
    for line in lines:
        talk.prints(**line)
        assert isinstance(parse(talk.last), Reply)
