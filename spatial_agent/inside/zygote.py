"""The zygote: a process that has imported everything that cells may need, and forks a pristine kernel on request.

Started as `python -I -m spatial_agent.inside.zygote DESCRIPTOR KIND` with an empty environment. It keeps one thread,
never sees a question, a key or a path of the input, and ends when the socket to the agent process closes.
"""

from __future__ import annotations

import functools
import gc
import importlib
import importlib.util
import os
import pkgutil
import select
import signal
import socket
import sys
from pathlib import Path

from spatial_agent import birth, inside
from spatial_agent.errors import InputError
from spatial_agent.inside.channel import SOCKET
from spatial_agent.inside.pages import gather
from spatial_agent.inside.supervisor import Kernel, supervise
from spatial_agent.sandbox import probe
from spatial_agent.sandbox.attempts.leftovers import GIVEN
from spatial_agent.sandbox.confine import Plan, prepare
from spatial_agent.sandbox.level import LEVELS, Findings, Level, Probe, at_least
from spatial_agent.sandbox.libraries import Libraries, hide_package, libraries

NOT_OURS = ("zygote", "jupyter", "jupyter_cells")
"""Parts of `inside` that cells have no use for; those of a Jupyter kernel are imported where one is wanted."""
OTHERS = (
    "matplotlib.backends.backend_agg", "matplotlib.figure", "matplotlib.pyplot", "mpl_toolkits.mplot3d",
    "PIL.ImageDraw", "PIL.ImageFilter", "PIL.ImageFont", "PIL.ImageOps", "PIL.JpegImagePlugin", "PIL.PngImagePlugin",
    "scipy.cluster.hierarchy", "scipy.interpolate", "scipy.linalg", "scipy.ndimage", "scipy.optimize", "scipy.signal",
    "scipy.spatial.transform", "scipy.special", "scipy.stats",
    "colorsys", "copy", "csv", "dataclasses", "datetime", "decimal", "enum", "fractions", "heapq", "io", "operator",
    "pprint", "string", "tempfile", "textwrap", "time", "typing", "warnings",
    "skimage.color", "skimage.draw", "skimage.feature", "skimage.filters", "skimage.measure", "skimage.morphology",
    "skimage.segmentation", "skimage.transform", "sklearn.cluster", "sklearn.decomposition", "sklearn.linear_model",
    "sklearn.neighbors",
)  # fmt: skip
"""What real cells import; those that are not installed are left out."""
TRIAL_SCRATCH, TRIAL_MEMORY = 2**20, 256 * 2**20
"""Bytes that a trial may use: few, so that its probes reach the limits in no time."""


def preload(kind: birth.Kind) -> None:
    """Import what cells may need, and draw one figure: the first one takes a tenth of a second."""
    if kind == "jupyter":
        for name in ("debugpy", "psutil"):  # a debugger opens ports; the other one wants /proc
            sys.modules[name] = None  # type: ignore[assignment]
        importlib.import_module("spatial_agent.inside.jupyter")
    for part in pkgutil.walk_packages(inside.__path__, f"{inside.__name__}."):
        if part.name.removeprefix(f"{inside.__name__}.") not in NOT_OURS:  # nothing of it can be read later
            importlib.import_module(part.name)
    for name in OTHERS:
        if importlib.util.find_spec(name.partition(".")[0]) is not None:
            importlib.import_module(name)
    from spatial_agent.inside.namespace import warm
    from spatial_agent.inside.plugins import user_tools

    user_tools()
    warm()


