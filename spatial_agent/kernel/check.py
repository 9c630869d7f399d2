"""A look at a cell before it runs: a quick, clear message for what cannot work. A courtesy, not the boundary.

Only names are judged, in imports and in direct calls. Attributes, strings and comments are not: `re.compile(...)`,
`df.eval(...)` and a text about `open(` are all fine.
"""

from __future__ import annotations

import ast

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
    if "\0" in code:
        return "This is not Python source: it has a null byte."
    try:
        tree = ast.parse(code)
    except SyntaxError as problem:
        line = (problem.text or "").rstrip()
        return f"Line {problem.lineno}: SyntaxError: {problem.msg}" + (f"\n    {line}" if line else "")
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
