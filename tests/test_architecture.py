"""The rooms of the house and who may enter which, proved by walking the imports."""

import ast
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.conftest import ROOT

PACKAGE = ROOT / "clipflow"
ENGINE_MAY_IMPORT = {"numpy", "torch", "silero_vad", "opentimelineio", "pysubs2", "clipflow.engine"}
# Each dangerous or costly thing has one file that does it.
ONLY_IN = {
    "subprocess": {"engine/ffmpeg.py"},
    "torch": {"engine/vad.py"},
    "ctypes": {"engine/launcher.py"},
    "click": {"cli.py", "report.py"},
    "rich": {"report.py"},
    "tabulate": {"report.py"},
}


def modules() -> list[str]:
    return sorted(str(path.relative_to(PACKAGE)) for path in PACKAGE.rglob("*.py"))


def imports_of(module: str) -> Iterator[str]:
    """Dotted names that a module imports, wherever in it."""
    for node in ast.walk(ast.parse((PACKAGE / module).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} imports relatively: write the whole name"
            yield node.module or ""


def is_within(name: str, allowed: set[str]) -> bool:
    return any(name == one or name.startswith(f"{one}.") for one in allowed)


@pytest.mark.parametrize("module", [name for name in modules() if name.startswith("engine/")])
def test_the_engine_knows_nothing_but_its_libraries(module: str) -> None:
    foreign = {
        name
        for name in imports_of(module)
        if name.split(".")[0] not in sys.stdlib_module_names and not is_within(name, ENGINE_MAY_IMPORT)
    }
    assert foreign == set()


@pytest.mark.parametrize("library", ONLY_IN)
def test_a_library_is_used_only_in_its_room(library: str) -> None:
    users = {module for module in modules() if any(is_within(name, {library}) for name in imports_of(module))}
    assert users <= ONLY_IN[library]


def test_only_probe_and_decode_start_a_media_tool() -> None:
    starters = {"run_tool", "MediaProcess"}
    users = set()
    for module in modules():
        tree = ast.parse((PACKAGE / module).read_text(encoding="utf-8"))
        called = {
            node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        }
        if called & starters:
            users.add(module)
    assert users == {"engine/probe.py", "engine/decode.py", "engine/ffmpeg.py"}


def test_every_module_says_what_it_is_for() -> None:
    without = [module for module in modules() if not ast.get_docstring(ast.parse((PACKAGE / module).read_text()))]
    assert without == []


def test_importing_the_engine_does_not_load_torch() -> None:
    code = "import sys, clipflow.engine, clipflow.cli; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
