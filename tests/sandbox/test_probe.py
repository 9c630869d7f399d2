"""The probes: each finds something open where nothing keeps a process in, and stopped where something does."""

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from spatial_agent.kernel.nursery import Nursery
from spatial_agent.sandbox.attempts.needs import NEEDS
from spatial_agent.sandbox.level import LEVELS, Findings, Level, Probe, at_least
from spatial_agent.sandbox.probe import ATTACKS, decoys, level_of, missing

TRIAL = Path(__file__).with_name("trial.py")
NEEDED, ATTACKED = {need.name for need in NEEDS}, {attack.name for attack in ATTACKS}


FOUND: dict[Level, Findings] = {}
"""What was found by now: each time takes a zygote of its own."""


async def findings(at_most: Level) -> Findings:
    """Of this machine, capped; skips aloud where it does not reach that level."""
    if at_most not in FOUND:
        nursery = Nursery(at_most)
        try:
            FOUND[at_most] = await nursery.findings()
        finally:
            nursery.close()
    found = FOUND[at_most]
    if found.level != at_most:
        pytest.skip(f"this machine reaches {found.level}, not {at_most}: {found.note}")
    return found


def test_every_attack_succeeds_in_a_process_that_nothing_keeps_in() -> None:
    done = subprocess.run([sys.executable, TRIAL], env={"A_KEY": "sk-1"}, capture_output=True, text=True, check=True)
    probes = msgspec.json.decode(done.stdout, type=tuple[Probe, ...])
    assert {probe.name for probe in probes} == NEEDED | ATTACKED
    assert {probe.name: probe.says for probe in probes if probe.name in NEEDED and not probe.holds} == {}
    stopped = {probe.name: probe.says for probe in probes if probe.name in ATTACKED and probe.holds}
    assert set(stopped) <= {"make a namespace of users"}
    assert level_of(probes) == "weak"
    assert "A_KEY" in next(probe.says for probe in probes if probe.name == "find the environment of the start")
    if stopped:
        pytest.skip(f"this machine stops it by itself: {stopped}")


@pytest.mark.parametrize("level", ["strong", "good", "basic"])
async def test_what_a_level_promises_holds_in_a_kernel(level: Level) -> None:
    found = await findings(level)
    assert (found.forked, found.threads, found.environment) == (True, 1, 0)
    assert {probe.name for probe in found.probes} == NEEDED | ATTACKED
    assert missing(found.probes, level) == ()
    assert level_of(found.probes) == level


async def test_a_level_is_what_the_one_below_it_lacks() -> None:
    good, basic = await findings("good"), await findings("basic")
    lacks = [{probe.name for probe in missing(found.probes, "strong")} for found in (good, basic)]
    assert {"overfill its scratch folder", "tell that a file of the user is there"} <= lacks[0]
    assert {"read a file of the user", "read /etc/passwd", "list the processes of this machine"} <= lacks[1] - lacks[0]


async def test_one_probe_that_does_not_hold_costs_the_level_that_it_is_needed_for() -> None:
    probes = (await findings("strong")).probes
    for failing in probes:
        spoilt = tuple(msgspec.structs.replace(p, holds=False) if p is failing else p for p in probes)
        assert level_of(spoilt) == LEVELS[LEVELS.index(failing.needed_for) - 1]
        assert missing(spoilt, failing.needed_for) == (msgspec.structs.replace(failing, holds=False),)
        assert not at_least(level_of(spoilt), failing.needed_for)


def test_nothing_tried_is_nothing_known() -> None:
    assert level_of(()) == "weak"


def test_decoys_are_taken_away() -> None:
    held = len(os.listdir("/proc/self/fd"))
    with decoys() as made:
        assert made.file.exists()
        os.kill(made.process, 0)
    assert not made.folder.exists()
    with pytest.raises(ProcessLookupError):
        os.kill(made.process, 0)
    assert len(os.listdir("/proc/self/fd")) == held
