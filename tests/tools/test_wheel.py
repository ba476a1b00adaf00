"""The distribution: what is in the wheel, what it asks for, and that the command runs from it alone."""

from __future__ import annotations

import email
import os
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.stage.paths import ROOT

APPLICATION = ROOT / "lambda_src" / "myrunstreak"
# Runs a command from the wheel: what is installed beside it comes second, and Pulumi and the assistants' library cannot
# be had.
_START = """
import sys
sys.path[:0] = [sys.argv.pop(1)]
sys.modules.update(dict.fromkeys(("pulumi", "pulumi_aws", "mcp", "infra")))
import myrunstreak, scripts.cli
assert sys.path[0] in myrunstreak.__file__ and sys.path[0] in scripts.cli.__file__
sys.argv[0] = "myrunstreak"
scripts.cli.main()
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel, built with what is in .venv: no network, no environment of its own."""
    folder = tmp_path_factory.mktemp("wheel")
    program = f"from hatchling.build import build_wheel; print(build_wheel({str(folder)!r}))"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return zipfile.ZipFile(folder / done.stdout.splitlines()[-1])


def required(wheel: zipfile.ZipFile, extra: str = "") -> set[str]:
    """What the wheel asks for, with or without an extra."""
    [name] = [name for name in wheel.namelist() if name.endswith(".dist-info/METADATA")]
    lines = email.message_from_bytes(wheel.read(name)).get_all("Requires-Dist") or []
    found = [Requirement(line) for line in lines]
    return {one.name for one in found if one.marker is None or one.marker.evaluate({"extra": extra})}


def test_every_file_of_the_application_is_in_the_wheel(wheel: zipfile.ZipFile) -> None:
    """Statements, templates, styles, scripts and pictures too: what the Lambda has."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "lambda_src/myrunstreak"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    ).stdout.split("\0")
    names = {name.removeprefix("lambda_src/") for name in listed if name} or {
        str(file.relative_to(APPLICATION.parent))
        for file in APPLICATION.rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    assert names <= set(wheel.namelist())
    assert "scripts/cli.py" in wheel.namelist()


def test_pulumi_is_an_extra(wheel: zipfile.ZipFile) -> None:
    """270 MB that only those need who deploy; and all that the Lambda needs is asked for."""
    plain = required(wheel)
    lambdas = tomllib.loads((ROOT / "lambda_src" / "pyproject.toml").read_text())["project"]["dependencies"]
    assert {Requirement(line).name for line in lambdas} < plain
    assert set() == {name for name in plain if name.startswith(("pulumi", "mcp"))}
    assert {"pulumi", "pulumi-aws"} == required(wheel, "deploy") - plain
    assert {"mcp"} == required(wheel, "mcp") - plain


def test_the_installed_command_runs_from_an_empty_folder(wheel: zipfile.ZipFile, tmp_path: Path) -> None:
    """Without a variable, a `.env` or Pulumi; what it misses is named by its whole path in the user's data folder."""
    code, home = tmp_path / "site", tmp_path / "home"
    wheel.extractall(code)
    empty = tmp_path / "empty"
    empty.mkdir()
    done = subprocess.run(
        [sys.executable, "-I", "-c", _START, str(code), "streak"],
        cwd=empty,
        env={"HOME": str(home), "PATH": os.defpath},
        capture_output=True,
        text=True,
        check=False,
    )
    database = home / ".local" / "share" / "myrunstreak" / "runs.duckdb"
    assert (2, "") == (done.returncode, done.stdout)
    assert f"There is no database at {database} yet." in done.stderr
    assert [] == list(empty.iterdir())
