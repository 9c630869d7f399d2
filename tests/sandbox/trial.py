"""Runs the probes in a process that nothing keeps in, and prints what they found, as JSON: `python trial.py`."""

import os
import sys
import tempfile
from pathlib import Path

import msgspec

sys.path.insert(0, str(Path(__file__).parents[2]))
from spatial_agent.sandbox.confine import Plan
from spatial_agent.sandbox.probe import decoys, look

MIB = 2**20


def main() -> None:
    """What the probes say in a process that nothing keeps in."""
    receiving, sending = os.pipe()
    with tempfile.TemporaryDirectory(prefix="spatialclaw-trial-") as scratch, decoys() as found:
        plan = Plan(level="weak", memory_bytes=256 * MIB, scratch_bytes=MIB, scratch=scratch)
        if not (child := os.fork()):
            try:
                os.write(sending, msgspec.json.encode(look(found, plan)))
            finally:
                os._exit(0)
        os.close(sending)
        with open(receiving) as told:
            sys.stdout.write(told.read())
        os.waitpid(child, 0)


if __name__ == "__main__":
    main()
