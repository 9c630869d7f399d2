"""The kernel of `spatialclaw notebook`: the names of a cell, over the media that the kernelspec names."""

from __future__ import annotations

from traitlets import List, Unicode

from spatial_agent.agent.claw import open_backbone, open_perception
from spatial_agent.agent.opening import namespace
from spatial_agent.agent.vlm import ask
from spatial_agent.budget import Budget
from spatial_agent.inputs.media import open_media
from spatial_agent.kernel.gateway import Gateway
from spatial_agent.kernel.jupyter_provisioner import Provisioner, Visit
from spatial_agent.sandbox.level import LEVELS, Level


class CaptureProvisioner(Provisioner):
    """Its configuration is the kernelspec's metadata: {"kernel_provisioner": {"config": {"media": [...]}}}."""

    media = List(Unicode(), help="Paths, patterns, or names of shipped captures.").tag(config=True)
    perception = Unicode("recorded", help="What sees: a shipped perception file's name, or a path of one.").tag(
        config=True
    )
    model = Unicode("offline", help="The backbone that vlm asks: a shipped model file's name, or a path.").tag(
        config=True
    )
    min_sandbox = Unicode("weak", help=f"The level below which no kernel starts: {', '.join(LEVELS)}.").tag(config=True)

    def visit(self) -> Visit:
        """The media that the kernelspec names."""
        frames, budget = open_media(list(self.media)), Budget()
        perception, chat = open_perception(self.perception, 0), open_backbone(self.model)
        eyes = any(perception.sees(video) for video in frames)
        gateway = Gateway(frames, None, perception, lambda request: ask(chat, request, lambda _usage: None), budget)
        return Visit(gateway, namespace(frames, None, budget, 0, eyes=eyes))

    @property
    def least(self) -> Level:
        """As it is configured."""
        return next(level for level in LEVELS if level == self.min_sandbox)
