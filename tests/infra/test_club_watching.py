"""A club's alarms and dashboard: by queue and function, never by the runner."""

from __future__ import annotations

import json
from typing import Any

import pytest

from infra.documents.club_alarms import Shard, club_alarm_table
from tests.infra.evaluation import last_state
from tests.infra.recording import SUFFIX, Recording

DAY = 86_400
NAMES = {name: f"name-of-{name}" for name in Shard.__dataclass_fields__}


@pytest.fixture
def alarms(club: Recording) -> dict[str, dict[str, Any]]:
    """The registered alarms' inputs by key."""
    return {alarm.name.split("-alerting-")[1]: alarm.inputs for alarm in club.all(":MetricAlarm")}


def test_the_alarms_watch_queues_and_functions_and_no_runner(alarms: dict[str, dict[str, Any]]) -> None:
    """A dimension whose values are runners would cost by the runner and tell CloudWatch who they are."""
    queue = lambda name: {"QueueName": f"myrunstreak-dev-{name}-{SUFFIX}"}  # noqa: E731
    function = lambda name: {"FunctionName": f"myrunstreak-dev-{name}"}  # noqa: E731
    club = {"service": "smashrun-sync", "environment": "dev"}
    assert {
        "syncs-waiting": ("ApproximateAgeOfOldestMessage", queue("syncs")),
        "sync-letters": ("ApproximateNumberOfMessagesVisible", queue("syncs-letters")),
        "lake-waiting": ("ApproximateAgeOfOldestMessage", queue("updates")),
        "lake-letters": ("ApproximateNumberOfMessagesVisible", queue("updates-letters")),
        "dispatch-letters": ("ApproximateNumberOfMessagesVisible", queue("dead-letters")),
        "worker-failed": ("Errors", function("worker")),
        "worker-throttled": ("Throttles", function("worker")),
        "lake-failed": ("Errors", function("lake-writer")),
        "dispatch-failed": ("Errors", function("dispatch")),
        "dispatch-silent": ("Invocations", function("dispatch")),
        "club-silent": ("SyncSuccess", club),
        "club-throttled": ("SourceThrottles", club),
    } == {key: (alarm["metricName"], alarm["dimensions"]) for key, alarm in alarms.items()}


RINGS = [
    ("syncs-waiting", [(0, 7200.0)], [(0, 7199.0)]),
    ("sync-letters", [(0, 1.0)], [(0, 0.0)]),
    ("lake-waiting", [(0, 7200.0)], [(0, 600.0)]),
    ("lake-letters", [(0, 1.0)], [(0, 0.0)]),
    ("dispatch-letters", [(0, 1.0)], [(0, 0.0)]),
    ("worker-failed", [(0, 1.0)], [(0, 0.0)]),
    ("worker-throttled", [(0, 1.0)], [(0, 0.0)]),
    ("lake-failed", [(0, 1.0)], [(0, 0.0)]),
    ("dispatch-failed", [(0, 1.0)], [(0, 0.0)]),
    ("dispatch-silent", [], [(0, 1.0)]),
    ("club-silent", [(0, 0.0)], [(0, 1.0)]),
    ("club-throttled", [(0, 1.0)], [(0, 0.0)]),
]


@pytest.mark.parametrize(("key", "wrong", "right"), RINGS)
def test_each_alarm_rings_on_what_is_wrong_and_on_nothing_else(
    key: str,
    wrong: list[tuple[float, float]],
    right: list[tuple[float, float]],
    alarms: dict[str, dict[str, Any]],
) -> None:
    """Silence is wrong where something should be heard."""
    alarm = alarms[key]
    until = alarm["period"] * alarm["evaluationPeriods"]
    assert "ALARM" == last_state(alarm, wrong, until)
    assert "ALARM" != last_state(alarm, right, until)


def test_silence_is_bad_news_of_dispatch_and_syncs_alone(alarms: dict[str, dict[str, Any]]) -> None:
    """An empty queue reports nothing, and a function that is not started does not fail."""
    silent = {key for key, alarm in alarms.items() if "ALARM" == last_state(alarm, [], 2 * DAY)}
    assert {"dispatch-silent", "club-silent"} == silent


def test_every_alarm_has_a_case() -> None:
    """A new one brings its own along."""
    table = [alarm.key for alarm in club_alarm_table("dev", Shard(**NAMES))]
    assert sorted(table) == sorted(key for key, _, _ in RINGS)


def test_the_dashboard_shows_every_queue_and_function_and_no_runner(club: Recording) -> None:
    """And what each alarm of a queue looks at."""
    body = json.loads(club.one(":Dashboard").inputs["dashboardBody"])
    lines = [line for widget in body["widgets"] for line in widget["properties"].get("metrics", [])]
    shown = {tuple(line[:-1]) for line in lines}
    dimensions = {name for line in lines for name in line[2:-1:2]}
    assert {
        "service", "environment", "QueueName", "FunctionName", "StateMachineArn", "WorkGroup", "BucketName",
        "StorageType", "ApiId",
    } == dimensions  # fmt: skip
    for alarm in club.all(":MetricAlarm"):
        one = alarm.inputs
        flat = [part for pair in one["dimensions"].items() for part in pair]
        both = {
            (one["namespace"], one["metricName"], *flat),
            (one["namespace"], one["metricName"], *flat[2:], *flat[:2]),
        }
        assert both & shown, alarm.name
    text = body["widgets"][0]["properties"]["markdown"]
    assert all(alarm.name.split("-alerting-")[1] in text for alarm in club.all(":MetricAlarm"))
