"""The living room: what stands where, and the walk of the camera.

The room is 5.6 m (x) by 4.6 m (y) by 2.6 m; the origin is the floor's front left corner. The radiator hangs on the
back wall under the window, the door is in the right wall next to the same corner.
"""

from functools import partial
from typing import TYPE_CHECKING

from camera import hand_held
from furniture import books, fittings, openings, plants, seating, tables, tableware, textiles
from meshes import Array
from scene import Parts, Scene, Sun, parts
from shell import Opening, backdrop, ceiling, floor, skirting, wall

if TYPE_CHECKING:
    from artwork import Subject
    from materials import Material

WIDTH, DEPTH, HEIGHT = 5.6, 4.6, 2.6
BACK_WALL, RIGHT_WALL, LEFT_WALL, FRONT_WALL = 0.0, -90.0, 90.0, 180.0
"""Degrees by which a piece is turned to stand with its back to that wall."""
EYE = 1.5

WINDOW_X, WINDOW_WIDTH, SILL, LINTEL = 4.40, 1.40, 0.88, 2.28
DOOR_Y, DOOR_WIDTH, DOOR_HEIGHT = 3.54, 0.80, 2.05
RADIATOR_X = 4.53658
"""Chosen so that radiator and door are 0.900 m apart at their closest points; see scene.json."""
TABLE_TOP, COFFEE_TABLE_TOP, SIDEBOARD_TOP, SHELF_TOP = 0.75, 0.4425, 0.61, 1.92


def build() -> Scene:
    """The furnished room."""
    # The sun stands high enough to shine in over the near backdrop.
    scene = Scene((WIDTH, DEPTH, HEIGHT), Sun((-0.45, -1.0, -1.40), (20.0, 17.6, 14.0)))
    _add_shell(scene)
    _add_openings(scene)
    _add_seats(scene)
    _add_coffee_table(scene)
    _add_dining_corner(scene)
    _add_bookshelf(scene)
    _add_front_wall(scene)
    _add_lamps_and_plants(scene)
    _add_pictures(scene)
    _add_oddments(scene)
    return scene


def _add_shell(scene: Scene) -> None:
    x, y = WIDTH / 2, DEPTH / 2
    door_x = y - DOOR_Y  # in the right wall's own frame, as seen from inside the room
    doorway = Opening(door_x - DOOR_WIDTH / 2, door_x + DOOR_WIDTH / 2, 0, DOOR_HEIGHT)
    window_x = WINDOW_X - x
    hole = Opening(window_x - WINDOW_WIDTH / 2, window_x + WINDOW_WIDTH / 2, SILL, LINTEL)
    scene.add("floor", floor("floor planks", WIDTH, DEPTH, 0.3), synonyms=["ground", "floorboards"], kind="shell")
    scene.add("ceiling", ceiling(WIDTH, DEPTH, HEIGHT), kind="shell")

    def add_wall(surface: Parts, at: tuple[float, float, float], yaw: float) -> None:
        scene.add("wall", surface, at=at, yaw=yaw, kind="shell")

    add_wall(parts("wallpaper", *wall(DEPTH, HEIGHT)), (0, y, 0), LEFT_WALL)
    add_wall(parts("wall paint", *wall(WIDTH, HEIGHT)), (x, 0, 0), FRONT_WALL)
    add_wall(parts("wall paint", *wall(WIDTH, HEIGHT, hole)), (x, DEPTH, 0), BACK_WALL)
    # Behind the door a second face, or rays through the gap round its leaf would find nothing.
    behind_door = [mesh.placed((door_x, 0.2, 0)) for mesh in wall(1.2, 2.3)]
    right = [*wall(DEPTH, HEIGHT, doorway), *behind_door]
    add_wall(parts("wall paint", *right), (WIDTH, y, 0), RIGHT_WALL)

    edge = openings.ARCHITRAVE
    gap = (doorway.left - edge, doorway.right + edge)
    boards = [
        (skirting(WIDTH), (x, DEPTH, 0), BACK_WALL),
        (skirting(DEPTH, gap), (WIDTH, y, 0), RIGHT_WALL),
        (skirting(DEPTH), (0, y, 0), LEFT_WALL),
        (skirting(WIDTH), (x, 0, 0), FRONT_WALL),
    ]
    for board, at, yaw in boards:
        scene.add("skirting board", board, at=at, yaw=yaw, synonyms=["baseboard"], kind="shell")
    near = backdrop(WINDOW_WIDTH + 1.0, EYE, 1.1, 0.55, 2.33)
    far = backdrop(18.0, EYE, 2.6, 3.2, 4.1)
    view = parts("sky", near) + parts("far sky", far)
    scene.add("outside", view, at=(WINDOW_X, DEPTH, 0), synonyms=["view", "sky"], kind="outside")


