"""Writes `docs/tools.md` and its pictures from the code: signatures, docstrings, and what each example gives.

    .venv/bin/python docs/make_tools.py

Examples run in a kernel over the capture `living_room`. A test runs them too and compares the text with the file.
"""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
from PIL import Image

from spatial_agent import wire
from spatial_agent.budget import Budget
from spatial_agent.frames import Frames
from spatial_agent.inputs.media import open_media
from spatial_agent.kernel.gateway import Gateway
from spatial_agent.kernel.protocol import CellResult
from spatial_agent.kernel.session import WorkerKernel
from spatial_agent.perception.backends.recorded import Recorded
from spatial_agent.prompts.catalogue import PAGES, RESULTS
from spatial_agent.prompts.tool_docs import Doc, Page

HERE = Path(__file__).parent
WIDTH = 640
BUDGET = Budget(cell_seconds=60)

NAMES = """\
image = InputImages[1]
frame = image.frame_index
recon = tools.Reconstruct(InputImages[0:4])
masks = tools.SAM3.segment_video_by_text(["heater", "door"], frame_indices=[0, 1, 2, 3])
other = tools.SAM3.segment_video_by_text("bookshelf", frame_indices=[0, 1, 2, 3])
point = masks.get_centroid_3d(recon, frame)
pose = recon.extrinsics[frame]
"""
"""What examples may use beside the names that every cell has; defined by one cell."""
KEEP = "kept = image, frame, recon, masks, other, point, pose\nnp.set_printoptions(precision=3, suppress=True, threshold=20, edgeitems=2)\n"
AGAIN = "image, frame, recon, masks, other, point, pose = kept\n"
"""Put before each example, so that none depends on another."""
PICTURES = {
    "masks.visualize": """\
things = tools.SAM3.segment_image_by_text(InputImages[14], ["sofa", "coffee table", "rug", "picture"])
show(things.visualize())""",
    "recon.render_bev": """\
room = tools.Reconstruct(InputImages)
things = tools.SAM3.segment_video_by_text(["sofa", "coffee table", "television", "dining table"])
show(room.render_bev(things))""",
    "recon.render_view": """\
room = tools.Reconstruct(InputImages)
show(room.render_view())""",
    "tools.Graph.plot": """\
room = tools.Reconstruct(InputImages)
things = tools.SAM3.segment_video_by_text(["sofa", "door"])
middles = {name: things.centroid(room, name) for name in things.labels}
far = {name: [np.linalg.norm(room[f].position - middle) for f in room] for name, middle in middles.items()}
show(tools.Graph.plot(far, x=room.frame_indices, y_label="from the camera (m)"))""",
    "tools.Draw": """\
apart = masks.distance(other, recon)
both = [masks.get_mask(frame, "heater"), other.get_mask(frame)]
drawing = tools.Draw.draw_mask(image, both, labels=["heater", "bookshelf"])
show(tools.Draw.draw_line(drawing, recon.project(apart.points, frame), color="yellow", labels=f"{apart:.2f} m"))""",
    "vlm.locate": """\
found = vlm.locate(image, "the heater")
show(tools.Draw.draw_bbox(image, found.box, labels="heater"))""",
}
"""Cells whose first picture is shown, by what they show."""
LONG_NUMBER = re.compile(r"-?\d+\.\d{4,}(?:e[+-]?\d+)?")


Run = Callable[[str], Awaitable[CellResult]]


@asynccontextmanager
async def kernel() -> AsyncIterator[Run]:
    """A kernel over the shipped capture in which the names of the examples are defined."""
    media = open_media("living_room")
    videos = tuple(wire.Video(f.indices, f.sizes, f.times, f.fps, f.kind == "video") for f in media)
    limits = (
        BUDGET.memory_bytes,
        BUDGET.output_bytes,
        BUDGET.scratch_bytes,
        BUDGET.reconstruct_frames,
        BUDGET.segment_frames,
    )

    async def ask(request: wire.AskModel) -> str:
        return await seen(media[0], request)

    worker = WorkerKernel(Gateway(media, None, Recorded(), ask, BUDGET), wire.Open(videos, 0, 0, *limits, eyes=True))

    async def run(code: str) -> CellResult:
        return await worker.run(AGAIN + code)

    try:
        await worker.start()
        ready = await worker.run(NAMES + KEEP)
        if ready.error:
            raise SystemExit(f"the names of the examples cannot be defined:\n{ready.error}")
        yield run
    finally:
        await worker.close()


