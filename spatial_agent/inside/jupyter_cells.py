"""ipykernel's kernel, in which a cell is run as the worker runs it; lines of IPython's own are translated first."""

# mypy: disallow-untyped-calls=False
# ipykernel is typed in part only.

from __future__ import annotations

import ast
import re
import warnings
from typing import TYPE_CHECKING, Any

from ipykernel.ipkernel import IPythonKernel

from spatial_agent import wire
from spatial_agent.inside.names import REQUEST
from spatial_agent.inside.worker import Worker

if TYPE_CHECKING:
    from spatial_agent.inside.jupyter import Onlooker

LOOK_ON = "PermissionError: this kernel runs the agent's cells, and its clients only look on"
_LAST_LINE = re.compile(r"^([A-Za-z_][\w.]*)(?:: (.*))?$", re.MULTILINE)


class CellKernel(IPythonKernel):
    """A kernel whose cells end with a `wire.Done` on descriptor 3."""

    worker: Worker
    onlooker: Onlooker
    shell: Any
    shared: bool
    """Whether clients may run cells, or only look on at those of the agent."""

    def set_parent(self, ident: Any, parent: Any, channel: str = "shell") -> None:
        """Have what is written belong to the request that is served."""
        super().set_parent(ident, parent, channel)
        if channel == "shell" and hasattr(self, "onlooker"):
            for stream in self.onlooker.streams.values():
                stream.set_parent(parent)

    def pre_handler_hook(self) -> None:
        """Leave SIGINT to the worker, which lets it through while a cell runs."""

    def post_handler_hook(self) -> None:
        """Likewise."""

    async def do_execute(
        self,
        code: str,
        silent: bool,
        store_history: bool = True,
        user_expressions: dict[str, str] | None = None,
        allow_stdin: bool = False,
        *,
        cell_meta: dict[str, Any] | None = None,
        cell_id: str | None = None,
    ) -> dict[str, Any]:
        """Run a cell. What a client asks for in silence is no cell, and left to IPython."""
        request = (cell_meta or {}).get(REQUEST)
        if not isinstance(request, int) and not self.shared:
            return self._failed(self.execution_count, LOOK_ON)
        if silent:
            rest = {"cell_meta": cell_meta, "cell_id": cell_id}
            return await super().do_execute(code, silent, store_history, user_expressions, allow_stdin, **rest)  # type: ignore[no-any-return]
        shell, number = self.shell, self.shell.execution_count
        shell.execution_count = number + 1  # before the cell, as IPython does: what it displays bears the number before
        self._forward_input(allow_stdin)
        try:
            done = self.worker.run(wire.RunCell(number, self._python(code), request if isinstance(request, int) else 0))
        finally:
            self._restore_input()
            self.onlooker.take_streams()
        self.onlooker.flush()
        if done.error is not None:
            return self._failed(number, done.error)
        expressions = shell.user_expressions(user_expressions or {})
        payload = shell.payload_manager.read_payload()
        shell.payload_manager.clear_payload()
        return {"status": "ok", "execution_count": number, "user_expressions": expressions, "payload": payload}

    def _python(self, code: str) -> str:
        """The cell as Python: its magics translated, if it has any. All else is the worker's to run or refuse."""
        try:
            with warnings.catch_warnings(action="ignore"):  # they come once more when it runs
                ast.parse(code)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            try:
                translated: str = self.shell.transform_cell(code)
            except SyntaxError:
                return code
            return translated if "get_ipython()." in translated else code
        return code

    def _failed(self, number: int, error: str) -> dict[str, Any]:
        """Tell people of an error, and the one who asked."""
        name, says = (_LAST_LINE.findall(error) or [("Error", "")])[-1]
        failure = {"ename": name, "evalue": says, "traceback": error.splitlines()}
        self.send_response(self.iopub_socket, "error", failure)
        return {"status": "error", "execution_count": number, "user_expressions": {}, "payload": [], **failure}