def _add_openings(scene: Scene) -> None:
    door = openings.door(DOOR_WIDTH, DOOR_HEIGHT)
    scene.add("door", door, at=(WIDTH, DOOR_Y, 0), yaw=RIGHT_WALL, synonyms=["doorway", "room door"])
    at = (RADIATOR_X, DEPTH, 0.0)
    scene.add("radiator heater", fittings.radiator(), at=at, synonyms=["heater", "radiator"])
    window = openings.window(WINDOW_WIDTH, SILL, LINTEL)
    scene.add("window", window, at=(WINDOW_X, DEPTH, 0), synonyms=["window frame"])
    for x, width, phase in ((3.42, 0.36, 0.3), (5.36, 0.30, 1.1)):
        hanging = openings.curtain(width, 2.36, phase)
        scene.add("curtain", hanging, at=(x, DEPTH, 0), synonyms=["drape", "drapes"])
    rod = openings.curtain_rod(2.34, 2.385)
    scene.add("curtain rod", rod, at=(WINDOW_X - 0.03, DEPTH, 0), synonyms=["curtain rail", "curtain pole"])
    scene.add("clock", fittings.clock(), at=(3.0, DEPTH, 1.78), synonyms=["wall clock"])
    at = (WIDTH, 2.73, 1.10)
    scene.add("light switch", fittings.light_switch(), at=at, yaw=RIGHT_WALL, synonyms=["switch"])
    at = (2.98, DEPTH, 0.30)
    scene.add("power socket", fittings.power_socket(), at=at, synonyms=["socket", "power outlet"])


def _add_seats(scene: Scene) -> None:
    scene.add("sofa", seating.sofa(), at=(0.49, 2.30, 0), yaw=LEFT_WALL, synonyms=["couch", "settee"])
    names = ["pillow", "throw pillow"]
    mustard = seating.cushion("mustard cloth", 0.42, 16, 66, 6)
    scene.add("cushion", mustard, at=(0.56, 1.64, 0.70), yaw=LEFT_WALL, synonyms=names)
    striped = seating.cushion("striped cloth", 0.44, -20, 64, -8)
    scene.add("cushion", striped, at=(0.57, 2.98, 0.71), yaw=LEFT_WALL, synonyms=names)
    scene.add("pouf", seating.pouf(), at=(3.0, 3.75, 0), synonyms=["ottoman", "footstool", "hassock"])


def _add_coffee_table(scene: Scene) -> None:
    x, y = 1.87, 2.30
    scene.add("rug", textiles.rug(), at=(x, y, 0), yaw=LEFT_WALL, synonyms=["carpet"])
    names = ["low table", "sofa table", "table"]
    scene.add("coffee table", tables.coffee_table(), at=(x, y, 0), yaw=LEFT_WALL, synonyms=names)
    z = COFFEE_TABLE_TOP
    scene.add("mug", tableware.mug(), at=(x + 0.14, y - 0.30, z), yaw=30, synonyms=["cup"])
    names = ["bowl", "bowl of oranges", "oranges"]
    scene.add("fruit bowl", tableware.fruit_bowl(), at=(x - 0.02, y + 0.28, z), synonyms=names)
    stack = books.lying_stack([(0.024, 0.17, 0.24), (0.030, 0.15, 0.22)], [1, 3], [70, 92])
    scene.add("stack of books", stack, at=(x - 0.03, y - 0.08, z), synonyms=["books on the coffee table"])


def _add_dining_corner(scene: Scene) -> None:
    x, y = 4.75, 1.15
    scene.add("dining table", tables.dining_table(), at=(x, y, 0), yaw=RIGHT_WALL, synonyms=["table"])
    for at, yaw in (((4.02, 0.95, 0), 98.0), ((4.75, 2.13, 0), -8.0)):
        scene.add("dining chair", seating.dining_chair(), at=at, yaw=yaw, synonyms=["chair"])
    names = ["vase", "flowers", "flower vase"]
    scene.add("vase of flowers", plants.vase_of_flowers(7), at=(x + 0.05, y + 0.05, TABLE_TOP), synonyms=names)
    for spot in ((x - 0.24, y - 0.20, TABLE_TOP), (x, y + 0.47, TABLE_TOP)):
        scene.add("plate", tableware.plate(), at=spot, synonyms=["dish"])
    names = ["hanging lamp", "ceiling lamp", "lamp"]
    scene.add("pendant lamp", fittings.pendant_lamp(0.80), at=(x, y, HEIGHT), synonyms=names)


def _add_bookshelf(scene: Scene) -> None:
    x, y = 2.20, DEPTH
    scene.add("bookshelf", books.bookshelf(), at=(x, y, 0), synonyms=["bookcase", "shelf"])
    scene.add("books", books.shelved_books(5), at=(x, y, 0), synonyms=["books on the bookshelf"])
    third, fifth = (books.SHELF_HEIGHTS[level] + books.BOARD for level in (2, 4))
    scene.add("wooden box", tableware.wooden_box(), at=(x + 0.33, y - 0.17, third), synonyms=["box"])
    scene.add("white vase", tableware.vase(), at=(x + 0.27, y - 0.16, fifth), synonyms=["ceramic vase", "vase"])
    scene.add("globe", fittings.globe(), at=(x - 0.18, y - 0.16, SHELF_TOP), yaw=25, synonyms=["ornament"])


