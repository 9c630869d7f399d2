"""Colour: path tracing, denoising with Intel's OIDN, tone mapping."""

from typing import Any

import mitsuba as mi
import mitsuba_oidn
import numpy as np
from camera import MITSUBA_FROM_OPENCV, Intrinsics
from meshes import Array
from numpy.typing import NDArray
from textures import Image, to_bytes

Floats = NDArray[np.float32]
GUIDE_SAMPLES = 16
EXPOSURE = 1.4
"""Factor on the light before the tone curve."""


def _sensor(pose: Array, intrinsics: Intrinsics) -> Any:  # noqa: ANN401 - Mitsuba has no types
    # The box filter keeps the noise of neighbouring pixels independent; with the default gaussian one
    # the denoiser does next to nothing.
    film = {"type": "hdrfilm", "width": intrinsics.width, "height": intrinsics.height}
    film |= {"rfilter": {"type": "box"}, "pixel_format": "rgb", "component_format": "float32"}
    return mi.load_dict(
        {
            "type": "perspective",
            "fov": intrinsics.field_of_view,
            "fov_axis": "x",
            "near_clip": 0.01,
            "far_clip": 100.0,
            "to_world": mi.ScalarTransform4f(pose @ MITSUBA_FROM_OPENCV),
            "film": film,
            "sampler": {"type": "independent"},
        }
    )


def tone_mapped(radiance: Floats) -> Image:
    """Linear light to sRGB bytes through a filmic curve (Narkowicz' fit of ACES)."""
    x = np.maximum(radiance.astype(float) * EXPOSURE, 0)
    x = np.clip(x * (2.51 * x + 0.03) / (x * (2.43 * x + 0.59) + 0.14), 0, 1)
    return to_bytes(np.where(x < 0.0031308, 12.92 * x, 1.055 * x ** (1 / 2.4) - 0.055))


def photograph(loaded: Any, pose: Array, intrinsics: Intrinsics, *, samples: int, seed: int) -> Image:  # noqa: ANN401
    """A denoised photo (height, width, 3), sRGB, of a loaded Mitsuba scene.

    `seed` should differ from frame to frame, lest leftover blotches stick to the image.
    """
    sensor = _sensor(pose, intrinsics)
    paths = mi.load_dict({"type": "path", "max_depth": 6, "rr_depth": 4})
    light = np.array(mi.render(loaded, sensor=sensor, integrator=paths, spp=samples, seed=seed), np.float32)
    # A pass of its own: wrapping `path` in `aov` doubles the time.
    guides = mi.load_dict({"type": "aov", "aovs": "albedo:albedo,normal:sh_normal"})
    seen = np.array(mi.render(loaded, sensor=sensor, integrator=guides, spp=GUIDE_SAMPLES, seed=seed + 50_000))
    albedo = np.ascontiguousarray(np.clip(seen[..., -6:-3], 0, 1), np.float32)
    normal = np.ascontiguousarray(seen[..., -3:], np.float32)
    clean = mitsuba_oidn.denoise(np.ascontiguousarray(light), albedo=albedo, normal=normal, hdr=True)
    return tone_mapped(np.array(clean))
