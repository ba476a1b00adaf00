"""The alarms listen to what is really emitted, ring when they should, and stop when it is over."""

from __future__ import annotations

import json
from typing import Any

import pytest
from myrunstreak.contract.telemetry import (
    MESSAGE_METRICS,
    MESSAGES_SERVICE,
    NAMESPACE,
    SERVICE,
    SYNC_METRICS,
    dimensions,
)

from infra.documents.alarms import alarm_table
from infra.documents.club_alarms import Shard, club_alarm_table
from tests.infra.deployed import Deployed
from tests.infra.evaluation import last_state, states
from tests.infra.recording import ROOT, Recording

HOUR, DAY = 3600, 86_400
AT = 6 * HOUR + 7 * 60  # when the daily sync ends
OWN = {alarm.key for alarm in alarm_table("dev", "f", "q") if alarm.namespace == NAMESPACE}
# AWS's own metrics: what Lambda and SQS publish by themselves, and under which dimension.
FOREIGN = {
    "function-failed": ("AWS/Lambda", "Errors", {"FunctionName": "myrunstreak-dev-sync"}),
    "throttled": ("AWS/Lambda", "Throttles", {"FunctionName": "myrunstreak-dev-sync"}),
    "dead-letters": (
        "AWS/SQS",
        "ApproximateNumberOfMessagesVisible",
        {"QueueName": "myrunstreak-dev-dead-letters-0a1b2c3"},
    ),
}
# In which of the function's invocations something was wrong, for each alarm.
WRONG = {
    "sync-failed": "no tokens",
    "no-success": "no tokens",
    "reauthorise": "no tokens",
    "quarantine-new": "first",
    "quarantine-backlog": "nothing new",
    "source-throttled": "throttled, renewed and one new run",
    "deletes-withheld": "restored, with runs missing",
    "token-ends": "restored, with runs missing",
    "details-stalled": "details stalled",
    "archive-lost": "an object of the archive lost",
    "streak-shortened": "a streak shortened",
}
# And in which everything was right.
RIGHT = dict.fromkeys(WRONG, "nothing new") | {"quarantine-backlog": None}
PERIODS = {"quarantine-backlog": 3}


@pytest.fixture
def alarms(dev: Recording) -> dict[str, dict[str, Any]]:
    """The registered alarms' inputs by key."""
    return {alarm.name.split("-alerting-")[1]: alarm.inputs for alarm in dev.all(":MetricAlarm")}


def test_the_alarms_are_those_of_the_design(alarms: dict[str, dict[str, Any]]) -> None:
    """Each is either about the sync's own reports or about what AWS says of function and queue."""
    assert alarms.keys() == WRONG.keys() | FOREIGN.keys()
    assert OWN == WRONG.keys()


def test_each_alarm_listens_to_what_the_handler_emits(
    alarms: dict[str, dict[str, Any]], lived: Deployed
) -> None:
    """Namespace, metric and the whole set of dimensions; one more or less, and it would never ring."""
    for key in OWN:
        alarm, report = alarms[key], lived.reports[WRONG[key]]
        assert report.namespace == alarm["namespace"]
        assert alarm["dimensions"] in report.dimension_sets
        assert alarm["metricName"] in report.values
    for key, (namespace, metric, where) in FOREIGN.items():
        alarm = alarms[key]
        assert (namespace, metric, where) == (alarm["namespace"], alarm["metricName"], alarm["dimensions"])


def test_the_service_alone_is_a_dimension_set_too(lived: Deployed) -> None:
    """For a look at the account as a whole."""
    assert [{"service": SERVICE}, dimensions("dev")] == lived.reports["first"].dimension_sets


def test_the_handler_emits_every_metric_of_the_sync(lived: Deployed) -> None:
    """No name in the contract is only a name; those of the messages are another handler's."""
    emitted = {name for report in lived.reports.values() for name in report.values}
    assert {metric.value for metric in SYNC_METRICS} == emitted


