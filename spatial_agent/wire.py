"""The messages between the agent process and a kernel; `framing` puts them on the socket.

Bulk arrays are not in them: they travel as open, read-only file descriptors (SCM_RIGHTS) sent with the first byte of
their message, and `Array` says how to read each.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeVar

import msgspec

from spatial_agent import birth

Scalar = str | int | float | bool | None
T = TypeVar("T")
_MOST = msgspec.Meta(max_length=100_000)
Bounded = Annotated[tuple[T, ...], _MOST]
"""What comes from a kernel: a short message cannot become a long list of objects."""


class Array(msgspec.Struct, frozen=True):
    """A C-contiguous array in the n-th descriptor that came with the message."""

    descriptor: int
    dtype: str
    shape: tuple[int, ...]


# --- what a cell asks the agent process for --------------------------------------------------------------------------


class GetFrame(msgspec.Struct, frozen=True, tag=True):
    """Pixels of one frame; `video` counts from 1."""

    video: int
    frame: int


class GetReference(msgspec.Struct, frozen=True, tag=True):
    """Pixels of one reference image, counted from 0."""

    position: int


class Reconstruct(msgspec.Struct, frozen=True, tag=True):
    """Depth and cameras of these frames of one video."""

    video: int
    frames: Bounded[int]


class SegmentText(msgspec.Struct, frozen=True, tag=True):
    """Every instance of each prompt in each frame, tracked over the frames."""

    video: int
    frames: Bounded[int]
    prompts: Bounded[str]
    threshold: float


class SegmentPoints(msgspec.Struct, frozen=True, tag=True):
    """For each object: the thing under its points (x, y, 1 foreground or 0 background) in the prompt frame."""

    video: int
    frames: Bounded[int]
    prompt_frame: int
    objects: Bounded[Bounded[tuple[float, float, int]]]


class SegmentBoxes(msgspec.Struct, frozen=True, tag=True):
    """For each box (x0, y0, x1, y1) in pixels of the prompt frame: the thing that fills it best."""

    video: int
    frames: Bounded[int]
    prompt_frame: int
    boxes: Bounded[tuple[float, float, float, float]]


class AskModel(msgspec.Struct, frozen=True, tag=True):
    """A question to a fresh session of the vision-language model about encoded images."""

    kind: Literal["locate", "ask"]
    question: str
    images: Bounded[bytes]
    captions: Bounded[str]


class AskModels(msgspec.Struct, frozen=True, tag=True):
    """Several questions, each to a session of its own, all at once."""

    questions: Bounded[AskModel]


Request = GetFrame | GetReference | Reconstruct | SegmentText | SegmentPoints | SegmentBoxes | AskModel | AskModels


# --- what the agent process gives back -------------------------------------------------------------------------------


class Pixels(msgspec.Struct, frozen=True, tag=True):
    """(H, W, 3) uint8 colour."""

    array: Array


class Gravity(msgspec.Struct, frozen=True):
    """How the up direction and the floor of a world were found."""

    method: Literal["given", "floor", "planes", "level camera"]
    """`given` by the input; `floor`: a plane fitted to the floor; `planes`: level planes, of which none is known to be
    the floor; `level camera`: nothing to fit, so the cameras are ASSUMED to be upright."""
    quality: float
    """0 (a mere assumption) to 1 (given, or planes on which all frames agree)."""
    floor: bool
    """True when Y = 0 is the floor; False when where the floor is is not known, and Y = 0 is at the first camera."""
    words: str
    """The same for a reader."""


class Geometry(msgspec.Struct, frozen=True, tag=True):
    """A reconstruction: depth, cameras and where its scale and its up direction come from."""

    frames: tuple[int, ...]
    sizes: tuple[tuple[int, int], ...]
    """Width and height of each frame."""
    depth: Array
    """Frame after frame, row by row, in one dimension; times `depth_scale` it is metres (or units) along z; 0 or NaN
    where unknown."""
    depth_scale: float
    confidence: Array | None
    """As `depth`, uint8, 255 = certain; None when every known depth is equally sure."""
    sky: Array | None
    """As `depth`, bool: True where the sky is seen, whose depth is unknown; None when no sky was looked for."""
    intrinsics: tuple[tuple[float, float, float, float], ...]
    """fx, fy, cx, cy in pixels, per frame."""
    T_world_cam: tuple[tuple[float, ...], ...]
    """16 numbers per frame, row by row."""
    T_input_world: tuple[float, ...]
    scale: Literal["measured", "estimated", "unknown"]
    origin: str
    """Where depth, poses and scale come from, in words."""
    gravity: Gravity


class Masks(msgspec.Struct, frozen=True, tag=True):
    """Instance masks: objects in the order of the prompts, by score inside one prompt."""

    frames: tuple[int, ...]
    prompts: tuple[int, ...]
    """For each object, the number of the prompt that found it; a prompt without a find has one empty object."""
    scores: tuple[float, ...]
    sizes: tuple[tuple[int, int], ...]
    """Width and height of each frame."""
    packed: Array
    """uint8, frame after frame, object after object: each mask's pixels row by row, eight to a byte (numpy.packbits)."""


