"""What was found about the sandbox, probe by probe."""

from __future__ import annotations

from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from spatial_agent.sandbox.attempts.needs import NEEDS
from spatial_agent.sandbox.level import Findings, Probe, at_least
from spatial_agent.view.page import LABEL, Page

_NEEDED = {need.name for need in NEEDS}


def show_probes(page: Page, found: Findings) -> None:
    """A row for each thing that was tried from inside a kernel: what it was, how it went, what the system said."""
    if not found.probes:
        return
    table = Table.grid(padding=(0, 2, 0, 0))
    for wrapped in (False, False, True):
        table.add_column(no_wrap=not wrapped)
    for probe in found.probes:
        table.add_row(_verdict(probe, found), Text(probe.name), Text(probe.says.removeprefix("refused: "), "dim"))
    page.detail("probes", "tried from inside a kernel", style="dim")
    page.console.print(Padding(table, (0, 0, 0, LABEL)), highlight=False)


def _verdict(probe: Probe, found: Findings) -> Text:
    if probe.holds:
        return Text("works" if probe.name in _NEEDED else "stopped", "green")
    tone = "bold red" if at_least(found.level, probe.needed_for) or probe.needed_for != "strong" else "yellow"
    return Text("fails" if probe.name in _NEEDED else "open", tone)
