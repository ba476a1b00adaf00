"""The real program, run once for each stack, with a package that looks built."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from infra import package
from tests.infra.deployed import Deployed, deployed, live_through
from tests.infra.recording import Recording, run_main

MESSAGES = {"runner_timezone": "Europe/Amsterdam", "remind_at": "18:30,21:30", "digest": "true"}


def build_package(
    root: Path,
    architecture: str = "arm64",
    runtime: str = "python3.12",
    kind: package.Kind = "lambda",
    **other: str,
) -> None:
    """Put something that looks like the builder's work under ``root``."""
    folder = root / package.BUILD
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{kind}.zip").write_bytes(b"zip")
    manifest = {
        "zip": f"{kind}.zip",
        "sha256": hashlib.sha256(b"zip").hexdigest(),
        "architecture": architecture,
        "runtime": runtime,
        "source_sha256": package.source_digest(root, kind),
    }
    (folder / package.manifest_name(kind)).write_text(json.dumps(manifest | other))


@pytest.fixture(scope="session")
def dev() -> Recording:
    """The dev stack."""
    return run_main("dev")


@pytest.fixture(scope="session")
def prod() -> Recording:
    """The prod stack."""
    return run_main("prod")


@pytest.fixture(scope="session")
def reminded() -> Recording:
    """The dev stack of a runner who wants messages."""
    return run_main("dev", MESSAGES)


@pytest.fixture(scope="session")
def club() -> Recording:
    """The dev stack of a club."""
    return run_main("dev", {"club": "true"})


@pytest.fixture(params=["dev", "prod", "reminded", "club"])
def every_stack(request: pytest.FixtureRequest) -> Recording:
    """Each stack, a club's among them."""
    return request.getfixturevalue(request.param)


@pytest.fixture(params=["dev", "prod", "reminded"])
def stack(request: pytest.FixtureRequest) -> Recording:
    """Each of the three stacks of one runner."""
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="session")
def lived(dev: Recording, moto_url: str, tmp_path_factory: pytest.TempPathFactory) -> Deployed:
    """The dev stack's function after a few invocations; see `live_through`. Not to be changed."""
    folder = tmp_path_factory.mktemp("lived")
    # Over before the first test looks at it: its environment must not reach any other test.
    with deployed(dev, moto_url, folder) as it:
        live_through(it, folder)
    return it
