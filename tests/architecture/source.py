"""The program's own modules and what they import, read from the source without running it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.stage.paths import ROOT

# Where packages lie, and the name each folder has when it is imported.
PACKAGES = {
    "myrunstreak": ROOT / "lambda_src" / "myrunstreak",
    "infra": ROOT / "infra",
    "scripts": ROOT / "scripts",
}


@dataclass(frozen=True)
class Import:
    """One imported module.

    Attributes:
        eager: imported as soon as the importing module is; else within a function.
        typing_only: only for the type checker.
    """

    module: str
    eager: bool
    typing_only: bool = False


@cache
def modules() -> dict[str, Path]:
    """Every module of ours by its name, packages under their own name."""
    found: dict[str, Path] = {}
    for package, folder in PACKAGES.items():
        for path in sorted(folder.rglob("*.py")):
            parts = path.relative_to(folder).with_suffix("").parts
            found[".".join([package, *parts]).removesuffix(".__init__")] = path
    return found


@cache
def imports(module: str) -> frozenset[Import]:
    """What a module imports, our own modules by their full name."""
    path = modules()[module]
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return frozenset(_imports(tree, package, eager=True, typing_only=False))


def _imports(node: ast.AST, package: str, *, eager: bool, typing_only: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            for alias in child.names:
                yield Import(alias.name, eager, typing_only)
        elif isinstance(child, ast.ImportFrom):
            base = _absolute(child, package)
            for alias in child.names:
                inner = f"{base}.{alias.name}"
                yield Import(inner if inner in modules() else base, eager, typing_only)
        elif isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
            yield from _imports(ast.Module(child.body, []), package, eager=eager, typing_only=True)
            yield from _imports(ast.Module(child.orelse, []), package, eager=eager, typing_only=typing_only)
        else:
            inside = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            yield from _imports(child, package, eager=eager and not inside, typing_only=typing_only)


def _absolute(node: ast.ImportFrom, package: str) -> str:
    if not node.level:
        return node.module or ""
    parts = package.split(".")
    parts = parts[: len(parts) - node.level + 1]
    return ".".join([*parts, node.module] if node.module else parts)


def running(module: str, *, eager_only: bool = False) -> set[str]:
    """What a module imports when it runs: nothing that is there for the type checker alone."""
    return {one.module for one in imports(module) if not one.typing_only and (one.eager or not eager_only)}


@cache
def loaded_with(module: str) -> frozenset[str]:
    """Everything that importing a module imports, by way of our own modules."""
    seen: set[str] = set()
    left = [module]
    while left:
        for imported in running(left.pop(), eager_only=True) - seen:
            seen.add(imported)
            if imported in modules():
                left.append(imported)
    return frozenset(seen)


def within(module: str, *packages: str) -> bool:
    """Whether a module is one of the packages or lies in one."""
    return any(module == package or module.startswith(f"{package}.") for package in packages)
