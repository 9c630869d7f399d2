"""Chats as the loop makes them: a briefing, then replies and observations in turn; and what both say."""

import ast
import asyncio
import json
from typing import Any

from spatial_agent.answers.question import Question, read_question
from spatial_agent.budget import Budget
from spatial_agent.chat.protocol import Job, Message
from spatial_agent.interfaces.code import Reply, parse
from spatial_agent.kernel.check import check
from spatial_agent.offline.policy import OfflineChat
from spatial_agent.prompts.assemble import briefing
from spatial_agent.trace.events import Media

MEDIA = Media(
    name="room",
    kind="video",
    frames=24,
    size=(640, 480),
    seconds=11.5,
    fps=2.0,
    rendered=True,
    key_frames=(),
    pictures=(),
    numbers=(0, 23),
)


def brief(question: str | Question, *, videos: int = 1) -> str:
    asked = read_question(question) if isinstance(question, str) else question
    return briefing(asked, [MEDIA] * videos, references=0, sight=False, budget=Budget())


def say(messages: list[Message], job: Job = "write") -> str:
    return asyncio.run(OfflineChat().reply(messages, job)).text


class Talk:
    """A session with observations made by hand; `replies` holds what the policy wrote."""

    def __init__(self, question: str | Question, *, videos: int = 1) -> None:
        text = brief(question, videos=videos)
        self.plan = say([Message("system", ("plan",)), Message("user", (text,))], "plan")
        self.messages = [Message("system", ("write",)), Message("user", (text, f"## Plan\n{self.plan}\n\nBegin."))]
        self.replies = [say(self.messages)]

    @property
    def last(self) -> str:
        return self.replies[-1]

    def observe(self, text: str) -> str:
        """Add an observation; returns the next reply."""
        self.messages += [Message("assistant", (self.last,)), Message("user", (text,))]
        self.replies.append(say(self.messages))
        return self.last

    def prints(self, **line: object) -> str:
        """The cell ran and printed a JSON line."""
        return self.observe(
            f"## Step 1: the cell ran in 0.1 s\n\n[Output]\n```\n{json.dumps(line)}\n```\n\n29 steps are left."
        )

    def fails(self, error: str = "ValueError: no points") -> str:
        return self.observe(
            "## Step 1: the cell failed at line 3; what it did before that is kept\n\n[Error]\n```\nTraceback (most "
            f"recent call last):\n  line 3\n{error}\n```\n\n28 steps are left."
        )

    def dies(self) -> str:
        return self.observe(
            "## Step 1: the cell was killed, and ALL variables are gone; a fresh kernel is ready\n\n9 steps are left."
        )


def find(number: int, *frames: int, score: float = 1.0) -> dict[str, object]:
    """One find in the line of the first cell."""
    pixels = 1000 * sum(frames)
    return {"object": number, "score": score, "frames": len(frames), "pixels": pixels, "largest": list(frames)}


def cell(reply: str) -> str:
    """The code of a reply, which must be in form, pass the check and be short."""
    read = parse(reply)
    assert isinstance(read, Reply), read
    assert check(read.code) is None
    lines = read.code.splitlines()
    assert len(lines) <= 45 and all(
        len(line) <= 130 for line in lines if "reason=" not in line and "points=" not in line
    )
    return read.code


def submitted(reply: str) -> tuple[Any, dict[str, Any]]:
    """What the last cell hands to ReturnAnswer."""
    call = next(
        n for n in ast.walk(ast.parse(cell(reply))) if isinstance(n, ast.Call) and ast.unparse(n.func) == "ReturnAnswer"
    )
    return ast.literal_eval(call.args[0]), {k.arg: ast.literal_eval(k.value) for k in call.keywords if k.arg}


def reason(reply: str) -> str:
    value, given = submitted(reply)
    assert value is None
    return str(given["reason"])


SEEN = {"heater": [find(0, 6, 5, 4)], "door": [find(1, 2, 3)]}
STILL = {"heater": 0.0, "door": 0.0, "sofa": 0.1, "lamp": 0.0, "cart": 0.9}
SIZES = {"heater": [0.6, 0.8, 0.1], "door": [0.9, 2.1, 0.1], "sofa": [2.2, 0.8, 0.9], "lamp": [0.4, 1.6, 0.4]}
SIZES["cart"] = [0.3, 0.1, 0.3]


def apart(closest: float, centroids: float) -> dict[str, Any]:
    ends = [[0, 0, 0], [0, 0, 1]]
    return {"closest": {"metres": closest, "at": ends}, "centroids": {"metres": centroids, "at": ends}}


APART = {"heater to door": apart(0.9, 1.7)}
HALVES = [{"heater to door": apart(0.91, 1.72)}, {"heater to door": apart(0.89, 1.69)}]
TWO = {"sofa to door": apart(1.5, 2.0), "lamp to door": apart(0.9, 5.0)}


def measure(talk: Talk, measured: Any, checked: Any, scale: str = "measured", moves: Any = STILL) -> str:
    """Answer all steps well; returns the last reply."""
    others = {"sofa": [find(2, 9, 8)], "lamp": [find(3, 8, 7, 1)], "cart": [find(4, 9, 6)]}
    talk.prints(seen={**SEEN, **others}, scale=scale)
    talk.prints(sizes=SIZES, moves=moves)
    talk.prints(measured=measured)
    return talk.prints(checked=checked)
