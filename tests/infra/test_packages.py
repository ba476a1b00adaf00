"""The built packages: a stack takes those that fit, and a line says what to build otherwise."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra import package
from infra.config import ConfigError, StackConfig
from infra.package import PackageUnusable, find_package
from tests.infra.recording import EMAIL, Recording, run_main
from tests.stage.built_package import build_package


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project folder with a little source and a fitting package."""
    source = tmp_path / "lambda_src" / "myrunstreak"
    source.mkdir(parents=True)
    (source / "__init__.py").write_text("")
    (source.parent / "requirements.txt").write_text("duckdb==1.5.5\n")
    build_package(tmp_path)
    return tmp_path


CONFIG = StackConfig.parse({"alarm_email": EMAIL})


def test_a_fitting_package_is_taken_by_a_path_within_the_project(project: Path) -> None:
    """No machine's path gets into the state."""
    assert "build/lambda.zip" == CONFIG.package(project).path


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda root: (root / "build/lambda.json").unlink(), "is missing in build/. Build it: make package"),
        (lambda root: (root / "build/lambda.zip").unlink(), "is missing in build/. Build it: make package"),
        (lambda root: (root / "build/lambda.json").write_text("{"), "cannot be understood"),
        (lambda root: (root / "build/lambda.zip").write_bytes(b"other"), "is not what was built"),
        (
            lambda root: (root / "lambda_src/myrunstreak/new.py").write_text("1"),
            "stale: lambda_src/ has changed",
        ),
        (
            lambda root: (root / "lambda_src/requirements.txt").write_text("x"),
            "stale: lambda_src/ has changed",
        ),
        (
            lambda root: build_package(root, "x86_64"),
            "built for x86_64 and python3.12, the function is arm64",
        ),
        (lambda root: build_package(root, runtime="python3.13"), "built for arm64 and python3.13"),
    ],
)
def test_a_package_that_must_not_be_shipped_is_one_line_with_the_command(
    project: Path, spoil: object, says: str
) -> None:
    """Missing, damaged, stale, or for another function."""
    assert callable(spoil)
    spoil(project)
    with pytest.raises(ConfigError) as raised:
        CONFIG.package(project)
    assert says in str(raised.value)
    assert "make package" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_the_lake_writers_package_is_looked_for_beside_the_other_and_is_stale_by_its_own_lock(
    project: Path,
) -> None:
    """Each has a manifest and a lock of its own; the message has the command that builds both."""
    lock = project / "lambda_src" / "requirements-lake.txt"
    lock.write_text("duckdb-extension-iceberg==1.5.5\n")
    with pytest.raises(
        PackageUnusable, match=r"^The lake writer's package is missing in build/.*: make package LAKE=1$"
    ):
        find_package(project, "arm64", "python3.12", "lake")
    build_package(project, kind="lake")
    assert "build/lake.zip" == find_package(project, "arm64", "python3.12", "lake").path
    lock.write_text("duckdb-extension-iceberg==1.5.6\n")
    with pytest.raises(PackageUnusable, match="is stale"):
        find_package(project, "arm64", "python3.12", "lake")
    assert "build/lambda.zip" == find_package(project, "arm64", "python3.12").path


def test_a_club_needs_the_lake_writers_package_too(project: Path) -> None:
    """A stack of one runner does not ask for it."""
    assert CONFIG.packages(project).lake is None
    club = StackConfig.parse({"alarm_email": EMAIL, "club": "true"})
    with pytest.raises(
        ConfigError, match=r"lake writer's package is missing in build/. Build it: make package LAKE=1"
    ):
        club.packages(project)


def test_the_command_names_what_differs_from_the_builders_defaults() -> None:
    """So that it can be pasted."""
    assert "make package" == package.make_command("arm64", "python3.12")
    assert "make package ARCH=x86_64 PYTHON_VERSION=3.13" == package.make_command("x86_64", "python3.13")


def test_without_a_package_nothing_is_registered(monkeypatch: pytest.MonkeyPatch) -> None:
    """The program looks for it first."""
    registered: list[Recording] = []
    monkeypatch.setattr("infra.package.BUILD", "not-there")
    with pytest.raises(ConfigError, match="make package"):
        registered.append(run_main("dev", package_fits=False))
    assert [] == registered
