"""What several tests share: a kernel over a few made-up photos, and sessions on the shipped capture."""

import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from hypothesis import settings
from PIL import Image

from spatial_agent import wire
from spatial_agent.budget import Budget
from spatial_agent.errors import ToolError
from spatial_agent.frames import Frames
from spatial_agent.inputs.media import open_media
from spatial_agent.kernel.gateway import Gateway
from spatial_agent.kernel.nursery import Nursery
from spatial_agent.kernel.protocol import CellResult
from spatial_agent.kernel.session import WorkerKernel
from spatial_agent.perception.backends.recorded import Recorded

# A shell that starts a command in the background has it ignore SIGINT, and its children as well: tests send it to some.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Laws are checked without a clock: a busy machine says nothing about them.
settings.register_profile("laws", deadline=None)
settings.load_profile("laws")


async def blind(_request: wire.AskModel) -> str:
    raise ToolError("this backbone sees no images")


def photos(count: int = 3) -> tuple[Frames, ...]:
    """Photos of nothing: each in a grey of its own."""
    return open_media([Image.new("RGB", (64, 48), (10 * k, 10 * k, 10 * k)) for k in range(count)])


def opening(media: tuple[Frames, ...], budget: Budget) -> wire.Open:
    return wire.Open(
        videos=tuple(wire.Video(f.indices, f.sizes, f.times, f.fps, f.kind == "video") for f in media),
        references=0,
        seed=0,
        memory_bytes=budget.memory_bytes,
        output_bytes=budget.output_bytes,
        scratch_bytes=budget.scratch_bytes,
        reconstruct_frames=budget.reconstruct_frames,
        segment_frames=budget.segment_frames,
        eyes=True,
    )


@asynccontextmanager
async def kernel_over(
    media: tuple[Frames, ...] | None = None,
    budget: Budget | None = None,
    ask: Callable[[wire.AskModel], Awaitable[str]] = blind,
    nursery: Nursery | None = None,
) -> AsyncIterator[WorkerKernel]:
    """A started kernel, closed at the end."""
    media, budget = media or photos(), budget or Budget(cell_seconds=10)
    kernel = WorkerKernel(Gateway(media, None, Recorded(), ask, budget), opening(media, budget), nursery=nursery)
    await kernel.start()
    try:
        yield kernel
    finally:
        await kernel.close()


@pytest.fixture
def run_cells() -> Callable[..., Awaitable[list[CellResult]]]:
    """Run cells one after the other in a fresh kernel."""

    async def run(*cells: str, **settings: object) -> list[CellResult]:
        async with kernel_over(**settings) as kernel:  # type: ignore[arg-type]
            return [await kernel.run(cell) for cell in cells]

    return run
