"""How long an input must have been: what the cells name says it, as far as the source alone can."""

import pytest

from spatial_agent.replay.length import Used, used_by


def used(*cells: str, feedback: str = "") -> Used:
    return used_by(cells, [feedback])


@pytest.mark.parametrize(
    ("cell", "largest"),
    [
        ("show(InputImages[7])", 7),
        ("show(InputImages[2:9])", 8),
        ("show(InputImages[40::5])", 40),
        ("show(InputImages[-5])", 4),
        ("k = 12\nshow(InputImages[k])", 12),
        ("k = 12\nshow(InputImages[k + 3])", 15),
        ("for k in [3, 9, 4]:\n    show(InputImages[k])", 9),
        ("for name, ks in {'a': [3, 21], 'b': [5]}.items():\n    for k in ks:\n        show(InputImages[k])", 21),
        ("show([InputImages[k] for k in range(10, 31, 5)])", 30),
        ("ks = np.linspace(0, 90, 500).astype(int)\nshow(InputImages[ks])", 90),
        ("ks = np.unique(np.append([4, 8], [70]))\nframes = [InputImages[i] for i in ks]", 70),
        ("m.get_mask(frame=33, object=0)", 33),
        ("tools.SAM3.segment_video_by_text(['x'], start_frame=10, end_frame=60)", 59),
        ("InputImages.by_frame(44)", 44),
        ("next(i for i in InputImages if i.frame_index == 55)", 55),
        ("n = len(InputImages)\nshow(InputImages[n - 1])", None),
        ("for k in range(len(InputImages)):\n    show(InputImages[k])", None),
        ("show(other[99], np.zeros(5000))", None),
        ("show(InputImages[10**9])", None),
        ("show(InputImages[k", None),
        ("x = 1\n" + "x = x + x * x\n" * 60 + "show(InputImages[x])", 1),
        (f"x = {' + '.join(['1'] * 2000)}\nshow(InputImages[6])", 6),
        (f"show(InputImages[{'(' * 300}1{')' * 300}])", None),
    ],
)
def test_the_largest_frame_that_a_cell_names(cell: str, largest: int | None) -> None:
    assert used(cell).largest.get(1) == largest


def test_names_of_earlier_cells_count_and_a_cells_own_come_first() -> None:
    assert used("k = 30", "show(InputImages[k])").largest == {1: 30}
    assert used("k = 500", "for k in (1, 2):\n    show(InputImages[k])").largest == {1: 2}


def test_frames_that_were_shown_for_a_variable_count() -> None:
    shown = "[Variables] New/changed:\n  recon: Reconstruction, frames=[0..88] (12 frames)\n  m: PerFrameMask, frames=[3, 9]"
    assert used("x = 1", feedback=shown).largest == {1: 88}


def test_several_videos_have_lengths_of_their_own_and_references_are_counted() -> None:
    found = used(
        "show(InputImages_1[4])\ntools.SAM3.segment_video_by_box(b, video_index=3, end_frame=20)\nRefImages[1]"
    )
    assert found.largest == {1: 4, 3: 19}
    assert (used("show(InputImages_3[0])").videos, found.references, found.tracks) == (3, 2, True)
    assert used("show(RefImages)").references == 1
