"""What a cell has to be able to do."""

from __future__ import annotations

import importlib
import mmap
import os
import signal
import sys
import time
from pathlib import Path

from spatial_agent.sandbox.attempts.attempt import Attempt, Stopped
from spatial_agent.sandbox.confine import Plan
from spatial_agent.sandbox.decoys import SHARED, Decoys


def _use_scratch(_: Decoys, plan: Plan) -> str:
    file = Path(plan.scratch) / "probe"
    file.write_bytes(b"probe")
    if file.read_bytes() != b"probe":
        raise Stopped("what was read is not what was written")
    file.unlink()
    return "written and read"


def _map_shared(decoys: Decoys, _: Plan) -> str:
    with mmap.mmap(decoys.shared, len(SHARED), mmap.MAP_SHARED, mmap.PROT_READ) as memory:
        if memory[:] != SHARED:
            raise Stopped("it holds something else")
    return "mapped and read"


def _handle_interrupt(_: Decoys, __: Plan) -> str:
    before = signal.signal(signal.SIGINT, lambda *_: None)
    signal.signal(signal.SIGINT, before)
    return "handled"


def _tell_time(_: Decoys, __: Plan) -> str:
    before = time.monotonic()
    time.sleep(1e-6)
    if before >= time.monotonic() or len(os.urandom(8)) != 8 or time.time() <= 0:
        raise Stopped("time stands still")
    return "read"


def _import_library(_: Decoys, __: Plan) -> str:
    fresh = []
    for names in (("stringprep", "colorsys", "sched"), ("PIL.PSDraw", "PIL.TarIO", "PIL.WalImageFile")):
        name = next((name for name in names if name not in sys.modules), names[0])
        importlib.import_module(name)
        fresh.append(name)
    return ", ".join(fresh)


NEEDS = (
    Attempt("write and read its scratch folder", "basic", _use_scratch),
    Attempt("read memory that came by a descriptor", "basic", _map_shared),
    Attempt("handle SIGINT, which stops a cell", "basic", _handle_interrupt),
    Attempt("read the clocks and random numbers", "basic", _tell_time),
    Attempt("import a library that is not loaded yet", "strong", _import_library),
)
