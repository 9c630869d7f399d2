"""A look at a cell before it runs: a quick, clear message for what cannot work. A courtesy, not the boundary.

Only names are judged, in imports and in direct calls. Attributes, strings and comments are not: `re.compile(...)`,
`df.eval(...)` and a text about `open(` are all fine.
"""

from __future__ import annotations

import ast
import warnings

_FILES = "Cells read no files: the frames are InputImages, and io.BytesIO works for bytes in memory."
_PROCESSES = "Cells start no processes and no threads: write it as plain Python; numpy and scipy are ready."
_NETWORK = "Cells have no network: models are reached through tools.* and vlm.*."
_MODELS = "No model runs inside a cell: use tools.Reconstruct, tools.SAM3 or vlm.*."
_INSIDES = "Cells do not reach into the interpreter; everything they need is ready as a name."

IMPORTS: dict[str, str] = (
    dict.fromkeys(["os", "shutil", "pathlib", "glob", "tempfile", "fileinput", "sqlite3", "shelve", "posix"], _FILES)
    | dict.fromkeys(
        ["subprocess", "multiprocessing", "threading", "concurrent", "asyncio", "pty", "signal"], _PROCESSES
    )
    | dict.fromkeys(
        ["socket", "ssl", "http", "urllib", "requests", "httpx", "ftplib", "smtplib", "webbrowser"], _NETWORK
    )
    | dict.fromkeys(["torch", "tensorflow", "jax", "transformers"], _MODELS)
    | dict.fromkeys(["sys", "ctypes", "importlib", "pickle", "runpy", "code", "builtins", "gc", "inspect"], _INSIDES)
    | dict.fromkeys(
        ["spatial_agent"], "The tools are ready as tools.*, show, vlm and ReturnAnswer; nothing needs an import."
    )
)
CALLS: dict[str, str] = {
    "open": _FILES,
    "exec": "Write the code as the cell itself.",
    "eval": "To read numbers out of a text use ast.literal_eval or re.findall.",
    "compile": "Write the code as the cell itself; re.compile is fine.",
    "__import__": "Use a plain import statement.",
    "breakpoint": "Print what you want to see.",
    "input": "Nobody is there to type; print what you want to see and end the cell.",
}


def check(code: str) -> str | None:
    """Why a cell cannot run, with the line and what to do instead; None when nothing speaks against it."""
    try:
        with warnings.catch_warnings(action="ignore"):  # about odd escapes, which are the cell's affair
            tree = ast.parse(code)
            compile(
                tree, "<cell>", "exec", dont_inherit=True
            )  # finds what the grammar alone lets pass, as a lone return
    except SyntaxError as problem:
        if problem.lineno is None:
            return f"This cannot be read as Python source: {problem.msg}."
        line = (problem.text or "").rstrip()
        return f"Line {problem.lineno}: SyntaxError: {problem.msg}" + (f"\n    {line}" if line else "")
    except (ValueError, RecursionError, MemoryError) as problem:  # a null byte, a thousand brackets
        return f"This cannot be read as Python source: {problem or type(problem).__name__}. Write a simpler cell."
    found = [finding for node in ast.walk(tree) for finding in _findings(node)]
    return "\n".join(f"Line {line}: {text}" for line, text in sorted(set(found))) or None


def _findings(node: ast.AST) -> list[tuple[int, str]]:
    if isinstance(node, ast.Import):
        roots = [alias.name.partition(".")[0] for alias in node.names]
    elif isinstance(node, ast.ImportFrom):
        roots = [(node.module or "").partition(".")[0]]
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLS:
        return [(node.lineno, f"`{node.func.id}(...)` is not available in cells. {CALLS[node.func.id]}")]
    else:
        return []
    return [
        (node.lineno, f"`import {root}` is not available in cells. {IMPORTS[root]}")
        for root in roots
        if root in IMPORTS
    ]
