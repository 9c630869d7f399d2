"""Every error that SpatialClaw raises on purpose.

SpatialClawError
├─ InputError      the user's files, settings or words; exit 2
│  ├─ UnreadableFrame  a frame's file is damaged; knows the frame's number
│  └─ RecordError  what happened cannot be written down: no room, no right; ends a whole run
├─ ServiceError    a backbone or a perception service failed; exit 3, retried when a run resumes
├─ KernelError     a kernel could not be started or spoke out of form; exit 1
├─ AnswerError     a submitted answer does not have the form that the question asks for
└─ ToolError       a tool was called in a way that cannot give a true result (raised inside cells)
   ├─ PositionError  a list position that InputImages does not have; also an IndexError (inside/input_images.py)
   └─ FrameError   the frames of two things that are combined do not match; also a KeyError and a ValueError

A message says what was given, what it means, and what to type instead.
"""

LONGEST = 400
"""Characters of what was given that a message repeats."""


class SpatialClawError(Exception):
    """Base of all errors below; `exit_code` is what the command line ends with."""

    exit_code = 1


class InputError(SpatialClawError):
    """Something the user gave is missing, unreadable or unknown."""

    exit_code = 2


class UnreadableFrame(InputError):
    """A file of one frame is damaged or missing."""

    def __init__(self, message: str, frame: int) -> None:
        super().__init__(message)
        self.frame = frame


class RecordError(InputError):
    """The folder that keeps traces and results cannot be written."""


class ServiceError(SpatialClawError):
    """A service outside this process did not do its part; says nothing about the question."""

    exit_code = 3


class KernelError(SpatialClawError):
    """The kernel process could not be started, or what it sent breaks the protocol."""


class AnswerError(SpatialClawError):
    """An answer that cannot be read in the form asked for."""


class ToolError(SpatialClawError):
    """A tool call that cannot give a true result: what was given, what was expected, and the call to type instead.

    Each part is one line of the message; the last two may be left out where the first says it all.
    """

    def __init__(self, given: str, expected: str = "", call: str = "") -> None:
        given = " ".join(given.split())  # the repr of an array has many lines
        given = given if len(given) <= LONGEST else f"{given[:LONGEST]}..."
        lines = [given, f"  expected: {expected}" if expected else "", f"  type: {call}" if call else ""]
        super().__init__("\n".join(line for line in lines if line))


class FrameError(ToolError, KeyError, ValueError):
    """Frames that do not match, or a frame number that a result does not cover."""

    def __str__(self) -> str:
        """KeyError would show the message in quotes with its line breaks escaped."""
        return Exception.__str__(self)
