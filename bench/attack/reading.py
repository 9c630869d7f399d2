"""Files of attacks: one JSON object a line."""

from pathlib import Path

import msgspec

from spatial_agent.errors import InputError

from .sessions import Attack


def read(file: Path) -> list[Attack]:
    """The attacks of a file; raises InputError."""
    try:
        lines = file.read_text().splitlines()
    except (OSError, UnicodeDecodeError) as problem:
        raise InputError(f"{file} cannot be read: {problem}. Name a file of attacks, one JSON object a line.") from None
    attacks = []
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                attacks.append(msgspec.json.decode(line, type=Attack))
            except msgspec.MsgspecError as problem:
                raise InputError(
                    f"{file}, line {number} is no attack: {problem}. See --help for what it holds."
                ) from None
    if not attacks:
        raise InputError(f"{file} holds no attacks. Name a file of attacks, one JSON object a line.")
    return attacks
