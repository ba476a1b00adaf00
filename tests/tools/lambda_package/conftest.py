"""Packages built once for all tests of a run: the one that is deployed, and its twin for this very machine."""

from __future__ import annotations

import fcntl
import json
import os
import platform
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from infra.package import Kind, Manifest, manifest_name
from scripts import build_lambda

HERE = "arm64" if platform.machine() in {"aarch64", "arm64"} else "x86_64"
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"


@dataclass(frozen=True)
class Package:
    """A built package: its manifest, its zip, what the build printed."""

    manifest: Manifest
    zip_file: Path
    printed: str

    @property
    def names(self) -> list[str]:
        """The files of the zip, in its order."""
        with zipfile.ZipFile(self.zip_file) as archive:
            return archive.namelist()


def run_build(root: Path, out: Path, *options: str, **env: str) -> Package:
    """Build in a process of its own, from the sources under ``root``; ``--lake`` is the lake writer's."""
    command = [sys.executable, "-m", "scripts.build_lambda", "--root", str(root), "--out", str(out), *options]
    done = subprocess.run(
        ["sh", "-c", 'umask "$1"; shift; exec "$@"', "sh", env.pop("UMASK", "022"), *command],
        capture_output=True,
        text=True,
        check=False,
        cwd=build_lambda.ROOT,
        env={**os.environ, **env},
    )
    assert done.returncode == 0, done.stderr
    (out / "printed").write_text(done.stdout)
    return _load(out, "lake" if "--lake" in options else "lambda")


def _load(out: Path, kind: Kind) -> Package:
    manifest = Manifest(**json.loads((out / manifest_name(kind)).read_text()))
    return Package(manifest, out / manifest.zip, (out / "printed").read_text())


@pytest.fixture(scope="session")
def build_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of this test run share."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "package"
    folder.mkdir(exist_ok=True)
    return folder


def _once(build_folder: Path, name: str, *options: str) -> Package:
    """Build unless another process of this run has."""
    out, kind = build_folder / name, "lake" if "--lake" in options else "lambda"
    with (build_folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        root = build_folder / "sources"
        if not root.exists():
            # A copy: the sources may be edited while the tests run.
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(build_lambda.ROOT / "lambda_src", root / "lambda_src", ignore=ignored)
        if not (out / manifest_name(kind)).exists():
            run_build(root, out, *options)
    return _load(out, kind)


@pytest.fixture(scope="session")
def deployed(build_folder: Path) -> Package:
    """The package that goes to AWS."""
    return _once(build_folder, "deployed")


@pytest.fixture(scope="session")
def twin(build_folder: Path) -> Package:
    """The same for this machine and this Python, so that it can be started here."""
    return _once(build_folder, "twin", "--arch", HERE, "--python", PYTHON)


@pytest.fixture(scope="session")
def sources(deployed: Package, build_folder: Path) -> Path:
    """The root that the packages were built from."""
    return build_folder / "sources"


@pytest.fixture(scope="session")
def task_folder(twin: Package, build_folder: Path) -> Path:
    """The twin, unpacked as Lambda does."""
    return _unpack(twin, build_folder / "task")


@pytest.fixture(scope="session")
def lake_twin(build_folder: Path) -> Package:
    """The lake writer's package for this machine and this Python."""
    return _once(build_folder, "lake-twin", "--lake", "--arch", HERE, "--python", PYTHON)


@pytest.fixture(scope="session")
def lake_task_folder(lake_twin: Package, build_folder: Path) -> Path:
    """The same, unpacked as Lambda does."""
    return _unpack(lake_twin, build_folder / "lake-task")


def _unpack(package: Package, folder: Path) -> Path:
    with (folder.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            unpacking = folder.with_name("unpacking")
            with zipfile.ZipFile(package.zip_file) as archive:
                archive.extractall(unpacking)
            unpacking.rename(folder)
    return folder


@pytest.fixture(scope="session")
def runtime_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What Lambda's Python runtime brings along, and nothing else of what is installed here."""
    from importlib.util import find_spec

    folder = tmp_path_factory.mktemp("runtime")
    for name in ("boto3", "botocore", "s3transfer", "dateutil", "six", "awslambdaric", "simplejson"):
        spec = find_spec(name)
        if spec and spec.origin:
            origin = Path(spec.origin)
            source = origin.parent if origin.name == "__init__.py" else origin
            (folder / source.name).symlink_to(source)
    return folder
