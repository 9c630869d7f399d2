"""`OfflineChat`: a scripted policy behind the `Chat` Protocol, for machines without any model."""

import json
from collections.abc import Callable, Sequence
from functools import partial

from spatial_agent.chat.protocol import Job, Message, Reply
from spatial_agent.offline.kinds.distance import distance
from spatial_agent.offline.kinds.nearer import nearer
from spatial_agent.offline.session import Asked, CannotTell, Draft, Task, next_draft, read_briefing
from spatial_agent.trace.events import Usage

KINDS: dict[str, Callable[[Asked], Task | None]] = {
    "the distance between the closest points of two things": partial(distance, measure="closest"),
    "the distance between the centres of two things": partial(distance, measure="centroids"),
    "which of some things is nearer to another or farther from it": nearer,
}
"""The kinds of question: what each is called, and what recognises it in a person's words."""
_UNKNOWN = f"this is none of the kinds of question that the scripted policy knows: {'; '.join(KINDS)}"


class OfflineChat:
    """Knows a few kinds of question by their words and measures by fixed steps, reading what its cells print.

    A pure function of the messages: the same chat gets the same reply.
    """

    name = "offline"
    note = "a scripted policy that knows a few kinds of question, not a model: a plumbing check and a labelled baseline"
    sees_images = False

    async def reply(self, messages: Sequence[Message], job: Job) -> Reply:
        """The next turn."""
        asked = read_briefing(messages)
        task = next((task for read in KINDS.values() if (task := read(asked))), None)
        if job == "plan":
            text = task.plan if task else f"1. See that {_UNKNOWN}.\n2. Abstain."
        else:
            text = _next(task, messages, asked).text()
        return Reply(text, Usage(sum(len(message.text) for message in messages) // 4, len(text) // 4, 1))


def _next(task: Task | None, messages: Sequence[Message], asked: Asked) -> Draft:
    try:
        if task is not None:
            return next_draft(task, messages)
        reason = _UNKNOWN
    except CannotTell as problem:
        reason = str(problem)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):  # a line that no cell of ours prints
        reason = "the observations could not be read"
    why = f"I cannot tell: {reason}. {'' if asked.may_abstain else 'An answer is required, but it would be made up.'}"
    end, code = "None; the session ends here.", f"ReturnAnswer(None, reason={json.dumps(reason)})"
    return Draft("Say that this cannot be answered.", why.strip(), end, code)
