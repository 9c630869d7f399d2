"""A look at a cell before it runs: a quick, clear message for what cannot work. A courtesy, not the boundary.

Only what can never work is refused: imports of parts that cells do not have, uses of modules of which they have a
part (`os.path` is fine, `os.listdir` is not), and calls that wait for a person or open a file. What merely looks odd
runs: `eval`, `exec`, `import sys`, `re.compile(...)`, `df.eval(...)`, and any text in strings and comments.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator

_FILES = "Cells read no files: the frames are InputImages, and io.BytesIO works for bytes in memory."
_SYSTEM = "Cells reach neither files nor processes: the frames are InputImages, and io.BytesIO holds bytes in memory."
_PROCESSES = "Cells start no processes and no threads: write it as plain Python; numpy and scipy are ready."
_NETWORK = "Cells have no network: models are reached through tools.* and vlm.*."
_MODELS = "No model runs inside a cell: use tools.Reconstruct, tools.SAM3 or vlm.*."
_INSIDES = "Cells do not reach below the interpreter; everything they need is ready as a name."

IMPORTS: dict[str, str] = (
    dict.fromkeys(["shutil", "pathlib", "tempfile", "fileinput", "sqlite3", "shelve", "posix"], _FILES)
    | dict.fromkeys(["subprocess", "concurrent", "asyncio", "pty", "signal"], _PROCESSES)
    | dict.fromkeys(
        ["socket", "ssl", "http", "urllib", "requests", "httpx", "ftplib", "smtplib", "webbrowser"], _NETWORK
    )
    | dict.fromkeys(["torch", "tensorflow", "jax", "transformers"], _MODELS)
    | dict.fromkeys(["ctypes", "runpy", "code"], _INSIDES)
    | dict.fromkeys(
        ["spatial_agent"], "The tools are ready as tools.*, show, vlm and ReturnAnswer; nothing needs an import."
    )
)
USES: dict[str, tuple[frozenset[str], str]] = {
    "os": (
        frozenset({"path", "name", "sep", "linesep", "getcwd", "getpid", "cpu_count", "environ", "getenv"}),
        _SYSTEM,
    ),
    "glob": (frozenset({"escape"}), _FILES),
    "multiprocessing": (frozenset({"cpu_count", "current_process"}), _PROCESSES),
    "threading": (frozenset({"Lock", "RLock", "local", "current_thread"}), _PROCESSES),
}
"""Modules that may be imported, what works of them, and what to say about the rest."""
CALLS: dict[str, str] = {
    "open": _FILES,
    "breakpoint": "Print what you want to see.",
    "input": "Nobody is there to type; print what you want to see and end the cell.",
}

_MISSING = frozenset({"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})


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
    nodes = list(ast.walk(tree))
    made = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    made |= {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    made |= {node.arg for node in nodes if isinstance(node, ast.arg)}
    modules = {bound: name for node in nodes for bound, name in _bound(node) if bound not in made}
    made |= {alias.asname or alias.name for node in nodes if isinstance(node, ast.ImportFrom) for alias in node.names}
    tried = {id(statement) for node in nodes for statement in _provided_for(node)}
    found = {finding for node in nodes if id(node) not in tried for finding in _findings(node, modules, made)}
    return (
        "\n".join(f"Line {line}: `{what}` is not available in cells. {why}" for line, what, why in sorted(found))
        or None
    )


def _provided_for(node: ast.AST) -> list[ast.stmt]:
    """The imports in a `try` that says what to do when there is no such module: they may fail."""
    if not isinstance(node, ast.Try) or not any(map(_catches_a_missing_module, node.handlers)):
        return []
    return [statement for statement in node.body if isinstance(statement, ast.Import | ast.ImportFrom)]


def _catches_a_missing_module(handler: ast.ExceptHandler) -> bool:
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(kind is None or (isinstance(kind, ast.Name) and kind.id in _MISSING) for kind in kinds)


def _bound(node: ast.AST) -> list[tuple[str, str]]:
    """The names that an import gives to modules of which only a part works."""
    if not isinstance(node, ast.Import):
        return []
    names = [(alias.asname or alias.name.partition(".")[0], alias) for alias in node.names]
    return [(bound, alias.name) for bound, alias in names if (alias.name if alias.asname else bound) in USES]


def _findings(node: ast.AST, modules: dict[str, str], made: set[str]) -> Iterator[tuple[int, str, str]]:
    """Line, code and advice for each thing in a node that cannot work."""
    match node:
        case ast.Import(names=names):
            for root in (alias.name.partition(".")[0] for alias in names):
                if root in IMPORTS:
                    yield node.lineno, f"import {root}", IMPORTS[root]
        case ast.ImportFrom(module=str(module), names=names):
            root = module.partition(".")[0]
            if root in IMPORTS:
                yield node.lineno, f"import {root}", IMPORTS[root]
            works, why = USES.get(module, (frozenset[str](), ""))
            for alias in names if module in USES else ():
                if alias.name not in works:
                    yield node.lineno, f"from {module} import {alias.name}", why
        case ast.Attribute(value=ast.Name(id=name), attr=attr) if name in modules:
            works, why = USES[modules[name].partition(".")[0]]
            if attr not in works:
                yield node.lineno, f"{name}.{attr}", why
        case ast.Call(func=ast.Name(id=name)) if name in CALLS and name not in made:
            yield node.lineno, f"{name}(...)", CALLS[name]
        case _:
            return
