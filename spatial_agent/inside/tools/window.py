"""Which frames a segmentation covers, and in which image its boxes and points are pixels."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from spatial_agent.errors import FrameError, ToolError
from spatial_agent.frames import spread
from spatial_agent.inside.framed import nearest
from spatial_agent.inside.images import FrameImage, InputImages, Region
from spatial_agent.inside.notice import frames_text, notice
from spatial_agent.inside.per_frame import frame_number


@dataclass(frozen=True)
class Window:
    """Frames of one video, in order, each once."""

    images: tuple[FrameImage, ...]
    """An image of each frame; of a frame that came as several crops, one of them."""
    prompt: FrameImage
    """The image in whose pixels boxes and points are; its frame is among the frames."""
    regions: dict[int, tuple[Region, ...]]
    """By frame number, the parts that were given of frames that came as crops only, in pixels of the whole frame."""

    @property
    def video(self) -> int:
        """Number of the video, from 1."""
        return self.prompt.video

    @property
    def frames(self) -> tuple[int, ...]:
        """Absolute frame numbers, rising."""
        return tuple(image.frame_index for image in self.images)


def window_of(images: Sequence[FrameImage], prompt: object, limit: int, call: str) -> Window:
    """The window of these images; at most `limit` frames, evenly spaced, the prompt's frame among them."""
    if not images:
        raise ToolError(f"{call} got no image", "an image of the input, or several", f"{call}(InputImages[0], ...)")
    videos = sorted({image.video for image in images})
    if len(videos) > 1:
        raise FrameError(
            f"{call} got frames of the videos {', '.join(map(str, videos))}, whose frame numbers do not match",
            "frames of one video in one call",
            "; ".join(f"{call}(InputImages_{video}[0:8], ...)" for video in videos),
        )
    first = prompt_image(images, prompt, call)
    by_frame: dict[int, list[FrameImage]] = {}
    for image in sorted(images, key=lambda image: image.frame_index):
        by_frame.setdefault(image.frame_index, []).append(image)
    kept = _thinned(tuple(by_frame), first.frame_index, limit, call)
    parts = {f: tuple(i.region for i in by_frame[f]) for f in kept if not any(_seen_whole(i) for i in by_frame[f])}
    return Window(tuple(by_frame[frame][0] for frame in kept), first, parts)


def _seen_whole(image: FrameImage) -> bool:
    return image.region == (0, 0, *image.frame_size)


def prompt_image(images: Sequence[FrameImage], prompt: object, call: str) -> FrameImage:
    """The image that boxes and points are about: the one named by its frame, or its position in the window."""
    if prompt is None:
        return images[0]
    frames = [image.frame_index for image in images]
    wanted = frame_number(prompt, f"{call}(..., prompt_frame_idx)")
    if isinstance(prompt, FrameImage) and prompt.video == images[0].video and wanted in frames:
        return prompt
    if isinstance(prompt, FrameImage) or wanted not in frames:
        if isinstance(prompt, FrameImage) or not 0 <= wanted < len(images):
            raise FrameError(
                f"{call} got prompt_frame_idx={wanted}, which is not in the window",
                f"one of the absolute frames {frames_text(frames)}",
                f"{call}(..., prompt_frame_idx={nearest(frames, wanted)})",
            )
        notice(
            f"{call}: prompt_frame_idx={wanted} is no frame of the window, and is read as its list position: "
            f"boxes and points are taken as pixels of frame {frames[wanted]}"
        )
        return images[wanted]
    return images[frames.index(wanted)]


def _thinned(frames: tuple[int, ...], first: int, limit: int, call: str) -> tuple[int, ...]:
    kept = spread(frames, limit)
    if len(kept) == len(frames):
        return kept
    if first not in kept:
        position = min(range(len(kept)), key=lambda position: abs(kept[position] - first))
        kept = (*kept[:position], first, *kept[position + 1 :])
    step = (kept[-1] - kept[0]) / max(1, len(kept) - 1)
    notice(
        f"{call}: the window has {len(frames)} frames and at most {limit} are taken; it uses "
        f"{len(kept)} evenly spaced ones, about every {step:.0f}: {frames_text(kept)}"
    )
    return kept


def images_of_window(inputs: InputImages, start: object, end: object, picked: object, call: str) -> list[FrameImage]:
    """The images from frame `start` up to, without, `end`, or exactly those picked; FrameError says what there is."""
    frames = inputs.frame_indices
    low = frames[0] if start is None else frame_number(start, f"{call}(..., start_frame)")
    high = frames[-1] + 1 if end is None else frame_number(end, f"{call}(..., end_frame)")
    if low < 0 < high and end is not None:
        notice(f"{call}: start_frame={low} is before the first frame; the window begins at frame {frames[0]}")
    else:
        low, high = _from_end(low, frames, call), _from_end(high, frames, call)
    if low <= frames[-1] < high - 1:
        notice(f"{call}: end_frame={high} is after the last frame; the window ends with frame {frames[-1]}")
    chosen = inputs[[low <= frame < high for frame in frames]]
    if not chosen:
        raise FrameError(
            f"{call} got the window {low} <= frame < {high}, in which there is no frame",
            f"absolute numbers, the end not included, of a video with frames {frames_text(frames)}",
            f"{call}(..., start_frame={frames[0]}, end_frame={frames[-1] + 1})",
        )
    if picked is None:
        return list(chosen)
    images = _picked(chosen, range(low, high), picked, call)
    if not images:
        raise FrameError(
            f"{call} got no frame in frame_indices",
            f"some of the absolute frames {frames_text(chosen.frame_indices)}",
            f"{call}(..., frame_indices={chosen.frame_indices[:4]})",
        )
    return images


def _picked(chosen: InputImages, window: range, picked: object, call: str) -> list[FrameImage]:
    """The images picked by absolute numbers, all of which must be there; of images those that are in the window."""
    if isinstance(picked, FrameImage) or not isinstance(picked, Iterable):
        picked = [picked]
    found: list[FrameImage] = []
    missing: list[int] = []
    for part in picked.ravel() if isinstance(picked, np.ndarray) else picked:
        number = frame_number(part, f"{call}(..., frame_indices)")
        if isinstance(part, FrameImage):
            found += [part] if number in window else []
        elif number in chosen:
            found.append(chosen.by_frame(number))
        else:
            missing.append(number)
    if missing:
        near = sorted({nearest(chosen.frame_indices, number) for number in missing})
        raise FrameError(
            f"{call} got frame_indices {frames_text(missing)}, which are not in the window",
            f"some of its absolute frames {frames_text(chosen.frame_indices)}",
            f"{call}(..., frame_indices={near[:8]})  # the nearest",
        )
    return found


def video_said(*values: object) -> int | None:
    """The video that the first image among these belongs to; None if there is no image."""
    for value in values:
        if isinstance(value, FrameImage):
            return value.video
        first = next(iter(value), None) if isinstance(value, (InputImages, list, tuple)) else None
        if isinstance(first, FrameImage):
            return first.video
    return None


def _from_end(frame: int, frames: Sequence[int], call: str) -> int:
    """A number below 0, which no frame has, is counted from the end of the video."""
    if frame >= 0:
        return frame
    meant = frames[max(frame, -len(frames))]
    notice(f"{call}: frame {frame} is counted from the end of the video: frame {meant}")
    return meant
