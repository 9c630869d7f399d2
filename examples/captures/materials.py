"""What surfaces are made of, as Mitsuba BSDF and emitter descriptions, and the library of named materials.

Colours here are linear reflectances of 0 to 1; textures are sRGB images. Import only after a Mitsuba variant is set.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import mitsuba as mi
import numpy as np
from artwork import Subject, painting, rug, view_outside
from textures import Image, cloth, floor_tiles, plank_floor, plaster, stripes, wall_tiles, wallpaper, wood

Description = dict[str, Any]
Rgb = tuple[float, float, float]
Surface = Rgb | Description

BOOK_COLOURS: tuple[Rgb, ...] = (
    (0.28, 0.09, 0.07),
    (0.08, 0.13, 0.22),
    (0.09, 0.17, 0.12),
    (0.42, 0.34, 0.18),
    (0.15, 0.08, 0.12),
    (0.55, 0.51, 0.42),
    (0.05, 0.05, 0.06),
    (0.13, 0.23, 0.25),
    (0.36, 0.20, 0.11),
    (0.25, 0.27, 0.29),
    (0.62, 0.59, 0.53),
    (0.22, 0.13, 0.08),
)


@dataclass(frozen=True)
class Material:
    """A surface, and the light it gives off if any."""

    bsdf: Description
    emitter: Description | None = None


def rgb(colour: Rgb) -> Description:
    """A colour as Mitsuba wants it."""
    return {"type": "rgb", "value": list(colour)}


def image(pixels: Image, metres: float = 1.0) -> Description:
    """A bitmap texture that repeats every `metres` of texture coordinate."""
    to_uv = mi.ScalarTransform4f().scale([1 / metres, 1 / metres, 1])
    bitmap = mi.Bitmap(np.ascontiguousarray(pixels))
    return {"type": "bitmap", "bitmap": bitmap, "raw": False, "filter_type": "bilinear", "to_uv": to_uv}


def _two_sided(bsdf: Description) -> Description:
    return {"type": "twosided", "nested": bsdf}


def _reflectance(surface: Surface) -> Description:
    return surface if isinstance(surface, dict) else rgb(surface)


def matt(surface: Surface) -> Material:
    """Cloth, paper, wall paint."""
    return Material(_two_sided({"type": "diffuse", "reflectance": _reflectance(surface)}))


def glossy(surface: Surface, roughness: float) -> Material:
    """Varnish, gloss paint, enamel, ceramic: a clear rough coat over a diffuse base."""
    coat = {"type": "roughplastic", "alpha": roughness, "nonlinear": False}
    return Material(_two_sided({**coat, "diffuse_reflectance": _reflectance(surface)}))


def metal(colour: Rgb, roughness: float) -> Material:
    """Brushed metal."""
    reflectance = {"material": "none", "specular_reflectance": rgb(colour)}
    return Material(_two_sided({"type": "roughconductor", "alpha": roughness, **reflectance}))


def glowing(colour: Rgb, radiance: Rgb, weight: float) -> Material:
    """A weak area light; `weight` is its share of the light samples, relative to other lights."""
    light = {"type": "area", "radiance": rgb(radiance), "sampling_weight": weight}
    return Material(matt(colour).bsdf, light)


def sky(weight: float, brightness: float = 5.0) -> Material:
    """The view outside as an area light."""
    bitmap = mi.Bitmap(view_outside() * np.float32(brightness))
    radiance = {"type": "bitmap", "bitmap": bitmap, "raw": True}
    light = {"type": "area", "radiance": radiance, "sampling_weight": weight}
    return Material(matt((0.0, 0.0, 0.0)).bsdf, light)


def canvas(subject: Subject, seed: int, aspect: float) -> Material:
    """A painting; its texture coordinates run from 0 to 1. `aspect` is width over height."""
    return glossy(image(painting(subject, seed, 384, round(384 * aspect))), 0.25)


def _books() -> dict[str, Callable[[], Material]]:
    return {f"book {k}": partial(glossy, colour, 0.3) for k, colour in enumerate(BOOK_COLOURS)}


LIBRARY: Mapping[str, Callable[[], Material]] = {
    # the shell
    "floor planks": lambda: glossy(image(plank_floor(), 2.8), 0.22),
    "wall paint": lambda: matt(image(plaster((0.88, 0.86, 0.81)), 2.0)),
    "wallpaper": lambda: matt(image(wallpaper((0.48, 0.56, 0.54), (0.55, 0.63, 0.60)), 0.62)),
    # A ceiling that glows a little reads as white and lifts the shadows, almost free of noise.
    "ceiling paint": lambda: glowing((0.82, 0.82, 0.80), (0.42, 0.41, 0.39), 1.2),
    "white paint": lambda: glossy((0.80, 0.79, 0.76), 0.12),
    "enamel": lambda: glossy((0.84, 0.83, 0.80), 0.08),
    "sky": lambda: sky(2.5),
    "far sky": lambda: sky(0.0),  # only seen, never aimed at: most of it is hidden by the wall
    "floor tiles": lambda: glossy(image(floor_tiles((0.84, 0.80, 0.72), (0.55, 0.57, 0.56)), 1.32), 0.18),
    "wall tiles": lambda: glossy(image(wall_tiles(), 0.60), 0.06),
    "cream wall paint": lambda: matt(image(plaster((0.92, 0.88, 0.77), 7), 2.0)),
    "sage paint": lambda: glossy((0.27, 0.36, 0.27), 0.2),
    "tomato enamel": lambda: glossy((0.42, 0.055, 0.035), 0.1),
    "cream enamel": lambda: glossy((0.80, 0.75, 0.62), 0.1),
    # wood and metal
    "oak": lambda: glossy(image(wood((0.72, 0.56, 0.39), 11), 0.7), 0.2),
    "walnut": lambda: glossy(image(wood((0.44, 0.31, 0.22), 12, 0.3), 0.7), 0.15),
    "dark wood": lambda: glossy(image(wood((0.30, 0.21, 0.15), 14, 0.3), 0.7), 0.15),
    "steel": lambda: metal((0.75, 0.74, 0.72), 0.18),
    "brass": lambda: metal((0.80, 0.62, 0.34), 0.2),
    "black plastic": lambda: glossy((0.03, 0.03, 0.03), 0.2),
    "screen": lambda: glossy((0.012, 0.012, 0.014), 0.05),
    # cloth
    "sofa cloth": lambda: matt(image(cloth((0.42, 0.48, 0.53)), 0.25)),
    "mustard cloth": lambda: matt(image(cloth((0.68, 0.56, 0.36), 21), 0.2)),
    "striped cloth": lambda: matt(
        image(stripes([(0.88, 0.85, 0.78), (0.35, 0.40, 0.47), (0.88, 0.85, 0.78), (0.66, 0.44, 0.35)]), 0.45)
    ),
    "knitted wool": lambda: matt(image(cloth((0.62, 0.55, 0.47), 31, 0.16), 0.3)),
    "scarf wool": lambda: matt(image(cloth((0.38, 0.45, 0.44), 51, 0.16), 0.2)),
    "wicker": lambda: matt(image(cloth((0.66, 0.54, 0.40), 61, 0.2), 0.35)),
    "curtain cloth": lambda: matt(image(cloth((0.80, 0.75, 0.66), 41, 0.06), 0.2)),
    "rug wool": lambda: matt(image(rug())),
    # small things
    "terracotta": lambda: glossy((0.46, 0.25, 0.16), 0.3),
    "soil": lambda: matt((0.05, 0.035, 0.02)),
    "dark leaf": lambda: glossy((0.08, 0.19, 0.06), 0.25),
    "light leaf": lambda: glossy((0.14, 0.27, 0.09), 0.25),
    "stem": lambda: matt((0.15, 0.12, 0.05)),
    "pink petal": lambda: matt((0.70, 0.50, 0.53)),
    "cream petal": lambda: matt((0.78, 0.72, 0.55)),
    "white ceramic": lambda: glossy((0.75, 0.77, 0.75), 0.08),
    "teal ceramic": lambda: glossy((0.08, 0.22, 0.24), 0.1),
    "robot lid": lambda: glossy((0.16, 0.17, 0.19), 0.15),
    "pasta": lambda: glossy((0.62, 0.42, 0.14), 0.08),
    "lentils": lambda: glossy((0.42, 0.14, 0.05), 0.08),
    "flour": lambda: glossy((0.78, 0.74, 0.66), 0.08),
    "coffee": lambda: glossy((0.09, 0.045, 0.025), 0.08),
    "peas": lambda: glossy((0.22, 0.30, 0.08), 0.08),
    "orange peel": lambda: glossy((0.75, 0.30, 0.05), 0.25),
    "paper": lambda: matt((0.80, 0.77, 0.68)),
    "card": lambda: matt((0.85, 0.83, 0.78)),
    "gilt": lambda: glossy((0.62, 0.50, 0.25), 0.2),
    "lamp shade": lambda: glowing((0.80, 0.72, 0.55), (2.4, 1.8, 1.15), 0.5),
    "bulb": lambda: glowing((0.8, 0.8, 0.8), (24.0, 19.0, 13.0), 0.4),
    **_books(),
}
