"""Write a capture's questions.json: the questions of the bank with the answers that its scene gives.

    .venv/bin/python examples/captures/write_questions.py living_room

What is asked is listed in questions/living_room.py and questions/kitchen.py, in the words of the question and as a
measure; questions/measures.py defines the measures. A number may be off by 5 % of the target, a count by nothing. The
letter of the right option goes round: among the choices of a capture that have n options, the right one of the k-th is
at place (k + 2) mod n, both counted from 0; the wrong ones keep their order.
"""

import argparse
import json
import math
import string
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from questions.kitchen import KITCHEN
from questions.living_room import LIVING_ROOM
from questions.measures import Asked, Choice
from questions.world import Scene

CAPTURES = Path(__file__).parents[2] / "spatial_agent" / "captures"
BANK: Mapping[str, Sequence[Asked]] = {"living_room": LIVING_ROOM, "kitchen": KITCHEN}
TOLERANCE = 0.05
UNITS = {"m": 1.0, "cm": 100.0, "degrees": 1.0, None: 1.0}
DECIMALS = 4


class Lettered(NamedTuple):
    """Options in the order in which they are given."""

    options: tuple[str, ...]
    letter: str
    """Of the right one."""

    def in_words(self) -> str:
        """As the question lists them."""
        return " ".join(f"{a}. {text}" for a, text in zip(string.ascii_uppercase, self.options, strict=False))


def lettered(choice: Choice, number: int) -> Lettered:
    """The options of the choice with this number among those with as many options."""
    place = (number + 2) % (len(choice.wrong) + 1)
    return Lettered((*choice.wrong[:place], choice.right, *choice.wrong[place:]), string.ascii_uppercase[place])


def entries(capture: str, asked: Sequence[Asked], scene: Scene) -> Iterator[dict[str, Any]]:
    """The entries of questions.json. Raises ValueError for a question whose answer is not clear."""
    numbers: Counter[int] = Counter()
    for one in asked:
        if not one.about.clear(scene):
            raise ValueError(f"{capture}/{one.id}: another answer is near. Ask about something else.")
        entry = {"id": f"{capture}/{one.id}", "kind": one.about.kind, "question": one.words}
        answer = one.about.answer(scene)
        if isinstance(answer, Choice):
            options = lettered(answer, numbers[len(answer.wrong)])
            numbers[len(answer.wrong)] += 1
            words = one.words.format(options=options.in_words())
            form = {"question": words, "form": "choice", "unit": None, "choices": list(options.options)}
            yield {**entry, **form, "target": options.letter, "tolerance": None}
        elif isinstance(answer, bool):
            yield {**entry, "form": "yes-no", "unit": None, "choices": [], "target": answer, "tolerance": None}
        else:
            target = round(answer * UNITS[one.unit], DECIMALS)
            form = {"form": "number", "unit": one.unit, "choices": []}
            yield {**entry, **form, "target": target, "tolerance": tolerance(one, target)}


def tolerance(asked: Asked, target: float) -> float:
    """How far off still counts as right."""
    if asked.about.kind == "count":
        return 0.0
    steps: int = 10**DECIMALS
    return math.floor(TOLERANCE * target * steps) / steps


def written(capture: str, folder: Path) -> str:
    """The text of questions.json."""
    questions = list(entries(capture, BANK[capture], Scene(folder)))
    return json.dumps({"questions": questions}, indent=2, ensure_ascii=False) + "\n"


def main() -> None:
    """Write the questions of one capture."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("capture", choices=sorted(BANK))
    folder = CAPTURES / parser.parse_args().capture
    (folder / "questions.json").write_text(written(folder.name, folder), encoding="utf-8")


if __name__ == "__main__":
    main()
