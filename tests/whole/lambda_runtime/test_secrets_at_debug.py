"""At DEBUG, under the real runtime client, nothing that a function prints tells a secret."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from myrunstreak.api.keys import ApiKeys
from myrunstreak.contract.entry_points import API_HANDLER, SYNC_HANDLER
from myrunstreak.guarded_logs import guard_logs, quiet_libraries
from myrunstreak.redaction import remember, without_secrets

from scripts.simulator import Fault, Switches
from tests.stage.aws import Cloud, aws_environment
from tests.stage.handler import now
from tests.stage.history import runs
from tests.stage.lambda_function import LambdaFunction, Outcome
from tests.stage.paths import ROOT
from tests.stage.world import World

LAMBDA_SOURCE = ROOT / "lambda_src"
# What the runtime makes of `log_level: DEBUG`: its root logger prints everything, as text or as JSON.
DEBUG = {"LOG_LEVEL": "DEBUG", "POWERTOOLS_LOG_LEVEL": "DEBUG", "AWS_LAMBDA_LOG_LEVEL": "DEBUG"}
FORMATS = ({}, {"AWS_LAMBDA_LOG_FORMAT": "JSON"}, {"AWS_LAMBDA_LOG_FORMAT": "Text"})


def planted(world: World) -> set[str]:
    """The secrets that are stored now, and the credentials that lead there."""
    stored = world.tokens()
    return {
        *(str(stored[name]) for name in ("access_token", "refresh_token", "client_secret")),
        aws_environment("")["AWS_SECRET_ACCESS_KEY"],
    }


def told(secrets: set[str], text: str) -> list[str]:
    """Which secrets, or headers that carry one, a text tells."""
    headers = ("AWS4-HMAC-SHA256 Credential", "Authorization: Bearer", "SecretString")
    return sorted(one for one in {*secrets, *headers} if one in text)


@pytest.fixture
def world(cloud: Cloud, tmp_path: Path) -> Iterator[World]:
    """A Smashrun whose tokens change at every refresh; the pair lies in Secrets Manager."""
    settings: dict[str, Any] = dict(cloud.settings)
    switches = Switches(rate_limits=False, refresh="rotate")
    world = World(tmp_path / "world", runs(12), switches, now=now(), **settings)
    yield world
    world.close()


@pytest.mark.parametrize("log_format", FORMATS, ids=["unset", "json", "text"])
def test_a_sync_at_debug_prints_no_secret(
    log_format: dict[str, str], world: World, cloud: Cloud, tmp_path: Path
) -> None:
    """First sync, renewed tokens, an authorisation that has ended: old and new pair stay out of the log."""
    secrets = planted(world)
    environment = world.settings.to_env() | aws_environment(cloud.url) | DEBUG | log_format
    with LambdaFunction(SYNC_HANDLER, LAMBDA_SOURCE, environment, tmp_path / "printed.log") as function:
        outcomes = [function.invoke({})]
        world.sim.inject(Fault.expire_token(path="/my"))
        outcomes.append(function.invoke({}))
        secrets |= planted(world)
        world.sim.inject(Fault.revoke_all(path="/my"))
        outcomes.append(function.invoke({}))
        secrets |= planted(world)
        text = function.printed() + repr(outcomes)
    assert ["response", "response", "error"] == [one.how for one in outcomes]
    assert 6 <= len(secrets)
    assert [] == told(secrets, text)


def test_the_api_at_debug_prints_no_key(world: World, cloud: Cloud, tmp_path: Path) -> None:
    """Neither the key that opens nor one that does not, nor what AWS is asked with."""
    world.sync({})
    settings = world.settings.model_copy(update={"api_keys": f"/{cloud.bucket}/keys"})
    key = ApiKeys.open(settings).new("a page")
    environment = settings.to_env() | aws_environment(cloud.url) | DEBUG | FORMATS[1]
    with LambdaFunction(API_HANDLER, LAMBDA_SOURCE, environment, tmp_path / "printed.log") as function:
        asked = [ask(function, key), ask(function, key.replace("mrs_", "mrs_0"))]
        text = function.printed()
    assert [200, 401] == [one.body["statusCode"] for one in asked]
    assert [] == told(planted(world) | {key, key.removeprefix("mrs_")}, text)


def ask(function: LambdaFunction, key: str) -> Outcome:
    """The streak, asked for with a key."""
    return function.invoke(
        {
            "version": "2.0",
            "rawPath": "/v1/streak",
            "headers": {"authorization": f"Bearer {key}"},
            "requestContext": {"http": {"method": "GET", "path": "/v1/streak"}},
        }
    )


def test_the_command_at_debug_prints_no_secret(world: World, cloud: Cloud) -> None:
    """`sync --debug` with LOG_LEVEL=DEBUG, tokens renewed on the way."""
    secrets = planted(world)
    world.sim.inject(Fault.expire_token(path="/my"))
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(world.folder), **DEBUG}
    environment |= world.settings.to_env() | aws_environment(cloud.url)
    done = subprocess.run(
        [sys.executable, "-m", "scripts.cli", "sync", "--debug"],
        cwd=world.folder,
        env=environment | {"PYTHONPATH": f"{ROOT}:{LAMBDA_SOURCE}"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert 0 == done.returncode, done.stderr
    assert [] == told(secrets | planted(world), done.stdout + done.stderr)


def test_no_library_is_heard_below_info_whatever_is_set(caplog: pytest.LogCaptureFixture) -> None:
    """Root at DEBUG, a library set to DEBUG by name, an unknown logger."""
    logging.getLogger().setLevel(logging.DEBUG)
    logging.getLogger("botocore.endpoint").setLevel(logging.DEBUG)
    guard_logs()
    strange = logging.getLogger("a.library.made.later")
    strange.setLevel(logging.DEBUG)
    ours = logging.getLogger("myrunstreak.test_secrets")
    ours.setLevel(logging.DEBUG)
    ours.propagate = True
    for logger in (logging.getLogger("botocore.endpoint"), strange, ours):
        logger.debug("said by %s", logger.name)
    heard = {record.name for record in caplog.records}
    assert not heard & {"botocore.endpoint", "a.library.made.later"}


def test_aws_libraries_are_quiet_from_the_first_client_on() -> None:
    """Also where no handler and no command has set up a log."""
    logging.getLogger("botocore").setLevel(logging.DEBUG)
    quiet_libraries()
    assert logging.INFO == logging.getLogger("botocore.parsers").getEffectiveLevel()
    assert logging.INFO == logging.getLogger("urllib3.connectionpool").getEffectiveLevel()


def test_an_error_that_tells_a_secret_is_told_without_it() -> None:
    """The runtime prints what a handler raises: its kind stays, the secret does not."""
    remember('planted"in\\an-error')
    error = without_secrets(ValueError('no such thing: planted"in\\an-error'))
    assert ("ValueError", "no such thing: ***") == (type(error).__name__, str(error))
    harmless = KeyError("x")
    assert harmless is without_secrets(harmless)
