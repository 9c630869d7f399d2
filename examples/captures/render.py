"""Render a capture: RGB-D frames with exact poses and instance ids of a modelled room.

Example: python examples/captures/render.py living_room --out spatial_agent/captures/living_room --spp 64
"""

import argparse
import importlib
import importlib.util
import sys
from pathlib import Path

CAPTURES = ("living_room", "kitchen")
LLVM_NEEDED = 19
INSTALL = "pip install 'spatialclaw[render]' and apt-get install libllvm19 (or set DRJIT_LIBLLVM_PATH to a newer one)"


def missing() -> str | None:
    """What rendering lacks on this machine, as a sentence, or None.

    The version is checked before anything is rendered: LLVM 15 passes for usable, then aborts the process.
    """
    for package in ("mitsuba", "mitsuba_oidn", "scipy"):
        if importlib.util.find_spec(package) is None:
            return f"The package {package} is not installed."
    import drjit

    version: tuple[int, ...] = drjit.detail.llvm_version()
    if version[0] < 0:
        return "No libLLVM was found."
    if version[0] < LLVM_NEEDED:
        return f"libLLVM is {'.'.join(map(str, version))}, but {LLVM_NEEDED} or newer is needed."
    return None


def parsed(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    summary, example = (__doc__ or "").strip().split("\n\n")
    parser = argparse.ArgumentParser(description=summary, epilog=example)
    parser.add_argument("name", choices=CAPTURES, help="which room")
    parser.add_argument("--out", type=Path, required=True, help="folder of the capture, made if need be")
    parser.add_argument("--spp", type=int, default=64, help="samples per pixel: 64 for keeps, 8 for a draft")
    parser.add_argument("--frames", type=int, nargs="+", metavar="N", help="only these frames (0-based)")
    parser.add_argument("--overwrite", action="store_true", help="render frames anew that are there already")
    return parser.parse_args(arguments)


def main() -> int:
    """Render what is asked for; 0 when done, 2 when something is missing."""
    options = parsed()
    lack = missing()
    if lack is not None:
        print(f"{lack} Rendering needs it: {INSTALL}.", file=sys.stderr)
        return 2
    from camera import Intrinsics
    from capture import Studio  # imports Mitsuba, which is known to work only now

    room = importlib.import_module(options.name)
    poses = room.walk()
    wanted = range(len(poses)) if options.frames is None else options.frames
    if not all(0 <= number < len(poses) for number in wanted):
        print(f"{options.name} has frames 0 to {len(poses) - 1}, not all of {options.frames}.", file=sys.stderr)
        return 2
    studio = Studio(room.build(), options.out, Intrinsics())
    studio.write_transforms(poses)
    for number in wanted:
        if studio.has(number) and not options.overwrite:
            print(f"frame {number:2d}  kept", flush=True)
            continue
        seconds = studio.write_frame(number, poses[number], options.spp)
        print(f"frame {number:2d}  {seconds:5.1f} s", flush=True)
    if all(studio.has(number) for number in range(len(poses))):
        studio.write_truth(len(poses))
        print(f"wrote {options.out / 'scene.json'}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
