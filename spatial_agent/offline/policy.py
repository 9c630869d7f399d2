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
    "distance between closest points": partial(distance, measure="closest"),
    "distance between centres": partial(distance, measure="centroids"),
    "direction": direction,
    "nearer or farther": nearer,
    "size": size,
    "count": count,
    "height order": higher,
    "camera motion": camera,
    "object motion": motion,
    "order of appearance": sooner,
}
"""The kinds of question: what each is called, and what recognises it in a person's words."""
TRIES = 3  # of a step; then the policy gives up
_UNKNOWN = f"this is none of the ten kinds of question that the scripted policy knows: {', '.join(KINDS)}"
_MANY = "the scripted policy takes one video or set of photos at a time; {} were given"
_BLIND = "cannot see: give an RGB-D capture with labels, or name a model that sees images (--model)"
_LACKS = {"there is no depth": "is no depth and there are no labels", "no labelled instances": "are no labels"}


class OfflineChat:
    """Knows ten kinds of question by their words and measures by fixed steps, reading what its cells print.

    A pure function of the messages: the same chat gets the same reply.
    """

    name = "offline"
    note = "a scripted policy that knows a few kinds of question, not a model: a plumbing check and a labelled baseline"
    sees_images = False
    scripted = True

    async def reply(self, messages: Sequence[Message], job: Job) -> Reply:
        """The next turn."""
        asked = read_briefing(messages)
        task = next((task for read in KINDS.values() if (task := read(asked))), None)
        unknown = _MANY.format(asked.videos) if asked.videos > 1 else _UNKNOWN
        if job == "plan":
            text = task.plan if task else f"1. See that {unknown}.\n2. Abstain."
        else:
            text = _turn(task or unknown, messages, asked, job)
        return Reply(text, Usage(sum(len(message.text) for message in messages) // 4, len(text) // 4, 1))


def _turn(task: Task | str, messages: Sequence[Message], asked: Asked, job: Job) -> str:
    try:
        if isinstance(task, str):
            raise CannotTell(task)
        facts, failures, problem = observed(task.due, messages)
        if job == "conclude":
            return _last_words(task, facts)
        for lack in (means for words, means in _LACKS.items() if words in problem):  # no cell can mend it
            raise CannotTell(f"there {lack} to go by, and the scripted policy {_BLIND}")
        if failures[task.due(facts)] >= TRIES:
            raise CannotTell(f"a cell failed each time: {problem or 'the kernel was lost'}")
        draft = task.draft(facts, min(failures.total(), TRIES - 1))
        again = f"The last cell failed ({problem}). I {'write it in a simpler form' if facts else 'begin again'}. "
        return draft._replace(reasoning=f"{again if problem else ''}{draft.reasoning}").text()
    except CannotTell as why_not:
        reason = str(why_not)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):  # a line that no cell of ours prints
        reason = "the observations could not be read"
    if job == "conclude":
        return f"Answer: cannot tell\n{reason[0].upper()}{reason[1:].rstrip('.')}."
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
