"""Serving a kernel whose cells come from people."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

pytest.importorskip("ipykernel", reason="the extra jupyter is not installed")
pytestmark = pytest.mark.slow

from jupyter_client.asynchronous.client import AsyncKernelClient

from spatial_agent import wire
from spatial_agent.budget import Budget
from spatial_agent.errors import InputError, ServiceError
from spatial_agent.kernel.gateway import Gateway
from spatial_agent.kernel.jupyter_provisioner import Desk
from spatial_agent.kernel.jupyter_sockets import Sockets
from spatial_agent.perception.backends.recorded import Recorded
from spatial_agent.sandbox.level import LEVELS
from tests.conftest import opening, photos
from tests.kernel.kernels import Ask

LOCATE = "vlm.locate(InputImages[0], 'x')"


@asynccontextmanager
async def visited(ask: Ask) -> AsyncIterator[tuple[Desk, AsyncKernelClient]]:
    media, budget = photos(), Budget()
    desk, sockets = Desk(Gateway(media, None, Recorded(), ask, budget), opening(media, budget)), Sockets()
    client = AsyncKernelClient()
    client.load_connection_info(sockets.connection())
    try:
        await desk.open(sockets, "weak")
        client.start_channels()
        await client.wait_for_ready(timeout=20)
        yield desk, client
    finally:
        client.stop_channels()
        client.context.term()
        await desk.signal(signal.SIGKILL)
        await desk.close()
        sockets.close()


async def replied(client: AsyncKernelClient, asked: str) -> dict[str, Any]:
    while (reply := await client.get_shell_msg(timeout=20))["parent_header"].get("msg_id") != asked:
        pass
    return dict(reply["content"])


async def test_an_interrupt_gives_up_the_call_that_the_cell_waits_for() -> None:
    begun = asyncio.Event()

    async def never(_request: wire.AskModel) -> str:
        begun.set()
        await asyncio.sleep(600)
        return ""

    async with visited(never) as (desk, client):
        asked = client.execute(LOCATE, stop_on_error=False)
        await asyncio.wait_for(begun.wait(), 20)
        await desk.signal(signal.SIGINT)
        reply = await replied(client, asked)
        assert reply["ename"] == "KeyboardInterrupt"
        assert (await replied(client, client.execute("1")))["status"] == "ok"
        assert desk.lives


async def test_a_service_that_fails_costs_the_call_and_not_the_kernel() -> None:
    async def down(_request: wire.AskModel) -> str:
        raise ServiceError("nobody answers")

    async with visited(down) as (desk, client):
        reply = await replied(client, client.execute(LOCATE, stop_on_error=False))
        assert (reply["status"], "nobody answers" in reply["evalue"]) == ("error", True)
        assert [(call.name, call.failure) for call in desk.calls] == [("AskModel", "nobody answers")]
        assert desk.lives


async def test_a_kernel_that_breaks_the_protocol_is_ended() -> None:
    async def unasked(_request: wire.AskModel) -> str:
        raise AssertionError("unreachable")

    async with visited(unasked) as (desk, client):
        client.execute("import os\nos.write(3, b'\\xff' * 100)")
        async with asyncio.timeout(20):
            while desk.lives:
                await asyncio.sleep(0.02)


async def test_no_kernel_is_started_below_the_least_level(monkeypatch: pytest.MonkeyPatch) -> None:
    from spatial_agent.kernel import jupyter_provisioner
    from spatial_agent.kernel.nursery import Nursery

    weaker, media, sockets = Nursery("basic", "jupyter"), photos(), Sockets()
    monkeypatch.setattr(jupyter_provisioner, "nursery", lambda **_: weaker)
    desk = Desk(Gateway(media, None, Recorded(), lambda _: asyncio.sleep(0, ""), Budget()), opening(media, Budget()))
    with pytest.raises(InputError, match="level strong"):
        await desk.open(sockets, LEVELS[-1])
    assert desk.nest is None
    sockets.close()
    weaker.close()
