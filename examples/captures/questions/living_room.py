"""What is asked about the capture `living_room`."""

from questions.measures import Asked, Centroids, ClosestPoints, Count, FromCamera, Height, LongestSide, Standing
from questions.motion import CameraAdvance, CameraAngle, CameraTurn, CameraWay, Moves
from questions.order import Appearance, DistanceTo, Order, Pick, Sooner, Top

LIVING_ROOM = (
    Asked(
        "heater-door-closest",
        "Measured from the closest point of each object, what is the distance between the heater and the door, in "
        "metres?",
        ClosestPoints("heater", "door"),
        "m",
    ),
    Asked(
        "coffee-table-television-closest",
        "Measured from the closest point of each object, what is the distance between the coffee table and the "
        "television, in metres?",
        ClosestPoints("coffee table", "television"),
        "m",
    ),
    Asked(
        "heater-door-centroid",
        "Measured from the centroid of each object, what is the distance between the heater and the door, in metres?",
        Centroids("heater", "door"),
        "m",
    ),
    Asked(
        "pouf-television-centroid",
        "Measured from the centroid of each object, what is the distance between the pouf and the television, in "
        "metres?",
        Centroids("pouf", "television"),
        "m",
    ),
    Asked(
        "door-nearer",
        "Which is nearer to the door, measured from the closest points: {options}?",
        Pick(DistanceTo("door"), ("dining table", "pouf")),
    ),
    Asked(
        "sofa-nearer",
        "Which is nearer to the sofa, measured from the closest points: {options}?",
        Pick(DistanceTo("sofa"), ("bookshelf", "television", "coffee table")),
    ),
    Asked(
        "basket-sideboard-closest",
        "How much space is there between the basket and the sideboard where they come closest, in centimetres?",
        ClosestPoints("basket", "sideboard"),
        "cm",
    ),
    Asked(
        "pouf-coffee-table-closest",
        "What is the shortest distance from the pouf to the coffee table, in metres?",
        ClosestPoints("pouf", "coffee table"),
        "m",
    ),
    Asked(
        "sofa-bookshelf-closest",
        "How far apart are the sofa and the bookshelf at their nearest points, in metres?",
        ClosestPoints("sofa", "bookshelf"),
        "m",
    ),
    Asked(
        "clock-globe-centroid",
        "How far is the centre of the clock from the centre of the globe on top of the bookshelf, in metres?",
        Centroids("clock", "globe"),
        "m",
    ),
    Asked(
        "basket-flowers-centroid",
        "What is the distance from the middle of the basket to the middle of the vase of flowers, in metres?",
        Centroids("basket", "vase of flowers"),
        "m",
    ),
    Asked(
        "clock-farthest",
        "Going by the closest points, which of these is farthest from the clock: {options}?",
        Pick(DistanceTo("clock"), ("heater", "coffee table", "dining table"), most=True),
    ),
    Asked(
        "mug-nearer",
        "Is the mug closer to the television or to the bookshelf? {options}",
        Pick(DistanceTo("mug"), ("television", "bookshelf")),
    ),
    Asked(
        "sofa-television-bookshelf-side",
        "If I am standing by the sofa and facing the television, is the bookshelf to my left, to my right, or behind "
        "me? {options}",
        Standing("sofa", "television", "bookshelf"),
    ),
    Asked(
        "coffee-table-sofa-dining-table-side",
        "I stand at the coffee table and look towards the sofa. Is the dining table on my left, on my right, or "
        "behind me? {options}",
        Standing("coffee table", "sofa", "dining table"),
    ),
    Asked(
        "door-window-dining-table-side",
        "If you stand at the door facing the window, in which direction is the dining table: to your front-left, "
        "front-right, back-left or back-right? {options}",
        Standing("door", "window", "dining table", "four"),
    ),
    Asked(
        "television-pouf-dining-table-side",
        "Standing next to the television and facing the pouf, would I find the dining table on my left or on my "
        "right? {options}",
        Standing("television", "pouf", "dining table", "two"),
    ),
    Asked(
        "frame-20-clock-side",
        "Seen from the camera in frame 20, is the clock to the left or to the right of the bookshelf? {options}",
        FromCamera(20, "clock", "bookshelf"),
    ),
    Asked(
        "frame-9-basket-side",
        "In frame 9, on which side of the television is the basket, as the camera sees it? {options}",
        FromCamera(9, "basket", "television"),
    ),
    Asked("bookshelf-height", "How tall is the bookshelf, in metres?", Height("bookshelf"), "m"),
    Asked("floor-lamp-height", "How high is the floor lamp, in metres?", Height("floor lamp"), "m"),
    Asked(
        "sofa-longest-side",
        "What is the length of the longest side of the sofa, in centimetres?",
        LongestSide("sofa"),
        "cm",
    ),
    Asked("dining-table-length", "How long is the dining table, in metres?", LongestSide("dining table"), "m"),
    Asked("television-width", "How wide is the television, in centimetres?", LongestSide("television"), "cm"),
    Asked("pictures", "How many pictures hang on the walls of this room?", Count("picture")),
    Asked("chairs", "How many chairs are there in the room?", Count("chair")),
    Asked("cushions", "How many cushions lie on the sofa?", Count("cushion")),
    Asked("doors", "How many doors lead out of this room?", Count("door")),
    Asked(
        "television-floor-lamp-higher",
        "Which reaches higher above the floor: {options}?",
        Pick(Top(), ("television", "floor lamp"), most=True),
    ),
    Asked(
        "highest-top",
        "Which of these has the highest top: {options}?",
        Pick(Top(), ("sofa", "sideboard", "dining table", "television"), most=True),
    ),
    Asked(
        "lowest-to-highest",
        "Order these from lowest to highest, by their tops: the dining table, the basket, the floor lamp. {options}",
        Order(Top(), ("dining table", "basket", "floor lamp")),
    ),
    Asked(
        "highest-to-lowest",
        "Put the coffee table, the globe and the television in order of height above the floor, the highest first. "
        "{options}",
        Order(Top(), ("coffee table", "globe", "television"), falling=True),
    ),
    Asked(
        "camera-turn-3-9",
        "Did the camera turn left or right between frame 3 and frame 9? {options}",
        CameraTurn(3, 9),
    ),
    Asked(
        "camera-angle-3-9",
        "How far did the camera turn between frame 3 and frame 9, in degrees?",
        CameraAngle(3, 9),
        "degrees",
    ),
    Asked(
        "camera-way",
        "How far is the camera's position in the last frame from that in the first, in metres?",
        CameraWay(0, 23),
        "m",
    ),
    Asked(
        "camera-advance-21-23",
        "Did the camera move forward or backward between frame 21 and frame 23? {options}",
        CameraAdvance(21, 23),
    ),
    Asked("sofa-moves", "Does the sofa move during the video?", Moves("sofa")),
    Asked(
        "pouf-stays",
        "Does the pouf stay in the same place throughout the video?",
        Moves("pouf", stays=True),
    ),
    Asked(
        "appearance-sofa-door-television",
        "In what order do these first appear in the video: the sofa, the door, the television? {options}",
        Order(Appearance(), ("sofa", "door", "television")),
    ),
    Asked(
        "appearance-first",
        "Which comes into view first: {options}?",
        Pick(Appearance(), ("floor lamp", "coffee table", "basket")),
    ),
    Asked(
        "appearance-last",
        "Which of these is the last to come into view: {options}?",
        Pick(Appearance(), ("mug", "vase of flowers", "floor lamp", "sideboard"), most=True),
    ),
    Asked(
        "appearance-flowers-mug",
        "Does the vase of flowers come into view before the mug?",
        Sooner(Appearance(), ("vase of flowers", "mug")),
    ),
)
