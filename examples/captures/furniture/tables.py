"""Coffee table, dining table, sideboard."""

from meshes import AXIS, cylinder, lathe, rotation_x, rotation_y, rounded_box
from scene import Parts, parts


def coffee_table() -> Parts:
    """A long low table (along x) with a shelf and splayed tapered legs; its top is 0.4425 m high."""
    top = rounded_box((1.10, 0.62, 0.035), 0.015, at=(0, 0, 0.425), steps=4)
    shelf = rounded_box((0.92, 0.46, 0.018), 0.006, at=(0, 0, 0.17))
    legs = []
    for x in (-1, 1):
        for y in (-1, 1):
            leg = lathe([[AXIS, 0], [0.014, 0], [0.026, 0.41], [AXIS, 0.41]], 20)
            legs.append(leg.placed((x * 0.49, y * 0.265, 0), rotation_y(-4 * x) @ rotation_x(4 * y)))
    return parts("walnut", top, shelf, *legs)


def dining_table() -> Parts:
    """A table for four (long side along x) on square legs; its top is 0.75 m high."""
    top = rounded_box((1.35, 0.85, 0.032), 0.010, at=(0, 0, 0.734))
    rails = [rounded_box((1.16, 0.022, 0.08), 0.004, at=(0, y, 0.678)) for y in (-0.34, 0.34)]
    rails += [rounded_box((0.022, 0.70, 0.08), 0.004, at=(x, 0, 0.678), grain=1) for x in (-0.58, 0.58)]
    legs = [
        rounded_box((0.06, 0.06, 0.72), 0.008, at=(x, y, 0.36), grain=2) for x in (-0.60, 0.60) for y in (-0.36, 0.36)
    ]
    return parts("oak", top, *rails, *legs)


def sideboard() -> Parts:
    """A low cupboard with three doors on short legs, 1.6 m wide; its top is 0.61 m high."""
    wood = [rounded_box((1.6, 0.40, 0.46), 0.008, at=(0, 0, 0.38))]
    handles = []
    for k in (-1, 0, 1):
        offset = (0.2 * k, 0.1)
        wood.append(rounded_box((0.505, 0.018, 0.40), 0.004, at=(0.52 * k, -0.208, 0.38), uv_offset=offset))
        handles.append(cylinder(0.006, 0.12, at=(0.52 * k - 0.06, -0.228, 0.50), turn=rotation_y(90)))
    leg = [[AXIS, 0], [0.014, 0], [0.02, 0.16], [AXIS, 0.16]]
    legs = [lathe(leg, 16, at=(x, y, 0)) for x in (-0.70, 0.70) for y in (-0.14, 0.14)]
    return parts("walnut", *wood) + parts("brass", *handles) + parts("dark wood", *legs)


def kitchen_table() -> Parts:
    """A farmhouse table 1.6 m long (along x) with painted legs; its top is 0.75 m high."""
    top = rounded_box((1.60, 0.80, 0.035), 0.008, at=(0, 0, 0.7325))
    rails = [rounded_box((1.42, 0.024, 0.10), 0.004, at=(0, y, 0.665)) for y in (-0.32, 0.32)]
    rails += [rounded_box((0.024, 0.62, 0.10), 0.004, at=(x, 0, 0.665)) for x in (-0.71, 0.71)]
    outline = [[AXIS, 0], [0.022, 0], [0.034, 0.30], [0.036, 0.48], [0.028, 0.50], [0.036, 0.52], [0.036, 0.56]]
    legs = []
    for x in (-0.71, 0.71):
        for y in (-0.32, 0.32):
            legs.append(lathe([*outline, [AXIS, 0.56]], 24, at=(x, y, 0)))
            legs.append(rounded_box((0.075, 0.075, 0.16), 0.006, at=(x, y, 0.637)))
    return parts("oak", top) + parts("white paint", *rails, *legs)
