"""Everything that cells can use, in the order in which it is documented."""

from __future__ import annotations

from spatial_agent.inside.answer import make_return_answer
from spatial_agent.inside.frame_image import FrameImage
from spatial_agent.inside.input_images import InputImages
from spatial_agent.inside.located import Located
from spatial_agent.inside.masks import PerFrameMask
from spatial_agent.inside.measures import Distance
from spatial_agent.inside.metadata import Metadata
from spatial_agent.inside.show import make_show
from spatial_agent.inside.tools.boxes import OrientedBox
from spatial_agent.inside.tools.closest import Closest
from spatial_agent.inside.tools.directions import Bearing, Direction
from spatial_agent.inside.tools.draw import Draw
from spatial_agent.inside.tools.frame_view import FrameView
from spatial_agent.inside.tools.geometry import Geometry
from spatial_agent.inside.tools.graph import Graph
from spatial_agent.inside.tools.mask import Mask
from spatial_agent.inside.tools.motion import CameraMotion, CameraPath
from spatial_agent.inside.tools.ranking import Comparison, Ranking
from spatial_agent.inside.tools.reconstruct import Reconstruct
from spatial_agent.inside.tools.reconstruction import Reconstruction
from spatial_agent.inside.tools.sam3 import SAM3
from spatial_agent.inside.tools.space import Fit, FreePath
from spatial_agent.inside.tools.time import Time
from spatial_agent.inside.trajectory import Trajectory
from spatial_agent.inside.visual import VisualFeedback
from spatial_agent.inside.vlm import Vlm
from spatial_agent.prompts.tool_docs import Page

# The name of a page is the one that examples use. For results that is no name of a cell's own.
INPUTS = (Page("InputImages", InputImages), Page("image", FrameImage), Page("Metadata", Metadata))
EYES = (
    Page("tools.Reconstruct", Reconstruct),
    Page(
        "recon",
        Reconstruction,
        "what tools.Reconstruct returns",
        "pixel_to_3d project camera_motion render_bev render_view",
    ),
    Page("recon[frame]", FrameView, "one frame of it", "pixel_to_3d project"),
    Page("tools.SAM3", SAM3),
    Page(
        "masks",
        PerFrameMask,
        "what every call of tools.SAM3 that segments returns",
        "select distance centroid size trajectory points get_centroid_3d get_masked_points get_mask frames_with merge "
        "visualize",
    ),
)
HANDS = (
    Page(
        "tools.Geometry",
        Geometry,
        first="observer direction_from compass nearest rank compare closest_points euclidean_distance fits free_path "
        "camera_motion normalized_to_pixel",
    ),
    Page("tools.Mask", Mask, first="bounding_box"),
    Page("tools.Time", Time, first="frame_to_seconds seconds_to_frame"),
    Page("tools.Graph", Graph),
    Page("tools.Draw", Draw, first="draw_bbox draw_point draw_text"),
)
RESULTS = (
    Page("VisualFeedback", VisualFeedback),
    Page("Located", Located),
    Page("Distance", Distance),
    Page("Trajectory", Trajectory),
    Page("Closest", Closest),
    Page("OrientedBox", OrientedBox),
    Page("Direction", Direction),
    Page("Bearing", Bearing),
    Page("CameraMotion", CameraMotion),
    Page("CameraPath", CameraPath),
    Page("Fit", Fit),
    Page("FreePath", FreePath),
    Page("Ranking", Ranking),
    Page("Comparison", Comparison),
)
VLM = Page("vlm", Vlm)
CALLS = (
    Page("show", make_show(lambda _image, _label: None)),
    Page("ReturnAnswer", make_return_answer(lambda _message: None)),
)
PAGES = (*INPUTS, *EYES, *HANDS, VLM, *CALLS, *RESULTS)
