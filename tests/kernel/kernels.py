"""Kernels of every kind, for the tests of what all of them do."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from spatial_agent import wire
from spatial_agent.budget import Budget
from spatial_agent.frames import Frames
from spatial_agent.kernel.gateway import Gateway
from spatial_agent.kernel.protocol import CellResult
from spatial_agent.kernel.session import WorkerKernel
from spatial_agent.perception.backends.recorded import Recorded
from tests.conftest import blind, opening, photos

KINDS = ("worker", "jupyter")
Ask = Callable[[wire.AskModel], Awaitable[str]]


def make(kind: str, media: tuple[Frames, ...], budget: Budget, ask: Ask = blind) -> WorkerKernel:
    gateway = Gateway(media, None, Recorded(), ask, budget)
    if kind == "worker":
        return WorkerKernel(gateway, opening(media, budget))
    pytest.importorskip("ipykernel", reason="the extra jupyter is not installed")
    from spatial_agent.kernel.jupyter import JupyterKernel

    return JupyterKernel(gateway, opening(media, budget))


@asynccontextmanager
async def started(
    kind: str, budget: Budget | None = None, media: tuple[Frames, ...] | None = None, ask: Ask = blind
) -> AsyncIterator[WorkerKernel]:
    kernel = make(kind, media or photos(), budget or Budget(cell_seconds=10), ask)
    await kernel.start()
    try:
        yield kernel
    finally:
        await kernel.close()


async def run(kernel: WorkerKernel, *cells: str) -> list[CellResult]:
    return [await kernel.run(cell) for cell in cells]
