"""The kitchen: what stands where, the path of the robot vacuum, and the walk of the camera.

The room is 5.2 m (x) by 4.6 m (y) by 2.5 m; the origin is the floor's front left corner. Units run along the left
wall and the back wall, with the sink under the window; the door and the table are at the right wall.
"""

from functools import partial
from typing import TYPE_CHECKING

from camera import hand_held
from furniture import appliances, fittings, openings, plants, seating, tables, tableware, textiles, units
from meshes import Array, box_between
from paths import Leg, Station, follow
from scene import Parts, Placement, Scene, Sun, parts
from shell import Opening, backdrop, ceiling, floor, skirting, wall

if TYPE_CHECKING:
    from artwork import Subject
    from materials import Material

WIDTH, DEPTH, HEIGHT = 5.2, 4.6, 2.5
BACK_WALL, RIGHT_WALL, LEFT_WALL, FRONT_WALL = 0.0, -90.0, 90.0, 180.0
"""Degrees by which a piece is turned to stand with its back to that wall."""
EYE = 1.5
FORWARD = -90.0
"""Azimuth in which a piece at yaw 0 faces, degrees."""

WINDOW_X, WINDOW_WIDTH, SILL, LINTEL = 1.72, 1.30, 1.10, 2.12
DOOR_Y, DOOR_WIDTH, DOOR_HEIGHT = 1.10, 0.80, 2.03
CORNER = units.REACH
"""Where the units of one wall end and those of the other begin."""
BACK_RUN: tuple[tuple[float, units.Front], ...] = ((0.50, "door"), (1.00, "sink"), (0.45, "drawers"), (0.50, "door"))
SINK_X = CORNER + 0.50 + 0.50
BACK_END = CORNER + sum(width for width, _ in BACK_RUN)
LEFT_END, OVEN_Y, OVEN_WIDTH = 1.72, 2.55, 0.60
TABLE_X, TABLE_Y, TABLE_TOP = 4.74, 3.08, 0.75
LAMP_DROP, HOOD, SPLASHBACK = 0.80, 1.56, 1.50


def build() -> Scene:
    """The furnished room."""
    # The sun stands high enough to shine in over the near backdrop.
    scene = Scene((WIDTH, DEPTH, HEIGHT), Sun((0.35, -1.0, -1.25), (20.0, 17.6, 14.0)))
    _add_shell(scene)
    _add_openings(scene)
    _add_units(scene)
    _add_appliances(scene)
    _add_worktop_things(scene)
    _add_wall_things(scene)
    _add_table(scene)
    _add_floor_things(scene)
    return scene


def _add_shell(scene: Scene) -> None:
    x, y = WIDTH / 2, DEPTH / 2
    door_x = y - DOOR_Y  # in the right wall's own frame, as seen from inside the room
    doorway = Opening(door_x - DOOR_WIDTH / 2, door_x + DOOR_WIDTH / 2, 0, DOOR_HEIGHT)
    window_x = WINDOW_X - x
    hole = Opening(window_x - WINDOW_WIDTH / 2, window_x + WINDOW_WIDTH / 2, SILL, LINTEL)
    scene.add("floor", floor("floor tiles", WIDTH, DEPTH, 0.3), synonyms=["ground", "floor tiles"], kind="shell")
    scene.add("ceiling", ceiling(WIDTH, DEPTH, HEIGHT), kind="shell")
    # Behind the door a second face, or rays through the gap round its leaf would find nothing.
    behind_door = [mesh.placed((door_x, 0.2, 0)) for mesh in wall(1.2, 2.3)]
    walls = [
        (wall(DEPTH, HEIGHT), (0, y, 0), LEFT_WALL),
        (wall(WIDTH, HEIGHT), (x, 0, 0), FRONT_WALL),
        (wall(WIDTH, HEIGHT, hole), (x, DEPTH, 0), BACK_WALL),
        ([*wall(DEPTH, HEIGHT, doorway), *behind_door], (WIDTH, y, 0), RIGHT_WALL),
    ]
    for meshes, at, yaw in walls:
        scene.add("wall", parts("cream wall paint", *meshes), at=at, yaw=yaw, kind="shell")
    edge = openings.ARCHITRAVE
    boards = [
        (skirting(WIDTH - BACK_END), ((WIDTH + BACK_END) / 2, DEPTH, 0), BACK_WALL),
        (skirting(DEPTH, (doorway.left - edge, doorway.right + edge)), (WIDTH, y, 0), RIGHT_WALL),
        (skirting(LEFT_END), (0, LEFT_END / 2, 0), LEFT_WALL),
        (skirting(WIDTH), (x, 0, 0), FRONT_WALL),
    ]
    for board, at, yaw in boards:
        scene.add("skirting board", board, at=at, yaw=yaw, synonyms=["baseboard"], kind="shell")
    for tiles, at, yaw in ((_back_tiles(), (0, DEPTH, 0), BACK_WALL), (_left_tiles(), (0, 0, 0), LEFT_WALL)):
        scene.add("wall tiles", tiles, at=at, yaw=yaw, synonyms=["splashback", "tiles"], kind="shell")
    near = backdrop(WINDOW_WIDTH + 1.0, EYE, 1.1, 0.55, LINTEL + 0.05)
    far = backdrop(18.0, EYE, 2.6, 3.2, 4.1)
    view = parts("sky", near) + parts("far sky", far)
    scene.add("outside", view, at=(WINDOW_X, DEPTH, 0), synonyms=["view", "sky"], kind="outside")


