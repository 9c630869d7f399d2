"""The choice of perception, by name, by file and by object."""

import asyncio
import json
from pathlib import Path

import numpy as np
import pytest

from spatial_agent import Budget, InputError, Run, ScriptedChat, SpatialClaw
from spatial_agent.agent.claw import open_perception
from spatial_agent.inputs.media import open_media
from spatial_agent.perception.backends.blind import Blind
from tests.agent.script import cell

PHOTO = Path(__file__).parents[2] / "spatial_agent/captures/living_room/images/frame_00000.jpg"
CODE = "print(float(np.std(tools.Reconstruct(InputImages[0]).depth[0])))\nReturnAnswer('x')"
COMMAND = 'spatialclaw ask "How far is the sofa from the door, in metres?" living_room --perception recorded'


def solve(
    folder: Path, perception: object, media: str = "living_room", *, sees_images: bool = True, seed: int = 0
) -> Run:
    chat = ScriptedChat([cell(CODE), cell("ReturnAnswer('y')")], sees_images=sees_images)
    claw = SpatialClaw(chat, perception=perception, seed=seed, budget=Budget(key_frames=1))  # type: ignore[arg-type]
    return claw.run("What is it?", media, folder=folder)


@pytest.mark.parametrize("perception", ["none", Blind()])
def test_without_perception_tools_are_neither_described_nor_there(tmp_path: Path, perception: object) -> None:
    run = solve(tmp_path, perception)
    assert run.answer == "y"
    assert "segment_video_by_text" not in run.opened.system_prompt
    assert "vlm.locate" in run.opened.system_prompt
    assert "there is no depth" in (run.cells[0].error or "")
    assert run.opened.perception.name == "none"
    assert "switched off" in run.opened.perception.note
    assert COMMAND in run.opened.perception.note


@pytest.mark.parametrize(("perception", "sees_images"), [("recorded", True), ("none", False)])
def test_photos_say_what_can_look_at_them_and_what_to_type(tmp_path: Path, perception: str, sees_images: bool) -> None:
    run = solve(tmp_path, perception, str(PHOTO), sees_images=sees_images)
    note = run.opened.perception.note
    assert "segment_video_by_text" not in run.opened.system_prompt
    assert "there is no depth" in (run.cells[0].error or "")
    assert "no depth came with this input" in note
    assert COMMAND in note
    assert ("only show and vlm can look at it" in note) == sees_images
    assert ("the backbone scripted reads text only" in note) == (not sees_images)


def test_noise_of_a_file_is_in_the_depth_and_goes_by_the_seed(tmp_path: Path) -> None:
    file = tmp_path / "mine.json"
    file.write_text(json.dumps({"backend": "recorded", "depth_noise": 0.05, "dropouts": 0.2}))
    frames = open_media("living_room")[0]

    def spread(perception: str, seed: int) -> float:
        seen = asyncio.run(open_perception(perception, seed).reconstruct(frames, (0,)))
        return float(np.std(seen.depth[0] * seen.depth_scale))

    one, same, other, exact = [spread(str(file), seed) for seed in (0, 0, 1)] + [spread("recorded", 1)]
    assert one == same
    assert len({one, other, exact}) == 3
    assert float(solve(tmp_path / "run", str(file), seed=1).cells[0].stdout.splitlines()[0]) == pytest.approx(
        other, rel=1e-4
    )


def test_an_unknown_name_is_refused_with_what_there_is() -> None:
    with pytest.raises(InputError, match=r"There is no perception `sam`\. There is: dummy, noisy, none, recorded"):
        SpatialClaw(ScriptedChat([]), perception="sam")
