"""A replay as a command: progress on stderr, the report or one JSON object on stdout."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

from rich.console import Console
from rich.text import Text

from spatial_agent.agent.claw import open_perception
from spatial_agent.agent.kept import in_words
from spatial_agent.chat.dummy import DummyChat
from spatial_agent.errors import InputError
from spatial_agent.kernel.nursery import nursery, sweep
from spatial_agent.replay.report import as_json as report_as_json
from spatial_agent.replay.report import counted, show_report
from spatial_agent.replay.runner import SEED, Session, replay
from spatial_agent.replay.sessions import Interface, read_sessions
from spatial_agent.sandbox.least import FOR_A_MODEL, require
from spatial_agent.sandbox.level import Level
from spatial_agent.trace.clean import clean
from spatial_agent.trace.words import tone


def replay_command(
    traces: Path,
    interface: Interface = "code",
    *,
    frames: Path | None,
    perception: str,
    min_sandbox: Level | None = None,
    as_json: bool,
) -> int:
    """Run the cells of recorded sessions and say what became of each. Returns 0: failures are what is measured.

    Raises InputError where the sandbox is below the least level, which is `good` if none is given: whoever wrote the
    cells is not known here.
    """
    sessions = read_sessions(traces, interface)
    if frames is not None and not frames.is_dir():
        raise InputError(f"There is no folder {frames}. Key frames are expected as {frames}/DATASET/ID/*.jpg.")
    progress = Console(stderr=True)
    found = asyncio.run(nursery().findings())
    least = min_sandbox or FOR_A_MODEL
    require(least, found.level, found.note)
    sandbox = in_words(found.level, found.note)
    progress.print(Text(f"sandbox {sandbox.name}: {clean(sandbox.note)}", style=tone(sandbox)), soft_wrap=True)
    sweep()
    ended = 0

    def done(session: Session) -> None:
        nonlocal ended
        ended += 1
        told = f"{ended:>{len(str(len(sessions)))}}/{len(sessions)}  {session.recorded.name}: {counted(session.steps)}"
        progress.print(clean(told), style="dim", soft_wrap=True, highlight=False, markup=False)

    try:
        report = asyncio.run(replay(sessions, open_perception(perception, SEED), DummyChat(), frames, done, least))
    except KeyboardInterrupt:
        raise KeyboardInterrupt(
            f"Stopped after {ended} of {len(sessions)} sessions. A replay keeps no record."
        ) from None
    console = Console()
    if as_json:
        console.file.write(json.dumps(report_as_json(report, interface)) + "\n")
    else:
        show_report(console, report, interface)
    return 0