def _back_tiles() -> Parts:
    """Tiles between worktop and cupboards, round the window."""
    left, right = WINDOW_X - WINDOW_WIDTH / 2, WINDOW_X + WINDOW_WIDTH / 2
    spans = [((0, left), SPLASHBACK), ((left, right), SILL - 0.02), ((right, BACK_END), SPLASHBACK)]
    return parts("wall tiles", *(box_between([a, -0.008, 0.90], [b, 0, top]) for (a, b), top in spans))


def _left_tiles() -> Parts:
    """The same along the left wall, in whose frame x is the world's y."""
    return parts("wall tiles", box_between([LEFT_END, -0.008, 0.85], [DEPTH - 0.008, 0, SPLASHBACK]))


def _add_openings(scene: Scene) -> None:
    door = openings.door(DOOR_WIDTH, DOOR_HEIGHT)
    scene.add("door", door, at=(WIDTH, DOOR_Y, 0), yaw=RIGHT_WALL, synonyms=["doorway", "kitchen door"])
    window = openings.window(WINDOW_WIDTH, SILL, LINTEL, light=0.70)
    scene.add("window", window, at=(WINDOW_X, DEPTH, 0), synonyms=["window frame"])
    names = ["herb", "potted herb"]
    for number, x in enumerate((-0.36, -0.02, 0.39)):
        at = (WINDOW_X + x, DEPTH - 0.035, SILL + 0.0125)
        scene.add("herb pot", plants.herb_pot(number), at=at, yaw=50 * number, synonyms=names)
    at = (WIDTH, 1.74, 1.10)
    scene.add("light switch", fittings.light_switch(), at=at, yaw=RIGHT_WALL, synonyms=["switch"])


def _add_units(scene: Scene) -> None:
    gap = (OVEN_Y - OVEN_WIDTH / 2, OVEN_Y + OVEN_WIDTH / 2)
    left = units.base_units([(gap[0] - LEFT_END, "drawers")])
    to_corner = DEPTH - gap[1] - CORNER
    beyond = units.base_units([(0.50, "door"), (to_corner - 0.50, "door")])
    names = ["base unit", "kitchen cabinet", "base cabinet"]
    scene.add("base cupboards", left, at=(0, LEFT_END, 0), yaw=LEFT_WALL, synonyms=names)
    beyond += parts("sage paint", box_between([to_corner, -0.60, 0.0], [DEPTH - gap[1] - 0.02, -0.02, 0.88]))
    scene.add("base cupboards", beyond, at=(0, gap[1], 0), yaw=LEFT_WALL, synonyms=names)
    scene.add("base cupboards", units.base_units(BACK_RUN), at=(CORNER, DEPTH, 0), synonyms=names)
    left_top = parts("oak", units.worktop(LEFT_END - 0.012, gap[0]), units.worktop(gap[1], DEPTH))
    half = units.SINK_WIDTH / 2
    slabs = [units.worktop(CORNER, SINK_X - half), units.worktop(SINK_X + half, BACK_END + 0.012)]
    slabs.append(units.worktop(SINK_X - half, SINK_X + half, units.SINK_BACK))
    names = ["counter", "countertop", "work surface"]
    scene.add("worktop", left_top, yaw=LEFT_WALL, synonyms=names)
    scene.add("worktop", parts("oak", *slabs), at=(0, DEPTH, 0), synonyms=names)
    scene.add("sink", units.sink(), at=(SINK_X, DEPTH, 0), synonyms=["kitchen sink", "basin", "washbasin"])
    scene.add("tap", units.tap(), at=(SINK_X + 0.01, DEPTH - 0.10, units.WORKTOP), synonyms=["faucet", "mixer tap"])
    names = ["wall cabinet", "upper cabinet", "hanging cupboard"]
    hangings = [((0.0, 3.32, 1.50), LEFT_WALL, 0.58, 1), ((0.0, 3.95, 1.50), LEFT_WALL, 0.62, 1)]
    for at, yaw, width, doors in [*hangings, ((2.78, DEPTH, 1.50), BACK_WALL, 0.64, 2)]:
        scene.add("wall cupboard", units.wall_cupboard(width, doors=doors), at=at, yaw=yaw, synonyms=names)