def _dashboard_lines(stack: Recording) -> list[list[Any]]:
    body = json.loads(stack.one(":Dashboard").inputs["dashboardBody"])
    return [line for widget in body["widgets"] for line in widget["properties"].get("metrics", [])]


def test_the_dashboard_shows_what_is_emitted(dev: Recording, lived: Deployed) -> None:
    """Under the same dimensions."""
    emitted = {name for report in lived.reports.values() for name in report.values}
    shown = [line for line in _dashboard_lines(dev) if line[0] == NAMESPACE]
    assert {line[1] for line in shown} == emitted - {"ReauthorisationNeeded"}
    flat = [part for pair in dimensions("dev").items() for part in pair]
    assert all(line[2:-1] == flat for line in shown)


def test_the_dashboard_shows_the_messages_where_there_are_some(dev: Recording, reminded: Recording) -> None:
    """Every metric of theirs under their own service, and their function; a stack without them has no such panel."""
    shown = {
        (line[0], line[1], tuple(line[2:-1]), line[-1]["stat"])
        for line in _dashboard_lines(reminded)
        if line not in _dashboard_lines(dev)
    }
    service = tuple(part for pair in dimensions("dev", MESSAGES_SERVICE).items() for part in pair)
    function = ("FunctionName", "myrunstreak-dev-messages")
    assert {
        *((NAMESPACE, metric.value, service, "Sum") for metric in MESSAGE_METRICS),
        *(
            ("AWS/Lambda", name, function, "Sum")
            for name in ("Duration", "Invocations", "Errors", "Throttles")
        ),
    } == shown
    text = json.loads(reminded.one(":Dashboard").inputs["dashboardBody"])["widgets"][0]
    assert "messages-failed" in text["properties"]["markdown"]


def test_a_message_that_fails_rings_and_the_next_that_does_not_ends_it(
    dev: Recording, reminded: Recording
) -> None:
    """The function's own errors, zero with every good invocation; a stack without messages has no such alarm."""
    alarm = reminded.one(":MetricAlarm", "-messages-failed").inputs
    assert ("AWS/Lambda", "Errors", {"FunctionName": "myrunstreak-dev-messages"}) == (
        alarm["namespace"],
        alarm["metricName"],
        alarm["dimensions"],
    )
    evening, late = 18 * HOUR + 30 * 60, 21 * HOUR + 30 * 60
    assert "ALARM" == last_state(alarm, [(evening, 1.0)], late)
    assert "OK" == last_state(alarm, [(evening, 1.0), (evening + 60, 0.0)], evening + 180)
    assert not [alarm for alarm in dev.all(":MetricAlarm") if "messages" in alarm.name]


def daily(lived: Deployed, step: str, metric: str, days: range) -> list[tuple[float, float]]:
    """The datum of an invocation, once on each day."""
    return [(day * DAY + AT, lived.reports[step].values[metric]) for day in days]


@pytest.mark.parametrize("key", sorted(WRONG))
def test_each_alarm_rings_on_the_datum_of_a_real_invocation(
    key: str, alarms: dict[str, dict[str, Any]], lived: Deployed
) -> None:
    """And is quiet before it, on what a good sync reports."""
    alarm = alarms[key]
    metric, days = alarm["metricName"], PERIODS.get(key, 1)
    right = RIGHT[key]
    good = daily(lived, right, metric, range(2)) if right else [(d * DAY + AT, 0.0) for d in range(2)]
    bad = daily(lived, WRONG[key], metric, range(2, 2 + days))
    # Until 20 minutes after the last of them; for the heartbeat, until the 26 hours are over.
    until = DAY + AT + 28 * HOUR if key == "no-success" else (1 + days) * DAY + AT + 20 * 60
    until = max(until, (2 + days) * DAY) if alarm["period"] == DAY else until
    assert "ALARM" == last_state(alarm, good + bad, until)
    if key != "no-success":
        assert "ALARM" not in {state for _, state in states(alarm, good, 2 * DAY)}