def _add_front_wall(scene: Scene) -> None:
    x = 1.90
    names = ["cabinet", "tv stand", "cupboard"]
    scene.add("sideboard", tables.sideboard(), at=(x, 0.22, 0), yaw=FRONT_WALL, synonyms=names)
    names = ["tv", "tv set", "screen"]
    scene.add("television", fittings.television(), at=(x, 0.20, SIDEBOARD_TOP), yaw=FRONT_WALL, synonyms=names)


def _add_lamps_and_plants(scene: Scene) -> None:
    names = ["lamp", "standard lamp", "standing lamp"]
    scene.add("floor lamp", fittings.floor_lamp(), at=(0.42, 4.05, 0), synonyms=names)
    names = ["plant", "houseplant", "pot plant"]
    scene.add("potted plant", plants.potted_plant(3), at=(1.18, 3.98, 0), synonyms=names)


def _add_pictures(scene: Scene) -> None:
    hangings: list[tuple[Subject, int, tuple[float, float], tuple[float, float, float], float, str]] = [
        ("hills", 3, (0.70, 0.50), (0, 1.90, 1.60), LEFT_WALL, "dark wood"),
        ("blocks", 5, (0.44, 0.56), (0, 2.75, 1.60), LEFT_WALL, "oak"),
        ("hills", 14, (0.80, 0.56), (WIDTH, 1.15, 1.60), RIGHT_WALL, "oak"),
        ("plant", 2, (0.50, 0.66), (3.55, 0, 1.55), FRONT_WALL, "dark wood"),
        ("blocks", 8, (0.40, 0.52), (0.62, 0, 1.55), FRONT_WALL, "oak"),
    ]
    for number, (subject, seed, (width, height), at, yaw, frame) in enumerate(hangings, start=1):
        material, mount = f"canvas {number}", 0.05
        aspect = (width - 2 * mount) / (height - 2 * mount)
        scene.own_materials[material] = partial(_canvas, subject, seed, aspect)
        hung = fittings.picture(material, width, height, frame, mount)
        scene.add("picture", hung, at=at, yaw=yaw, synonyms=["painting", "framed picture"])


def _add_oddments(scene: Scene) -> None:
    y, z = 2.28, 1.64
    names = ["coat hooks", "coat pegs"]
    scene.add("coat rack", fittings.coat_rack(), at=(WIDTH, y, z), yaw=RIGHT_WALL, synonyms=names)
    peg = (WIDTH - 0.062, y - fittings.PEGS[2], z + 0.018)
    scene.add("scarf", textiles.scarf(), at=peg, yaw=RIGHT_WALL, synonyms=["shawl"])
    names = ["waste basket", "waste-paper basket", "bin"]
    scene.add("basket", tableware.basket(), at=(3.18, 0.26, 0), synonyms=names)


def _canvas(subject: "Subject", seed: int, aspect: float) -> "Material":
    from materials import canvas  # needs a Mitsuba variant

    return canvas(subject, seed, aspect)


# Eye (x, y) in metres, azimuth in degrees (0 = +x, 90 = the back wall), pitch in degrees; one row per frame.
# Frame 1 has the radiator without the door, frame 2 the door without the radiator.
WALK = (
    (2.95, 2.05, 88, -8),
    (3.10, 2.20, 72, -7.5),
    (3.25, 2.35, 15, -9.5),
    (3.24, 2.52, 5, -9.5),
    (3.17, 2.68, -15, -18),
    (3.07, 2.79, -33, -20),
    (2.95, 2.79, -51, -20),
    (2.90, 2.70, -65, -16),
    (2.88, 2.57, -82, -11),
    (2.90, 2.44, -98, -11),
    (2.95, 2.31, -112, -11),
    (3.12, 2.20, -126, -12),
    (3.25, 2.10, -141, -13),
    (3.37, 2.02, -155, -15),
    (3.46, 1.95, -169, -17),
    (3.52, 1.86, -181, -23),
    (3.53, 1.75, -193, -23),
    (3.47, 1.65, -205, -23),
    (3.38, 1.56, -217, -19),
    (3.28, 1.45, -228, -14),
    (3.20, 1.33, -238, -12),
    (3.13, 1.21, -249, -10),
    (3.07, 1.08, -260, -9),
    (3.02, 0.95, -271, -9),
)


def walk() -> list[Array]:
    """Camera-to-world poses (OpenCV axes) of a walk round the room, half a second apart."""
    return hand_held(WALK, EYE, seed=20)