class Text(msgspec.Struct, frozen=True, tag=True):
    """What the vision-language model said."""

    text: str


class Texts(msgspec.Struct, frozen=True, tag=True):
    """What it said to each of several questions, in their order."""

    texts: tuple[str, ...]


class Failure(msgspec.Struct, frozen=True, tag=True):
    """The call failed; `message` is written for the one who wrote the cell."""

    message: str


Result = Pixels | Geometry | Masks | Text | Texts | Failure


# --- agent process to kernel -----------------------------------------------------------------------------------------


class Video(msgspec.Struct, frozen=True):
    """One video, capture or photo set as the kernel may know it: numbers, no paths and no names."""

    frames: tuple[int, ...]
    sizes: tuple[tuple[int, int], ...]
    times: tuple[float, ...] | None
    fps: float | None
    is_video: bool


class Open(msgspec.Struct, frozen=True, tag=True):
    """First message to a kernel: what its namespace is to hold, and its limits."""

    videos: tuple[Video, ...]
    references: int
    """How many reference images there are."""
    seed: int
    memory_bytes: int
    output_bytes: int
    scratch_bytes: int
    reconstruct_frames: int
    segment_frames: int
    eyes: bool
    """False when perception has nothing to go by: Reconstruct and SAM3 then say so."""


class RunCell(msgspec.Struct, frozen=True, tag=True):
    """Run one cell; `request` is drawn at random, so that nothing that was left behind can end another cell."""

    cell: int
    code: str
    request: int


class Reply(msgspec.Struct, frozen=True, tag=True):
    """The result of call `call`."""

    call: int
    result: Result


ToKernel = Open | RunCell | Reply | birth.Copy | birth.Resume | birth.Plug


# --- kernel to agent process -----------------------------------------------------------------------------------------


class Ready(msgspec.Struct, frozen=True, tag=True):
    """The namespace is filled; cells can run."""

    names: Bounded[str]


class Call(msgspec.Struct, frozen=True, tag=True):
    """A tool was called; the cell waits for the `Reply`."""

    call: int
    request: Request


class Output(msgspec.Struct, frozen=True, tag=True):
    """Text written by the running cell."""

    stream: Literal["stdout", "stderr"]
    text: str


class Shown(msgspec.Struct, frozen=True, tag=True):
    """An image shown by the running cell, as PNG or JPEG bytes."""

    image: bytes
    label: str


class Submitted(msgspec.Struct, frozen=True, tag=True):
    """`ReturnAnswer` was called: the answer and what the cell says it rests on."""

    value: Scalar | Annotated[list[Scalar], _MOST]
    reason: str | None
    unit: str | None
    frames: Bounded[int]
    points: Annotated[dict[str, tuple[float, float, float]], _MOST]
    spread: float | None


class Variable(msgspec.Struct, frozen=True):
    """A name that the cell made or changed, in one line."""

    name: str
    summary: str


class Done(msgspec.Struct, frozen=True, tag=True):
    """The cell ended, by itself or by an exception."""

    request: int
    """Of the `RunCell`."""
    error: str | None
    """The traceback, trimmed to the cell's own lines; None when the cell ran to its end."""
    error_line: int | None
    error_in: Literal["cell", "tool"] | None
    """Whose code raised: the cell's (libraries that it called included), or a tool's."""
    reached: int | None
    """Last line of the top-level statement that failed."""
    echo: str | None
    """`repr` of the value of the last line, if that line is an expression."""
    variables: Bounded[Variable]
    dropped: int
    """Bytes of output beyond the limit that were counted and not sent."""


FromKernel = Ready | Call | Output | Shown | Submitted | Done | birth.Copied | birth.Resumed