async def seen(frames: Frames, request: wire.AskModel) -> str:
    """What stands in for a vision-language model: it finds what the capture's labels name, and says little else."""
    if request.kind == "ask":
        return "It is not open in any of them."
    lines = []
    for number, caption in enumerate(request.captions, start=1):
        frame = int(re.findall(r"frame (\d+)", caption)[0])
        found = await Recorded().segment_text(frames, [frame], [request.question.removeprefix("the ")], 0.3)
        width, height = found.sizes[0]
        mask = np.unpackbits(found.packed[0][0], count=width * height).reshape(height, width)
        rows, columns = np.nonzero(mask)
        sides = [side(of) * 1000 for side in (np.min, np.max) for of in (columns / width, rows / height) if len(of)]
        words = " ".join(f"{side:.0f}" for side in sides) or "Not visible"
        lines.append(f"Image {number}: {words}" if len(request.captions) > 1 else words)
    return "\n".join(lines)


async def results(cells: Iterable[str]) -> dict[str, CellResult]:
    """What each cell gives; the program ends at one that fails."""
    found = {}
    async with kernel() as run:
        for cell in cells:
            found[cell] = await run(cell)
            if found[cell].status != "ok":
                raise SystemExit(f"`{cell}` fails:\n{found[cell].error}")
    return found


def rounded(text: str) -> str:
    """Numbers of many digits with four that count: the last ones may differ from machine to machine."""
    return LONG_NUMBER.sub(lambda number: f"{float(number[0]):.4g}", text)


def examples(pages: Iterable[Page] = PAGES) -> list[str]:
    """Every example of every page, each once, in order."""
    docs = (doc for page in pages for doc in (page.about, *page.members))
    return list(dict.fromkeys(doc.example for doc in docs if doc.example))


def written(given: dict[str, CellResult]) -> str:
    """The text of `docs/tools.md`."""
    parts = [
        "# What a cell can use",
        "Written by `.venv/bin/python docs/make_tools.py` from the code; a test compares the two.",
        "The examples run on the capture `living_room`, whose depth, poses and labels are exact, after this cell:",
        f"```python\n{NAMES}```",
        "No vision-language model is asked: what answers `vlm` here knows the labels of the capture.",
        "\n".join(f"- [{page.title}](#{_anchor(page.title)}): {_names(page)}" for page in PAGES),
    ]
    for page in PAGES:
        parts += [
            f"## {page.title}",
            *([f"`{page.about.call}`"] if page.about.is_call else []),
            *page.about.paragraphs,
            *_example(page, page.about, given),
        ]
        calls = [] if page in RESULTS else [doc for doc in page.members if doc.is_call]
        listed = [*page.fields, *(doc for doc in page.members if doc not in calls)]
        if listed:
            parts.append("\n".join(f"- `.{doc.call}`: {' '.join(doc.paragraphs)}" for doc in listed))
        for doc in calls:
            dot = "" if doc.name == "__getitem__" else f"{page.name}."
            parts += [f"### `{dot}{doc.call}`", *doc.paragraphs, *_example(page, doc, given)]
    return "\n\n".join(parts) + "\n"


def _example(page: Page, doc: Doc, given: dict[str, CellResult]) -> list[str]:
    lines = []
    if doc.example and page.name.partition("[")[0] in doc.example:  # inherited examples may be about another page
        result = given[doc.example]
        lines.append(f"```python\n{doc.example}\n```")
        if text := rounded(f"{result.stdout}{result.echo or ''}".strip()):
            lines.append(f"```text\n{text}\n```")
    name = _name(page, doc)
    if name in PICTURES:
        lines += [f"```python\n{PICTURES[name]}\n```", f"![{name}](tools/{name}.jpg)"]
    return lines


def _name(page: Page, doc: Doc) -> str:
    return page.name if doc is page.about else f"{page.name}.{doc.name}"


def _names(page: Page) -> str:
    calls = [] if page in RESULTS else [f"`{doc.name}`" for doc in page.members if doc.is_call]
    return ", ".join(calls) or page.about.text.split(". ")[0].rstrip(".")


def _anchor(title: str) -> str:
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def save(result: CellResult, file: Path) -> None:
    """The first picture of a cell, reduced, as JPEG."""
    image = Image.open(io.BytesIO(result.images[0].data)).convert("RGB")
    image.thumbnail((WIDTH, 2 * WIDTH), Image.Resampling.LANCZOS)
    image.save(file, "JPEG", quality=85, optimize=True)


def main() -> None:
    """Write the text and the pictures anew."""
    given = asyncio.run(results([*examples(), *PICTURES.values()]))
    (HERE / "tools.md").write_text(written(given), encoding="utf-8")
    (HERE / "tools").mkdir(exist_ok=True)
    for old in (HERE / "tools").iterdir():
        old.unlink()
    for name, cell in PICTURES.items():
        save(given[cell], HERE / "tools" / f"{name}.jpg")


if __name__ == "__main__":
    main()