def _add_appliances(scene: Scene) -> None:
    names = ["refrigerator", "fridge-freezer", "fridge freezer"]
    scene.add("fridge", appliances.fridge(), at=(BACK_END + 0.36, DEPTH - 0.03, 0), yaw=1.0, synonyms=names)
    scene.add("oven", appliances.oven(), at=(0.01, OVEN_Y, 0), yaw=LEFT_WALL, synonyms=["cooker", "stove", "range"])
    hood = appliances.extractor_hood(HEIGHT - HOOD)
    names = ["cooker hood", "range hood", "hood"]
    scene.add("extractor hood", hood, at=(0, OVEN_Y, HOOD), yaw=LEFT_WALL, synonyms=names)
    rail = (0.01 + appliances.OVEN_RAIL, OVEN_Y - 0.06, 0.70)
    scene.add("tea towel", textiles.tea_towel(), at=rail, yaw=LEFT_WALL, synonyms=["dish towel", "towel"])
    x, y = appliances.BURNERS[2]
    at = (0.01 - y, OVEN_Y + x, appliances.HOB)
    scene.add("cooking pot", tableware.cooking_pot(), at=at, yaw=60, synonyms=["saucepan", "casserole", "pan"])


def _add_worktop_things(scene: Scene) -> None:
    z = units.WORKTOP
    scene.add("kettle", appliances.kettle(), at=(2.28, 4.27, z), yaw=-50, synonyms=["tea kettle"])
    scene.add("microwave", appliances.microwave(), at=(2.80, 4.37, z), yaw=-3, synonyms=["microwave oven"])
    scene.add("toaster", appliances.toaster(), at=(0.27, 3.22, z), yaw=96, synonyms=["bread toaster"])
    names = ["plate rack", "drying rack", "dish drainer"]
    scene.add("dish rack", tableware.dish_rack(), at=(0.98, 4.33, z), yaw=3, synonyms=names)
    scene.add("knife block", tableware.knife_block(), at=(0.24, 1.90, z), yaw=105, synonyms=["knives"])
    bottle = tableware.oil_bottle()
    scene.add("oil bottle", bottle, at=(0.22, 2.14, z), synonyms=["bottle", "bottle of oil"])
    names = ["wooden spoons", "cooking utensils"]
    scene.add("utensil pot", tableware.utensil_pot(), at=(0.16, 2.96, z), synonyms=names)
    board = tableware.chopping_board()
    scene.add("chopping board", board, at=(0.008, 3.72, z), yaw=LEFT_WALL, synonyms=["cutting board"])


def _add_wall_things(scene: Scene) -> None:
    y, z = 1.28, 1.52
    scene.add("shelf", units.shelf(1.10), at=(0, y, z), yaw=LEFT_WALL, synonyms=["wall shelf"])
    contents = [("pasta", 0.060, 0.27), ("flour", 0.068, 0.20), ("coffee", 0.058, 0.23), ("lentils", 0.064, 0.18)]
    for k, (content, radius, height) in enumerate([*contents, ("peas", 0.060, 0.25)]):
        filled = tableware.jar(content, radius, height)
        at = (0.105 + 0.008 * (k % 2), y - 0.42 + 0.205 * k, z)
        scene.add("jar", filled, at=at, synonyms=["storage jar", "canister"])
    scene.add("clock", fittings.clock(0.15, 8.4), at=(4.32, DEPTH, 1.98), synonyms=["wall clock"])
    hangings: list[tuple[Subject, int, tuple[float, float], tuple[float, float, float], str]] = [
        ("plant", 6, (0.40, 0.52), (WIDTH, 2.15, 1.56), "oak"),
        ("hills", 11, (0.76, 0.54), (WIDTH, 3.36, 1.55), "dark wood"),
    ]
    for number, (subject, seed, (width, height), at, frame) in enumerate(hangings, start=1):
        material, mount = f"canvas {number}", 0.05
        aspect = (width - 2 * mount) / (height - 2 * mount)
        scene.own_materials[material] = partial(_canvas, subject, seed, aspect)
        hung = fittings.picture(material, width, height, frame, mount)
        scene.add("picture", hung, at=at, yaw=RIGHT_WALL, synonyms=["painting", "framed picture"])
    rack = (4.56, 0.0, 1.66)
    scene.add("coat rack", fittings.coat_rack(), at=rack, yaw=FRONT_WALL, synonyms=["coat hooks", "coat pegs"])
    peg = (rack[0] - fittings.PEGS[2], 0.062, rack[2] + 0.018)
    scene.add("apron", textiles.apron(), at=peg, yaw=FRONT_WALL, synonyms=["pinafore"])


