"""For every test: what all of them share, and which of them run by which command of the Makefile."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest
from myrunstreak import redaction

from tests.stage.aws import aws, cloud, moto_url
from tests.stage.examples import register_profiles
from tests.stage.machine import be_modest, have_no_config, have_the_command_on_path
from tests.stage.s3_proxy import proxy
from tests.stage.secrets import open_it, reference
from tests.stage.selection import starts_something

__all__ = ["aws", "cloud", "moto_url", "open_it", "proxy", "reference"]

register_profiles()
be_modest()
have_no_config()
have_the_command_on_path()

# Built once a session and dear: the tests that use one of these go to the same worker.
BUILT_ONCE = ("rehearsal", "deployed", "twin", "lived", "results", "emulator", "play")


@pytest.fixture(autouse=True)
def own_secrets() -> Iterator[None]:
    """Forget the secrets of a test after it: a generated one may be a word that another test prints."""
    before = set(redaction._known)
    yield
    redaction._known.intersection_update(before)


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--quick` leaves out what starts a process or a server."""
    parser.addoption(
        "--quick", action="store_true", help="only tests that need no other process and no server"
    )


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Choose hypothesis' seed here, so that all workers have the same and a failure can name it."""
    if config.getoption("--hypothesis-seed") is None:
        config.option.hypothesis_seed = str(random.randrange(2**32))


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Say how to repeat the run where something failed."""
    if terminalreporter.stats.get("failed"):
        terminalreporter.write_line(
            f"To repeat the examples: --hypothesis-seed={config.option.hypothesis_seed}"
        )


@pytest.hookimpl(tryfirst=True)  # pytest-xdist reads the groups in the same hook
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out soaks unless the command line's markers speak of them, with `--quick` more; group the others."""
    left_out: list[pytest.Item] = []
    if "soak" not in str(config.getoption("markexpr")):
        left_out += [item for item in items if item.get_closest_marker("soak")]
    if config.getoption("quick"):
        left_out += [item for item in items if starts_something(item)]
    for item in items:
        for name in BUILT_ONCE:
            if name in getattr(item, "fixturenames", ()):
                item.add_marker(pytest.mark.xdist_group(name))
                break
    dropped = set(left_out)
    config.hook.pytest_deselected(items=[item for item in items if item in dropped])
    items[:] = [item for item in items if item not in dropped]
