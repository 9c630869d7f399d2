"""`repr` that stays short whatever it is given."""

from __future__ import annotations

import reprlib


class Brief(reprlib.Repr):
    """A `repr` with at most `items` elements of a container and `chars` characters of a text."""

    def __init__(self, *, items: int, chars: int) -> None:
        super().__init__()
        self.maxlevel = 3
        self.maxlist = self.maxtuple = self.maxdict = self.maxset = self.maxfrozenset = self.maxdeque = items
        self.maxstring = self.maxother = chars
