"""How much is in a scratch folder, where no file system of its own keeps it within its limit."""

from __future__ import annotations

import os
import sys

MOST = 10_000
"""Files and folders; whoever makes more of them is over any limit."""


def bytes_in(folder: str) -> int:
    """Bytes on disk of everything below, links not followed; more than any limit when that is too much to count."""
    total, seen, left = 0, 0, [folder]
    while left:
        try:
            entries = list(os.scandir(left.pop()))
        except (FileNotFoundError, NotADirectoryError):  # it has just been removed
            continue
        except OSError:  # made so deep, or with such a mode, that nobody can look into it
            return sys.maxsize
        seen += len(entries)
        if seen > MOST:
            return sys.maxsize
        for entry in entries:
            try:
                about = entry.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue
            except OSError:
                return sys.maxsize
            total += about.st_blocks * 512
            if entry.is_dir(follow_symlinks=False):
                left.append(entry.path)
    return total
