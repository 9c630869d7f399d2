"""A backbone of your own: anything that has a name, a note, `sees_images` and `reply`.

Features:
- the `Chat` protocol in a dozen lines
- a cell that measures, and the answer with its evidence

Run it with `.venv/bin/python examples/01_your_own_backbone.py`; it needs no model and no key.
"""

from collections.abc import Sequence

from spatial_agent import SpatialClaw
from spatial_agent.chat.protocol import Job, Message, Reply

CELL = """
recon = tools.Reconstruct(InputImages)
seg = tools.SAM3.segment_video_by_text(["sofa", "coffee table"])
frame = max(seg.frames_with("sofa"), key=lambda f: seg.get_mask(f, "sofa").sum())
height = np.percentile(seg.get_masked_points(recon, frame, "sofa")[:, 1], 99.5)
ReturnAnswer(float(height), unit="m", frames=[frame])
"""


class OneCell:
    """Writes the same cell whatever is asked; a real one sends `messages` to a model."""

    name = "one-cell"
    note = "writes one fixed cell"
    sees_images = False

    async def reply(self, messages: Sequence[Message], job: Job) -> Reply:
        """A plan, or a reply with the four sections."""
        if job == "plan":
            return Reply("1. Measure the top of the sofa.")
        return Reply(f"**Purpose**\nMeasure.\n\n**Reasoning**\n-\n\n**Next Goal**\n-\n\n**Code**\n```python{CELL}```")


if __name__ == "__main__":
    run = SpatialClaw(OneCell()).run("How tall is the sofa, in metres?", "living_room")
    print(f"{run.answer:.2f} m, {run.outcome}, scale {run.evidence.scale if run.evidence else None}; {run.folder}")
