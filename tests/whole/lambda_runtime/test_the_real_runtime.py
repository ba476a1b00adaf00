"""The sync under the real Lambda runtime client: S3 and Secrets Manager by moto's server, Smashrun simulated."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from myrunstreak.contract.entry_points import SYNC_HANDLER

from scripts.simulator import Fault
from tests.stage.aws import Cloud, aws_environment
from tests.stage.handler import now, read_lines
from tests.stage.history import history, late
from tests.stage.lambda_function import LambdaFunction
from tests.stage.paths import ROOT
from tests.stage.world import World

LAMBDA_SOURCE = ROOT / "lambda_src"


@pytest.fixture
def world(cloud: Cloud, tmp_path: Path) -> Iterator[World]:
    """A Smashrun and an empty bucket."""
    settings: dict[str, Any] = dict(cloud.settings)
    world = World(tmp_path / "world", history(), now=now(), **settings)
    yield world
    world.close()


@pytest.fixture
def function(world: World, cloud: Cloud, tmp_path: Path) -> Iterator[LambdaFunction]:
    """The sync, deployed: settings in the environment, nothing else."""
    environment = world.settings.to_env() | aws_environment(cloud.url)
    with LambdaFunction(SYNC_HANDLER, LAMBDA_SOURCE, environment, tmp_path / "printed.log") as function:
        yield function


def lines(function: LambdaFunction) -> Any:
    """What the function printed: metrics and log lines; the runtime client's own lines are left out."""
    return read_lines("\n".join(line for line in function.printed().splitlines() if line.startswith("{")))


def test_a_function_lives_through_its_days(world: World, cloud: Cloud, function: LambdaFunction) -> None:
    """Cold and first, warm without news, warm with news, stopped by the deadline, failing, and well again."""
    first = function.invoke({"scheduled_time": "2026-05-02T06:00:00Z"})
    assert ("response", "complete", 45, 2) == (
        first.how, first.body["status"], first.body["runs_new"], first.body["runs_quarantined"],
    )  # fmt: skip
    assert 1 == lines(function).metrics["ColdStart"][0]

    versions, since = cloud.versions(), len(world.sim.requests)
    second = function.invoke({})
    assert ("complete", False) == (second.body["status"], second.body["published"])
    assert versions == cloud.versions()
    assert 4 >= len(world.sim.requests) - since
    assert 0 == lines(function).metrics["ColdStart"][0]

    world.sim.add(late(1))
    third = function.invoke({}, traced=False)
    assert ("complete", 1, True) == (third.body["status"], third.body["runs_new"], third.body["published"])

    world.sim.add(late(2))
    stopped = function.invoke({}, seconds=19.5)
    assert ("response", "partial", 0) == (stopped.how, stopped.body["status"], stopped.body["runs_new"])

    world.sim.inject(Fault.revoke_all(path="/my"))
    before = world.tokens()
    failed = function.invoke({})
    assert ("error", True) == (failed.how, "myrunstreak auth" in failed.body["errorMessage"])
    assert "\n" not in failed.body["errorMessage"]
    assert failed.body["errorType"]
    assert before == world.tokens()

    world.sim.clear_faults()
    world.authorise()
    last = function.invoke({})
    assert ("complete", 1) == (last.body["status"], last.body["runs_new"])
    printed = lines(function)
    assert 6 == len(printed.emf)
    assert [0, 0, 0, 0, 1, 0] == [line["SyncFailures"][0] for line in printed.emf]
    assert [1, 1, 1, 0, 0, 1] == [line["SyncSuccess"][0] for line in printed.emf]
    assert 5 == sum(line["message"] == "Sync ended" for line in printed.logs)
    assert [(47,)] == world.ask("SELECT count(*) FROM runs")


@pytest.mark.parametrize("event", [None, {}, {"since": "2026-04-01", "detail-type": "Scheduled Event"}])
def test_any_event_will_do(event: object, function: LambdaFunction) -> None:
    """No event, an empty one, one in EventBridge's envelope."""
    assert "complete" == function.invoke(event).body["status"]


@pytest.mark.parametrize("event", [["full"], {"ful": True}])
def test_an_event_that_cannot_be_understood_is_refused_with_one_line(
    event: object, function: LambdaFunction
) -> None:
    """A list, a misspelt field: the error says what is accepted."""
    failed = function.invoke(event)
    assert ("error", "InvalidSettings") == (failed.how, failed.body["errorType"])
    assert "full" in failed.body["errorMessage"]


def test_no_secret_is_printed(world: World, function: LambdaFunction) -> None:
    """Neither the log nor the error payload tells a token."""
    secrets = {str(world.tokens()[name]) for name in ("access_token", "refresh_token", "client_secret")}
    world.sim.inject(Fault.expire_token(path="/my", at=3))
    outcomes = [function.invoke({})]
    world.sim.inject(Fault.revoke_all(path="/my"))
    outcomes.append(function.invoke({}))
    secrets |= {str(world.tokens()[name]) for name in ("access_token", "refresh_token")}
    text = function.printed() + repr(outcomes)
    assert [] == [secret for secret in secrets if secret in text]
