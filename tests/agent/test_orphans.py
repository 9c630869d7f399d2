"""However the agent process ends, no kernel outlives it, and the trace up to there is whole."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from spatial_agent.trace.events import Ended
from spatial_agent.trace.store import read_events

SESSION = """
import sys
from pathlib import Path
from spatial_agent import ScriptedChat, SpatialClaw

CELL = "**Purpose**\\np\\n\\n**Reasoning**\\nr\\n\\n**Next Goal**\\ng\\n\\n**Code**\\n```python\\n{}\\n```"
cells = [CELL.format("x = 1"), CELL.format("import time\\ntime.sleep(60)")]
SpatialClaw(ScriptedChat(cells)).run("What?", "living_room", folder=Path(sys.argv[1]))
"""


def wait_for(condition: object, seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.parametrize(
    "how",
    [
        signal.SIGINT,
        pytest.param(signal.SIGTERM, marks=pytest.mark.slow),
        pytest.param(signal.SIGKILL, marks=pytest.mark.slow),
    ],
)
def test_no_kernel_outlives_its_agent(tmp_path: Path, how: signal.Signals) -> None:
    agent = subprocess.Popen([sys.executable, "-c", SESSION, str(tmp_path)], stderr=subprocess.DEVNULL)
    try:
        log = tmp_path / "trace.jsonl"
        wait_for(lambda: log.exists() and log.read_text().count('"type":"Wrote"') == 2)
        kernels = psutil.Process(agent.pid).children()
        assert len(kernels) == 1
        os.kill(agent.pid, how)
        agent.wait(30)
        _, alive = psutil.wait_procs(kernels, timeout=10)
        assert alive == []
    finally:
        agent.kill()
    events = read_events(tmp_path)
    if how == signal.SIGINT:
        last = events[-1]
        assert isinstance(last, Ended)
        assert (last.outcome, last.reason) == ("infra_error", "the session was interrupted")
    else:
        assert type(events[-1]).__name__ == "Wrote"