class Zygote:
    """Forks kernels for one agent process."""

    def __init__(self, control: socket.socket, broken: str) -> None:
        """`broken` says why nothing can be born of it; empty where something can."""
        self._control = control
        self._broken = broken
        self._libraries: Libraries = libraries()
        prepare(self._libraries)
        # Not PR_SET_PDEATHSIG: that fires when the thread that started us ends, which need not be the process.
        self._agent = os.pidfd_open(os.getppid())

    def serve(self) -> None:
        """Work until the agent process has gone."""
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for supervisors, and none is to stay a zombie
        waiting = select.poll()
        waiting.register(self._control, select.POLLIN)
        waiting.register(self._agent, select.POLLIN)
        while True:
            ready = {descriptor for descriptor, _ in waiting.poll()}
            if self._agent in ready:
                return
            data, descriptors, _, _ = socket.recv_fds(self._control, birth.MAX_MESSAGE, 2)
            if not data:
                return
            try:
                self._take(birth.read_to_zygote(data), descriptors)
            finally:
                for descriptor in descriptors:
                    os.close(descriptor)

    def _take(self, order: birth.ToZygote, descriptors: list[int]) -> None:
        if isinstance(order, birth.Birth):
            self._give_birth(order, *descriptors)
        else:
            with socket.socket(fileno=os.dup(descriptors[0])) as reply:
                reply.send(birth.encode(self._findings(order.at_most)))

    def _give_birth(self, order: birth.Birth, control: int, end: int) -> None:
        threads, why = _threads(), self._broken
        if threads > 1:
            why = f"what was imported runs {threads} threads, and a process with more than one cannot be forked safely"
        if why:
            with socket.socket(fileno=os.dup(control)) as reply:
                reply.send(birth.encode(birth.Stillborn(why, threads)))
            return
        found = self._findings(order.at_most)
        plan = Plan(
            found.level, order.memory_bytes, order.scratch_bytes, order.scratch, threads=order.kind == "jupyter"
        )
        kernel = Kernel(plan, found.note, _worker if order.kind == "worker" else _jupyter)
        if os.fork() == 0:
            supervise(kernel, self._libraries, control, end, self._agent)

    @functools.cache  # noqa: B019 - there is one zygote in a process
    def _findings(self, at_most: Level) -> Findings:
        """The strongest level whose probes all hold, found by trying from the strongest down."""
        notes: list[str] = []
        for level in reversed(LEVELS[1 : LEVELS.index(at_most) + 1]):
            with probe.decoys() as decoys:
                tried = self._trial(level, decoys)
            if isinstance(tried, str):
                notes.append(f"not {level}: {tried}")
                continue
            if at_least(probe.level_of(tried), level):
                return Findings(level, True, "; ".join(notes), tried, _threads(), _environment())
            failed = ", ".join(one.name for one in tried if not one.holds and at_least(level, one.needed_for))
            notes.append(f"not {level}: {failed}")
        return Findings("weak", True, "; ".join(notes), (), _threads(), _environment())

    def _trial(self, level: Level, decoys: probe.Decoys) -> tuple[Probe, ...] | str:
        """What the probes find in a kernel of this level; why there is none when it cannot be made."""
        ours, control = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        result, end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with ours, control, result, end:
            plan = Plan(level, TRIAL_MEMORY, TRIAL_SCRATCH, f"{decoys.folder}/scratch-")

            def look(plan: Plan) -> None:
                with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET, 0, SOCKET) as reply:
                    reply.send(birth.encode(Findings(level, True, "", probe.look(decoys, plan))))

            if os.fork() == 0:
                supervise(
                    Kernel(plan, "", look, (decoys.shared,)),
                    self._libraries,
                    control.fileno(),
                    end.fileno(),
                    self._agent,
                )
            control.close()
            end.close()
            born = ours.recv(birth.MAX_MESSAGE)
            said = birth.read_from_supervisor(born) if born else birth.Stillborn("its supervisor ended")
            if isinstance(said, birth.Stillborn):
                return said.why
            found = result.recv(birth.MAX_MESSAGE)
            return birth.read_findings(found).probes if found else "the trial ended before its probes did"


def _worker(_plan: Plan) -> None:
    from spatial_agent.inside.worker import serve

    serve()


def _jupyter(plan: Plan) -> None:
    from spatial_agent.inside.jupyter import serve

    serve(plan)


def _threads() -> int:
    return len(list(Path("/proc/self/task").iterdir()))


def _environment() -> int:
    """How many names the environment has that it was not started with by us; 0 is right."""
    return len(set(os.environ) - GIVEN - {"LC_CTYPE"})  # which Python sets itself


def main() -> None:
    """Import, then fork kernels until the agent process ends."""
    os.dup2(int(sys.argv[1]), SOCKET, inheritable=False)  # so that nothing else in a fork has a kernel's number
    os.close(int(sys.argv[1]))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal is for the agent process
    broken = ""
    try:
        preload("jupyter" if sys.argv[2] == "jupyter" else "worker")
    except InputError as problem:  # a user's tool that cannot be loaded
        broken = str(problem)
    hide_package()
    zygote = Zygote(socket.socket(fileno=SOCKET), broken)
    gc.collect()
    gc.freeze()  # what is there by now is never garbage; looking at it would copy its pages
    gather()
    zygote.serve()


if __name__ == "__main__":
    main()
