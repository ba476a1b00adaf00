"""Who may import whom: the directions that keep logic, adapters and infrastructure apart."""

from __future__ import annotations

import ast
import subprocess
import sys

import pytest

from tests.architecture.source import imports, loaded_with, modules, running, within
from tests.stage.paths import ROOT

ADAPTERS = (
    "myrunstreak.smashrun", "myrunstreak.store", "myrunstreak.handlers", "myrunstreak.composition", "boto3", "botocore",
    "duckdb", "requests", "urllib3", "aws_lambda_powertools",
)  # fmt: skip
# The sync itself and what is asked of the record: they know ports, not adapters.
LOGIC = ("myrunstreak.sync", "myrunstreak.sync.details", "myrunstreak.sync.ports", "myrunstreak.analytics")


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


def test_the_contract_needs_the_standard_library_and_pydantic_only() -> None:
    """Infrastructure imports it: it must not bring an application along."""
    allowed = {*sys.stdlib_module_names, "pydantic"}
    for module in [*ours("myrunstreak.contract"), "myrunstreak.errors"]:
        strangers = {
            one
            for one in running(module)
            if one.split(".")[0] not in allowed
            and not within(one, "myrunstreak.contract", "myrunstreak.errors")
        }
        assert not strangers, f"{module} imports {strangers}"


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
    "module", ["myrunstreak.sync", "myrunstreak.analytics", "myrunstreak.contract.settings"]
)
def test_importing_the_logic_loads_nothing_heavy(module: str) -> None:
    """Asked of the interpreter, not of the source."""
    heavy = {"boto3", "botocore", "duckdb", "requests", "urllib3", "aws_lambda_powertools"}
    program = f"import sys, {module}; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(ROOT / "lambda_src")},
    )
    assert "[]" == done.stdout.strip()


def test_the_store_and_smashrun_meet_in_the_field_list_only() -> None:
    """Storage reads records, it does not fetch them; fetching does not store them."""
    assert not [
        offence
        for offence in offences(ours("myrunstreak.store"), "myrunstreak.smashrun", "requests")
        if not offence.endswith("myrunstreak.smashrun.activity")
    ]
    assert not offences(ours("myrunstreak.smashrun"), "myrunstreak.store", "duckdb", "boto3", "botocore")


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


def test_infrastructure_shares_the_contract_and_nothing_else() -> None:
    """No environment variable, metric or prefix is typed twice; no application code is needed to deploy."""
    foreign = [
        f"{module} imports {imported}"
        for module in ours("infra")
        for imported in sorted(running(module))
        if within(imported, "myrunstreak")
        and not within(imported, "myrunstreak.contract", "myrunstreak.errors")
    ]
    assert not foreign
    assert not offences(ours("infra"), "tests")


def test_components_do_not_import_each_other() -> None:
    """The program wires them; a component knows its arguments. The maker of functions knows no component."""
    maker = "infra.components.lambda_function"
    components = [name for name in ours("infra.components") if name not in {"infra.components", maker}]
    assert components
    assert not offences([maker, *components], *components)


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
