"""Who may import whom: the directions that keep logic, adapters and infrastructure apart."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Sequence

import pytest

from tests.architecture.layers import LAYERS, Layer, allowed, full_name, layer_of, table
from tests.architecture.source import imports, loaded_with, modules, running, within
from tests.stage.paths import ROOT

# Libraries that adapters are made of.
HEAVY = ("boto3", "botocore", "duckdb", "requests", "urllib3", "aws_lambda_powertools")
LATER = (
    "boto3", "botocore.session", "requests", "urllib3", "ssl", "asyncio", "xml", "concurrent.futures",
    "aws_xray_sdk.core",
    "aws_lambda_powertools.event_handler", "myrunstreak.analytics.models",
)  # fmt: skip
LOGIC = [layer.full_name for layer in LAYERS if layer.kind == "logic"]
ADAPTERS = [*(layer.full_name for layer in LAYERS if layer.kind in {"adapter", "entry"}), *HEAVY]


def ours(*packages: str) -> list[str]:
    """Names of our modules in these packages."""
    return [name for name in modules() if within(name, *packages)]


def offences(importing: list[str], *forbidden: str) -> list[str]:
    """Imports of forbidden packages, in words."""
    return [
        f"{module} imports {imported}"
        for module in importing
        for imported in sorted(running(module))
        if within(imported, *forbidden) and imported != module
    ]


def test_the_reader_of_imports_sees_what_is_there() -> None:
    """Guards the guard: eager, lazy and typing-only imports are told apart."""
    found = {(one.module, one.eager, one.typing_only) for one in imports("myrunstreak.store.manager")}
    assert ("myrunstreak.store.database", True, False) in found
    assert ("duckdb", True, True) in found
    assert "duckdb" in running("myrunstreak.store.copies.checks")
    assert "duckdb" not in running("myrunstreak.store.copies.checks", eager_only=True)
    assert "myrunstreak.contract.layout" in loaded_with("myrunstreak.store.manager")


def test_every_module_of_ours_is_in_the_table() -> None:
    """A new package says at once what it is and what it may import."""
    strays = [name for name in modules() if name != "myrunstreak" and layer_of(name) is None]
    assert not strays
    assert not [layer.name for layer in LAYERS if not ours(layer.full_name)]


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.name)
def test_a_package_imports_what_the_table_allows(layer: Layer) -> None:
    """Of ours, also where it is for the type checker alone: what a name means is a dependency too."""
    permitted = [layer.full_name, *(full_name(name) for name in allowed(layer))]
    assert not [
        f"{module} imports {one.module}"
        for module in ours(layer.full_name)
        for one in imports(module)
        if within(one.module, "myrunstreak", "infra", "scripts", "tests")
        and not within(one.module, *permitted)
    ]


@pytest.mark.parametrize(
    "layer", [one for one in LAYERS if one.name != "scripts"], ids=lambda layer: layer.name
)
def test_a_package_uses_the_libraries_of_the_table(layer: Layer) -> None:
    """Beside the standard library; a policy pack's own module counts as its folder's."""
    known = {*sys.stdlib_module_names, *layer.libraries, "myrunstreak", "infra", "scripts", "rules"}
    assert not [
        f"{module} imports {imported}"
        for module in ours(layer.full_name)
        for imported in sorted(running(module))
        if imported.split(".")[0] not in known
    ]


def test_the_document_prints_the_table() -> None:
    """Who reads docs/architecture.md reads what is enforced."""
    document = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    assert "\n".join(table()) in document


def test_a_file_of_the_sync_is_one_idea() -> None:
    """None is longer than two screens and a half."""
    lengths = {
        name: len(modules()[name].read_text(encoding="utf-8").splitlines())
        for name in ours("myrunstreak.sync")
    }
    assert not {name: lines for name, lines in lengths.items() if lines >= 250}


def test_the_ports_of_the_sync_say_what_passes_through_them() -> None:
    """A port with an untyped value takes anything, and the checker says nothing."""
    assert "Any" not in modules()["myrunstreak.sync.ports"].read_text(encoding="utf-8")


def test_the_application_knows_nothing_of_its_surroundings() -> None:
    """What runs in Lambda imports neither infrastructure nor scripts nor tests."""
    assert not offences(ours("myrunstreak"), "infra", "scripts", "tests", "pulumi", "pulumi_aws")


def test_the_logic_imports_no_adapter() -> None:
    """Neither by itself nor by way of something else, at import or later."""
    assert not offences(ours(*LOGIC), *ADAPTERS)
    for module in ours(*LOGIC):
        reached = {one for one in loaded_with(module) if within(one, *ADAPTERS)}
        assert not reached, f"{module} reaches {reached}"


@pytest.mark.parametrize(
    ("module", "unwanted"),
    [
        ("myrunstreak.sync.sync", HEAVY),
        ("myrunstreak.analytics.engine", HEAVY),
        ("myrunstreak.contract.settings", HEAVY),
        # A cold function: what only some invocations need is loaded when it is needed.
        ("myrunstreak.handlers.sync", LATER),
        ("myrunstreak.handlers.api", (*LATER, "pydantic", "typing", "json", "aws_lambda_powertools")),
        ("myrunstreak.handlers.club_api", (*LATER, "pydantic", "typing", "json", "aws_lambda_powertools")),
        ("myrunstreak.handlers.worker", LATER),
        ("myrunstreak.handlers.dispatch", LATER),
    ],
)
def test_importing_loads_nothing_that_may_not_be_needed(module: str, unwanted: Sequence[str]) -> None:
    """Asked of the interpreter, not of the source."""
    program = (
        f"import sys; known = set(sys.modules); import {module}; "
        f"print(sorted(set({unwanted}) & set(sys.modules) - known))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(ROOT / "lambda_src")},
    )
    assert "[]" == done.stdout.strip()


def test_handlers_are_where_everything_ends() -> None:
    """Entry points: nothing of the application imports them, and adapters are put together for them alone."""
    others = [name for name in ours("myrunstreak") if not within(name, "myrunstreak.handlers")]
    assert not offences(others, "myrunstreak.handlers", "myrunstreak.composition")
    putting_together = [
        name
        for name in others
        if {"myrunstreak.store.manager", "myrunstreak.smashrun.client"} <= running(name)
    ]
    assert ["myrunstreak.composition"] == putting_together


def test_components_do_not_import_each_other() -> None:
    """The program wires them; a component knows its arguments. A maker knows no component."""
    makers = ["infra.components.lambda_function", "infra.components.scheduler"]
    components = [name for name in ours("infra.components") if name not in {"infra.components", *makers}]
    assert components
    assert not offences([*makers, *components], *components)


def test_scripts_run_without_a_stack() -> None:
    """Nothing a runner types needs Pulumi."""
    assert not offences(ours("scripts"), "infra.components", "infra.config", "pulumi", "pulumi_aws")


def test_there_are_no_import_cycles() -> None:
    """What modules import as they are imported has a direction everywhere."""
    done: set[str] = set()

    def walk(module: str, path: tuple[str, ...]) -> None:
        assert module not in path, " -> ".join([*path[path.index(module) :], module])
        if module in done:
            return
        for imported in sorted(running(module, eager_only=True) & modules().keys()):
            walk(imported, (*path, module))
        done.add(module)

    for module in modules():
        walk(module, ())


def test_no_module_is_a_drawer_for_odds_and_ends() -> None:
    """A name says what is in it."""
    drawers = {"utils", "util", "common", "helpers", "misc", "shared", "base", "core"}
    assert not [name for name in modules() if set(name.split(".")) & drawers]


def test_every_module_says_what_it_is() -> None:
    """The first paragraph of each file is a sentence: together they are the map of the layout."""
    for module, path in modules().items():
        docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        first = docstring.partition("\n\n")[0].strip()
        assert len(first) > 10, f"{module} does not say what it is"
        assert first.endswith((".", "?", ":")), f"{module}: {first}"