@pytest.mark.parametrize("key", sorted(WRONG))
def test_each_alarm_ends_with_the_next_good_sync_and_not_before(
    key: str, alarms: dict[str, dict[str, Any]], lived: Deployed
) -> None:
    """A mail that says OK means it: silence after a failure is no success."""
    alarm = alarms[key]
    metric, days, right = alarm["metricName"], PERIODS.get(key, 1), RIGHT[key]
    bad = daily(lived, WRONG[key], metric, range(days))
    after = [(days * DAY + AT, lived.reports[right].values[metric] if right else 0.0)]
    rings = [
        at
        for at, state in states(alarm, bad + after, (days + 1) * DAY)
        if state == "ALARM" and at > days * DAY - DAY
    ]
    assert rings
    assert "OK" == last_state(alarm, bad + after, (days + 1) * DAY)
    if alarm["period"] < HOUR:
        quiet = {
            state for at, state in states(alarm, bad, days * DAY) if at > (days - 1) * DAY + AT + 10 * 60
        }
        assert {"ALARM"} == quiet


@pytest.mark.parametrize("key", sorted(FOREIGN))
def test_the_alarms_on_awss_own_metrics_ring(key: str, alarms: dict[str, dict[str, Any]]) -> None:
    """One error, one throttle, one visible message."""
    alarm = alarms[key]
    assert "ALARM" == last_state(alarm, [(AT, 1.0)], AT + alarm["period"])
    assert "ALARM" != last_state(alarm, [(AT, 0.0)], AT + alarm["period"])


def test_a_retry_that_succeeds_ends_the_alarm_at_once(alarms: dict[str, dict[str, Any]]) -> None:
    """Lambda tries again after a minute: another period, with a zero in it."""
    failed = alarms["sync-failed"]
    assert "ALARM" == last_state(failed, [(AT, 1.0)], AT + 60)
    assert "OK" == last_state(failed, [(AT, 1.0), (AT + 75, 0.0)], AT + 180)


class TestNoSuccess:
    """The heartbeat: nothing heard for 26 hours is bad news."""

    @pytest.fixture
    def alarm(self, alarms: dict[str, dict[str, Any]]) -> dict[str, Any]:
        """Its inputs."""
        return alarms["no-success"]

    def test_it_is_quiet_as_long_as_every_day_brings_a_success(self, alarm: dict[str, Any]) -> None:
        """Whatever the flexible window does, also on the day with 25 hours."""
        for second in (DAY + AT, DAY + AT + 15 * 60, DAY + AT + HOUR, DAY + AT + HOUR + 20 * 60):
            found = states(alarm, [(AT, 1.0), (second, 1.0)], second + HOUR)
            assert {"OK"} == {state for at, state in found if at > AT + HOUR}

    def test_it_rings_when_nothing_is_heard_at_all(self, alarm: dict[str, Any]) -> None:
        """No datum, as when the schedule, the function or the account is gone."""
        assert "ALARM" == last_state(alarm, [], 2 * DAY)
        rings = [
            at for at, state in states(alarm, [(AT, 1.0)], 3 * DAY) if state == "ALARM" and at > AT + HOUR
        ]
        assert 26 * HOUR <= rings[0] - AT <= 27 * HOUR

    def test_syncs_that_run_but_fetch_nothing_new_in_time_do_not_quiet_it(
        self, alarm: dict[str, Any]
    ) -> None:
        """A failure, or a partial sync that knows less than Smashrun, reports 0."""
        stream = [(AT, 1.0), *((AT + hours * HOUR, 0.0) for hours in range(1, 40))]
        assert "ALARM" == last_state(alarm, stream, 2 * DAY)


def test_every_alarm_has_its_place_in_the_runbook() -> None:
    """The heading is the anchor that description and dashboard point to."""
    runbook = (ROOT / "docs" / "operations.md").read_text()
    names = dict.fromkeys(Shard.__dataclass_fields__, "x")
    for alarm in [*alarm_table("dev", "f", "q", "m"), *club_alarm_table("dev", Shard(**names))]:
        assert f"\n### {alarm.key}\n" in runbook, alarm.key
