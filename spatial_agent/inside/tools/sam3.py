"""Finding and tracking things in frames: by words, by boxes, by points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, overload

from numpy.typing import NDArray

from spatial_agent.errors import ToolError
from spatial_agent.inside.host import Host
from spatial_agent.inside.images import FrameImage, InputImages, frames_in
from spatial_agent.inside.located import Located
from spatial_agent.inside.masks import PerFrameMask
from spatial_agent.inside.notice import notice
from spatial_agent.inside.per_frame import frame_number
from spatial_agent.inside.tools import point_prompts
from spatial_agent.inside.tools import prompts as read
from spatial_agent.inside.tools.calling import takes
from spatial_agent.inside.tools.segmenting import Existence, Segmenter, existence
from spatial_agent.inside.tools.window import Window, images_of_window, video_said, window_of

Images = FrameImage | InputImages | Sequence[FrameImage]
Prompts = str | Sequence[str] | Mapping[str, str]
Labels = str | Sequence[str] | None
Boxes = Sequence[Any] | NDArray[Any] | Mapping[str, Any] | Located | None
THRESHOLD = 0.3
_IMAGE = {
    "images": "image",
    "frame": "image",
    "frames": "image",
    "labels": "label",
    "threshold": "confidence_threshold",
}
_VIDEO = {
    "image": "frame_indices",
    "images": "frame_indices",
    "frames": "frame_indices",
    "label": "labels",
    "threshold": "confidence_threshold",
    "prompt_frame": "prompt_frame_idx",
    "start": "start_frame",
    "end": "end_frame",
    "video": "video_index",
}


class SAM3:
    """Masks of things named by words, boxes or points, in images or tracked through a video.

    Every call returns a PerFrameMask at the size of InputImages. Nothing found is no exception: the prompt keeps an
    empty object and a line is printed; test `if masks:` or `masks.found`.

    The image methods take one image or several of one video, crops too: boxes and points are pixels of the (first)
    image given, and masks are of whole frames. The video methods cover frames from start_frame up to, without,
    end_frame (absolute frame numbers; default everything), or exactly `frame_indices`; a long window is thinned out
    evenly, with a printed line. Their boxes and points are pixels of frame `prompt_frame_idx` (absolute; default the
    first of the window). An answer of vlm.locate is a box or a point as it is; None gives an empty object.
    """

    def __init__(self, host: Host, videos: Sequence[InputImages], limit: int, *, eyes: bool = True) -> None:
        self._segment = Segmenter(host)
        self._videos = videos
        self._limit = limit
        self._eyes = eyes

    @takes(**_IMAGE, prompts="prompt", text="prompt", object_name="prompt")
    def segment_image_by_text(
        self, image: Images, prompt: Prompts, label: Labels = None, confidence_threshold: float = THRESHOLD
    ) -> PerFrameMask:
        """Masks of every instance of a short noun phrase (or of each of a list), best score first; empty if none.

        `label` renames the prompts. Several images of one video are tracked in one result.

        Example: tools.SAM3.segment_image_by_text(image, ["clock", "heater"])
        """
        call = self._call("segment_image_by_text")
        window = self._images(image, None, call)
        return self._by_text(window, prompt, label, confidence_threshold, call)

    __call__ = segment_image_by_text

    @takes(**_IMAGE, boxes="box", bbox="box")
    def segment_image_by_box(self, image: Images, box: Boxes, label: Labels = "object") -> PerFrameMask:
        """Mask of the thing that fills the box [x0, y0, x1, y1] (pixels of the image) best; a list gives one each.

        Example: tools.SAM3.segment_image_by_box(image, vlm.locate(image, "the heater"), "heater")
        """
        call = self._call("segment_image_by_box")
        return self._by_box(self._images(image, box, call), box, label, call)

    @takes(**_IMAGE, point="points", point_label="point_labels")
    def segment_image_by_points(
        self,
        image: Images,
        points: Boxes,
        point_labels: Sequence[int] | int | None = None,
        label: Labels = "object",
    ) -> PerFrameMask:
        """Mask of the one thing under the points [[x, y], ...] (pixels); label 1 = on it (default), 0 = not on it.

        Example: tools.SAM3.segment_image_by_points(image, [[80, 60], [84, 66]], [1, 1])
        """
        call = self._call("segment_image_by_points")
        return self._by_points(self._images(image, points, call), points, point_labels, label, 1, call)

    @takes("frame_indices", **_VIDEO, prompt="prompts", text="prompts", object_name="prompts")
    def segment_video_by_text(
        self,
        prompts: Prompts,
        labels: Labels = None,
        prompt_frame_idx: int | None = None,
        frame_indices: Sequence[int] | Images | None = None,
        start_frame: int | None = None,
        end_frame: int | None = None,
        video_index: int = 1,
        confidence_threshold: float = THRESHOLD,
    ) -> PerFrameMask:
        """Masks of every instance of each short noun phrase (a list of them), tracked over the window.

        `labels` renames the prompts. `prompt_frame_idx` is accepted; text needs none.

        Example: tools.SAM3.segment_video_by_text(["door", "heater"], start_frame=0, end_frame=4)
        """
        call = self._call("segment_video_by_text")
        images = self._window(video_index, start_frame, end_frame, frame_indices, None, call)
        return self._by_text(window_of(images, None, self._limit, call), prompts, labels, confidence_threshold, call)

    @takes("frame_indices", **_VIDEO, points="points_per_object", point_labels="point_labels_per_object")
    def segment_video_by_points(
        self,
        points_per_object: Boxes,
        point_labels_per_object: Sequence[Any] | NDArray[Any] | int | None = None,
        labels: Labels = None,
        prompt_frame_idx: int | None = None,
        frame_indices: Sequence[int] | Images | None = None,
        start_frame: int | None = None,
        end_frame: int | None = None,
        video_index: int = 1,
    ) -> PerFrameMask:
        """Mask of the thing under each object's points [[[x, y], ...], ...] (labels 1 = on it, 0 = not), tracked.

        Example: tools.SAM3.segment_video_by_points([[[80, 60]]], prompt_frame_idx=1, end_frame=4)
        """
        call = self._call("segment_video_by_points")
        prompt = _prompt(prompt_frame_idx, points_per_object)
        images = self._window(video_index, start_frame, end_frame, frame_indices, prompt, call)
        window = window_of(images, prompt, self._limit, call)
        count = None if labels is None else len(read.np_list(labels))
        return self._by_points(window, points_per_object, point_labels_per_object, labels, count, call)

    @takes("frame_indices", **_VIDEO, box="boxes", bbox="boxes", bboxes="boxes")
    def segment_video_by_box(
        self,
        boxes: Boxes,
        labels: Labels = None,
        prompt_frame_idx: int | None = None,
        frame_indices: Sequence[int] | Images | None = None,
        start_frame: int | None = None,
        end_frame: int | None = None,
        video_index: int = 1,
    ) -> PerFrameMask:
        """Mask of the thing that fills each box [x0, y0, x1, y1] best, tracked over the window.

        Example: tools.SAM3.segment_video_by_box([[388, 300, 483, 441]], ["heater"], prompt_frame_idx=1, end_frame=4)
        """
        call = self._call("segment_video_by_box")
        prompt = _prompt(prompt_frame_idx, boxes)
        images = self._window(video_index, start_frame, end_frame, frame_indices, prompt, call)
        return self._by_box(window_of(images, prompt, self._limit, call), boxes, labels, call)

    @overload
    def is_object_exist(self, images: Images, object_name: str) -> Existence: ...
    @overload
    def is_object_exist(self, images: Images, object_name: list[str] | tuple[str, ...]) -> dict[str, Existence]: ...
    @takes(image="images", frames="images", prompt="object_name", text="object_name", object_names="object_name")
    def is_object_exist(self, images: Images, object_name: Prompts) -> Existence | dict[str, Existence]:
        """Is the thing in each image? A dict: `exists` (bool per image), `counts` (instances per image), `summary`.

        A list of names gives such a dict for each name.

        Example: tools.SAM3.is_object_exist(InputImages[0:4], "heater")["exists"]
        """
        call = self._call("is_object_exist")
        given = frames_in(images, call, self._videos)
        if not given:
            raise ToolError(
                f"{call} got no image", "an image of the input, or several", f'{call}(InputImages, "chair")'
            )
        single = isinstance(object_name, str)
        prompts, labels = read.texts(object_name, call, split=not single)
        counts = self._segment.counts(given, prompts, THRESHOLD, self._limit)
        found = {name: existence(name, given, row) for name, row in zip(labels or prompts, counts, strict=True)}
        return found[prompts[0]] if single else found

    def __getattr__(self, name: str) -> Any:
        """Say which method does what the name says."""
        how = "by_box" if "box" in name else "by_points" if "point" in name else "by_text"
        what = "video" if "video" in name or "track" in name else "image"
        raise AttributeError(
            f"there is no tools.SAM3.{name}\n"
            "  expected: segment_image_* or segment_video_* with by_text, by_box or by_points, or is_object_exist\n"
            f"  type: tools.SAM3.segment_{what}_{how}(...)",
            name=None,  # or the cell's own help would say it once more
            obj=None,
        )

    def _by_text(self, window: Window, prompt: Prompts, labels: Labels, threshold: float, call: str) -> PerFrameMask:
        one = isinstance(labels, str) and "," not in labels  # of "a small, red chair", not of "chair, sofa"
        prompts, own = read.texts(prompt, call, split=not one)
        named = read.names(own if labels is None else labels, prompts, call)
        return self._segment.text(window, prompts, named, read.number(threshold, "confidence_threshold", call), call)

    def _by_box(self, window: Window, value: Boxes, labels: Labels, call: str) -> PerFrameMask:
        if read.only_points(value):
            by_points = call.replace("_by_box", "_by_points")
            notice(f"{call} got an answer of vlm.locate that is a point and no box; {by_points} is used")
            return self._by_points(window, value, None, labels, None, by_points)
        boxes, own = read.boxes(value, window.prompt, call)
        return self._segment.boxes(window, boxes, _named(labels, own, len(boxes), call), call)

    def _by_points(
        self, window: Window, value: Boxes, flags: object, labels: Labels, count: int | None, call: str
    ) -> PerFrameMask:
        if isinstance(flags, str):
            flags, labels = None, flags
        objects, own = point_prompts.objects(value, flags, count, window.prompt, call)
        return self._segment.points(window, objects, _named(labels, own, len(objects), call), call)

    def _call(self, name: str) -> str:
        """What a cell types to call the method; ToolError where nothing can be segmented."""
        if not self._eyes:
            raise ToolError(
                f"tools.SAM3.{name} was called, but perception has nothing to go by in this session",
                "a look at the images instead",
                "vlm.locate(image, question) or vlm.ask_with_thinking(images, question)",
            )
        return f"tools.SAM3.{name}"

    def _images(self, value: object, prompt: object, call: str) -> Window:
        """The window of the images that were given; an answer of vlm.locate is about its own frame among them."""
        images = frames_in(value, call, self._videos)
        answer = read.located_in(prompt)
        about = [image for image in images if answer and image == answer.image]
        about += [image for image in images if answer and _same_frame(image, answer)]
        return window_of(images, about[0] if about else None, self._limit, call)

    def _window(
        self, video_index: object, start: object, end: object, picked: object, prompt: object, call: str
    ) -> list[FrameImage]:
        """The images of the frames that a video method covers."""
        said = video_said(picked, start, end, prompt)
        video = self._video(video_index, call) if said is None else self._videos[said - 1]
        return images_of_window(video, start, end, picked, call)

    def _video(self, number: object, call: str) -> InputImages:
        index = number.video if isinstance(number, InputImages) else frame_number(number, f"{call}(..., video_index)")
        count = len(self._videos)
        if 1 <= index <= count:
            return self._videos[index - 1]
        if count > 1:
            raise ToolError(
                f"{call} got video_index={index}", f"a number from 1 to {count}", f"{call}(..., video_index=1)"
            )
        notice(f"{call}: video_index={index} is not needed, there is one video")
        return self._videos[0]


def _prompt(prompt_frame_idx: object, prompt: object) -> object:
    """What says which frame boxes and points are of: the argument, else the answer of vlm.locate among them."""
    answer = None if prompt_frame_idx is not None else read.located_in(prompt)
    return answer.image if answer and isinstance(answer.image, FrameImage) else prompt_frame_idx


def _same_frame(image: FrameImage, answer: Located) -> bool:
    theirs = answer.image
    return isinstance(theirs, FrameImage) and (theirs.video, theirs.frame_index) == (image.video, image.frame_index)


def _named(labels: Labels, own: list[str] | None, count: int, call: str) -> list[str]:
    """Labels of boxes or points: those given, else those of a dict."""
    if own is not None and (labels is None or (isinstance(labels, str) and labels == "object")):
        return own
    return read.names(labels, [f"object {number}" for number in range(count)], call)
