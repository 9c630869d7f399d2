"""The names that a cell is given, beside the libraries."""

TOOLS = ("Reconstruct", "SAM3", "Geometry", "Mask", "Time", "Graph", "Draw")
"""Of `tools`, and ready by themselves as long as a cell names nothing of its own so."""
KEPT = ("InputImages", "RefImages", "Metadata", "tools", "show", "vlm", "feedback", "ReturnAnswer")
"""They stay what they are, whatever cells do to them, as InputImages_1 and so on do."""
GIVEN = (*KEPT, *TOOLS)
"""No user's tool has such a name."""
REQUEST = "spatialclaw"
"""In the metadata of a Jupyter execute request: the number that its `wire.Done` is to bear."""
