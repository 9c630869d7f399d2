"""The bank of questions lies beside the captures' makers, where its modules find each other by their bare names."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "examples" / "captures"))
