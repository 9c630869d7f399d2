"""`OfflineChat`: a scripted policy behind the `Chat` Protocol, for machines without any model."""

import json
from collections.abc import Callable, Sequence
from functools import partial

from spatial_agent.chat.protocol import Job, Message, Reply
from spatial_agent.offline.kinds.amounts import count, distance, size
from spatial_agent.offline.kinds.direction import direction
from spatial_agent.offline.kinds.moving import camera, motion
from spatial_agent.offline.kinds.ranking import higher, nearer, sooner
from spatial_agent.offline.measuring import Task
from spatial_agent.offline.session import Asked, CannotTell, Draft, Facts, observed, read_briefing
from spatial_agent.trace.events import Usage

KINDS: dict[str, Callable[[Asked], Task | None]] = {
    "the distance between the closest points of two things": partial(distance, measure="closest"),
    "the distance between the centres of two things": partial(distance, measure="centroids"),
    "on which side something is, from a place that faces another, or for the camera of a frame": direction,
    "which of some things is nearer to another or farther from it": nearer,
    "how tall, long, wide or deep a thing is": size,
    "how many things of a sort there are": count,
    "which of some things is higher, or their order by height": higher,
    "how far and where to the camera moves or turns": camera,
    "whether, how far and where to a thing moves": motion,
    "in which order things appear": sooner,
}
"""The kinds of question: what each is called, and what recognises it in a person's words."""
TRIES = 3  # of a step; then the policy gives up
_UNKNOWN = f"none of the kinds of question that the scripted policy knows: {'; '.join(KINDS)}"


class OfflineChat:
    """Knows ten kinds of question by their words and measures by fixed steps, reading what its cells print.

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
            text = _turn(task, messages, asked, job)
        return Reply(text, Usage(sum(len(message.text) for message in messages) // 4, len(text) // 4, 1))


def _turn(task: Task | None, messages: Sequence[Message], asked: Asked, job: Job) -> str:
    try:
        if task is None:
            raise CannotTell(f"this is {_UNKNOWN}")
        facts, failures, problem = observed(task.due, messages)
        if job == "conclude":
            return _last_words(task, facts)
        if failures[task.due(facts)] >= TRIES or "there is no depth" in problem:  # and no other cell would find any
            raise CannotTell(f"a cell failed each time: {problem or 'the kernel was lost'}")
        draft = task.draft(facts, min(failures.total(), TRIES - 1))
        again = (
            f"The last cell failed ({problem}). I {'write it again in a simpler form' if facts else 'begin again'}. "
        )
        return draft._replace(reasoning=f"{again if problem else ''}{draft.reasoning}").text()
    except CannotTell as why_not:
        reason = str(why_not)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):  # a line that no cell of ours prints
        reason = "the observations could not be read"
    if job == "conclude":
        return f"Answer: cannot tell\nBecause {reason}."
    why = f"I cannot tell: {reason}. {'' if asked.may_abstain else 'An answer is required, but it would be made up.'}"
    end, code = "None; the session ends here.", f"ReturnAnswer(None, reason={json.dumps(reason)})"
    return Draft("Say that this cannot be answered.", why.strip(), end, code).text()


def _last_words(task: Task, facts: Facts) -> str:
    """What the facts so far come to, checked or not."""
    if "measured" not in facts:
        raise CannotTell("nothing was measured yet")
    value, so, _ = task.conclude(facts)
    said = ("yes" if value else "no") if isinstance(value, bool) else value
    return f"Answer: {said}\n{so}{'' if 'checked' in facts else ' It was not checked.'}"
