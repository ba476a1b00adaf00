"""The real program, run once for each stack, with a package that looks built."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra import package
from tests.infra.recording import ROOT, Recording, run_main


def build_package(root: Path, architecture: str = "arm64", runtime: str = "python3.12", **other: str) -> None:
    """Put something that looks like the builder's work under ``root``."""
    folder = root / package.BUILD
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "lambda.zip").write_bytes(b"zip")
    manifest = {
        "zip": "lambda.zip",
        "sha256": hashlib.sha256(b"zip").hexdigest(),
        "architecture": architecture,
        "runtime": runtime,
        "source_sha256": package.source_digest(root),
    }
    (folder / package.MANIFEST).write_text(json.dumps(manifest | other))


@pytest.fixture(scope="session")
def package_built() -> Iterator[None]:
    """A fitting package, whatever lies in build/: the builder has its own tests."""
    usable = package.LambdaPackage("build/lambda.zip", "0" * 64)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("infra.config.built_package", lambda *_: usable)
        patch.chdir(ROOT)
        yield


@pytest.fixture(scope="session")
def dev(package_built: None) -> Recording:
    """The dev stack."""
    return run_main("dev")


@pytest.fixture(scope="session")
def prod(package_built: None) -> Recording:
    """The prod stack."""
    return run_main("prod")


@pytest.fixture(params=["dev", "prod"])
def stack(request: pytest.FixtureRequest) -> Recording:
    """Each of the two stacks."""
    return request.getfixturevalue(request.param)