def _add_table(scene: Scene) -> None:
    x, y, z = TABLE_X, TABLE_Y, TABLE_TOP
    names = ["kitchen table", "dining table"]
    scene.add("table", tables.kitchen_table(), at=(x, y, 0), yaw=RIGHT_WALL, synonyms=names)
    spots = [(4.16, 2.60), (4.20, 3.13), (4.13, 3.62), (4.88, 1.99)]
    names = ["kitchen stool", "seat"]
    for number, (stool_x, stool_y) in enumerate(spots):
        scene.add("stool", seating.stool(), at=(stool_x, stool_y, 0), yaw=17 * number, synonyms=names)
    names = ["bowl", "bowl of fruit", "bowl of oranges", "oranges"]
    scene.add("fruit bowl", tableware.fruit_bowl(), at=(x + 0.03, y - 0.16, z), synonyms=names)
    for mug_x, mug_y, yaw in ((x - 0.24, y - 0.52, 40), (x - 0.20, y + 0.22, -60), (x - 0.28, y + 0.55, 150)):
        scene.add("mug", tableware.mug(), at=(mug_x, mug_y, z), yaw=yaw, synonyms=["cup"])
    names = ["hanging lamp", "ceiling lamp", "lamp"]
    for lamp_y in (y - 0.55, y, y + 0.55):
        scene.add("pendant lamp", fittings.dome_lamp(LAMP_DROP), at=(x - 0.04, lamp_y, HEIGHT), synonyms=names)


def _add_floor_things(scene: Scene) -> None:
    names = ["pedal bin", "rubbish bin", "trash can", "dustbin"]
    scene.add("bin", tableware.pedal_bin(), at=(3.98, 4.36, 0), yaw=-20, synonyms=names)
    names = ["plant", "houseplant", "pot plant"]
    scene.add("potted plant", plants.potted_plant(9), at=(0.60, 1.00, 0), synonyms=names)
    scene.add("doormat", textiles.doormat(), at=(4.72, DOOR_Y - 0.03, 0), yaw=-87, synonyms=["door mat", "mat"])
    names = ["vacuum cleaner", "robot vacuum cleaner", "robot", "robot hoover"]
    scene.add("robot vacuum", appliances.robot_vacuum(), synonyms=names, motion=drive())


def _canvas(subject: "Subject", seed: int, aspect: float) -> "Material":
    from materials import canvas  # needs a Mitsuba variant

    return canvas(subject, seed, aspect)


WALK = (
    Leg(8, 0.008, turn=13.4),  # turn left, from the table past the fridge and the window to the oven
    Leg(9, 0.200, tilt=-0.60),  # walk towards the oven
    Leg(5, 0.010, turn=-11.2, tilt=-0.2),  # turn right, slowly past the window
    Leg(3, 0.010, turn=-16.0, tilt=2.0),  # faster to the fridge
    Leg(3, 0.010, turn=-8.0, tilt=-1.6),  # down to the table
    Leg(2, 0.010, turn=-6.5, tilt=7.2),  # up to the lamps
    Leg(3, 0.010, turn=-15.0, tilt=-3.5),  # to the door
)
DRIVE = (Leg(14, 0.190), Leg(4, 0.070, turn=-41.0), Leg(15, 0.080))


def walk() -> list[Array]:
    """Camera-to-world poses (OpenCV axes), half a second apart: turn left, walk ahead, turn right."""
    return hand_held(follow(Station(4.25, 1.30, 56.0, -11.5), WALK), EYE, seed=31)


def drive() -> list[Placement]:
    """Where the robot vacuum is in every frame of the walk: west towards the oven, then back towards the sink."""
    stations = follow(Station(3.72, 3.28, 183.0), DRIVE)
    return [Placement((s.x, s.y, 0.0), s.azimuth - FORWARD) for s in stations]
