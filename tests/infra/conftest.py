"""The real program, run once for each stack."""

from __future__ import annotations

import pytest

from tests.infra.deployed import Deployed, deployed, live_through
from tests.infra.recording import Recording, run_main

MESSAGES = {"runner_timezone": "Europe/Amsterdam", "remind_at": "18:30,21:30", "digest": "true"}


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
