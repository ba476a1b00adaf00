"""What the handler prints: metrics in CloudWatch's format and JSON log lines, however the sync ends."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from myrunstreak.contract.telemetry import NAMESPACE, SERVICE, SYNC_METRICS, Metric
from myrunstreak.errors import InvalidSettings, ReauthorisationRequired

from scripts.simulator import Fault
from tests.stage.handler import Context, Function, Printed, now
from tests.stage.history import history, runs
from tests.stage.kills import ROOT
from tests.stage.world import MakeWorld, World

MakeFunction = Callable[[World], Function]


@pytest.fixture
def function(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> MakeFunction:
    """Make the handler for a world."""
    return lambda world: Function(world, monkeypatch, capsys)


def value(printed: Printed, metric: Metric) -> float:
    """The value of a metric that was counted once."""
    (only,) = printed.metrics[metric.value]
    return only


def well_formed(printed: Printed) -> None:
    """Metrics under our namespace and service, every name of them the contract's; log lines with level and service."""
    (emf,) = printed.emf
    (about,) = emf["_aws"]["CloudWatchMetrics"]
    assert NAMESPACE == about["Namespace"]
    assert SERVICE == emf["service"]
    assert all("service" in dimensions for dimensions in about["Dimensions"])
    assert {metric.value for metric in Metric} >= set(printed.metrics)
    assert [len(values) for values in printed.metrics.values()] == [1] * len(printed.metrics)
    assert all({"level", "service", "timestamp", "message"} <= line.keys() for line in printed.logs)
    assert {SERVICE} == {line["service"] for line in printed.logs}


def test_a_success_is_counted_and_logged_once(make_world: MakeWorld, function: MakeFunction) -> None:
    """Two invocations of one process: each prints one metrics line and one line on its end."""
    world = make_world(history(), now=now())
    invoke = function(world)
    for new in (45, 0):
        result = invoke({"scheduled_time": "2026-05-02T06:00:00Z"})
        printed = invoke.printed()
        well_formed(printed)
        assert (1, 0, 0, new) == (
            value(printed, Metric.SYNC_SUCCESS),
            value(printed, Metric.SYNC_FAILURES),
            value(printed, Metric.SYNC_PARTIAL),
            value(printed, Metric.RUNS_SYNCED),
        )
        assert 2 == value(printed, Metric.QUARANTINE_BACKLOG)
        (ended,) = [line for line in printed.logs if line["message"] == "Sync ended"]
        assert result == ended["result"]
        assert "2026-05-02T06:00:00Z" == ended["scheduled_time"]
        assert {metric.value for metric in SYNC_METRICS} - {"ReauthorisationNeeded"} <= set(printed.metrics)
        assert json.loads(json.dumps(result)) == result


def test_a_partial_sync_is_no_success_until_the_record_is_up_to_date(
    make_world: MakeWorld, function: MakeFunction
) -> None:
    """With little time left from the start: partial, no failure, and no success that would silence the alarm."""
    invoke = function(make_world(runs(30), now=now()))
    assert "partial" == invoke(context=Context(milliseconds=15_000))["status"]
    printed = invoke.printed()
    well_formed(printed)
    assert (0, 0, 1) == (
        value(printed, Metric.SYNC_SUCCESS),
        value(printed, Metric.SYNC_FAILURES),
        value(printed, Metric.SYNC_PARTIAL),
    )
    assert "complete" == invoke()["status"]
    assert 1 == value(invoke.printed(), Metric.SYNC_SUCCESS)


def test_a_failure_is_counted_logged_and_raised(make_world: MakeWorld, function: MakeFunction) -> None:
    """A dead authorisation: the error leaves the handler after it is counted, with its own metric."""
    world = make_world(runs(5), now=now())
    before = world.tokens()
    invoke = function(world)
    world.sim.inject(Fault.revoke_all(path="/my"))
    with pytest.raises(ReauthorisationRequired):
        invoke()
    printed = invoke.printed()
    well_formed(printed)
    assert (0, 1, 1) == (
        value(printed, Metric.SYNC_SUCCESS),
        value(printed, Metric.SYNC_FAILURES),
        value(printed, Metric.REAUTHORISATION_NEEDED),
    )
    (failed,) = [line for line in printed.logs if line["message"] == "Sync failed"]
    assert "myrunstreak auth" in failed["exception"]
    assert before == world.tokens()
    attempt = world.state().last_attempt
    assert attempt is not None
    assert ("failed", True) == (attempt.status, "myrunstreak auth" in (attempt.error or ""))


@pytest.mark.parametrize(
    ("variable", "text"), [("LOG_LEVEL", "LOUD"), ("DUCKDB_PATH", "s3://x"), ("STREAK_MIN_DISTANCE", "a lot")]
)
def test_settings_that_cannot_be_understood_are_counted_too(
    variable: str, text: str, make_world: MakeWorld, function: MakeFunction, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong variable fails the sync like anything else: one line that names it, and the metric."""
    invoke = function(make_world([], now=now()))
    monkeypatch.setenv(variable, text)
    with pytest.raises(InvalidSettings, match=variable):
        invoke()
    printed = invoke.printed()
    well_formed(printed)
    assert 1 == value(printed, Metric.SYNC_FAILURES)


@pytest.mark.parametrize("event", [{"since": "soon"}, {"full": "perhaps"}, {"since": 1e300}])
def test_an_event_that_cannot_be_understood_is_counted_too(
    event: dict[str, Any], make_world: MakeWorld, function: MakeFunction
) -> None:
    """A wrong event fails the sync with one line."""
    invoke = function(make_world([], now=now()))
    with pytest.raises(InvalidSettings, match=next(iter(event))):
        invoke(event)
    assert 1 == value(invoke.printed(), Metric.SYNC_FAILURES)


_INVOKE = """
import sys
from myrunstreak.handlers.sync import lambda_handler
lambda_handler({}, None)
print(sorted(name for name in sys.modules if name == "aws_xray_sdk"))
"""


@pytest.mark.parametrize("sampled", [False, True])
def test_the_tracer_is_loaded_for_traced_invocations_only(sampled: bool, make_world: MakeWorld) -> None:
    """Without a sampled trace id the X-Ray SDK stays out; with one the daemon receives our subsegment."""
    world = make_world(runs(3, hasDetails=0), now=now())
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as daemon:
        daemon.bind(("127.0.0.1", 0))
        daemon.settimeout(5)
        trace = f"Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled={int(sampled)}"
        done = subprocess.run(
            [sys.executable, "-c", _INVOKE],
            env=os.environ
            | world.settings.to_env()
            | {
                "PYTHONPATH": str(ROOT / "lambda_src"),
                "_X_AMZN_TRACE_ID": trace,
                "LAMBDA_TASK_ROOT": "/var/task",
                "AWS_XRAY_DAEMON_ADDRESS": f"127.0.0.1:{daemon.getsockname()[1]}",
            },
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert 0 == done.returncode, done.stderr
        assert repr(["aws_xray_sdk"] if sampled else []) == done.stdout.splitlines()[-1]
        if sampled:
            segment = json.loads(daemon.recv(65_536).split(b"\n", 1)[1])
            assert "1-5759e988-bd862e3fe1be46a994272793" == segment["trace_id"]
