"""What is asked about the capture `kitchen`."""

from questions.measures import Asked, Centroids, ClosestPoints, Count, FromCamera, Height, LongestSide, Standing
from questions.motion import Approach, CameraAdvance, CameraAngle, CameraTurn, CameraWay, Mover, Moves, Way
from questions.order import Appearance, DistanceTo, Order, Pick, Sooner, Top

KITCHEN = (
    Asked(
        "sink-oven-closest",
        "What is the distance between the sink and the oven, measured between their closest points, in metres?",
        ClosestPoints("sink", "oven"),
        "m",
    ),
    Asked(
        "table-bin-closest",
        "How big is the gap between the table and the bin at its narrowest, in centimetres?",
        ClosestPoints("table", "bin"),
        "cm",
    ),
    Asked(
        "fridge-kettle-closest",
        "How far is it from the fridge to the kettle, taking the nearest points of the two, in metres?",
        ClosestPoints("fridge", "kettle"),
        "m",
    ),
    Asked(
        "toaster-knife-block-closest",
        "What is the shortest distance between the toaster and the knife block, in centimetres?",
        ClosestPoints("toaster", "knife block"),
        "cm",
    ),
    Asked(
        "sink-fridge-centroid",
        "Measured from the centroid of each object, what is the distance between the sink and the fridge, in metres?",
        Centroids("sink", "fridge"),
        "m",
    ),
    Asked(
        "toaster-dish-rack-centroid",
        "How far apart are the centres of the toaster and the dish rack, in centimetres?",
        Centroids("toaster", "dish rack"),
        "cm",
    ),
    Asked(
        "kettle-clock-centroid",
        "How far is the middle of the kettle from the middle of the clock, in metres?",
        Centroids("kettle", "clock"),
        "m",
    ),
    Asked(
        "fruit-bowl-fridge-centroid",
        "What is the distance from the centre of the fruit bowl to the centre of the fridge, in metres?",
        Centroids("fruit bowl", "fridge"),
        "m",
    ),
    Asked(
        "door-nearer",
        "Which of these is closest to the door, going by their nearest points: {options}?",
        Pick(DistanceTo("door"), ("fridge", "table", "window")),
    ),
    Asked(
        "kettle-nearer",
        "Which is nearer to the kettle, measured from the closest points: {options}?",
        Pick(DistanceTo("kettle"), ("fridge", "dish rack", "tap")),
    ),
    Asked(
        "potted-plant-nearer",
        "Is the potted plant nearer to the oven or to the sink? {options}",
        Pick(DistanceTo("potted plant"), ("oven", "sink")),
    ),
    Asked(
        "oven-farther",
        "Which is farther away from the oven: {options}?",
        Pick(DistanceTo("oven"), ("fridge", "table"), most=True),
    ),
    Asked(
        "sink-door-fridge-side",
        "If I am standing by the sink and facing the door, is the fridge to my left, to my right, or behind me? "
        "{options}",
        Standing("sink", "door", "fridge"),
    ),
    Asked(
        "table-clock-door-side",
        "I am at the table, facing the clock. Where is the door: to my left, to my right or behind me? {options}",
        Standing("table", "clock", "door"),
    ),
    Asked(
        "oven-fridge-table-side",
        "Standing by the oven and facing the fridge, is the table to my front-left, front-right, back-left or "
        "back-right? {options}",
        Standing("oven", "fridge", "table", "four"),
    ),
    Asked(
        "door-window-table-side",
        "When you stand at the door and look at the window, is the table on your left or on your right? {options}",
        Standing("door", "window", "table", "two"),
    ),
    Asked(
        "frame-10-potted-plant-side",
        "Seen from the camera in frame 10, is the potted plant to the left or to the right of the oven? {options}",
        FromCamera(10, "potted plant", "oven"),
    ),
    Asked(
        "frame-28-table-side",
        "Looking at frame 28, is the table left or right of the fridge? {options}",
        FromCamera(28, "table", "fridge"),
    ),
    Asked(
        "frame-12-robot-vacuum-side",
        "In frame 12, does the camera see the robot vacuum to the left or to the right of the oven? {options}",
        FromCamera(12, "robot vacuum", "oven"),
    ),
    Asked("fridge-height", "How tall is the fridge, in metres?", Height("fridge"), "m"),
    Asked("bin-height", "What is the height of the bin, in centimetres?", Height("bin"), "cm"),
    Asked(
        "table-longest-side",
        "What is the length of the longest side of the table, in metres?",
        LongestSide("table"),
        "m",
    ),
    Asked("microwave-width", "How wide is the microwave, in centimetres?", LongestSide("microwave"), "cm"),
    Asked("shelf-length", "How long is the shelf that the jars stand on, in metres?", LongestSide("shelf"), "m"),
    Asked("stools", "How many stools are there in the kitchen?", Count("stool")),
    Asked("jars", "How many jars are there on the shelf?", Count("jar")),
    Asked("mugs", "How many mugs are on the table?", Count("mug")),
    Asked("lamps", "How many lamps hang from the ceiling?", Count("lamp")),
    Asked("pictures", "What is the number of framed pictures on the walls?", Count("framed picture")),
    Asked(
        "clock-fridge-higher",
        "Which is higher above the floor: {options}?",
        Pick(Top(), ("clock", "fridge"), most=True),
    ),
    Asked(
        "lowest-top",
        "Which of these has the lowest top: {options}?",
        Pick(Top(), ("oven", "bin", "table")),
    ),
    Asked(
        "lowest-to-highest",
        "Order these from lowest to highest: the clock, the bin, the chopping board. {options}",
        Order(Top(), ("clock", "bin", "chopping board")),
    ),
    Asked(
        "highest-to-lowest",
        "Sort the potted plant, the door and the table by how high they reach, starting with the highest. {options}",
        Order(Top(), ("potted plant", "door", "table"), falling=True),
    ),
    Asked(
        "camera-turn-1-7",
        "Did the camera turn left or right between frame 1 and frame 7? {options}",
        CameraTurn(1, 7),
    ),
    Asked(
        "camera-turn-18-24",
        "Which way does the camera turn from frame 18 to frame 24, to the left or to the right? {options}",
        CameraTurn(18, 24),
    ),
    Asked(
        "camera-angle-1-7",
        "What is the angle, in degrees, by which the camera turned between frame 1 and frame 7?",
        CameraAngle(1, 7),
        "degrees",
    ),
    Asked(
        "camera-advance-9-16",
        "Does the camera move forward or backward between frame 9 and frame 16? {options}",
        CameraAdvance(9, 16),
    ),
    Asked(
        "camera-way-8-17",
        "How far did the camera move between frame 8 and frame 17, as the crow flies, in metres?",
        CameraWay(8, 17),
        "m",
    ),
    Asked(
        "mover",
        "Which of these moves during the video: {options}?",
        Mover(("bin", "fridge", "robot vacuum", "potted plant")),
    ),
    Asked(
        "robot-vacuum-fridge",
        "Does the robot vacuum move towards the fridge or away from it between frame 4 and frame 12? {options}",
        Approach("robot vacuum", "fridge", 4, 12),
    ),
    Asked(
        "robot-vacuum-sink",
        "From frame 16 to frame 22, does the robot vacuum come towards the sink or go away from it? {options}",
        Approach("robot vacuum", "sink", 16, 22),
    ),
    Asked(
        "robot-vacuum-way",
        "How far does the robot vacuum move in a straight line between frame 4 and frame 12, in metres?",
        Way("robot vacuum", 4, 12),
        "m",
    ),
    Asked("fridge-moves", "Does the fridge move during the video?", Moves("fridge")),
    Asked(
        "robot-vacuum-stays",
        "Does the robot vacuum stay where it is all the time?",
        Moves("robot vacuum", stays=True),
    ),
    Asked(
        "appearance-door-fridge-sink",
        "In what order do these first appear in the video: the door, the fridge, the sink? {options}",
        Order(Appearance(), ("door", "fridge", "sink")),
    ),
    Asked(
        "appearance-first",
        "Which comes into view first: {options}?",
        Pick(Appearance(), ("oven", "apron", "kettle")),
    ),
    Asked(
        "appearance-last",
        "Which of these comes into view last: {options}?",
        Pick(Appearance(), ("potted plant", "robot vacuum", "dish rack", "oven"), most=True),
    ),
    Asked(
        "appearance-door-oven",
        "Does the door come into view before the oven?",
        Sooner(Appearance(), ("door", "oven")),
    ),
)
