"""Where tests take things from: their own folder, or the stage that all of them share."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stage.paths import ROOT

TESTS = ROOT / "tests"


def imported_modules(path: Path) -> Iterator[str]:
    """The modules of tests/ that a file imports, by their full name."""
    folder = path.relative_to(ROOT).parent.parts
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            start = folder[: len(folder) - node.level + 1] if node.level else ()
            base = ".".join([*start, *([node.module] if node.module else [])])
            names = [f"{base}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            if name.split(".")[0] == "tests":
                yield name if is_module(name) else name.rpartition(".")[0]


def is_module(name: str) -> bool:
    """Whether this is a file rather than a name in one."""
    return (ROOT / Path(*name.split("."))).with_suffix(".py").exists()


def misplaced(path: Path) -> list[str]:
    """Imports of another folder's modules, or of test modules."""
    own = ".".join(path.relative_to(ROOT).parent.parts)
    wrong: list[str] = []
    for module in imported_modules(path):
        folder, _, name = module.rpartition(".")
        if name.startswith("test_") or folder not in {own, "tests.stage"}:
            wrong.append(f"{path.relative_to(ROOT)} imports {module}")
    return wrong


def test_no_test_imports_another_folders_tests() -> None:
    """What two folders need lives in tests/stage, and a module of tests is imported by pytest alone."""
    assert not [offence for path in sorted(TESTS.rglob("*.py")) for offence in misplaced(path)]


@pytest.mark.parametrize(
    "line",
    [
        "from tests.infra.recording import Recording",
        "from ..infra.recording import Recording",
        "import tests.infra.recording",
        "from tests.architecture import test_imports",
    ],
)
def test_a_misplaced_import_is_seen(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """However it is written."""
    monkeypatch.setattr(Path, "read_text", lambda *_, **__: line)
    assert misplaced(TESTS / "architecture" / "test_imports.py")


@pytest.mark.xdist_group("grouped")
def test_groups_of_tests_share_a_worker(request: pytest.FixtureRequest) -> None:
    """pytest-xdist groups by a suffix of the id; where it is missing, each worker builds what is built once."""
    if not request.config.getoption("loadgroup", default=False):
        pytest.skip("needs --dist loadgroup, as in `make test`")
    assert request.node.nodeid.endswith("@grouped")
