import os
import subprocess
import sys
import sysconfig
import textwrap
from pathlib import Path

import pytest

from spatial_agent.sandbox.libraries import PACKAGE, entries, libraries

REPOSITORY = PACKAGE.parent


def covered(path: Path, folders: tuple[Path, ...]) -> bool:
    return any(path.is_relative_to(folder) for folder in folders)


def run(code: str, *, python: str = sys.executable, path: str = "") -> str:
    """What a fresh interpreter prints, started outside the repository."""
    command, env = [python, "-c", textwrap.dedent(code)], {"PYTHONPATH": path} if path else {}
    done = subprocess.run(command, env=env, cwd="/", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_what_an_interpreter_needs_is_there() -> None:
    found = libraries()
    for wanted in (os.__file__, pytest.__file__, sysconfig.get_path("stdlib"), sysconfig.get_path("purelib")):
        assert covered(Path(wanted), found.readable)
        assert not covered(Path(wanted), found.hidden)
    assert all(path.exists() for path in found.readable)


def test_neither_this_package_nor_its_repository_nor_a_users_files_are_there() -> None:
    found = libraries()
    shown = entries(found)
    for never in (PACKAGE / "__init__.py", REPOSITORY / ".env", REPOSITORY / "pyproject.toml", Path("/etc/passwd")):
        assert not covered(never, shown)
    for whole in (Path("/"), Path("/etc"), Path("/root"), Path("/home"), Path.home(), Path("/usr/bin")):
        assert not covered(whole, found.readable)
    assert not any(path.name == "bin" for path in shown)


def test_traces_of_the_installation_are_hidden() -> None:
    packages = Path(sysconfig.get_path("purelib"))
    traces = {*packages.glob("spatialclaw-*.dist-info"), *packages.glob("_spatialclaw.pth")}
    if not traces:
        pytest.skip("the package is not installed here, it runs from its folder")
    assert traces <= set(libraries().hidden)
    assert not any(covered(trace, entries(libraries())) for trace in traces)


def test_a_users_tools_are_readable_but_not_the_settings_beside_them(tmp_path: Path) -> None:
    (tmp_path / "tools").mkdir()
    (tmp_path / "tools/gaze.py").write_text("angle = 3")
    (tmp_path / "tools/.env").write_text("KEY=1")
    printed = run(
        f"""
        import sys
        sys.path.append({str(REPOSITORY)!r})
        from spatial_agent.sandbox.libraries import entries, libraries
        for path in entries(libraries()): print(path)
        """,
        path=str(tmp_path / "tools"),
    ).split()
    assert str(tmp_path / "tools/gaze.py") in printed
    assert not {str(tmp_path), str(tmp_path / "tools"), str(tmp_path / "tools/.env"), str(REPOSITORY)} & set(printed)


@pytest.mark.parametrize("entry", ["/", "/root", "/home", "/etc", str(REPOSITORY), str(REPOSITORY / "tests")])
def test_an_import_path_that_holds_more_than_tools_is_not_given(entry: str) -> None:
    printed = run(
        f"""
        import sys
        sys.path.append({str(REPOSITORY)!r})
        from spatial_agent.sandbox.libraries import libraries
        for path in libraries().readable: print(path)
        """,
        path=entry,
    ).split()
    assert entry not in printed
    assert not covered(Path("/etc/passwd"), tuple(map(Path, printed)))


def test_an_installed_package_is_hidden_among_its_neighbours(tmp_path: Path) -> None:
    packages = tmp_path / "environment/lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "environment")], check=True)
    (packages / "spatialclaw-9.dist-info").mkdir()
    (packages / "neighbour.py").touch()
    (packages / "spatial_agent").mkdir()
    for name in ("__init__.py", "sandbox/__init__.py", "sandbox/libraries.py"):
        (packages / "spatial_agent" / name).parent.mkdir(exist_ok=True)
        (packages / "spatial_agent" / name).write_text((PACKAGE / name).read_text() if "sandbox" in name else "")
    printed = run(
        """
        from spatial_agent.sandbox.libraries import entries, hide_package, libraries
        hide_package()
        import neighbour
        print(*libraries().hidden, *entries(libraries()), sep="\\n")
        """,
        python=str(tmp_path / "environment/bin/python"),
    ).split()
    hidden = [str(packages / "spatial_agent"), str(packages / "spatialclaw-9.dist-info")]
    assert printed[:2] == hidden
    assert str(packages / "neighbour.py") in printed
    assert printed.count(hidden[0]) == 1


def test_nothing_of_this_package_is_imported_once_it_is_hidden() -> None:
    printed = run(
        f"""
        import sys
        sys.path.append({str(REPOSITORY)!r})
        sys.path.append("")
        from spatial_agent.sandbox.libraries import hide_package
        hide_package()
        print({str(REPOSITORY)!r} in sys.path, "" in sys.path, {str(REPOSITORY)!r} in sys.path_importer_cache)
        import wsgiref.handlers
        """
    )
    assert printed.split() == ["False", "False", "False"]
