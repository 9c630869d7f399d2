"""A tool of your own: a class, an entry point, and it is in every cell and in the prompt.

Features:
- `arm_reach.py` is the tool: public methods with docstrings, which become its documentation
- `pyproject.toml` names it in the entry point group `spatial_agent.tools`
- a cell calls it as `tools.Reach`; a scripted backbone writes that cell here, a model would find it in its prompt

Run it with `.venv/bin/pip install ./examples/02_your_own_tool && .venv/bin/python examples/02_your_own_tool/ask.py`.
"""

import sys

from spatial_agent import SpatialClaw
from spatial_agent.chat.scripted import ScriptedChat

CELL = """
recon = tools.Reconstruct(InputImages)
seg = tools.SAM3.segment_video_by_text(["coffee table", "mug"])
table = max(seg.frames_with("coffee table"), key=lambda f: seg.get_mask(f, "coffee table").sum())
mug = max(seg.frames_with("mug"), key=lambda f: seg.get_mask(f, "mug").sum())
top = seg.get_masked_points(recon, table, "coffee table")
shoulder = np.median(top, axis=0) + [0, 0.4, 0]  # an arm on the middle of the table
distance, point = tools.Reach.nearest(seg.get_masked_points(recon, mug, "mug"), shoulder)
print(f"{distance:.2f} m")
ReturnAnswer(distance <= 0.85, frames=[table, mug], points={"shoulder": shoulder, "mug": point})
"""
REPLY = f"**Purpose**\nMeasure.\n\n**Reasoning**\n-\n\n**Next Goal**\n-\n\n**Code**\n```python{CELL}```"

if __name__ == "__main__":
    claw = SpatialClaw(ScriptedChat([REPLY]))
    run = claw.run("Can an arm that stands on the middle of the coffee table reach the mug?", "living_room")
    if "tools.Reach" not in run.opened.system_prompt:
        sys.exit("tools.Reach is not there. Install it: .venv/bin/pip install ./examples/02_your_own_tool")
    print(f"{run.answer}, {run.outcome}; tools.Reach is in the prompt; {run.folder}")
    sys.exit(run.exit_code)
