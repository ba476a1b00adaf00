"""How the program is built: who may import whom, and what every component looks like."""

from __future__ import annotations

import ast
import dataclasses
import importlib
import inspect
from pathlib import Path
from typing import Any

import pulumi
import pytest
from myrunstreak.contract.entry_points import (
    API_HANDLER,
    DISPATCH_HANDLER,
    MESSAGES_HANDLER,
    SYNC_HANDLER,
    WORKER_HANDLER,
)

from infra.package import list_sources
from tests.infra.recording import ROOT, Recording

# They make functions and schedules for components and are none themselves.
MAKERS = {"lambda_function", "scheduler"}
COMPONENTS = sorted(
    path for path in (ROOT / "infra" / "components").glob("*.py") if path.stem not in {"__init__", *MAKERS}
)
SOURCES = [path for path in (ROOT / "infra").rglob("*.py") if "policies" not in path.parts]


def imports(path: Path) -> set[str]:
    """Every module that a file imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found


@pytest.mark.parametrize("path", COMPONENTS, ids=lambda path: path.stem)
def test_components_do_not_import_each_other(path: Path) -> None:
    """The program connects them; what several need is made by a maker."""
    components = {name.split(".")[2] for name in imports(path) if name.startswith("infra.components.")}
    assert components <= MAKERS


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_infrastructure_knows_only_the_applications_contract(path: Path) -> None:
    """Not its stores, not its clients."""
    ours = {name for name in imports(path) if name.startswith("myrunstreak")}
    assert all(name.startswith("myrunstreak.contract") for name in ours), ours


def test_the_application_does_not_know_the_infrastructure() -> None:
    """What is shipped to Lambda imports neither the program nor Pulumi."""
    for path in (ROOT / "lambda_src").rglob("*.py"):
        assert not {
            name
            for name in imports(path)
            if name.split(".")[0] in {"infra", "pulumi", "pulumi_aws", "scripts"}
        }


@pytest.mark.parametrize("path", COMPONENTS, ids=lambda path: path.stem)
def test_every_component_has_typed_arguments_and_outputs_and_its_own_token(
    path: Path, reminded: Recording, club: Recording
) -> None:
    """One a file: `(name, args, opts)`, frozen keyword-only arguments, `myrunstreak:infra:Name`."""
    module = importlib.import_module(f"infra.components.{path.stem}")
    [component] = [
        value
        for _, value in inspect.getmembers(module, inspect.isclass)
        if issubclass(value, pulumi.ComponentResource) and value.__module__ == module.__name__
    ]
    arguments: Any = getattr(module, f"{component.__name__}Args")
    assert ["self", "name", "args", "opts"] == list(inspect.signature(component.__init__).parameters)
    assert arguments.__dataclass_params__.frozen
    assert all(field.kw_only for field in dataclasses.fields(arguments))
    assert any("Output" in str(kind) for kind in component.__annotations__.values())
    token = f"myrunstreak:infra:{component.__name__}"
    assert [*reminded.all(token), *club.all(token)]


@pytest.mark.parametrize(
    "handler", [SYNC_HANDLER, API_HANDLER, MESSAGES_HANDLER, WORKER_HANDLER, DISPATCH_HANDLER]
)
def test_the_handlers_are_in_the_package(handler: str) -> None:
    """Under the names that Lambda gets."""
    module, _, function = handler.rpartition(".")
    assert ROOT / "lambda_src" / f"{module.replace('.', '/')}.py" in list_sources(ROOT)
    assert callable(getattr(importlib.import_module(module), function))


def test_main_is_a_table_of_contents() -> None:
    """No ARN, no condition, no loop."""
    tree = ast.parse((ROOT / "__main__.py").read_text())
    assert not [
        node for node in ast.walk(tree) if isinstance(node, ast.If | ast.For | ast.While | ast.FunctionDef)
    ]
    assert "arn:" not in (ROOT / "__main__.py").read_text()
