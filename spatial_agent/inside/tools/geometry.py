"""The geometry that cells need again and again, in one place."""

from __future__ import annotations

from spatial_agent.inside.tools.boxes import oriented_box
from spatial_agent.inside.tools.closest import closest_points
from spatial_agent.inside.tools.motion import camera_motion, camera_path
from spatial_agent.inside.tools.observer import compass, direction_from, observer
from spatial_agent.inside.tools.pixels import normalized_to_pixel
from spatial_agent.inside.tools.planes import fit_ground_plane_ransac
from spatial_agent.inside.tools.ranking import compare, nearest, rank
from spatial_agent.inside.tools.space import fits, free_path
from spatial_agent.inside.tools.vectors import (
    angle_between_vectors,
    euclidean_distance,
    invert,
    project_point_to_camera,
    rotation_matrix_from_vectors,
    transform_points,
)


class Geometry:
    """Distances, directions, camera motion, sizes, free space, rankings, projection; numbers may be lists or arrays.

    Print a result: one line says everything, near ties too. Lengths are in the world's unit, up is +Y.
    """

    euclidean_distance = staticmethod(euclidean_distance)
    closest_points = staticmethod(closest_points)
    angle_between_vectors = staticmethod(angle_between_vectors)
    observer = staticmethod(observer)
    direction_from = staticmethod(direction_from)
    compass = staticmethod(compass)
    camera_motion = staticmethod(camera_motion)
    camera_path = staticmethod(camera_path)
    oriented_box = staticmethod(oriented_box)
    fits = staticmethod(fits)
    free_path = staticmethod(free_path)
    nearest = staticmethod(nearest)
    rank = staticmethod(rank)
    compare = staticmethod(compare)
    project_point_to_camera = staticmethod(project_point_to_camera)
    normalized_to_pixel = staticmethod(normalized_to_pixel)
    transform_points = staticmethod(transform_points)
    invert = staticmethod(invert)
    rotation_matrix_from_vectors = staticmethod(rotation_matrix_from_vectors)
    fit_ground_plane_ransac = staticmethod(fit_ground_plane_ransac)
